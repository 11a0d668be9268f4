"""PG90: what a machine wants of production has to be tried out elsewhere first, where planguard.yml says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fakegithub import FakeGitHub
from planguard.cli.main import cli

PLAN = Path(__file__).parents[2] / "examples" / "kiro" / "plan.json"
CONFIG = "version: 1\nconsent:\n  rehearsal: {within: 14d}\n"


def gate(hub: Any, repo: Any, pull: Any) -> Any:
    arguments = ["gate", str(PLAN), "--pr", str(pull.number), "--commit", pull.head]
    return CliRunner(env=hub.env(repo)).invoke(cli, arguments, standalone_mode=False)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    with FakeGitHub.start() as found:
        yield found


def agreed(hub: Any, repo: Any, author: str) -> Any:
    """A pull request to which two people agreed."""
    for login in ("erin", "frank", "dana"):
        repo.role(login, "write")
    pull = repo.pull(author=author, files={"main.tf": "x"})
    assert gate(hub, repo, pull).return_value == 10
    code = re.search(r"^ +/planguard approve (\S+) destroy", pull.comments[0].body, re.MULTILINE)
    assert code is not None
    hub.tick(60)
    for login in ("erin", "frank"):
        pull.comment(f"/planguard approve {code[1]} destroy environment.usage 5", by=login)
    hub.tick(1)
    pull.label("planguard:approved", by="erin")
    return pull


def test_an_agents_change_without_a_receipt_is_refused(hub: Any) -> None:
    repo = hub.repo("acme/infra", files={"planguard.yml": CONFIG})
    done = gate(hub, repo, agreed(hub, repo, "claude[bot]"))
    assert (done.return_value, "PG90" in done.stderr) == (10, True), done.stderr


def test_a_persons_change_needs_none(hub: Any) -> None:
    repo = hub.repo("acme/infra", files={"planguard.yml": CONFIG})
    assert gate(hub, repo, agreed(hub, repo, "dana")).return_value == 0


def test_a_receipt_that_cannot_be_believed_fails_closed(hub: Any) -> None:
    files = {"planguard.yml": CONFIG, ".planguard/rehearsals.jsonl": '{"version": 1}\n'}
    repo = hub.repo("acme/infra", files=files)
    done = gate(hub, repo, agreed(hub, repo, "claude[bot]"))
    assert done.exception is not None and "PG10" in str(done.exception)
