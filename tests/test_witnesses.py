"""What the plan leaves alone tells, by its tags, where those belong that say nothing of themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planguard.inputs import terraform
from replays import judge


def _entry(address: str, actions: list[str], tags: dict[str, str] | None) -> dict[str, object]:
    kind, _, name = address.partition(".")
    values = {"id": f"x-{name}", "tags": tags}
    change = {
        "actions": actions,
        "before": values,
        "after": values if actions == ["no-op"] else None,
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    }
    provider = "registry.terraform.io/hashicorp/aws"
    names = {"address": address, "mode": "managed", "type": kind, "name": name, "provider_name": provider}
    return {**names, "change": change}


def _plan(tmp_path: Path, neighbour: dict[str, str] | None, copies: int = 1) -> Path:
    entries = [_entry("aws_lb.web", ["delete"], None)]
    entries += [_entry(f"aws_vpc.v{number}", ["no-op"], neighbour) for number in range(copies)]
    path = tmp_path / "plan.json"
    document = {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": entries}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("neighbour", "tier", "code"),
    [({"env": "prod"}, "production", 10), ({"env": "dev"}, "other", 0), (None, "unknown", 0)],
)
def test_tags_of_what_stays_count_for_what_goes(tmp_path, neighbour, tier, code):
    (report,) = judge(_plan(tmp_path, neighbour))
    (finding,) = [f for f in report.assessment.findings if f.address == "aws_lb.web"]
    assert finding.environment.tier.value == tier
    assert report.verdict.exit_code == code


@pytest.mark.parametrize(("neighbour", "tier"), [({"env": "prod"}, "production"), ({"env": "dev"}, "unknown")])
def test_a_sample_never_says_that_production_is_nowhere(tmp_path, neighbour, tier):
    (report,) = judge(_plan(tmp_path, neighbour, copies=terraform.WITNESSES + 1))
    (finding,) = [f for f in report.assessment.findings if f.address == "aws_lb.web"]
    assert finding.environment.tier.value == tier


def test_only_so_many_are_kept(tmp_path):
    from planguard import inputs

    (plan,) = inputs.load(str(_plan(tmp_path, {"env": "prod"}, copies=terraform.WITNESSES + 9)))
    assert len(plan.witnesses) == terraform.WITNESSES
    assert len(plan.unchanged) == terraform.WITNESSES + 9


def test_no_report_carries_them(tmp_path):
    (report,) = judge(_plan(tmp_path, {"env": "prod"}))
    assert report.assessment.plan.witnesses == ()
