"""Reports -> workflow commands, which GitHub shows beside the lines of a pull request and on the page of a run.

Owns the ten that GitHub shows of each level: the last one says how many more there are. Each finding is one line; text
from outside can neither end it nor begin another. Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from planguard.model import Location, Outcome, Report, Severity, Undecided
from planguard.reports import Style, escape, overall, telling
from planguard.reports.content import all_undecided, judgement, order, plural, short

SHOWN = 10
"""Annotations of one level that GitHub shows for one step; the others are dropped without a word."""
LEVELS = ("error", "warning", "notice")
LONGEST = 1_500


class Annotation(NamedTuple):
    """One command."""

    level: str
    title: str
    message: str
    place: Location | None = None
    """None: no file is known, and GitHub shows it on the page of the run alone."""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as workflow commands; the first one is the verdict."""
    found = telling.in_order(reports)
    told = [one for report in found for one in _all(report)]
    verdict = _verdict(found)
    lines = [_line(verdict)]
    for level in LEVELS:
        room = SHOWN - (1 if level == verdict.level else 0)
        lines += map(_line, _fitting([one for one in told if one.level == level], room))
    return "\n".join([*lines, ""])


def _fitting(told: Sequence[Annotation], room: int) -> Iterator[Annotation]:
    if len(told) <= room:
        yield from told
        return
    yield from told[: room - 1]
    left = len(told) - room + 1
    words = f"{plural(left, 'more annotation')} of this level; {telling.LISTED_ELSEWHERE}"
    yield Annotation(told[0].level, "planguard", words)


def _verdict(reports: Sequence[Report]) -> Annotation:
    verdict = overall(reports)
    word, sentence = judgement(verdict, reports)
    stops = verdict.outcome in (Outcome.NEEDS_APPROVAL, Outcome.BLOCKED)
    return Annotation("error" if stops else "notice", f"planguard: {word}", sentence)


def _all(report: Report) -> Iterator[Annotation]:
    changes, found = telling.happens(report), report.assessment
    for failure in sorted(found.failed):
        words = f"{failure.address or telling.WHOLE_PLAN}: {failure.error}"
        yield Annotation("error", f"{failure.rule} broke", words)
    asked = "error" if telling.stops(report) else "warning"
    questions = [Annotation(asked, telling.UNDECIDED_TITLE, _question(one)) for one in all_undecided(report)]
    for finding in sorted(found.findings, key=order):
        needed = telling.needs_consent(report, finding)
        if not needed:
            yield from questions
            questions = []
        mild = "warning" if finding.severity is Severity.MEDIUM else "notice"
        title = f"{finding.severity.value}: {telling.title(finding, changes)}"
        level = asked if needed else mild
        place = telling.place(report, finding) if finding.source else None
        yield Annotation(level, title, f"{telling.paragraph(finding)} [{finding.rule}]", place)
    yield from questions


def _question(item: Undecided) -> str:
    return f"{item.address or telling.WHOLE_PLAN}: {item.missing}"


def _line(one: Annotation) -> str:
    properties = {"title": short(one.title, 200)}
    if one.place is not None:
        properties = {"file": short(one.place.file, 500), "line": str(one.place.line or 1)} | properties
    shown = ",".join(f"{name}={escape.workflow_property(value)}" for name, value in properties.items())
    return f"::{one.level} {shown}::{escape.workflow_command(short(one.message, LONGEST))}"
