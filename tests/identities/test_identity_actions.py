"""The table of actions, and the patterns that policies are written in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.identities import actions, wildcards

PATTERNS = st.text(alphabet="ab:*?", max_size=8)
FILLS = st.lists(st.text(alphabet="ab:", max_size=3), min_size=8, max_size=8)


def filled(pattern: str, fills: list[str]) -> str:
    """One of the texts that a pattern stands for."""
    more = iter(fills)
    return re.sub(r"[*?]", lambda found: next(more, "") if found[0] == "*" else (next(more, "a") or "a")[0], pattern)


@given(PATTERNS, FILLS)
def test_a_pattern_matches_what_it_stands_for(pattern, fills):
    assert wildcards.matches(pattern, filled(pattern, fills))


@settings(max_examples=500, deadline=None)
@given(PATTERNS, PATTERNS, FILLS)
def test_who_covers_a_pattern_matches_all_of_it(wide, narrow, fills):
    if wildcards.covers(wide, narrow):
        assert wildcards.matches(wide, filled(narrow, fills))


@settings(max_examples=500, deadline=None)
@given(PATTERNS, PATTERNS, FILLS)
def test_patterns_apart_have_nothing_in_common(one, other, fills):
    text = filled(one, fills)
    if wildcards.matches(other, text):
        assert wildcards.overlaps(one, other)
        assert wildcards.overlaps(other, one)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "arn:aws:s3:::a", True),
        ("arn:aws:s3:::*", "arn:aws:s3:::a/*", True),
        ("arn:aws:s3:::a*", "arn:aws:s3:::*", False),
        ("??", "*", False),
        ("a?c", "a*c", False),
        ("a*c", "a?c", True),
        ("a?c", "a?c", True),
        ("[a]", "a", False),
    ],
)
def test_containment(wide, narrow, expected):
    assert wildcards.covers(wide, narrow) is expected


def test_every_action_is_in_one_class():
    table = actions.table()
    masks = [table.classes[name] for name in actions.CLASSES]
    assert sum(masks) == table.everything
    assert sum(mask.bit_count() for mask in masks) == len(table.names) == len(set(table.names))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("rds:DeleteDBInstance", "data"),
        ("dynamodb:DeleteTable", "data"),
        ("s3:PutLifecycleConfiguration", "data"),
        ("cloudformation:DeleteStack", "data"),
        ("backup:DeleteRecoveryPoint", "backup"),
        ("kms:ScheduleKeyDeletion", "keys"),
        ("s3:PutBucketVersioning", "guard"),
        ("iam:PutRolePolicy", "escalation"),
        ("cloudtrail:StopLogging", "audit"),
        ("ec2:TerminateInstances", "outage"),
        ("s3:DeleteObject", "content"),
        ("organizations:LeaveOrganization", "account"),
        ("ec2:DeleteNetworkInterface", "minor"),
        ("iam:PassRole", "tool"),
    ],
)
def test_what_matters_is_in_its_class(action, expected):
    assert [name for name, _ in actions.by_class(actions.expand(action))] == [expected]


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "rds:DescribeDBInstances", "ec2:RunInstance", "iam:ListRoles", "rds", ""]
)
def test_what_destroys_nothing_is_in_none(action):
    assert actions.expand(action) == 0


@pytest.mark.parametrize(
    ("resource", "allowed", "not_allowed"),
    [
        ("arn:aws:s3:::b", "s3:DeleteBucket", "s3:DeleteObject"),
        ("arn:aws:s3:::b/*", "s3:DeleteObject", "s3:DeleteBucket"),
        ("arn:aws:rds:*:*:db:*", "rds:DeleteDBInstance", "rds:DeleteDBCluster"),
        ("arn:aws:kms:*:*:key/1", "kms:DisableKey", "s3:DeleteBucket"),
        ("arn:aws:iam::*:role/ci", "iam:PutRolePolicy", "iam:DeleteUser"),
        ("arn:aws:secretsmanager:*:*:secret:a/b", "secretsmanager:DeleteSecret", "ssm:DeleteParameter"),
        ("arn:aws:*:*:*:*", "rds:DeleteDBInstance", None),
        ("arn:aws:dynamodb:*:*:tab*", "dynamodb:DeleteTable", None),
        ("arn:aws:dynamodb:*:*:table/*", "dynamodb:DeleteTable", None),
        ("arn:aws:s3:::*", "s3:DeleteBucket", None),
        ("(known after apply)", "rds:DeleteDBInstance", None),
    ],
)
def test_an_action_counts_on_what_it_can_be_allowed_on(resource, allowed, not_allowed):
    mask = actions.applicable(resource)
    assert mask & actions.expand(allowed)
    assert not_allowed is None or not mask & actions.expand(not_allowed)


def test_examples_are_of_what_everybody_knows():
    data = actions.table().classes["data"]
    assert [name.partition(":")[0] for name in actions.members(data, 3)] == ["rds", "rds", "rds"]
