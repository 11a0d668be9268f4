"""Broken change sets and templates: never a traceback, and never exit 0 while a destructive word can still be read."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cfn_documents import change, compared, context, detail, load, response, template, verdict
from planguard.errors import PlanguardError
from planguard.model import Action

WRONG: tuple[Any, ...] = (None, 0, True, "", "x", [], {}, [None], {"a": None}, "\ud800", 10**30)
BAD = {Action.DELETE, Action.REPLACE, Action.FORGET, Action.UNKNOWN}


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield from _places(item, (*path, key))


def _put(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    node = copy.deepcopy(node)
    inner = node
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return node


DOCUMENT = response(
    change("Db", Action="Remove", PolicyAction="Delete", BeforeContext=context({"A": 1}), PhysicalResourceId="db-1"),
    change("Net", "AWS::CloudFormation::Stack", Action="Modify", Replacement="False", ChangeSetId="arn:x",
           Details=[detail("A", "Never", ChangeSource="ResourceReference", CausingEntity="Db")]),
    Tags=[{"Key": "env", "Value": "prod"}], Parameters=[{"ParameterKey": "A", "ParameterValue": "b"}],
    StackId="arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1",
)  # fmt: skip

TEMPLATE = json.loads(
    template(
        {
            "Vpc": {"Type": "AWS::EC2::VPC", "Condition": "On", "Properties": {"CidrBlock": {"Fn::Sub": "10.${A}/16"}}},
            "Sub": {
                "Type": "AWS::EC2::Subnet",
                "DependsOn": ["Vpc"],
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Fn::If": ["On", "a", {"Ref": "AWS::NoValue"}]}},
            },
        },
        Parameters={"A": {"Type": "String", "Default": "0.0.0"}},
        Conditions={"On": {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, "x"]}]}},
        Mappings={"M": {"a": {"b": "c"}}},
        Outputs={
            "O": {"Value": {"Fn::GetAtt": "Vpc.Id"}, "Export": {"Name": {"Fn::Join": ["-", ["a", {"Ref": "A"}]]}}}
        },
    )
)


def test_every_part_of_a_change_set_can_be_wrong(tmp_path: Path) -> None:
    for path in _places(DOCUMENT):
        for value in WRONG:
            broken = _put(DOCUMENT, path, value)
            try:
                plans = load(tmp_path, json.dumps(broken))
            except PlanguardError as error:
                assert error.exit_code == 3, (path, value)
                continue
            touched = {found.resource.address for plan in plans for found in plan.changes if found.action in BAD}
            # Whoever takes a whole list away has no removal left to be found.
            gone = path in ((), ("Changes",)) or (path[:2] == ("Changes", 0) and value is None and len(path) < 4)
            assert touched or gone, (path, value)
            for plan in plans:
                if any(found.action in BAD for found in plan.changes):
                    assert verdict(plan)[0] != 0, (path, value)


def test_every_part_of_a_template_can_be_wrong(tmp_path: Path) -> None:
    good = json.dumps(TEMPLATE)
    for path in _places(TEMPLATE):
        for value in WRONG:
            broken = json.dumps(_put(TEMPLATE, path, value))
            for pair in ((good, broken), (broken, good)):
                try:
                    plan = compared(tmp_path, *pair)
                except PlanguardError as error:
                    assert error.exit_code == 3, (path, value)
                    continue
                assert verdict(plan)[0] in (0, 10)


def test_cut_and_flipped_bytes_end_in_an_error_or_a_verdict(tmp_path: Path) -> None:
    dice = random.Random(7)
    data = json.dumps(DOCUMENT).encode()
    file = tmp_path / "x.json"
    from planguard import inputs

    for _ in range(400):
        broken = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        file.write_bytes(bytes(broken[: dice.choice((len(broken), dice.randrange(len(broken))))]))
        try:
            for plan in inputs.load(str(file)):
                verdict(plan)
        except PlanguardError as error:
            assert error.exit_code == 3


def test_a_change_set_needs_neither_cfn_lint_nor_anything_else_heavy(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    script = (
        "import sys; from planguard import inputs; inputs.load(sys.argv[1]);"
        "print(sorted({'cfnlint', 'yaml', 'msgspec', 'networkx', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
