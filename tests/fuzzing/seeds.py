"""What mutations start from: small plans, streams, configurations and rules in which something is at stake."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

AWS = "registry.terraform.io/hashicorp/aws"
PROD = {"env": "production", "Name": "orders"}


def element(address: str, actions: list[str], **more: Any) -> dict[str, Any]:
    """One element of `resource_changes` of a production resource."""
    kind, name = address.split("[")[0].rsplit(".", 2)[-2:]
    before = {"id": f"id-{name}", "identifier": name, "tags": PROD, "tags_all": PROD}
    change = {
        "actions": actions,
        "before": None if actions == ["create"] else before,
        "after": None if actions[0] in ("delete", "forget") and len(actions) == 1 else dict(before),
        "after_unknown": {"arn": True},
        "before_sensitive": {"password": True},
        "after_sensitive": {"password": True},
    }
    inner = {key: more.pop(key) for key in ("replace_paths", "importing", "before", "after") if key in more}
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": AWS,
        "change": change | inner,
        **more,
    }


def block(kind: str, name: str, **expressions: list[str]) -> dict[str, Any]:
    """A block of `configuration` that refers to others."""
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": "aws",
        "expressions": {key: {"references": value} for key, value in expressions.items()},
    }


def losing() -> dict[str, Any]:
    """A plan with every kind of change."""
    stored = {"address": "aws_db_instance.main", "mode": "managed", "type": "aws_db_instance", "name": "main"}
    call = {
        "source": "./m",
        "expressions": {"vpc": {"references": ["aws_vpc.net.id", "aws_vpc.net"]}},
        "module": {
            "outputs": {"o": {"expression": {"references": ["aws_db_instance.x.id", "aws_db_instance.x"]}}},
            "resources": [block("aws_db_instance", "x", vpc=["var.vpc"])],
            "variables": {"vpc": {}},
        },
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"environment": {"value": "production"}, "password": {"value": "hunter2-hunter2"}},
        "planned_values": {"root_module": {"resources": [{**stored, "values": {"id": "x"}, "sensitive_values": {}}]}},
        "resource_drift": [element("aws_s3_bucket.logs", ["update"])],
        "resource_changes": [
            element("aws_db_instance.main", ["delete"], action_reason="delete_because_no_resource_config"),
            element("aws_rds_cluster.a", ["delete", "create"], replace_paths=[["engine"], ["b", 0, "c"]]),
            element(
                'module.m["x.y"].aws_db_instance.x["k"]',
                ["create", "delete"],
                index="k",
                module_address='module.m["x.y"]',
            ),
            element("aws_vpc.net", ["update"]),
            element("aws_s3_bucket.logs", ["no-op"]),
            element("aws_instance.web[0]", ["create"], index=0),
            element("aws_kms_key.k", ["forget"]),
            element("aws_db_instance.old", ["delete"], deposed="0a1b2c3d"),
            element("aws_db_instance.new", ["no-op"], previous_address="aws_db_instance.was"),
            {**element("data.aws_ami.a", ["read"]), "mode": "data"},
        ],
        "deferred_changes": [{"reason": "unknown", "resource_change": element("aws_sqs_queue.q", ["create"])}],
        "output_changes": {"o": {"actions": ["update"], "before": "a", "after": "b", "after_sensitive": True}},
        "prior_state": {
            "format_version": "1.0",
            "values": {
                "outputs": {"o": {"sensitive": True, "value": "output-secret"}},
                "root_module": {
                    "resources": [
                        {
                            **stored,
                            "values": {"id": "x", "password": "p"},
                            "sensitive_values": {"password": True},
                            "depends_on": ["aws_vpc.net"],
                        }
                    ],
                    "child_modules": [
                        {
                            "address": "module.m",
                            "resources": [
                                {
                                    **stored,
                                    "address": 'module.m["x.y"].aws_db_instance.x["k"]',
                                    "depends_on": ["data.aws_ami.a"],
                                }
                            ],
                        }
                    ],
                },
            },
        },
        "configuration": {
            "provider_config": {
                "aws": {"name": "aws", "full_name": AWS, "expressions": {"region": {"constant_value": "eu-west-1"}}}
            },
            "root_module": {
                "resources": [
                    block("aws_db_instance", "main", subnet=["aws_vpc.net.id", "aws_vpc.net"]),
                    block("aws_vpc", "net"),
                ],
                "module_calls": {"m": call},
                "variables": {"password": {"sensitive": True}, "environment": {}},
            },
        },
        "relevant_attributes": [{"resource": "aws_vpc.net", "attribute": ["id"]}],
        "checks": [{"address": {"to_display": "check.c"}, "status": "fail"}],
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def single() -> dict[str, Any]:
    """The smallest plan that loses something: nothing else stands beside it that could hide a wrong pass."""
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {}},
        "resource_changes": [element("aws_db_instance.main", ["delete"])],
    }


def messages() -> list[dict[str, Any]]:
    """A stream."""

    def message(kind: str, **more: Any) -> dict[str, Any]:
        return {"@level": "info", "@message": "x", "@module": "terraform.ui", "type": kind, **more}

    def resource(address: str) -> dict[str, Any]:
        kind, name = address.split("[")[0].rsplit(".", 2)[-2:]
        return {
            "addr": address,
            "module": "",
            "resource": address,
            "implied_provider": "aws",
            "resource_type": kind,
            "resource_name": name,
            "resource_key": None,
        }

    return [
        message("version", terraform="1.11.4", ui="1.2"),
        message("resource_drift", change={"resource": resource("aws_s3_bucket.logs"), "action": "update"}),
        message(
            "planned_change",
            change={
                "resource": resource("aws_db_instance.main"),
                "action": "delete",
                "reason": "delete_because_no_resource_config",
            },
        ),
        message(
            "planned_change",
            change={"resource": resource('aws_rds_cluster.a["k"]'), "action": "replace", "reason": "cannot_update"},
        ),
        message("planned_change", change={"resource": resource("aws_vpc.net"), "action": "update"}),
        message(
            "diagnostic",
            diagnostic={
                "severity": "warning",
                "summary": "s",
                "detail": "d",
                "range": {"filename": "main.tf", "start": {"line": 3}},
            },
        ),
        message("change_summary", changes={"add": 1, "change": 1, "remove": 2, "import": 0, "operation": "plan"}),
    ]


CONFIG = {
    "version": 1,
    "production": {
        "accounts": {"123456789012": "production"},
        "projects": {"shop-*": "production"},
        "workspaces": {"prod*": "production", "dev": "other"},
        "paths": {"**/live/**": "production"},
        "addresses": {"module.dev.*": "other"},
        "tag_keys": ["stage"],
        "words": {"blue": "production"},
        "unknown": "graded",
        "existing": ["prod*"],
    },
    "consent": {"from": "high", "forbidden": ["destroys-everything"]},
    "severity": {"forgotten": "low"},
    "waivers": [
        {"rule": "data-deletion", "address": "aws_x.*", "reason": "r", "by": "me", "until": "2030-01-01"},
        {"rule": "*", "address": "module.old.*", "reason": "r", "by": "me"},
    ],
    "protected": ["aws_db_instance.main"],
    "budget": {"destroys": {"production": 3}},
}
RULE = {
    "id": "own-rule",
    "title": "Own",
    "severity": "high",
    "since": "0.1.0",
    "when": {
        "all": [
            {"action": ["delete", "replace"]},
            {"any": [{"type": "aws_db_*"}, {"not": {"environment": "other"}}]},
            {"before.tags.env": {"not": "dev"}},
            {"before.size": {"at_least": 3}},
            {"after.list[*].a": {"set": True}},
            {"address": {"glob": "aws_*"}},
        ]
    },
    "message": "The {noun} {name} would go{until}",
    "why": "Because.",
    "fix": "Do not.",
    "examples": [
        {"flags": {"type": "aws_db_instance", "action": "delete", "environment": "production"}},
        {"passes": {"type": "aws_vpc", "action": "create", "environment": "other"}},
    ],
}


def archive(content: bytes = b"x") -> bytes:
    """A file that looks like a saved plan."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("tfplan", "tfstate", "tfstate-prev", "tfconfig/modules.json", ".terraform.lock.hcl"):
            file.writestr(
                zipfile.ZipInfo(name), content if name == "tfplan" else b'provider "registry.terraform.io/x/y" {}'
            )
    return made.getvalue()


def plans() -> list[Any]:
    """All plan documents: our own, and the replays' where PLANGUARD_INCIDENTS names their folder."""
    return [losing(), losing(), single(), *(json.loads(text) for text in _replays("*/plan.json"))]


def streams() -> list[list[Any]]:
    """All streams, as lists of messages."""
    replays = (text.splitlines() for text in _replays("*/plan.stream.jsonl"))
    return [
        messages(),
        messages(),
        *([json.loads(line) for line in lines if line.startswith("{")] for lines in replays),
    ]


def _replays(pattern: str) -> list[str]:
    folder = os.environ.get("PLANGUARD_INCIDENTS")
    found = sorted(Path(folder).glob(pattern)) if folder else []
    return [path.read_text(encoding="utf-8") for path in found if path.stat().st_size < 30_000]
