"""What the command line says on standard error: errors, hints, progress."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

import click

from planguard.errors import PlanguardError
from planguard.reports import escape

if TYPE_CHECKING:
    from threading import Timer

PATIENCE = 1.0
"""Seconds of silence before progress is shown."""


def harmless(text: str) -> str:
    """Lines from outside, without anything in them that a terminal or a build log would obey."""
    return "\n".join(map(harmless_line, text.split("\n")))


def harmless_line(text: str) -> str:
    """The same for what may be no more than one line. A build log takes a line that starts with `::` for a command."""
    safe = escape.terminal(text)
    return safe.replace(":", escape.COLON, 1) if safe.lstrip().startswith("::") else safe


def show_error(error: PlanguardError) -> None:
    """One sentence, where, and what to do."""
    place = f"{escape.terminal(error.where)}: " if error.where else ""
    # Another program's words may have several lines, which are kept.
    first, *more = error.message.rstrip().split("\n")
    click.echo(click.style("error", fg="red", bold=True) + f": {place}{escape.terminal(first)}", err=True)
    for line in [*more, *(error.hint or "").split("\n")]:
        if line.strip():
            click.echo(f"  {harmless_line(line)}", err=True)


def show_refusal(word: str, message: str, hint: str) -> None:
    """Why a command does not do what it was asked to, and what would help; no error: it did its work."""
    click.echo(click.style(word, fg="yellow", bold=True) + f": {harmless_line(message)}", err=True)
    for line in hint.split("\n"):
        if line.strip():
            click.echo(f"  {harmless_line(line)}", err=True)


def show_usage(error: click.ClickException) -> None:
    """What click says of the command line, which it repeats as it was."""
    import io

    said = io.StringIO()
    error.show(said)
    click.echo(harmless(said.getvalue()), nl=False, err=True)


def show_bug(error: Exception) -> None:
    """Where planguard broke, without the error's text: that may hold values of the plan."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames[-3:])  # noqa: PTH119
    click.echo(
        click.style("bug", fg="red", bold=True) + f": planguard itself failed ({type(error).__name__} at {where}).",
        err=True,
    )
    click.echo("  Nothing was decided. Please report it with these words and the version of your tool.", err=True)


class Progress:
    """Says on a terminal what takes longer than a second, and wipes the line afterwards."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._shown = False
        self._timer: Timer | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from threading import Timer

            self._timer = Timer(PATIENCE, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def _show(self) -> None:
        self._shown = True
        sys.stderr.write(f"{escape.terminal(self._text)} …")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
