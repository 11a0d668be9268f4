"""Which rules are asked of a change: leaving some out early never changes an answer."""

from __future__ import annotations

from typing import Any

import pytest

from planguard.config import Config
from planguard.model import Action, Change, Environment, Plan, Resource, Tier, Values
from planguard.policy.candidates import Candidates
from planguard.policy.rule import parse
from planguard.policy.rulebook import shipped
from planguard.policy.scene import Scene

TYPES = (
    ("aws_db_instance", "aws"),
    ("aws_s3_bucket", "aws"),
    ("aws_kms_key", "aws"),
    ("aws_secretsmanager_secret", "aws"),
    ("aws_route53_zone", "aws"),
    ("aws_iam_role", "aws"),
    ("random_password", "random"),
    ("AWS::DynamoDB::Table", "aws"),
    ("AWS::CloudFormation::Stack", "aws"),
    ("nobody_knows_this", "nobody"),
)


class _Nowhere:
    """Environments that nobody knows."""

    plan = Environment(Tier.UNKNOWN)

    def of(self, change):
        return self.plan

    of_after = of_resource = of


def _scene(*changes):
    return Scene(Plan("x", "terraform-plan", changes=changes), Config(), _Nowhere())


def _change(kind, provider, action, number=0, **attributes):
    values = Values.of({"name": f"thing-{number}", **attributes})
    resource = Resource(f"{kind}.this[{number}]", kind, "this", provider)
    return Change(resource, action, (action.value,), before=values, after=values, physical_id=str(number))


def _answers(rules, subject):
    return [(rule.id, rule.condition(subject)) for rule in rules if rule.condition(subject) is not False]


@pytest.mark.parametrize("action", list(Action), ids=lambda action: action.value)
def test_what_is_left_out_would_not_have_fired(action):
    rules = [rule for rule in shipped() if rule.condition is not None]
    scene = _scene(
        *(_change(kind, provider, action, number) for kind, provider in TYPES for number in range(2)),
        *(_change("aws_db_instance", "aws", action, 5, replicate_source_db="main") for _ in range(2)),
    )
    candidates = Candidates(rules)
    for subject in scene.subjects():
        assert _answers(candidates.of(subject), subject) == _answers(rules, subject)


def test_few_are_left():
    scene = _scene(_change("aws_db_instance", "aws", Action.REPLACE), _change("aws_sqs_queue", "aws", Action.UPDATE))
    candidates = Candidates(shipped())
    replaced, updated = (candidates.of(subject) for subject in scene.subjects())
    assert "data-replacement" in {rule.id for rule in replaced}
    assert len(replaced) < 10
    assert updated == ()


def test_a_rule_that_breaks_is_not_left_out(monkeypatch):
    data: dict[str, Any] = {
        "id": "x",
        "title": "x",
        "severity": "low",
        "since": "0.1",
        "message": "x",
        "why": "x",
        "fix": "x",
    }
    data["examples"] = [{"flags": {"type": "t"}}, {"passes": {"type": "t"}}]
    rule = parse({**data, "when": {"category": "database"}}, "x.yaml")
    (subject,) = _scene(_change("aws_s3_bucket", "aws", Action.DELETE)).subjects()
    assert Candidates([rule]).of(subject) == ()

    def breaks(*_):
        raise ValueError

    monkeypatch.setattr("planguard.policy.scene.catalog.lookup", breaks)
    (subject,) = _scene(_change("aws_s3_bucket", "aws", Action.DELETE)).subjects()
    assert Candidates([rule]).of(subject) == (rule,)
    assert Candidates([rule._replace(of_type=breaks)]).of(subject)[0].id == "x"
