"""The exit code of the gate: 0 takes the people's answer and every plan's verdict."""

from __future__ import annotations

import pytest

from planguard.cli.gating import exit_code
from planguard.model import Assessment, Outcome, Plan, Report, Verdict
from planguard.review import Review, State

PLAN = Assessment(plan=Plan(source="x", format="terraform-plan"))
CODES = {Outcome.PASS: 0, Outcome.APPROVED: 0, Outcome.NEEDS_APPROVAL: 10, Outcome.BLOCKED: 11}


def reports(*outcomes: Outcome) -> list[Report]:
    return [Report(PLAN, Verdict(outcome, CODES[outcome])) for outcome in outcomes]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("outcome", Outcome)
def test_the_worse_of_both_counts(state: State, outcome: Outcome) -> None:
    people = 0 if state.passes else 3 if state is State.ERROR else 10
    expected = 11 if outcome is Outcome.BLOCKED else max(people, CODES[outcome]) if people != 3 else 3
    assert exit_code(Review(state), reports(outcome)) == expected
    assert exit_code(Review(state), reports(Outcome.PASS, outcome)) == expected


def test_one_open_plan_among_many_does_not_pass() -> None:
    assert exit_code(Review(State.CLEAN), reports(Outcome.PASS, Outcome.NEEDS_APPROVAL, Outcome.PASS)) == 10
