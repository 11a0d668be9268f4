"""Reports -> the summary of a job on GitHub (`GITHUB_STEP_SUMMARY`): the comment without what belongs to a comment.

Owns the limit, which counts bytes. It always says something: whoever opens the page of a run wants to see the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence

from planguard.model import Report
from planguard.reports import Style, telling
from planguard.reports.comment import fitted

BYTES = 1_048_576
"""What GitHub takes for one step; more than that, and it shows nothing at all."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as Markdown for a job's summary."""
    return fitted(telling.in_order(reports), BYTES, head=[], full=False, in_bytes=True)
