"""A deployed stack compared with a template: its nested stacks, and the values of its parameters."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, verdict
from command import Planguard
from fakecfn import Cloud, Fault
from fakecfn.orders import TABLE, stack, stack_id
from planguard import inputs
from planguard.errors import PlanguardError, UsageError
from planguard.model import Action, Plan


def table(name: Any) -> str:
    return json.dumps({"Resources": {"Orders": {"Type": TABLE["Type"], "Properties": {"TableName": name}}}})


def parent(url: str) -> str:
    return json.dumps(
        {"Resources": {"Data": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}}
    )


def nested(cloud: Cloud, tmp_path: Path, name: str) -> Plan:
    cloud.templates["orders"] = parent("https://bucket.s3.amazonaws.com/1.template")
    cloud.resources["orders"] = {"Data": stack_id("inner"), "Other": stack_id("other"), "Third": stack_id("third")}
    cloud.templates[stack_id("inner")] = table("a")
    (tmp_path / "inner.json").write_text(table(name))
    (tmp_path / "template.json").write_text(parent("inner.json"))
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"))
    return plan


def test_nested_stacks_are_compared_with_what_is_deployed(cloud: Cloud, tmp_path: Path) -> None:
    plan = nested(cloud, tmp_path, "b")
    assert by_name(plan)["Data/Orders"].action is Action.REPLACE
    assert plan.undecided == ()
    assert ("data-replacement", "critical", "Data/Orders") in verdict(plan)[1]
    assert "Data/Orders" not in by_name(nested(cloud, tmp_path, "a"))
    assert cloud.calls.count("ListStackResources") == 4  # two pages each time


def test_a_nested_stack_that_leaves_is_seen_with_what_it_holds(cloud: Cloud, tmp_path: Path) -> None:
    nested(cloud, tmp_path, "a")
    (tmp_path / "template.json").write_text('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"))
    assert by_name(plan)["Data/Orders"].action is Action.DELETE


@pytest.mark.parametrize("call", ["ListStackResources", "GetTemplate"])
def test_a_nested_stack_that_may_not_be_read_needs_consent(cloud: Cloud, tmp_path: Path, call: str) -> None:
    cloud.faults[call, 1 if call == "ListStackResources" else 2] = Fault("AccessDenied", "no", 403)
    plan = nested(cloud, tmp_path, "a")
    assert {(item.rule, item.address) for item in plan.undecided} == {
        ("unseen-in-aws", ""),
        ("unseen-nested-stack", "Data"),
    }
    assert any(f"cloudformation:{call}" in item.missing for item in plan.undecided)
    assert verdict(plan)[0] == 10


@pytest.mark.parametrize("call", [("ListStackResources", 2), ("GetTemplate", 2)])
def test_a_nested_stack_that_cannot_be_read_ends_the_run(cloud: Cloud, tmp_path: Path, call: tuple[str, int]) -> None:
    cloud.faults[call] = Fault("ExpiredToken", "no", 403)
    with pytest.raises(PlanguardError, match="expired") as caught:
        nested(cloud, tmp_path, "a")
    assert caught.value.exit_code == 3


def test_a_stack_may_be_named_by_its_arn(cloud: Cloud, tmp_path: Path) -> None:
    arn = stack_id("orders")
    cloud.stacks[arn], cloud.templates[arn] = cloud.stacks["orders"], table("a")
    (tmp_path / "template.json").write_text(table("b"))
    (plan,) = inputs.live(arn, template=str(tmp_path / "template.json"))
    assert plan.workspace == "orders"


def test_a_nested_stack_that_is_gone_needs_consent(cloud: Cloud, tmp_path: Path) -> None:
    nested(cloud, tmp_path, "a")
    cloud.resources["orders"] = {"Data": stack_id("nobody")}
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"))
    assert [item.rule for item in plan.undecided] == ["unseen-nested-stack"]


# --- parameters -------------------------------------------------------------------------------------------------------


def staged(kind: str = "String", **parameter: Any) -> str:
    name = {"Fn::Sub": "orders-${Stage}"} if kind == "String" else {"Fn::Select": [1, {"Ref": "Stage"}]}
    parameters = {"Stage": {"Type": kind, **parameter}}
    return json.dumps({"Parameters": parameters, **json.loads(table(name))})


def updated(cloud: Cloud, tmp_path: Path, text: str, value: str, **parameters: str) -> Plan:
    cloud.templates["orders"] = text
    cloud.stacks["orders"]["Parameters"] = [{"ParameterKey": "Stage", "ParameterValue": value}]
    (tmp_path / "template.json").write_text(text)
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"), parameters=parameters)
    return plan


def test_a_value_that_the_update_gives_counts(cloud: Cloud, tmp_path: Path) -> None:
    assert updated(cloud, tmp_path, staged(), "live").changes == ()
    assert updated(cloud, tmp_path, staged(), "live", Stage="live").changes == ()
    found = by_name(updated(cloud, tmp_path, staged(), "live", Stage="next"))["Orders"]
    assert (found.action, found.conditional) == (Action.REPLACE, False)
    assert found.after is not None and found.after.get("TableName") == "orders-next"
    with pytest.raises(UsageError, match="Stge"):
        updated(cloud, tmp_path, staged(), "live", Stge="next")


def test_lists_are_taken_apart(cloud: Cloud, tmp_path: Path) -> None:
    text = staged("CommaDelimitedList")
    found = by_name(updated(cloud, tmp_path, text, "a, b", Stage="a, c"))["Orders"]
    assert (found.before and found.before.get("TableName"), found.after and found.after.get("TableName")) == ("b", "c")
    assert updated(cloud, tmp_path, text, "a, b", Stage="c, b").changes == ()


def test_a_place_in_ssm_is_not_what_stands_there(cloud: Cloud, tmp_path: Path) -> None:
    text = staged("AWS::SSM::Parameter::Value<String>").replace('"Fn::Select": [1, {"Ref": "Stage"}]', '"Ref": "Stage"')
    assert updated(cloud, tmp_path, text, "/a").changes == ()
    assert updated(cloud, tmp_path, text, "/a", Stage="/a").changes == ()
    found = by_name(updated(cloud, tmp_path, text, "/a", Stage="/b"))["Orders"]
    assert found.action is Action.REPLACE
    assert "/b" not in str(found.after)


def test_a_value_that_aws_hides_stays_what_it_is(cloud: Cloud, tmp_path: Path) -> None:
    old = staged(NoEcho=True, Default="one")
    cloud.templates["orders"] = old
    cloud.stacks["orders"]["Parameters"] = [{"ParameterKey": "Stage", "ParameterValue": "****"}]
    (tmp_path / "template.json").write_text(staged(NoEcho=True, Default="two"))
    (plan,) = inputs.live("orders", template=str(tmp_path / "template.json"))
    assert plan.changes == ()


def test_a_stack_that_was_never_made_is_said(cloud: Cloud, tmp_path: Path) -> None:
    cloud.stacks["orders"] = stack("orders", StackStatus="REVIEW_IN_PROGRESS")
    (tmp_path / "template.json").write_text(table("a"))
    with pytest.raises(PlanguardError, match="never made") as caught:
        inputs.live("orders", template=str(tmp_path / "template.json"))
    assert caught.value.exit_code == 3


def test_the_command_takes_values(cloud: Cloud, tmp_path: Path) -> None:
    updated(cloud, tmp_path, staged(), "live")
    file = tmp_path / "template.json"
    command = ("check", "--stack", "orders", "--template", file, "--parameter", "Stage=next", "--no-color")
    done = Planguard()(*command, environment=os.environ)
    assert done.returncode == 10, done.stderr
    assert b"orders-next" in done.stdout or b"Orders" in done.stdout
    done = Planguard()("check", "--stack", "orders", "--change-set", "release", "--parameter", "A=b",
                       environment=os.environ)  # fmt: skip
    assert done.returncode == 2
