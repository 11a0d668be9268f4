"""Change sets and templates for the tests, as small as they can be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from planguard import engine, gate, inputs
from planguard.config import Config
from planguard.model import Assessment, Change, Plan
from planguard.policy import rulebook

ARN = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/release/1"
PRODUCTION = {"Tags": [{"Key": "env", "Value": "prod"}]}


def change(name: str = "Db", kind: str = "AWS::RDS::DBInstance", /, **fields: Any) -> dict[str, Any]:
    """One element of `Changes`; fields that are None are left out."""
    inner = {"LogicalResourceId": name, "ResourceType": kind, **fields}
    return {"Type": "Resource", "ResourceChange": {key: value for key, value in inner.items() if value is not None}}


def detail(name: str, recreation: str, /, evaluation: str = "Static", **fields: Any) -> dict[str, Any]:
    """One element of `Details`."""
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    source = fields.pop("ChangeSource", "DirectModification")
    return {
        "Target": {**target, **fields.pop("Target", {})},
        "Evaluation": evaluation,
        "ChangeSource": source,
        **fields,
    }


def context(properties: Mapping[str, Any], **policies: Any) -> str:
    """A context as AWS writes it."""
    return json.dumps({"Properties": properties, **policies})


def response(*changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A response of DescribeChangeSet."""
    base = {"ChangeSetId": ARN, "ChangeSetName": "release", "StackName": "orders", "Status": "CREATE_COMPLETE"}
    return {**base, "Changes": list(changes), **fields}


def load(tmp_path: Path, document: Any, name: str = "changes.json", **options: Any) -> tuple[Plan, ...]:
    """The plans of a document, read from a file."""
    file = tmp_path / name
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return inputs.load(str(file), **options)


def only(tmp_path: Path, *changes: dict[str, Any], **fields: Any) -> Change:
    """The one change of a response."""
    (plan,) = load(tmp_path, response(*changes, **fields))
    (found,) = plan.changes
    return found


def assess(plan: Plan) -> Assessment:
    """What planguard makes of a plan, with nothing configured."""
    return engine.assess(plan, Config(), rulebook.rules(()), today=date(2026, 11, 22))


def verdict(plan: Plan) -> tuple[int, set[tuple[str, str, str]]]:
    """Exit code, and (rule, severity, address) of what was found."""
    found = assess(plan)
    code = gate.decide(found, None, Config()).exit_code
    return code, {(item.rule, item.severity.value, item.address) for item in found.findings}


def compared(tmp_path: Path, old: str, new: str) -> Plan:
    """The plan between two templates in YAML or JSON."""
    before, after = tmp_path / "old.yaml", tmp_path / "new.yaml"
    before.write_text(old, encoding="utf-8")
    after.write_text(new, encoding="utf-8")
    (plan,) = inputs.compared(str(before), str(after))
    return plan


def template(resources: Mapping[str, Any], **sections: Any) -> str:
    """A template in JSON."""
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **sections, "Resources": resources}, indent=1)


def by_name(plan: Plan) -> dict[str, Change]:
    """The changes by their address."""
    return {change.resource.address: change for change in plan.changes}


def addresses(changes: Sequence[Change]) -> set[str]:
    """The addresses of changes."""
    return {change.resource.address for change in changes}
