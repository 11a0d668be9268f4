"""Templates of nested stacks, beside the template that names them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, verdict
from planguard import inputs
from planguard.errors import InputError
from planguard.model import Action, Plan

STACK = "AWS::CloudFormation::Stack"
TAGS = [{"Key": "env", "Value": "prod"}]


def stack(url: str, **rest: Any) -> dict[str, Any]:
    return {"Type": STACK, "Properties": {"TemplateURL": url, **rest}}


def table(name: str, **rest: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": name, "Tags": TAGS}, **rest}


def write(folder: Path, **files: Any) -> Path:
    """Templates by name; what is no mapping with Resources is a mapping of resources."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        whole = body if "Resources" in body else {"Resources": body}
        (folder / f"{name}.json").write_text(json.dumps(whole), encoding="utf-8")
    return folder


def between(old: Path, new: Path) -> Plan:
    (plan,) = inputs.compared(str(old / "main.json"), str(new / "main.json"))
    return plan


def open_ones(plan: Plan) -> list[tuple[str, str]]:
    return [(item.rule, item.address) for item in plan.undecided]


def test_an_edited_child_is_seen_behind_an_unchanged_url(tmp_path: Path) -> None:
    main = {"Data": stack("./child.json")}
    old = write(tmp_path / "old", main=main, child={"Orders": table("a")})
    new = write(tmp_path / "new", main=main, child={"Orders": table("b")})
    plan = between(old, new)
    found = by_name(plan)
    assert found["Data"].action is Action.UPDATE
    assert found["Data/Orders"].action is Action.REPLACE
    assert open_ones(plan) == []
    code, said = verdict(plan)
    assert code == 10
    assert ("data-replacement", "Data/Orders") in {(rule, address) for rule, _, address in said}
    assert found["Data/Orders"].source is None or found["Data/Orders"].source.file.endswith("new/child.json")


def test_equal_children_change_nothing(tmp_path: Path) -> None:
    files = {"main": {"Data": stack("child.json")}, "child": {"Orders": table("a")}}
    plan = between(write(tmp_path / "old", **files), write(tmp_path / "new", **files))
    assert plan.changes == () and open_ones(plan) == []
    assert {resource.address for resource in plan.unchanged} == {"Data", "Data/Orders"}


def test_git_gives_the_children_of_the_base_as_well(tmp_path: Path) -> None:
    folder = write(tmp_path / "app", main={"Data": stack("../shared/child.json")})
    write(tmp_path / "shared", child={"Orders": table("a")})
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    write(tmp_path / "shared", child={"Orders": table("b")})
    (plan,) = inputs.compared(None, str(folder / "main.json"), base="HEAD")
    assert by_name(plan)["Data/Orders"].action is Action.REPLACE
    assert open_ones(plan) == []


def test_children_of_children_too_and_parameters_go_down(tmp_path: Path) -> None:
    inner = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Ref": "Name"}}}},
    }
    middle = {
        "Parameters": {"Stage": {"Type": "String", "Default": "x"}},
        "Resources": {"Inner": stack("inner.json", Parameters={"Name": {"Fn::Sub": "${Stage}-orders"}})},
    }
    files = {"middle": middle, "inner": inner}
    old = write(tmp_path / "old", main={"Outer": stack("middle.json", Parameters={"Stage": "a"})}, **files)
    new = write(tmp_path / "new", main={"Outer": stack("middle.json", Parameters={"Stage": "b"})}, **files)
    found = by_name(between(old, new))["Outer/Inner/Orders"]
    assert (found.action, found.conditional) == (Action.REPLACE, False)
    assert found.before is not None and found.before.get("TableName") == "a-orders"


def test_a_replacement_goes_down_through_a_parameter_and_up_through_an_output(tmp_path: Path) -> None:
    def main(cidr: str) -> dict[str, Any]:
        return {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}},
            "Net": stack("net.json", Parameters={"Vpc": {"Ref": "Vpc"}}),
            "Host": {
                "Type": "AWS::EC2::Instance",
                "Properties": {"SubnetId": {"Fn::GetAtt": ["Net", "Outputs.Subnet"]}},
            },
            "Other": {
                "Type": "AWS::EC2::Instance",
                "Properties": {"SubnetId": {"Fn::GetAtt": ["Net", "Outputs.Fixed"]}},
            },
        }

    net = {
        "Parameters": {"Vpc": {"Type": "String"}},
        "Resources": {"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}}},
        "Outputs": {"Subnet": {"Value": {"Ref": "Subnet"}}, "Fixed": {"Value": "subnet-1"}},
    }
    old = write(tmp_path / "old", main=main("10.0.0.0/16"), net=net)
    new = write(tmp_path / "new", main=main("10.1.0.0/16"), net=net)
    found = by_name(between(old, new))
    assert found["Net/Subnet"].action is Action.REPLACE
    assert (found["Host"].action, found["Host"].conditional) == (Action.REPLACE, True)
    assert "Other" not in found


def test_what_the_parent_gives_and_only_it_knows_is_the_same_while_it_is_written_alike(tmp_path: Path) -> None:
    child = {
        "Parameters": {"Key": {"Type": "String"}},
        "Resources": {"Orders": {"Type": "AWS::RDS::DBInstance", "Properties": {"KmsKeyId": {"Ref": "Key"}}}},
    }

    def main(export: str) -> dict[str, Any]:
        return {"Data": stack("child.json", Parameters={"Key": {"Fn::ImportValue": export}})}

    old = write(tmp_path / "old", main=main("a"), child=child)
    assert between(old, write(tmp_path / "same", main=main("a"), child=child)).changes == ()
    found = by_name(between(old, write(tmp_path / "new", main=main("b"), child=child)))
    assert found["Data/Orders"].action is Action.REPLACE


def test_the_asset_of_a_packaged_child_stands_in_its_metadata(tmp_path: Path) -> None:
    def main(digest: str) -> dict[str, Any]:
        url = {"Fn::Sub": f"https://s3.${{AWS::URLSuffix}}/assets/{digest}.json"}
        meta = {"aws:asset:path": "child.json", "aws:asset:property": "TemplateURL"}
        return {"Data": {"Type": STACK, "Properties": {"TemplateURL": url}, "Metadata": meta}}

    old = write(tmp_path / "old", main=main("1"), child={"Orders": table("a")})
    new = write(tmp_path / "new", main=main("2"), child={"Orders": table("b")})
    plan = between(old, new)
    assert by_name(plan)["Data/Orders"].action is Action.REPLACE
    assert open_ones(plan) == []


@pytest.mark.parametrize(
    "url", ["gone.json", "../../outside.json", "/etc/hostname", "link.json", "a\0b", "circle.json"]
)
def test_a_child_that_is_not_in_the_tree_needs_consent(tmp_path: Path, url: str) -> None:
    write(tmp_path, outside={"Orders": table("a")})
    sides = [write(tmp_path / "deep" / side, main={"Data": stack(url)}) for side in ("old", "new")]
    for side in sides:
        (side / "link.json").symlink_to(tmp_path / "outside.json")
        (side / "circle.json").symlink_to(side / "circle.json")
    plan = between(*sides)
    assert open_ones(plan) == [("unseen-nested-stack", "Data")]
    assert verdict(plan)[0] == 10


def test_a_child_that_is_no_template_is_refused(tmp_path: Path) -> None:
    sides = [write(tmp_path / side, main={"Data": stack("child.json")}) for side in ("old", "new")]
    for side in sides:
        (side / "child.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match="not a template") as caught:
        between(*sides)
    assert "child.json" in str(caught.value.where)


def test_one_file_for_both_sides_proves_nothing(tmp_path: Path) -> None:
    write(tmp_path, main={"Data": stack("child.json")}, child={"Orders": table("a")})
    write(tmp_path, before={"Data": stack("child.json")})
    (plan,) = inputs.compared(str(tmp_path / "before.json"), str(tmp_path / "main.json"))
    assert open_ones(plan) == [("unseen-nested-stack", "Data")]
    assert "--base" in plan.undecided[0].missing


def test_a_child_elsewhere_is_said_and_gated_when_something_about_it_changes(tmp_path: Path) -> None:
    old = write(tmp_path / "old", main={"Data": stack("https://s3.example/a.json")})
    plan = between(old, write(tmp_path / "same", main={"Data": stack("https://s3.example/a.json")}))
    assert plan.changes == () and open_ones(plan) == []
    assert "Data" in " ".join(note.text for note in plan.notes)
    plan = between(old, write(tmp_path / "new", main={"Data": stack("child.json")}, child={"Orders": table("a")}))
    assert open_ones(plan) == [("unseen-nested-stack", "Data")]


def test_a_nested_stack_that_goes_lists_what_it_holds(tmp_path: Path) -> None:
    held = {"Orders": table("a"), "Kept": table("b", DeletionPolicy="Retain")}
    old = write(tmp_path / "old", main={"Data": stack("child.json"), "Other": table("c")}, child=held)
    new = write(tmp_path / "new", main={"Other": table("c")})
    plan = between(old, new)
    found = by_name(plan)
    assert {name: found[name].action for name in ("Data", "Data/Orders", "Data/Kept")} == {
        "Data": Action.DELETE,
        "Data/Orders": Action.DELETE,
        "Data/Kept": Action.FORGET,
    }
    assert ("data-deletion", "Data/Orders") in {(rule, address) for rule, _, address in verdict(plan)[1]}


def test_a_new_nested_stack_is_only_new(tmp_path: Path) -> None:
    old = write(tmp_path / "old", main={"Other": table("c")})
    new = write(tmp_path / "new", main={"Other": table("c"), "Data": stack("child.json")}, child={"Orders": table("a")})
    plan = between(old, new)
    assert by_name(plan)["Data/Orders"].action is Action.CREATE
    assert verdict(plan)[0] == 0


def test_circles_and_floods_end(tmp_path: Path) -> None:
    circle = {f"Me{number}": stack("main.json") for number in range(9)}
    plan = between(write(tmp_path / "old", main=circle), write(tmp_path / "new", main=circle))
    assert plan.undecided and all(item.rule == "unseen-nested-stack" for item in plan.undecided)
