"""Reports -> the same comment for a merge request on GitLab, which takes longer ones.

Owns the limit alone: what is written is what `comment` writes, in the Markdown that both understand.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.model import Report
from planguard.reports import Style
from planguard.reports.comment import text

GITLAB = 1_000_000
"""Characters of a note that GitLab takes."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as a comment for GitLab; empty where there is nothing to say."""
    return text(reports, GITLAB)
