"""The plans under `examples/` are what terraform makes of the sources beside them, and end as their pages say.

`PLANGUARD_GOLDEN=write` writes the plans again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from command import Planguard
from fakecloud.terraform import MakeTerraform, Terraform

EXAMPLES = Path(__file__).parents[2] / "examples"


def made_again(name: str, fakecloud: MakeTerraform, directory: Path) -> dict[str, Any]:
    """The example's plan as terraform makes it today, without what differs from run to run."""
    shutil.copytree(EXAMPLES / name, directory)
    before = fakecloud(directory / "before")
    before.apply()
    after: Terraform = fakecloud(directory / "after")
    shutil.copy(before.directory / "terraform.tfstate", after.directory)
    plan: dict[str, Any] = json.loads(after.plan().json.read_bytes())
    plan["timestamp"] = "2026-01-01T00:00:00Z"
    plan["relevant_attributes"] = sorted(plan.get("relevant_attributes", []), key=json.dumps)
    return plan


def essence(plan: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What another version of terraform would say too."""
    changes = plan["resource_changes"]
    return [(item["address"], item["change"]["actions"], item["change"].get("replace_paths")) for item in changes]


@pytest.mark.parametrize("name", ["harmless", "kiro"])
def test_an_example_plan_belongs_to_its_sources(name: str, fakecloud: MakeTerraform, tmp_path: Path) -> None:
    plan = made_again(name, fakecloud, tmp_path / name)
    recorded = EXAMPLES / name / "plan.json"
    if os.environ.get("PLANGUARD_GOLDEN") == "write":
        recorded.write_text(json.dumps(plan, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    assert essence(json.loads(recorded.read_bytes())) == essence(plan)


def test_the_small_fix_is_stopped(planguard: Planguard, tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    done = planguard("check", EXAMPLES / "kiro" / "plan.json", "--report=terminal", f"--report=json={report}")

    assert done.returncode == 10
    findings = json.loads(report.read_bytes())["findings"]
    serious = {item["address"] for item in findings if item["severity"] in ("critical", "high")}
    assert {
        "module.environment.aws_db_instance.usage",
        "module.environment.aws_elastic_beanstalk_environment.app",
    } <= serious
    assert "module.environment.aws_vpc.this" not in {item["address"] for item in findings}
    assert b"module.environment.aws_db_instance.usage" in done.stdout


def test_the_harmless_plan_passes(planguard: Planguard, tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    done = planguard("check", EXAMPLES / "harmless" / "plan.json", f"--report=json={report}")

    assert done.returncode == 0
    assert not [item for item in json.loads(report.read_bytes())["findings"] if item["severity"] not in ("low", "info")]
