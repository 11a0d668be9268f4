"""Where a plan lies, as evidence of its environment and for the globs of planguard.yml."""

from __future__ import annotations

import os

STDIN = "-"


def place(source: str) -> str | None:
    """The path of a plan inside its repository (`envs/prod/tfplan`), with `/`; without one the whole path.

    What stands above the repository is where somebody keeps their checkouts, and says nothing of the plan. None for
    standard input.
    """
    if source == STDIN:
        return None
    path = os.path.abspath(source)  # noqa: PTH100 - a link is judged by where it stands, so it is not resolved
    folder = path
    while (above := os.path.dirname(folder)) != folder:  # noqa: PTH120 - pathlib costs 3 ms of start-up
        folder = above
        # os.path swallows what is raised for a path that cannot be.
        if os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118
            return _slashes(os.path.relpath(path, folder))
    return _slashes(path)


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")
