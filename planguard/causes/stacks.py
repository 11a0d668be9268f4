"""CloudFormation's side of a cause: why something leaves a stack, and the safer way to do it.

Facts behind it: DeletionPolicy holds as deployed, so it has to be deployed before the resource leaves the template;
UpdateReplacePolicy holds from the very update that replaces. A logical id is the identity of a resource in its stack.
"""

from __future__ import annotations

from planguard.causes import wording
from planguard.causes.moves import Move
from planguard.model import Action, Cause, Change

_BOTH = frozenset({"data", "identity", "history"})
"""Losses for which keeping the old object is worth the trouble."""


def removed(change: Change) -> str:
    """Why it leaves the stack, as a clause."""
    if change.conditional:
        return "its condition may not hold any more"
    if change.action is Action.FORGET:
        return "it is gone from the template, and its DeletionPolicy keeps the object itself"
    return "it is gone from the template"


def remedy(change: Change, cause: Cause | None, move: Move | None, loses: frozenset[str]) -> str | None:
    """What to do instead of this change; None where there is nothing better than to look twice."""
    name = change.resource.address
    if change.action is Action.FORGET:
        return "Nothing is destroyed, but no stack manages it afterwards; an import can bring it back."
    if change.action is Action.DELETE:
        if move is not None:
            return (
                f"Keep the logical id {move.old} (in the CDK: overrideLogicalId), or rename it by a stack refactoring: "
                "aws cloudformation create-stack-refactor."
            )
        if loses & _BOTH:
            return f"To keep it, deploy DeletionPolicy: Retain on {name} first, and remove it in a later update."
        return None
    return _replaced(change, cause, loses) if change.action is Action.REPLACE else None


def _replaced(change: Change, cause: Cause | None, loses: frozenset[str]) -> str | None:
    lines = []
    if cause is not None and cause.root is not None:
        lines.append(f"It starts with {cause.root}: undo the change there.")
    elif change.replace_paths:
        names = list(dict.fromkeys(wording.attribute(path) for path in change.replace_paths))
        lines.append(f"If the object should stay, revert {wording.listed(wording.shortened(names, 'properties'))}.")
    if loses & _BOTH and not change.old_kept:
        lines.append(
            f"To go ahead without losing the old one, put UpdateReplacePolicy: Retain on {change.resource.address} in "
            "the same update; the new one starts empty all the same."
        )
    return "\n".join(lines) or None
