"""The forms in which people save a change set, and nested stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import addresses, by_name, change, context, load, response, verdict
from planguard import inputs
from planguard.errors import InputError
from planguard.model import Action

REMOVED = change("Table", "AWS::DynamoDB::Table", Action="Remove", PolicyAction="Delete", BeforeContext=context({}))
ADDED = change("Topic", "AWS::SNS::Topic", Action="Add")
STACK = "AWS::CloudFormation::Stack"
CHILD = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/child/2"


def camel(node: Any) -> Any:
    if isinstance(node, dict):
        return {key[:1].lower() + key[1:]: camel(value) for key, value in node.items()}
    return [camel(item) for item in node] if isinstance(node, list) else node


FORMS: dict[str, Any] = {
    "the AWS CLI": response(REMOVED, ADDED),
    "an SDK": camel(response(REMOVED, ADDED)),
    "nulls": response(REMOVED, ADDED, NextToken=None, Parameters=None, Tags=None, StatusReason=None, Capabilities=None),
    "a bare list": [REMOVED, ADDED],
    "a bare list of an SDK": camel([REMOVED, ADDED]),
    "the inner objects": [REMOVED["ResourceChange"], ADDED["ResourceChange"]],
    "single changes": f"{json.dumps(REMOVED)}\n{json.dumps(ADDED)}",
    "pages one after the other": f"{json.dumps(response(REMOVED, NextToken='t'))}\n{json.dumps(response(ADDED))}",
    "pages in a list": [response(REMOVED, NextToken="t"), response(ADDED)],
    "pages the other way round": [response(ADDED), response(REMOVED, NextToken="t")],
    "a byte order mark": "\ufeff" + json.dumps(response(REMOVED, ADDED)),
    "no status": {"Changes": [REMOVED, ADDED]},
    "blanks first": "\n\n  " + json.dumps(response(REMOVED, ADDED), indent=4),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read(tmp_path: Path, form: str) -> None:
    (plan,) = load(tmp_path, FORMS[form])
    assert {name: found.action for name, found in by_name(plan).items()} == {
        "Table": Action.DELETE,
        "Topic": Action.CREATE,
    }
    assert (plan.tool, plan.format) == ("cloudformation", "change-set")
    assert verdict(plan)[0] == 10


def test_utf_16_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(json.dumps(response(REMOVED)).encode("utf-16"))
    (plan,) = inputs.load(str(file))
    assert addresses(plan.changes) == {"Table"}


BROKEN: dict[str, Any] = {
    "changes that are no list": response(Changes={"a": 1}),
    "a change that is no object": response() | {"Changes": ["x"]},
    "a change without a name": response({"ResourceChange": {"Action": "Remove", "ResourceType": "A"}}),
    "a change without a type": response({"ResourceChange": {"Action": "Remove", "LogicalResourceId": "A"}}),
    "an empty change": response({"Type": "Resource"}),
    "a change of something else": response({"Type": "Weather", "ResourceChange": {}}),
    "an inner part that is no object": response({"ResourceChange": [1]}),
    "details that are no list": response(change(Action="Modify", Details={"a": 1})),
    "details that are no objects": response(change(Action="Modify", Details=["a"])),
    "the same name twice": response(REMOVED, REMOVED),
    "the last page twice": [response(REMOVED), response(ADDED)],
    "only a first page": response(REMOVED, NextToken="t"),
    "a token that is no text": response(REMOVED, NextToken=7),
    "a key twice": json.dumps(response(REMOVED))[:-1] + ', "Changes": []}',
    "a key of a change twice": json.dumps(response(REMOVED)).replace('"Action"', '"Action": "Add", "Action"'),
    "a cut file": json.dumps(response(REMOVED))[:-40],
    "something after it": json.dumps(response(REMOVED)) + "\nDone.",
    "tags that are no list": response(REMOVED, Tags={"a": "b"}),
    "a template": {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}},
    "too deep": '{"Changes": ' + "[" * 100_000,
}


@pytest.mark.parametrize("form", BROKEN)
def test_what_is_broken_is_refused(tmp_path: Path, form: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, BROKEN[form])
    assert caught.value.exit_code == 3
    assert caught.value.where


def test_a_nested_stack_that_is_not_shown_needs_consent(tmp_path: Path) -> None:
    for child in (CHILD, None):
        (plan,) = load(
            tmp_path, response(change("Net", STACK, Action="Modify", Replacement="False", ChangeSetId=child))
        )
        assert [(item.rule, item.address) for item in plan.undecided] == [("unseen-nested-stack", "Net")]
        assert verdict(plan)[0] == 10


def test_a_nested_stack_that_is_new_needs_none(tmp_path: Path) -> None:
    (plan,) = load(tmp_path, response(change("Net", STACK, Action="Add", ChangeSetId=CHILD)))
    assert plan.undecided == ()
    assert verdict(plan)[0] == 0


def test_a_nested_stack_that_goes_takes_everything_along(tmp_path: Path) -> None:
    gone = change("Net", STACK, Action="Remove", PolicyAction="Delete", BeforeContext=context({}))
    (plan,) = load(tmp_path, response(gone, StackName="orders-prod"))
    code, found = verdict(plan)
    assert code == 10
    assert {(rule, severity) for rule, severity, _ in found} == {("nested-stack-removed", "critical")}


def test_change_sets_of_nested_stacks_join_the_one_of_their_stack(tmp_path: Path) -> None:
    parent = response(change("Net", STACK, Action="Modify", Replacement="False", ChangeSetId=CHILD))
    child = response(REMOVED, ChangeSetId=CHILD, StackName="orders-Net-1X")
    one = tmp_path / "parent.json"
    other = tmp_path / "child.json"
    one.write_text(json.dumps(parent), encoding="utf-8")
    other.write_text(json.dumps(child), encoding="utf-8")
    apart = inputs.joined([*inputs.load(str(one)), *inputs.load(str(other))])
    together = load(tmp_path, [child, parent])
    for (plan,) in (apart, together):
        assert addresses(plan.changes) == {"Net", "Net/Table"}
        assert plan.undecided == ()
        assert ("data-deletion", "critical", "Net/Table") in verdict(plan)[1]
        assert plan.workspace == "orders"


def test_a_circle_of_nested_stacks_ends(tmp_path: Path) -> None:
    one = response(change("A", STACK, Action="Modify", Replacement="False", ChangeSetId=CHILD))
    other = response(
        change("B", STACK, Action="Modify", Replacement="False", ChangeSetId=one["ChangeSetId"]), ChangeSetId=CHILD
    )
    plans = load(tmp_path, [one, other])
    assert {name for plan in plans for name in addresses(plan.changes)} == {"A", "B"}
    assert all(verdict(plan)[0] == 10 for plan in plans)


def test_change_sets_that_have_nothing_to_do_with_each_other_stay_apart(tmp_path: Path) -> None:
    plans = load(tmp_path, [response(REMOVED), response(ADDED, ChangeSetId=CHILD)])
    assert [addresses(plan.changes) for plan in plans] == [{"Table"}, {"Topic"}]
