"""`planguard init`: write a commented planguard.yml to start from."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from planguard.config import NAMES
from planguard.errors import ConfigError, UsageError

STARTER = Path(__file__).with_name("starter.yml")
"""What is written. It means the defaults; every example in it is a comment."""

NEXT = """\
Wrote {path}. It changes nothing until you edit it.

Next:
  1. Name your production accounts, projects or workspaces under `production:`.
  2. planguard check PLAN
  3. Commit {path}.
"""


@click.command("init")
@click.option("--path", metavar="FILE", default=NAMES[0], show_default=True, help="Where to write it.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
def init(path: str, force: bool) -> None:
    """Write a commented planguard.yml to start from: all defaults, with an example of every key.

    Exit codes: 0 written; 2 usage, or there is a configuration already; 3 it cannot be written.
    """
    target = Path(path)
    if not force:
        _refuse_to_overwrite(target)
    _write(target, STARTER.read_bytes())
    click.echo(NEXT.format(path=path), nl=False)


def _refuse_to_overwrite(target: Path) -> None:
    """A second file beside the first would be an error later, whatever the two are called."""
    names = NAMES if target.name in NAMES else (target.name,)
    for name in names:
        other = target.with_name(name)
        if os.path.lexists(other):  # a broken link counts; a path that cannot be is found out when it is written
            hint = "Nothing was written. --force replaces it." if name == target.name else "Nothing was written."
            raise UsageError("there is a configuration already", where=str(other), hint=hint)


def _write(target: Path, data: bytes) -> None:
    """Write beside the target and swap, so that nobody ever finds half a file."""
    if os.path.isdir(target) or not target.name:  # noqa: PTH112  # os.path takes any path
        raise UsageError("is a directory, not a file", where=str(target), hint=f"Name the file: {target / NAMES[0]}.")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(target)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError, ValueError):  # a path that no file system takes
            temporary.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise ConfigError(f"cannot be written: {reason}", where=str(target), hint="Does the directory exist?") from None
