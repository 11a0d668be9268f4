"""`planguard approve` at a real terminal, against the fake GitHub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fakegithub import FakeGitHub

pexpect: Any = pytest.importorskip("pexpect", reason="there are no pseudo-terminals here")

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "examples" / "kiro" / "plan.json"
NAME, HOW_MANY = "environment.usage", "5"


class World(NamedTuple):
    """A pull request that planguard has asked about, and Erin's terminal."""

    hub: Any
    repo: Any
    pull: Any
    folder: Path

    def environment(self, login: str = "erin", **more: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        return {
            **kept,
            **self.hub.env(self.repo, self.hub.token(login)),
            "TERM": "xterm",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            **more,
        }

    def gate(self) -> int:
        command = [sys.executable, "-m", "planguard", "gate", str(PLAN), "--pr", str(self.pull.number)]
        env = {**self.environment(), **self.hub.env(self.repo)}
        done = subprocess.run([*command, "--commit", self.pull.head], env=env, cwd=self.folder, capture_output=True)
        return done.returncode

    def approve(self, *options: str, login: str = "erin", **more: str) -> Any:
        arguments = ["-m", "planguard", "approve", "--pr", str(self.pull.number), *options]
        return pexpect.spawn(
            sys.executable,
            arguments,
            env=self.environment(login, **more),
            cwd=str(self.folder),
            encoding="utf-8",
            timeout=30,
            dimensions=(200, 100),
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FakeGitHub.start() as hub:
        repo = hub.repo("acme/infra", files={"planguard.yml": "version: 1\n"})
        for login in ("erin", "frank", "dana"):
            repo.role(login, "write")
        pull = repo.pull(author="dana", files={"main.tf": "x"})
        found = World(hub, repo, pull, tmp_path)
        assert found.gate() == 10
        hub.tick(60)
        yield found


def test_two_people_at_their_terminals_open_the_gate(world: World) -> None:
    for login in ("erin", "frank"):
        shell = world.approve("--post", login=login)
        shell.expect("aws_db_instance.usage")
        shell.expect("Name .")
        shell.sendline(NAME)
        shell.expect("How many end")
        shell.sendline(HOW_MANY)
        shell.expect("Posted")
        shell.expect(pexpect.EOF)
        assert shell.wait() == 0
        world.hub.tick(5)
    assert world.pull.labels == ["planguard:approved"]
    assert world.gate() == 0


def test_the_line_is_printed_for_those_who_post_it_themselves(world: World) -> None:
    shell = world.approve()
    shell.expect("Name .")
    shell.sendline(NAME)
    shell.expect("How many end")
    shell.sendline(HOW_MANY)
    shell.expect("/planguard approve ([0-9A-Z-]+) destroy environment.usage 5")
    shell.expect(pexpect.EOF)
    assert (shell.wait(), len(world.pull.comments)) == (0, 1)


def test_a_wrong_name_posts_nothing(world: World) -> None:
    shell = world.approve("--post")
    for _ in range(3):
        shell.expect("Name .")
        shell.sendline("database")
    shell.expect("not approved")
    shell.expect(pexpect.EOF)
    assert (shell.wait(), len(world.pull.comments), world.pull.labels) == (10, 1, [])


def test_the_name_is_for_the_human_to_type(world: World) -> None:
    """It stands in the table, and not in the question."""
    shell = world.approve()
    shell.expect("To agree, type")
    shell.expect("Name .")
    assert NAME not in shell.before
    shell.sendintr()
    shell.expect(pexpect.EOF)
    assert shell.wait() == 130


@pytest.mark.parametrize(("variable", "word"), [("CLAUDECODE", "Claude"), ("CI", "build")])
def test_an_agent_and_a_build_are_turned_away(world: World, variable: str, word: str) -> None:
    shell = world.approve("--post", **{variable: "1"})
    shell.expect(word)
    shell.expect(pexpect.EOF)
    assert (shell.wait(), len(world.pull.comments)) == (10, 1)


def test_a_pipe_is_turned_away(world: World) -> None:
    command = [sys.executable, "-m", "planguard", "approve", "--pr", str(world.pull.number), "--post"]
    done = subprocess.run(
        command, input=b"environment.usage\n5\n", env=world.environment(), cwd=world.folder, capture_output=True
    )
    assert (done.returncode, b"terminal" in done.stderr, len(world.pull.comments)) == (10, True, 1)


def test_nothing_to_agree_to(world: World) -> None:
    world.pull.push({"main.tf": "y"})
    shell = world.approve()
    shell.expect("asks nothing about the newest commit")
    shell.expect(pexpect.EOF)
    assert shell.wait() == 3
