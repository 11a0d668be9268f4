"""planguard's reading of policies against policyuniverse's, an implementation of its own: wildcards, and strangers.

It knows the actions of 2023, so the comparison is over those that both know; it has no `?`, so no pattern has one.
"""

from __future__ import annotations

import json
import warnings

import pytest

from planguard.identities import actions, document, power, trust

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # it leaves its data file open
    from policyuniverse.expander_minimizer import get_actions_from_statement
    from policyuniverse.policy import Policy

THEIRS = get_actions_from_statement({"Effect": "Allow", "Action": "*", "Resource": "*"})
OURS = {name.lower() for name in actions.table().names}
BOTH = OURS & THEIRS

PATTERNS = [
    "*", "rds:*", "rds:Delete*", "RDS:DELETE*", "rds:*Cluster", "s3:*", "s3:Delete*", "s3:*Lifecycle*", "dynamodb:*",
    "ec2:*", "ec2:Delete*", "ec2:Terminate*", "ec2:*Volume", "ec2:*Snapshot*", "kms:*", "kms:Sched*", "kms:Disable*",
    "iam:*", "iam:Put*Policy", "iam:*AccessKey", "iam:Attach*", "iam:*Boundary", "backup:*", "backup:Delete*",
    "logs:*", "logs:Delete*", "cloudtrail:*", "cloudtrail:Stop*", "lambda:*", "lambda:Update*", "cloudformation:*",
    "cloudformation:Delete*", "elasticache:*", "es:*", "organizations:*", "route53:*", "sqs:*", "sns:*", "ssm:*",
    "secretsmanager:*", "secretsmanager:Delete*", "sts:*", "eks:*", "ecs:*", "redshift:*", "elasticfilesystem:*",
    "rds:Describe*", "s3:Get*", "s3:List*", "ec2:Describe*", "iam:List*", "glue:*", "kinesis:*", "autoscaling:*",
]  # fmt: skip


def test_the_two_share_most_destructive_actions():
    assert len(BOTH) > 1200


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_stands_for_the_same_actions(pattern):
    ours = {name.lower() for name in actions.members(actions.expand(pattern))}
    theirs = get_actions_from_statement({"Effect": "Allow", "Action": pattern, "Resource": "*"})
    assert ours & BOTH == theirs & BOTH


@pytest.mark.parametrize("pattern", PATTERNS)
def test_notaction_leaves_the_same_actions(pattern):
    statement = document.Statement(True, but_actions=(pattern,))
    ours = {name.lower() for name in actions.members(power.wanted(statement))}
    theirs = get_actions_from_statement({"Effect": "Allow", "NotAction": [pattern], "Resource": "*"})
    assert ours & BOTH == theirs & BOTH


TRUSTS: dict[str, dict[str, object]] = {
    "anybody": {"Principal": "*"},
    "anybody by the long way": {"Principal": {"AWS": "*"}},
    "one account": {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
    "one role": {"Principal": {"AWS": "arn:aws:iam::123456789012:role/ci"}},
    "a service": {"Principal": {"Service": "lambda.amazonaws.com"}},
    "anybody of an organization": {
        "Principal": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}},
    },
    "anybody from one account": {
        "Principal": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    },
}


@pytest.mark.parametrize("name", TRUSTS)
def test_strangers_get_in_where_both_say_so(name):
    statement: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole", **TRUSTS[name]}
    written = {"Statement": [statement]}
    ours = [one.open for one in trust.understand(document.parse(json.dumps(written)))]
    assert any(ours) == Policy(written).is_internet_accessible()
