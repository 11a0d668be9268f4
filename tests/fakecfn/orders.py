"""One stack of the fake cloud, `orders` in production, and change sets of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cfn_documents import change, context, response

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TABLE: dict[str, Any] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "a"}}


def stack_id(name: str) -> str:
    """The ARN of a stack."""
    return f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/1"


STACK_ID = stack_id("orders")


def stack(name: str, **fields: Any) -> dict[str, Any]:
    """A stack as DescribeStacks tells it."""
    tags = [{"Key": "env", "Value": "prod"}]
    base = {"StackName": name, "StackId": stack_id(name), "CreationTime": NOW, "StackStatus": "UPDATE_COMPLETE"}
    return {**base, "Tags": tags, "EnableTerminationProtection": False, **fields}


def described(*changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A change set as DescribeChangeSet tells it."""
    return response(*changes, **{"StackId": STACK_ID, "CreationTime": NOW, "ExecutionStatus": "AVAILABLE", **fields})


def gone(name: str) -> dict[str, Any]:
    """A table that is removed."""
    return change(
        name, TABLE["Type"], Action="Remove", PolicyAction="Delete", BeforeContext=context({"TableName": name})
    )


def export(output: str, name: str, value: str) -> dict[str, str]:
    """An output that is exported, as DescribeStacks tells it."""
    return {"OutputKey": output, "OutputValue": value, "ExportName": name}
