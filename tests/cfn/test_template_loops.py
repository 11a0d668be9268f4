"""Loops of a template: worked out where it is known what they run over, and never passed over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, change, compared, detail, load, response, template, verdict
from planguard import inputs
from planguard.model import Action, Plan

TABLE = "AWS::DynamoDB::Table"
EXTENSIONS = "AWS::LanguageExtensions"
TABLES = {"Type": "CommaDelimitedList", "Default": "Orders,Users"}


def loop(collection: Any, **properties: Any) -> dict[str, Any]:
    body = {"Type": TABLE, "Properties": {"TableName": {"Fn::Sub": "prod-${N}"}, **properties}}
    return {"Fn::ForEach::Tables": ["N", collection, {"Table&{N}": body}]}


def written(resources: dict[str, Any], **sections: Any) -> str:
    return template(resources, Transform=EXTENSIONS, **sections)


def fates(plan: Plan) -> dict[str, Action]:
    return {name: change.action for name, change in by_name(plan).items()}


def test_an_item_that_goes_takes_its_table_along(tmp_path: Path) -> None:
    plan = compared(tmp_path, written(loop(["Orders", "Users"])), written(loop(["Orders"])))
    assert fates(plan) == {"TableUsers": Action.DELETE}
    assert verdict(plan)[0] == 10
    assert [item.name for item in plan.unchanged] == ["TableOrders"]
    assert plan.undecided == ()


def test_a_new_item_loses_nothing_and_only_letters_make_names(tmp_path: Path) -> None:
    plan = compared(tmp_path, written(loop(["a"])), written(loop(["a", "b-c.1"])))
    assert fates(plan) == {"Tablebc1": Action.CREATE}
    after = by_name(plan)["Tablebc1"].after
    assert after is not None
    assert after.get("TableName") == "prod-b-c.1"
    assert verdict(plan)[0] == 0


def test_writing_a_loop_instead_of_its_items_changes_nothing(tmp_path: Path) -> None:
    plain = {f"Table{name}": {"Type": TABLE, "Properties": {"TableName": f"prod-{name}"}} for name in ("A", "B")}
    plan = compared(tmp_path, template(plain), written(loop(["A", "B"])))
    assert plan.changes == ()
    assert plan.undecided == ()


def test_loops_in_loops_and_in_properties(tmp_path: Path) -> None:
    def both(levels: list[str]) -> str:
        tags = {"Fn::ForEach::Keys": ["K", ["x"], {"${K}Throughput": {"ReadCapacityUnits": 1}}]}
        body = {"Type": TABLE, "Properties": {"TableName": {"Fn::Join": ["-", ["prod", {"Ref": "N"}, "${L}"]]}, **tags}}
        inner = {"Fn::ForEach::Levels": ["L", {"Fn::FindInMap": ["Levels", {"Ref": "N"}, "All"]}, {"T${N}${L}": body}]}
        mappings = {"Levels": {"a": {"All": levels}, "b": {"All": ["1"]}}}
        return written({"Fn::ForEach::Outer": ["N", ["a", "b"], inner]}, Mappings=mappings)

    plan = compared(tmp_path, both(["1", "2"]), both(["1"]))
    assert fates(plan) == {"Ta2": Action.DELETE}
    before = by_name(plan)["Ta2"].before
    assert before is not None
    assert before.get("TableName") == "prod-a-2"


def test_a_loop_over_a_parameter_is_a_guess_until_its_value_is_given(tmp_path: Path) -> None:
    old = written(loop({"Ref": "Names"}), Parameters={"Names": TABLES})
    new = written(loop({"Ref": "Names"}), Parameters={"Names": {**TABLES, "Default": "Orders"}})
    plan = compared(tmp_path, old, new)
    assert fates(plan) == {"TableUsers": Action.DELETE}
    assert [item.rule for item in plan.undecided] == ["template-macro"]
    assert "Tables runs over a parameter" in plan.undecided[0].missing
    files = [str(tmp_path / name) for name in ("old.yaml", "new.yaml")]
    (plan,) = inputs.compared(*files, parameters={"Names": "Orders,Users"})
    assert (plan.changes, plan.undecided) == ((), ())


@pytest.mark.parametrize(
    ("properties", "open_"),
    [({"BillingMode": "PAY_PER_REQUEST"}, False), ({"Tags": {"Fn::FindInMap": ["Tags", {"Ref": "N"}, "All"]}}, True)],
)
def test_an_edit_that_treats_every_item_alike_needs_no_values(
    tmp_path: Path, properties: dict[str, Any], open_: bool
) -> None:
    old = written(loop({"Ref": "Names"}), Parameters={"Names": TABLES})
    new = written(loop({"Ref": "Names"}, **properties), Parameters={"Names": TABLES})
    plan = compared(tmp_path, old, new)
    assert set(fates(plan).values()) == {Action.UPDATE}
    assert [item.rule for item in plan.undecided] == (["template-macro"] if open_ else [])


@pytest.mark.parametrize(
    "collection",
    [{"Ref": "Names"}, {"Fn::Split": [",", {"Fn::ImportValue": "x"}]}, "Orders", [{"Ref": "AWS::Region"}], ["a", "a"]],
)
def test_what_nobody_can_work_out_needs_consent(tmp_path: Path, collection: Any) -> None:
    text = written(loop(collection), Parameters={"Names": {"Type": "AWS::SSM::Parameter::Value<List<String>>"}})
    plan = compared(tmp_path, text, text)
    assert [item.rule for item in plan.undecided] == ["template-macro"]
    assert verdict(plan)[0] == 10


@pytest.mark.parametrize("made", ["text", {"Properties": {}}, {"Type": 5}, {"Type": TABLE, "Properties": []}])
def test_what_is_no_resource_is_not_passed_over(tmp_path: Path, made: Any) -> None:
    text = written({"Fn::ForEach::L": ["N", ["a"], {"T${N}": made}]})
    assert verdict(compared(tmp_path, text, text))[0] == 10


def test_without_the_transform_a_loop_is_not_believed(tmp_path: Path) -> None:
    text = template(loop(["a"]))
    assert verdict(compared(tmp_path, text, text))[0] == 10


def test_loops_that_multiply_are_left_alone(tmp_path: Path) -> None:
    made: dict[str, Any] = {"T${A}${B}${C}": {"Type": TABLE}}
    for name in "ABC":
        made = {f"Fn::ForEach::L{name}": [name, [str(number) for number in range(100)], made]}
    plan = compared(tmp_path, written(made), written(made))
    assert [item.rule for item in plan.undecided] == ["template-macro"]


def test_beside_a_change_set_the_policy_stands_in_the_loop(tmp_path: Path) -> None:
    kept = loop(["Orders"])
    kept["Fn::ForEach::Tables"][2]["Table&{N}"]["UpdateReplacePolicy"] = "Retain"
    (tmp_path / "template.json").write_text(written(kept))
    replaced = change("TableOrders", TABLE, Action="Modify", Replacement="True", Details=[detail("X", "Always")])
    document = response(replaced)
    (plan,) = load(tmp_path, document, template=str(tmp_path / "template.json"))
    assert by_name(plan)["TableOrders"].old_kept
