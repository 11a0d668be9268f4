"""Stack sets: one resource in a template, and stacks in many accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cfn_documents import change, compared, context, load, response, template, verdict

TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
KIND = "AWS::CloudFormation::StackSet"


def stacks(**properties: Any) -> str:
    return template({**TOPIC, "Set": {"Type": KIND, "Properties": {"StackSetName": "x", **properties}}})


def places(*accounts: str, **more: Any) -> list[dict[str, Any]]:
    return [{"DeploymentTargets": {"Accounts": list(accounts), **more}, "Regions": ["eu-west-1", "eu-west-2"]}]


def test_its_end_is_the_end_of_all_its_stacks(tmp_path: Path) -> None:
    assert verdict(compared(tmp_path, stacks(), template(TOPIC))) == (10, {("container-deletion", "critical", "Set")})


def test_accounts_that_leave_lose_their_stacks(tmp_path: Path) -> None:
    def groups(before: Any, after: Any) -> tuple[int, set[tuple[str, str, str]]]:
        return verdict(compared(tmp_path, stacks(StackInstancesGroup=before), stacks(StackInstancesGroup=after)))

    gone = (10, {("stack-set-changed", "critical", "Set")})
    assert groups(places("1", "2"), places("1")) == gone
    assert groups(places("1"), []) == gone
    assert groups(places("1"), places("1", "2")) == (0, set())
    assert groups(places("1"), places("1", AccountFilterType="DIFFERENCE")) == (10, set())
    assert groups(places("1"), {"Fn::ImportValue": "places"}) == (10, set())
    for odd in ("x", [1], [{"DeploymentTargets": 1}], [{"DeploymentTargets": {"Accounts": "1"}, "Regions": ["a"]}]):
        assert groups(places("1"), odd)[0] == 10


def test_a_new_template_is_seen_by_nobody(tmp_path: Path) -> None:
    for name in ("TemplateBody", "TemplateURL"):
        assert verdict(compared(tmp_path, stacks(**{name: "a"}), stacks(**{name: "b"}))) == (10, set())
    assert verdict(compared(tmp_path, stacks(Description="a"), stacks(Description="b"))) == (0, set())


def test_a_change_set_says_little_of_it(tmp_path: Path) -> None:
    words: dict[str, Any] = {"Action": "Modify", "Replacement": "False"}
    (plan,) = load(tmp_path, response(change("Set", KIND, **words)))
    assert verdict(plan)[0] == 10
    shown = change("Set", KIND, **words, BeforeContext=context({"TemplateBody": "a"}),
                   AfterContext=context({"TemplateBody": "b"}))  # fmt: skip
    (plan,) = load(tmp_path, response(shown))
    assert verdict(plan)[0] == 10
