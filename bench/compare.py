"""`make compare`: the labelled plans through planguard and through what people use today.

checkov is installed into an environment of its own under bench/out/ (nothing of it comes into ours), jq is taken from
PATH. Where one of them cannot be had, the table says so. The plans are written to bench/out/cases/; those of
PLANGUARD_INCIDENTS are among them where it is set. A tool has stopped a plan when it ends with another exit code than 0
on it, as a pipeline would see it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bench import labelled, sections
from bench.precision import PAGE
from planguard import __version__

OUT = Path(__file__).parent / "out"
CASES = OUT / "cases"
HOME = OUT / "checkov"
JQ = '[.resource_changes[]? | select(.change.actions | index("delete"))] | length == 0'
"""The line that stands in many pipelines: stop when anything is deleted or replaced."""


ABOUT = {
    "planguard": (
        "- **planguard** asks what would be lost, and where. The plans of this repository are ours, and it was "
        "improved on them; the first runs, above, are the fairer figure."
    ),
    "checkov": (
        "- **checkov** asks whether what will be there is well configured: encryption, public access, logging. It "
        "looks at what the change leaves, so a deletion is not among its questions, and what it stops it stops for "
        "other reasons: {losses} of the losses and {harmless} of the harmless plans. Use both. Our plans carry only "
        "the attributes that the labels turn on, which gives checkov more to find than a whole plan would."
    ),
    "jq": (
        "- **jq** with the usual line asks whether anything is deleted, and hardly misses a loss. What it misses "
        "({missed}) is not called a deletion. The price is that it stops {harmless} of the harmless plans: each new "
        "task definition, each deployment of an API, each development environment. People learn to wave it through. "
        "The line: `{line}`."
    ),
}
"""What each tool is for."""


class Tool(NamedTuple):
    """A tool and the plans that it stops; None where it could not be run."""

    name: str
    stopped: frozenset[str] | None
    note: str = ""


def main() -> int:
    """Run all three, print the table, and put it into docs/precision.md."""
    folder = os.environ.get("PLANGUARD_INCIDENTS")
    cases = [*labelled.own(), *(labelled.replays(Path(folder)) if folder else ())]
    write(cases)
    tools = [planguard(cases), checkov(), jq(cases)]
    text = page(cases, tools, date.today())
    print(text)
    sections.put(PAGE, "compare", text)
    return 0


def write(cases: Sequence[labelled.Labelled]) -> None:
    """The plans as files."""
    shutil.rmtree(CASES, ignore_errors=True)
    CASES.mkdir(parents=True)
    for case in cases:
        (CASES / f"{case.id}.json").write_bytes(case.document)


def planguard(cases: Sequence[labelled.Labelled]) -> Tool:
    """planguard with its shipped rules and no config."""
    stopped = (item.case.id for item in labelled.judge(list(cases)) if item.verdict == labelled.BLOCK)
    return Tool(f"planguard {__version__}", frozenset(stopped))


def jq(cases: Sequence[labelled.Labelled]) -> Tool:
    """jq with the usual line."""
    program = shutil.which("jq")
    if program is None:
        return Tool("jq", None, "jq is not on PATH")
    version = _run([program, "--version"]).stdout.strip()
    stopped = {case.id for case in cases if _run([program, "-e", JQ, str(CASES / f"{case.id}.json")]).returncode}
    return Tool(version, frozenset(stopped))


def checkov() -> Tool:
    """checkov's scan of plan files, with its shipped checks. All files in one run: it takes seconds to start."""
    program = HOME / ("Scripts" if os.name == "nt" else "bin") / "checkov"
    try:
        if not program.exists():
            print("Installing checkov into bench/out/checkov (once)", flush=True)
            venv.create(HOME, with_pip=True)
            _run([str(program.with_name("python")), "-m", "pip", "install", "-qq", "checkov"]).check_returncode()
        version = _run([str(program), "--version"]).stdout.strip()
        arguments = ["--framework", "terraform_plan", "--output", "json", "--quiet", "--compact"]
        result = _run([str(program), "--directory", str(CASES), *arguments])
        found = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        return Tool("checkov", None, f"checkov could not be installed or run here ({type(error).__name__})")
    reports = found if isinstance(found, list) else [found]
    failed = [check for report in reports for check in report.get("results", {}).get("failed_checks", ())]
    unread = sum(report.get("summary", {}).get("parsing_errors", 0) for report in reports)
    note = f"{unread} files it could not read" if unread else ""
    return Tool(f"checkov {version}", frozenset(_case(check) for check in failed), note)


def page(cases: Sequence[labelled.Labelled], tools: Sequence[Tool], today: date) -> str:
    """A table for our own plans, one for the replays, and what to make of them."""
    ours = [case for case in cases if case.group != "replays"]
    others = [case for case in cases if case.group == "replays"]
    parts = [f"Taken on {today.isoformat()}.", _table("plans of this repository", ours, tools)]
    if others:
        parts.append(_table("replays of incidents", others, tools))
    return "\n\n".join([*parts, _remarks(ours, tools)])


def _table(what: str, cases: Sequence[labelled.Labelled], tools: Sequence[Tool]) -> str:
    must, harmless = _halves(cases)
    warned = sum(case.verdict == labelled.WARN for case in cases)
    rows: list[tuple[object, ...]] = []
    for tool in tools:
        if tool.stopped is None:
            rows.append((tool.name, "", "", "", tool.note))
            continue
        stopped = tool.stopped
        rows.append((tool.name, len(stopped & must), len(must - stopped), len(stopped & harmless), tool.note))
    said = f"{len(must)} must be stopped, {len(harmless)} must not be ({warned} of these deserve a warning)"
    return f"{len(cases)} {what}: {said}.\n\n" + sections.table(("tool", "stopped", "missed", "false alarms", ""), rows)


def _halves(cases: Sequence[labelled.Labelled]) -> tuple[frozenset[str], frozenset[str]]:
    must = frozenset(case.id for case in cases if case.verdict == labelled.BLOCK)
    return must, frozenset(case.id for case in cases) - must


def _remarks(cases: Sequence[labelled.Labelled], tools: Sequence[Tool]) -> str:
    """What each is for. The numbers are taken from the run over our own plans."""
    must, harmless = _halves(cases)
    stopped = {tool.name.partition(" ")[0].partition("-")[0]: tool.stopped for tool in tools}
    lines = [ABOUT["planguard"]]
    for name in ("checkov", "jq"):
        found = stopped.get(name)
        if found is not None:
            missed = ", ".join(f"`{case}`" for case in sorted(must - found))
            lines.append(
                ABOUT[name].format(
                    losses=_share(found, must), harmless=_share(found, harmless), missed=missed or "nothing", line=JQ
                )
            )
    return "\n".join(lines)


def _share(stopped: frozenset[str], group: frozenset[str]) -> str:
    return f"{round(100 * len(stopped & group) / len(group))} %"


def _case(check: Mapping[str, str]) -> str:
    """The case that a failed check stands in, from the file's path."""
    return Path(check.get("file_path", "").replace("\\", "/")).stem


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
