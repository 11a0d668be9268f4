"""The fake GitHub on its own: another process, steered over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from fakegithub import FakeGitHub
from planguard.errors import HostError
from planguard.hosts.github import GitHub

TESTS = Path(__file__).parents[1]


def test_it_serves_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "fakegithub", "--repository", "acme/net", "--ghes"]
    with subprocess.Popen(command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        started = json.loads(process.stdout.readline())

        def call(what: str, *args: object, number: int | None = None, **kwargs: object) -> Any:
            root = started["url"].removesuffix("/api/v3")
            given = {"call": what, "repository": "acme/net", "number": number, "args": args, "kwargs": kwargs}
            asked = urllib.request.Request(f"{root}/_control", json.dumps(given).encode(), method="POST")
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return json.load(answer)["value"]

        pr = call("repo.pull", "dana", {"a.tf": "a"})
        call("pull.label", "planguard:approved", number=pr["number"], by="erin")
        github = GitHub("acme/net", started["token"], api=started["url"])
        assert github.pull(pr["number"]).head_sha == pr["head"]
        assert [event.label for event in github.events(pr["number"])] == ["planguard:approved"]
        assert call("hub.problems") == []
        process.stdin.close()
        assert process.wait(20) == 0


def test_it_stops_with_an_error_when_an_answer_was_not_as_described() -> None:
    hub = FakeGitHub.start()
    if hub.unchecked:
        hub.stop()
        pytest.skip(hub.unchecked)
    repo = hub.repo("acme/infra")
    pr = repo.pull("dana")
    pr.state = "ajar"
    with pytest.raises(HostError, match="something else than this pull request"):
        GitHub("acme/infra", hub.token(), api=hub.url).pull(pr.number)
    with pytest.raises(AssertionError, match="'ajar' is not one of"):
        hub.stop()


def test_something_can_happen_just_before_an_answer() -> None:
    with FakeGitHub.start(check=False) as hub:
        pr = hub.repo("acme/infra").pull("dana")
        hub.when("GET .*/comments", lambda: pr.comment("just now", by="erin"), at=2)
        github = GitHub("acme/infra", hub.token(), api=hub.url)
        assert [len(github.comments(pr.number)) for _ in range(3)] == [0, 1, 1]
        assert [(call.method, call.status, call.login) for call in hub.calls] == [
            ("GET", 200, "github-actions[bot]")
        ] * 3
