"""Runs the gate's job of a pull request again, because somebody answered it.

Asks GitHub for the last run of the gate's workflow at the head of the pull request, waits for its end, and has the job
run once more. Decides nothing: the gate reads who said what anew. Python's own library only, and nothing of the pull
request is checked out.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

PATIENCE = 600
"""Seconds that a run may take to its end: what was just said may have come too late for it."""
PAUSE = 10
_WORKFLOW = re.compile(r"[\w.-]+\.ya?ml", re.ASCII)


class Stop(Exception):
    """One sentence: why nothing is run again."""


class Api:
    """The few calls, as this job's token."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._api = env["GITHUB_API_URL"].rstrip("/")
        self._repository = env["GITHUB_REPOSITORY"]
        self._token = env.get("IN_TOKEN", "")

    def get(self, path: str, **query: str) -> Any:
        """What is there."""
        return self._asked("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str) -> None:
        """Have something done."""
        self._asked("POST", path)

    def _asked(self, method: str, path: str) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        request = urllib.request.Request(f"{self._api}/repos/{self._repository}{path}", headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            hint = " The job needs `actions: write` and `pull-requests: read`." if error.code in (403, 404) else ""
            raise Stop(f"GitHub answered {error.code} to {method} {path.partition('?')[0]}.{hint}") from None
        except (OSError, ValueError) as error:
            raise Stop(f"GitHub did not answer ({type(error).__name__}).") from None
        return json.loads(body) if body.strip() else None


def number_in(event: Mapping[str, Any]) -> int:
    """Of the pull request that the event is about."""
    issue, pull = event.get("issue"), event.get("pull_request")
    found = pull if isinstance(pull, dict) else issue if isinstance(issue, dict) and "pull_request" in issue else {}
    number = found.get("number")
    if type(number) is not int:
        raise Stop("This event is not about a pull request.")
    return number


def last_run(api: Api, workflow: str, head: str, number: int) -> Mapping[str, Any] | None:
    """The gate's last run at this commit, for this pull request where GitHub says for which it was."""
    listed = api.get(f"/actions/workflows/{quote(workflow)}/runs", head_sha=head, event="pull_request", per_page="100")
    runs = [run for run in listed["workflow_runs"] if run["head_sha"] == head]
    named = [run for run in runs if number in [pull["number"] for pull in run.get("pull_requests") or ()]]
    # For forks GitHub names none.
    whole = named or [run for run in runs if not run.get("pull_requests")]
    return max(whole, key=lambda run: int(run["run_number"]), default=None)


def ended(api: Api, run: Mapping[str, Any]) -> None:
    """Wait for the end of a run: only then can a job of it run again."""
    until = time.monotonic() + PATIENCE
    while run["status"] != "completed":
        if time.monotonic() > until:
            raise Stop("The run with the gate does not come to its end. Run its gate again by hand.")
        time.sleep(PAUSE)
        run = api.get(f"/actions/runs/{run['id']}")


def again(env: Mapping[str, str]) -> str:
    """Have the gate run again; what was done. Raises Stop."""
    workflow, wanted = env.get("IN_WORKFLOW", ""), env.get("IN_JOB", "")
    if not _WORKFLOW.fullmatch(workflow):
        raise Stop("The input `workflow` is the name of a file, such as planguard.yml.")
    api = Api(env)
    number = number_in(json.loads(Path(env["GITHUB_EVENT_PATH"]).read_bytes()))
    pull = api.get(f"/pulls/{number}")
    if pull["state"] != "open":
        return f"#{number} is closed; there is nothing to run again."
    run = last_run(api, workflow, pull["head"]["sha"], number)
    if run is None:
        return f"{workflow} has not run for this head of #{number} yet; it reads the answer when it does."
    ended(api, run)
    jobs = api.get(f"/actions/runs/{run['id']}/jobs", filter="latest", per_page="100")["jobs"]
    found = [job for job in jobs if job["name"] == wanted]
    if len(found) != 1:
        raise Stop(f"That run has {len(found) or 'no'} jobs of the name that the input `job` gives.")
    api.post(f"/actions/jobs/{found[0]['id']}/rerun")
    return f"The gate of #{number} looks again."


def main() -> int:
    """Say what was done, or why nothing was."""
    try:
        print(again(os.environ))
    except Stop as stop:
        print(f"::error title=planguard::{stop}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
