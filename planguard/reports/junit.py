"""Reports -> JUnit's XML, which GitLab, Jenkins and Azure DevOps show as tests: a suite a plan, a case a finding.

Owns what fails: what the verdict stops for. What somebody agreed to or accepted beforehand is skipped, with the reason;
milder findings pass and say in their output what they are. Must not judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from planguard.model import Finding, Report
from planguard.reports import Style, escape, telling
from planguard.reports.content import all_undecided, judgement, order, short

MOST = 5_000
"""Cases of one plan; those that fail come first."""
LONGEST = 300
_TEXT = 1_200


class Case(NamedTuple):
    """One test case."""

    group: str
    """What kind of test: the rule."""
    name: str
    file: str
    line: int
    result: str = ""
    """`failure`, `error`, `skipped`, `system-out`; empty for a plain pass."""
    kind: str = ""
    message: str = ""
    text: str = ""


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as JUnit XML, in ASCII: it stays whole in whatever encoding it is written."""
    suites = [(report, _cases(report)) for report in telling.in_order(reports)]
    counts = _counts([case for _, cases in suites for case in cases])
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="planguard" {counts}>']
    for report, cases in suites:
        lines += _suite(report, cases)
    return "\n".join([*lines, "</testsuites>", ""]).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _counts(cases: Sequence[Case]) -> str:
    def number(result: str) -> int:
        return sum(case.result == result for case in cases)

    failed, broken, skipped = number("failure"), number("error"), number("skipped")
    return f'tests="{len(cases)}" failures="{failed}" errors="{broken}" skipped="{skipped}" time="0"'


def _suite(report: Report, cases: Sequence[Case]) -> Iterator[str]:
    yield f'  <testsuite name="{_attribute(report.assessment.plan.source)}" {_counts(cases)}>'
    for case in cases:
        yield from _case(report, case)
    yield "  </testsuite>"


def _case(report: Report, case: Case) -> Iterator[str]:
    suite = telling.relative(report.assessment.plan.source)
    attributes = {"classname": f"{suite}.{case.group}", "name": case.name, "file": case.file, "line": str(case.line)}
    start = "<testcase " + " ".join(f'{name}="{_attribute(value)}"' for name, value in attributes.items())
    if not case.result:
        yield f'    {start} time="0"/>'
        return
    yield f'    {start} time="0">'
    text = escape.xml_text(short(case.text, _TEXT))
    if case.result == "system-out":
        yield f"      <system-out>{text}</system-out>"
    else:
        kind = f' type="{_attribute(case.kind)}"' if case.kind else ""
        yield f'      <{case.result} message="{_attribute(case.message)}"{kind}>{text}</{case.result}>'
    yield "    </testcase>"


def _attribute(words: str) -> str:
    return escape.xml(short(words, LONGEST))


# --- what is a case ---------------------------------------------------------------------------------------------------


def _cases(report: Report) -> list[Case]:
    """Each once by name: whoever reads tests takes two of one name for one."""
    found = list(_all(report)) or [_case_of(report, "verdict", judgement(report.verdict, [report]).sentence)]
    weight = {"error": 0, "failure": 1, "skipped": 2}
    found.sort(key=lambda case: weight.get(case.result, 3))  # stable: worst first within each
    left = len(found) - MOST
    if left > 0:
        found = found[:MOST]
        found.append(_case_of(report, "verdict", f"{left:,} more; {telling.LISTED_ELSEWHERE}"))
    seen: dict[tuple[str, str], int] = {}
    once = []
    for case in found:
        name = (case.group, short(case.name, LONGEST))
        seen[name] = seen.get(name, 0) + 1
        once.append(case if seen[name] == 1 else case._replace(name=f"{short(case.name, 280)} ({seen[name]})"))
    return once


def _case_of(report: Report, group: str, name: str, finding: Finding | None = None) -> Case:
    place = telling.place(report, finding)
    return Case(group, name, place.file, place.line or 1)


def _all(report: Report) -> Iterator[Case]:
    changes, found = telling.happens(report), report.assessment
    for failure in sorted(found.failed):
        case = _case_of(report, failure.rule, failure.address or telling.WHOLE_PLAN)
        yield case._replace(result="error", kind="rule", message=telling.FAILED_TITLE, text=failure.error)
    for finding in sorted(found.findings, key=order):
        case = _case_of(report, finding.rule, telling.title(finding, changes, LONGEST), finding)
        said = f"{finding.severity.value}: {finding.message}"
        yield _ended(case._replace(text=telling.paragraph(finding)), report, said, finding)
    for item in all_undecided(report):
        case = _case_of(report, item.rule, item.address or telling.WHOLE_PLAN)
        yield _ended(case._replace(text=item.missing), report, telling.UNDECIDED_TITLE, None)
    for waived in sorted(found.waived, key=lambda one: order(one.finding)):
        case = _case_of(report, waived.finding.rule, waived.finding.address, waived.finding)
        yield case._replace(result="skipped", message=telling.accepted_words(waived), text=waived.finding.message)


def _ended(case: Case, report: Report, said: str, finding: Finding | None) -> Case:
    """A case with how it ends; `finding` is None for a question, which always needs consent."""
    asked = finding is None or telling.needs_consent(report, finding)
    if telling.agreed(report) and asked:
        return case._replace(result="skipped", message=f"{judgement(report.verdict, [report]).sentence}; {said}")
    if asked:
        return case._replace(result="failure", kind=finding.severity.value if finding else "undecided", message=said)
    return case._replace(result="system-out")
