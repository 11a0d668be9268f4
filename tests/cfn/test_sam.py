"""Templates with SAM's types: translated where the translator is there, else compared by their main resources."""

from __future__ import annotations

import copy
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import pytest

from cfn_documents import PRODUCTION, by_name, compared, template, verdict
from planguard.errors import InputError
from planguard.inputs import template as templates
from planguard.inputs.template_sam import expanded
from planguard.model import Action

SAM = "AWS::Serverless-2016-10-31"


def function(**properties: Any) -> dict[str, Any]:
    base = {"Handler": "app.run", "Runtime": "python3.12", "CodeUri": "src/"}
    return {"Type": "AWS::Serverless::Function", "Properties": {**base, **properties}}


def sam(resources: dict[str, Any], **sections: Any) -> str:
    return template(resources, Transform=SAM, **sections)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be asked of anybody."""

    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_what_sam_makes_is_compared_as_well(tmp_path: Path) -> None:
    old = sam({"Run": function(Events={"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}})})
    plan = compared(tmp_path, old, sam({"Run": function()}))
    found = by_name(plan)
    assert found["ServerlessRestApi"].resource.type == "AWS::ApiGateway::RestApi"
    assert found["ServerlessRestApi"].action is Action.DELETE
    assert "Run" not in found
    assert not any("SAM" in note.text for note in plan.notes)


def test_globals_and_policies_count(tmp_path: Path) -> None:
    properties = {"TableName": "a", "Tags": {"env": "prod"}}
    table = {"Type": "AWS::Serverless::SimpleTable", "Properties": properties, "UpdateReplacePolicy": "Retain"}
    shared = {"Function": {"Environment": {"Variables": {"A": "b"}}}}
    text = sam({"Data": table, "Run": function()}, Globals=shared)
    plan = compared(tmp_path, text, text.replace('"TableName": "a"', '"TableName": "b"').replace('"b"', '"c"'))
    found = by_name(plan)
    assert (found["Data"].action, found["Data"].old_kept) == (Action.REPLACE, True)
    assert found["Run"].action is Action.UPDATE


def test_a_default_of_a_parameter_stays_a_guess(tmp_path: Path) -> None:
    def text(default: str) -> str:
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Ref": "Name"}}}
        call = function(FunctionName={"Ref": "Name"})
        return sam({"Data": table, "Run": call}, Parameters={"Name": {"Type": "String", "Default": default}})

    found = by_name(compared(tmp_path, text("a"), text("b")))
    assert (found["Data"].conditional, found["Run"].conditional) == (True, True)


@pytest.mark.parametrize(
    "resource",
    [
        function(CodeUri="./src"),
        function(PackageType="Image", CodeUri=None, Handler=None, Runtime=None),
        function(AutoPublishAlias={"Ref": "Stage"}),
        {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "nodejs22.x", "Handler": "a.b"}},
        {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layer"}},
        {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "machine.asl.json"}},
        {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "DefinitionUri": "openapi.yaml"}},
        {"Type": "AWS::Serverless::HttpApi"},
        {"Type": "AWS::Serverless::Application", "Properties": {"Location": "inner.yaml"}},
        {
            "Type": "AWS::Serverless::Application",
            "Properties": {"Location": {"ApplicationId": "arn:aws:serverlessrepo:x", "SemanticVersion": "1.0.0"}},
        },
    ],
)
def test_what_sam_build_takes_is_translated(resource: dict[str, Any]) -> None:
    resource = json.loads(json.dumps(resource))
    properties = resource.get("Properties", {})
    resource["Properties"] = {key: value for key, value in properties.items() if value is not None}
    parameters = {"Stage": {"Type": "String", "Default": "live"}}
    read = templates.parse(sam({"Thing": resource}, Parameters=parameters).encode(), "t")
    made = expanded(read, {"Stage": "live"})
    assert made is not None
    assert "Transform" not in made.body
    assert made.body["Parameters"] == parameters
    assert "Thing" in {name[:5] for name in made.body["Resources"]}
    assert read.body["Resources"]["Thing"]["Type"] == resource["Type"], "the template itself stays as it is"


def test_without_the_translator_main_resources_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.parser.parser", None)
    table = {"Type": "AWS::Serverless::SimpleTable", "Properties": {"TableName": "a", "Tags": {"env": "prod"}}}
    text = sam({"Data": table, "Run": function()})
    plan = compared(tmp_path, text, text.replace('"a"', '"b"'))
    assert ("data-replacement", "critical", "Data") in verdict(plan)[1]
    assert any("planguard-iac[sam]" in note.text for note in plan.notes)


@pytest.mark.parametrize("broken", [function(Events={"A": {"Type": "What"}}), function(CodeUri=[1])])
def test_what_cannot_be_translated_is_compared_by_main_resources(tmp_path: Path, broken: dict[str, Any]) -> None:
    table = {"Type": "AWS::Serverless::SimpleTable", "Properties": {"TableName": "a", "Tags": {"env": "prod"}}}
    text = sam({"Data": table, "Run": broken})
    plan = compared(tmp_path, text, text.replace('"TableName": "a"', '"TableName": "b"'))
    assert ("data-replacement", "critical", "Data") in verdict(plan)[1]
    assert any("SAM" in note.text for note in plan.notes)


def test_other_transforms_still_need_consent(tmp_path: Path) -> None:
    text = template({"Run": function(), "Data": {"Type": "AWS::S3::Bucket", "Properties": PRODUCTION}},
                    Transform=["Mine", SAM])  # fmt: skip
    plan = compared(tmp_path, text, text)
    assert [item.rule for item in plan.undecided] == ["template-macro"]


def test_no_broken_template_ends_in_a_traceback(tmp_path: Path) -> None:
    events = {"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}}
    whole = {
        "Transform": SAM,
        "Globals": {"Function": {"Timeout": 3}},
        "Parameters": {"Stage": {"Type": "String", "Default": "x"}},
        "Resources": {
            "Run": function(Events=events, Policies=["AWSLambdaExecute"]),
            "Data": {"Type": "AWS::Serverless::SimpleTable", "Properties": {"TableName": {"Ref": "Stage"}}},
        },
    }
    random, places = Random(5), list(_places(whole))
    for _ in range(25):
        broken = copy.deepcopy(whole)
        *path, last = random.choice(places)
        node: Any = broken
        for step in path:
            node = node[step]
        node[last] = random.choice([None, 0, "", [], {}, [None], {"Ref": None}, {"Fn::If": ["a"]}, "AWS::S3::Bucket"])
        try:
            verdict(compared(tmp_path, json.dumps(whole), json.dumps(broken)))
        except InputError as error:
            assert error.exit_code == 3


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))
