"""The commands of the documents: each names a command and options that exist, and those marked as such run.

A block after `<!-- runs in FOLDER -->` is run line by line in a copy of that folder. A line with `$ ` is a command; the
lines below it are what it prints, in this order, the last lines of it or all; `…` stands for anything, whole lines too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from planguard.cli.main import cli

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^(?:<!-- runs in (?P<folder>[\w/.-]+) -->\n)?```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
SHELL = {"console", "sh", "bash", "shell"}
VERDICTS = (0, 3, 10, 11)
GENERATED = {"commands.md"}


class Block(NamedTuple):
    """A block of a page."""

    page: Path
    line: int
    kind: str
    folder: str
    body: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Block(page, line, found["kind"], found["folder"] or "", found["body"])


BLOCKS = tuple(blocks())
RUNNABLE = [block for block in BLOCKS if block.folder]


# --- what is named exists ---------------------------------------------------------------------------------------------


def written() -> Iterator[tuple[str, str]]:
    """Every command line of planguard's, in blocks for a shell and between backticks, with where it stands."""
    for block in BLOCKS:
        if block.kind in SHELL:
            lines = block.body.replace("\\\n", " ").split("\n")
            prompted = any(line.startswith("$ ") for line in lines)
            yield from ((str(block), line) for line in lines if line.startswith("$ ") or not prompted)
    for page in PAGES:
        if page.name not in GENERATED:
            text = FENCE.sub("", page.read_text(encoding="utf-8"))
            yield from ((page.name, span) for span in re.findall(r"`(planguard [^`\n]+)`", text))


def calls() -> Iterator[tuple[str, list[str]]]:
    """The words after each `planguard`, up to where the shell begins something else."""
    for where, line in written():
        for part in re.split(r"&&|\|\||[|;]|<<", re.sub(r"\s#.*", "", line.removeprefix("$ "))):
            words = words_of(part)
            if words[:1] == ["planguard"]:
                yield where, words[1:]


def words_of(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


CALLS = tuple(calls())


def test_there_are_commands_in_the_documents() -> None:
    named = {words[0] for _, words in CALLS if words}
    assert {"check", "gate", "verify", "apply", "init", "doctor"} <= named


def problem(words: list[str]) -> str | None:
    """What is wrong with a call, if anything; `…` and words in capitals stand for what a reader puts there."""
    command: click.Command = cli
    own = words[: words.index("--")] if "--" in words else words
    position = 0
    context = click.Context(command)
    while isinstance(command, click.Group) and position < len(own) and not own[position].startswith("-"):
        name = own[position]
        if not re.fullmatch(r"[a-z-]+", name):
            return None
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command {name!r}"
        command, context, position = found, click.Context(found, parent=context), position + 1
    known = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    asked = {word.split("=", 1)[0] for word in own[position:] if re.match(r"--?[a-z]", word)}
    unknown = sorted(word.rstrip(".,)]") for word in asked - known)
    return f"{context.command_path} has no {', '.join(unknown)}" if unknown else None


def test_commands_and_options_exist() -> None:
    wrong = [f"{where}: planguard {' '.join(words)}: {why}" for where, words in CALLS if (why := problem(words))]
    assert wrong == []


def test_the_check_of_commands_notices() -> None:
    assert problem(["chekc", "plan.json"]) == "there is no command 'chekc'"
    assert problem(["check", "plan.json", "--loud"]) is not None
    assert problem(["check", "plan.json", "--report", "json=x", "-q"]) is None
    assert problem(["verify", "tfplan", "--pr", "1", "--exec", "--", "terraform", "--nonsense"]) is None


# --- what is marked runs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", RUNNABLE, ids=str)
def test_blocks_run(block: Block, tmp_path: Path) -> None:
    place = tmp_path / "c"
    shutil.copytree(ROOT / block.folder, place)
    for command, expected in steps(block.body):
        done = subprocess.run(
            ["bash", "-c", command], cwd=place, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode in VERDICTS and "Traceback" not in done.stderr, f"{command}\n{done.stderr}"
        printed = (done.stdout + done.stderr).splitlines()
        assert printed_so(printed, expected), f"{block}: {command} prints\n{done.stdout}{done.stderr}"


def steps(body: str) -> list[tuple[str, list[str]]]:
    """Commands with what they print."""
    found: list[tuple[str, list[str]]] = []
    for line in body.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def printed_so(printed: list[str], expected: list[str]) -> bool:
    """Whether these lines are among what was printed, one after the other; a line `…` is any number of lines."""
    pattern = "\n".join("(?:.*\n)*?.*" if line == "…" else one_line(line) for line in expected)
    return re.search(f"^{pattern}$", "\n".join(printed), re.M) is not None


def one_line(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))


def environment() -> dict[str, str]:
    """A shell that finds this planguard, and knows no CI and no agent."""
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "SYSTEMROOT", "TMPDIR")}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}


def test_some_blocks_run() -> None:
    assert {block.page.name for block in RUNNABLE} >= {"quickstart.md", "troubleshooting.md"}


def test_what_is_printed_is_compared() -> None:
    assert printed_so(["a", "b", "c"], ["b", "c"]) and printed_so(["a 12 b", "x", "y", "z"], ["a … b", "…", "z"])
    assert not printed_so(["a", "b", "c"], ["a", "c"]) and not printed_so(["a"], ["b"])


def test_every_code_is_in_the_page_about_trouble() -> None:
    """Alone, or between two that are joined by `to`."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\[(PG\d\d)\]", text))
    ranges = re.findall(r"\[(PG\d\d)\]\([^)]*\) to \[(PG\d\d)\]", text)
    codes = {page.stem for page in (ROOT / "docs" / "codes").glob("PG*.md")}
    missing = {code for code in codes - named if not any(first < code < last for first, last in ranges)}
    assert len(codes) > 15 and missing == set() and named <= codes
