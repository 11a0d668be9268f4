"""Where a plan lies, as evidence of its environment and for the globs of planguard.yml."""

from __future__ import annotations

import os
from pathlib import Path

STDIN = "-"


def place(source: str) -> str | None:
    """The path of a plan inside its repository (`envs/prod/tfplan`), with `/`; without one the whole path.

    What stands above the repository is where somebody keeps their checkouts, and says nothing of the plan. None for
    standard input.
    """
    if source == STDIN:
        return None
    path = Path(os.path.abspath(source))  # noqa: PTH100 - a link is judged by where it stands, so it is not resolved
    # os.path swallows what pathlib raises for a path that cannot be.
    top = next((folder for folder in path.parents if os.path.exists(folder / ".git")), None)  # noqa: PTH110
    return (path.relative_to(top) if top else path).as_posix()
