"""The page of `planguard iam`: the answer first, and each statement told once."""

from __future__ import annotations

from typing import Any

from planguard.reports import iam_html

POWER = {
    "could": "delete data",
    "action": "rds:*",
    "on": "*",
    "weight": 4,
    "actions": 5,
    "examples": ["rds:DeleteDBInstance"],
}


def identity(**given: Any) -> dict[str, Any]:
    base = {"kind": "role", "name": "ci", "address": "aws_iam_role.ci", "change": "changed", "behind": "machine"}
    return {**base, "trusted": [], "powers": [], "held_back": [], "guards": [], "holes": [], "cannot_tell": [], **given}


def page(*rows: dict[str, Any]) -> str:
    return iam_html.render([{"source": "plan.json", "identities": list(rows)}])


def test_the_answer_stands_first() -> None:
    text = page(identity(powers=[POWER]), identity(behind="person", powers=[POWER]), identity(cannot_tell=["x"]))
    assert "<h1>1 identity may destroy without a human</h1>" in text
    assert "<p>Of 1 it cannot be told completely.</p>" in text
    assert '<header class="bad">' in text


def test_who_may_nothing_is_no_alarm() -> None:
    text = page(identity())
    assert "<h1>No identity that is listed here may destroy without a human</h1>" in text
    assert '<header class="good">' in text
    assert "Held back" not in text


def test_a_statement_with_several_powers_is_told_once() -> None:
    text = page(identity(powers=[POWER, {**POWER, "could": "delete backups"}]))
    assert text.count("<code>rds:*</code>") == 1
    assert text.count("<dt>") == 2
    assert "rds:DeleteDBInstance and 4 more" in text


def test_code_is_shown_as_code_and_never_as_markup() -> None:
    text = page(identity(trusted=["`<b>x</b>`", "one ` alone"]))
    assert "<code>&lt;b&gt;x&lt;/b&gt;</code>" in text
    assert "one ` alone" in text
