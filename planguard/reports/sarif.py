"""Reports -> SARIF 2.1.0, for code scanning and for whatever else reads it.

Owns the mapping onto that standard and the limits of GitHub, which shows 5,000 results and refuses files with more than
25,000. One run for all plans: GitHub takes one analysis of a tool and a category at a time. Must not judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from planguard import __version__
from planguard.model import Finding, Location, Report, RuleFailure, Severity, Undecided, Waived
from planguard.reports import Style, escape, telling
from planguard.reports.content import all_notes, all_undecided, order, plural, short
from planguard.reports.sarif_rules import descriptor

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 5_000
"""Results that GitHub shows; more would only make the file larger."""
LONGEST = 1_000
"""Characters of a message."""
ROOT = "%SRCROOT%"

Result = dict[str, Any]


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one SARIF log, in ASCII: it stays whole in whatever encoding it is written."""
    found = telling.in_order(reports)
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(found)]}
    return escape.json_document(json.dumps(document, indent=2)) + "\n"


def _run(reports: Sequence[Report]) -> dict[str, Any]:
    results = sorted(_results(reports), key=lambda entry: entry[0])
    kept = [result for _, result in results[:MOST]]
    worst = _worst(reports)
    rules = sorted(worst)
    places = {rule: number for number, rule in enumerate(rules)}
    for result in kept:
        result["ruleIndex"] = places[result["ruleId"]]
    alone = len(reports) == 1 and reports[0].assessment.plan.source != telling.STDIN
    named = f"{_clean(short(telling.place(reports[0]).file, 200))}/" if alone else ""
    return {
        "tool": {
            "driver": {
                "name": "planguard",
                "semanticVersion": __version__,
                "rules": [descriptor(rule, worst[rule]) for rule in rules],
            }
        },
        "automationDetails": {"id": f"planguard/{named}"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The directory that planguard was started in."}}},
        "invocations": [_invocation(reports, len(results) - len(kept))],
        "columnKind": "unicodeCodePoints",
        "results": kept,
    }


def _worst(reports: Sequence[Report]) -> dict[str, Severity]:
    """Every rule that has something to say, with the worst that it says: GitHub grades rules, not results."""
    worst: dict[str, Severity] = {}
    for report in reports:
        found = report.assessment
        said = [(one.rule, one.severity) for one in (*found.findings, *(item.finding for item in found.waived))]
        said += [(item.rule, report.consent_from) for item in all_undecided(report)]
        said += [(failure.rule, Severity.HIGH) for failure in found.failed]
        for rule, severity in said:
            worst[rule] = max(worst.get(rule, severity), severity, key=lambda one: one.rank)
    return worst


# --- results ----------------------------------------------------------------------------------------------------------


def _results(reports: Sequence[Report]) -> Iterator[tuple[tuple[Any, ...], Result]]:
    """Every result, with what to sort it by: worst first, questions after the graver findings, waivers last."""
    for number, report in enumerate(reports):
        changes = telling.happens(report)
        for finding in report.assessment.findings:
            words = f"{telling.title(finding, changes)}. {telling.paragraph(finding)}"
            rank, *rest = order(finding)
            yield (0, rank, 0, *rest, number), _result(report, finding, words)
        for item in all_undecided(report):
            rank = -report.consent_from.rank
            yield (0, rank, 1, item.address, item.rule, item.missing, "", number), _open(report, item)
        for waived in report.assessment.waived:
            rank, *rest = order(waived.finding)
            yield (1, rank, 0, *rest, number), _suppressed(report, waived)


def _result(report: Report, finding: Finding, words: str) -> Result:
    key = telling.key(report, finding)
    return {
        "ruleId": finding.rule,
        "level": telling.MACHINE_LEVELS[finding.severity],
        "message": {"text": message(words)},
        "locations": [_location(telling.place(report, finding), finding.address)],
        # GitHub looks at the first of these alone.
        "partialFingerprints": {"primaryLocationLineHash": f"{key[:16]}:1", "planguard/v1": key},
        "properties": {"severity": finding.severity.value, "plan": _clean(short(report.assessment.plan.source, 500))},
    }


def _open(report: Report, item: Undecided) -> Result:
    """A question needs consent as a finding does. SARIF's kind `open` would have to have the level `none`."""
    key = telling.undecided_key(report, item)
    words = f"{telling.subject(item, 200)}: {telling.UNDECIDED_TITLE}. {item.missing}"
    return {
        "ruleId": item.rule,
        "level": "warning",
        "message": {"text": message(words)},
        "locations": [_location(telling.place(report), item.address)],
        "partialFingerprints": {"primaryLocationLineHash": f"{key[:16]}:1", "planguard/v1": key},
        "properties": {"undecided": True, "plan": _clean(short(report.assessment.plan.source, 500))},
    }


def _suppressed(report: Report, waived: Waived) -> Result:
    words = f"{telling.subject(waived.finding, 200)}. {telling.paragraph(waived.finding)}"
    why = message(telling.accepted_words(waived))
    return _result(report, waived.finding, words) | {
        "suppressions": [{"kind": "external", "status": "accepted", "justification": why}]
    }


def _location(place: Location, address: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(place.file), "uriBaseId": ROOT},
            "region": {"startLine": place.line or 1},
        }
    }
    if address:
        name = _clean(short(address, 500))
        found["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return found


def uri(path: str) -> str:
    """A relative path as a relative URI: everything but unreserved signs and `/` in percent."""
    written = _clean(short(path, 500)).encode()
    return "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in written)


_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def message(words: str) -> str:
    """Text that holds no link and no placeholder: SARIF reads `[…](…)` and `{0}` in plain messages."""
    return re.sub(r"\{(?=[0-9])", "{ ", _clean(short(words, LONGEST)).replace("](", "] ("))


def _clean(words: str) -> str:
    return escape.terminal(words)


# --- how the run went -------------------------------------------------------------------------------------------------


def _invocation(reports: Sequence[Report], left_out: int) -> dict[str, Any]:
    failures = sorted({failure for report in reports for failure in report.assessment.failed})
    notes = [_notification("note", note) for report in reports for note in all_notes(report)]
    if left_out:
        words = f"{plural(left_out, 'result')} of the least weight are left out; {telling.LISTED_ELSEWHERE}."
        notes.insert(0, _notification("warning", words))
    return {
        "executionSuccessful": not failures,
        "toolExecutionNotifications": [*map(_failure, failures), *notes],
    }


def _failure(failure: RuleFailure) -> dict[str, Any]:
    words = f"{failure.rule}: {failure.error} ({short(failure.address, 200) or telling.WHOLE_PLAN})"
    return _notification("error", words) | {"associatedRule": {"id": failure.rule}}


def _notification(level: str, words: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": message(words)}}
