"""Public plans (PLANGUARD_CORPUS names the folder): a verdict or one clear sentence for each, and no false alarm."""

from __future__ import annotations

import pytest

from planguard.errors import PlanguardError
from planguard.model import Action, Severity
from replays import files, judge

PLANS = files("PLANGUARD_CORPUS", "plan/**/*", "plan_odd/**/*", "stream/**/*")
HARMLESS = (Action.NOOP, Action.CREATE, Action.UPDATE, Action.READ)
REALLY_THERE = ("plan-errored", "environment-switched")


@pytest.mark.parametrize("path", PLANS)
def test_every_plan_ends_in_a_verdict_or_a_sentence(path):
    try:
        reports = judge(path)
    except PlanguardError as error:
        assert error.exit_code == 3
        assert error.message and "\n" not in error.message and error.hint
        return
    for report in reports:
        plan = report.assessment.plan
        if plan.errored or plan.undecided or any(change.action not in HARMLESS for change in plan.changes):
            continue
        assert report.verdict.exit_code == 0, report.verdict.reasons
        high = [f.rule for f in report.assessment.findings if f.severity.rank >= Severity.HIGH.rank]
        assert not high or set(high) <= set(REALLY_THERE)
