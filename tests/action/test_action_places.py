"""planguard in other places: GitLab's template, the image, pre-commit, and what the Action installs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from action_runner import ROOT, Job
from action_stage import base_environment, place
from action_tools import clean, tool

GITLAB = ROOT / "ci" / "gitlab" / "planguard.gitlab-ci.yml"
EXAMPLE = ROOT / "examples" / "kiro" / "plan.json"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


# --- GitLab ----------------------------------------------------------------------------------------------------------


def template(**inputs: str) -> dict[str, Any]:
    """The jobs, with the inputs put in as GitLab does it."""
    head, text = GITLAB.read_text("utf-8").split("\n---\n")
    spec = yaml.safe_load(head)["spec"]["inputs"]
    assert set(inputs) <= set(spec)
    for name, said in spec.items():
        text = text.replace(f"$[[ inputs.{name} ]]", inputs.get(name, said["default"]))
    assert "$[[" not in text, "an input that the template does not have"
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_the_schema_of_gitlab(tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(yaml.safe_dump(template()))
    clean(tool("check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", file)


def script(job: str, where: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script of a job, as GitLab's runner gives it to a shell."""
    jobs = template(**inputs)
    variables = {name: str(value) for name, value in jobs[".planguard"]["variables"].items()}
    env = {name: text for name, text in base_environment().items() if not name.startswith("GITHUB")}
    lines = "\n".join(jobs[job]["script"])
    return subprocess.run(
        ["sh", "-ec", lines], cwd=where, env=env | variables, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_check_judges_and_leaves_gitlabs_reports(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "live" / "plan.json")
    ran = script("planguard check", tmp_path, plan="live/*.json")
    assert ran.returncode == 10, ran.stderr
    kept = template()[".planguard"]["artifacts"]
    assert json.loads((tmp_path / kept["reports"]["codequality"]).read_text())
    assert (tmp_path / kept["reports"]["junit"]).read_text().startswith("<?xml")
    assert all((tmp_path / path).exists() for path in kept["paths"])
    assert script("planguard check", tmp_path, plan="gone/*.json").returncode == 3


def test_the_gate_fails_where_there_is_no_merge_request(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "plan.json")
    ran = script("planguard gate", tmp_path)
    assert ran.returncode == 2
    assert "neither GitHub Actions nor GitLab CI" in ran.stderr


# --- the image -------------------------------------------------------------------------------------------------------


def test_the_image_is_linted() -> None:
    clean(tool("hadolint"), ROOT / "Dockerfile")


def test_the_image_runs_as_nobody_and_builds_on_one_digest() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) == 2 and len(set(bases)) == 1
    assert re.fullmatch(r"python:[\d.]+-slim@sha256:[0-9a-f]{64}", bases[0])
    assert bases[0] in GITLAB.read_text("utf-8")
    user = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    assert user and not user[-1].startswith(("0", "root"))
    assert "--require-hashes" in text


def test_what_the_image_is_built_from_suffices(tmp_path: Path) -> None:
    """The files that .dockerignore lets through make the same wheel."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    for line in lines[1:]:
        if not line.startswith("!"):
            continue
        source, target = ROOT / line[1:], tmp_path / "tree" / line[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "_compiled", "_rules"))
        else:
            shutil.copy(source, target)
    clean(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, tmp_path / "tree")
    assert list(tmp_path.glob("planguard_iac-*.whl"))
    # Every COPY of the build stage is there.
    for copied in re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        assert (tmp_path / "tree" / copied).exists()


# --- pre-commit ------------------------------------------------------------------------------------------------------


def test_the_hook_judges_an_edit(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["pass_filenames"] is False

    def git(*words: str) -> None:
        person = ["-c", "user.name=dana", "-c", "user.email=dana@example.com"]
        subprocess.run(["git", *person, *words], cwd=tmp_path, check=True, capture_output=True)

    source = 'resource "aws_db_instance" "orders" {\n  identifier = "orders-production"\n%s}\n'
    (tmp_path / "main.tf").write_text(source % "  lifecycle {\n    prevent_destroy = true\n  }\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "Begin")

    def hooked(edit: str, *arguments: str) -> int:
        (tmp_path / "main.tf").write_text(source % edit)
        git("add", ".")
        command = [*hook["entry"].split(), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=base_environment(), capture_output=True, check=False
        ).returncode

    assert hooked("  lifecycle {\n    prevent_destroy = true\n  }\n  # and a word\n", "--fail-on=medium") == 0
    assert hooked("", "--fail-on=medium") == 10
    assert re.search(hook["files"], "live/main.tf") and not re.search(hook["files"], "README.md")


# --- the lock --------------------------------------------------------------------------------------------------------


def locked() -> list[tuple[str, Version, Marker | None, set[str]]]:
    """Name, version, marker and hashes of everything in the lock."""
    text = (ROOT / "ci/action/requirements.lock").read_text("utf-8").replace("\\\n", " ")
    found: list[tuple[str, Version, Marker | None, set[str]]] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        parsed = Requirement(requirement)
        (pin,) = parsed.specifier
        assert pin.operator == "=="
        found.append((canonicalize_name(parsed.name), Version(pin.version), parsed.marker, set(hashes)))
    return found


PYTHONS = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0", "sys_platform": system, "os_name": name}
    for minor in (11, 12, 13, 14)
    for system, name in (("linux", "posix"), ("darwin", "posix"), ("win32", "nt"))
]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda one: f"{one['python_version']}-{one['sys_platform']}")
def test_the_lock_has_everything_once_for_every_python(python: dict[str, str]) -> None:
    pins = [(name, version) for name, version, marker, _ in locked() if marker is None or marker.evaluate(python)]
    assert len({name for name, _ in pins}) == len(pins)
    versions = dict(pins)
    wanted = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate(python):
            version = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement}: run ci/action/lock.sh"


def test_every_wheel_of_the_lock_is_known_by_its_hash() -> None:
    for name, _, _, hashes in locked():
        assert hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), name


@pytest.mark.skipif(os.environ.get("PLANGUARD_OFFLINE") == "1", reason="PLANGUARD_OFFLINE=1: nothing is fetched")
def test_the_action_installs_itself_and_refuses_a_wheel_that_was_swapped(action: Path, tmp_path: Path) -> None:
    job = Job(tmp_path / "one")
    shutil.copy(ROOT / "examples" / "harmless" / "plan.json", job.workspace / "plan.json")
    env = {**base_environment(), "GITHUB_EVENT_NAME": "push", "GITHUB_REPOSITORY": "acme/infra"}
    github = {"token": "none"}
    first = job.use(action, {"plan": "plan.json"}, env, github=github)
    if first.failed and "could not be installed" in first.log and not list(job.temporary.glob("planguard-wheels/*")):
        pytest.skip("no package index can be reached: " + first.log.strip().splitlines()[0][:200])
    assert not first.failed, first.log
    assert first.outputs["verdict"] == "pass"
    (kept,) = job.cache.iterdir()
    assert {path.suffix for path in kept.iterdir()} == {".whl"}

    # The next job finds the wheels. One of them is not what it was.
    (victim,) = kept.glob("click-*.whl")
    good = victim.read_bytes()
    victim.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    second = Job(tmp_path / "two", cache=job.cache)
    ended = second.use(action, {"command": "install"}, env, github=github)
    assert not ended.failed, ended.log
    (fresh,) = second.temporary.glob("planguard-wheels/click-*.whl")
    assert fresh.read_bytes() == good, "the swapped wheel was fetched again"
    assert [path.name for path in place(second, action).commands.iterdir()] == ["planguard"]
    assert not ended.step("Judge").ran
