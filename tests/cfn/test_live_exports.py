"""Exports that an update touches, and the stacks that import them, asked from a server on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import PRODUCTION, by_name, change, context, verdict
from fakecfn import Cloud, Fault
from fakecfn.orders import TABLE, described, export
from planguard import inputs
from planguard.errors import PlanguardError
from planguard.model import Action, Plan

NAME = {"Fn::Sub": "${AWS::StackName}-table"}


def body(table: str = "a", **outputs: Any) -> str:
    thing = {"Type": TABLE["Type"], "Properties": {"TableName": table, **PRODUCTION}}
    return json.dumps({"Resources": {"Orders": thing}, "Outputs": outputs})


def output(value: Any, name: Any = NAME) -> dict[str, Any]:
    return {"Value": value, "Export": {"Name": name}}


def compared(tmp_path: Path, text: str) -> Plan:
    (tmp_path / "template.json").write_text(text)
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"))
    return plan


@pytest.fixture
def exporting(cloud: Cloud) -> Cloud:
    cloud.templates["orders"] = body(Table=output({"Ref": "Orders"}))
    cloud.stacks["orders"] |= {"Outputs": [export("Table", "orders-table", "a")], "EnableTerminationProtection": True}
    return cloud


def test_a_removed_export_names_who_imports_it(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["billing", "shop", "web"]
    plan = compared(tmp_path, body())
    (found,) = plan.changes
    assert (found.resource.address, found.action) == ("Outputs/Table", Action.DELETE)
    assert "Imported by billing, shop, web." in found.basis
    assert exporting.calls.count("ListImports") == 2  # two pages
    assert verdict(plan) == (0, {("export-removed", "medium", "Outputs/Table")})
    assert plan.counts["delete"] == 1


def test_an_export_that_nobody_imports_is_only_mentioned(exporting: Cloud, tmp_path: Path) -> None:
    plan = compared(tmp_path, body(Table=output({"Ref": "Orders"}, "another-name")))
    assert verdict(plan) == (0, {("export-removed", "low", "Outputs/Table")})


def test_an_export_under_the_same_name_stays(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["shop"]
    plan = compared(tmp_path, body(Renamed=output({"Ref": "Orders"}, "orders-table")))
    assert plan.changes == ()


def test_an_export_of_what_is_replaced_changes(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["shop"]
    plan = compared(tmp_path, body("b", Table=output({"Ref": "Orders"})))
    found = by_name(plan)["Outputs/Table"]
    assert (found.action, found.conditional) == (Action.UPDATE, False)
    assert ("export-changed", "medium", "Outputs/Table") in verdict(plan)[1]
    exporting.imports.clear()
    assert "Outputs/Table" not in by_name(compared(tmp_path, body("b", Table=output({"Ref": "Orders"}))))


@pytest.mark.parametrize(("value", "changes"), [("a", False), ("c", True), ({"Fn::ImportValue": "x"}, True)])
def test_an_export_with_another_value_changes(exporting: Cloud, tmp_path: Path, value: Any, changes: bool) -> None:
    exporting.imports["orders-table"] = ["shop"]
    plan = compared(tmp_path, body(Table=output(value)))
    assert ("Outputs/Table" in by_name(plan)) is changes


def test_an_export_that_is_written_another_way_stays(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["shop"]
    assert compared(tmp_path, body(Table=output({"Fn::Sub": "${Orders}"}))).changes == ()


def test_a_name_and_a_condition_that_nobody_knows_are_perhaps(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["shop"]
    found = by_name(compared(tmp_path, body(Table=output("a", {"Fn::ImportValue": "x"}))))["Outputs/Table"]
    assert (found.action, found.conditional) == (Action.DELETE, True)
    text = json.loads(body(Table={**output("a"), "Condition": "On"}))
    text["Conditions"] = {"On": {"Fn::Equals": [{"Fn::ImportValue": "x"}, "y"]}}
    found = by_name(compared(tmp_path, json.dumps(text)))["Outputs/Table"]
    assert (found.action, found.conditional) == (Action.DELETE, True)


def test_importers_that_may_not_be_read_need_consent(exporting: Cloud, tmp_path: Path) -> None:
    exporting.faults["ListImports", 0] = Fault("AccessDenied", "no", 403)
    plan = compared(tmp_path, body())
    assert [(item.rule, item.address) for item in plan.undecided] == [("unseen-in-aws", "Outputs/Table")]
    assert "cloudformation:ListImports" in plan.undecided[0].missing
    assert verdict(plan)[0] == 10


def test_importers_that_cannot_be_read_end_the_run(exporting: Cloud, tmp_path: Path) -> None:
    exporting.imports["orders-table"] = ["billing", "shop", "web"]
    exporting.faults["ListImports", 2] = Fault("ExpiredToken", "no", 403)
    with pytest.raises(PlanguardError, match="expired"):
        compared(tmp_path, body())


def test_a_change_set_takes_exports_away_as_well(exporting: Cloud) -> None:
    exporting.imports["orders-table"] = ["shop"]
    exporting.add(described(), body())
    (plan,) = inputs.live("orders", change_set="release")
    assert verdict(plan) == (0, {("export-removed", "medium", "Outputs/Table")})
    replaced = change("Orders", TABLE["Type"], Action="Modify", Replacement="True", PolicyAction="ReplaceAndDelete",
                      BeforeContext=context({"TableName": "a"}), AfterContext=context({"TableName": "b"}))  # fmt: skip
    exporting.add(described(replaced), body("b", Table=output({"Ref": "Orders"})))
    (plan,) = inputs.live("orders", change_set="release")
    assert by_name(plan)["Outputs/Table"].action is Action.UPDATE
    assert verdict(plan)[0] == 10
