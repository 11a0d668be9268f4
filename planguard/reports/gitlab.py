"""Reports -> GitLab's code quality report, which it shows in the widget and the changes of a merge request.

Owns that format, which knows no waivers: what was accepted beforehand is left out. Must not judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from planguard.model import Location, Report, Severity
from planguard.reports import Style, escape, telling
from planguard.reports.content import all_undecided, order, short

GRADES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}
LONGEST = 1_000


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as a list of issues, worst first within each plan; in ASCII, whatever the encoding it is written in."""
    issues = [issue for report in telling.in_order(reports) for issue in _issues(report)]
    return escape.json_document(json.dumps(issues, indent=2)) + "\n"


def _issues(report: Report) -> Iterator[dict[str, Any]]:
    changes, found = telling.happens(report), report.assessment
    for failure in sorted(found.failed):
        words = f"{failure.rule} broke: {failure.error} ({failure.address or telling.WHOLE_PLAN})"
        key = telling.hashed(report.assessment.plan.source, *failure)
        yield _issue(words, failure.rule, key, "blocker", telling.place(report))
    for finding in sorted(found.findings, key=order):
        words = f"{telling.title(finding, changes)}. {telling.paragraph(finding)}"
        grade = GRADES[finding.severity]
        yield _issue(words, finding.rule, telling.key(report, finding), grade, telling.place(report, finding))
    for item in all_undecided(report):
        words = f"{telling.subject(item, 200)}: {telling.UNDECIDED_TITLE}. {item.missing}"
        grade = GRADES[report.consent_from]
        yield _issue(words, item.rule, telling.undecided_key(report, item), grade, telling.place(report))


def _issue(words: str, rule: str, key: str, grade: str, place: Location) -> dict[str, Any]:
    return {
        "description": escape.terminal(short(words, LONGEST)),
        "check_name": rule,
        "fingerprint": key,
        "severity": grade,
        "location": {"path": escape.terminal(short(place.file, 500)), "lines": {"begin": place.line or 1}},
    }
