"""Whether there are sources beside a plan. Light: most plans that are judged lie alone, and must not pay for more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planguard.sources import Sources


def sources(plan: str | None, directory: str | None, base: str | None) -> Sources | None:
    """The sources of a plan (`hcl_pairs.beside`); None where nobody named any and none are to be seen."""
    if directory is None and base is None and (plan is None or not (is_archive(plan) or holds_sources(folder(plan)))):
        return None
    from planguard.inputs import hcl_pairs

    return hcl_pairs.beside(plan, directory, base)


def folder(plan: str) -> str:
    """Where a plan lies, as it was typed."""
    return os.path.dirname(plan) or "."  # noqa: PTH120 - pathlib costs start-up, and what was typed is shown


def holds_sources(place: str) -> bool:
    """Whether sources stand directly in a directory."""
    try:
        with os.scandir(place) as entries:
            return any(entry.name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json")) for entry in entries)
    except OSError:
        return False


def is_archive(plan: str) -> bool:
    """Whether it may be a saved plan, which holds its sources."""
    try:
        with open(plan, "rb") as file:  # noqa: PTH123 - as above
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError):
        return False
