"""Every scenario of tests/fixtures through every report format, compared with what is expected, byte by byte.

A scenario is a directory with an `args.txt` (the arguments of `planguard check`, one a line) and the files that they
name; a `planguard.yml` in it applies. Beside them stands what is expected: `expected.FORMAT` for each format, or
`expected.stderr` where there is no verdict. `secrets.txt` lists what must not be in any output.

`make golden` (PLANGUARD_GOLDEN=write) writes the expected files again; read the diff before you commit it.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from planguard import __version__
from planguard.cli.main import main
from planguard.reports import FORMATS

FIXTURES = Path(__file__).parent / "fixtures"
SCENARIOS = sorted(path.parent.name for path in FIXTURES.glob("*/args.txt"))
WRITE = os.environ.get("PLANGUARD_GOLDEN") == "write"
VERDICTS = (0, 10, 11)


@pytest.fixture
def workplace() -> Iterator[Path]:
    """A directory whose name says nothing of an environment: where a plan lies is evidence."""
    with tempfile.TemporaryDirectory(prefix="p") as name:
        yield Path(name) / "plans"
    gc.enable()  # the command line switches it off, for its own process


class Run:
    """`planguard check` in this process, in a copy of a scenario."""

    def __init__(
        self, scenario: str, workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shutil.copytree(FIXTURES / scenario, workplace, ignore=shutil.ignore_patterns("expected.*"))
        self._arguments = (workplace / "args.txt").read_text(encoding="utf-8").split("\n")
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(workplace)
        monkeypatch.setenv("COLUMNS", "80")
        for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "GITHUB_EVENT_PATH", "GITLAB_CI"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *options: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        arguments = [argument for argument in self._arguments if argument]
        self._monkeypatch.setattr(sys, "argv", ["planguard", "check", *arguments, *options])
        with pytest.raises(SystemExit) as done:
            main()
        printed = self._capsys.readouterr()
        return int(done.value.code or 0), printed.out, printed.err


@pytest.fixture
def run(
    request: pytest.FixtureRequest, workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The scenario that the test was parametrized with."""
    return Run(request.param, workplace, monkeypatch, capsys)


def settled(name: str, text: str) -> str:
    """The output without what changes with every release or every new rule, and says nothing of this scenario."""
    if name == "json":
        text = re.sub(
            r'^( *)"version": "' + re.escape(__version__) + '"$', r'\1"version": "…"', text, flags=re.MULTILINE
        )
        text = re.sub(r'^( *)"rules_run": \[[^]]*\]', r'\1"rules_run": ["…"]', text, flags=re.MULTILINE)
        hashes = r'^((?:    )?  )"(fingerprint|policy)": "[0-9a-f]+"'
        return re.sub(hashes, r'\1"\2": "…"', text, flags=re.MULTILINE)
    if name == "html":
        text = settled_page(text)
    if name == "sarif":
        text = settled_sarif(text)
    return text.replace(f"planguard {__version__}", "planguard …")


def settled_page(text: str) -> str:
    """A page without its scripts and styles, which are files of their own, and with data that can be read."""
    text = re.sub(r"<(style|script)>.*?</\1>", r"<\1>…</\1>", text, flags=re.DOTALL)
    text = re.sub(r"'sha256-[^']+'", "'sha256-…'", text)
    head, data, tail = re.split(r'(?<=id="data">)(.*)(?=</script>)', text, maxsplit=1)
    page = json.loads(data)
    for run in page["runs"]:
        run["fingerprint"] = "…"
    return f"{head}\n{json.dumps(page, indent=1, ensure_ascii=True)}\n{tail}"


def settled_sarif(text: str) -> str:
    """A log whose rules are ids: what they say is in the rules. Findings have fingerprints of the policy's version."""
    log = json.loads(text)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    driver["semanticVersion"] = "…"
    driver["rules"] = [rule["id"] for rule in driver["rules"]]
    for result in run["results"]:
        result["partialFingerprints"] = sorted(result["partialFingerprints"])
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def compare(scenario: str, suffix: str, text: str) -> None:
    """Compare with the expected file, or write it."""
    path = FIXTURES / scenario / f"expected.{suffix}"
    if WRITE:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"{path.name} is missing; `make golden` writes it"
    assert text == path.read_text(encoding="utf-8")


SAME = {"comment-gitlab": "comment"}
"""Formats that say the same as another one, in larger places."""
CASES = [pytest.param(name, name, id=name) for name in SCENARIOS]


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(("run", "scenario"), CASES, indirect=["run"])
def test_golden(run: Run, scenario: str, name: str) -> None:
    code, out, err = run("--report", name)
    if code not in VERDICTS:
        assert out == ""
        compare(scenario, "stderr", f"exit {code}\n{err}")
        return
    assert err == ""
    compare(scenario, SAME.get(name, name), settled(name, out))
    if name == "json":
        assert json.loads(out)["exit_code"] == code


@pytest.mark.parametrize(("run", "scenario"), CASES, indirect=["run"])
def test_golden_secrets_are_nowhere(run: Run, scenario: str) -> None:
    listed = FIXTURES / scenario / "secrets.txt"
    secrets = listed.read_text(encoding="utf-8").split() if listed.exists() else []
    printed = "".join("".join(run("--report", name, "--verbose")[1:]) for name in FORMATS)
    assert [secret for secret in secrets if secret in printed] == []


def test_golden_files_are_all_looked_at() -> None:
    known = {f"expected.{suffix}" for suffix in (*FORMATS, "stderr")}
    stray = [path for path in FIXTURES.glob("*/expected.*") if path.name not in known]
    assert stray == []
    assert SCENARIOS
