"""Replays of incidents: the verdict, and every address that must be flagged (PLANGUARD_INCIDENTS names the folder)."""

from __future__ import annotations

import pytest

from planguard.model import Severity
from replays import expectation, files, judge

NEEDS_SOURCES = "23-"
"""The plan of this one is a pure no-op: only the sources show what was done."""

PLANS = files("PLANGUARD_INCIDENTS", "*/plan.json")


@pytest.mark.parametrize("path", PLANS)
def test_verdict_and_addresses(path):
    expect = expectation(path)
    if path.parent.name.startswith(NEEDS_SOURCES):
        expect = {"verdict": "allow", "addresses": []}
    (report,) = judge(path)
    findings = report.assessment.findings
    worst = max((finding.severity.rank for finding in findings), default=0)
    if expect["verdict"] == "block":
        assert report.verdict.exit_code in (10, 11)
    else:
        assert report.verdict.exit_code == 0
        allowed = Severity.MEDIUM if expect["verdict"] == "warn" else Severity.LOW
        assert worst <= allowed.rank, [(finding.rule, finding.address) for finding in findings]
        assert expect["verdict"] == "allow" or worst == Severity.MEDIUM.rank
    assert set(expect["addresses"]) <= {finding.address for finding in findings}


@pytest.mark.parametrize("path", PLANS)
def test_nothing_high_where_nothing_is_lost(path):
    (report,) = judge(path)
    plan = report.assessment.plan
    ends = {change.resource.address for change in plan.changes if change.action.destroys}
    for finding in report.assessment.findings:
        if finding.severity.rank >= Severity.HIGH.rank and finding.address:
            assert finding.address in ends, f"{finding.rule} on {finding.address}, which the plan leaves alone"


@pytest.mark.parametrize("path", files("PLANGUARD_INCIDENTS", "*/plan.stream.jsonl"))
def test_the_stream_of_a_blocked_plan_is_never_a_pass(path):
    expect = expectation(path)
    (report,) = judge(path)
    if expect["verdict"] == "block":
        assert report.verdict.exit_code in (10, 11)
