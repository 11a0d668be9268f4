"""Bindings and custom roles of Google Cloud: which members get to destroy.

Owns what Google's predefined roles allow, in the classes of `actions`, and what is behind a member. Only what a member
has afterwards and had not before is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.identities import actions, scope
from planguard.identities.dangers import DISTURBING, ESCALATION, GAIN, GRAVE, GRAVEST, INTERRUPTING, SLIGHT, TRUST
from planguard.identities.dangers import UNKNOWN as UNTOLD
from planguard.identities.objects import texts, values_of
from planguard.model import UNKNOWN, Change, Plan, Sensitive, Values

_ROLES: Mapping[str, str] = {
    "roles/owner": "account data backup keys escalation",
    "roles/editor": "data backup outage",
    "roles/resourcemanager.projectDeleter": "account",
    "roles/resourcemanager.lienModifier": "guard",
    "roles/resourcemanager.organizationAdmin": "escalation",
    "roles/resourcemanager.folderAdmin": "account escalation",
    "roles/resourcemanager.projectIamAdmin": "escalation",
    "roles/iam.securityAdmin": "escalation",
    "roles/iam.serviceAccountTokenCreator": "escalation",
    "roles/iam.serviceAccountKeyAdmin": "escalation",
    "roles/iam.serviceAccountAdmin": "escalation identity",
    "roles/iam.roleAdmin": "escalation",
    "roles/iam.workloadIdentityUser": "tool",
    "roles/iam.organizationRoleAdmin": "escalation",
    "roles/storage.admin": "data content",
    "roles/storage.objectAdmin": "content",
    "roles/storage.objectUser": "content",
    "roles/storage.legacyBucketOwner": "content",
    "roles/cloudsql.admin": "data backup",
    "roles/cloudsql.editor": "guard",
    "roles/alloydb.admin": "data backup",
    "roles/spanner.admin": "data backup",
    "roles/spanner.databaseAdmin": "data",
    "roles/bigtable.admin": "data backup",
    "roles/bigquery.admin": "data",
    "roles/bigquery.dataOwner": "data",
    "roles/bigquery.dataEditor": "data",
    "roles/datastore.owner": "data",
    "roles/firebase.admin": "data",
    "roles/firebasedatabase.admin": "data",
    "roles/compute.admin": "data backup outage",
    "roles/compute.storageAdmin": "data backup",
    "roles/compute.instanceAdmin": "data outage",
    "roles/compute.instanceAdmin.v1": "data backup outage",
    "roles/compute.networkAdmin": "outage",
    "roles/container.admin": "outage",
    "roles/container.clusterAdmin": "outage",
    "roles/file.editor": "data backup",
    "roles/redis.admin": "data",
    "roles/memcache.admin": "data",
    "roles/pubsub.admin": "data",
    "roles/pubsub.editor": "data",
    "roles/artifactregistry.admin": "data",
    "roles/artifactregistry.repoAdmin": "content",
    "roles/cloudkms.admin": "keys",
    "roles/secretmanager.admin": "keys",
    "roles/backupdr.admin": "backup",
    "roles/logging.admin": "audit",
    "roles/dns.admin": "identity",
    "roles/run.admin": "outage",
    "roles/cloudfunctions.admin": "outage",
    "roles/appengine.appAdmin": "outage",
    "roles/composer.admin": "outage",
    "roles/dataproc.admin": "outage",
}
"""Predefined role → classes, worst first."""

_PERMISSIONS: tuple[tuple[str, str], ...] = (
    (r"resourcemanager\.(projects|folders)\.delete", "account"),
    (r".*\.setIamPolicy|iam\.roles\.(update|create)|iam\.serviceAccountKeys\.create"
     r"|iam\.serviceAccounts\.(getAccessToken|signJwt|signBlob)", "escalation"),
    (r"cloudkms\.cryptoKeyVersions\.destroy|secretmanager\.(secrets|versions)\.(delete|destroy)", "keys"),
    (r"(compute\.(snapshots|images)|cloudsql\.backupRuns|spanner\.backups|bigtable\.backups|alloydb\.backups)\.delete"
     r"|backupdr\..*\.delete", "backup"),
    (r"storage\.objects\.delete|bigquery\.tables\.updateData|datastore\.entities\.delete", "content"),
    (r"(storage\.buckets|cloudsql\.(instances|databases)|spanner\.(instances|databases)|bigquery\.(datasets|tables)"
     r"|bigtable\.(instances|tables)|datastore\.databases|compute\.disks|file\.instances|redis\.instances"
     r"|pubsub\.(topics|subscriptions)|alloydb\.(clusters|instances)|artifactregistry\.repositories)\.delete", "data"),
    (r"logging\.(logs|buckets|sinks)\.delete", "audit"),
    (r"dns\.managedZones\.delete|iam\.serviceAccounts\.delete", "identity"),
    (r"(compute\.(instances|networks|subnetworks|forwardingRules)|container\.clusters|run\.services)\.delete",
     "outage"),
    (r".*\.(delete|destroy)", "other"),
)  # fmt: skip
"""Permissions of custom roles → class; the first that fits counts."""

_BINDING = re.compile(r"google_(\w+)_iam_(member|binding|policy)$")
_CUSTOM = ("google_project_iam_custom_role", "google_organization_iam_custom_role")
_WIDE = ("project", "folder", "organization")
_WHERE = (
    "bucket", "folder", "org_id", "project", "service_account_id", "dataset_id", "instance", "topic", "secret_id",
    "crypto_key_id", "name",
)  # fmt: skip
"""Attributes that say what a binding is on, the nearest first."""
_AGENTS = re.compile(r"serviceAccount:(service-\d+@|\d+@cloudservices\.|\S+@gcp-sa-|\d+-compute@cloudservices)")


ANYBODY = ("allUsers", "allAuthenticatedUsers")


class Holding(NamedTuple):
    """A member has a role somewhere."""

    member: str
    role: str
    where: str
    wide: bool
    conditional: bool


class Gain(NamedTuple):
    """What a member gets."""

    kind: str
    """`GAIN` or `ESCALATION`."""
    address: str
    weight: int
    member: str
    role: str
    where: str
    classes: tuple[str, ...]
    text: tuple[str, ...] = ()


def gains(plan: Plan) -> Iterator[Gain]:
    """What machines get by the changes of a plan."""
    custom = _custom_roles(plan)
    had = {h for change in plan.changes for h in _holdings(change, "before")}
    had |= {h for change in plan.standing for h in _holdings(change, "before")}
    for change in plan.changes:
        kind = change.resource.type
        if kind in _CUSTOM:
            yield from _custom_gain(change)
        for holding in sorted(set(_holdings(change, "after")) - had):
            classes = _classes(holding.role, custom)
            yield from weigh(change, holding, classes, _cap(holding.member))


def holdings(plan: Plan) -> Iterator[tuple[Change, Holding, tuple[str, ...] | None]]:
    """Every binding that there will be, with the classes of its role."""
    custom = _custom_roles(plan)
    for change in (*plan.changes, *plan.standing):
        for holding in _holdings(change, "after"):
            yield change, holding, _classes(holding.role, custom)


def weigh(change: Change, holding: Holding, classes: tuple[str, ...] | None, cap: int) -> Iterator[Gain]:
    """What a holding comes to, at most as heavy as `cap`; `classes` None: nobody knows what the role allows."""
    if classes is None:
        text = (f"cannot tell what the role {holding.role} allows",)
        if cap:
            yield Gain(UNTOLD, change.resource.address, SLIGHT, holding.member, holding.role, holding.where, (), text)
        return
    weights = {name: weight(name, holding) for name in classes}
    worst = max(weights.values(), default=0)
    if not worst or not cap:
        return
    only_up = "escalation" in classes and not any(weights[name] >= GRAVE for name in classes if name != "escalation")
    kind = TRUST if classes == ("tool",) else ESCALATION if only_up else GAIN
    told = tuple(name for name in classes if weights[name])
    yield Gain(kind, change.resource.address, min(worst, cap), holding.member, holding.role, holding.where, told)


def weight(name: str, holding: Holding) -> int:
    """How much a class matters where it is held."""
    words = scope.named(holding.where)
    if words & scope.SAFE and not words & scope.PRODUCTION:
        return SLIGHT if name in actions.GRAVE else 0
    if name in actions.GRAVE or name == "escalation":
        if holding.conditional:
            return INTERRUPTING
        named = bool(words & scope.PRODUCTION) or scope.is_state(holding.where)
        weight = GRAVEST if named and name != "escalation" else GRAVE
        return min(weight, DISTURBING) if name == "guard" else weight
    if name == "tool":
        # Whole pools, of which nobody says which token: every repository of the issuer.
        return GRAVE if holding.member.startswith("principalSet:") and holding.member.endswith("/*") else 0
    if name == "content" and holding.member in ANYBODY:
        return GRAVE
    if name == "content":
        if scope.is_state(holding.where):
            return GRAVE
        return GRAVE if holding.wide and not holding.conditional else 0
    return INTERRUPTING if holding.wide and name != "other" else SLIGHT if holding.wide else 0


def _cap(member: str) -> int:
    """The most that matters: people sign in, groups mostly hold people, agents of Google do what they were made for."""
    if member.startswith(("user:", "domain:", "deleted:", "projectOwner:", "projectEditor:", "projectViewer:")):
        return 0
    if member.startswith("group:") or _AGENTS.match(member):
        return SLIGHT
    return GRAVEST


def _holdings(change: Change, side: str) -> Iterator[Holding]:
    found = _BINDING.fullmatch(change.resource.type)
    values = values_of(change, side)
    if found is None or values is None or change.deposed is not None:
        return
    where = next((text for key in (found[1], *_WHERE) for text in texts(values.get(key)) if text), "")
    wide = found[1] in _WIDE
    conditional = bool(_plain(values.get("condition"))) and values.get("condition") is not UNKNOWN
    for role, members in _granted(found[2], values):
        for member in members:
            yield Holding(member, role, where, wide, conditional)


def _granted(kind: str, values: Values) -> Iterator[tuple[str, tuple[str, ...]]]:
    if kind != "policy":
        for role in texts(values.get("role")):
            yield role, texts(values.get("member" if kind == "member" else "members"))
        return
    for text in texts(values.get("policy_data")):
        try:
            data = json.loads(text)
        except ValueError:
            continue
        for binding in data.get("bindings") or () if isinstance(data, dict) else ():
            if isinstance(binding, dict):
                yield str(binding.get("role")), texts(binding.get("members"))


def _classes(role: str, custom: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The classes of a role; None where nobody knows what it allows."""
    if role in _ROLES:
        return tuple(_ROLES[role].split())
    if role.startswith("roles/"):
        return ("other",) if role.lower().endswith("admin") else ()
    return custom.get(role.rpartition("/")[2])


def _custom_roles(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for change in (*plan.changes, *plan.standing):
        values = values_of(change, "after")
        if change.resource.type in _CUSTOM and values is not None:
            for name in texts(values.get("role_id")):
                found[name] = _permitted(values)
    return found


def _permitted(values: Values | None) -> tuple[str, ...]:
    classes = {_permission(text) for text in texts(values.get("permissions"))} if values is not None else set()
    return tuple(name for name in actions.CLASSES if name in classes)


def _permission(text: str) -> str:
    return next((name for pattern, name in _PERMISSIONS if re.fullmatch(pattern, text)), "")


def _custom_gain(change: Change) -> Iterator[Gain]:
    """A custom role that exists gets more permissions: whoever holds it has them at once."""
    if change.before is None or change.after is None:
        return
    new = set(texts(change.after.get("permissions"))) - set(texts(change.before.get("permissions")))
    classes = {_permission(text) for text in new}
    told = tuple(name for name in actions.CLASSES if name in classes)
    role = next(iter(texts(change.after.get("role_id"))), change.resource.name)
    holding = Holding("", role, "", True, False)
    for gain in weigh(change, holding, told, GRAVEST):
        destructive = sorted(text for text in new if _permission(text))
        yield gain._replace(text=(f"new in it: {', '.join(destructive[:3])}",))


def _plain(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value
