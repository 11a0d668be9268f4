"""What pipelines hand to the Action: through setup-terraform's wrapper, of many modules, of CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from action_stage import ActionStage
from cfn_documents import change, response
from gate_runs import deleting

Make = Callable[..., ActionStage]


def wrapped(document: object, *, old: bool = False) -> bytes:
    """What `terraform show -json tfplan > plan.json` leaves behind under the wrapper of hashicorp/setup-terraform."""
    text = json.dumps(document)
    said = [
        "[command]/home/runner/work/_temp/9b2ff3d0/terraform-bin show -json tfplan",
        text,
        "",
        "::debug::Terraform exited with code 0.",
        f"::debug::stdout: {text}",
        "::debug::stderr: ",
        "::debug::exitcode: 0",
    ]
    if old:
        said += ["", f"::set-output name=stdout::{text}", "", "::set-output name=exitcode::0"]
    return ("\n".join(said) + "\n").encode()


def test_all_of_them_in_one_run(stage: Make) -> None:
    it = stage()
    plans = {
        "wrapper/plan.json": wrapped(deleting("one")),
        "older wrapper/plan.json": wrapped(deleting("two"), old=True),
        # terragrunt run --all, one file for each unit
        "units/network/plan.json": deleting("three"),
        "units/data/plan.json": deleting("four"),
        "stack/changeset.json": response(
            change("Table", "AWS::DynamoDB::Table", Action="Remove"), StackName="live-orders"
        ),
    }
    given = "wrapper/plan.json\nolder wrapper/plan.json\nunits/*/plan.json\nstack/changeset.json\n"
    ended, job = it.act({"plan": given}, plans=plans)
    assert ended.outputs["exit-code"] == "10", ended.log
    for name in ("one", "two", "three", "four", "Table"):
        assert name in it.asked
    runs = json.loads(job.artifacts["planguard"]["planguard.json"])["runs"]
    assert sorted(run["plan"]["source"] for run in runs) == sorted(plans)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[command]/x/terraform-bin plan\nPlan: 1 to add, 0 to change, 0 to destroy.\n", "text for people"),
        (b"[command]/x/terraform-bin show -json tfplan\n::error::Terraform exited with code 1.\n", "plan.json"),
        (wrapped(deleting("one"))[:400], "cut"),
        (b"", "empty"),
    ],
)
def test_what_is_not_a_plan_is_refused_with_a_sentence(stage: Make, content: bytes, says: str) -> None:
    ended, _ = stage().act(plans={"plan.json": content})
    assert ended.outputs["exit-code"] == "3"
    assert ended.outputs["verdict"] == "error"
    assert says in ended.log
    assert "Traceback" not in ended.log


def test_a_report_instead_of_the_plan_so_that_no_secret_leaves_the_job_that_planned(stage: Make) -> None:
    it = stage()
    secret = "hunter2-hunter2"
    document = deleting("audit")
    document["resource_changes"][0]["change"]["before"]["password"] = secret
    document["resource_changes"][0]["change"]["before_sensitive"] = {"password": True}
    settings = it.repo.file("main", "planguard.yml")
    assert settings
    planned, _ = it.act({"command": "check"}, plans={"plan.json": document, "planguard.yml": settings})
    report = Path(planned.outputs["json"]).read_bytes()
    assert secret.encode() not in report
    ended, _ = it.act({"plan": "report.json"}, plans={"report.json": report})
    assert (ended.outputs["exit-code"], ended.outputs["state"]) == ("10", "awaiting"), ended.log
    it.agree("erin")
    ended, _ = it.act({"plan": "report.json"}, plans={"report.json": report})
    assert ended.outputs["verdict"] == "approved", ended.log
