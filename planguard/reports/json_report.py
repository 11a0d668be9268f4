"""Reports -> `planguard/report/v1`, the contract that other programs read (docs/report-v1.md and its schema).

Owns the field names, which stay. Must not judge, shorten or translate anything: it prints what the assessment holds,
sorted, so that the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from planguard import __version__
from planguard.model import Cause, Environment, Finding, Location, Plan, Report, Undecided, Waived
from planguard.reports import Style, escape, overall
from planguard.reports.content import all_notes, all_undecided, order
from planguard.review import Review

SCHEMA = "planguard/report/v1"


def render(reports: Sequence[Report], style: Style) -> str:
    """The run as one JSON document: flat for one plan, `runs` with one flat document each for several."""
    document = _report(reports[0]) if len(reports) == 1 else _runs(reports)
    return escape.json_document(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _runs(reports: Sequence[Report]) -> dict[str, Any]:
    verdict = overall(reports)
    runs = [_report(report) for report in reports]
    return {
        "schema": SCHEMA,
        "verdict": verdict.outcome.value,
        "exit_code": verdict.exit_code,
        "reasons": list(verdict.reasons),
        "commit": reports[0].commit,
        "review": _review(reports[0].review),
        "runs": sorted(runs, key=lambda run: (run["plan"]["source"], json.dumps(run))),
        "version": __version__,
    }


def _report(report: Report) -> dict[str, Any]:
    verdict, found = report.verdict, report.assessment
    consent = verdict.consent
    return {
        "schema": SCHEMA,
        "verdict": verdict.outcome.value,
        "exit_code": verdict.exit_code,
        "reasons": list(verdict.reasons),
        "fingerprint": found.fingerprint,
        "policy": found.policy,
        "items": [item._asdict() for item in sorted(found.items)],
        "consent": None if consent is None else {"fingerprint": consent.fingerprint, "by": list(consent.by)},
        "commit": report.commit,
        "review": _review(report.review),
        "plan": _plan(found.plan),
        "environment": _environment(found.environment),
        "findings": [_finding(finding) for finding in sorted(found.findings, key=order)],
        "undecided": [_undecided(item) for item in all_undecided(report)],
        "waived": [_waived(item) for item in sorted(found.waived, key=lambda item: order(item.finding))],
        "rules_run": sorted(found.rules_run),
        "rules_failed": [
            {"rule": failure.rule, "address": failure.address, "error": failure.error}
            for failure in sorted(found.failed)
        ],
        "notes": all_notes(report, unused=True),
        "version": __version__,
    }


def _review(review: Review | None) -> dict[str, Any] | None:
    """Where the human override stands. What has to be typed by a person is not written out for a program."""
    if review is None:
        return None
    return {
        "state": review.state.value,
        "code": review.code or None,
        "message": review.message,
        "hint": review.hint,
        "needed": review.needed,
        "why_needed": list(review.why_needed),
        "approvals": [
            {"login": one.login, "id": one.id, "given": one.given, "after": one.after, "signed": one.signed}
            for one in review.approvals
        ],
        "refusals": [{"code": one.code, "login": one.login, "message": one.message} for one in review.refusals],
        "actors": [
            {"name": one.name, "kind": one.kind.value, "role": one.role, "evidence": one.evidence}
            for one in review.actors
        ],
        "mode": review.mode,
        "label": review.label or None,
        "challenge": review.challenge or None,
        "fingerprint": review.fingerprint,
        "pull": review.pull or None,
        "head": review.head or None,
        "new": list(review.new),
        "guard": list(review.guard),
        "held_until": review.held_until or None,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "source": plan.source,
        "format": plan.format,
        "tool": plan.tool,
        "version": plan.version,
        "workspace": plan.workspace,
        "complete": plan.complete,
        "errored": plan.errored,
        "counts": {action: plan.counts[action] for action in sorted(plan.counts)},
    }


def _environment(environment: Environment) -> dict[str, Any]:
    return {
        "value": environment.tier.value,
        "contradiction": environment.contradiction,
        "evidence": [
            {"value": item.tier.value, "source": item.source, "text": item.text, "rank": item.rank}
            for item in environment.evidence
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "address": finding.address,
        "deposed": finding.deposed,
        "type": finding.type,
        "action": finding.action,
        "environment": _environment(finding.environment),
        "message": finding.message,
        "lost": finding.lost,
        "cause": _cause(finding.cause),
        "remedy": finding.remedy,
        "evidence": list(finding.evidence),
        "dependents": _dependents(finding),
        "source": _location(finding.source),
        "fingerprint": finding.fingerprint,
    }


def _dependents(finding: Finding) -> dict[str, Any]:
    """How many need it, and what becomes of them; null where nobody worked that out."""
    radius = finding.radius
    return {
        "direct": finding.dependents.direct,
        "total": finding.dependents.total,
        "destroyed": None if radius is None else radius.destroyed,
        "updated": None if radius is None else radius.updated,
        "created": None if radius is None else radius.created,
        "cut_off": None if radius is None else radius.cut_off,
        "named": [] if radius is None else list(radius.named),
        "categories": {} if radius is None else dict(sorted(radius.categories.items())),
    }


def _cause(cause: Cause | None) -> dict[str, Any] | None:
    if cause is None:
        return None
    return {
        "text": cause.text,
        "attributes": list(cause.attributes),
        "root": cause.root,
        "chain": list(cause.chain),
    }


def _location(location: Location | None) -> dict[str, Any] | None:
    return None if location is None else {"file": location.file, "line": location.line}


def _undecided(item: Undecided) -> dict[str, Any]:
    return {"rule": item.rule, "address": item.address, "missing": item.missing}


def _waived(item: Waived) -> dict[str, Any]:
    return {"finding": _finding(item.finding), "reason": item.reason, "by": item.by, "until": item.until}
