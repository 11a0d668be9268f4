"""Subjects of tokens as they are compared: a star to the letter is nobody's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planguard.identities import findings
from rights_documents import allow, change, document, plan, role

HOST = "token.actions.githubusercontent.com"
STANDING = "repo:acme/shop:ref:refs/heads/main"


def trust(operator: str, *subjects: str) -> str:
    who = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{HOST}"}
    condition = {operator: {f"{HOST}:sub": list(subjects)}}
    return document(
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": who, "Condition": condition}
    )


@pytest.mark.parametrize(
    ("operator", "subjects", "told"),
    [
        ("StringLike", ["repo:acme/shop:*"], True),
        ("StringEquals", ["repo:acme/shop:*"], False),
        ("StringEquals", [STANDING, "repo:acme/shop:*"], False),
        ("StringEquals", ["repo:acme/shop:environment:*"], True),
        ("StringEquals", ["repo:acme/shop:pull_request", "repo:acme/shop:*"], True),
    ],
)
def test_a_star_to_the_letter_lets_nobody_in(tmp_path: Path, operator: str, subjects: list[str], told: bool) -> None:
    made = plan(
        tmp_path / "plan.json",
        change(
            "aws_iam_role.d",
            "update",
            role("d", trust("StringEquals", STANDING)),
            role("d", trust(operator, *subjects)),
        ),
        change("aws_iam_role_policy.d", "no-op", {"name": "d", "role": "d", "policy": document(allow("rds:*"))}),
    )
    found = findings.of(made)
    assert bool(found) == told
    assert all("\\" not in one.message for one in found)


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ("repo:acme/shop:environment:live", "repo:acme/shop:*", "repo:acme/shop:environment:live"),
        ("repo:acme/shop:ref:*", "repo:acme/shop:*", "repo:acme/shop:environment:production"),
        ("repo:acme/s*:ref:*", "repo:acme/*", "repo:ORGANISATION/REPOSITORY:environment:production"),
    ],
)
def test_the_remedy_names_the_subject_that_there_was(tmp_path: Path, before: str, after: str, asked: str) -> None:
    made = plan(
        tmp_path / "plan.json",
        change(
            "aws_iam_role.d", "update", role("d", trust("StringLike", before)), role("d", trust("StringLike", after))
        ),
        change("aws_iam_role_policy.d", "no-op", {"name": "d", "role": "d", "policy": document(allow("rds:*"))}),
    )
    (found,) = findings.of(made)
    assert f'"{asked}"' in found.remedy


def test_the_statement_to_paste_is_short_and_whole(tmp_path: Path) -> None:
    wanted = [f"{name}:*" for name in ("rds", "dynamodb", "kms", "elasticache", "redshift", "secretsmanager")]
    made = plan(
        tmp_path / "plan.json",
        change("aws_iam_role.d", "no-op", role("d", trust("StringEquals", STANDING))),
        change("aws_iam_role_policy.d", "create", None, {"name": "d", "role": "d", "policy": document(allow(wanted))}),
    )
    remedy = next(found.remedy for found in findings.of(made) if found.kind == "gain")
    text = remedy[remedy.index("{") : remedy.rindex("}") + 1]
    assert json.loads(text)["Effect"] == "Deny"
    assert len(json.loads(text)["Action"]) > 5
    assert len(text.splitlines()) < 14
    assert max(map(len, text.splitlines())) < 80
