"""Plans with the answer beside them, and what planguard says of each: `tests/fixtures/precision`, and replays.

Owns what counts as told, missed and false. Prints nothing. Replays lie in a folder of their own (PLANGUARD_INCIDENTS):
there the label names the verdict and addresses, not the rules.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from planguard import engine, gate, inputs
from planguard.config import Config
from planguard.model import Action, Finding, Plan, Report, Severity
from planguard.policy import rulebook

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import precision_cases

BLOCK, WARN, ALLOW = "block", "warn", "allow"
LATER = "23-"
"""The replay whose hazard stands in the sources and not in the plan: it must pass."""


class Labelled(NamedTuple):
    """One plan and its answer."""

    id: str
    group: str
    """The file of the case, or `replays`."""
    why: str
    verdict: str
    flag: Mapping[str, tuple[str, ...]]
    """Address → rules of which one must tell it; no rules: any."""
    document: bytes
    workspace: str | None = None
    corrected: str | None = None
    source: str | None = None


class Judged(NamedTuple):
    """What became of one plan."""

    case: Labelled
    verdict: str
    true: tuple[Finding, ...]
    """Alarms that the label asks for."""
    false: tuple[Finding, ...]
    """Alarms that the label does not ask for."""
    missed: tuple[tuple[str, str], ...]
    """Address and rule that had to be told and were not; the rule is empty where the label names none."""
    harmless: tuple[Finding, ...]
    """Findings from high up on something that the plan leaves alone."""

    @property
    def right(self) -> bool:
        """Whether verdict and addresses are as labelled."""
        return self.verdict == self.case.verdict and not self.false and not self.missed


def own() -> list[Labelled]:
    """The cases of this repository."""
    return [
        Labelled(
            id=case.id,
            group=case.theme,
            why=case.why,
            verdict=case.verdict,
            flag=case.flag,
            document=json.dumps(case.document).encode(),
            workspace=case.workspace,
            corrected=case.corrected,
            source=case.source,
        )
        for case in precision_cases.cases()
    ]


def replays(folder: Path) -> list[Labelled]:
    """The replays of a folder: `*/plan.json` with `meta.json` beside it."""
    found = []
    for plan in sorted(folder.glob("*/plan.json")):
        name = plan.parent.name
        expect = json.loads((plan.parent / "meta.json").read_text(encoding="utf-8"))["expect"]
        if name.startswith(LATER):
            expect = {"verdict": ALLOW, "addresses": []}
        flag: dict[str, tuple[str, ...]] = dict.fromkeys(expect["addresses"], ())
        found.append(Labelled(name, "replays", "", expect["verdict"], flag, plan.read_bytes()))
    return found


def judge(cases: list[Labelled]) -> Iterator[Judged]:
    """What planguard says of each, with the shipped rules and no config."""
    rules = rulebook.shipped()
    with tempfile.TemporaryDirectory(prefix="p") as folder:
        path = Path(folder) / "given.json"
        for case in cases:
            path.write_bytes(case.document)
            (plan,) = inputs.load(str(path), workspace=case.workspace)
            config = Config()
            assessment = engine.assess(plan, config, rules, today=date(2026, 1, 1))
            verdict = gate.decide(assessment, None, config)
            yield compare(case, plan, Report(assessment, verdict))


def compare(case: Labelled, plan: Plan, report: Report) -> Judged:
    """The label and the report."""
    findings = report.assessment.findings
    undecided = {(item.address, item.rule) for item in report.assessment.undecided}
    worst = max((finding.severity.rank for finding in findings), default=0)
    blocked = report.verdict.exit_code != gate.PASSED
    verdict = BLOCK if blocked else WARN if worst >= Severity.MEDIUM.rank else ALLOW
    level = Severity.HIGH if case.verdict == BLOCK else Severity.MEDIUM
    alarms = [finding for finding in findings if finding.severity.rank >= level.rank]
    asked = [finding for finding in alarms if _asked(case, plan, finding)]
    too_loud = [f for f in asked if case.verdict != BLOCK and f.severity.rank > Severity.MEDIUM.rank]
    told = {(finding.address, finding.rule) for finding in asked} | undecided
    low = {finding.address for finding in findings}
    missed = [
        (address, rules[0] if rules else "")
        for address, rules in case.flag.items()
        if not (any((address, rule) in told for rule in rules) if rules else address in low)
    ]
    ends = {change.resource.address for change in plan.changes if change.action is not Action.NOOP}
    return Judged(
        case=case,
        verdict=verdict,
        true=tuple(finding for finding in asked if finding not in too_loud),
        false=tuple(finding for finding in alarms if finding not in asked or finding in too_loud),
        missed=tuple(sorted(missed)),
        harmless=tuple(f for f in findings if f.severity.rank >= Severity.HIGH.rank and f.address not in {"", *ends}),
    )


def _asked(case: Labelled, plan: Plan, finding: Finding) -> bool:
    """Whether the label wants an alarm there. A replay's label does not list everything that ends."""
    if finding.address in case.flag:
        return True
    if case.group != "replays" or case.verdict == ALLOW:
        return False
    if not finding.address or not case.flag:
        return True
    return any(change.resource.address == finding.address and change.action.destroys for change in plan.changes)


def documents(cases: list[Labelled]) -> Mapping[str, Any]:
    """Id → plan document, for other tools."""
    return {case.id: json.loads(case.document) for case in cases}
