"""Which plan is meant where none was named: the only one that lies here, or a new one.

Owns the search. What a file is, is seen from its content; only this directory is looked at.
"""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from planguard.cli import planning
from planguard.cli.messages import harmless_line
from planguard.cli.planning import Made
from planguard.consent.terminal import in_ci
from planguard.errors import UsageError
from planguard.inputs.archives import DAMAGED
from planguard.inputs.sources import HEAD

MOST = 2000
"""Files of a directory that are looked at; no root module has so many."""
_SOURCES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_PLAN = r"""\s*\{\s*"format_version"\s*:\s*"[0-9.]+"\s*,\s*"terraform_version"\s*:\s*"[^"]*"\s*,\s*"(?!values")"""
"""How the JSON of a plan begins; the JSON of a state goes on with its values."""


class Found(NamedTuple):
    """What to judge."""

    plans: tuple[str, ...] = ()
    made: Made | None = None


def here(ctx: click.Context, *, make: bool, binary: str | None) -> Found | None:
    """The plan that is meant; None where nothing here has to do with Terraform.

    A new plan is made where `make` says so, or where there is none and somebody sits at the terminal. Raises UsageError
    where there are several, or none and nobody to wait for one.
    """
    if make:
        return Found(made=planning.for_command(ctx, binary))
    files = sorted(entry.name for entry in os.scandir() if entry.is_file() and not entry.name.startswith("."))[:MOST]
    found = [name for name in files if _is_plan(name)]
    if len(found) > 1:
        raise UsageError(
            f"Several plans lie here: {', '.join(map(harmless_line, found))}.", hint="Name the one to judge."
        )
    sources = [name for name in files if name.endswith(_SOURCES)]
    if found:
        _tell(found[0], sources)
        return Found(plans=(found[0],))
    if not sources:
        return None
    if sys.stdin is None or not sys.stdin.isatty() or in_ci(os.environ):
        raise UsageError(
            "There is no plan here.",
            hint="Make one (terraform plan -out=tfplan), or let planguard make it: planguard check --plan",
        )
    return Found(made=planning.for_command(ctx, binary))


def _tell(name: str, sources: Sequence[str]) -> None:
    click.echo(f"Judging {harmless_line(name)}, the only plan here.", err=True)
    made = Path(name).stat().st_mtime
    newer = [source for source in sources if Path(source).stat().st_mtime > made]
    if newer:
        click.echo(f"  {harmless_line(newer[0])} is newer than it: planguard check --plan makes a new one.", err=True)


def _is_plan(name: str) -> bool:
    from planguard import inputs
    from planguard.inputs import saved_plan
    from planguard.inputs.text import lead

    try:
        with open(name, "rb") as stream:  # noqa: PTH123  # pathlib costs 3 ms of start-up
            head = stream.read(HEAD)
    except OSError:
        return False
    start = lead(head)
    kind = inputs.recognise(head).name
    if kind == "saved-plan":
        return saved_plan.is_bookmark(start) or _holds_a_plan(name)
    if kind == "terraform-plan":
        return re.match(_PLAN, start.decode("utf-8", "replace")) is not None
    return kind in ("terraform-stream", "change-set")


def _holds_a_plan(name: str) -> bool:
    try:
        with zipfile.ZipFile(name) as archive:
            return "tfplan" in archive.namelist()
    except DAMAGED:
        # Cut off, as it may be: whoever judges it says so.
        return name.endswith(("tfplan", ".plan"))
