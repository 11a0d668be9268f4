"""How many requests a decision takes: `GITHUB_TOKEN` has a thousand an hour, for everything in a repository."""

from __future__ import annotations

import re
from typing import Any

from gate_runs import config, deleting
from plan_documents import plan

MOST = 12


def told(err: str) -> int:
    found = re.search(r"\((\d+) requests?\)", err)
    assert found, err
    return int(found[1])


def test_an_ordinary_request_takes_twelve_at_most(stage: Any) -> None:
    it = stage()
    asked = it.gate()
    assert len(asked.calls) == told(asked.err) <= MOST
    it.agree("erin")
    approved = it.gate()
    assert approved.code == 0
    assert len(approved.calls) == told(approved.err) <= MOST, approved.calls
    again = it.gate()  # nothing to write, and one question more: who changed the comment last
    assert again.code == 0 and len(again.calls) <= MOST


def test_many_things_take_no_more(stage: Any) -> None:
    it = stage()
    it.plan = deleting(*(f"group{number}" for number in range(200)))
    assert len(it.gate().calls) <= MOST


def test_nothing_to_ask_about_takes_eight(stage: Any) -> None:
    ran = stage().gate(plan=plan())
    assert len(ran.calls) == told(ran.err) <= 8, ran.calls


def test_keeping_the_record_on_a_branch_takes_four_more(stage: Any) -> None:
    it = stage(config(evidence={"store": "branch"}))
    it.gate()
    it.agree("erin")
    ran = it.gate()
    assert ran.code == 0 and len(ran.calls) <= MOST + 4, ran.calls


def test_an_apply_takes_twelve_at_most(stage: Any) -> None:
    it = stage()
    it.approved()
    it.pr.merge(by="dana")
    ran = it.verify()
    assert ran.code == 0 and len(ran.calls) == told(ran.err) <= MOST, ran.calls
