"""Findings -> text: the list of formats, the style they share, and the verdict over several plans.

Owns the registry. Must not render anything itself, print, open files, or look at the environment: what a renderer
needs to know about its destination comes in a `Style`. A format is one module with `render(reports, style) -> str`
and one line in `FORMATS`; modules are imported when they are asked for, because start-up time counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from planguard.errors import UsageError
from planguard.model import Outcome, Report, Verdict

FORMATS: dict[str, str] = {
    "terminal": "planguard.reports.terminal",
    "json": "planguard.reports.json_report",
    "html": "planguard.reports.html",
    "mermaid": "planguard.reports.mermaid",
    "dot": "planguard.reports.dot",
    "comment": "planguard.reports.comment",
    "comment-gitlab": "planguard.reports.comment_gitlab",
    "summary": "planguard.reports.summary",
    "sarif": "planguard.reports.sarif",
    "junit": "planguard.reports.junit",
    "annotations": "planguard.reports.annotations",
    "gitlab": "planguard.reports.gitlab",
    "agent": "planguard.reports.agent",
}
"""Format → the module whose `render` makes it."""

DRAWN = frozenset({"html", "mermaid", "dot", "comment", "comment-gitlab", "summary"})
"""Formats that show `Assessment.picture`, which costs time and is only made for them."""

MIN_WIDTH = 24


class Style(NamedTuple):
    """What a renderer may know about the place its text goes to. Formats that are not for eyes ignore it."""

    width: int = 80
    color: bool = False
    unicode: bool = False
    """Whether ornaments may be drawn with more than ASCII. Names from the plan keep their letters either way."""
    encoding: str = "utf-8"
    """What the text will be written in: a letter that it lacks is printed as an escape instead of failing."""


class Renderer(Protocol):
    """What each module in `FORMATS` offers as `render`."""

    def __call__(self, reports: Sequence[Report], style: Style) -> str:
        """All reports of one run, at least one, as one text that ends in a line feed; empty where nothing is to say."""


def render(name: str, reports: Sequence[Report], style: Style | None = None) -> str:
    """The reports of one run in the format called `name`."""
    module = FORMATS.get(name)
    if module is None:
        raise UsageError(f"there is no report format {name!r}", hint=f"choose one of: {', '.join(FORMATS)}")
    if not reports:
        raise UsageError("there is nothing to report: no plan was read", hint="name at least one plan")
    if len(reports) > 1:
        # Whoever globs gets files in any order: what is said must not depend on it.
        from planguard.reports.telling import in_order

        reports = in_order(reports)
    return cast(Renderer, import_module(module).render)(reports, style or Style())


def needs_picture(name: str) -> bool:
    """Whether the format called `name` shows `Assessment.picture`."""
    return name in DRAWN


def style_for(
    *, tty: bool, columns: int = 80, encoding: str | None = None, env: Mapping[str, str], no_color: bool = False
) -> Style:
    """The style for one destination. `no_color` is the command line's; NO_COLOR and TERM=dumb mean the same.

    FORCE_COLOR brings colours back where there is no terminal (build logs show them); NO_COLOR wins over it.
    """
    dumb = env.get("TERM") == "dumb"
    plain = no_color or dumb or bool(env.get("NO_COLOR"))
    utf = (encoding or "ascii").lower().replace("_", "-").startswith(("utf-", "utf8"))
    return Style(
        width=max(MIN_WIDTH, columns),
        color=not plain and (tty or env.get("FORCE_COLOR", "0") not in ("", "0")),
        unicode=utf and tty and not dumb,
        encoding=encoding or "ascii",
    )


_GRAVITY = {Outcome.PASS: 0, Outcome.APPROVED: 1, Outcome.NEEDS_APPROVAL: 2, Outcome.BLOCKED: 3}


def overall(reports: Sequence[Report]) -> Verdict:
    """The verdict over all plans of a run: the worst one, with the reasons of every plan that shares it."""
    worst = max((report.verdict for report in reports), key=lambda verdict: _GRAVITY[verdict.outcome])
    if len(reports) == 1:
        return worst
    reasons = [
        f"{report.assessment.plan.source}: {reason}"
        for report in reports
        if report.verdict.outcome is worst.outcome
        for reason in report.verdict.reasons
    ]
    return Verdict(worst.outcome, worst.exit_code, tuple(reasons))
