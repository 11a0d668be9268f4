"""The safer way: what to paste or to run instead of applying. Only what is known to work in the plan's own version.

Facts behind it: `removed` blocks exist since Terraform and OpenTofu 1.7 and take no instance keys; Terraform destroys
there unless `lifecycle { destroy = false }` says otherwise, OpenTofu forgets by default and knows the setting since
1.10; `moved` blocks exist since 1.1 and take keys. An upstream object that goes cannot be ignored away downstream.
"""

from __future__ import annotations

import json
import re

from planguard.causes import likeness, wording
from planguard.causes.moves import Move, Moves
from planguard.graph import without_keys
from planguard.model import Action, Cause, Change, Path, Plan, Sensitive

_PLAIN = re.compile(r"[\w.-]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*")
_BY_KEY = ("delete_because_count_index", "delete_because_each_key", "delete_because_no_module")
_TO_LET_GO = "To stop managing it without destroying it"
_FOR_EACH = "With for_each instead of count, taking one item out leaves the others alone."
_TERRAFORM = ("terraform", "opentofu")


def remedy(
    plan: Plan,
    change: Change,
    cause: Cause | None,
    moves: Moves,
    *,
    loses: frozenset[str] = frozenset(),
    block_gone: bool = True,
    shifted: bool = False,
) -> str | None:
    """What to do instead of this change, ready to paste; None where there is nothing better than to look twice.

    `loses` is what the type gives up when it dies (`data`, `availability`, …), as the catalog says; `block_gone` says
    that no instance of its block stays; `shifted` that the list behind its `count` got shorter in the middle.
    """
    if plan.tool not in _TERRAFORM or change.deposed is not None:
        return None
    if change.action is Action.DELETE:
        move = moves.of(change.resource.address)
        return _moved(move, moves) if move is not None else _deleted(plan, change, moves, block_gone, shifted)
    if change.action is Action.FORGET:
        return "Nothing is destroyed, but nobody manages it afterwards; an import block can bring it back."
    if change.action is Action.REPLACE:
        return "\n".join(_replaced(plan, change, cause, loses)) or None
    return None


def _moved(move: Move, moves: Moves) -> str:
    if move.certainty == "certain":
        lead = "Tell Terraform that it moved, instead of destroying it:"
    else:
        lead = f"If {move.new} is the same object, tell Terraform that it moved:"
    text = f"{lead}\n{moves.covering(move)}"
    if move.renamed:
        names = wording.listed(move.renamed)
        text += (
            f"\nKeep {names} as it is now (or ignore_changes = [{', '.join(move.renamed)}]): a new one may replace it."
        )
    return text


def _deleted(plan: Plan, change: Change, moves: Moves, block_gone: bool, shifted: bool) -> str:
    address, reason = change.resource.address, change.reason or ""
    candidates = moves.candidates(address)
    if candidates:
        options = " or ".join(candidates[:3])
        return f"If it was renamed, add a moved block from {address} to {options}, whichever it is."
    if reason == "delete_because_no_move_target":
        return "Correct the `to` of the moved block: nothing in the configuration has that address."
    if reason == "delete_because_no_resource_config" and block_gone:
        return f"If it should stay, put its block back. {_TO_LET_GO}:\n{_let_go(plan, change)}"
    if reason in _BY_KEY or reason == "delete_because_wrong_repetition":
        advice = f"If it should stay, undo that. {_TO_LET_GO}, run this and plan again"
        text = f"{advice}:\n{_state_rm(plan, address)}"
        return f"{text}\n{_FOR_EACH}" if shifted else text
    return f"If it should stay, do not apply this plan. {_TO_LET_GO}:\n{_state_rm(plan, address)}"


def _let_go(plan: Plan, change: Change) -> str:
    version = _version(plan)
    if version is not None and version < (1, 7):
        return _state_rm(plan, change.resource.address)
    block = change.resource.config or without_keys(change.resource.address)
    if plan.tool == "opentofu" and (version is None or version < (1, 10)):
        return f"removed {{\n  from = {block}\n}}"
    return f"removed {{\n  from = {block}\n  lifecycle {{\n    destroy = false\n  }}\n}}"


def _replaced(plan: Plan, change: Change, cause: Cause | None, loses: frozenset[str]) -> list[str]:
    lines: list[str] = []
    address, tool = change.resource.address, _program(plan)
    if change.reason == "replace_because_tainted":
        lines.append(f"If the object is healthy, clear the mark:\n{tool} untaint {_quoted(address)}")
    elif change.reason == "replace_by_request":
        lines.append(f"Plan again without -replace={_quoted(address)}.")
    elif change.reason == "replace_by_triggers":
        lines.append("If its replacement is not meant, take the entry out of its replace_triggered_by.")
    if cause is not None and cause.root is not None and change.reason != "replace_by_triggers":
        lines.append(f"It starts with {cause.root}: undo the change there.")
    elif change.replace_paths:
        lines += _reverted(change)
    lines += _order_of_events(change, loses)
    return lines


def _reverted(change: Change) -> list[str]:
    names = list(dict.fromkeys(wording.attribute(path) for path in change.replace_paths))
    tops = list(dict.fromkeys(_traversal(path) for path in change.replace_paths))
    back = []
    for path in change.replace_paths:
        old = change.before.get(*path) if change.before is not None else None
        new = change.after.get(*path) if change.after is not None else None
        value = None if isinstance(new, Sensitive) else wording.safe(path, old)
        value = None if value and "…" in value else value  # what was cut is of no use to paste
        back.append(f"{wording.attribute(path)} to {value}" if value else wording.attribute(path))
    what = wording.listed(wording.shortened(list(dict.fromkeys(back)), "attributes"))
    text = (
        f"If the object should stay, set {what} again"
        if " to " in what
        else f"If the object should stay, revert {what}"
    )
    ignored = ", ".join(tops) if len(names) <= 4 else ""
    return [
        f"{text}, or add to its block:\nlifecycle {{\n  ignore_changes = [{ignored}]\n}}" if ignored else f"{text}."
    ]


def _order_of_events(change: Change, loses: frozenset[str]) -> list[str]:
    """What create_before_destroy would and would not do here."""
    if "data" in loses:
        lead = "create_before_destroy does not save the data" if change.create_first else "The new one starts empty"
        return [f"{lead}: to go ahead, take a backup first and build the new one from it."]
    if "availability" in loses and not change.create_first and change.before is not None and change.after is not None:
        old = likeness.Profile(change.resource.type, change.before.tree)
        alike = likeness.compare(old, likeness.Profile(change.resource.type, change.after.tree))
        if alike.names_same:
            return [f"create_before_destroy cannot shorten the gap while {alike.names_same[0]} stays the same."]
        if alike.names_different:
            return ["With create_before_destroy = true the new one would stand before the old one goes."]
    return []


def _traversal(path: Path) -> str:
    """A path as `ignore_changes` wants it: `settings[0].tier`, `labels["my.key"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _IDENTIFIER.fullmatch(step):
            text += ("." if text else "") + step
        else:
            quoted = json.dumps(step, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
            text += f"[{quoted}]"
    return text


def _state_rm(plan: Plan, address: str) -> str:
    return f"{_program(plan)} state rm {_quoted(address)}"


def _program(plan: Plan) -> str:
    return "tofu" if plan.tool == "opentofu" else "terraform"


def _quoted(address: str) -> str:
    return address if _PLAIN.fullmatch(address) else "'" + address.replace("'", "'\"'\"'") + "'"


def _version(plan: Plan) -> tuple[int, int] | None:
    match = re.match(r"(\d{1,4})\.(\d{1,4})", plan.version or "")
    return (int(match[1]), int(match[2])) if match else None
