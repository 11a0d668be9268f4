"""Makes a change set of any size, as `aws cloudformation describe-change-set` answers: most modified, a few removed.

`python -m bench.gen_change_set N OUT.json`. The same arguments give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

TYPES = {
    "AWS::RDS::DBInstance": ("AllocatedStorage", "Never"),
    "AWS::DynamoDB::Table": ("TableName", "Always"),
    "AWS::Lambda::Function": ("Timeout", "Never"),
    "AWS::SQS::Queue": ("VisibilityTimeout", "Never"),
    "AWS::IAM::Role": ("Policies", "Never"),
    "AWS::EC2::SecurityGroup": ("SecurityGroupIngress", "Never"),
    "AWS::S3::Bucket": ("LifecycleConfiguration", "Never"),
    "AWS::CloudWatch::Alarm": ("Threshold", "Never"),
}
"""Type → a property that changes, and whether that replaces it."""


def change(rng: Random, number: int) -> dict[str, Any]:
    """One element of `Changes`."""
    kind = rng.choice(sorted(TYPES))
    lot = rng.random()
    action = "Remove" if lot < 0.03 else "Add" if lot < 0.08 else "Modify"
    made: dict[str, Any] = {
        "Action": action,
        "LogicalResourceId": f"Resource{number}",
        "ResourceType": kind,
        "Scope": [],
        "Details": [],
    }
    if action != "Add":
        made["PhysicalResourceId"] = f"main-{number}-{rng.getrandbits(40):010x}"
    if action == "Modify":
        name, replaces = TYPES[kind]
        target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": replaces}
        made["Replacement"] = "True" if replaces == "Always" else "False"
        made["Scope"] = ["Properties"]
        made["Details"] = [{"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}]
    return {"Type": "Resource", "ResourceChange": made}


def generate(number: int, out: Path, *, seed: int = 1) -> None:
    """Write a change set of so many changes."""
    rng = Random(seed)
    document = {
        "ChangeSetName": "release",
        "ChangeSetId": "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/release/1",
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/main-prod/1",
        "StackName": "main-prod",
        "CreationTime": "2026-11-22T06:45:53Z",
        "ExecutionStatus": "AVAILABLE",
        "Status": "CREATE_COMPLETE",
        "Capabilities": [],
        "Changes": [change(rng, number) for number in range(number)],
    }
    out.write_text(json.dumps(document, indent=4) + "\n", encoding="utf-8")


if __name__ == "__main__":
    generate(int(sys.argv[1]), Path(sys.argv[2]))
