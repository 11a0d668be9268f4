"""`planguard hook`: the hook of a coding agent; refuses commands that destroy infrastructure without consent."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from planguard.cli.messages import harmless, show_bug
from planguard.errors import UsageError

if TYPE_CHECKING:
    from planguard.shell import Judgement
    from planguard.shell.calls import Call, Dialect

REFUSED = 2
"""What every agent takes for a no; any other code but 0 would let the command run."""
MOST_INPUT = 20_000_000
MOST_FILE = 4_000_000
MOST_FILES = 200
_AGENTS = ("claude", "codex", "copilot", "cursor", "gemini", "kiro")


@click.command("hook")
@click.option("--dialect", type=click.Choice(_AGENTS), help="Whose JSON it is, instead of telling from the content.")
@click.option("--init", "setup", type=click.Choice(_AGENTS), help="Print the settings that install the hook, and stop.")
def hook(dialect: str | None, setup: str | None) -> int:
    """Judge the tool call of a coding agent, which comes as JSON on standard input.

    Exit 0 lets the agent go on, exit 2 stops the command, and standard error tells the agent why. Whatever cannot be
    read or understood is stopped. A seat belt, not a wall: docs/hook.md says what it cannot see.

    \b
    planguard hook --init claude     what belongs into .claude/settings.json
    planguard hook --init kiro       what belongs into .kiro/hooks/planguard.json
    """
    if setup is not None:
        return _setup(cast("Dialect", setup))
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("nothing comes in on standard input", hint="An agent runs this; see planguard hook --init.")
    try:
        return _answer(sys.stdin.buffer.read(MOST_INPUT + 1), cast("Dialect | None", dialect))
    except Exception as error:
        # Any code but 2 would let the command run: a mistake of ours must stop it as well.
        show_bug(error)
        return REFUSED


def _setup(agent: Dialect) -> int:
    from planguard.shell.answers import SETUPS

    path, settings = SETUPS[agent]
    click.echo(f"Put this into {path}, beside what is there:", err=True)
    click.echo(json.dumps(settings, indent=2))
    return 0


def _answer(data: bytes, dialect: Dialect | None) -> int:
    from planguard.shell import answers, calls

    try:
        if len(data) > MOST_INPUT:
            raise calls.NotACall
        found = calls.call(json.loads(data), dialect)
    except (ValueError, RecursionError):
        click.echo("planguard hook cannot read this tool call, and so stops it.", err=True)
        return REFUSED
    if found is None:
        return 0
    judgement = _judged(found)
    if judgement.allowed:
        click.echo(answers.silence(found.dialect), nl=False)
        return 0
    text = harmless(answers.message(judgement))
    code, output = answers.refusal(found.dialect, text)
    click.echo(text, err=True)
    click.echo(output, nl=False)
    return code


def _judged(call: Call) -> Judgement:
    from planguard.shell import Judgement, judge
    from planguard.shell.tools import mentions

    if call.command is not None:
        found = judge(call.command, _Files(call.folder).read)
        if not found.allowed or not call.other:
            return found
    if call.other and mentions(call.other):
        return Judgement(False, "tool")
    return Judgement(True)


class _Files:
    """Reads the scripts that a command names, a bounded number of them, from where it would run."""

    def __init__(self, folder: str | None) -> None:
        self._folder = Path(folder) if folder else Path.cwd()
        self._count = 0

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is no text file. Raises Unreadable for more than can be looked at."""
        from planguard.shell import Unreadable

        try:
            file = self._folder / Path(path).expanduser()
            info = file.stat()
            # A pipe or a device would never end, or never answer.
            if not stat.S_ISREG(info.st_mode):
                return None
            self._count += 1
            if info.st_size > MOST_FILE or self._count > MOST_FILES:
                with file.open("rb") as opened:
                    if b"\0" in opened.read(4096):
                        return None
                raise Unreadable
            data = file.read_bytes()
        except (OSError, ValueError, RuntimeError):
            return None
        return None if b"\0" in data[:4096] else data.decode("utf-8", "replace")
