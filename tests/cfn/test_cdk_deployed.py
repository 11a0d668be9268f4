"""Cloud assemblies of the CDK, compared with stacks on a server on loopback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, verdict
from command import Planguard
from fakecfn import Cloud, Fault
from fakecfn.orders import stack, stack_id
from planguard import inputs
from planguard.errors import PlanguardError, UsageError
from planguard.model import Action, Plan


def table(name: str, construct: str = "Shop/Orders/Resource") -> dict[str, Any]:
    properties = {"TableName": name}
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties, "Metadata": {"aws:cdk:path": construct}}


def assembly(folder: Path, *artifacts: dict[str, Any], **templates: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    listed = {item["properties"]["stackName"]: item for item in artifacts}
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": listed}))
    for name, resources in templates.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    return folder


def artifact(name: str, environment: str = "aws://123456789012/eu-west-1", **properties: Any) -> dict[str, Any]:
    found = {"templateFile": f"{name}.json", "stackName": name, **properties}
    return {"type": "aws:cloudformation:stack", "environment": environment, "properties": found}


def read(folder: Path) -> dict[str, Plan]:
    return {str(plan.workspace): plan for plan in inputs.load(str(folder), deployed=inputs.Aws())}


@pytest.fixture
def shop(cloud: Cloud) -> Cloud:
    cloud.stacks["shop"] = stack("shop", EnableTerminationProtection=True)
    cloud.templates["shop"] = json.dumps({"Resources": {"Orders": table("a")}})
    return cloud


def test_each_stack_is_compared_with_the_one_in_aws(shop: Cloud, tmp_path: Path) -> None:
    on = artifact("shop", terminationProtection=True)
    plans = read(assembly(tmp_path / "cdk.out", on, artifact("fresh"), shop={"Orders": table("b")}, fresh={}))
    change = by_name(plans["shop"])["Orders"]
    assert change.action is Action.REPLACE
    assert "CDK construct: Shop/Orders/Resource." in change.basis
    assert plans["shop"].providers[0].settings["default_tags"] == {"tags": {"env": "prod"}}
    assert verdict(plans["shop"]) == (10, {("data-replacement", "critical", "Orders")})
    assert "does not have this stack yet" in " ".join(note.text for note in plans["fresh"].notes)
    assert plans["shop"].source.endswith("cdk.out/shop")


def test_protection_that_the_app_does_not_want_goes_off(shop: Cloud, tmp_path: Path) -> None:
    same = {"Orders": table("a")}
    plan = read(assembly(tmp_path / "cdk.out", artifact("shop"), shop=same))["shop"]
    assert verdict(plan) == (10, {("stack-unprotected", "high", "TerminationProtection")})
    on = artifact("shop", terminationProtection=True)
    assert verdict(read(assembly(tmp_path / "cdk.out", on, shop=same))["shop"]) == (0, set())
    shop.stacks["shop"]["EnableTerminationProtection"] = False
    plan = read(assembly(tmp_path / "cdk.out", artifact("shop"), shop=same))["shop"]
    assert verdict(plan) == (0, {("stack-open", "low", "")})


def test_nested_stacks_are_found_by_their_logical_ids(shop: Cloud, tmp_path: Path) -> None:
    def outer(url: str) -> dict[str, Any]:
        meta = {"aws:asset:path": "Data.nested.template.json", "aws:asset:property": "TemplateURL"}
        return {"Data": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}, "Metadata": meta}}

    shop.templates["shop"] = json.dumps({"Resources": outer("https://s3/old")})
    shop.resources["shop"] = {"Data": stack_id("inner")}
    shop.templates[stack_id("inner")] = json.dumps({"Resources": {"Orders": table("a")}})
    folder = assembly(tmp_path / "cdk.out", artifact("shop"), shop=outer("https://s3/new"))
    (folder / "Data.nested.template.json").write_text(json.dumps({"Resources": {"Orders": table("b")}}))
    plan = read(folder)["shop"]
    assert by_name(plan)["Data/Orders"].action is Action.REPLACE
    assert plan.undecided == ()


def test_stacks_of_another_account_are_undecided_and_never_new(shop: Cloud, tmp_path: Path) -> None:
    other = artifact("far", "aws://210987654321/eu-west-1")
    plans = read(assembly(tmp_path / "cdk.out", artifact("shop"), other, shop={"Orders": table("a")}, far={}))
    assert [item.rule for item in plans["far"].undecided] == ["unseen-in-aws"]
    assert verdict(plans["far"])[0] == 10
    shop.account = "999999999999"
    with pytest.raises(PlanguardError, match="No stack of this assembly"):
        read(assembly(tmp_path / "cdk.out", artifact("shop"), other, shop={}, far={}))


def test_a_stack_without_a_place_is_asked_for_where_the_credentials_are(shop: Cloud, tmp_path: Path) -> None:
    anywhere = artifact("shop", "aws://unknown-account/unknown-region", terminationProtection=True)
    plans = read(assembly(tmp_path / "cdk.out", anywhere, shop={"Orders": table("b")}))
    assert by_name(plans["shop"])["Orders"].action is Action.REPLACE


def test_a_stack_that_was_never_made_is_new(shop: Cloud, tmp_path: Path) -> None:
    shop.stacks["shop"]["StackStatus"] = "REVIEW_IN_PROGRESS"
    plans = read(assembly(tmp_path / "cdk.out", artifact("shop"), shop={"Orders": table("b")}))
    assert by_name(plans["shop"])["Orders"].action is Action.CREATE


@pytest.mark.parametrize("call", ["DescribeStacks", "GetTemplate", "GetStackPolicy", "GetCallerIdentity"])
def test_a_call_that_fails_ends_the_run(shop: Cloud, tmp_path: Path, call: str) -> None:
    shop.faults[call, 0] = Fault("ExpiredToken", "no", 403)
    with pytest.raises(PlanguardError, match="expired") as caught:
        read(assembly(tmp_path / "cdk.out", artifact("shop"), shop={}))
    assert caught.value.exit_code == 3


def test_what_may_not_be_read_needs_consent_or_ends_the_run(shop: Cloud, tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out", artifact("shop"), shop={"Orders": table("a")})
    shop.faults["DescribeStacks", 0] = Fault("AccessDenied", "no", 403)
    assert verdict(read(folder)["shop"])[0] == 10
    shop.faults["GetTemplate", 0] = Fault("AccessDenied", "no", 403)
    with pytest.raises(PlanguardError, match="cloudformation:GetTemplate"):
        read(folder)


def test_only_an_assembly_can_be_compared(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        inputs.load(str(tmp_path), deployed=inputs.Aws())


def test_the_command_asks_aws(shop: Cloud, tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out", artifact("shop"), shop={"Orders": table("b")})
    done = Planguard()("check", folder, "--deployed", "--no-color", environment=os.environ)
    assert done.returncode == 10, done.stderr
    assert b"Orders" in done.stdout
    for more in (["--base-assembly", folder], ["--stack", "shop"]):
        assert Planguard()("check", folder, "--deployed", *more, environment=os.environ).returncode == 2
    assert Planguard()("check", "--deployed", environment=os.environ).returncode == 2
