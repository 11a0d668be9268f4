"""`planguard doctor` and `planguard completion`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command import Planguard


def look(made: Any, *arguments: str, **variables: str) -> tuple[int, dict[str, Any]]:
    done = Planguard()(
        "doctor", "--json", *arguments, cwd=made.directory, environment={**made.environment, **variables}
    )
    return done.returncode, json.loads(done.stdout)


def config(made: Any, text: str) -> None:
    (made.directory / "planguard.yml").write_text(text, encoding="utf-8")


def test_all_is_well(stand: Any) -> None:
    made = stand()
    code, said = look(made)
    assert (code, said["healthy"], said["problems"]) == (0, True, [])
    assert said["installed"]["terraform"].endswith(str(made.directory / "bin" / "terraform"))
    assert said["configuration"]["file"].startswith("none")
    assert said["pull_request_needs"]["people"].startswith("1; ")
    code, text = made.pipe("doctor")
    assert code == 0
    assert text.rstrip().endswith("Nothing is in the way.")


def test_where_it_runs(stand: Any) -> None:
    made = stand()
    _, said = look(made, CI="true", GITHUB_ACTIONS="true", GITHUB_TOKEN="x", CLAUDECODE="1")
    assert said["here"]["build"] == "GitHub Actions"
    assert said["here"]["agent"] == "Claude Code (CLAUDECODE is set)"
    assert said["here"]["apply_asks"].startswith("no: Claude Code runs this shell")
    code, said = look(made, CI="true", GITHUB_ACTIONS="true")
    assert code == 3
    assert said["problems"][0]["message"].startswith("This is GitHub Actions, and GITHUB_TOKEN is not set")
    talk = made.talk("doctor")
    assert talk.ends() == 0
    assert "apply asks  yes" in talk.said


def test_nothing_is_installed(stand: Any, tmp_path: Path) -> None:
    code, said = look(stand(), PATH=str(tmp_path))
    assert code == 3
    assert [problem["message"].split(" ", 1)[0] for problem in said["problems"]] == ["Neither", "git"]
    assert all(problem["fix"] for problem in said["problems"])


def test_a_configuration_with_everything(stand: Any) -> None:
    made = stand()
    config(
        made,
        "consent:\n  from: medium\n  forbidden: [data-deletion]\n  mode: phrase\n  signature: required\n"
        "  approvers: {users: [dana], teams: [acme/ops]}\n"
        "  rehearsal: {within: 7}\n"
        "waivers: [{rule: data-deletion, address: a.b, reason: r, by: Kim, until: 2020-01-01}]\n",
    )
    code, said = look(made)
    assert code == 3
    assert said["configuration"]["asks_from"] == "medium"
    assert said["configuration"]["waivers"] == "1, of which 1 expired"
    assert said["pull_request_needs"]["approvers"] == "@dana, acme/ops"
    assert said["pull_request_needs"]["rehearsal"] == "for agent, bot, unknown, at most 7 days old"
    messages = [problem["message"] for problem in said["problems"]]
    assert messages == [
        "A waiver of data-deletion for a.b expired on 2020-01-01.",
        "Signatures are required, and .planguard/allowed_signers is not there: nobody can agree.",
    ]


def test_a_wrong_configuration(stand: Any) -> None:
    made = stand()
    config(made, "consent: {form: high}\n")
    code, said = look(made)
    assert code == 3
    assert "planguard.yml:1" in said["problems"][0]["message"]


def test_a_broken_record(stand: Any) -> None:
    made = stand()
    kept = made.directory / ".planguard" / "evidence.jsonl"
    kept.parent.mkdir()
    kept.write_text("{}\n", encoding="utf-8")
    code, said = look(made)
    assert code == 3
    assert "the chain is broken" in said["written_down"]["evidence"]


def test_a_root_module_that_is_not_initialised(stand: Any) -> None:
    made = stand()
    (made.directory / "main.tf").touch()
    code, said = look(made)
    assert (code, said["problems"][0]["fix"]) == (3, "terraform init")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_every_shell(planguard: Planguard, shell: str) -> None:
    done = planguard("completion", shell)
    assert done.returncode == 0
    assert b"_PLANGUARD_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ap", "plain,apply"),
        ("check --fail-on c", "plain,critical"),
        ("check --ter", "plain,--terraform-bin"),
        ("check pl", "file,pl"),
        ("check --config x", "file,x"),
        ("source --before s", "dir,s"),
    ],
)
def test_what_bash_is_told(planguard: Planguard, typed: str, offered: str) -> None:
    words = f"planguard {typed}"
    environment = {
        **os.environ,
        "_PLANGUARD_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = planguard(environment=environment)
    assert offered in done.stdout.decode().split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on PATH")
def test_bash_takes_the_script(planguard: Planguard) -> None:
    script = planguard("completion", "bash").stdout.decode()
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p planguard"], capture_output=True, timeout=60, check=True
    )
    assert b"_planguard_completion planguard" in done.stdout
