"""Makes a pair of templates in YAML of any size: networks, databases and functions that refer to each other.

`python -m bench.gen_templates N OUT` writes OUT/old.yaml and OUT/new.yaml. The same arguments give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

EDITED = 0.05
"""Share of the resources of which a property changes."""


def resources(number: int, rng: Random, edition: str) -> dict[str, Any]:
    """The resources of one side; `edition` tells it from the other."""
    made: dict[str, Any] = {}
    for index in range(0, number, 5):
        suffix = edition if rng.random() < EDITED else ""
        name = {"Fn::Sub": f"${{Stage}}-{index}{suffix}"}
        subnet = {"VpcId": {"Ref": f"Vpc{index}"}, "CidrBlock": "10.0.1.0/24"}
        database = {"DBName": name, "Engine": "postgres", "VPCSecurityGroups": [{"Ref": f"Group{index}"}]}
        call = {"FunctionName": name, "Handler": "a.b", "Runtime": "python3.12", "Code": {"ZipFile": "pass"},
                "Role": "arn:aws:iam::123456789012:role/run",
                "Environment": {"Variables": {"DB": {"Ref": f"Db{index}"}}},
                "VpcConfig": {"SubnetIds": [{"Ref": f"Subnet{index}"}], "SecurityGroupIds": []}}  # fmt: skip
        made[f"Vpc{index}"] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": f"10.0.0.0/{16 + bool(suffix)}"}}
        made[f"Subnet{index}"] = {"Type": "AWS::EC2::Subnet", "Properties": subnet}
        group = {"GroupDescription": "x", "VpcId": {"Ref": f"Vpc{index}"}}
        made[f"Group{index}"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": group}
        made[f"Db{index}"] = {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Snapshot", "Properties": database}
        made[f"Run{index}"] = {"Type": "AWS::Lambda::Function", "Properties": call}
    return made


def generate(number: int, out: Path, *, seed: int = 1) -> None:
    """Write both templates."""
    import yaml

    out.mkdir(parents=True, exist_ok=True)
    for name, edition in (("old", ""), ("new", "-b")):
        body = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {"Stage": {"Type": "String", "Default": "prod"}},
            "Resources": resources(number, Random(seed), edition),
        }
        (out / f"{name}.yaml").write_text(yaml.safe_dump(body, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    generate(int(sys.argv[1]), Path(sys.argv[2]))
