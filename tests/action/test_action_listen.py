"""The listener: an answer makes the gate's job run again, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from action_runner import ROOT, Ended, Job
from action_stage import ActionStage, base_environment, module
from fakegithub import actions

Make = Callable[..., ActionStage]
LISTEN = ROOT / "ci" / "listen" / "action.yml"


def listen(it: ActionStage, event: Any, **inputs: str) -> Ended:
    it.jobs += 1
    job = Job(it.top / f"job {it.jobs}")
    path = job.temporary / "event.json"
    path.write_text(json.dumps(event))
    said = {**base_environment(), **it.hub.env(it.repo), "GITHUB_EVENT_PATH": str(path)}
    del said["GITHUB_TOKEN"]
    return job.use(LISTEN, inputs, said, github={"token": it.hub.token()})


def answer(it: ActionStage) -> Any:
    spoken = it.pr.comment("/planguard approve K7Q2-9FXD destroy audit", by="erin")
    return it.hub.payload(it.pr, "created", comment=str(spoken.id), by="erin")


def test_a_comment_runs_the_gate_again_and_leaves_the_plan(stage: Make) -> None:
    it = stage()
    run = actions.run(it.pr, "plan", "gate")
    ended = listen(it, answer(it))
    assert not ended.failed, ended.log
    assert [job.runs for job in run.jobs] == [1, 2]


def test_so_does_a_label_and_the_last_run_of_the_head_is_meant(stage: Make) -> None:
    it = stage()
    old = actions.run(it.pr, "planguard / gate")
    it.pr.push({"main.tf": "# again\n"}, by="dana")
    first = actions.run(it.pr, "planguard / gate")
    other = actions.run(it.pr, "planguard / gate", workflow="other.yml")
    last = actions.run(it.pr, "planguard / gate")
    it.pr.label("planguard:approved", by="erin")
    event = it.hub.payload(it.pr, "labeled", label="planguard:approved", by="erin")
    assert not listen(it, event, job="planguard / gate").failed
    assert [run.jobs[0].runs for run in (old, first, other, last)] == [1, 1, 1, 2]


def test_a_fork_of_which_github_names_no_pull_request(stage: Make) -> None:
    it = stage()
    it.pr = it.repo.pull("mallory", {"main.tf": "# less\n"}, fork=it.repo.fork("mallory"))
    run = actions.run(it.pr, "gate")
    assert not listen(it, answer(it)).failed
    assert run.jobs[0].runs == 2


def test_it_waits_for_a_run_that_may_have_read_too_early(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    it = stage()
    run = actions.run(it.pr, "gate", busy=3)
    listener = module(LISTEN.with_name("listen.py"))
    monkeypatch.setattr(listener, "PAUSE", 0)
    event = it.top / "event.json"
    event.write_text(json.dumps(answer(it)))
    said = {"IN_WORKFLOW": "planguard.yml", "IN_JOB": "gate", "GITHUB_EVENT_PATH": str(event)}
    env = {**it.hub.env(it.repo), **said, "IN_TOKEN": it.hub.token()}
    assert "looks again" in listener.again(env)
    assert (run.busy, run.jobs[0].runs) == (0, 2)
    run.busy = 10**6
    monkeypatch.setattr(listener, "PATIENCE", 0.05)
    with pytest.raises(listener.Stop, match="by hand"):
        listener.again(env)


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"workflow": "../x.yml?y="}, "name of a file"),
        ({"workflow": "gone.yml"}, "actions: write"),
        ({"job": "gate$(x)"}, "no jobs of the name"),
    ],
)
def test_what_is_not_found_is_said(stage: Make, inputs: dict[str, str], says: str) -> None:
    it = stage()
    run = actions.run(it.pr, "gate")
    ended = listen(it, answer(it), **inputs)
    assert ended.failed
    assert says in ended.log
    assert [command for command, _, _ in ended.commands] == ["error"]
    assert run.jobs[0].runs == 1


def test_a_pull_request_that_is_closed_is_left_alone(stage: Make) -> None:
    it = stage()
    run = actions.run(it.pr, "gate")
    event = answer(it)
    it.pr.close(by="dana")
    assert not listen(it, event).failed
    assert run.jobs[0].runs == 1


def test_a_head_without_a_run_is_said_and_read_later(stage: Make) -> None:
    it = stage()
    actions.run(it.pr, "gate")
    it.pr.push({"main.tf": "# again\n"}, by="dana")
    ended = listen(it, answer(it))
    assert not ended.failed and "has not run" in ended.log


def test_an_issue_is_no_pull_request(stage: Make) -> None:
    it = stage()
    event = answer(it)
    del event["issue"]["pull_request"]
    assert "not about a pull request" in listen(it, event).log
