"""The safer way: what to paste or to run instead of applying. Only what is known to work in the plan's own version.

Facts behind it: `removed` blocks exist since Terraform and OpenTofu 1.7 and take no instance keys; Terraform destroys
there unless `lifecycle { destroy = false }` says otherwise, OpenTofu forgets by default and knows the setting since
1.10; `import` blocks exist since Terraform 1.5 and OpenTofu 1.6; `moved` blocks since 1.1, and they take keys. An
upstream object that goes cannot be ignored away downstream.

Every remedy is text in which a line of code, a block or a command, stands by itself (`reports.content.advice` tells
them apart). `tests/e2e/test_advice.py` takes each kind at its word with a real terraform.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from planguard.catalog import ProtectionState
from planguard.causes import hcl, identifiers, stacks, wording
from planguard.causes.identifiers import Owner
from planguard.causes.lifting import lifted
from planguard.causes.moves import Move, Moves
from planguard.causes.origins import Origin
from planguard.causes.replacing import replaced
from planguard.causes.shifts import Shift
from planguard.graph import without_keys
from planguard.model import Action, Cause, Change, Path, Plan

_BY_KEY = ("delete_because_count_index", "delete_because_each_key", "delete_because_no_module")
_TO_LET_GO = "To stop managing it without destroying it"
_FOR_EACH = "With for_each instead of count, taking one item out leaves the others alone."
_TERRAFORM = ("terraform", "opentofu")
_STEPS_SHOWN = 20
"""More steps than this nobody types: putting the item back is the way then."""


class Facts(NamedTuple):
    """What others found out about a change, for whoever gives advice on it."""

    loses: frozenset[str] = frozenset()
    """What the type gives up when it dies (`data`, `availability`, …), as the catalog says."""
    refusing: Sequence[ProtectionState] = ()
    """The states of its protections, where one of them will make the apply fail."""
    block_gone: bool = True
    """No instance of its block stays."""
    shift: Shift | None = None
    """The list behind its `count` changed in the middle."""
    vanished: bool = False
    """It was found to be gone from the cloud, and is to be created again."""
    all_new: bool = False
    """The plan creates (nearly) everything, as if nothing existed."""
    origin: Origin | None = None
    """The variable that everything began with."""
    taken_from: Callable[[Path], str | None] = lambda _path: None
    """The variable that an attribute takes its value from, and from nothing else."""
    owner: Owner = lambda _field, _kind: None
    """Finds the import id of what an attribute refers to."""


def remedy(plan: Plan, change: Change, cause: Cause | None, moves: Moves, facts: Facts) -> str | None:
    """What to do instead of this change, ready to paste; None where there is nothing better than to look twice."""
    if plan.tool == "cloudformation":
        return stacks.remedy(change, cause, moves.of(change.resource.address), facts.loses)
    if plan.tool not in _TERRAFORM or change.deposed is not None:
        return None
    lines = _lines(plan, change, cause, moves, facts)
    if facts.refusing and change.action.destroys:
        lines.append(lifted(change, facts.refusing))
    return "\n".join(lines) or None


def _lines(plan: Plan, change: Change, cause: Cause | None, moves: Moves, facts: Facts) -> list[str]:
    if facts.shift is not None and change.action in (Action.DELETE, Action.REPLACE, Action.UPDATE):
        return [_shifted(plan, facts.shift)]
    if change.action is Action.DELETE:
        move = moves.of(change.resource.address)
        return [_moved(move, moves) if move is not None else _deleted(plan, change, moves, facts)]
    if change.action is Action.FORGET:
        return [_forgotten(plan, change, facts)]
    if change.action is Action.REPLACE:
        return replaced(change, cause, facts.loses, program(plan), facts.origin, facts.taken_from)
    if change.action is Action.CREATE:
        return _created(plan, change, facts)
    return []


def _moved(move: Move, moves: Moves) -> str:
    if move.certainty == "certain":
        lead = "Tell Terraform that it moved, instead of destroying it:"
    else:
        lead = f"If {move.new} is the same object, tell Terraform that it moved:"
    text = f"{lead}\n{moves.covering(move)}"
    if move.renamed:
        names = wording.listed(move.renamed)
        text += f"\nKeep {names} as it is now, or a new one may replace it. To do that in its block:\n"
        text += hcl.lifecycle(f"ignore_changes = [{', '.join(move.renamed)}]")
    return text


def _deleted(plan: Plan, change: Change, moves: Moves, facts: Facts) -> str:
    address, reason = change.resource.address, change.reason or ""
    candidates = moves.candidates(address)
    if candidates:
        options = " or ".join(candidates[:3])
        return f"If it was renamed, add a moved block from {address} to {options}, whichever it is."
    if reason == "delete_because_no_move_target":
        return "Correct the `to` of the moved block: nothing in the configuration has that address."
    if reason == "delete_because_no_resource_config" and facts.block_gone:
        return f"If it should stay, put its block back. {_TO_LET_GO}:\n{let_go(plan, change)}"
    if reason in _BY_KEY or reason == "delete_because_wrong_repetition":
        return f"If it should stay, undo that. {_TO_LET_GO}, run this and plan again:\n{state_rm(plan, address)}"
    return f"If it should stay, do not apply this plan. {_TO_LET_GO}:\n{state_rm(plan, address)}"


def _shifted(plan: Plan, shift: Shift) -> str:
    lead = f"The list behind count of {shift.block} changed before its end, so that items take each other's place."
    if len(shift.steps) > _STEPS_SHOWN:
        return f"{lead} Put it back where it was, and add or remove items only at the end of the list. {_FOR_EACH}"
    steps = [_state_mv(plan, f"{shift.block}[{old}]", f"{shift.block}[{new}]") for old, new in shift.steps]
    text = f"{lead} Put it back where it was, or tell the state where the items stand now, and plan again:\n"
    text += "\n".join(steps)
    if shift.left:
        leaving = [f"{shift.block}[{index}]" for index in shift.left]
        text += f"\nThat plan destroys only what left the list ({wording.listed(leaving)}). To keep it, unmanaged:\n"
        text += "\n".join(state_rm(plan, address) for address in leaving)
    return f"{text}\n{_FOR_EACH}"


def _forgotten(plan: Plan, change: Change, facts: Facts) -> str:
    text = "Nothing is destroyed, but nobody manages it afterwards; an import block can bring it back"
    block = import_block(plan, change, facts.owner)
    return f"{text}:\n{block}" if block else f"{text}."


def _created(plan: Plan, change: Change, facts: Facts) -> list[str]:
    if facts.vanished:
        return [
            "Find out first whether it was deleted, or whether the provider looks in another account or region. If it "
            "was deleted, restore it under the same name and id and plan again, before anything is applied."
        ]
    if not facts.all_new:
        return []
    text = (
        "If this environment is new, go on. If it exists, stop: apply nothing, and find its state (backend, key, "
        f"workspace; `{program(plan)} state list` shows what is in it). Only if it is lost for good, import what exists"
    )
    block = import_block(plan, change, facts.owner)
    if block:
        return [f"{text} (planguard fix writes a block for everything whose id the plan tells):\n{block}"]
    return [f"{text}, with an import block per object."]


def import_block(plan: Plan, change: Change, owner: Owner) -> str | None:
    """What brings an object into the state; None where the plan does not tell its id."""
    values = change.before if change.before is not None else change.after
    found = identifiers.identifier(change.resource.type, values, owner)
    if found is None:
        return None
    since = (1, 6) if plan.tool == "opentofu" else (1, 5)
    known = version(plan)
    if known is not None and known < since:
        return f"{program(plan)} import {hcl.argument(change.resource.address)} {hcl.argument(found)}"
    return hcl.imported(change.resource.address, found)


def let_go(plan: Plan, change: Change) -> str:
    """What takes an object out of the state and leaves it where it is, for a block that is gone."""
    known = version(plan)
    if known is not None and known < (1, 7):
        return state_rm(plan, change.resource.address)
    block = change.resource.config or without_keys(change.resource.address)
    return hcl.removed(block, explicit=not (plan.tool == "opentofu" and (known is None or known < (1, 10))))


def state_rm(plan: Plan, address: str) -> str:
    """The command that takes one instance out of the state."""
    return f"{program(plan)} state rm {hcl.argument(address)}"


def _state_mv(plan: Plan, old: str, new: str) -> str:
    return f"{program(plan)} state mv {hcl.argument(old)} {hcl.argument(new)}"


def program(plan: Plan) -> str:
    """The command of the tool that made the plan."""
    return "tofu" if plan.tool == "opentofu" else "terraform"


def version(plan: Plan) -> tuple[int, int] | None:
    """Major and minor version of the tool."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})", plan.version or "")
    return (int(match[1]), int(match[2])) if match else None
