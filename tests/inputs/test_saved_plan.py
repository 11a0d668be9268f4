"""Saved plans: the tool that made them shows them, and its failures are passed on in words that help."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from plan_documents import change, only, plan
from planguard.errors import ExternalError
from planguard.external import terraform
from planguard.inputs import load

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for terraform are shell scripts")

SHOWN = json.dumps(plan(change("t.a")))


@pytest.fixture
def saved(tmp_path) -> Path:
    return archive(tmp_path / "work" / "tfplan")


def archive(path: Path, lock: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("tfplan", "protobuf")
        if lock:
            made.writestr(".terraform.lock.hcl", lock)
    return path


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts shell scripts under these names on PATH, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "shown.json").write_text(SHOWN, encoding="utf-8")
    monkeypatch.setenv("PATH", str(folder))

    def make(script: str, name: str = "terraform", directory: Path = folder) -> Path:
        path = directory / name
        path.write_text(f"#!/bin/sh\n{script.replace('SHOWN', str(tmp_path / 'shown.json'))}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


SHOW = "/bin/cat SHOWN"


def failed(saved, **more):
    with pytest.raises(ExternalError) as caught:
        load(str(saved), **more)
    assert caught.value.exit_code == 3
    assert caught.value.hint
    return caught.value


def test_the_tool_shows_the_plan_in_the_plans_directory(saved, stand_in, tmp_path):
    stand_in(f'echo "$PWD $@" > {tmp_path}/called; {SHOW}')
    (found,) = load(str(saved))
    assert only(found).resource.address == "t.a"
    assert (found.source, found.format) == (str(saved), "terraform-plan")
    assert (tmp_path / "called").read_text() == f"{saved.parent} show -json -no-color {saved}\n"


def test_a_relative_path_works_from_elsewhere(saved, stand_in, tmp_path, monkeypatch):
    stand_in(f'test -f "$4" && {SHOW}')
    monkeypatch.chdir(tmp_path)
    (found,) = load("work/tfplan")
    assert found.source == "work/tfplan"


def test_the_digest_is_that_of_what_will_be_applied(saved, stand_in):
    from hashlib import sha256

    stand_in(SHOW)
    (found,) = load(str(saved))
    assert found.digest == sha256(saved.read_bytes()).hexdigest()


def test_from_standard_input_it_is_shown_too(saved, stand_in, tmp_path, monkeypatch):
    stand_in(f'/bin/cat "$4" > {tmp_path}/given; {SHOW}')
    monkeypatch.chdir(saved.parent)
    (found,) = load("-", stdin=io.BytesIO(saved.read_bytes()))
    assert found.source == "<stdin>"
    assert (tmp_path / "given").read_bytes() == saved.read_bytes()


def test_the_bookmark_of_hcp_terraform_is_shown_too(tmp_path, stand_in):
    stand_in(SHOW)
    path = tmp_path / "tfplan"
    path.write_text('{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}', encoding="utf-8")
    assert only(load(str(path))[0]).resource.address == "t.a"


def test_the_program_may_be_named(saved, stand_in, tmp_path):
    stand_in("exit 1")
    other = stand_in(SHOW, "mine", tmp_path)
    assert load(str(saved), terraform_bin=str(other))
    stand_in(SHOW, "terraform-1.5")
    assert load(str(saved), terraform_bin="terraform-1.5")


def test_opentofu_is_taken_for_its_own_plans_and_where_there_is_nothing_else(stand_in, tmp_path):
    stand_in("exit 1")
    stand_in(SHOW, "tofu")
    lock = 'provider "registry.opentofu.org/hashicorp/aws" {}'
    assert load(str(archive(tmp_path / "tofu-plan", lock)))
    failed(archive(tmp_path / "plan"))
    (tmp_path / "bin" / "terraform").unlink()
    assert load(str(archive(tmp_path / "plan")))


def test_no_program_at_all(saved, stand_in):
    error = failed(saved)
    assert "terraform or tofu" in error.message
    assert "--terraform-bin" in str(error.hint)


@pytest.mark.parametrize("name", ["/absent/terraform", "absent-terraform"])
def test_a_program_that_is_not_there(saved, stand_in, name):
    assert name in failed(saved, terraform_bin=name).message


def test_a_program_that_cannot_run(saved, stand_in, tmp_path):
    path = tmp_path / "text"
    path.write_text("no program", encoding="utf-8")
    assert "not a program" in failed(saved, terraform_bin=str(path)).message
    path.chmod(0o755)
    path.write_bytes(b"\x7fELF nonsense")
    assert "cannot be started" in failed(saved, terraform_bin=str(path)).message


def test_a_program_in_the_directory_under_review_is_not_run(saved, stand_in, monkeypatch):
    stand_in(f"touch {saved.parent}/hacked; {SHOW}", "terraform", saved.parent)
    monkeypatch.chdir(saved.parent)
    monkeypatch.setenv("PATH", f".{os.pathsep}")
    failed(saved)
    assert not (saved.parent / "hacked").exists()


def test_the_environment_is_small(saved, stand_in, tmp_path, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "TF_CLI_ARGS", "TF_CLI_ARGS_show", "TF_LOG", "TF_VAR_password", "LD_PRELOAD"):
        monkeypatch.setenv(name, "do-not-pass")
    for name in (
        "TF_CLI_CONFIG_FILE",
        "TF_DATA_DIR",
        "TF_REATTACH_PROVIDERS",
        "TF_TOKEN_app_terraform_io",
        "https_proxy",
    ):
        monkeypatch.setenv(name, "do-pass")
    stand_in(f"/usr/bin/env > {tmp_path}/env; {SHOW}")
    load(str(saved))
    seen = (tmp_path / "env").read_text()
    assert "do-not-pass" not in seen
    assert seen.count("do-pass") == 5
    assert "TF_IN_AUTOMATION=1" in seen


VERSION = """
╷
│ Error: Failed to read plan file
│
│ plan file was created by Terraform 1.5.0, but this is 1.11.4; plan files
│ cannot be transferred between different Terraform versions
╵
"""
PROVIDERS = """
\x1b[31m╷\x1b[0m\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m\x1b[1mError: \x1b[0mRequired plugins are not installed
\x1b[31m│\x1b[0m run "terraform init"
"""


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (VERSION, "plan file was created by Terraform 1.5.0", "Another version"),
        (PROVIDERS, "Error: Required plugins are not installed", "terraform init in"),
        ("Warning: something\n\nError: disk full\n", "Error: disk full", "yourself"),
        ("", "without a word", "yourself"),
    ],
)
def test_what_the_program_says_is_passed_on(saved, stand_in, tmp_path, said, message, hint):
    (tmp_path / "said").write_text(said, encoding="utf-8")
    stand_in(f"/bin/cat {tmp_path}/said >&2; exit 1")
    error = failed(saved)
    assert message in error.message
    assert hint in str(error.hint)
    assert not set("╷│╵\x1b") & set(error.message)
    assert "Warning" not in error.message


def test_what_could_steer_a_terminal_is_taken_out_and_a_flood_is_cut(saved, stand_in):
    stand_in(r"""printf '\033]0;title\007\033[2Jevil\r\b\342\200\256gnp\n' >&2
i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; exit 1""")
    error = failed(saved)
    assert "evil" in error.message
    assert not set("\x1b\x07\x08\r\u202e") & set(error.message)
    assert len(error.message) < 2500


def test_an_exit_without_output_and_a_death_by_signal(saved, stand_in):
    stand_in("exit 0")
    assert "wrote nothing" in failed(saved).message
    stand_in("kill -9 $$")
    assert "signal 9" in failed(saved).message


def test_what_it_shows_must_be_a_plan(saved, stand_in):
    from planguard.errors import InputError

    stand_in('echo \'{"format_version":"1.0","values":{}}\'')
    with pytest.raises(InputError, match="of a state"):
        load(str(saved))


def test_a_program_that_hangs_is_ended_with_its_children(saved, stand_in, tmp_path):
    program = stand_in(f"/bin/sleep 60 & echo $! > {tmp_path}/child; wait")
    start = time.monotonic()
    with pytest.raises(ExternalError, match="did not end"):
        terraform.show_json(saved, tmp_path / "out", cwd=tmp_path, binary=str(program), timeout=1.0)
    assert time.monotonic() - start < 30
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _alive(child):
            break
        time.sleep(0.05)
    assert not _alive(child)


def test_nothing_stays_behind(saved, stand_in, tmp_path, monkeypatch):
    import tempfile

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    stand_in(SHOW)
    load(str(saved))
    stand_in("exit 1")
    failed(saved)
    assert list(folder.iterdir()) == []


def test_real_terraform_shows_a_real_plan(fakecloud, tmp_path, monkeypatch):
    world = fakecloud(tmp_path / "world")
    source = 'resource "terraform_data" "a" {\n  triggers_replace = "%s"\n}\n'
    world.apply({"main.tf": source % "one"})
    files = world.plan({"main.tf": source % "two"})
    for name, value in world.environment.items():
        if name.startswith("TF_"):
            monkeypatch.setenv(name, value)
    (found,) = load(str(files.saved))
    change = only(found)
    assert (change.resource.address, change.action.value) == ("terraform_data.a", "replace")
    assert change.resource.provider == "builtin"
    (shown,) = load(str(files.json))
    assert found.changes == shown.changes


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    if Path("/proc/self").is_dir():
        # Dead, and not yet collected by whoever inherited it.
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    return True


def test_a_private_copy_is_shown_where_its_providers_are(saved, stand_in, tmp_path):
    stand_in(f'echo "$PWD $@" > {tmp_path}/called; {SHOW}')
    home = tmp_path / "root module"
    home.mkdir()
    (found,) = load(str(saved), home=str(home), shown="envs/prod/tfplan")
    assert found.source == "envs/prod/tfplan"
    assert (tmp_path / "called").read_text() == f"{home} show -json -no-color {saved}\n"
