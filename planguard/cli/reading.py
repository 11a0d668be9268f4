"""Reading one input for the commands that need no more than its plans; `check` has more ways to be given them."""

from __future__ import annotations

import sys

from planguard.cli.messages import Progress
from planguard.cli.place import STDIN
from planguard.model import Plan


def read(source: str, *, terraform_bin: str | None = None, workspace: str | None = None) -> tuple[Plan, ...]:
    """The plans in `source`, a path or `-`. Raises InputError or ExternalError."""
    from planguard import inputs

    with Progress(f"Reading {'standard input' if source == STDIN else source}"):
        return inputs.load(
            source,
            stdin=sys.stdin.buffer if source == STDIN else None,
            terraform_bin=terraform_bin,
            workspace=workspace,
        )
