"""Beside the state, the terminal says whose answer does not count, and why."""

from __future__ import annotations

import pytest

from planguard.cli.gate import TOLD, finish
from planguard.review import Refusal, Review, State


def _said(capsys: pytest.CaptureFixture[str], *refusals: Refusal, message: str = "1 of 2 people agreed.") -> list[str]:
    review = Review(State.AWAITING, code="PG70", message=message, hint="Somebody else posts it.", refusals=refusals)
    assert finish(review, (), 3) == 10
    return capsys.readouterr().err.splitlines()


def test_an_answer_that_does_not_count_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(capsys, Refusal("PG52", "gina", "@gina did not type the name.")) == [
        "gate: awaiting PG70: 1 of 2 people agreed. (3 requests)",
        "  PG52: @gina did not type the name.",
        "  Somebody else posts it.",
    ]


def test_what_the_message_says_is_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _said(capsys, Refusal("PG33", "dana", "dana wrote it."), message="dana wrote it.")
    assert lines[1:] == ["  Somebody else posts it."]


def test_many_are_counted_and_none_begins_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _said(capsys, *(Refusal("PG52", "x", f"{number}\n::error::") for number in range(TOLD + 2)))
    assert len(lines) == 1 + TOLD + 1 + 1
    assert lines[-2] == "  and 2 more, in the comment"
    assert not any(line.lstrip().startswith("::") for line in lines)
