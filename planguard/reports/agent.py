"""Reports -> compact JSON for a coding agent: the verdict, why, the safer way, and what it may do next.

Owns the words about next steps. Must not name a way round the gate, and must not leave out that there is more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from planguard.model import Finding, Outcome, Report, Severity
from planguard.reports import Style, escape, overall
from planguard.reports.content import all_undecided, judgement, order
from planguard.reports.telling import stops, worst_first

SCHEMA = "planguard/agent/v1"
MOST = 25
"""Plans, and findings and open questions of one plan; how many more there are is said."""

_EDIT = "edit the configuration as `safer` says, plan again with -out, and run `planguard check` on the new plan"
_ASK = "show a person these findings, and wait for their consent"
_APPLY = "apply exactly this plan with `planguard apply`"
_FORBIDDEN = (
    "apply, destroy, delete or change state in any other way, for all or for a part of it",
    "change what judges this: settings, rules, waivers, workflows",
    "take protections, backups or lifecycle guards away",
    "agree in the place of a person",
)
_NEXT: dict[Outcome, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Outcome.PASS: ((_APPLY,), ("apply another plan than this one without judging it",)),
    Outcome.APPROVED: ((_APPLY,), ("apply another plan than this one: people agreed to this one", *_FORBIDDEN[1:])),
    Outcome.NEEDS_APPROVAL: ((_EDIT, _ASK), _FORBIDDEN),
    Outcome.BLOCKED: ((_EDIT, "tell a person that this is blocked, and stop"), _FORBIDDEN),
}


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one line of JSON."""
    verdict = overall(reports)
    allowed, forbidden = _NEXT[verdict.outcome]
    document = {
        "schema": SCHEMA,
        "verdict": verdict.outcome.value,
        "exit_code": verdict.exit_code,
        "say": judgement(verdict, reports).sentence,
        "allowed": list(allowed),
        "forbidden": list(forbidden),
        **_plans(reports),
    }
    return escape.json_document(json.dumps(document, separators=(",", ":"), ensure_ascii=False)) + "\n"


def _plans(reports: Sequence[Report]) -> dict[str, Any]:
    """The plans, the worst first; of many those that have something to tell, and how many more there are."""
    told = [(report, _plan(report)) for report in worst_first(reports)]
    if len(told) == 1:
        return {"plans": [plan for _, plan in told]}
    speaking = [plan for report, plan in told if stops(report) or plan["findings"] or plan["not_known"]]
    return {
        "plans": speaking[:MOST],
        "more_plans": len(speaking[MOST:]),
        "plans_with_nothing_to_tell": len(told) - len(speaking),
    }


def _plan(report: Report) -> dict[str, Any]:
    found = report.assessment
    weighty = [one for one in sorted(found.findings, key=order) if report.verbose or one.severity is not Severity.INFO]
    undecided = all_undecided(report)
    return {
        "plan": found.plan.source,
        "environment": found.environment.tier.value,
        "findings": [_finding(finding) for finding in weighty[:MOST]],
        "more_findings": max(0, len(weighty) - MOST),
        "not_known": [f"{item.address}: {item.missing}" if item.address else item.missing for item in undecided[:MOST]],
        "more_not_known": max(0, len(undecided) - MOST),
        "waived": len(found.waived),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """What there is of it; a field that says nothing is left out."""
    cause, source = finding.cause, finding.source
    fields = {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "address": finding.address,
        "action": finding.action,
        "what": finding.message,
        "lost": finding.lost,
        "why": cause.text if cause is not None else None,
        "began_with": cause.root if cause is not None else None,
        "where": None if source is None else f"{source.file}:{source.line}" if source.line else source.file,
        "safer": finding.remedy,
    }
    return {key: value for key, value in fields.items() if value}
