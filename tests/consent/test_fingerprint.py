"""What consent is asked for, one by one."""

from __future__ import annotations

from planguard.consent.fingerprint import RIGHTS, beyond, destructive, fingerprint, items
from planguard.model import Action, Change, Environment, Finding, Plan, Resource, Severity, Tier
from planguard.policy import rulebook

ROLE = Resource("aws_iam_role.agent", "aws_iam_role", "agent", "aws")


def finding(rule: str, detail: str, action: str = "update") -> Finding:
    return Finding(
        rule,
        Severity.HIGH,
        ROLE.address,
        ROLE.type,
        action,
        Environment(Tier.PRODUCTION),
        "x",
        fingerprint=detail,
    )


def plan(action: Action) -> Plan:
    return Plan("p", "terraform-plan", changes=(Change(ROLE, action, (action.value,)),))


def test_consent_to_one_right_is_none_to_another() -> None:
    """At the same address, under the same rule, also where the object itself is replaced."""
    for action in (Action.UPDATE, Action.REPLACE):
        one, other = (
            items(plan(action), [finding("machine-may-destroy", detail, action.value)], hidden=frozenset())
            for detail in ("aa" * 8, "bb" * 8)
        )
        assert beyond(other, [item.digest for item in one])
        assert fingerprint(one, "cd" * 32) != fingerprint(other, "cd" * 32)


def test_what_ends_is_asked_for_once() -> None:
    found = items(plan(Action.DELETE), [finding("data-deletion", "aa" * 8, "delete")], hidden=frozenset())
    assert [(item.kind, item.what) for item in found] == [("end", "delete")]


def test_the_rules_about_rights_exist() -> None:
    assert {rule.id for rule in rulebook.shipped()} >= RIGHTS


def test_what_might_end_is_asked_for_too() -> None:
    assert destructive(plan(Action.UNKNOWN).changes) and destructive(plan(Action.FORGET).changes)
    assert not destructive(plan(Action.UPDATE).changes)
