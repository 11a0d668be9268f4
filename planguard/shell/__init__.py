"""Whether a command line may run: refuses what destroys without going through the gate.

A seat belt and not a wall: it reads what an agent is about to type, through wrappers, variables, scripts and
here-documents, and knows nothing of what a program does inside. Pure: files are read by the caller's `read`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Judgement", "Unreadable", "judge"]


MOST_LETTERS = 500_000
"""Of a command line. An agent that waits too long for its hook goes on without it."""


class Judgement(NamedTuple):
    """Whether a command line may run, and why not."""

    allowed: bool
    reason: str = ""
    """`danger`: it does what must not be done; `unclear`: it may, and nobody can tell beforehand; `tool`: no shell."""
    what: str = ""
    """What is refused, such as `terraform destroy`, in our own words."""
    where: str = ""
    """The script or target that it stands in; empty for the command line itself."""


class Unreadable(Exception):
    """Raised by `read`: there is such a file, and it is too large to look at."""


def judge(command: str, read: Callable[[str], str | None]) -> Judgement:
    """Judge a command line. `read` gives the text of a file; None where there is no such text file."""
    if len(command) > MOST_LETTERS:
        return Judgement(False, "unclear", "a command line that is too long to look at")
    from planguard.shell.run import run
    from planguard.shell.walk import Context, Refused, Shell
    from planguard.shell.words import Scope

    shell = Shell(run, read)
    try:
        shell.text(command, Context(Scope(), ""))
        shell.settle()
    except Refused as refused:
        return Judgement(False, "unclear" if refused.unclear else "danger", refused.what, refused.where)
    except (Unreadable, RecursionError):
        return Judgement(False, "unclear", "a script that is too large to look at", "")
    return Judgement(True)
