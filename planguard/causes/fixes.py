"""The blocks that mend a plan, each with what it is for: what `planguard fix` writes down. Pure.

Only blocks that stand by themselves: `moved`, `removed`, `import`. What has to be edited or run instead (an attribute,
a `lifecycle` setting, a command) is listed beside them, never written as if it were one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planguard.causes import advice, hcl
from planguard.causes.chain import Causes
from planguard.causes.moves import Move, block
from planguard.model import Action, Change, Plan


class Fix(NamedTuple):
    """One block."""

    block: str
    """Ready to paste."""
    about: str
    """What it is for: one line."""


class Fixes(NamedTuple):
    """Everything that can be written down for one plan."""

    blocks: tuple[Fix, ...] = ()
    """`moved` first, then `removed`, then `import`; each kind sorted by address."""
    open: tuple[tuple[str, str], ...] = ()
    """Address and advice of what no block mends, sorted."""


def fixes(plan: Plan, causes: Causes, dangerous: Sequence[tuple[Change, str | None]]) -> Fixes:
    """What mends these changes. Each comes with its remedy, for what no block can do.

    Moves are mended all, dangerous or not: half of a rename would be worse than none.
    """
    moved = list(_moved(causes))
    removed: dict[str, Fix] = {}
    left_open: list[tuple[str, str]] = []
    for change, remedy in dangerous:
        found = _removed(plan, causes, change)
        if found is not None:
            removed.setdefault(found.block, found)
        elif causes.move(change) is None and remedy and not _creates(change):
            left_open.append((change.resource.address, remedy))
    left_open += [(move.old, _to_keep(move)) for move in causes.moves.pairs if move.renamed]
    imported, unknown = (
        _imports(plan, causes) if any(_creates(c) for c, _ in dangerous) and causes.all_new else ((), ())
    )
    left_open += unknown
    blocks = (*moved, *(removed[key] for key in sorted(removed)), *imported)
    return Fixes(blocks, tuple(sorted(set(left_open))))


def _creates(change: Change) -> bool:
    return change.action is Action.CREATE


def _moved(causes: Causes) -> Iterable[Fix]:
    groups: dict[tuple[str, str], list[Move]] = {}
    for move in causes.moves.pairs:
        groups.setdefault(causes.moves.covers.get(move.old, (move.old, move.new)), []).append(move)
    for (old, new), members in sorted(groups.items()):
        sure = all(move.certainty == "certain" for move in members)
        many = f", with {len(members)} objects" if len(members) > 1 else ""
        doubt = "" if sure else "; likely, not certain: check that it is the same object"
        yield Fix(block(old, new), f"{old} is {new} now{many}{doubt}")


def _to_keep(move: Move) -> str:
    names = ", ".join(move.renamed)
    setting = hcl.lifecycle(f"ignore_changes = [{names}]")
    return f"After the move, {move.new} would get another {names}. Keep the old one, or add to its block:\n{setting}"


def _removed(plan: Plan, causes: Causes, change: Change) -> Fix | None:
    if plan.tool not in ("terraform", "opentofu") or not causes.lets_go(change):
        return None
    text = advice.let_go(plan, change)
    if not text.startswith("removed "):
        return None  # too old for blocks: the command is in its remedy
    address = change.resource.config or change.resource.address
    return Fix(text, f"{address} stays as it is and leaves the state: its block is gone from the configuration")


def _imports(plan: Plan, causes: Causes) -> tuple[tuple[Fix, ...], tuple[tuple[str, str], ...]]:
    found: list[Fix] = []
    unknown: list[tuple[str, str]] = []
    for change in sorted((c for c in plan.changes if _creates(c)), key=lambda c: c.resource.address):
        address = change.resource.address
        text = advice.import_block(plan, change, causes.owner(change))
        if text is None:
            unknown.append((address, "The plan does not tell its id: look it up, and write its import block by hand."))
        elif text.startswith("import {"):
            found.append(Fix(text, f"{address}, if it exists: check that this is its id"))
        else:
            unknown.append((address, f"If it exists, import it:\n{text}"))
    return tuple(found), tuple(unknown)
