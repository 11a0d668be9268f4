"""The Action on a pull request of the fake GitHub: a `Stage`, and jobs that use `action.yml` in it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from action_runner import ROOT, Ended, Job
from fakegithub import FakeGitHub
from gate_runs import QUICK, Stage

SHIM = f'#!/bin/sh\nexec "{sys.executable}" -I -m planguard "$@"\n'
"""Instead of an installed planguard: the one of these tests."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE")


def module(path: Path) -> ModuleType:
    """A script of the Action, for tests of its parts."""
    name = f"planguard_ci_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


def copied(directory: Path) -> Path:
    """A copy of what the Action is made of: its `action.yml`. Nobody edits it while a test runs."""
    kept = shutil.ignore_patterns("__pycache__", "_compiled", "_rules")
    for name in ("action.yml", "ci", "planguard", "rules", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, directory / name, ignore=kept)
        else:
            shutil.copy(ROOT / name, directory / name)
    return directory / "action.yml"


def installed(job: Job, action: Path) -> None:
    """Leave planguard where the Action would install it: these tests are about what comes afterwards."""
    where = place(job, action)
    where.environment.mkdir(parents=True)
    where.commands.mkdir(parents=True)
    where.planguard.write_text(SHIM)
    where.planguard.chmod(0o755)
    where.stamp.write_text(where.revision, "ascii")


def place(job: Job, action: Path) -> Any:
    """Where the Action installs planguard in this job."""
    with mock.patch.dict(os.environ, {"RUNNER_TEMP": str(job.temporary)}):
        return module(action.parent / "ci" / "action" / "install.py").place()


def base_environment() -> dict[str, str]:
    """Of a runner: nothing of the tests' own that could help."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # This Python first, and not a shim that looks for one: it takes longer than the steps.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, **QUICK, "CI": "true", "GITHUB_ACTIONS": "true", "PYTHONDONTWRITEBYTECODE": "1"}


class ActionStage(Stage):
    """A stage whose gate is the Action."""

    jobs = 0

    def __init__(self, action: Path, hub: FakeGitHub, directory: Path, settings: str | None = None, **more: Any):
        super().__init__(hub, directory, settings, **more)
        self.action = action

    def act(
        self,
        inputs: Mapping[str, str] | None = None,
        *,
        plans: Mapping[str, Any] | None = None,
        event: Any = None,
        event_name: str = "pull_request",
        token: str | None = None,
        **env: str,
    ) -> tuple[Ended, Job]:
        """One job that uses the Action on these plans; then half a minute goes by."""
        self.jobs += 1
        job = Job(self.top / f"job {self.jobs}")
        installed(job, self.action)
        for name, document in (plans or {"plan.json": self.plan}).items():
            path = job.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        payload = event if event is not None else self.hub.payload(self.pr, "synchronize")
        (job.temporary / "event.json").write_text(json.dumps(payload))
        said = {
            **base_environment(),
            **{name: text for name, text in self.hub.env(self.repo).items() if name != "GITHUB_TOKEN"},
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(job.temporary / "event.json"),
            **env,
        }
        github = {"token": token or self.hub.token(), "event_name": event_name}
        ended = job.use(self.action, {"plan": "plan.json", **(inputs or {})}, said, github=github)
        self.hub.tick(30)
        return ended, job
