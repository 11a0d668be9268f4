"""Role assignments and definitions of Azure: which principals get to destroy.

Owns what Azure's built-in roles allow, in the classes of `actions`, and how custom actions are read. Only what is new
is told; people and groups are not machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from planguard.identities import actions, wildcards
from planguard.identities.dangers import SLIGHT
from planguard.identities.google import Gain, Holding, weigh
from planguard.identities.objects import texts, values_of
from planguard.model import Change, Plan, Values

ASSIGNMENT, DEFINITION = "azurerm_role_assignment", "azurerm_role_definition"

_ROLES: Mapping[str, str] = {
    "owner": "account data backup keys escalation",
    "contributor": "data backup keys outage",
    "user access administrator": "escalation",
    "role based access control administrator": "escalation",
    "storage account contributor": "data",
    "storage blob data owner": "content",
    "storage blob data contributor": "content",
    "storage file data privileged contributor": "content",
    "sql db contributor": "data",
    "sql server contributor": "data",
    "sql managed instance contributor": "data",
    "documentdb account contributor": "data",
    "cosmos db operator": "data",
    "redis cache contributor": "data",
    "disk pool operator": "",
    "disk snapshot contributor": "backup",
    "key vault administrator": "keys",
    "key vault contributor": "keys",
    "key vault crypto officer": "keys",
    "key vault secrets officer": "keys",
    "key vault certificates officer": "keys",
    "key vault purge operator": "keys",
    "backup contributor": "backup",
    "site recovery contributor": "backup",
    "virtual machine contributor": "outage",
    "classic virtual machine contributor": "outage",
    "azure kubernetes service contributor role": "outage",
    "network contributor": "outage",
    "website contributor": "outage",
    "web plan contributor": "outage",
    "dns zone contributor": "identity",
    "private dns zone contributor": "identity",
    "managed identity contributor": "identity",
    "log analytics contributor": "audit",
    "locks contributor": "guard",
    "event hubs contributor": "data",
    "search service contributor": "data",
    "cognitive services contributor": "data",
    "data factory contributor": "outage",
}
"""Built-in role, in lower case → classes, worst first."""

_IDS: Mapping[str, str] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "17d1049b-9a84-46fb-8f53-869881c3d3ab": "Storage Account Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "f25e0fa2-a7c8-4377-a976-54943a77a395": "Key Vault Contributor",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": "Key Vault Crypto Officer",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "a4417e6f-fecd-4de8-b567-7b0420556985": "Key Vault Certificates Officer",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c": "Virtual Machine Contributor",
    "4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
    "de139f84-1756-47ae-9be6-808fbbe84772": "Website Contributor",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
}
"""The ids of those built-in roles that are assigned by id."""

_READERS = re.compile(r".*(reader|viewer|user|monitor|acrpull|acrpush|sender|receiver|operator)s?$")

_PROBES: tuple[tuple[str, str], ...] = (
    ("Microsoft.Sql/servers/databases/delete", "data"),
    ("Microsoft.Storage/storageAccounts/delete", "data"),
    ("Microsoft.DocumentDB/databaseAccounts/delete", "data"),
    ("Microsoft.DBforPostgreSQL/flexibleServers/delete", "data"),
    ("Microsoft.DBforMySQL/flexibleServers/delete", "data"),
    ("Microsoft.Cache/redis/delete", "data"),
    ("Microsoft.Compute/disks/delete", "data"),
    ("Microsoft.Resources/subscriptions/resourceGroups/delete", "data"),
    ("Microsoft.ContainerRegistry/registries/delete", "data"),
    ("Microsoft.RecoveryServices/vaults/delete", "backup"),
    ("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/delete", "backup"),
    ("Microsoft.DataProtection/backupVaults/delete", "backup"),
    ("Microsoft.Compute/snapshots/delete", "backup"),
    ("Microsoft.KeyVault/vaults/delete", "keys"),
    ("Microsoft.KeyVault/locations/deletedVaults/purge/action", "keys"),
    ("Microsoft.Authorization/locks/delete", "guard"),
    ("Microsoft.Authorization/roleAssignments/write", "escalation"),
    ("Microsoft.Authorization/roleDefinitions/write", "escalation"),
    ("Microsoft.Insights/diagnosticSettings/delete", "audit"),
    ("Microsoft.Network/dnsZones/delete", "identity"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities/delete", "identity"),
    ("Microsoft.Compute/virtualMachines/delete", "outage"),
    ("Microsoft.ContainerService/managedClusters/delete", "outage"),
    ("Microsoft.Web/sites/delete", "outage"),
    ("Microsoft.Network/virtualNetworks/delete", "outage"),
)
"""Actions by which a custom definition is probed, and the class of each."""


def gains(plan: Plan) -> Iterator[Gain]:
    """What machines get by the changes of a plan."""
    custom = _definitions(plan, "after")
    had = {holding for change in (*plan.changes, *plan.standing) for holding in _holdings(change, "before")}
    for change in plan.changes:
        if change.resource.type == DEFINITION:
            yield from _defined(change)
        for holding in sorted(set(_holdings(change, "after")) - had):
            yield from weigh(change, holding, _classes(holding.role, custom), _cap(change))


def holdings(plan: Plan) -> Iterator[tuple[Change, Holding, tuple[str, ...] | None]]:
    """Every assignment that there will be, with the classes of its role."""
    custom = _definitions(plan, "after")
    for change in (*plan.changes, *plan.standing):
        for holding in _holdings(change, "after"):
            yield change, holding, _classes(holding.role, custom)


def _holdings(change: Change, side: str) -> Iterator[Holding]:
    values = values_of(change, side)
    if change.resource.type != ASSIGNMENT or values is None or change.deposed is not None:
        return
    role = next((text for key in ("role_definition_name", "role_definition_id") for text in texts(values.get(key))), "")
    role = _IDS.get(role.lower().rpartition("/")[2], role)
    where = next(iter(texts(values.get("scope"))), "")
    member = next(iter(texts(values.get("principal_id"))), "")
    parts = [part for part in where.split("/") if part]
    wide = "providers" not in parts or "managementgroups" in where.lower()
    yield Holding(member, role, where, wide, bool(texts(values.get("condition"))))


def _cap(change: Change) -> int:
    values = change.after
    kind = next(iter(texts(values.get("principal_type"))), "") if values is not None else ""
    return {"User": 0, "Group": SLIGHT}.get(kind, 9)


def _classes(role: str, custom: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    name = role.lower()
    if name in _ROLES:
        return tuple(_ROLES[name].split())
    if role in custom:
        return custom[role]
    if _READERS.fullmatch(name):
        return ()
    if name.endswith(("contributor", "administrator", "owner", "officer")):
        return ("other",)
    return None


def _definitions(plan: Plan, side: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for change in (*plan.changes, *plan.standing):
        values = values_of(change, side)
        if change.resource.type == DEFINITION and values is not None:
            for key in ("name", "role_definition_resource_id", "id"):
                for text in texts(values.get(key)):
                    found[text] = _permitted(values)
    return found


def _permitted(values: Values | None) -> tuple[str, ...]:
    classes = {name for _, name in _probed(values)}
    return tuple(name for name in actions.CLASSES if name in classes)


def _probed(values: Values | None) -> set[tuple[str, str]]:
    """The probes that a definition allows."""
    found: set[tuple[str, str]] = set()
    blocks = values.get("permissions") if values is not None else None
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, Mapping):
            allowed, denied = (texts(block.get(key)) for key in ("actions", "not_actions"))
            found |= {probe for probe in _PROBES if _any(allowed, probe[0]) and not _any(denied, probe[0])}
    return found


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(wildcards.matches(pattern, action, fold=True) for pattern in patterns)


def _defined(change: Change) -> Iterator[Gain]:
    """A definition that exists gets more actions: whoever holds it has them at once."""
    if change.before is None or change.after is None:
        return
    new = _probed(change.after) - _probed(change.before)
    classes = {name for _, name in new}
    told = tuple(name for name in actions.CLASSES if name in classes)
    role = next(iter(texts(change.after.get("name"))), change.resource.name)
    where = next(iter(texts(change.after.get("scope"))), "")
    for gain in weigh(change, Holding("", role, where, True, False), told, 9):
        yield gain._replace(text=(f"new in it: {', '.join(sorted(action for action, _ in new)[:3])}",))
