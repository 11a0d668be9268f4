"""Hazards of time: an undo window that the plan closes, and an expiry that it sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planguard.model import MISSING, UNKNOWN, Action, Sensitive, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

NAMES = ("name", "identifier", "cluster_identifier", "bucket", "account_name", "secret_id", "key_ring", "crypto_key_id")
"""Attributes under which a service keeps what was deleted, to be called back."""

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
    "auto_delete_time": "it deletes itself",
    "valid_until": "it ends",
}
"""Attributes that destroy later, without any further plan; the words say what happens."""


def voided(scene: Scene) -> Iterator[Hit]:
    """A replacement takes the same name, so that what was deleted cannot be called back under it."""
    for subject in scene.subjects():
        change = subject.change
        if change.action is not Action.REPLACE or subject.kept or subject.row.id != "data-window":
            continue
        if subject.tier is Tier.OTHER or change.before is None or change.after is None:
            continue
        same = [name for name in NAMES if _same(change.before.get(name), change.after.get(name))]
        if same:
            yield Hit(subject, evidence=(f"`{same[0]}` stays the same, so the new object takes the old one's place.",))


def time_bomb(scene: Scene) -> Iterator[Hit]:
    """An expiry is newly set, or made shorter, on something that holds data in production."""
    for subject in scene.subjects():
        change = subject.change
        if change.action is not Action.UPDATE or change.before is None or change.after is None:
            continue
        if subject.tier is Tier.OTHER or not _stores(subject):
            continue
        before, after = _bombs(change.before.tree), _bombs(change.after.tree)
        new = sorted(path for path, value in after.items() if _sooner(before.get(path), value))
        if new:
            words = BOMBS[new[0].rsplit(".", 1)[-1]]
            yield Hit(subject, evidence=(f"`{new[0]}` is newly set or shorter: {words}, with no further plan.",))


def _same(before: Any, after: Any) -> bool:
    unknown = (MISSING, UNKNOWN, None, "")
    return before not in unknown and after not in unknown and bool(before == after)


def _stores(subject: Subject) -> bool:
    """Buckets' lifecycle rules are resources of their own: they hold nothing, and destroy what the bucket holds."""
    return subject.row.id.startswith("data-") or "lifecycle" in subject.change.resource.type


def _bombs(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted path (indices left out) → smallest number, or "set", for every attribute in BOMBS that is set."""
    found: dict[str, Any] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, Mapping):
            for key, value in node.items():
                inner = f"{path}.{key}" if path else str(key)
                if key in BOMBS and value not in (None, "", [], {}, 0, False):
                    found[inner] = _smaller(found.get(inner), value)
                walk(value, inner)
        elif isinstance(node, list):
            for item in node:
                walk(item, path)

    walk(tree, "")
    return found


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
        days = value.get("days") or value.get("noncurrent_days")
        return days if isinstance(days, (int, float)) else "set"
    if isinstance(value, str):
        digits = value.rstrip("smhd")
        return float(digits) if digits.replace(".", "", 1).isdigit() else "set"
    return value if isinstance(value, (int, float)) else "set"


def _sooner(old: Any, new: Any) -> bool:
    if old is None:
        return True
    return isinstance(old, (int, float)) and isinstance(new, (int, float)) and new < old
