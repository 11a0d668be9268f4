"""The state after an apply that failed, held against its plan: what was done, what was not, and what is half done.

Owns reading the JSON of `terraform show -json` without a plan, and the comparison. Shows no value. Where the state does
not tell, the answer is that it does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planguard.model import Action, Change, Plan

DONE, LEFT, HALF, UNKNOWN = "done", "left", "half", "unknown"

_IN_STATE = frozenset((Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET))
"""Actions that a state shows to have happened."""


class Outcome(NamedTuple):
    """What became of one change."""

    address: str
    action: Action
    status: str
    """`done`, `left` (as before), `half` (destroyed, and its successor is missing or broken), `unknown`."""
    remark: str = ""
    """One clause, where the status does not say enough."""


class _Object(NamedTuple):
    values: Mapping[str, Any]
    tainted: bool


def outcomes(plan: Plan, state: Path) -> tuple[Outcome, ...] | None:
    """What became of every change of the plan, sorted by address; None where the state cannot be understood."""
    objects = _objects(state)
    if objects is None:
        return None
    found = (_outcome(change, objects) for change in plan.changes if change.action in _IN_STATE)
    return tuple(sorted(found, key=lambda item: (item.address, item.action)))


def _objects(state: Path) -> Mapping[tuple[str, str | None], _Object] | None:
    """What exists, by address and deposed key."""
    try:
        document = json.loads(state.read_bytes())
        root = (document.get("values") or {}).get("root_module") or {}
        return {
            (item["address"], item.get("deposed_key")): _Object(item.get("values") or {}, item.get("tainted") is True)
            for item in _resources(root)
        }
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return None


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in module.get("resources", ()):
        if item.get("mode") == "managed":
            yield item
    for inner in module.get("child_modules", ()):
        yield from _resources(inner)


def _outcome(change: Change, objects: Mapping[tuple[str, str | None], _Object]) -> Outcome:
    address, action = change.resource.address, change.action
    now = objects.get((address, change.deposed))
    if action in (Action.DELETE, Action.FORGET):
        return Outcome(address, action, DONE if now is None else LEFT)
    if action is Action.CREATE:
        if now is not None and now.tainted:
            return Outcome(address, action, HALF, "it was created, and then something failed")
        return Outcome(address, action, LEFT if now is None else DONE)
    if now is None:
        if action is Action.UPDATE:
            return Outcome(address, action, HALF, "it is gone")
        return Outcome(address, action, HALF, "the old one is destroyed, and there is no new one")
    same = _same(change, now)
    if same is None:
        return Outcome(address, action, UNKNOWN)
    if action is Action.REPLACE and not same:
        return _replaced(change, now, objects)
    return Outcome(address, action, LEFT if same else DONE)


def _replaced(change: Change, now: _Object, objects: Mapping[tuple[str, str | None], _Object]) -> Outcome:
    address = change.resource.address
    if now.tainted:
        return Outcome(address, change.action, HALF, "the new one was created, and then something failed")
    if any(where == address and deposed for where, deposed in objects):
        return Outcome(address, change.action, HALF, "the new one is there, and the old one is still to be destroyed")
    return Outcome(address, change.action, DONE)


def _same(change: Change, now: _Object) -> bool | None:
    """Whether the object is the one from before the plan, untouched; None where the plan does not tell."""
    if change.before is None:
        return None
    before = change.before.tree
    if change.action is Action.REPLACE and isinstance(before.get("id"), str):
        return bool(before["id"] == now.values.get("id"))
    return all(now.values.get(name) == value for name, value in before.items())
