"""Each documented incident that a Terraform plan could have shown is stopped, or warned of, for the right reason.

The plans are kept, so judging them needs no terraform; real terraform makes some of them again, or all of them with
PLANGUARD_INCIDENT_PLANS=all. `make incidents` (PLANGUARD_INCIDENT_PLANS=write) writes them and docs/incidents.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fakecloud.terraform import MakeTerraform
from incidents import suite
from planguard import engine, gate, inputs
from planguard.config import Config
from planguard.model import Finding, Report, Severity
from replays import TODAY, judge, rules

ROOT = Path(__file__).parents[2]
MODE = os.environ.get("PLANGUARD_INCIDENT_PLANS", "")
QUICK = {"03-module-renamed", "09-project-removed", "18-key-rotated-elsewhere", "25-cluster-zones"}
"""Made again in every run: a rename, a deletion, a delete beside a create, a replacement with a chain."""
LARGEST = 30_000

CASES = [pytest.param(case, id=case.id) for case in suite.cases()]
_REST = pytest.mark.skipif(not MODE, reason="PLANGUARD_INCIDENT_PLANS=all makes this plan again as well")
MADE = [
    pytest.param(case, id=case.id, marks=[] if case.id in QUICK else [_REST])
    for case in suite.cases()
    if not case.by_hand
]


def report(case: suite.Case) -> Report:
    (only,) = judge(case.plan)
    return only


def serious(judged: Report) -> list[Finding]:
    return [finding for finding in judged.assessment.findings if finding.severity.rank >= Severity.HIGH.rank]


@pytest.mark.parametrize("case", CASES)
def test_an_incident_ends_as_it_should(case: suite.Case) -> None:
    judged = report(case)

    assert judged.verdict.exit_code == (10 if case.verdict == "stopped" else 0)
    assert bool(serious(judged)) == (case.verdict == "stopped")
    assert not judged.assessment.undecided


@pytest.mark.parametrize("case", CASES)
def test_an_incident_is_found_for_the_right_reason(case: suite.Case) -> None:
    found = {(finding.rule, finding.address): finding for finding in report(case).assessment.findings}
    for expected in case.expected:
        finding = found.get((expected.rule, expected.address))
        assert finding is not None, (expected.rule, expected.address, sorted(found))
        assert finding.severity.value == expected.severity
        cause = finding.cause.text if finding.cause else ""
        assert [words for words in expected.cause if words not in cause] == [], cause
        remedy = finding.remedy or ""
        assert [words for words in expected.remedy if words not in remedy] == [], remedy
        if expected.root:
            assert finding.cause is not None
            assert finding.cause.root == expected.root


@pytest.mark.parametrize("case", CASES)
def test_what_an_incident_leaves_alone_is_not_blamed(case: suite.Case) -> None:
    judged = report(case)
    # What a change set only modifies may be a custom resource, behind which anything can end.
    ends = {c.resource.address for c in judged.assessment.plan.changes if c.action.destroys or case.by_hand}
    # A right to destroy is given by an update.
    given = {finding.address for finding in serious(judged) if finding.rule.startswith("machine-")}
    assert {finding.address for finding in serious(judged)} - {""} <= ends | given


def test_a_missing_state_is_stopped_where_the_environment_is_known_to_exist() -> None:
    (plan,) = inputs.load(str(suite.PLANS / "23-state-missing.json"))
    config = Config()
    config = config._replace(production=config.production._replace(existing=("live/*",)))

    assessment = engine.assess(plan, config, rules(), today=TODAY, path="live/plan.json")

    assert ("state-lost", Severity.HIGH) in [(finding.rule, finding.severity) for finding in assessment.findings]
    assert gate.decide(assessment, None, config).exit_code == 10


def test_every_incident_is_told_and_every_plan_belongs_to_one() -> None:
    incidents = suite.load()
    assert [incident.number for incident in incidents] == list(range(1, 26))
    for incident in incidents:
        assert incident.kind in ("shown", "change-set", "no-plan")
        assert bool(incident.cases) == (incident.kind != "no-plan")
        assert {case.by_hand for case in incident.cases} <= {incident.kind == "change-set"}
        assert incident.links
        assert all(link.startswith("https://") for link in incident.links)
        assert [case.id for case in incident.cases if not case.id.startswith(f"{incident.number:02}-")] == []
    wanted = {case.id for case in suite.cases()}
    assert {path.stem for path in suite.PLANS.iterdir()} == wanted
    assert {path.name for path in suite.SOURCES.iterdir()} == {case.id for case in suite.cases() if not case.by_hand}
    assert [path.name for path in suite.PLANS.iterdir() if path.stat().st_size > LARGEST] == []


def test_the_page_is_up_to_date() -> None:
    command = [sys.executable, "docs/make_incidents.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", MADE)
def test_a_kept_plan_is_what_terraform_makes(case: suite.Case, fakecloud: MakeTerraform, tmp_path: Path) -> None:
    plan = suite.made_plan(case, fakecloud(tmp_path / "work"))

    if MODE == "write":
        case.plan.parent.mkdir(exist_ok=True)
        case.plan.write_text(suite.written(plan), encoding="utf-8", newline="\n")
    fresh = tmp_path / "plan.json"
    fresh.write_text(json.dumps(plan), encoding="utf-8")
    assert found_in(fresh) == found_in(case.plan)
    assert essence(plan) == essence(json.loads(case.plan.read_bytes()))


def found_in(path: Path) -> list[tuple[str, str, str, str]]:
    """Everything that is found in a plan, without the ids that a cloud makes up."""
    (judged,) = judge(path)
    return [
        (finding.rule, finding.address, finding.severity.value, re.sub(r"[0-9a-f]{8,}", "…", cause_of(finding)))
        for finding in judged.assessment.findings
    ]


def cause_of(finding: Finding) -> str:
    return finding.cause.text if finding.cause else ""


def essence(plan: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What another version of terraform would say too."""
    changes = plan["resource_changes"]
    return [(item["address"], item["change"]["actions"], item["change"].get("replace_paths")) for item in changes]
