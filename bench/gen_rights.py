"""A made-up plan about nothing but rights: many roles, a policy of many statements each. The same bytes each time."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

SERVICES = ("s3", "rds", "dynamodb", "ec2", "sqs", "sns", "kms", "logs", "lambda", "ecs", "secretsmanager", "backup")
VERBS = ("Get*", "List*", "Describe*", "Put*", "Delete*", "*", "Create*", "DeleteTable", "DeleteBucket", "Tag*")
PER_POLICY = 10
REGISTRY = "registry.terraform.io/hashicorp/aws"


def generate(statements: int, path: Path) -> None:
    """Write a plan with this many statements after the change, a tenth of them altered."""
    rng = random.Random(10)
    changes: list[dict[str, Any]] = []
    for number in range(statements // PER_POLICY):
        name = f"worker-{number:05}"
        role = {"name": name, "arn": f"arn:aws:iam::123456789012:role/{name}", "assume_role_policy": _trust()}
        changes.append(_change("aws_iam_role", number, ["no-op"], role, role))
        before = [_statement(rng, number) for _ in range(PER_POLICY)]
        after = [*before[:-1], _statement(rng, number)]
        old, new = ({"name": name, "role": name, "policy": _document(found)} for found in (before, after))
        changes.append(_change("aws_iam_role_policy", number, ["update"], old, new))
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.13.3",
        "resource_changes": changes,
        "configuration": {"root_module": {}},
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    path.write_text(json.dumps(plan, separators=(",", ":")), encoding="utf-8")


def _change(kind: str, number: int, actions: list[str], before: Any, after: Any) -> dict[str, Any]:
    return {
        "address": f'{kind}.this["{number}"]',
        "mode": "managed",
        "type": kind,
        "name": "this",
        "index": str(number),
        "provider_name": REGISTRY,
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    }


def _trust() -> str:
    service = {"Service": "lambda.amazonaws.com"}
    return _document([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": service}])


def _statement(rng: random.Random, number: int) -> dict[str, Any]:
    service = rng.choice(SERVICES)
    resource = rng.choice(("*", f"arn:aws:{service}:eu-west-1:123456789012:thing-{number}/*"))
    found: dict[str, Any] = {
        "Effect": rng.choice(("Allow", "Allow", "Allow", "Deny")),
        "Action": [f"{service}:{verb}" for verb in rng.sample(VERBS, 3)],
        "Resource": resource,
    }
    if rng.random() < 0.2:
        found["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    return found


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
