"""Signals reach terraform once, from wherever they come; what it ends with is told apart from planguard's own codes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from command import Planguard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are Unix's")

COUNTS = (
    "n=0; trap 'n=$((n+1)); echo INT >> signals' INT; trap 'echo TERM >> signals' TERM; "
    "echo ready; touch ready; i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i+1)); done; exit 1"
)


def signals(made: Any) -> list[str]:
    path = made.directory / "signals"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def begun(made: Any, *, own_session: bool = True) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [Planguard().script, "apply", "tfplan"],
        cwd=made.directory,
        env=made.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=own_session,
    )
    try:
        wait_for(made.directory / "ready")
    except AssertionError:
        process.kill()
        process.communicate()
        raise
    return process


def wait_for(path: Path) -> None:
    for _ in range(200):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path.name} never came")


def test_ctrl_c_in_a_terminal_reaches_terraform_once(stand: Any) -> None:
    made = stand(apply=COUNTS)
    talk = made.talk("apply", "tfplan")
    talk.until("ready")
    talk.interrupts()
    assert talk.ends() == 130
    assert signals(made) == ["INT"]


def test_sigterm_in_a_terminal_is_passed_on_once(stand: Any) -> None:
    made = stand(apply=COUNTS)
    talk = made.talk("apply", "tfplan")
    talk.until("ready")
    os.kill(talk.process.pid, signal.SIGTERM)
    time.sleep(0.3)
    os.kill(talk.process.pid, signal.SIGTERM)
    assert talk.ends() == 130
    assert signals(made) == ["TERM"]


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "INT"), (signal.SIGTERM, "TERM")])
@pytest.mark.parametrize("whole_group", [False, True])
def test_without_a_terminal_it_is_passed_on_once(
    stand: Any, number: signal.Signals, name: str, whole_group: bool
) -> None:
    made = stand(apply=COUNTS)
    process = begun(made)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130, out
    assert signals(made) == [name]


def test_a_build_that_sends_int_and_then_term_does_not_make_terraform_drop_everything(stand: Any) -> None:
    made = stand(apply=COUNTS)
    process = begun(made)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert signals(made) == ["INT"]


def test_nothing_stays_behind_when_it_is_stopped_at_the_question(stand: Any, tmp_path: Path) -> None:
    from plan_documents import change

    (tmp_path / "tmp").mkdir()
    made = stand(change("aws_db_instance.orders", before={"id": "db-1", "tags": {"environment": "production"}}))
    talk = made.talk("apply", "tfplan", TMPDIR=str(tmp_path / "tmp"))
    talk.until("Name ")
    assert list((tmp_path / "tmp").iterdir())
    os.kill(talk.process.pid, signal.SIGTERM)
    assert talk.ends() == 130
    assert not list((tmp_path / "tmp").iterdir())


def test_terraforms_code_is_told_and_is_not_planguards(stand: Any) -> None:
    made = stand(apply="exit 10")
    code, said = made.pipe("apply", "tfplan")
    assert code == 4
    assert "terraform ended with code 10" in said


def test_a_terraform_that_is_killed(stand: Any) -> None:
    code, said = stand(apply="kill -9 $$").pipe("apply", "tfplan")
    assert code == 4
    assert "terraform was stopped by signal 9" in said
