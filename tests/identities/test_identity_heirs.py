"""Roles that take the place of others: what is no news, and what still is."""

from __future__ import annotations

from pathlib import Path

import pytest

from planguard.identities import findings
from rights_documents import SAML, allow, change, document, plan, role

HOST = "token.actions.githubusercontent.com"
RIGHTS = document(allow(["rds:*", "s3:*"]))


def github(subject: str) -> str:
    who = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{HOST}"}
    condition = {"StringLike": {f"{HOST}:sub": subject}, "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}
    return document(
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": who, "Condition": condition}
    )


def kinds(tmp_path: Path, trust: str, rights: str, before: str, action: str = "delete") -> set[str]:
    made = plan(
        tmp_path / "plan.json",
        change("aws_iam_role.old", action, role("deploy", before)),
        change("aws_iam_role_policy.old", "delete", {"name": "d", "role": "deploy", "policy": RIGHTS}),
        change("aws_iam_role.new", "create", None, role("apply", trust)),
        change("aws_iam_role_policy.new", "create", None, {"name": "d", "role": "apply", "policy": rights}),
    )
    return {found.kind for found in findings.of(made) if found.address.endswith("new")}


@pytest.mark.parametrize("trust", ["repo:acme/shop:*", "repo:acme/shop:environment:production"])
@pytest.mark.parametrize("rights", [RIGHTS, document(allow(["rds:DeleteDBInstance"]))])
def test_no_more_for_nobody_else_is_no_news(tmp_path: Path, trust: str, rights: str) -> None:
    assert kinds(tmp_path, github(trust), rights, github("repo:acme/shop:*")) == set()


def test_a_right_beyond_is_told(tmp_path: Path) -> None:
    more = document(allow(["rds:*", "dynamodb:*"]))
    assert kinds(tmp_path, github("repo:acme/shop:*"), more, github("repo:acme/shop:*")) == {"gain"}


@pytest.mark.parametrize("before", [github("repo:acme/shop:ref:refs/heads/main"), SAML])
def test_rights_for_others_than_before_are_told(tmp_path: Path, before: str) -> None:
    assert kinds(tmp_path, github("repo:acme/shop:*"), RIGHTS, before) == {"gain"}


def test_a_role_that_stays_is_nobodys_predecessor(tmp_path: Path) -> None:
    trust = github("repo:acme/shop:*")
    assert kinds(tmp_path, trust, RIGHTS, trust, action="no-op") == {"gain"}
