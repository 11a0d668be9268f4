"""Runs of `planguard gate` and `verify` against the fake GitHub: the real command, over real HTTP, in this process.

A `Stage` is a repository with people and a pull request; what planguard asks is read from its comment, as people do.
"""

from __future__ import annotations

import gc
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from fakegithub import FakeGitHub, Pull, Repo
from fakegithub.pulls import Comment
from plan_documents import change, plan
from planguard.cli import main

LABEL = "planguard:approved"
QUICK = {"PLANGUARD_HTTP_PATIENCE": "0", "PLANGUARD_HTTP_TIMEOUT": "10"}
CONSENT = {"evidence": {"store": "none"}}
_LINE = re.compile(r"^ *(/planguard approve \S+ (?:destroy|allow)) <name>( <how many>)?$", re.MULTILINE)


class Ran(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]
    calls: tuple[str, ...]
    """`METHOD /path` of every request."""

    @property
    def pg(self) -> str:
        """The code of the answer."""
        return self.outputs.get("code", "")

    @property
    def state(self) -> str:
        return self.outputs.get("state", "")

    @property
    def all(self) -> str:
        """Everything that it printed and handed on."""
        return "\n".join((self.out, self.err, json.dumps(self.outputs)))


def config(**consent: Any) -> str:
    """planguard.yml (JSON is YAML) with this `consent`; no evidence unless it is asked for."""
    return json.dumps({"version": 1, "consent": CONSENT | consent})


def log_group(name: str, **more: Any) -> dict[str, Any]:
    """Something that one person may agree to the end of."""
    before = {"id": name, "name": name, "tags": {"environment": "production"}}
    return change(f"aws_cloudwatch_log_group.{name}", ("delete",), before=before, **more)


def database(name: str, **more: Any) -> dict[str, Any]:
    """Something that takes two."""
    before = {"id": name, "identifier": name, "tags": {"environment": "production"}}
    return change(f"aws_db_instance.{name}", ("delete",), before=before, **more)


def deleting(*names: str) -> dict[str, Any]:
    """A plan that ends log groups."""
    return plan(*(log_group(name) for name in names))


class Stage:
    """A pull request of dana's; erin, frank and gina may write, tess may triage."""

    def __init__(
        self, hub: FakeGitHub, directory: Path, settings: str | None = None, *, name: str = "acme/infra", **pull: Any
    ) -> None:
        self.hub, self.top = hub, directory
        base = {"README.md": "hello\n", "main.tf": "# begin\n", "planguard.yml": settings or config()}
        base |= pull.pop("base_files", {})
        self.repo: Repo = hub.repo(name, files=base)
        for login, role in {**dict.fromkeys(("dana", "erin", "frank", "gina"), "write"), "tess": "triage"}.items():
            self.repo.role(login, role)
        self.pr: Pull = self.repo.pull(pull.pop("author", "dana"), pull.pop("files", {"main.tf": "# less\n"}), **pull)
        self.plan = deleting("audit")
        hub.tick(60)

    # --- planguard ---------------------------------------------------------------------------------------------------

    def gate(self, *arguments: str, plan: Any = None, event: Any = None, token: str | None = None, **env: str) -> Ran:
        """`planguard gate`, with an event as Actions shows it; then half a minute goes by."""
        payload = event if event is not None else self.hub.payload(self.pr, "synchronize")
        return self._run("gate", [self.written(plan), *arguments], payload, token, env)

    def verify(
        self, *arguments: str, plan: Any = None, pr: int | None = None, token: str | None = None, **env: str
    ) -> Ran:
        """`planguard verify`, as after a merge: no event tells the pull request."""
        number = pr or self.pr.number
        said = {"GITHUB_REF": f"refs/heads/{self.repo.default}", **env}
        return self._run("verify", [self.written(plan), "--pr", str(number), *arguments], None, token, said)

    def _run(
        self, command: str, arguments: Sequence[str], event: Any, token: str | None, env: Mapping[str, str]
    ) -> Ran:
        said = {**QUICK, **self.hub.env(self.repo, token)}
        if event is not None:
            said["GITHUB_EVENT_PATH"] = str(self.top / "event.json")
            (self.top / "event.json").write_text(json.dumps(event))
        before = len(self.hub.calls)
        code, out, err, outputs = run([command, *arguments], {**said, **env}, self.top)
        calls = tuple(f"{call.method} {call.path}" for call in self.hub.calls[before:])
        self.hub.tick(30)
        return Ran(code, out, err, outputs, calls)

    def written(self, document: Any = None, name: str = "plan.json") -> str:
        """A plan in a file; its name."""
        content = self.plan if document is None else document
        (self.top / name).write_text(json.dumps(content))
        return name

    # --- people ------------------------------------------------------------------------------------------------------

    @property
    def asked(self) -> str:
        """planguard's comment."""
        return next((one.body for one in self.pr.comments if "planguard:gate:v1" in one.body), "")

    def line(self, name: str = "audit", number: int | None = None) -> str:
        """What the comment asks people to post, as it stands in its block."""
        found = _LINE.search(self.asked)
        assert found, f"the comment asks for no line:\n{self.asked}"
        return f"{found[1]} {name}" + (f" {number}" if number else "")

    @property
    def code(self) -> str:
        """The code in it."""
        return self.line().split()[2]

    def agree(self, by: str, name: str = "audit", number: int | None = None, *, label: bool = True) -> None:
        """Post the line and set the label, as the comment asks."""
        self.pr.comment(self.line(name, number), by=by)
        self.hub.tick(2)
        if label and LABEL not in self.pr.labels:
            self.pr.label(LABEL, by=by)
        self.hub.tick(2)

    def approved(self) -> Ran:
        """The way it is meant: asked, answered, passed."""
        asked = self.gate()
        assert asked.code == 10, asked.all
        self.agree("erin")
        passed = self.gate()
        assert (passed.code, passed.state) == (0, "approved"), passed.all
        return passed


def asked(stage: Callable[..., Stage], *arguments: Any, **more: Any) -> Stage:
    """A pull request in which planguard has asked."""
    made = stage(*arguments, **more)
    assert made.gate().code == 10
    return made


def own(it: Stage) -> Comment:
    """planguard's comment, as a thing that can be edited."""
    return next(one for one in it.pr.comments if "planguard:gate" in one.body)


def refused(ran: Ran, code: str, *words: str) -> None:
    """It did not pass, and said so with this code and these words."""
    assert (ran.code, ran.pg) == (10, code), ran.all
    assert code in ran.err
    for word in words:
        assert word in ran.err, ran.err


def run(arguments: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str, str, dict[str, str]]:
    """The command in this process; code, both streams, and what it wrote for later steps."""
    outputs = directory / "outputs.txt"
    outputs.write_text("")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PLANGUARD_", "GH_"))}
    with (
        _streams() as (out, err),
        _in(directory),
        mock.patch.dict(os.environ, {**kept, **env, "GITHUB_OUTPUT": str(outputs)}, clear=True),
        mock.patch.object(sys, "argv", ["planguard", *arguments]),
        mock.patch.object(gc, "freeze"),
        pytest.raises(SystemExit) as ended,
    ):
        main.main()
    code = ended.value.code
    assert isinstance(code, int)
    said = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return code, _text(out), _text(err), said


@contextmanager
def _streams() -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with mock.patch.object(sys, "stdout", out), mock.patch.object(sys, "stderr", err):
        yield out, err


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@contextmanager
def _in(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
