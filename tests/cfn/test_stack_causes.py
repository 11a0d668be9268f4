"""Why something leaves a stack, and what to do instead: in CloudFormation's words, never in Terraform's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cfn_documents import assess, change, compared, context, detail, load, response, template
from planguard.model import Finding, Plan

PROD_TAG = [{"Key": "env", "Value": "prod"}]


def finding(plan: Plan, address: str) -> Finding:
    return next(item for item in assess(plan).findings if item.address == address)


def table(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", "Tags": PROD_TAG, **properties}}


def test_a_rename_is_told_with_the_way_to_do_it(tmp_path: Path) -> None:
    found = finding(compared(tmp_path, template({"Old": table()}), template({"New": table()})), "Old")
    assert found.cause is not None and "rename to New" in found.cause.text
    assert found.remedy is not None and "overrideLogicalId" in found.remedy


def test_a_removal_is_told_with_the_way_to_keep_it(tmp_path: Path) -> None:
    other = {"Topic": {"Type": "AWS::SNS::Topic"}}
    found = finding(compared(tmp_path, template({"T": table(), **other}), template(other)), "T")
    assert found.cause is not None and found.cause.text == "it is gone from the template"
    assert found.remedy is not None and "DeletionPolicy: Retain on T first" in found.remedy


def test_a_replacement_names_its_property_and_the_policy_that_keeps_the_old_one(tmp_path: Path) -> None:
    replaced = change("T", "AWS::DynamoDB::Table", Action="Modify", Replacement="True", PolicyAction="ReplaceAndDelete",
                      Details=[detail("TableName", "Always", Target={"Path": "/Properties/TableName"})],
                      BeforeContext=context({"TableName": "a", "Tags": PROD_TAG}),
                      AfterContext=context({"TableName": "b", "Tags": PROD_TAG}))  # fmt: skip
    found = finding(load(tmp_path, response(replaced))[0], "T")
    assert found.cause is not None and 'TableName changes from "a" to "b"' in found.cause.text
    assert found.remedy is not None and "UpdateReplacePolicy: Retain on T" in found.remedy


def test_nothing_speaks_of_terraform(tmp_path: Path) -> None:
    old = template({"A": table(), "B": table(TableName="b"), "C": {**table(), "DeletionPolicy": "Retain"}})
    new = template({"B": table(TableName="c"), "D": {"Type": "AWS::SNS::Topic"}})
    found = assess(compared(tmp_path, old, new)).findings
    assert {item.address for item in found} >= {"A", "B", "C"}
    for item in found:
        said = f"{item.cause.text if item.cause else ''} {item.remedy or ''} {item.message} {' '.join(item.evidence)}"
        assert not any(word in said for word in ("erraform", "moved block", "removed block", "tofu", "lifecycle")), said
