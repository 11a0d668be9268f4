"""What is said once terraform has ended: that all is done, or what is done, what is not, and what is half done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from planguard.cli import asking
from planguard.cli.messages import Progress
from planguard.external import terraform_apply
from planguard.external.terraform_apply import Ended
from planguard.inputs import state
from planguard.inputs.state import Became, State
from planguard.model import Action, Plan
from planguard.reports import content
from planguard.reports.layout import Span
from planguard.reports.page import Page

APPLIED, FAILED, INTERRUPTED = 0, 4, 130
LISTED = 50
"""So many of each kind are named; the others are counted."""

_TITLES = (
    (state.HALF, "Half done"),
    (state.LEFT, "Not done"),
    (state.UNKNOWN, "Cannot tell"),
    (state.DONE, "Done"),
)
_WORDS = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.REPLACE: "replace",
    Action.DELETE: "destroy",
    Action.FORGET: "forget",
}


def tell(ended: Ended, plan: Plan, before: State | None, now: State | None, name: str, *, no_color: bool) -> int:
    """Say how it ended, by the states before and after, and give the exit code."""
    if ended.code == 0:
        return APPLIED
    said = asking.page(no_color=no_color, error=True)
    said.add()
    how = "was interrupted" if ended.interrupted else ended.words
    if now is None:
        said.prose([Span("error", "critical"), Span(f": {name} {how}, and the state cannot be read.")])
        said.prose([Span("Some of the plan may be done. Make a new plan before anything else.")], indent=2)
    elif before is not None and before.serial == now.serial:
        said.prose([Span("error", "critical"), Span(f": {name} {how}; the state is as it was.")])
    else:
        _counted(said, f"{name} {how}", state.became(plan, now))
    asking.show(said, error=True)
    return INTERRUPTED if ended.interrupted else FAILED


def read_state(program: Path, root: Path, directory: Path) -> State | None:
    """The state as it is now; None where it cannot be read."""
    out = directory / "state"
    with Progress("Reading the state"):
        if not terraform_apply.pull_state(program, out, cwd=root, environment=os.environ):
            return None
    return state.read(out)


def _counted(said: Page, how: str, found: Sequence[Became]) -> None:
    done = sum(1 for item in found if item.status == state.DONE)
    said.prose([Span("error", "critical"), Span(f": {how}; {done:,} of {content.plural(len(found), 'change')} done.")])
    for status, title in _TITLES:
        _listed(said, title, [item for item in found if item.status == status])
    said.blank()
    said.prose([Span("The rest needs a new plan: this one no longer fits the state.")], indent=2)


def _listed(said: Page, title: str, found: Sequence[Became]) -> None:
    if not found:
        return
    said.blank()
    said.prose([Span(title, "strong")], indent=2)
    asking.pairs(said, [(item.address, _words(item)) for item in found[:LISTED]], indent=4)
    if len(found) > LISTED:
        said.prose([Span(f"and {len(found) - LISTED:,} more")], indent=4)


def _words(item: Became) -> str:
    return f"{_WORDS[item.action]}: {item.remark}" if item.remark else _WORDS[item.action]
