"""Runs a composite action as GitHub's runner documents it, step by step, with real shells.

Files for outputs, environment, PATH and summary; `if:`, `env:` and expressions; `::stop-commands::` in the log. Other
actions (`uses:`) are stand-ins that do what theirs documents, and that keep what they were given.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from action_expressions import condition, expanded

ROOT = Path(__file__).parents[1]
StandIn = Callable[[Mapping[str, str], "Job"], Mapping[str, str]]
_COMMAND = re.compile(r"\s*::([\w-]+)(?: (.*?))?::(.*)")
_WORDS = re.compile(r"[\w-]+")


class Step(NamedTuple):
    """A step that ran, or did not."""

    name: str
    ran: bool
    code: int
    log: str
    outputs: Mapping[str, str]
    seconds: float = 0.0


class Ended(NamedTuple):
    """What one use of the action left behind."""

    steps: tuple[Step, ...]
    outputs: Mapping[str, str]
    summary: str

    @property
    def failed(self) -> bool:
        return any(step.code for step in self.steps)

    @property
    def log(self) -> str:
        return "".join(step.log for step in self.steps)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def commands(self) -> list[tuple[str, str, str]]:
        """What the runner would obey: command, properties, message."""
        return commands(self.log)


def commands(log: str) -> list[tuple[str, str, str]]:
    """Workflow commands of a log, as the runner finds them: not between `stop-commands` and its word."""
    found, fence = [], ""
    for line in log.split("\n"):
        taken = _COMMAND.fullmatch(line.rstrip("\r"))
        if taken is None:
            continue
        if fence:
            fence = "" if taken[1] == fence else fence
        elif taken[1] == "stop-commands":
            fence = taken[3]
        else:
            found.append((taken[1], taken[2] or "", taken[3]))
    assert not fence, "the log ends while commands are stopped"
    return found


class Job:
    """One job: a workspace, a directory for its time, and what the stand-ins keep."""

    def __init__(self, directory: Path, *, cache: Path | None = None) -> None:
        self.workspace, self.temporary = directory / "workspace", directory / "temp"
        self.cache = cache or directory / "cache"
        for made in (self.workspace, self.temporary, self.cache):
            made.mkdir(parents=True, exist_ok=True)
        self.artifacts: dict[str, dict[str, bytes]] = {}
        self.used: list[tuple[str, Mapping[str, str]]] = []
        self._after: list[Callable[[], object]] = []
        self.stand_ins: dict[str, StandIn] = {
            "actions/setup-python": _setup_python,
            "actions/cache": _cache,
            "actions/upload-artifact": _upload,
        }

    def use(
        self, action: Path, inputs: Mapping[str, str], env: Mapping[str, str], *, github: Mapping[str, Any]
    ) -> Ended:
        """One `uses:` of a composite action."""
        document = yaml.safe_load(action.read_text("utf-8"))
        assert document["runs"]["using"] == "composite"
        unknown = set(inputs) - set(document.get("inputs", {}))
        assert not unknown, f"no such inputs: {unknown}"
        runner = {"os": {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, "Linux"), "temp": str(self.temporary)}
        contexts: dict[str, Any] = {"github": github, "runner": runner, "steps": {}, "inputs": {}}
        for name, said in document.get("inputs", {}).items():
            contexts["inputs"][name] = inputs.get(name, expanded(str(said.get("default", "")), contexts, {}))
        run = _Run(self, action.parent, contexts, dict(env))
        steps = tuple(run.step(step) for step in document["runs"]["steps"])
        for late in self._after:
            late()
        self._after.clear()
        outputs = {
            name: expanded(said["value"], contexts, run.functions) for name, said in document.get("outputs", {}).items()
        }
        return Ended(steps, outputs, run.summary)

    def later(self, action: Callable[[], object]) -> None:
        """At the end of the job, as actions with a `post` part do it."""
        self._after.append(action)


class _Run:
    def __init__(self, job: Job, home: Path, contexts: dict[str, Any], env: dict[str, str]) -> None:
        self.job, self.home, self.contexts, self.env = job, home, contexts, env
        self.failing, self.summary, self.count, self.path = False, "", 0, list[str]()
        self.functions: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "success": lambda: not self.failing,
            "failure": lambda: self.failing,
        }

    def step(self, step: Mapping[str, Any]) -> Step:
        known = {"name", "id", "if", "uses", "with", "run", "shell", "env", "working-directory"}
        assert set(step) <= known, f"the runner of these tests knows no {set(step) - known}"
        name = str(step.get("name", ""))
        if not condition(str(step.get("if", "success()")), self.contexts, self.functions):
            self._keep(step, {}, "skipped")
            return Step(name, ran=False, code=0, log="", outputs={})
        began = time.perf_counter()
        code, log, outputs = self._used(step) if "uses" in step else self._shell(step)
        seconds = time.perf_counter() - began
        self.failing = self.failing or code != 0
        self._keep(step, outputs, "failure" if code else "success")
        return Step(name, ran=True, code=code, log=log, outputs=outputs, seconds=seconds)

    def _keep(self, step: Mapping[str, Any], outputs: Mapping[str, str], outcome: str) -> None:
        if "id" in step:
            self.contexts["steps"][step["id"]] = {"outputs": dict(outputs), "outcome": outcome}

    def _text(self, text: Any) -> str:
        whole = ("true" if text else "false") if isinstance(text, bool) else str(text)
        return expanded(whole, self.contexts, self.functions)

    def _used(self, step: Mapping[str, Any]) -> tuple[int, str, Mapping[str, str]]:
        action, _, commit = step["uses"].partition("@")
        assert re.fullmatch("[0-9a-f]{40}", commit), f"not pinned: {step['uses']}"
        given = {name: self._text(text) for name, text in step.get("with", {}).items()}
        self.job.used.append((action, given))
        return 0, "", self.job.stand_ins[action](given, self.job)

    def _shell(self, step: Mapping[str, Any]) -> tuple[int, str, Mapping[str, str]]:
        assert step["shell"] == "bash", "a composite step names its shell"
        self.count += 1
        files = {what: self.job.temporary / f"_{what}_{self.count}" for what in ("OUTPUT", "ENV", "PATH", "SUMMARY")}
        for file in files.values():
            file.write_text("")
        script = self.job.temporary / f"_script_{self.count}.sh"
        script.write_text(self._text(step["run"]))
        env = {
            **self.env,
            **{name: self._text(text) for name, text in step.get("env", {}).items()},
            "RUNNER_TEMP": str(self.job.temporary),
            "GITHUB_WORKSPACE": str(self.job.workspace),
            "GITHUB_ACTION_PATH": str(self.home),
            "GITHUB_OUTPUT": str(files["OUTPUT"]),
            "GITHUB_ENV": str(files["ENV"]),
            "GITHUB_PATH": str(files["PATH"]),
            "GITHUB_STEP_SUMMARY": str(files["SUMMARY"]),
        }
        env["PATH"] = os.pathsep.join([*reversed(self.path), env["PATH"]])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.job.workspace / self._text(step.get("working-directory", "")),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        self.path += files["PATH"].read_text().splitlines()
        self.env |= pairs(files["ENV"].read_text())
        self.summary += files["SUMMARY"].read_text("utf-8")
        return done.returncode, done.stdout.decode("utf-8"), pairs(files["OUTPUT"].read_text("utf-8"))


def pairs(text: str) -> dict[str, str]:
    """A file of `name=value` lines, or `name<<WORD` … `WORD`; anything else fails the step, as on GitHub."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n") if text else ())
    for line in lines:
        if not line:
            continue
        many = re.fullmatch(r"([^=<]+)<<(.+)", line)
        if many:
            held = []
            for inner in lines:
                if inner == many[2]:
                    break
                held.append(inner)
            else:
                raise AssertionError(f"{many[1]}: no end")
            found[many[1]] = "\n".join(held)
            continue
        name, equals, value = line.partition("=")
        assert equals and _WORDS.fullmatch(name), f"not a pair: {line!r}"
        found[name] = value
    return found


# --- stand-ins -------------------------------------------------------------------------------------------------------


def _setup_python(given: Mapping[str, str], job: Job) -> Mapping[str, str]:
    assert given["update-environment"] == "false"
    return {"python-version": "3.11.7", "python-path": sys.executable}


def _cache(given: Mapping[str, str], job: Job) -> Mapping[str, str]:
    path, kept = Path(given["path"]), job.cache / given["key"]
    hit = kept.is_dir()
    if hit:
        shutil.copytree(kept, path, dirs_exist_ok=True)
    elif given["key"]:
        job.later(lambda: path.is_dir() and shutil.copytree(path, kept))
    return {"cache-hit": "true" if hit else ""}


def _upload(given: Mapping[str, str], job: Job) -> Mapping[str, str]:
    path = Path(given["path"])
    assert given["overwrite"] == "true" or given["name"] not in job.artifacts, "the name is taken"
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    shown = [file for file in files if not file.name.startswith(".")]  # hidden files stay out unless asked for
    assert shown or given["if-no-files-found"] != "error"
    job.artifacts[given["name"]] = {file.name: file.read_bytes() for file in shown}
    return {"artifact-id": "1"}
