"""The evidence that the gate leaves behind: one line for each decision, chained, none lost, and remembered."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from command import Planguard
from gate_runs import LABEL, QUICK, Ran, Stage, config
from plan_documents import change, plan
from planguard.consent import ledger

BRANCH = {"store": "branch", "branch": "planguard-evidence", "path": "evidence.jsonl"}
FILE = {"store": "file"}
PATH = ".planguard/evidence.jsonl"


def kept(it: Stage, where: dict[str, str]) -> list[dict[str, Any]]:
    """The lines, after the chain was checked."""
    if where is FILE:
        data = (it.top / PATH).read_bytes()
    else:
        found = it.repo.file("planguard-evidence", "evidence.jsonl")
        data = found.encode() if isinstance(found, str) else (found or b"")
    assert ledger.verify(data) is None
    return [json.loads(line) for line in data.splitlines()]


@pytest.mark.parametrize("where", [FILE, BRANCH], ids=["file", "branch"])
def test_each_decision_leaves_a_line(stage: Any, where: dict[str, str]) -> None:
    it = stage(config(evidence=where))
    it.gate()
    it.agree("dana")
    it.gate()
    it.pr.unlabel(LABEL, by="dana")
    it.agree("erin")
    it.gate()
    it.pr.merge(by="erin")
    it.verify()
    lines = kept(it, where)
    assert [(line["state"], line.get("code", "")) for line in lines] == [
        ("awaiting", "PG20"),
        ("refused", "PG33"),
        ("approved", ""),
        ("approved", ""),
    ]
    last = lines[-1]
    assert last["pull"] == it.pr.number and last["repository"] == it.repo.name
    assert [person["login"] for person in last["approvals"]] == ["erin"]
    assert last["approvals"][0]["id"] == it.hub.user("erin").id
    assert [item["address"] for item in last["items"]] == ["aws_cloudwatch_log_group.audit"]


def test_nothing_to_agree_to_leaves_none(stage: Any) -> None:
    it = stage(config(evidence=FILE))
    assert it.gate(plan=plan()).state == "clean"
    assert not (it.top / PATH).exists()


def test_a_file_that_was_edited_is_told(stage: Any) -> None:
    it = stage(config(evidence=FILE))
    it.gate()
    it.agree("dana")
    it.gate()
    path = it.top / PATH
    path.write_text(path.read_text().replace("PG20", "PG70"))
    it.pr.unlabel(LABEL, by="dana")
    it.agree("erin")
    ran = it.gate()
    assert "record of earlier decisions is broken" in ran.err
    # Nobody can tell any more what went before, so one person is not enough.
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all


def test_a_file_that_cannot_be_written_does_not_pass(stage: Any) -> None:
    it = stage(config(evidence=FILE))
    it.gate()
    it.agree("erin")
    (it.top / PATH).unlink()
    (it.top / PATH).mkdir()
    ran = it.gate()
    assert ran.code == 3 and ran.state == "error", ran.all


# --- disarm now, delete later ----------------------------------------------------------------------------------------


BALANCER = {"id": "shop", "name": "shop", "tags": {"environment": "production"}}
REST = tuple(change(f"aws_sqs_queue.q{number}", ("no-op",)) for number in range(9))


def disarmed(stage: Any, where: dict[str, str]) -> Stage:
    """A pull request that takes away nothing but a protection, which by itself is let through; and its merge."""
    it: Stage = stage(config(evidence=where))
    before, after = BALANCER | {"enable_deletion_protection": True}, BALANCER | {"enable_deletion_protection": False}
    it.plan = plan(change("aws_lb.shop", ("update",), before=before, after=after, after_sensitive={}), *REST)
    assert it.gate().state == "clean"
    it.pr.merge(by="dana")
    return it


def deleted(it: Stage, days: float) -> Ran:
    """Another pull request, some days later, that deletes it; one person agrees."""
    it.hub.tick(days * 86400)
    it.pr = it.repo.pull("dana", {"gone.tf": "x"})
    it.plan = plan(change("aws_lb.shop", ("delete",), before=BALANCER), *REST)
    it.gate()
    it.agree("erin", "shop")
    return it.gate()


@pytest.mark.parametrize("where", [FILE, BRANCH], ids=["file", "branch"])
def test_what_was_disarmed_a_short_while_ago_takes_two(stage: Any, where: dict[str, str]) -> None:
    it = disarmed(stage, where)
    assert kept(it, where)[0]["removed"] == [{"address": "aws_lb.shop", "what": "enable_deletion_protection"}]
    ran = deleted(it, 20)
    assert (ran.code, ran.pg) == (10, "PG70"), ran.all
    assert "enable_deletion_protection of aws_lb.shop was switched off 20 days ago" in ran.err
    it.agree("frank", "shop", label=False)
    assert it.gate().state == "approved"
    it.pr.merge(by="dana")
    assert it.verify().state == "approved"


def test_what_was_disarmed_long_ago_is_forgotten(stage: Any) -> None:
    assert deleted(disarmed(stage, FILE), 40).state == "approved"


# --- at once ---------------------------------------------------------------------------------------------------------


def at_once(planguard: Planguard, stages: Sequence[Stage]) -> list[int]:
    """Gates of several processes at the same time."""
    codes: list[int] = []

    def one(it: Stage) -> None:
        event = it.top / f"event-{it.pr.number}.json"
        event.write_text(json.dumps(it.hub.payload(it.pr, "synchronize")))
        environment = {"PATH": "/usr/bin:/bin", **QUICK, **it.hub.env(it.repo)}
        environment |= {"GITHUB_EVENT_PATH": str(event), "PLANGUARD_HTTP_PATIENCE": "20", "PYTHONUTF8": "1"}
        done = planguard("gate", it.written(name=f"plan-{it.pr.number}.json"), cwd=it.top, environment=environment)
        codes.append(done.returncode if b"Traceback" not in done.stderr and b"bug" not in done.stderr else -1)

    threads = [threading.Thread(target=one, args=(it,)) for it in stages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.parametrize("where", [FILE, BRANCH], ids=["file", "branch"])
def test_gates_of_several_requests_at_once_lose_no_line(
    stage: Any, planguard: Planguard, where: dict[str, str]
) -> None:
    it = stage(config(evidence=where))
    others = []
    for number in range(3):
        other = object.__new__(Stage)
        other.__dict__.update(it.__dict__, pr=it.repo.pull("dana", {f"{number}.tf": "x"}))
        others.append(other)
    assert at_once(planguard, others) == [10, 10, 10]
    assert sorted(line["pull"] for line in kept(it, where)) == sorted(other.pr.number for other in others)


def test_two_gates_of_one_request_at_once(stage: Any, planguard: Planguard) -> None:
    """One question or two alike: neither passes falsely, and an answer to what is shown passes.

    The same decision, of the same second, is one line.
    """
    it = stage(config(evidence=BRANCH))
    assert at_once(planguard, [it, it]) == [10, 10]
    it.hub.tick(30)
    it.agree("erin")
    assert at_once(planguard, [it, it]) == [0, 0]
    assert {line["state"] for line in kept(it, BRANCH)} == {"awaiting", "approved"}
