"""What a change set tells of its stack: name, account, tags, parameters. Evidence of where it is; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planguard.errors import InputError
from planguard.inputs import values
from planguard.inputs.cfn_forms import pascal
from planguard.inputs.cfn_values import HIDDEN, telling
from planguard.model import Sensitive


def stack_name(top: Mapping[str, Any]) -> str | None:
    """The stack's name; from its ARN where the name itself is missing."""
    name = top.get("StackName")
    if isinstance(name, str) and name:
        return name
    parts = _arn(top.get("StackId"))[5:]
    return parts[0].split("/")[1] if parts and parts[0].count("/") >= 1 else None


def account(top: Mapping[str, Any]) -> str | None:
    """The number of the account, from the ARN of the stack or of the change set."""
    for key in ("StackId", "ChangeSetId"):
        fields = _arn(top.get(key))
        if len(fields) == 6 and fields[4].isdecimal():
            return fields[4]
    return None


def default_tags(top: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags of the stack: CloudFormation puts them on everything in it that can carry tags."""
    return {
        tag["Key"]: tag["Value"]
        for tag in _objects(top, "Tags")
        if isinstance(tag.get("Key"), str) and isinstance(tag.get("Value"), str)
    }


def parameters(top: Mapping[str, Any], secrets: set[str]) -> Mapping[str, Any]:
    """The values of the stack's parameters; `Sensitive` where CloudFormation hides them or their name tells."""
    found: dict[str, Any] = {}
    for item in _objects(top, "Parameters"):
        name = item.get("ParameterKey")
        # A parameter of a type like AWS::SSM::Parameter::Value names a place; what stands there is what is used.
        value = item.get("ResolvedValue", item.get("ParameterValue"))
        if not isinstance(name, str):
            continue
        if value == HIDDEN:
            value = Sensitive(value)
        elif value is not None and telling(name):
            values.collect_all(value, secrets)
            value = Sensitive(value)
        found[name] = value
    return found


def _objects(top: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    listed = top.get(key)
    if listed is None:
        return
    if not isinstance(listed, list):
        raise InputError("This should be a list.", where=f"$.{key}")
    for item in listed:
        if isinstance(item, dict):
            yield pascal(item)


def _arn(value: Any) -> list[str]:
    """The six fields of an ARN; nothing where it is none."""
    fields = value.split(":", 5) if isinstance(value, str) else []
    return fields if len(fields) == 6 and fields[0] == "arn" else []
