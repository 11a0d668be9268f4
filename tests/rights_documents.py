"""Small plan documents about rights, for tests of identities. Asserts nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planguard import inputs
from planguard.model import Plan

AWS = "arn:aws:iam::aws:policy/"
ACTIONS = {
    "create": ["create"],
    "update": ["update"],
    "delete": ["delete"],
    "forget": ["forget"],
    "replace": ["delete", "create"],
    "no-op": ["no-op"],
    "read": ["read"],
}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as Terraform has it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def trust(service: str = "lambda.amazonaws.com") -> str:
    """A trust policy for a service of AWS."""
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}})


SAML = document(
    {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithSAML",
        "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/okta"},
    }
)
"""A trust policy for people."""


def role(name: str, assume: str, **more: Any) -> dict[str, Any]:
    """The attributes of a role."""
    return {"name": name, "arn": f"arn:aws:iam::123456789012:role/{name}", "assume_role_policy": assume, **more}


def change(at: str, do: str, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """One element of `resource_changes`; `unknown` and `sensitive` are masks of `after`."""
    local = at.partition("[")[0].removeprefix("data.")
    kind, name = local.split(".")[-2:]
    return {
        "address": at,
        "mode": "data" if at.startswith("data.") else "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ACTIONS[do],
            "before": before,
            "after": before if do == "no-op" else after,
            "after_unknown": more.get("unknown", {}),
            "before_sensitive": more.get("sensitive", {}),
            "after_sensitive": more.get("sensitive", {}),
        },
    }


def plan(path: Path, *changes: Mapping[str, Any], blocks: Mapping[str, Mapping[str, Any]] = {}, pad: int = 0) -> Plan:
    """The plan of these changes; `blocks`: address → attribute → references; `pad`: bytes of something unchanged."""
    resources = [
        {
            "address": address,
            "mode": "data" if address.startswith("data.") else "managed",
            "type": address.removeprefix("data.").split(".")[0],
            "name": address.split(".")[-1],
            "expressions": {name: {"references": list(told)} for name, told in attributes.items()},
        }
        for address, attributes in blocks.items()
    ]
    filler = [
        change(f"aws_sqs_queue.filler{number}", "no-op", {"id": str(number), "name": "x" * 10_000})
        for number in range(pad // 10_000)
    ]
    whole = {
        "format_version": "1.2",
        "terraform_version": "1.13.3",
        "resource_changes": [*filler, *changes],
        "configuration": {"root_module": {"resources": resources}},
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    path.write_text(json.dumps(whole), encoding="utf-8")
    return inputs.load(str(path))[0]
