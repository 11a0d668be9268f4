"""Cloud assemblies of the CDK, written as `cdk synth` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, verdict
from command import Planguard
from planguard import inputs
from planguard.errors import InputError, UsageError
from planguard.model import Action, Plan

STACK = "aws:cloudformation:stack"
TABLE = "AWS::DynamoDB::Table"


def table(name: str, construct: str, **rest: Any) -> dict[str, Any]:
    return {"Type": TABLE, "Properties": {"TableName": name}, "Metadata": {"aws:cdk:path": construct}, **rest}


def artifact(name: str, environment: str = "aws://123456789012/eu-west-1", **properties: Any) -> dict[str, Any]:
    found = {"templateFile": f"{name}.template.json", "stackName": name, "tags": {"env": "prod"}, **properties}
    return {"type": STACK, "environment": environment, "properties": found}


def assembly(folder: Path, stacks: dict[str, Any], artifacts: dict[str, Any] | None = None, **rest: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    listed = {"Tree": {"type": "cdk:tree"}, **{name: artifact(name) for name in stacks}, **(artifacts or {})}
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": listed, **rest}))
    for name, resources in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def read(new: Path, base: Path) -> dict[str, Plan]:
    return {str(plan.workspace): plan for plan in inputs.load(str(new), base_assembly=str(base))}


def test_each_stack_is_a_plan_with_constructs_and_lines(tmp_path: Path) -> None:
    def metadata(app: Path) -> dict[str, Any]:
        trace = [
            f"new Table ({app}/node_modules/aws-cdk-lib/aws-dynamodb/lib/table.js:1:99)",
            f"new Shop ({app}/lib/shop.ts:12:5)",
        ]
        return {"/Shop/Orders/Resource": [{"type": "aws:cdk:logicalId", "data": "Orders1A2B", "trace": trace}]}

    shop = {**artifact("Shop"), "metadata": metadata(tmp_path)}
    still = {"Users": table("users", "People/Users/Resource")}
    old = assembly(tmp_path / "base.out", {"Shop": {"Orders1A2B": table("a", "Shop/Orders/Resource")}, "People": still})
    stacks = {"Shop": {"Orders1A2B": table("b", "Shop/Orders/Resource")}, "People": still}
    plans = read(assembly(tmp_path / "cdk.out", stacks, {"Shop": shop}), old)
    assert plans.keys() == {"Shop", "People"}
    assert plans["People"].changes == ()
    change = by_name(plans["Shop"])["Orders1A2B"]
    assert change.action is Action.REPLACE
    assert "CDK construct: Shop/Orders/Resource." in change.basis
    assert change.source is not None and (change.source.file, change.source.line) == ("lib/shop.ts", 12)
    code, said = verdict(plans["Shop"])
    assert code == 10 and ("data-replacement", "critical", "Orders1A2B") in said


def test_traces_of_newer_versions_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    frames = ["...aws-cdk-lib...", f"new Shop ({tmp_path}/lib/shop.ts:7:5)", "...node internals..."]
    shop = {**artifact("Shop"), "additionalMetadataFile": "Shop.metadata.json"}
    old = assembly(tmp_path / "base.out", {"Shop": {"Orders1A2B": table("a", "Shop/Orders/Resource")}})
    new = assembly(tmp_path / "cdk.out", {"Shop": {"Orders1A2B": table("b", "Shop/Orders/Resource")}}, {"Shop": shop})
    metadata = {"/Shop/Orders": [{"type": "aws:cdk:creationStack", "data": frames}]}
    (new / "Shop.metadata.json").write_text(json.dumps(metadata))
    source = by_name(read(new, old)["Shop"])["Orders1A2B"].source
    assert source is not None and (source.file, source.line) == ("lib/shop.ts", 7)


def test_a_stack_that_is_gone_is_taken_down_and_a_new_one_made(tmp_path: Path) -> None:
    tables = {f"T{number}": table(str(number), f"Shop/T{number}") for number in range(3)}
    old = assembly(tmp_path / "base.out", {"Shop": tables})
    plans = read(assembly(tmp_path / "cdk.out", {"Fresh": tables}), old)
    assert {change.action for change in plans["Fresh"].changes} == {Action.CREATE}
    assert {change.action for change in plans["Shop"].changes} == {Action.DELETE}
    code, said = verdict(plans["Shop"])
    assert code == 10 and "stack-removal" in {rule for rule, _, _ in said}
    assert "cdk deploy" in plans["Shop"].notes[0].text


def test_another_account_is_another_stack(tmp_path: Path) -> None:
    tables = {"T": table("t", "Shop/T")}
    old = assembly(tmp_path / "base.out", {"Shop": tables})
    new = assembly(tmp_path / "cdk.out", {"Shop": tables}, {"Shop": artifact("Shop", "aws://210987654321/eu-west-1")})
    actions = {change.action for plan in inputs.load(str(new), base_assembly=str(old)) for change in plan.changes}
    assert actions == {Action.CREATE, Action.DELETE}


def test_stages_and_nested_stacks_are_followed(tmp_path: Path) -> None:
    def make(folder: Path, name: str) -> Path:
        stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
        assembly(folder, {}, {"assembly-Prod": stage})
        meta = {"aws:asset:path": "Data.nested.template.json", "aws:asset:property": "TemplateURL"}
        url = {"Fn::Join": ["", ["https://s3/", name]]}
        inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}, "Metadata": meta}
        assembly(folder / "assembly-Prod", {"Shop": {"Data": inner}})
        body = {"Resources": {"Orders": table(name, "Prod/Shop/Data/Orders")}}
        (folder / "assembly-Prod" / "Data.nested.template.json").write_text(json.dumps(body))
        return folder

    plan = read(make(tmp_path / "cdk.out", "b"), make(tmp_path / "base.out", "a"))["Shop"]
    change = by_name(plan)["Data/Orders"]
    assert change.action is Action.REPLACE
    assert "CDK construct: Prod/Shop/Data/Orders." in change.basis
    assert plan.undecided == ()


def test_termination_protection_that_goes_off_and_open_lookups_need_consent(tmp_path: Path) -> None:
    tables = {"T": table("t", "Shop/T")}
    on = {"Shop": artifact("Shop", terminationProtection=True)}
    old = assembly(tmp_path / "base.out", {"Shop": tables}, on)
    plan = read(assembly(tmp_path / "cdk.out", {"Shop": tables}), old)["Shop"]
    assert verdict(plan) == (10, {("stack-unprotected", "high", "TerminationProtection")})
    plan = read(assembly(tmp_path / "open", {"Shop": tables}, on, missing=[{"key": "vpc"}]), old)["Shop"]
    assert [item.rule for item in plan.undecided] == ["assembly-incomplete"]


def test_an_assembly_that_cannot_be_followed_is_refused(tmp_path: Path) -> None:
    good = assembly(tmp_path / "good", {"Shop": {}})
    with pytest.raises(UsageError, match="--base-assembly"):
        inputs.load(str(good))
    (tmp_path / "Out.template.json").write_text('{"Resources": {}}')
    outside = assembly(tmp_path / "outside", {}, {"Out": artifact("Out", templateFile="../Out.template.json")})
    gone = assembly(tmp_path / "gone", {}, {"Out": artifact("Out")})
    link = assembly(tmp_path / "link", {}, {"Out": artifact("Out")})
    (link / "Out.template.json").symlink_to(tmp_path / "Out.template.json")
    around = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    circle = assembly(tmp_path / "circle", {}, {"again": around})
    odd = assembly(tmp_path / "odd", {})
    (odd / "manifest.json").write_text("[")
    for bad in (outside, gone, link, circle, odd, tmp_path / "nothing"):
        with pytest.raises(InputError) as caught:
            inputs.load(str(good), base_assembly=str(bad))
        assert caught.value.where, bad.name


def test_the_command_reads_an_assembly(tmp_path: Path) -> None:
    old = assembly(tmp_path / "base.out", {"Shop": {"Orders": table("a", "Shop/Orders/Resource")}})
    new = assembly(tmp_path / "cdk.out", {"Shop": {"Orders": table("b", "Shop/Orders/Resource")}})
    done = Planguard()("check", new, "--base-assembly", old, "--no-color", "-v")
    assert done.returncode == 10, done.stderr
    assert b"Orders" in done.stdout and b"CDK construct: Shop/Orders/Resource." in done.stdout
