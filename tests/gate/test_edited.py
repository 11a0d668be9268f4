"""Who changed planguard's comment last, in every way that GitHub may say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gate_runs import Stage, asked, own

Change = Callable[[dict[str, Any]], None]


def editor(**said: Any) -> Change:
    return lambda node: node.update(editor=said)


def edited(stage: Any) -> Stage:
    """A comment that planguard itself changed, and an answer to it."""
    it = asked(stage)
    own(it).edit(it.asked, by="github-actions[bot]")
    it.agree("erin")
    return it


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        (lambda node: None, True),
        (lambda node: node.update(lastEditedAt=None, editor=None), True),
        (lambda node: node.update(body=node["body"].replace("\n", "\r\n")), True),
        (editor(kind="Bot", login="github-actions"), True),
        (editor(kind="Bot", login="github-actions[bot]", databaseId=None), True),
        (editor(kind="Bot", login="renovate"), False),
        (editor(kind="User", login="github-actions"), False),
        (editor(kind="User", login="github-actions[bot]", databaseId=7), False),
        (lambda node: node.update(editor=None), False),
        (lambda node: node.update(body="# something else\n"), False),
    ],
)
def test_who_edited_it_decides(stage: Any, change: Change, passes: bool) -> None:
    it = edited(stage)

    def altered(answer: dict[str, Any]) -> dict[str, Any]:
        change(answer["data"]["node"])
        return answer

    fault = it.hub.fault("altered", match="/graphql", change=altered)
    ran = it.gate()
    assert fault.hits == 1
    assert (ran.state == "approved") == passes, ran.all
    assert passes or ran.pg == "PG41", ran.all


@pytest.mark.parametrize(
    "answer", [{}, {"data": None}, {"data": {"node": None}}, {"data": {"node": {"body": "x"}}}, {"errors": [{}]}]
)
def test_an_answer_that_tells_nothing_does_not_pass(stage: Any, answer: dict[str, Any]) -> None:
    it = edited(stage)
    it.hub.fault("altered", match="/graphql", change=lambda _: answer)
    ran = it.gate()
    assert (ran.code, ran.pg) == (3, "PG13"), ran.all


def test_a_comment_that_nobody_edited_costs_no_question(stage: Any) -> None:
    ran = stage().approved()
    assert not any("graphql" in call for call in ran.calls)


def test_a_comment_that_was_edited_costs_one(stage: Any) -> None:
    ran = edited(stage).gate()
    assert ran.state == "approved" and len(ran.calls) <= 13
