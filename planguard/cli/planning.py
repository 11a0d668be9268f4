"""Having terraform make a plan, in a private directory, for the commands that were given none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from planguard.errors import ExternalError
from planguard.inputs import private_copy
from planguard.model import Plan

OWN = "the plan that was just made"
"""What a plan is called that planguard had made itself."""


def made(
    directory: Path, root: Path, binary: str | None, arguments: Sequence[str], *, aside: bool = False
) -> tuple[Path, Path]:
    """Have terraform make a plan of `root` in `directory`: the program, and the file. `aside`: its words go to standard
    error, because a report goes to standard output."""
    from planguard.external import terraform, terraform_apply

    lock = root / ".terraform.lock.hcl"
    tofu = lock.is_file() and b"registry.opentofu.org/" in lock.read_bytes()
    program = terraform.find(binary, prefer="tofu" if tofu else "terraform")
    out = directory / private_copy.NAME
    click.echo(f"{program.stem} plan", err=True)
    ended = terraform_apply.plan(program, out, arguments, cwd=root, environment=os.environ, aside=aside)
    if ended.interrupted:
        raise KeyboardInterrupt
    # 2: TF_CLI_ARGS_plan asks for -detailed-exitcode, and there are changes.
    if ended.code not in (0, 2) or not out.is_file():
        raise ExternalError(
            f"{program.stem} plan {ended.words}; what it said stands above.", hint="Nothing was judged."
        )
    click.echo(err=True)
    return program, out


def selected(root: Path) -> str | None:
    """The workspace that terraform has selected; None for the default one, whose name says nothing."""
    name = os.environ.get("TF_WORKSPACE", "").strip()
    if not name:
        chosen = root / os.environ.get("TF_DATA_DIR", ".terraform") / "environment"
        name = chosen.read_text(encoding="utf-8", errors="replace").strip() if chosen.is_file() else ""
    return name if name and name != "default" else None


class Made(NamedTuple):
    """A plan that was made because none was given; it lasts as long as the command."""

    program: Path
    saved: Path
    root: Path

    @property
    def source(self) -> str:
        """Where a plan of one's own would lie: evidence of its environment."""
        return private_copy.NAME

    def load(self, workspace: str | None) -> tuple[Plan, ...]:
        """The plan."""
        from planguard import inputs

        return inputs.load(
            str(self.saved),
            terraform_bin=str(self.program),
            workspace=workspace or selected(self.root),
            kind="saved-plan",
            home=str(self.root),
            shown=OWN,
        )


def for_command(ctx: click.Context, binary: str | None) -> Made:
    """Have terraform make a plan of this directory; it is gone when the command ends."""
    private = ctx.with_resource(tempfile.TemporaryDirectory(prefix="planguard-", ignore_cleanup_errors=True))
    root = Path.cwd()
    plain = ("-no-color",) if os.environ.get("NO_COLOR") else ()
    program, saved = made(Path(private), root, binary, plain, aside=True)
    return Made(program, saved, root)
