"""Runs of workflows: as much of them as it takes to find a job and have it run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from fakegithub.pulls import Pull
from fakegithub.repos import Repo
from fakegithub.routing import Asked, Refusal, Reply, route
from fakegithub.state import stamp

_R = "/repos/{owner}/{repo}"


@dataclass
class Job:
    id: int
    name: str
    runs: int = 1


@dataclass
class Run:
    id: int
    number: int
    pull: Pull
    head: str
    workflow: str
    event: str
    jobs: list[Job]
    busy: int = 0
    """How many more times it is asked about before it has ended."""
    named: bool = True
    """Whether GitHub says for which pull request it was; of forks it does not."""


_RUNS: WeakKeyDictionary[Repo, list[Run]] = WeakKeyDictionary()


def run(pull: Pull, *jobs: str, workflow: str = "planguard.yml", event: str = "pull_request", busy: int = 0) -> Run:
    """A run of a workflow at the head of a pull request as it is now."""
    world, kept = pull.world, _RUNS.setdefault(pull.repo, [])
    with world.lock:
        made = [Job(world.next_id(), name) for name in jobs]
        kept.append(Run(world.next_id(), len(kept) + 1, pull, pull.head, workflow, event, made, busy))
        kept[-1].named = pull.source is pull.repo
        return kept[-1]


@route("GET", _R + "/actions/workflows/{workflow_id}/runs", "actions")
def runs(asked: Asked) -> Reply:
    found = [one for one in _RUNS.get(asked.repo, ()) if one.workflow == asked.names["workflow_id"]]
    if not found:
        raise Refusal(404, "Not Found")
    found = [one for one in found if one.head == asked.query["head_sha"] and one.event == asked.query["event"]]
    return Reply(200, {"total_count": len(found), "workflow_runs": [_run(asked, one) for one in reversed(found)]})


@route("GET", _R + "/actions/runs/{run_id}", "actions")
def one_run(asked: Asked) -> Reply:
    found = _found(asked)
    found.busy = max(0, found.busy - 1)
    return Reply(200, _run(asked, found))


@route("GET", _R + "/actions/runs/{run_id}/jobs", "actions")
def jobs(asked: Asked) -> Reply:
    found = _found(asked)
    return Reply(200, {"total_count": len(found.jobs), "jobs": [_job(asked, found, job) for job in found.jobs]})


@route("POST", _R + "/actions/jobs/{job_id}/rerun", "actions:write")
def rerun(asked: Asked) -> Reply:
    for each in _RUNS.get(asked.repo, ()):
        for job in each.jobs:
            if str(job.id) == asked.names["job_id"]:
                if each.busy:
                    raise Refusal(403, "This workflow run is already running")
                job.runs += 1
                return Reply(201, {})
    raise Refusal(404, "Not Found")


def _found(asked: Asked) -> Run:
    for each in _RUNS.get(asked.repo, ()):
        if str(each.id) == asked.names["run_id"]:
            return each
    raise Refusal(404, "Not Found")


def _run(asked: Asked, made: Run) -> dict[str, Any]:
    at, now = f"{asked.answers.api}/repos/{asked.repo.name}", stamp(asked.repo.world.now)
    here = f"{at}/actions/runs/{made.id}"
    pull, repo = made.pull, asked.answers.repo(asked.repo)
    side = {"sha": made.head, "repo": {"id": asked.repo.id, "url": at, "name": asked.repo.name.split("/")[1]}}
    named = {"id": 1, "number": pull.number, "url": f"{at}/pulls/{pull.number}"}
    person = {"name": "x", "email": "x@example.com"}
    return {
        "id": made.id,
        "node_id": f"WFR_{made.id}",
        "head_branch": pull.branch,
        "run_number": made.number,
        "display_title": pull.title,
        "event": made.event,
        "status": "in_progress" if made.busy else "completed",
        "conclusion": None if made.busy else "failure",
        "head_sha": made.head,
        "path": f".github/workflows/{made.workflow}",
        "workflow_id": 1,
        "url": here,
        "html_url": f"{asked.answers.web}/{asked.repo.name}/actions/runs/{made.id}",
        "created_at": now,
        "updated_at": now,
        "head_commit": {
            "id": made.head,
            "tree_id": made.head,
            "message": "x",
            "timestamp": now,
            "author": person,
            "committer": person,
        },
        "head_repository": repo,
        "repository": repo,
        **{f"{what}_url": f"{here}/{what}" for what in ("jobs", "logs", "cancel", "rerun", "artifacts")},
        "check_suite_url": f"{at}/check-suites/1",
        "workflow_url": f"{at}/actions/workflows/1",
        "pull_requests": [{**named, "head": {"ref": pull.branch, **side}, "base": {"ref": pull.base, **side}}]
        if made.named
        else [],
    }


def _job(asked: Asked, made: Run, job: Job) -> dict[str, Any]:
    at, now = f"{asked.answers.api}/repos/{asked.repo.name}", stamp(asked.repo.world.now)
    return {
        "id": job.id,
        "node_id": f"CR_{job.id}",
        "run_id": made.id,
        "run_url": f"{at}/actions/runs/{made.id}",
        "head_sha": made.head,
        "workflow_name": "planguard",
        "head_branch": made.pull.branch,
        "name": job.name,
        "url": f"{at}/actions/jobs/{job.id}",
        "html_url": f"{asked.answers.web}/{asked.repo.name}/actions/runs/{made.id}/job/{job.id}",
        "status": "completed",
        "conclusion": "failure",
        "created_at": now,
        "started_at": now,
        "completed_at": now,
        "check_run_url": f"{at}/check-runs/{job.id}",
        "labels": ["ubuntu-24.04"],
        "runner_id": 1,
        "runner_name": "x",
        "runner_group_id": 1,
        "runner_group_name": "x",
    }
