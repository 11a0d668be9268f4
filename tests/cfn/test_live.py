"""Change sets and deployed templates, read with boto3 from a server on loopback."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from cfn_documents import by_name, change, verdict
from command import Planguard
from fakecfn import Cloud, Fault
from fakecfn.orders import TABLE, described, gone
from planguard import inputs
from planguard.errors import PlanguardError
from planguard.model import Action

CHILD = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/inner/2"
CALLS = ["DescribeChangeSet", "DescribeStacks", "GetTemplate", "GetStackPolicy"]


def test_all_pages_the_template_and_the_stack_are_read(cloud: Cloud) -> None:
    (plan,) = inputs.live("orders", change_set="release")
    assert {name: item.action for name, item in by_name(plan).items()} == dict.fromkeys("ABC", Action.DELETE)
    assert [resource.address for resource in plan.unchanged] == ["Rest"]
    assert plan.undecided == ()
    assert plan.providers[0].settings["default_tags"] == {"tags": {"env": "prod"}}
    assert cloud.calls.count("DescribeChangeSet") == 2
    assert any("no stack policy" in note.text for note in plan.notes)
    code, found = verdict(plan)
    assert code == 10 and ("data-deletion", "critical", "A") in found
    assert ("stack-open", "low", "") in found


def test_a_stack_without_protection_is_a_remark_and_no_reason_to_stop(cloud: Cloud) -> None:
    cloud.add(described(), json.dumps({"Resources": {}}))
    (plan,) = inputs.live("orders", change_set="release")
    assert verdict(plan) == (0, {("stack-open", "low", "")})
    cloud.stacks["orders"]["EnableTerminationProtection"] = True
    (plan,) = inputs.live("orders", change_set="release")
    assert verdict(plan) == (0, set())
    cloud.stacks["orders"] |= {"EnableTerminationProtection": False, "Tags": [{"Key": "env", "Value": "dev"}]}
    (plan,) = inputs.live("orders", change_set="release")
    assert verdict(plan) == (0, set())


def test_the_profile_is_evidence_of_where_it_is(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile acme-production]\naws_access_key_id = k\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    cloud.stacks["orders"]["Tags"] = []
    (plan,) = inputs.live("orders", change_set="release", profile="acme-production")
    assert plan.providers[0].settings["profile"] == "acme-production"
    assert ("stack-open", "low", "") in verdict(plan)[1]


def test_nested_change_sets_are_followed_and_one_that_may_not_be_read_is_undecided(cloud: Cloud) -> None:
    nested = change("Data", "AWS::CloudFormation::Stack", Action="Modify", Replacement="False", ChangeSetId=CHILD)
    cloud.add(described(nested), json.dumps({"Resources": {"Data": {"Type": "AWS::CloudFormation::Stack"}}}))
    inner = described(gone("Orders"), StackName="inner", ChangeSetId=CHILD, ChangeSetName="inner")
    cloud.add(inner, json.dumps({"Resources": {}}))
    (plan,) = inputs.live("orders", change_set="release")
    assert by_name(plan)["Data/Orders"].action is Action.DELETE
    assert plan.undecided == ()
    cloud.faults["DescribeChangeSet", 4] = Fault("AccessDenied", "no", 403)
    (plan,) = inputs.live("orders", change_set="release")
    assert [(item.rule, item.address) for item in plan.undecided] == [("unseen-nested-stack", "Data")]
    assert verdict(plan)[0] == 10


@pytest.mark.parametrize("call", ["DescribeStacks", "GetTemplate", "GetStackPolicy"])
def test_what_may_not_be_read_needs_consent(cloud: Cloud, call: str) -> None:
    cloud.add(described(), json.dumps({"Resources": {}}))
    cloud.faults[call, 0] = Fault("AccessDenied", "User is not authorized", 403)
    (plan,) = inputs.live("orders", change_set="release")
    assert [item.rule for item in plan.undecided] == ["unseen-in-aws"]
    assert f"cloudformation:{call}" in plan.undecided[0].missing
    assert verdict(plan)[0] == 10


FAULTS: dict[str, tuple[Fault | bytes, str]] = {
    "expired": (Fault("ExpiredToken", "The security token included in the request is expired", 403), "expired"),
    "stranger": (Fault("InvalidClientTokenId", "no", 403), "does not accept these credentials"),
    "throttled": (Fault("Throttling", "Rate exceeded"), "throttles"),
    "broken": (Fault("InternalFailure", "sorry", 500), "InternalFailure"),
    "cut": (b"<DescribeChangeSetResponse><Desc", "cannot be read"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_call_that_fails_ends_the_run(cloud: Cloud, call: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    fault, said = FAULTS[name]
    cloud.faults[call, 0] = fault
    with pytest.raises(PlanguardError, match=said) as caught:
        inputs.live("orders", change_set="release")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("call", ["DescribeChangeSet", "DescribeStacks", "GetTemplate"])
def test_an_answer_that_says_nothing_is_none(cloud: Cloud, call: str) -> None:
    cloud.faults[call, 0] = f"<{call}Response><{call}Result></{call}Result></{call}Response>".encode()
    with pytest.raises(PlanguardError) as caught:
        inputs.live("orders", change_set="release")
    assert caught.value.exit_code == 3


def test_the_answer_itself_never_stands_in_an_error(cloud: Cloud) -> None:
    cloud.faults["GetTemplate", 0] = b"<a>hunter2"
    with pytest.raises(PlanguardError) as caught:
        inputs.live("orders", change_set="release")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_page_that_fails_half_way_gives_no_verdict(cloud: Cloud) -> None:
    cloud.faults["DescribeChangeSet", 2] = Fault("ChangeSetNotFound", "It is gone", 404)
    with pytest.raises(PlanguardError, match="no such change set"):
        inputs.live("orders", change_set="release")


def test_a_call_that_is_throttled_once_is_made_again(cloud: Cloud) -> None:
    cloud.faults["DescribeChangeSet", 1] = Fault("Throttling", "Rate exceeded")
    (plan,) = inputs.live("orders", change_set="release")
    assert by_name(plan).keys() == {"A", "B", "C"}


def test_what_is_not_there_is_said(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(PlanguardError, match="no such change set"):
        inputs.live("orders", change_set="other")
    (tmp_path / "t.json").write_text('{"Resources": {}}')
    with pytest.raises(PlanguardError, match="no such stack"):
        inputs.live("nobody", template=str(tmp_path / "t.json"))
    with pytest.raises(PlanguardError, match="nobody"):
        inputs.live("orders", change_set="release", profile="nobody")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(PlanguardError, match="redentials"):
        inputs.live("orders", change_set="release")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(PlanguardError, match="region"):
        inputs.live("orders", change_set="release")


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(PlanguardError) as caught:
        inputs.live("orders", change_set="release")
    assert "planguard-iac[aws]" in str(caught.value.hint)


def test_the_deployed_template_is_compared_with_its_own_parameters(cloud: Cloud, tmp_path: Path) -> None:
    def body(prefix: str, default: str) -> str:
        name = {"Fn::Sub": prefix + "${Stage}"}
        thing = {"Type": TABLE["Type"], "Properties": {"TableName": name}}
        return json.dumps(
            {"Parameters": {"Stage": {"Type": "String", "Default": default}}, "Resources": {"Orders": thing}}
        )

    cloud.templates["orders"] = body("a-", "dev")
    cloud.stacks["orders"]["Parameters"] = [{"ParameterKey": "Stage", "ParameterValue": "live"}]
    file = tmp_path / "template.json"
    file.write_text(body("a-", "other"))
    (plan,) = inputs.live("orders", template=str(file))
    assert plan.changes == ()  # the default changes, and the stack has a value of its own
    file.write_text(body("b-", "dev"))
    (plan,) = inputs.live("orders", template=str(file))
    found = by_name(plan)["Orders"]
    assert (found.action, found.conditional) == (Action.REPLACE, False)
    assert found.before is not None and found.before.get("TableName") == "a-live"
    assert plan.workspace == "orders"


def test_the_command_asks_aws(cloud: Cloud) -> None:
    done = Planguard()("check", "--stack", "orders", "--change-set", "release", "--no-color", environment=os.environ)
    assert done.returncode == 10, done.stderr
    assert b"A" in done.stdout
    done = Planguard()("check", "--stack", "orders", environment=os.environ)
    assert done.returncode == 2
    cloud.faults["DescribeChangeSet", 0] = Fault("ExpiredToken", "no", 403)
    done = Planguard()("check", "--stack", "orders", "--change-set", "release", environment=os.environ)
    assert done.returncode == 3
    assert b"expired" in done.stderr
