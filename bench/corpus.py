"""Public plans that nobody labelled: how each ends, and every finding from high up with what a person read in it.

The plans lie in a folder of their own (PLANGUARD_CORPUS) and stay there; only names of files come into the page. What a
person read is kept in `readings.yaml`, under a key of the file's content, the rule and the address: a finding that is
new, or a file that has changed, shows up as unread.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import yaml

from bench.sections import table
from planguard import catalog, engine, gate, inputs
from planguard.config import Config
from planguard.errors import PlanguardError
from planguard.model import Action, Finding, Plan, Severity
from planguard.policy import rulebook

READINGS = Path(__file__).parent / "readings.yaml"
FOLDERS = ("plan", "plan_odd", "stream")
LETS_GO = (Action.DELETE, Action.REPLACE, Action.FORGET, Action.UNKNOWN)


class Alarm(NamedTuple):
    """A finding of high or more."""

    file: str
    key: str
    finding: Finding
    loss: bool
    """Whether the plan ends or lets go of something that holds something, or cannot be understood."""


class Outcome(NamedTuple):
    """All of it."""

    files: int
    verdicts: Mapping[str, int]
    without_loss: int
    alarms: tuple[Alarm, ...]


def run(folder: Path) -> Outcome:
    """Judge every plan of the folder, with the shipped rules and no config."""
    rules, config = rulebook.shipped(), Config()
    verdicts: Counter[str] = Counter()
    alarms: list[Alarm] = []
    without_loss = 0
    files = [path for name in FOLDERS for path in sorted((folder / name).rglob("*")) if path.is_file()]
    for path in files:
        try:
            plans = inputs.load(str(path))
        except PlanguardError:
            verdicts["not readable (exit 3)"] += 1
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for plan in plans:
            assessment = engine.assess(plan, config, rules, today=date(2026, 1, 1))
            verdicts[gate.decide(assessment, None, config).outcome.value] += 1
            loss = plan.errored or bool(plan.undecided) or _loses(plan)
            without_loss += not loss
            alarms += [
                Alarm(path.relative_to(folder).as_posix(), _key(content, finding), finding, loss)
                for finding in assessment.findings
                if finding.severity.rank >= Severity.HIGH.rank
            ]
    return Outcome(len(files), dict(sorted(verdicts.items())), without_loss, tuple(alarms))


def page(outcome: Outcome) -> str:
    """The outcome in Markdown."""
    read = readings()
    ends = table(("verdict", "plans"), list(outcome.verdicts.items()))
    silent = sum(not alarm.loss for alarm in outcome.alarms)
    unread = sum(alarm.key not in read for alarm in outcome.alarms)
    rows: list[tuple[object, ...]] = []
    for (file, rule, said), number in sorted(_grouped(outcome.alarms, read).items()):
        rows.append((f"`{file}`", rule, number, said))
    return "\n\n".join(
        [
            f"{outcome.files} files.",
            ends,
            f"{outcome.without_loss} readable plans end nothing that holds something, let go of nothing, and are whole."
            f" On these stand **{silent} findings of high or more** (J2: 0).",
            f"Every finding of high or more, {unread} of them unread:",
            table(("file", "rule", "findings", "true?"), rows),
        ]
    )


def readings() -> Mapping[str, str]:
    """Key → what a person read in it."""
    found: Mapping[str, str] = yaml.safe_load(READINGS.read_text(encoding="utf-8")) or {}
    return found


def _grouped(alarms: tuple[Alarm, ...], read: Mapping[str, str]) -> Counter[tuple[str, str, str]]:
    return Counter((alarm.file, alarm.finding.rule, read.get(alarm.key, "**unread**")) for alarm in alarms)


def _key(content: str, finding: Finding) -> str:
    return f"{content} {finding.rule} {finding.address}".strip()


def _loses(plan: Plan) -> bool:
    return any(
        change.action in LETS_GO
        and "none" not in catalog.lookup(change.resource.type, change.resource.provider, change.before).loses
        for change in plan.changes
    )
