"""What CloudFormation's two policies make of an object that leaves its stack: deleted, kept, or snapshotted first.

`DeletionPolicy` covers removal, `UpdateReplacePolicy` covers the old half of a replacement; neither covers the other.
Owns their defaults, which stand in AWS's reference and in no template. Reads no input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

DELETION, REPLACEMENT = "DeletionPolicy", "UpdateReplacePolicy"

_KEEPS = frozenset({"Retain", "RetainExceptOnCreate"})
"""RetainExceptOnCreate deletes only what the very operation that created it rolls back."""


class Fate(NamedTuple):
    """What becomes of the old object."""

    kept: bool = False
    snapshot: bool = False


def fate(policy: str) -> Fate:
    """What a policy's value means. A value that AWS does not know protects nothing."""
    return Fate(kept=policy in _KEEPS, snapshot=policy == "Snapshot")


def deletion(type: str, stated: Any, properties: Mapping[str, Any]) -> str:
    """The `DeletionPolicy` in force. Without one, two of RDS's types are snapshotted, and all else is deleted."""
    if isinstance(stated, str) and stated:
        return stated
    if stated is not None:
        return "Delete"  # an expression: nobody knows its value, so it is not relied on
    if type == "AWS::RDS::DBCluster":
        return "Snapshot"
    if type == "AWS::RDS::DBInstance" and properties.get("DBClusterIdentifier") in (None, ""):
        return "Snapshot"
    return "Delete"


def replacement(stated: Any) -> str:
    """The `UpdateReplacePolicy` in force: nothing is kept unless somebody wrote so, not even databases."""
    return stated if isinstance(stated, str) and stated else "Delete"


def said(type: str, name: str, policy: str, stated: Any) -> tuple[str, ...]:
    """The policy as a sentence. A default is worth a word only where there is data to keep."""
    if stated == policy:
        return (f"{name} is {policy}.",)
    from planguard import catalog

    if not catalog.lookup(type).loses & {"data", "unknown"}:
        return ()
    more = "; DeletionPolicy does not cover replacements" if name == REPLACEMENT else ""
    return (f"{name} is {policy} (the default{more}).",)
