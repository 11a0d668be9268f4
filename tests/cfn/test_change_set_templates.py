"""A change set together with the template that it puts into force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, change, context, detail, load, response, template, verdict
from planguard.model import Action

PROD_TAG = [{"Key": "env", "Value": "prod"}]


def one(kind: str, properties: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"Thing": {"Type": kind, "Properties": properties, **rest}}


def _both(tmp_path: Path, found: dict[str, Any], body: dict[str, Any]) -> Any:
    file = tmp_path / "template.yaml"
    file.write_text(template({**body, "Other": {"Type": "AWS::SNS::Topic"}}), encoding="utf-8")
    (plan,) = load(tmp_path, response(found), template=str(file))
    return plan


def test_a_template_shows_policies_and_what_stays(tmp_path: Path) -> None:
    modified = change("Thing", "AWS::DynamoDB::Table", Action="Modify", Replacement="True")
    plan = _both(tmp_path, modified, one("AWS::DynamoDB::Table", {}, UpdateReplacePolicy="Retain"))
    assert by_name(plan)["Thing"].old_kept
    assert [resource.address for resource in plan.unchanged] == ["Other"]


def test_what_the_change_set_misses_is_told_as_perhaps(tmp_path: Path) -> None:
    modified = change("Thing", "AWS::DynamoDB::Table", Action="Modify", Replacement="False",
                      Details=[detail("TableName", "Never")],
                      BeforeContext=context({"TableName": "a", "Tags": PROD_TAG}),
                      AfterContext=context({"TableName": "b", "Tags": PROD_TAG}))  # fmt: skip
    plan = _both(tmp_path, modified, one("AWS::DynamoDB::Table", {"TableName": "b"}))
    found = by_name(plan)["Thing"]
    assert (found.action, found.conditional, found.replace_paths) == (Action.REPLACE, True, (("TableName",),))
    assert verdict(plan)[0] == 10


@pytest.mark.parametrize(("name", "said"), [("TableName", "says so, too"), ("BillingMode", "Only the change set")])
def test_both_views_are_named(tmp_path: Path, name: str, said: str) -> None:
    modified = change("Thing", "AWS::DynamoDB::Table", Action="Modify", Replacement="True",
                      PolicyAction="ReplaceAndDelete", BeforeContext=context({name: "a"}),
                      AfterContext=context({name: "b"}))  # fmt: skip
    plan = _both(tmp_path, modified, one("AWS::DynamoDB::Table", {name: "b"}))
    assert any(said in sentence for sentence in by_name(plan)["Thing"].basis)
