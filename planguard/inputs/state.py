"""Terraform's state held against a plan: whether the plan still fits, and after a failure what was done of it.

Owns reading `terraform state pull` and the comparison. Shows no value. Where the state does not tell, the answer is
that it does not.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planguard.inputs.archives import DAMAGED
from planguard.model import Action, Change, Plan

DONE, LEFT, HALF, UNKNOWN = "done", "left", "half", "unknown"

_IN_STATE = frozenset((Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE, Action.FORGET))
"""Actions that a state shows to have happened."""
_INSIDE = "tfstate"
"""The state that a plan was made from, inside the saved plan."""


class Existing(NamedTuple):
    """One object as the state has it."""

    values: Mapping[str, Any]
    tainted: bool = False


class State(NamedTuple):
    """A state, as far as it is asked about."""

    lineage: str = ""
    """Of all states that came of the same one; empty where there is none yet."""
    serial: int = 0
    """Grows with every write."""
    objects: Mapping[tuple[str, str], Existing] = {}
    """By address and deposed key (empty for the one that is in use)."""


class Became(NamedTuple):
    """What became of one change."""

    address: str
    action: Action
    status: str
    """`done`, `left` (as before), `half` (begun, and broken off), `unknown`."""
    remark: str = ""
    """One clause, where the status does not say enough."""


def read(path: Path) -> State | None:
    """The state in a file; None where it cannot be understood. Before the first apply there is none, and no text."""
    try:
        return _parsed(path.read_bytes())
    except OSError:
        return None


def behind(saved: Path) -> State | None:
    """The state that a saved plan was made from; None where the file does not tell."""
    try:
        with zipfile.ZipFile(saved) as archive:
            return _parsed(archive.read(_INSIDE))
    except (KeyError, *DAMAGED):
        return None


def fits(plan: State | None, now: State | None) -> bool:
    """Whether terraform would still apply a plan made from one state to another; True where nobody can tell."""
    if plan is None or now is None or not plan.lineage:
        return True
    return (plan.lineage, plan.serial) == (now.lineage, now.serial)


def became(plan: Plan, state: State) -> tuple[Became, ...]:
    """What became of every change of the plan, sorted by address."""
    found = (_became(change, state.objects) for change in plan.changes if change.action in _IN_STATE)
    return tuple(sorted(found, key=lambda item: (item.address, item.action)))


# --- reading ----------------------------------------------------------------------------------------------------------


def _parsed(text: bytes) -> State | None:
    if not text.strip():
        return State()
    try:
        document = json.loads(text)
        objects = {
            (address, str(instance.get("deposed") or "")): Existing(
                instance.get("attributes") or {}, instance.get("status") == "tainted"
            )
            for address, instance in _instances(document.get("resources") or ())
        }
        return State(str(document["lineage"]), int(document["serial"]), objects)
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return None


def _instances(resources: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in resources:
        if resource["mode"] != "managed":
            continue
        name = ".".join(filter(None, (resource.get("module"), resource["type"], resource["name"])))
        for instance in resource["instances"]:
            key = instance.get("index_key")
            yield name + ("" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"), instance


# --- comparing --------------------------------------------------------------------------------------------------------


def _became(change: Change, objects: Mapping[tuple[str, str], Existing]) -> Became:
    address, action = change.resource.address, change.action
    now = objects.get((address, change.deposed or ""))
    if action in (Action.DELETE, Action.FORGET):
        return Became(address, action, DONE if now is None else LEFT)
    if action is Action.CREATE:
        if now is not None and now.tainted:
            return Became(address, action, HALF, "it was created, and then something failed")
        return Became(address, action, LEFT if now is None else DONE)
    if now is None:
        gone = "it is gone" if action is Action.UPDATE else "the old one is destroyed, and there is no new one"
        return Became(address, action, HALF, gone)
    same = _same(change, now)
    if same is None:
        return Became(address, action, UNKNOWN)
    if action is Action.REPLACE and not same:
        return _replaced(change, now, objects)
    return Became(address, action, LEFT if same else DONE)


def _replaced(change: Change, now: Existing, objects: Mapping[tuple[str, str], Existing]) -> Became:
    address = change.resource.address
    if now.tainted:
        return Became(address, change.action, HALF, "the new one was created, and then something failed")
    if any(where == address and deposed for where, deposed in objects):
        return Became(address, change.action, HALF, "the new one is there, and the old one is still to be destroyed")
    return Became(address, change.action, DONE)


def _same(change: Change, now: Existing) -> bool | None:
    """Whether the object is the one from before the plan, untouched; None where the plan does not tell."""
    if change.before is None:
        return None
    before = change.before.tree
    if change.action is Action.REPLACE and isinstance(before.get("id"), str):
        return bool(before["id"] == now.values.get("id"))
    return all(now.values.get(name) == value for name, value in before.items())
