"""Values of parameters that somebody states, for two templates that are compared without AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, template
from command import Planguard
from planguard import inputs
from planguard.errors import PlanguardError
from planguard.model import Action, Plan


def thing(wanted: str, **parameters: Any) -> str:
    body = {"Type": "AWS::DynamoDB::Table", "Condition": "On", "Properties": {"TableName": {"Fn::Sub": "x-${Size}"}}}
    return template(
        {"Thing": body, "Topic": {"Type": "AWS::SNS::Topic"}},
        Parameters={"Stage": {"Type": "String"}, "Size": {"Type": "String", "Default": "1"}, **parameters},
        Conditions={"On": {"Fn::Equals": [{"Ref": "Stage"}, wanted]}},
    )


def compared(tmp_path: Path, old: str, new: str, **values: str) -> Plan:
    for name, text in (("old", old), ("new", new)):
        (tmp_path / f"{name}.json").write_text(text)
    (plan,) = inputs.compared(str(tmp_path / "old.json"), str(tmp_path / "new.json"), parameters=values)
    return plan


def test_a_stated_value_makes_a_guess_certain(tmp_path: Path) -> None:
    old, new = thing("prod"), thing("test")
    found = by_name(compared(tmp_path, old, new))["Thing"]
    assert (found.action, found.conditional) == (Action.DELETE, True)
    found = by_name(compared(tmp_path, old, new, Stage="prod"))["Thing"]
    assert (found.action, found.conditional) == (Action.DELETE, False)
    assert compared(tmp_path, old, new, Stage="dev").changes == ()


def test_what_is_not_stated_stays_a_guess(tmp_path: Path) -> None:
    old, new = thing("prod"), thing("prod", Size={"Type": "String", "Default": "2"})
    found = by_name(compared(tmp_path, old, new, Stage="prod"))["Thing"]
    assert (found.action, found.conditional) == (Action.REPLACE, True)
    assert compared(tmp_path, old, new, Stage="prod", Size="7").changes == ()


@pytest.mark.parametrize(
    "content",
    [
        {"Stage": "prod", "Size": 7},
        ["Stage=prod", "Size=7"],
        {"Parameters": {"Stage": "prod", "Size": "7"}},
        [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Size", "ParameterValue": "7"}],
    ],
)
def test_files_of_values(tmp_path: Path, content: Any) -> None:
    (tmp_path / "values.json").write_text(json.dumps(content))
    assert inputs.parameters((), str(tmp_path / "values.json")) == {"Stage": "prod", "Size": "7"}
    assert inputs.parameters(("Size=a=b",), str(tmp_path / "values.json"))["Size"] == "a=b"


@pytest.mark.parametrize(
    "content", ["", "{", "1", "[1]", '["hunter2"]', '{"A": ["hunter2"]}', '[{"ParameterKey": "A"}]', "[" * 100_000]
)
def test_a_file_of_something_else_is_refused_and_never_quoted(tmp_path: Path, content: str) -> None:
    (tmp_path / "values.json").write_text(content)
    with pytest.raises(PlanguardError) as caught:
        inputs.parameters((), str(tmp_path / "values.json"))
    assert caught.value.exit_code == 3
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(PlanguardError):
        inputs.parameters((), str(tmp_path))


def test_a_slip_of_the_pen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanguardError, match="Stge") as caught:
        compared(tmp_path, thing("a"), thing("a"), Stge="prod")
    assert caught.value.exit_code == 2
    with pytest.raises(PlanguardError, match="second") as caught:
        inputs.parameters(("A=b", "hunter2"))
    assert "hunter2" not in str(caught.value)


def test_the_command_takes_values(tmp_path: Path) -> None:
    compared(tmp_path, thing("prod"), thing("test"))
    command = ("check", "--before", tmp_path / "old.json", "--after", tmp_path / "new.json")
    assert Planguard()(*command, "--parameter", "Stage=dev").returncode == 0
    assert Planguard()(*command, "--parameter", "Stage=prod").returncode == 10
    assert Planguard()(*command, "--parameter", "Stage").returncode == 2
    assert Planguard()("check", tmp_path / "new.json", "--parameter", "Stage=dev").returncode == 2


def test_a_secret_value_is_never_shown(tmp_path: Path) -> None:
    def script(size: str) -> str:
        text = {"Fn::Sub": "login ${Word} ${DbPassword} " + size}
        parameters = {"Word": {"Type": "String", "NoEcho": True}, "DbPassword": {"Type": "String"}}
        machine = {"Type": "AWS::EC2::Instance", "Properties": {"UserData": text, "ImageId": {"Ref": "Word"}}}
        return template({"Machine": machine}, Parameters=parameters)

    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(script("1"))
    new.write_text(script("2").replace("ImageId", "KeyName"))
    (plan,) = inputs.compared(str(old), str(new), parameters={"Word": "hunter2-a", "DbPassword": "hunter2-b"})
    assert plan.secrets >= {"hunter2-a", "hunter2-b"}
    command = ("check", "--before", old, "--after", new, "--parameter", "Word=hunter2-a")
    done = Planguard()(*command, "--parameter", "DbPassword=hunter2-b", "-v", "--report", "json")
    assert done.returncode in (0, 10), done.stderr
    assert b"Machine" in done.stdout
    assert b"hunter2" not in done.stdout + done.stderr
