"""Two templates, compared without AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import by_name, compared, template, verdict
from planguard import causes, graph, inputs
from planguard.errors import InputError
from planguard.model import Action

PROD_TAG = [{"Key": "env", "Value": "prod"}]


def one(kind: str, properties: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"Thing": {"Type": kind, "Properties": properties, **rest}}


# Type, property, old, new, what the registry's schema makes of it: R replaced, U in place, C perhaps.
PROPERTIES: list[tuple[str, str, Any, Any, str]] = [
    ("AWS::RDS::DBInstance", "DBName", "a", "b", "R"),
    ("AWS::RDS::DBInstance", "StorageEncrypted", False, True, "R"),
    ("AWS::RDS::DBInstance", "DBInstanceClass", "db.t3.small", "db.t3.large", "U"),
    ("AWS::RDS::DBInstance", "Engine", "mysql", "postgres", "C"),
    ("AWS::RDS::DBCluster", "DatabaseName", "a", "b", "R"),
    ("AWS::RDS::DBCluster", "BackupRetentionPeriod", 1, 7, "U"),
    ("AWS::RDS::DBCluster", "KmsKeyId", "a", "b", "R"),
    ("AWS::DynamoDB::Table", "TableName", "a", "b", "R"),
    ("AWS::DynamoDB::Table", "BillingMode", "PROVISIONED", "PAY_PER_REQUEST", "U"),
    ("AWS::S3::Bucket", "BucketName", "a", "b", "R"),
    ("AWS::S3::Bucket", "VersioningConfiguration", {"Status": "Enabled"}, {"Status": "Suspended"}, "U"),
    ("AWS::EC2::Volume", "Size", 10, 20, "U"),
    ("AWS::EC2::VPC", "CidrBlock", "10.0.0.0/16", "10.1.0.0/16", "R"),
    ("AWS::EC2::VPC", "EnableDnsSupport", True, False, "U"),
    ("AWS::EC2::Subnet", "AvailabilityZone", "a", "b", "R"),
    ("AWS::EC2::Subnet", "MapPublicIpOnLaunch", True, False, "U"),
    ("AWS::EC2::SecurityGroup", "GroupName", "a", "b", "R"),
    ("AWS::EC2::SecurityGroup", "GroupDescription", "a", "b", "R"),
    ("AWS::EC2::EIP", "NetworkBorderGroup", "a", "b", "R"),
    ("AWS::EC2::Instance", "ImageId", "ami-1", "ami-2", "R"),
    ("AWS::EC2::Instance", "InstanceType", "t3.small", "t3.large", "C"),
    ("AWS::EC2::Instance", "KeyName", "a", "b", "R"),
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateName", "a", "b", "R"),
    ("AWS::EFS::FileSystem", "Encrypted", False, True, "R"),
    ("AWS::EFS::FileSystem", "ThroughputMode", "bursting", "elastic", "U"),
    ("AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId", "a", "b", "R"),
    ("AWS::ElastiCache::ReplicationGroup", "AtRestEncryptionEnabled", False, True, "R"),
    ("AWS::ElastiCache::ReplicationGroup", "CacheNodeType", "a", "b", "U"),
    ("AWS::OpenSearchService::Domain", "DomainName", "a", "b", "R"),
    ("AWS::OpenSearchService::Domain", "EngineVersion", "a", "b", "U"),
    ("AWS::KMS::Alias", "AliasName", "alias/a", "alias/b", "R"),
    ("AWS::KMS::Key", "EnableKeyRotation", True, False, "U"),
    ("AWS::Kinesis::Stream", "Name", "a", "b", "R"),
    ("AWS::Kinesis::Stream", "RetentionPeriodHours", 24, 48, "U"),
    ("AWS::SQS::Queue", "QueueName", "a", "b", "R"),
    ("AWS::SQS::Queue", "FifoQueue", False, True, "R"),
    ("AWS::SQS::Queue", "VisibilityTimeout", 1, 2, "U"),
    ("AWS::SNS::Topic", "TopicName", "a", "b", "R"),
    ("AWS::SNS::Topic", "DisplayName", "a", "b", "U"),
    ("AWS::Lambda::Function", "FunctionName", "a", "b", "R"),
    ("AWS::Lambda::Function", "MemorySize", 128, 256, "U"),
    ("AWS::Lambda::Function", "PackageType", "Zip", "Image", "R"),
    ("AWS::IAM::Role", "RoleName", "a", "b", "R"),
    ("AWS::IAM::Role", "Path", "/a/", "/b/", "R"),
    ("AWS::IAM::Role", "Description", "a", "b", "U"),
    ("AWS::Logs::LogGroup", "LogGroupName", "a", "b", "R"),
    ("AWS::Logs::LogGroup", "RetentionInDays", 7, 14, "U"),
    ("AWS::ECS::Cluster", "ClusterName", "a", "b", "R"),
    ("AWS::ECS::Service", "Cluster", "a", "b", "R"),
    ("AWS::ECS::Service", "DesiredCount", 1, 2, "U"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", "internal", "internet-facing", "R"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Port", 80, 81, "R"),
    ("AWS::Cognito::UserPool", "UserPoolName", "a", "b", "U"),
    ("AWS::SecretsManager::Secret", "Name", "a", "b", "R"),
    ("AWS::SSM::Parameter", "Name", "a", "b", "R"),
    ("AWS::SSM::Parameter", "Value", "a", "b", "U"),
    ("AWS::Route53::HostedZone", "Name", "a.example", "b.example", "R"),
    ("AWS::Redshift::Cluster", "ClusterIdentifier", "a", "b", "R"),
    ("AWS::EKS::Cluster", "Name", "a", "b", "R"),
    ("AWS::EKS::Cluster", "Version", "1.30", "1.31", "U"),
    ("AWS::MSK::Cluster", "ClusterName", "a", "b", "R"),
    # Deep inside, as a whole, in a list.
    ("AWS::EC2::Instance", "NetworkInterfaces", [{"DeviceIndex": "0"}], [{"DeviceIndex": "1"}], "R"),
    ("AWS::EKS::Cluster", "EncryptionConfig", [{"Resources": ["a"]}], [{"Resources": ["b"]}], "R"),
    ("AWS::MSK::Cluster", "EncryptionInfo", {"EncryptionAtRest": {"A": "a"}}, {"EncryptionAtRest": {"A": "b"}}, "R"),
]
_WORDS = {"R": (Action.REPLACE, False), "C": (Action.REPLACE, True), "U": (Action.UPDATE, False)}


@pytest.mark.parametrize(("kind", "name", "old", "new", "word"), PROPERTIES, ids=lambda value: str(value)[:40])
def test_a_property_costs_what_its_schema_says(
    tmp_path: Path, kind: str, name: str, old: Any, new: Any, word: str
) -> None:
    plan = compared(tmp_path, template(one(kind, {name: old})), template(one(kind, {name: new})))
    found = by_name(plan)["Thing"]
    assert (found.action, found.conditional) == _WORDS[word]
    assert bool(found.replace_paths) is (word != "U")


def test_the_same_written_another_way_is_no_change(tmp_path: Path) -> None:
    old = """
Parameters:
  Env: {Type: String, Default: prod}
Mappings:
  Sizes: {prod: {class: db.r5.large}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
Resources:
  Thing:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceIdentifier: !Sub '${Env}-orders'
      DBInstanceClass: !FindInMap [Sizes, !Ref Env, class]
      Port: 5432
      MultiAZ: !If [Prod, true, false]
      DBName: !If [Prod, !Ref 'AWS::NoValue', x]
"""
    new = template(
        one(
            "AWS::RDS::DBInstance",
            {
                "DBInstanceIdentifier": "prod-orders",
                "DBInstanceClass": "db.r5.large",
                "Port": "5432",
                "MultiAZ": "true",
            },
        )
    )
    plan = compared(tmp_path, old, new)
    assert plan.changes == ()
    assert [resource.address for resource in plan.unchanged] == ["Thing"]
    assert verdict(plan) == (0, set())


def test_replacement_spreads_through_references(tmp_path: Path) -> None:
    def stack(cidr: str) -> str:
        return template(
            {
                "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}},
                "Subnet": {
                    "Type": "AWS::EC2::Subnet",
                    "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
                },
                "Group": {
                    "Type": "AWS::RDS::DBSubnetGroup",
                    "Properties": {"DBSubnetGroupDescription": "x", "SubnetIds": [{"Ref": "Subnet"}]},
                },
                "Db": {
                    "Type": "AWS::RDS::DBInstance",
                    "Properties": {"DBSubnetGroupName": {"Ref": "Group"}, "Engine": "postgres", "Tags": PROD_TAG},
                },
                "Machine": {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"AvailabilityZone": {"Fn::GetAtt": ["Subnet", "AvailabilityZone"]}},
                },
            }
        )

    plan = compared(tmp_path, stack("10.0.0.0/16"), stack("10.1.0.0/16"))
    found = by_name(plan)
    assert {name: (c.action, c.conditional) for name, c in found.items()} == {
        "Vpc": (Action.REPLACE, False),
        "Subnet": (Action.REPLACE, False),
        "Group": (Action.UPDATE, False),
        "Machine": (Action.REPLACE, True),  # the zone of a new subnet may be the same one
    }
    assert [resource.address for resource in plan.unchanged] == ["Db"]
    explained = causes.explain(plan, graph.build(plan))
    cause = explained.of(found["Subnet"])
    assert cause is not None and cause.root == "Vpc"
    cause = explained.of(found["Machine"])
    assert cause is not None and cause.chain == ("Vpc", "Subnet", "Machine")


def test_policies_decide_what_becomes_of_the_old_one(tmp_path: Path) -> None:
    def table(name: str, **rest: Any) -> str:
        return template(one("AWS::DynamoDB::Table", {"TableName": name, "Tags": PROD_TAG}, **rest))

    kept = compared(tmp_path, table("a"), table("b", UpdateReplacePolicy="Retain"))
    assert by_name(kept)["Thing"].old_kept
    wrong_one = compared(tmp_path, table("a", DeletionPolicy="Retain"), table("b", DeletionPolicy="Retain"))
    assert not by_name(wrong_one)["Thing"].old_kept
    assert ("data-replacement", "critical", "Thing") in verdict(wrong_one)[1]
    other = template({"Topic": {"Type": "AWS::SNS::Topic"}})
    assert by_name(compared(tmp_path, table("a", DeletionPolicy="Retain"), other))["Thing"].action is Action.FORGET
    assert by_name(compared(tmp_path, table("a"), other))["Thing"].action is Action.DELETE


def test_a_weakened_policy_is_told_before_anything_is_lost(tmp_path: Path) -> None:
    def table(**rest: Any) -> str:
        return template(one("AWS::DynamoDB::Table", {"TableName": "a", "Tags": PROD_TAG}, **rest))

    plan = compared(tmp_path, table(DeletionPolicy="Retain"), table())
    assert verdict(plan) == (0, {("policy-weakened", "medium", "Thing")})


STATEFUL = (
    "AWS::DynamoDB::Table", "AWS::RDS::DBCluster", "AWS::S3::Bucket", "AWS::EFS::FileSystem", "AWS::Kinesis::Stream",
    "AWS::OpenSearchService::Domain", "AWS::Redshift::Cluster", "AWS::Cognito::UserPool", "AWS::EC2::Volume",
    "AWS::Neptune::DBCluster", "AWS::DocDB::DBCluster", "AWS::QLDB::Ledger", "AWS::Timestream::Table",
)  # fmt: skip


@pytest.mark.parametrize("kind", STATEFUL)
def test_nothing_that_holds_data_goes_unseen(tmp_path: Path, kind: str) -> None:
    old = template({**one(kind, {}), "Topic": {"Type": "AWS::SNS::Topic"}})
    code, found = verdict(compared(tmp_path, old, template({"Topic": {"Type": "AWS::SNS::Topic"}})))
    assert code == 10
    assert {address for _, _, address in found} == {"Thing"}


def test_a_new_logical_id_is_told_as_a_rename(tmp_path: Path) -> None:
    body = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", "Tags": PROD_TAG}}
    plan = compared(tmp_path, template({"Old": body}), template({"New": body}))
    assert {name: found.action for name, found in by_name(plan).items()} == {
        "Old": Action.DELETE,
        "New": Action.CREATE,
    }
    assert any("Old and New have the same body" in note.text for note in plan.notes)
    assert verdict(plan)[0] == 10


def test_what_a_parameter_of_the_stack_may_override_is_only_perhaps(tmp_path: Path) -> None:
    def table(default: str) -> str:
        parameters = {"Name": {"Type": "String", "Default": default}}
        return template(one("AWS::DynamoDB::Table", {"TableName": {"Ref": "Name"}}), Parameters=parameters)

    found = by_name(compared(tmp_path, table("a"), table("b")))["Thing"]
    assert (found.action, found.conditional) == (Action.REPLACE, True)
    assert any("default of a parameter" in sentence for sentence in found.basis)


def test_conditions_decide_where_they_are_known(tmp_path: Path) -> None:
    def stack(wanted: str, **parameter: str) -> str:
        body = {"Type": "AWS::DynamoDB::Table", "Condition": "On", "Properties": {"TableName": "a"}}
        return template(
            {"Thing": body, "Topic": {"Type": "AWS::SNS::Topic"}},
            Parameters={"Switch": {"Type": "String", **parameter}},
            Conditions={"On": {"Fn::Equals": [{"Ref": "Switch"}, wanted]}},
        )

    gone = by_name(compared(tmp_path, stack("yes", Default="yes"), stack("no", Default="yes")))["Thing"]
    assert (gone.action, gone.conditional) == (Action.DELETE, False)
    perhaps = by_name(compared(tmp_path, stack("yes"), stack("no")))["Thing"]
    assert (perhaps.action, perhaps.conditional) == (Action.DELETE, True)
    assert compared(tmp_path, stack("yes"), stack("yes")).changes == ()


def test_another_type_under_one_name_needs_consent(tmp_path: Path) -> None:
    plan = compared(
        tmp_path, template(one("AWS::SNS::Topic", {"TopicName": "a"})), template(one("AWS::SQS::Queue", {}))
    )
    assert by_name(plan)["Thing"].action is Action.UNKNOWN
    assert verdict(plan)[0] == 10


def test_exports_and_whole_stacks(tmp_path: Path) -> None:
    resources = {
        name: {"Type": kind, "Properties": {"Tags": PROD_TAG}}
        for name, kind in (("A", "AWS::DynamoDB::Table"), ("B", "AWS::S3::Bucket"), ("C", "AWS::EFS::FileSystem"))
    }
    outputs = {"Id": {"Value": {"Ref": "A"}, "Export": {"Name": "orders-table"}}}
    empty = template({"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})
    code, found = verdict(compared(tmp_path, template(resources, Outputs=outputs), empty))
    assert code == 10
    assert {("stack-removal", ""), ("export-removed", "Outputs/Id"), ("data-deletion", "A")} <= {
        (rule, address) for rule, _, address in found
    }


@pytest.mark.parametrize("transform", ["MyMacro", ["AWS::Serverless-2016-10-31", "Other"], {"Name": "AWS::Include"}])
def test_a_macro_needs_consent(tmp_path: Path, transform: Any) -> None:
    text = template(one("AWS::SNS::Topic", {}), Transform=transform)
    plan = compared(tmp_path, text, text)
    assert [item.rule for item in plan.undecided] == ["template-macro"]
    assert verdict(plan)[0] == 10


@pytest.mark.parametrize("place", ["section", "resource", "property", "typeless"])
def test_a_macro_anywhere_inside_needs_consent(tmp_path: Path, place: str) -> None:
    call = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/part.yaml"}}}
    bodies: dict[str, dict[str, Any]] = {
        "section": {**call, **one("AWS::SNS::Topic", {})},
        "resource": {"Thing": {"Type": "AWS::SNS::Topic", **call}},
        "property": one("AWS::SNS::Topic", {"Tags": [call]}),
        "typeless": {"Thing": call},
    }
    text = template({"Other": {"Type": "AWS::SNS::Topic"}, **bodies[place]})
    plan = compared(tmp_path, text, text)
    assert [item.rule for item in plan.undecided] == ["template-macro"]
    assert verdict(plan)[0] == 10


def test_sam_types_are_judged_as_what_they_become(tmp_path: Path) -> None:
    def table(name: str) -> str:
        text = one("AWS::Serverless::SimpleTable", {"TableName": name, "Tags": {"env": "prod"}})
        return template(text, Transform="AWS::Serverless-2016-10-31")

    code, found = verdict(compared(tmp_path, table("a"), table("b")))
    assert code == 10
    assert ("data-replacement", "critical", "Thing") in found


def test_a_nested_stack_that_changes_is_not_seen_through(tmp_path: Path) -> None:
    def stack(url: str) -> str:
        return template(one("AWS::CloudFormation::Stack", {"TemplateURL": url}))

    plan = compared(tmp_path, stack("https://x/a"), stack("https://x/b"))
    assert [item.rule for item in plan.undecided] == ["unseen-nested-stack"]
    assert compared(tmp_path, stack("https://x/a"), stack("https://x/a")).undecided == ()


def test_lines_are_named(tmp_path: Path) -> None:
    old = "Resources:\n  Other:\n    Type: AWS::SNS::Topic\n  Thing:\n    Type: AWS::SNS::Topic\n"
    found = by_name(compared(tmp_path, old, "Resources:\n  Other:\n    Type: AWS::SNS::Topic\n"))["Thing"]
    assert found.source is not None and found.source.line == 4
    text = json.dumps(json.loads(template(one("AWS::SNS::Topic", {"TopicName": "a"}))), indent=2)
    found = by_name(compared(tmp_path, text, text.replace('"a"', '"b"')))["Thing"]
    assert found.source is not None and found.source.line == 4


BROKEN = {
    "empty": "",
    "no mapping": "- a\n- b\n",
    "a scalar": "hello",
    "broken yaml": "Resources:\n  A: [\n",
    "a tab": "Resources:\n\tA: 1\n",
    "a key twice": "Resources:\n  A:\n    Type: X\n  A:\n    Type: Y\n",
    "a null key": "Resources:\n  ? \n  : 1\n",
    "broken json": '{"Resources": {"A": ',
    "a key twice in json": '{"Resources": {"A": {"Type": "X"}, "A": {"Type": "Y"}}}',
    "no resources": "AWSTemplateFormatVersion: '2010-09-09'\n",
    "resources that are a list": "Resources: [a]\n",
    "a resource without a type": "Resources:\n  A:\n    Properties: {}\n",
    "a resource that is no mapping": "Resources:\n  A: hello\n",
    "properties that are a list": "Resources:\n  A:\n    Type: X\n    Properties: [a]\n",
    "an unknown tag": "Resources:\n  A:\n    Type: !!python/object:os.system X\n",
    "deep json": '{"Resources":' + '{"a":' * 50_000,
    "deep yaml": "Resources: " + "[" * 5_000,
    "no text": "\x00\x01\x02",
}  # fmt: skip


@pytest.mark.parametrize("form", BROKEN)
def test_a_broken_template_is_refused_with_its_place(tmp_path: Path, form: str) -> None:
    good = template(one("AWS::SNS::Topic", {}))
    for pair in ((BROKEN[form], good), (good, BROKEN[form])):
        with pytest.raises(InputError) as caught:
            compared(tmp_path, *pair)
        assert caught.value.exit_code == 3
        assert str(tmp_path) in (caught.value.where or "")


def test_the_message_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        compared(tmp_path, "Resources:\n  A:\n    Type: X\n  A:\n    Type: Y\n", "Resources: {}\n")
    assert (caught.value.where or "").endswith(":2") or (caught.value.where or "").endswith(":4")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        inputs.compared(str(tmp_path / "none.yaml"), str(tmp_path / "neither.yaml"))
