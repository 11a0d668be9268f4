"""Each type that cfn-lint calls stateful: where no policy keeps it, its removal and its replacement need consent.

The list and the properties that force a replacement are cfn-lint's own, so that a newer cfn-lint widens the test.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import change, context, detail, load, response, template, verdict
from planguard import inputs
from planguard.inputs.template import schema
from planguard.model import Action, Plan

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
LIST = files("cfnlint") / "data" / "AdditionalSpecs" / "StatefulResources.json"
STATEFUL = sorted(json.loads(LIST.read_text(encoding="utf-8"))["ResourceTypes"])
FORCED = {kind: sorted(path[0] for path in schema(kind).create_only if len(path) == 1) for kind in STATEFUL}
"""Type → its properties that cannot change in place."""
NEVER_REPLACED = {kind for kind, names in FORCED.items() if not names}
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
GRAVE = {"high", "critical"}
LOSSES = {"data-deletion", "data-replacement", "nested-stack-removed", "container-deletion", "stack-removal"}


def _compared(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> Plan:
    for name, resources in (("old", old), ("new", new)):
        (tmp_path / f"{name}.json").write_text(template({**TOPIC, **resources}), encoding="utf-8")
    (plan,) = inputs.compared(str(tmp_path / "old.json"), str(tmp_path / "new.json"), workspace="orders-production")
    return plan


def _thing(kind: str, properties: dict[str, Any], policies: dict[str, str]) -> dict[str, Any]:
    return {"Thing": {"Type": kind, "Properties": properties, **policies}}


def _needs_consent(plan: Plan) -> None:
    code, found = verdict(plan)
    assert code == 10
    assert {severity for _, severity, address in found if address == "Thing"} & GRAVE


def _loses_nothing(plan: Plan) -> None:
    _, found = verdict(plan)
    assert not {rule for rule, _, _ in found} & LOSSES
    assert "critical" not in {severity for _, severity, _ in found}


def _change_set(tmp_path: Path, kind: str, /, **fields: Any) -> Plan:
    found = change("Thing", kind, **fields)
    other = change("Topic", "AWS::SNS::Topic", Action="Modify", Replacement="False")
    (plan,) = load(tmp_path, response(found, other, StackName="orders-production"))
    return plan


def test_the_list_is_the_one_that_is_meant() -> None:
    assert len(STATEFUL) >= 29
    assert {
        "AWS::CloudFormation::Stack",
        "AWS::Cognito::UserPool",
        "AWS::EC2::Volume",
        "AWS::KMS::Key",
        "AWS::Organizations::Account",
        "AWS::SDB::Domain",
    } >= NEVER_REPLACED


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_removal_between_templates(tmp_path: Path, kind: str) -> None:
    _needs_consent(_compared(tmp_path, _thing(kind, {}, {"DeletionPolicy": "Delete"}), {}))
    # The policy for replacements does not cover a removal.
    _needs_consent(_compared(tmp_path, _thing(kind, {}, {**KEPT, "DeletionPolicy": "Delete"}), {}))
    kept = _compared(tmp_path, _thing(kind, {}, KEPT), {})
    assert kept.changes[0].action is Action.FORGET
    _loses_nothing(kept)


@pytest.mark.parametrize("kind", sorted(set(STATEFUL) - NEVER_REPLACED))
def test_a_replacement_between_templates(tmp_path: Path, kind: str) -> None:
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for name in FORCED[kind]:
        old, new = {name: "a"}, {name: "b"}
        plan = _compared(tmp_path, _thing(kind, old, {}), _thing(kind, new, {}))
        assert (plan.changes[0].action, plan.changes[0].conditional) == (Action.REPLACE, False)
        _needs_consent(plan)
    policies = {"DeletionPolicy": "Retain"}  # the policy for removals does not cover a replacement
    _needs_consent(_compared(tmp_path, _thing(kind, old, policies), _thing(kind, new, policies)))
    kept = _compared(tmp_path, _thing(kind, old, KEPT), _thing(kind, new, KEPT))
    assert kept.changes[0].old_kept
    _loses_nothing(kept)


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_removal_in_a_change_set(tmp_path: Path, kind: str) -> None:
    _needs_consent(_change_set(tmp_path, kind, Action="Remove", PolicyAction="Delete", BeforeContext=context({})))
    _needs_consent(_change_set(tmp_path, kind, Action="Remove", PolicyAction="Delete"))
    kept = context({}, DeletionPolicy="Retain")
    _loses_nothing(_change_set(tmp_path, kind, Action="Remove", PolicyAction="Retain", BeforeContext=kept))


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_replacement_in_a_change_set(tmp_path: Path, kind: str) -> None:
    name = FORCED[kind][0] if FORCED[kind] else "Anything"
    fields: dict[str, Any] = {
        "Action": "Modify",
        "Details": [detail(name, "Always")],
        "BeforeContext": context({name: "a"}),
        "AfterContext": context({name: "b"}),
    }
    for word in ("True", "Conditional"):
        _needs_consent(_change_set(tmp_path, kind, **fields, Replacement=word, PolicyAction="ReplaceAndDelete"))
        _needs_consent(_change_set(tmp_path, kind, **fields, Replacement=word))
    _loses_nothing(_change_set(tmp_path, kind, **fields, Replacement="True", PolicyAction="ReplaceAndRetain"))
