"""Rights that stand in a list of the thing itself: access policies of Azure's key vaults, access entries of EKS.

Owns what these lists allow, in the classes of `actions`. Only what somebody has afterwards and had not before is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planguard.identities import scope
from planguard.identities.dangers import DISTURBING, GAIN, GRAVE, GRAVEST, INTERRUPTING, SLIGHT
from planguard.identities.document import UNTOLD
from planguard.identities.found import Found
from planguard.identities.objects import texts, values_of
from planguard.model import Action, Change, Plan, Values

VAULT = "azurerm_key_vault"
VAULT_POLICY = "azurerm_key_vault_access_policy"
CLUSTER_POLICY = "aws_eks_access_policy_association"
CLUSTER_ENTRY = "aws_eks_access_entry"
TYPES = (VAULT, VAULT_POLICY, CLUSTER_POLICY, CLUSTER_ENTRY)
_PERMISSIONS = ("key_permissions", "secret_permissions", "certificate_permissions", "storage_permissions")
_ADMINS = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "system:masters")
_NARROW = "Give it what it uses: reading for an application. Let people delete, for the time it takes."


def gains(plan: Plan) -> Iterator[Found]:
    """What somebody gets by these lists."""
    for change in plan.changes:
        kind = change.resource.type
        if kind not in TYPES or change.deposed is not None or change.action in (Action.DELETE, Action.FORGET):
            continue
        if kind in (CLUSTER_POLICY, CLUSTER_ENTRY):
            yield from _cluster(plan, change)
        elif kind == VAULT_POLICY or change.action is not Action.CREATE:
            yield from _vault(plan, change)


def _vault(plan: Plan, change: Change) -> Iterator[Found]:
    old, new = (_permitted(values_of(change, side)) for side in ("before", "after"))
    deletes = {(who, what) for who, what in new - old if what.lower().endswith((" purge", " delete"))}
    gained, whose = sorted({what for _, what in deletes}), sorted({who for who, _ in deletes})
    if not gained:
        return
    where = _name(change, "key_vault_id", "name")
    if change.action is Action.CREATE and (not where or _made(plan, VAULT, where)):
        weight = SLIGHT  # the vault is new: there is nothing in it yet
    elif not any(what.lower().endswith(" purge") for what in gained):
        weight = DISTURBING  # what is deleted can be called back for some days
    else:
        weight = GRAVEST if scope.named(where) & scope.PRODUCTION else GRAVE
    purges = (
        "for good" if any(what.lower().endswith(" purge") for what in gained) else "for as long as nobody recovers it"
    )
    said = f"New for it: {', '.join(gained)}."
    who = f"The principal `{whose[0]}`" if len(whose) == 1 and whose[0] not in ("", UNTOLD) else "Somebody"
    message = f"{who} could delete what the key vault holds, {purges}"
    yield Found(GAIN, change.resource.address, weight, message, (said, _WHO), _NARROW, "\n".join(gained))


_WHO = "Whether a person or a machine is behind the id, the plan does not tell."


def _permitted(values: Values | None) -> set[tuple[str, str]]:
    """(who, what) for every permission."""
    if values is None:
        return set()
    blocks: Any = values.get("access_policy")
    found = set()
    for block in blocks if isinstance(blocks, (list, tuple)) else (values,):
        if isinstance(block, Mapping) or block is values:
            who = next(iter(texts(block.get("object_id"))), "")
            for name in _PERMISSIONS:
                thing = name.partition("_")[0]
                found |= {(who, f"{thing} {what}") for what in texts(block.get(name))}
    return found


def _cluster(plan: Plan, change: Change) -> Iterator[Found]:
    old, new = (_administers(values_of(change, side)) for side in ("before", "after"))
    values = values_of(change, "after")
    if values is None or not new - old:
        return
    who = next(iter(texts(values.get("principal_arn"))), "")
    if "AWSReservedSSO_" in who or ":role/aws-service-role/" in who:
        return
    where = _name(change, "cluster_name")
    weight = GRAVE if any(reach == "cluster" for _, reach in new - old) else INTERRUPTING
    if not where or _made(plan, "aws_eks_cluster", where):
        weight = SLIGHT  # the cluster is new: whoever makes it lets somebody in
    name = who.rpartition("/")[2]
    message = f"{f'The role {name}' if ':role/' in who else 'Somebody'} could delete everything in the cluster {where}"
    policy = sorted(policy for policy, _ in new - old)[0]
    said = f"`{policy}` allows everything, volumes and their data included."
    yield Found(GAIN, change.resource.address, weight, message, (said,), _CLUSTER_REMEDY, policy)


_CLUSTER_REMEDY = "Give it AmazonEKSEditPolicy in the namespaces that it deploys to, or AmazonEKSViewPolicy for a plan."


def _administers(values: Values | None) -> set[tuple[str, str]]:
    """(policy or group, reach) of what makes an administrator."""
    if values is None:
        return set()
    block: Any = values.get("access_scope")
    first = block[0] if isinstance(block, (list, tuple)) and block else {}
    reach = "namespace" if isinstance(first, Mapping) and first.get("type") == "namespace" else "cluster"
    given = (*texts(values.get("policy_arn")), *texts(values.get("kubernetes_groups")))
    return {(text.rpartition("/")[2], reach) for text in given if text.rpartition("/")[2] in _ADMINS}


def _name(change: Change, *keys: str) -> str:
    """The name by which a thing is meant; empty where it is not known yet."""
    values = values_of(change, "after")
    found = (values.get(key) if values is not None else None for key in keys)
    return next((text for text in found if isinstance(text, str)), "").rstrip("/").rpartition("/")[2]


def _made(plan: Plan, kind: str, name: str) -> bool:
    """Whether the plan creates the thing of that name."""
    fresh = (c for c in plan.changes if c.resource.type == kind and c.action is Action.CREATE and c.after is not None)
    return any(change.after is not None and change.after.get("name") == name for change in fresh)
