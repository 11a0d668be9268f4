"""A report file is whole or as it was before, whatever interrupts the writing; handled errors leave nothing behind."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import Planguard
from fuzzing import seeds
from fuzzing.runner import Run, quiet_place, run

OLD = '{"old": true}\n'
BIG = seeds.losing()
BIG["resource_changes"] += [
    seeds.element(f"aws_db_instance.db[{number}]", ["delete"], index=number) for number in range(300)
]
PLAN = json.dumps(BIG).encode()


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield Path(name)


def check(*reports: str) -> Run:
    return run(["check", "-", *(option for report in reports for option in ("--report", report))], PLAN)


def listing(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


CALLS = ("open", "write", "fsync", "replace", "chmod", "close")


@pytest.mark.parametrize("old", [True, False], ids=["a report is there", "no report yet"])
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("call", CALLS)
def test_every_step_can_fail(place, monkeypatch, call, error, old):
    """Each of the system's calls on the way fails, or is interrupted."""
    target = place / "report.json"
    if old:
        target.write_text(OLD, encoding="utf-8")
    before = listing(place)
    fails(monkeypatch, call, error)
    done = check("json=report.json")
    monkeypatch.undo()
    assert done.code == (130 if isinstance(error, KeyboardInterrupt) else 3)
    assert done.traceback == ""
    assert listing(place) == before
    if old:
        assert target.read_text(encoding="utf-8") == OLD


def fails(monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise error

    if call in ("fsync", "replace", "chmod"):
        monkeypatch.setattr(os, call, refuse)
        return
    original = tempfile.NamedTemporaryFile

    class Failing:
        """The temporary file, of which one method fails."""

        def __init__(self, *arguments: object, **options: object) -> None:
            if call == "open":
                raise error
            self.file = original(*arguments, **options)  # type: ignore[call-overload]
            self.name = self.file.name

        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()
            if call == "close":
                raise error

        def write(self, text: str) -> None:
            self.file.write(text[: len(text) // 2])
            self.file.flush()
            if call == "write":
                raise error
            self.file.write(text[len(text) // 2 :])

        def __getattr__(self, name: str) -> object:
            return getattr(self.file, name)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", Failing)


@pytest.mark.parametrize("target", ["missing/report.json", ".", "", "plain/report.json", "x" * 300, "a\0b"])
def test_places_that_cannot_be_written(place, target):
    (place / "plain").write_text("a file", encoding="utf-8")
    before = listing(place)
    done = check(f"json={target}")
    assert done.code == (2 if target == "" else 3)
    assert done.traceback == ""
    assert listing(place) == before


def test_one_that_fails_spoils_no_other(place):
    done = check("json=one.json", "terminal=missing/two.txt", "terminal=three.txt")
    assert done.code == 3
    assert json.loads((place / "one.json").read_text(encoding="utf-8"))["verdict"] == "needs_approval"
    assert set(listing(place)) <= {"one.json", "three.txt"}


def test_a_report_over_its_own_plan(place):
    """A careless path: what was read is read, and the report is whole."""
    (place / "plan.json").write_bytes(PLAN)
    assert run(["check", "plan.json", "--report", "json=plan.json"]).code == 10
    assert json.loads((place / "plan.json").read_text(encoding="utf-8"))["verdict"] == "needs_approval"


KILLED = """
    import builtins, os, signal, sys, tempfile

    step, seen = int(sys.argv.pop(1)), 0

    def die(name, original):
        def call(*arguments, **options):
            global seen
            watched = name != "write" or arguments[0] > 2
            if watched:
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)
        return call

    for name in ("write", "fsync", "chmod", "replace", "rename", "open", "close"):
        setattr(os, name, die(name, getattr(os, name)))
    from planguard.cli.main import main
    main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_every_step(place):
    """A real SIGKILL, at the first call of the system, the second, and so on until the run gets through."""
    (place / "plan.json").write_bytes(PLAN)
    script, target = place / "killed.py", place / "report.json"
    script.write_text(textwrap.dedent(KILLED), encoding="utf-8")
    seen = set()
    for step in range(1, 40):
        old = step % 2 == 0
        target.unlink(missing_ok=True)
        if old:
            target.write_text(OLD, encoding="utf-8")
        command = [sys.executable, "killed.py", str(step), "check", "plan.json", "--report", "json=report.json"]
        done = subprocess.run(command, cwd=place, capture_output=True, timeout=60, check=False)
        text = target.read_text(encoding="utf-8") if target.exists() else None
        whole = text is not None and text != OLD and json.loads(text)["verdict"] == "needs_approval"
        assert whole or text == (OLD if old else None)
        seen.add("new" if whole else "old")
        if done.returncode == 10:
            assert whole
            break
        assert done.returncode == -9
    else:
        pytest.fail("the run never got through")
    assert seen == {"old", "new"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_that_is_full(place, planguard: Planguard):
    (place / "plan.json").write_text(json.dumps(seeds.single()), encoding="utf-8")
    for report in ("terminal", "json"):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [planguard.script, "check", "plan.json", "--report", report],
                cwd=place, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
            )  # fmt: skip
        assert done.returncode == 3
        assert done.stderr.startswith(b"error: standard output: ")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise on Windows")
def test_a_reader_who_leaves(place, planguard: Planguard):
    """`planguard check … | head -1` is no pass."""
    (place / "plan.json").write_text(json.dumps({**seeds.single(), "resource_changes": []}), encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([planguard.script, "check", "plan.json"], cwd=place, stdout=writing, timeout=60, check=False)
    os.close(writing)
    assert done.returncode == 130
