"""Documented losses that a change set would have shown: each is stopped, by the rule that speaks of it."""

from __future__ import annotations

from pathlib import Path

from cfn_documents import change, context, detail, load, response, verdict

PROD = {"StackName": "shop-production"}


def test_cdk_auto_delete_objects_2021(tmp_path: Path) -> None:
    """Switching autoDeleteObjects off removes the custom resource, and its delete handler empties the bucket."""
    document = response(
        change("AutoDelete", "Custom::S3AutoDeleteObjects", Action="Remove", PolicyAction="Delete",
               BeforeContext=context({"ServiceToken": "arn:x", "BucketName": "shop-orders"})),
        change("Bucket", "AWS::S3::Bucket", Action="Modify", Replacement="False",
               Details=[detail("Tags", "Never")], BeforeContext=context({}), AfterContext=context({})),
        **PROD,
    )  # fmt: skip
    code, found = verdict(load(tmp_path, document)[0])
    assert code == 10
    assert ("custom-resource-changed", "critical", "AutoDelete") in found
    assert not {address for _, _, address in found} - {"AutoDelete"}


def test_cdk_v1_to_v2_lower_cased_cluster_2022(tmp_path: Path) -> None:
    """The identifier of a cluster is lower-cased: the cluster is replaced, and its instances with it."""
    old = {"DBClusterIdentifier": "OrdersCluster", "Engine": "aurora-mysql"}
    changes = [
        change("Cluster", "AWS::RDS::DBCluster", Action="Modify", Replacement="True", PolicyAction="ReplaceAndDelete",
               Details=[detail("DBClusterIdentifier", "Always", Target={"Path": "/Properties/DBClusterIdentifier"})],
               BeforeContext=context(old), AfterContext=context({**old, "DBClusterIdentifier": "orderscluster"})),
        *(
            change(f"Instance{number}", "AWS::RDS::DBInstance", Action="Modify", Replacement="Conditional",
                   PolicyAction="ReplaceAndDelete",
                   Details=[detail("DBClusterIdentifier", "Always", "Dynamic", ChangeSource="ResourceReference",
                                   CausingEntity="Cluster")],
                   BeforeContext=context({"DBClusterIdentifier": "orderscluster"}),
                   AfterContext=context({"DBClusterIdentifier": "{{changeSet:KNOWN_AFTER_APPLY}}"}))
            for number in (1, 2)
        ),
    ]  # fmt: skip
    (plan,) = load(tmp_path, response(*changes, **PROD))
    code, found = verdict(plan)
    assert code == 10
    assert ("data-replacement", "critical", "Cluster") in found

    from planguard import causes, graph

    explained = causes.explain(plan, graph.build(plan))
    cause = explained.of(plan.changes[0])
    assert cause is not None and cause.attributes == ("DBClusterIdentifier",)
    follower = explained.of(plan.changes[1])
    assert follower is not None and follower.root == "Cluster"


def test_a_stack_is_taken_down_2024(tmp_path: Path) -> None:
    """Somebody wanted to drop a change set and dropped the stack: everything is removed."""
    kinds = {"Table": "AWS::DynamoDB::Table", "Pool": "AWS::Cognito::UserPool", "Site": "AWS::CloudFront::Distribution"}
    gone = [
        change(name, kind, Action="Remove", PolicyAction="Delete", BeforeContext=context({}))
        for name, kind in kinds.items()
    ]
    left = change("Nothing", "AWS::CloudFormation::WaitConditionHandle", Action="Add")
    code, found = verdict(load(tmp_path, response(*gone, left, **PROD))[0])
    assert code == 10
    assert {("stack-removal", "high", ""), ("data-deletion", "critical", "Table")} <= found


def test_amplify_table_replaced_behind_a_custom_resource_2024(tmp_path: Path) -> None:
    """A new index: the change set shows a Modify of a custom resource, and the table behind it is made again."""
    properties = {"tableName": "Todo", "replaceTableUponGsiUpdate": "true", "globalSecondaryIndexes": []}
    indexed = {**properties, "globalSecondaryIndexes": [{"indexName": "byOwner"}]}
    modified = {"Action": "Modify", "Replacement": "False", "Details": [detail("globalSecondaryIndexes", "Never")]}
    table = change("Todo", "Custom::AmplifyDynamoDBTable", **modified,
                   BeforeContext=context(properties), AfterContext=context(indexed))  # fmt: skip
    code, found = verdict(load(tmp_path, response(table, **PROD))[0])
    assert code == 10
    assert ("custom-resource-changed", "critical", "Todo") in found
    blind = change("Todo", "Custom::AmplifyDynamoDBTable", **modified)
    assert verdict(load(tmp_path, response(blind, **PROD))[0])[0] == 10
