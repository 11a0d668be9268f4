"""Where reports go: standard output or files, each of them whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from planguard import reports
from planguard.errors import ReportError
from planguard.model import Report
from planguard.reports import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

READER_GONE = 130
"""The exit code where standard output was closed before all was written, as for any interrupted run."""


class Target(NamedTuple):
    """One report that was asked for."""

    format: str
    path: str | None
    """None: standard output."""


def targets(wanted: Sequence[str]) -> tuple[Target, ...]:
    """The reports from `--report FORMAT[=PATH]`. Raises click.UsageError for a wrong one, or two on standard output."""
    found = []
    for item in wanted or ("terminal",):
        name, equals, path = item.partition("=")
        if name not in FORMATS:
            raise click.UsageError(f"There is no report format {name!r}. Formats: {', '.join(FORMATS)}.")
        if equals and not path:
            raise click.UsageError(f"--report {item}: the path is missing.")
        found.append(Target(name, path or None))
    if sum(1 for target in found if target.path is None) > 1:
        raise click.UsageError(
            "Only one report can go to standard output; give the others a path: --report FORMAT=PATH."
        )
    return tuple(found)


def preferred(wanted: Sequence[str]) -> Sequence[str]:
    """What was asked for; else, where a coding agent reads along and no person does, the report for agents."""
    if wanted or sys.stdout is None or sys.stdout.isatty():
        return wanted
    from planguard import agents

    found = agents.in_environment(os.environ)
    if found is None:
        return wanted
    agent, variable = found
    click.echo(f"A report for {agent.name}, as {variable} is set; --report terminal is for people.", err=True)
    return ("agent",)


def write(outputs: Sequence[Target], found: Sequence[Report], *, no_color: bool) -> None:
    """Write every report that was asked for, and say the verdict. Raises ReportError where a file cannot be written."""
    _write_all(outputs, found, no_color=no_color)
    if all(target.path is not None for target in outputs):
        # Everything went into files: the verdict is still said, where it disturbs no pipe.
        from planguard.reports import escape
        from planguard.reports.content import headline

        word, sentence = headline(reports.overall(found), found)
        click.echo(escape.terminal(f"{word}  {sentence}"), err=True)


def draw(output: Target, found: Sequence[Report]) -> None:
    """Write a picture, which decides nothing. Raises ReportError where the file cannot be written."""
    _write_all((output,), found, no_color=True)
    if output.path is not None:
        from planguard.reports import escape

        click.echo(escape.terminal(f"Wrote {output.path}."), err=True)


def _write_all(outputs: Sequence[Target], found: Sequence[Report], *, no_color: bool) -> None:
    for target in outputs:
        if target.path is None:
            _print(target.format, found, no_color=no_color)
        else:
            from pathlib import Path  # most reports go to standard output

            save(Path(target.path), reports.render(target.format, found))


def _print(name: str, found: Sequence[Report], *, no_color: bool) -> None:
    if sys.stdout is None:
        raise ReportError("there is no standard output to write to", hint="Name a file: --report FORMAT=PATH.")
    style = reports.style_for(
        tty=sys.stdout.isatty(),
        columns=columns(),
        encoding=sys.stdout.encoding,
        env=os.environ,
        no_color=no_color,
    )
    text = reports.render(name, found, style)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail once more when Python exits, and change the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            # Whoever read the report is gone: nobody may take that for a pass. click would call it a bug (1).
            raise click.exceptions.Exit(READER_GONE) from None
        why = error.strerror or type(error).__name__
        raise ReportError(f"the report cannot be written ({why})", where="standard output") from None


def columns() -> int:
    """What `shutil.get_terminal_size` says; its module brings every compressor along, which takes 3 ms."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isascii() and stated.isdigit() and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def save(path: Path, text: str) -> None:
    """Write to a file beside it and swap: whoever looks sees the old report or the new one, never half of one."""
    import tempfile
    from pathlib import Path

    temporary, written = None, False
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        written = True
    except (OSError, ValueError) as error:
        # ValueError: a path that no file system takes.
        why = getattr(error, "strerror", None) or "the path is not valid"
        raise ReportError(
            f"the report cannot be written ({why})",
            where=str(path),
            hint="Does the directory exist, and may it be written to?",
        ) from None
    finally:
        # Also when somebody interrupts: nothing half-written stays behind.
        if temporary is not None and not written:
            temporary.unlink(missing_ok=True)
