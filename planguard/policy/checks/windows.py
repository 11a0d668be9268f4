"""Hazards of time: an undo window that the plan closes, and an expiry that it sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from planguard.model import MISSING, UNKNOWN, Action, Sensitive, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

NAMES = ("name", "identifier", "cluster_identifier", "bucket", "account_name", "secret_id", "key_ring", "crypto_key_id")
"""Attributes under which a service keeps what was deleted, to be called back."""

BY_NUMBER = ("aws_kms_key", "aws_kms_external_key", "aws_paymentcryptography_key", "aws_organizations_account")
"""Types that are called back by an id of the cloud's own: a new one of the same name takes nobody's place."""

BOMBS: Mapping[str, str] = {
    "expiration": "objects expire",
    "noncurrent_version_expiration": "old versions expire",
    "default_table_expiration_ms": "tables expire",
    "default_partition_expiration_ms": "partitions expire",
    "expiration_time": "it expires",
    "expiration_date": "it expires",
    "delete_after": "it is deleted after a time",
    "ttl": "items expire",
    "time_to_live": "items expire",
    "message_retention_duration": "messages expire",
    "message_retention_seconds": "messages expire",
    "message_retention": "messages expire",
    "default_ttl": "items expire",
    "lifecycle_rule": "objects are deleted",
    "auto_delete_time": "it deletes itself",
    "valid_until": "it ends",
    # CloudFormation's names.
    "ExpirationInDays": "objects expire",
    "ExpirationDate": "objects expire",
    "NoncurrentVersionExpiration": "old versions expire",
    "NoncurrentVersionExpirationInDays": "old versions expire",
    "TimeToLiveSpecification": "items expire",
    "MessageRetentionPeriod": "messages expire",
}
"""Attributes that destroy later, without any further plan; the words say what happens."""
_DEFAULTS: Mapping[str, Any] = {"MessageRetentionPeriod": 345_600, "message_retention_seconds": 345_600}
"""What holds where nothing is said, as sources and templates often do."""
_REGISTRY = ("policy", "LifecyclePolicyText")
"""Where a registry keeps its rules, as JSON inside a string."""
_INNER = (dict, list)
OWNERS = ("bucket", "repository", "file_system_id")
"""Where a lifecycle rule that is a resource of its own names what it works on."""


def voided(scene: Scene) -> Iterator[Hit]:
    """A replacement takes the same name, so that what was deleted cannot be called back under it."""
    for subject in scene.subjects():
        change = subject.change
        if change.action is not Action.REPLACE or subject.kept or subject.row.id != "data-window":
            continue
        if subject.tier is Tier.OTHER or change.before is None or change.after is None:
            continue
        if change.resource.type in BY_NUMBER:
            continue
        same = [name for name in NAMES if _same(change.before.get(name), change.after.get(name))]
        if same:
            yield Hit(subject, evidence=(f"`{same[0]}` stays the same, so the new object takes the old one's place.",))


def time_bomb(scene: Scene) -> Iterator[Hit]:
    """An expiry is newly set, or made shorter, on something that holds data in production."""
    made = cache(lambda: _made(scene))
    for subject in scene.subjects():
        new = _newly_set(subject, made, scene)
        if new and subject.tier is not Tier.OTHER and _stores(subject):
            words = BOMBS[new[0].rsplit(".", 1)[-1]]
            yield Hit(subject, evidence=(f"`{new[0]}` is newly set or shorter: {words}, with no further plan.",))


def _newly_set(subject: Subject, made: Callable[[], Mapping[str, int]], scene: Scene) -> list[str]:
    """The expiries that are set or made shorter, as dotted paths."""
    before, after = subject.change.before, subject.change.after
    old: Mapping[str, Any] = {}
    new: Mapping[str, Any]
    if after is None:
        return []
    if subject.change.action is Action.UPDATE and before is not None:
        # What stays the same is not walked through: that is nearly everything.
        names = sorted(subject.changed)
        old, new = ({name: tree[name] for name in names if name in tree} for tree in (before.tree, after.tree))
    elif subject.change.action is Action.CREATE and _works_on_old(subject, made, scene):
        new = after.tree
    else:
        return []
    found = _bombs(new)
    known = _bombs(old) if found else {}
    return sorted(
        path for path, value in found.items() if _sooner(known.get(path, _DEFAULTS.get(path.rsplit(".", 1)[-1])), value)
    )


def _same(before: Any, after: Any) -> bool:
    unknown = (MISSING, UNKNOWN, None, "")
    return before not in unknown and after not in unknown and bool(before == after)


def _stores(subject: Subject) -> bool:
    """Buckets' lifecycle rules are resources of their own: they hold nothing, and destroy what the bucket holds."""
    return subject.row.id.startswith("data-") or "lifecycle" in subject.change.resource.type


def _works_on_old(subject: Subject, made: Callable[[], Mapping[str, int]], scene: Scene) -> bool:
    """Whether a lifecycle rule that is new works on something that is there already, and so has content to lose."""
    assert subject.change.after is not None
    if "lifecycle" not in subject.change.resource.type:
        return False
    owner = next((value for key in OWNERS if (value := subject.change.after.get(key)) is not MISSING), MISSING)
    if scene.foretold and owner is UNKNOWN and scene.sources is not None:
        return scene.sources.works_on_old(subject.change.resource.config, OWNERS)
    if not isinstance(owner, str):
        return False  # known after apply: it is made by this plan
    return made().get(owner, 0) <= (owner in _names(subject))  # it carries that name itself


def _made(scene: Scene) -> Mapping[str, int]:
    """Name → how many of the objects that the plan creates carry it."""
    return Counter(name for s in scene.subjects() if s.change.action is Action.CREATE for name in _names(s))


def _names(subject: Subject) -> set[str]:
    after = subject.change.after
    found = [after.get(key) for key in (*NAMES, "id")] if after is not None else []
    plain = (name.peek() if isinstance(name, Sensitive) else name for name in found)
    return {name for name in plain if isinstance(name, str)}


def _bombs(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted path (indices left out) → smallest number, or "set", for every attribute in BOMBS that is set."""
    found: dict[str, Any] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if value.__class__ not in _INNER and key not in BOMBS and key not in _REGISTRY:
                    continue  # a plain value that says nothing, as nearly all of them
                inner = f"{path}.{key}" if path else str(key)
                live = _live(key, value)
                if key in BOMBS and live not in (None, "", [], {}, 0, False):
                    found[inner] = _smaller(found.get(inner), live)
                if key in _REGISTRY and isinstance(value, str) and '"expire"' in value:
                    found["expiration"] = "set"
                walk(live, inner)
        elif isinstance(node, list):
            for item in node:
                walk(item, path)

    walk(tree, "")
    return found


def _live(key: str, value: Any) -> Any:
    """The value without what is switched off, and without rules that delete nothing; None where nothing is left."""
    if isinstance(value, list):
        return [item for item in (_live(key, item) for item in value) if item is not None]
    if isinstance(value, Mapping):
        switch = value.get("enabled", value.get("Enabled"))
        if str(switch).lower() == "false" or "Disabled" in (value.get("status"), value.get("Status")):
            return None
        action = value.get("action")
        if key == "lifecycle_rule" and isinstance(action, list):  # Google's: the days stand beside what is done
            deletes = any(isinstance(item, Mapping) and item.get("type") == "Delete" for item in action)
            condition = value.get("condition")
            return {"days": _age(condition)} if deletes else None
        if key == "lifecycle_rule":
            return {name: item for name, item in value.items() if "expiration" in name} or None
    never = isinstance(value, (int, float)) and value < 0
    return None if never else value


def _age(condition: Any) -> Any:
    first = condition[0] if isinstance(condition, list) and condition else condition
    return first.get("age") if isinstance(first, Mapping) else None


def _smaller(old: Any, value: Any) -> Any:
    number = _number(value)
    if old is None:
        return number
    return min(old, number) if isinstance(old, (int, float)) and isinstance(number, (int, float)) else number


def _number(value: Any) -> Any:
    """A comparable form: a number where there is one inside (days, ms), else "set"."""
    if isinstance(value, Sensitive) or value is UNKNOWN:
        return "set"
    if isinstance(value, list):
        numbers = [number for number in map(_number, value) if isinstance(number, (int, float))]
        return min(numbers) if numbers else "set"
    if isinstance(value, Mapping):
        days = value.get("days") or value.get("noncurrent_days") or value.get("NoncurrentDays")
        return days if isinstance(days, (int, float)) else "set"
    if isinstance(value, str):
        digits = value.rstrip("smhd")
        return float(digits) if digits.replace(".", "", 1).isdigit() else "set"
    return value if isinstance(value, (int, float)) else "set"


def _sooner(old: Any, new: Any) -> bool:
    if old is None:
        return True
    return isinstance(old, (int, float)) and isinstance(new, (int, float)) and new < old
