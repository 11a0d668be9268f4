"""Rights in templates and change sets: intrinsics, references by logical id, and what an input does not show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planguard import inputs
from planguard.identities import findings
from rights_documents import AWS, SAML, allow, document, trust

READ = json.loads(document(allow("s3:GetObject")))


def role(assume: str = trust(), **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": json.loads(assume), **properties}}


def policy(statement: dict[str, Any], **properties: Any) -> dict[str, Any]:
    given = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": "R"}], **properties}
    return {"Type": "AWS::IAM::Policy", "Properties": given}


def found(tmp_path, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, int]]:
    files = []
    for name, resources in (("old", old), ("new", new)):
        body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, **resources}}
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(body), encoding="utf-8")
    (plan,) = inputs.compared(str(files[0]), str(files[1]))
    return [(one.kind, one.address, one.weight) for one in findings.of(plan)]


def in_place(name: str, function: str) -> dict[str, Any]:
    if function == "sub":
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{name}"}
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{name}"]]}


@pytest.mark.parametrize("function", ["sub", "join"])
def test_a_managed_policy_is_known_in_any_partition(tmp_path, function):
    for name, expected in (("PowerUserAccess", [("gain", "R", 4)]), ("ReadOnlyAccess", [])):
        new = role(ManagedPolicyArns=[in_place(name, function)])
        assert found(tmp_path, {"R": role()}, {"R": new}) == expected


def test_a_policy_reaches_the_role_that_it_refers_to(tmp_path):
    for assume, expected in ((trust(), [("gain", "P", 4)]), (SAML, [])):
        resources = {"R": role(assume), "P": policy(allow("dynamodb:DeleteTable"))}
        assert found(tmp_path, {"R": role(assume)}, resources) == expected


def test_a_managed_policy_of_the_stack_reaches_who_attaches_it(tmp_path):
    def stack(statement: dict[str, Any]) -> dict[str, Any]:
        managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}
        return {"R": role(ManagedPolicyArns=[{"Ref": "M"}]), "M": managed}

    assert found(tmp_path, stack(allow("kms:Decrypt")), stack(allow("kms:ScheduleKeyDeletion"))) == [("gain", "M", 4)]


def test_what_the_cdk_grants_for_a_table_is_silent(tmp_path):
    names = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]
    grant = policy(allow(names, [{"Fn::GetAtt": ["Table", "Arn"]}, {"Ref": "AWS::NoValue"}]))
    assert found(tmp_path, {"R": role()}, {"R": role(), "P": grant}) == []


def test_a_boundary_that_nobody_can_see_held_everything(tmp_path):
    admin = [f"{AWS}AdministratorAccess"]
    limited = role(ManagedPolicyArns=admin, PermissionsBoundary={"Fn::ImportValue": "limit"})
    assert found(tmp_path, {"R": limited}, {"R": role(ManagedPolicyArns=admin)}) == [("boundary", "R", 4)]


def test_a_change_set_with_values_is_judged(tmp_path):
    def context(statement: dict[str, Any]) -> str:
        return json.dumps(
            {"Properties": {"PolicyName": "p", "Roles": ["r"], "PolicyDocument": {"Statement": [statement]}}}
        )

    change: dict[str, Any] = {
        "Type": "Resource",
        "ResourceChange": {
            "Action": "Modify",
            "LogicalResourceId": "P",
            "ResourceType": "AWS::IAM::Policy",
            "Replacement": "False",
            "Scope": ["Properties"],
            "BeforeContext": context(allow("s3:GetObject")),
            "AfterContext": context(allow("s3:DeleteBucket")),
        },
    }
    for values, expected in ((True, [("gain", "P", 4)]), (False, [("unknown", "P", 1)])):
        if not values:
            del change["ResourceChange"]["BeforeContext"], change["ResourceChange"]["AfterContext"]
        answer = {"ChangeSetName": "c", "StackName": "s", "Status": "CREATE_COMPLETE", "Changes": [change]}
        path = tmp_path / "set.json"
        path.write_text(json.dumps(answer), encoding="utf-8")
        (plan,) = inputs.load(str(path))
        assert [(one.kind, one.address, one.weight) for one in findings.of(plan)] == expected
