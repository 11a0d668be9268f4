"""The table of command lines, and what the hook says to each of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from planguard.shell import judge

HERE = Path(__file__).parent / "shell"
PROJECT = HERE / "project"


class Line(NamedTuple):
    number: int
    kind: str
    right: str
    known: bool
    """That the hook says otherwise."""
    command: str


@cache
def lines() -> tuple[Line, ...]:
    return tuple(_read())


def _read() -> Iterator[Line]:
    for number, line in enumerate((HERE / "commands.tsv").read_text(encoding="utf-8").split("\n"), 1):
        if line.strip() and not line.startswith("# "):
            kind, right, command = line.split("\t", 2)
            command = command.replace("⏎", "\n").replace("⇥", "\t")
            yield Line(number, kind, right.rstrip("!"), right.endswith("!"), command)


def read(path: str) -> str | None:
    file = PROJECT / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


@cache
def said(command: str) -> str:
    return "allow" if judge(command, read).allowed else "refuse"


TITLES = {
    "harmless": "Harmless commands of these tools, and daily work",
    "talk": "Commands that only talk about it",
    "gate": "planguard itself, and attempts to look like it",
    "direct": "Written as it is",
    "wrapped": "Behind sudo, env, xargs, ssh-like wrappers, watch, tmux …",
    "text": "As text for a shell or an interpreter: -c, eval, pipes, here-documents, substitutions",
    "named": "Through variables, functions, aliases, copies",
    "quoted": "Quoted, escaped or spelt so that it is overlooked",
    "script": "In scripts, Makefiles, npm scripts",
    "cloud": "CloudFormation, CDK, Pulumi, and direct deletes in cloud CLIs",
    "remote": "In containers and on other machines",
    "second": "A second set of all kinds, written last",
    "unknowable": "What no parser can know",
}


def table() -> str:
    """The table of the page."""
    rows = ["| class | lines | right | missed | false alarms |", "|---|---:|---:|---:|---:|"]
    sums = [0, 0, 0, 0]
    for kind, title in TITLES.items():
        here = [line for line in lines() if line.kind == kind]
        missed_ = sum(line.right == "refuse" and said(line.command) == "allow" for line in here)
        alarms = sum(line.right == "allow" and said(line.command) == "refuse" for line in here)
        counts = [len(here), len(here) - missed_ - alarms, missed_, alarms]
        sums = [one + more for one, more in zip(sums, counts, strict=True)]
        rows.append(f"| {title} | {' | '.join(map(str, counts))} |")
    return "\n".join([*rows, f"| **all** | {' | '.join(f'**{count}**' for count in sums)} |"])


def missed() -> str:
    """The lines that the hook gets wrong."""
    wrong = [line.command for line in lines() if said(line.command) != line.right]
    return "\n".join(["```sh", *wrong, "```"])
