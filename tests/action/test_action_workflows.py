"""The scripts in the workflows, each run for real with stand-ins for terraform, gh and planguard beside it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from action_expressions import condition, expanded
from action_runner import ROOT

REUSABLE, LISTENS = ROOT / ".github/workflows/planguard.yml", ROOT / ".github/workflows/planguard-listen.yml"
APPLY, LISTENER = ROOT / "examples/github/apply.yml", ROOT / "examples/github/planguard-listen.yml"
SHA = "0123456789abcdef0123456789abcdef01234567"


def step(file: Path, job: str, name: str) -> dict[str, Any]:
    steps = yaml.safe_load(file.read_text("utf-8"))["jobs"][job]["steps"]
    found: dict[str, Any] = next(each for each in steps if each.get("name") == name)
    return found


def run(
    given: Mapping[str, Any], contexts: Mapping[str, Any], where: Path, stubs: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A step as the runner starts it: bash -e, its own variables, in its directory."""
    programs = where / "stubs"
    programs.mkdir(exist_ok=True)
    for name, text in (stubs or {}).items():
        (programs / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (programs / name).chmod(0o755)
    functions = {"format": str.format}
    env = {name: expanded(str(text), contexts, functions) for name, text in given.get("env", {}).items()}
    temporary = where / "temp"
    temporary.mkdir(exist_ok=True)
    said = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(temporary)}
    said |= {"GITHUB_REPOSITORY": "acme/infra", "GITHUB_SHA": SHA}
    directory = where / expanded(given.get("working-directory", "."), contexts, functions)
    return subprocess.run(
        ["bash", "-e", "-c", given["run"]], cwd=directory, env=said | env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("file", [REUSABLE, LISTENS], ids=lambda file: file.name)
@pytest.mark.parametrize(
    ("repository", "commit", "passes"),
    [
        ("planguard/planguard", SHA, True),
        (None, None, False),
        ("planguard/planguard", "refs/heads/main", False),
        ("", SHA, False),
        ("planguard/planguard", SHA + "\n", False),
    ],
)
def test_it_stops_where_it_does_not_know_its_own_commit(
    file: Path, repository: str | None, commit: str | None, passes: bool, tmp_path: Path
) -> None:
    """Else the checkout behind it would take the pull request's tree for planguard."""
    job = "gate" if file == REUSABLE else "again"
    contexts = {"job": {"workflow_repository": repository, "workflow_sha": commit}}
    ran = run(step(file, job, "Which planguard is this?"), contexts, tmp_path)
    assert (ran.returncode == 0) is passes
    assert ("::error" in ran.stdout) is not passes


def test_without_a_plan_the_gate_fails(tmp_path: Path) -> None:
    given = step(REUSABLE, "gate", "Is there a plan?")
    for result, wanted in {"success": False, "failure": True, "cancelled": True, "skipped": True}.items():
        contexts = {"needs": {"plan": {"result": result}}}
        assert condition(given["if"], contexts, {"success": lambda: True}) is wanted
    assert run(given, {}, tmp_path).returncode == 1


@pytest.mark.parametrize(("way", "name"), [("plan", "plan.json"), ("report", "planguard.json")])
def test_only_the_one_file_is_taken_out_of_the_artifact(way: str, name: str, tmp_path: Path) -> None:
    held = tmp_path / "temp" / "planguard-plan"
    held.mkdir(parents=True)
    for other in ("plan.json", "planguard.json", "planguard.yml"):
        (held / other).write_text(other)
    contexts = {"inputs": {"directory": "live/with blank; touch owned", "hand-on": way}}
    assert run(step(REUSABLE, "gate", "Take the plan"), contexts, tmp_path).returncode == 0
    (taken,) = [path for path in (tmp_path / "live").rglob("*") if path.is_file()]
    assert (taken.name, taken.read_text()) == ("plan.json", name)


def test_the_plan_is_made_and_shown(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    contexts = {"inputs": {"directory": "live", "workspace": "blue"}}
    stub = 'echo "$PWD $TF_WORKSPACE $*" >>"$RUNNER_TEMP/calls"; [[ $1 != show ]] || echo "{}"'
    assert run(step(REUSABLE, "plan", "Plan"), contexts, tmp_path, {"terraform": stub}).returncode == 0
    assert (tmp_path / "live" / "plan.json").read_text() == "{}\n"
    calls = (tmp_path / "temp" / "calls").read_text().splitlines()
    assert [call.split()[2] for call in calls] == ["init", "plan", "show"]
    assert all(call.startswith(f"{tmp_path}/live blue ") for call in calls)
    failing = {"terraform": '[[ $1 != plan ]] || exit 1; echo "{}"'}
    assert run(step(REUSABLE, "plan", "Plan"), contexts, tmp_path, failing).returncode == 1


@pytest.mark.parametrize(
    ("pulls", "code", "called"),
    [
        ("42\n", 0, "verify tfplan --pr 42 --exec -- terraform apply -input=false tfplan"),
        ("7\n42\n", 0, "verify tfplan --pr 7 --pr 42 --exec -- terraform apply -input=false tfplan"),
        ("", 1, None),
    ],
)
def test_what_is_applied_was_agreed_to_in_its_pull_request(
    pulls: str, code: int, called: str | None, tmp_path: Path
) -> None:
    (tmp_path / "live").mkdir()
    stubs = {"gh": f"[[ $2 == repos/acme/infra/commits/{SHA}/pulls ]] && printf %s '{pulls}'"}
    stubs["planguard"] = 'echo "$*" >"$RUNNER_TEMP/called"'
    contexts = {"github": {"token": "t"}}
    ran = run(step(APPLY, "apply", "Apply what was agreed to"), contexts, tmp_path, stubs)
    assert ran.returncode == code, ran.stderr
    kept = tmp_path / "temp" / "called"
    assert (kept.read_text().strip() if kept.exists() else None) == called


def test_whose_word_the_listener_hears() -> None:
    given = yaml.safe_load(LISTENER.read_text("utf-8"))["jobs"]["listen"]["if"]

    def heard(**event: Any) -> bool:
        functions: dict[str, Any] = {
            "success": lambda: True,
            "startsWith": lambda text, start: str(text or "").lower().startswith(start.lower()),
            "contains": lambda many, one: one in many,
            "fromJSON": yaml.safe_load,
        }
        return condition(given, {"github": {"event": event}}, functions)

    comment = {"body": "/planguard approve K7Q2-9FXD destroy audit", "author_association": "MEMBER"}
    issue = {"number": 1, "pull_request": {"url": "x"}}
    assert heard(issue=issue, comment=comment)
    assert not heard(issue={"number": 1}, comment=comment)
    assert not heard(issue=issue, comment=comment | {"author_association": "NONE"})
    assert not heard(issue=issue, comment=comment | {"body": "I like /planguard"})
    assert heard(label={"name": "planguard:approved"}, pull_request={"number": 1})
    assert not heard(label={"name": "bug"}, pull_request={"number": 1})
