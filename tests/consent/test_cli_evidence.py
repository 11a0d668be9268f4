"""`planguard evidence`: what it says of a ledger that holds, of one that does not, and where it looks for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from planguard.cli.evidence import evidence
from planguard.consent import ledger
from planguard.consent.ledger import Context
from planguard.consent.stores import FileStore
from planguard.errors import InputError, UsageError
from planguard.model import Item
from planguard.review import Approval, Review, State

ADDRESS = 'module.shop["eu"].aws_db_instance.orders[0]'


class Ran(NamedTuple):
    exit_code: int
    output: str
    stdout: str
    stderr: str
    exception: BaseException | None


def run(*args: str, given: bytes = b"") -> Ran:
    found = CliRunner().invoke(evidence, args, input=given, standalone_mode=False)
    return Ran(found.return_value or 0, found.output, found.stdout, found.stderr, found.exception)


def fill(path: Path, pulls: int = 6) -> bytes:
    target = FileStore(path)
    for number in range(1, pulls + 1):
        items = [Item("end", ADDRESS, "replace", "d" * 20), Item("end", "aws_lb.x", "delete", "e" * 20)]
        context = Context(f"2026-11-0{number}T10:00:00+00:00", "acme/shop", number, "b", "c", "planguard 1", items)
        asked = Review(State.AWAITING, code="PG20", needed=1, fingerprint=f"f{number}", message="Label missing.")
        given = asked._replace(state=State.APPROVED, code="", approvals=(Approval("dana", 7, "t", 8 + number),))
        target.append([ledger.entry(asked, context), ledger.entry(given, context)])
    return target.read()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def git(*args: str, cwd: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *args], cwd=cwd, check=True, capture_output=True)


# --- verify -----------------------------------------------------------------------------------------------------------


def test_an_intact_ledger_is_said_to_be_with_its_last_hash(home: Path) -> None:
    data = fill(home / ".planguard/evidence.jsonl")
    result = run("verify")
    assert result.exit_code == 0
    assert result.output.startswith("intact  .planguard/evidence.jsonl\n  12 decisions, 2026-11-01 to 2026-11-06\n")
    assert f"sha256:{ledger.head(data)}" in result.output
    assert run("verify", "--expect", f"sha256:{ledger.head(data)}").exit_code == 0


def test_a_broken_ledger_ends_in_3_and_names_the_line(home: Path) -> None:
    data = fill(home / "e.jsonl")
    (home / "e.jsonl").write_bytes(data.replace(b"dana", b"mala", 1))
    result = run("verify", "e.jsonl")
    assert result.exit_code == 3
    assert result.output.startswith("broken: e.jsonl: Line 2 was edited: line 3 remembers another one in its place.\n")
    (home / "e.jsonl").write_bytes(b"".join(data.splitlines(keepends=True)[:4]))
    assert run("verify", "e.jsonl").exit_code == 0
    result = run("verify", "e.jsonl", "--expect", ledger.head(data))
    assert result.exit_code == 3
    assert "lines were dropped, after line 4" in result.output


def test_json_says_the_same(home: Path) -> None:
    data = fill(home / "e.jsonl")
    assert json.loads(run("verify", "e.jsonl", "--json").output) == {
        "schema": "planguard/evidence/v1",
        "source": "e.jsonl",
        "intact": True,
        "broken": None,
        "decisions": 12,
        "head": ledger.head(data),
    }
    result = run("verify", "-", "--json", given=data[:-30])
    assert result.exit_code == 3
    found = json.loads(result.output)
    assert (found["source"], found["intact"], found["broken"]["line"]) == ("<stdin>", False, 12)


def test_a_wrong_hash_is_a_matter_of_usage() -> None:
    for text in ("abc", "g" * 64, "0" * 65):
        assert isinstance(run("verify", "--expect", text).exception, UsageError)


# --- show and stats ---------------------------------------------------------------------------------------------------


def test_decisions_are_shown_newest_last(home: Path) -> None:
    fill(home / "e.jsonl")
    result = run("show", "e.jsonl", "--last", "3")
    assert result.exit_code == 0
    rows = [line for line in result.output.splitlines() if line.lstrip().startswith("2026")]
    assert [row.split()[2] for row in rows] == ["#5", "#6", "#6"]
    assert "delete aws_lb.x and 1 more" in rows[0]
    assert "awaiting PG20" in rows[1]
    assert rows[2].endswith("dana (1 of 1)")
    assert "9 earlier ones: --last 12." in result.output
    assert run("show", "e.jsonl", "--pull", "2").output.count("2026-11-02") == 2
    assert run("show", "e.jsonl", "--pull", "9").output == "No decisions.\n"
    entries = json.loads(run("show", "e.jsonl", "--json", "--last", "1").output)["entries"]
    assert [entry["pull"] for entry in entries] == [6]


def test_a_broken_ledger_is_shown_and_said_to_be_broken(home: Path) -> None:
    data = fill(home / "e.jsonl")
    (home / "e.jsonl").write_bytes(data.replace(b"dana", b"mala", 1))
    for command in ("show", "stats"):
        result = run(command, "e.jsonl")
        assert result.exit_code == 3
        assert "mala" in result.stdout
        assert "Line 2 was edited" in result.stderr
        assert json.loads(run(command, "e.jsonl", "--json").output)["broken"]["line"] == 2


def test_whoever_approves_without_reading_is_told(home: Path) -> None:
    fill(home / "e.jsonl")
    result = run("stats", "e.jsonl")
    assert result.exit_code == 0
    assert result.output.startswith("12 decisions: 6 questions to people, 6 let through.\n")
    assert "dana: 6 of 6 approved, median 12 s: too fast to have read them.\n" in result.output
    found = json.loads(run("stats", "e.jsonl", "--json").output)
    assert (found["questions"], found["people"][0]["median"], found["people"][0]["reflex"]) == (6, 12, True)


def test_nothing_in_a_ledger_can_harm_a_terminal(home: Path) -> None:
    nasty = {
        "at": "\x1b[2J" * 9,
        "state": "approved\x1b]0;x\x07",
        "code": "\u202e",
        "pull": "\x1b[31m",
        "fingerprint": "f",
        "items": [{"address": "[bold]\x1b[31m::error::x", "what": "\r"}, 3],
        "approvals": [{"login": "\x1b[31mdana", "after": 1}],
        "left_out": [],
    }
    data = ledger.appended(b"", ledger.chain(b"", [nasty, {"approvals": 3, "items": "x", "left_out": {"items": "x"}}]))
    (home / "\x1b[31m.jsonl").write_bytes(data)
    for command in ("verify", "show", "stats"):
        for more in ((), ("--json",)):
            result = run(command, "\x1b[31m.jsonl", *more)
            assert (result.exit_code, result.exception) == (0, None)
            assert "\x1b" not in result.output
            assert "\u202e" not in result.output
    assert "[bold]" in run("show", "\x1b[31m.jsonl").output


# --- where it is looked for -------------------------------------------------------------------------------------------


def test_planguard_yml_says_where(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".git").mkdir()
    (home / "planguard.yml").write_text("consent: {evidence: {path: log/e.jsonl}}\n")
    fill(home / "log/e.jsonl", 2)
    (home / "deep").mkdir()
    monkeypatch.chdir(home / "deep")
    assert run("verify").output.startswith("intact  ../log/e.jsonl\n  4 decisions")


def test_a_branch_is_read_without_being_checked_out(home: Path) -> None:
    service, clone = home / "service", home / "clone"
    service.mkdir()
    git("init", cwd=service)
    git("commit", "--allow-empty", "-m", "Begin", cwd=service)
    git("checkout", "--orphan", "planguard-evidence", cwd=service)
    fill(service / ".planguard/evidence.jsonl", 1)
    git("add", ".planguard/evidence.jsonl", cwd=service)
    git("commit", "-m", "Record a decision", cwd=service)
    git("checkout", "main", cwd=service)
    git("clone", str(service), str(clone), cwd=home)
    git("branch", "planguard-evidence", "origin/planguard-evidence", cwd=clone)
    # one more decision, which only the fetch brings along
    git("checkout", "planguard-evidence", cwd=service)
    fill(service / ".planguard/evidence.jsonl", 1)
    git("commit", "-a", "-m", "Record a decision", cwd=service)
    git("fetch", cwd=clone)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(clone)
        result = run("verify", "--branch", "planguard-evidence")
        assert "on origin/planguard-evidence (" in result.output
        assert "4 decisions" in result.output
        (clone / "planguard.yml").write_text("consent: {evidence: {store: branch}}\n")
        assert run("verify").output == result.output
        missing = run("verify", "--branch", "elsewhere").exception
        assert isinstance(missing, InputError)
        assert "git fetch origin elsewhere" in str(missing.hint)
        no_file = run("verify", "--branch", "main").exception
        assert isinstance(no_file, InputError)
        assert no_file.message == "This branch has no such file."


def test_the_history_of_a_branch_shows_what_the_chain_cannot(home: Path) -> None:
    repository = home / "repository"
    repository.mkdir()
    git("init", cwd=repository)
    path = repository / ".planguard/evidence.jsonl"
    for _ in range(3):
        fill(path, 1)
        git("add", ".", cwd=repository)
        git("commit", "-m", "Record a decision", cwd=repository)
    whole = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repository)
        result = run("verify", "--branch", "main")
        assert result.exit_code == 0
        assert "2 earlier states on this branch: each only added lines." in result.output
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
        git("commit", "-a", "-m", "Tidy", cwd=repository)
        fill(path, 1)  # the chain goes on as if nothing had been
        git("commit", "-a", "-m", "Record a decision", cwd=repository)
        assert ledger.verify(path.read_bytes()) is None
        for command in ("verify", "show", "stats"):
            result = run(command, "--branch", "main")
            assert result.exit_code == 3
            assert "Line 5 was changed or dropped after commit" in result.stderr
        path.write_bytes(whole.replace(b"dana", b"mala"))
        git("commit", "-a", "-m", "Tidy", cwd=repository)
        assert run("verify", "--branch", "main").exit_code == 3
        git("rm", "-q", ".planguard/evidence.jsonl", cwd=repository)
        git("commit", "-m", "Gone", cwd=repository)
        assert isinstance(run("verify", "--branch", "main").exception, InputError)
        fill(path, 1)
        git("add", ".", cwd=repository)
        git("commit", "-m", "Begin anew", cwd=repository)
        result = run("verify", "--branch", "main")
        assert result.exit_code == 3
        assert "Line 1 was changed or dropped" in result.stderr


def test_where_there_is_none_that_is_an_error(home: Path) -> None:
    for args in (("verify",), ("show", "gone.jsonl"), ("stats", "."), ("verify", "a\0b"), ("show", "--branch", "x")):
        assert isinstance(run(*args).exception, InputError), args
    assert isinstance(run("verify", "x", "--branch", "y").exception, UsageError)
