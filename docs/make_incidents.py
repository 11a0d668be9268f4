"""Writes docs/incidents.md: the incidents of tests/incidents/catalog.yaml, each with what planguard really prints.

    python docs/make_incidents.py            writes the page
    python docs/make_incidents.py --check    fails where the page is out of date

Every plan is judged by the installed command. Shown are the finding that tells the story, and the verdict.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from incidents import suite  # noqa: E402  (it is found only now)

TARGET = ROOT / "docs" / "incidents.md"
WIDTH = 88
COMMAND = "planguard check plan.json"
CLEARED = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "PLANGUARD_CONFIG")
NOT_SHOWN = "no plan could show it"
INTRODUCTION = """\
# Incidents

<!-- Made by docs/make_incidents.py from tests/incidents/catalog.yaml: edit there, then `make incidents`. -->

These are 25 incidents that somebody wrote about: by mistake, by automation or by an agent, something was deleted or
made anew that should have stayed. planguard reads plans, so it is measured by those that a plan could have shown. Where
people or scripts did it without one, and the same act can be written in Terraform, it was, and its entry says so.

Each was rebuilt by us in a few lines of Terraform (the directories under `tests/incidents/sources/`), planned by the
real `terraform` with stand-ins for the clouds, and judged by the real command with its default settings. What is
printed below was printed by it; further findings are left out. The names in the sources are ours. The test suite fails
when an incident is no longer stopped for the right reason, and when this page is out of date.
"""


def page() -> str:
    """The whole page."""
    incidents = suite.load()
    sections = ("\n".join(_section(incident)) for incident in incidents)
    return "\n".join([INTRODUCTION, *_table(incidents), *sections])


def _table(incidents: tuple[suite.Incident, ...]) -> Iterator[str]:
    kinds = ("shown", "change-set", "no-plan")
    shown, sets, none = (sum(1 for one in incidents if one.kind == kind) for kind in kinds)
    yield f"A Terraform plan can show {shown} of them, and {sets} a change set of CloudFormation, written by hand after"
    yield f"AWS's documentation. {none} no plan could show.\n"
    yield "| | Incident | When | planguard |"
    yield "| --- | --- | --- | --- |"
    for one in incidents:
        link = f"[{one.title}](#{_anchor(_heading(one))})"
        yield f"| {one.number} | {link} | {one.date} | {_ending(one)} |"
    yield ""


def _ending(incident: suite.Incident) -> str:
    verdicts = list(dict.fromkeys(case.verdict for case in incident.cases))
    return f"**{', then '.join(verdicts)}**" if verdicts else NOT_SHOWN


def _section(incident: suite.Incident) -> Iterator[str]:
    yield f"## {_heading(incident)}\n"
    yield f"- **What happened** ({incident.date}). {incident.happened}"
    yield f"- **What a plan shows.** {incident.plan}"
    yield f"- **What planguard says.** {incident.planguard}\n"
    for case in incident.cases:
        if case.about:
            yield f"{case.about}\n"
        yield f"```text\n$ {COMMAND}\n{_printed(case)}```\n"
    places = [f"[{case.id}](../tests/incidents/{_place(case)})" for case in incident.cases]
    if places:
        yield f"Rebuilt in: {', '.join(places)}."
    yield f"Read more: {', '.join(f'<{link}>' for link in incident.links)}.\n"


def _place(case: suite.Case) -> str:
    return f"plans/{case.id}.json" if case.by_hand else f"sources/{case.id}"


def _heading(incident: suite.Incident) -> str:
    return f"{incident.number}. {incident.title}"


def _anchor(heading: str) -> str:
    """The anchor that renderers of Markdown give a heading."""
    kept = "".join(char for char in heading.lower() if char.isalnum() or char in " -")
    return kept.replace(" ", "-")


def _printed(case: suite.Case) -> str:
    """The finding that the case is about, and the verdict, out of what the command printed."""
    blocks = _blocks(_run(case))
    first = case.expected[0]
    wanted = [block for block in blocks[1:-1] if first.rule in block and (first.address or "the whole plan") in block]
    if not wanted:
        raise SystemExit(f"{case.id}: {first.rule} at {first.address} is not in what planguard printed")
    return wanted[0] + blocks[-1]


def _blocks(output: str) -> list[str]:
    """The output parted at its rules: the heading, one for each finding or list, the verdict."""
    blocks: list[list[str]] = [[]]
    for line in output.splitlines(keepends=True):
        if line.startswith(("== ", "-- ", "=====")):
            blocks.append([])
        blocks[-1].append(line)
    return ["".join(block) for block in blocks]


def _run(case: suite.Case) -> str:
    # Where a plan lies is evidence of its environment, so it lies in a directory that says nothing.
    environment = {name: value for name, value in os.environ.items() if name not in CLEARED}
    environment |= {"COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    with tempfile.TemporaryDirectory(prefix="p") as directory:
        shutil.copy(case.plan, Path(directory) / "plan.json")
        done = subprocess.run(
            [sys.executable, "-m", "planguard", *COMMAND.split()[1:]],
            cwd=directory,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    if done.returncode not in (0, 10):
        raise SystemExit(f"{case.id}: planguard ended in exit {done.returncode}\n{done.stderr}")
    return done.stdout


def main(arguments: list[str]) -> int:
    """Command line of the script."""
    text = page()
    if arguments == ["--check"]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write("docs/incidents.md is out of date; run `make incidents` and read the diff\n")
        return 1
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
