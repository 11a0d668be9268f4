"""The decision table of the gate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planguard import gate
from planguard.config import Config
from planguard.model import (
    Assessment,
    Consent,
    Environment,
    Finding,
    Outcome,
    Plan,
    RuleFailure,
    Severity,
    Tier,
    Undecided,
)

PRODUCTION = Environment(Tier.PRODUCTION)


def _finding(severity, rule="a-rule", environment=PRODUCTION):
    return Finding(
        rule=rule, severity=severity, address="a.b", type="a", action="delete", environment=environment, message="m"
    )


def _assessment(*findings, undecided=(), failed=(), fingerprint="f"):
    plan = Plan(source="x", format="terraform-plan")
    return Assessment(plan=plan, findings=findings, undecided=undecided, failed=failed, fingerprint=fingerprint)


def test_nothing_found_passes():
    assert gate.decide(_assessment(), None, Config()).exit_code == 0


def test_high_needs_consent_and_medium_passes():
    assert gate.decide(_assessment(_finding(Severity.HIGH)), None, Config()).exit_code == 10
    assert gate.decide(_assessment(_finding(Severity.MEDIUM)), None, Config()).exit_code == 0


def test_undecided_needs_consent():
    verdict = gate.decide(_assessment(undecided=(Undecided("r", "a.b", "what"),)), None, Config())
    assert verdict.outcome is Outcome.NEEDS_APPROVAL


def test_consent_to_exactly_this_is_an_approval():
    found = _assessment(_finding(Severity.CRITICAL))
    assert gate.decide(found, Consent("f", ("ann",)), Config()).outcome is Outcome.APPROVED
    assert gate.decide(found, Consent("g", ("ann",)), Config()).outcome is Outcome.NEEDS_APPROVAL
    assert gate.decide(found._replace(fingerprint=""), Consent("", ("ann",)), Config()).exit_code == 10


def test_no_consent_overrides_a_broken_or_forbidden_rule():
    consent = Consent("f", ("ann",))
    broken = _assessment(failed=(RuleFailure("r", "", "KeyError"),))
    assert gate.decide(broken, consent, Config()).exit_code == 11
    forbidden = _assessment(_finding(Severity.LOW))
    assert gate.decide(forbidden, consent, Config(forbidden=("a-rule",))).exit_code == 11


def test_the_config_decides_from_where_consent_is_needed():
    found = _assessment(_finding(Severity.MEDIUM))
    assert gate.decide(found, None, Config(consent_from=Severity.MEDIUM)).exit_code == 10


@given(st.lists(st.sampled_from(list(Severity)), max_size=6), st.sampled_from(list(Severity)))
def test_one_more_finding_never_lowers_the_verdict(severities, more):
    order = [0, 10, 11]
    before = gate.decide(_assessment(*map(_finding, severities)), None, Config()).exit_code
    after = gate.decide(_assessment(*map(_finding, [*severities, more])), None, Config()).exit_code
    assert order.index(after) >= order.index(before)
