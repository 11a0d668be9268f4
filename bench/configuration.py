"""The `configuration` of the made-up plans: a service with its components, as blocks that refer to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.shapes import REGION, dumps

PROVIDER = "registry.terraform.io/hashicorp/aws"

Needs = Mapping[str, tuple[str, ...]]
"""Type → types that it refers to; each `^` leads one module up."""

ROOT: Needs = {"aws_vpc": (), "aws_kms_key": ()}
SERVICE: Needs = {
    "aws_security_group": ("^aws_vpc",),
    "aws_iam_role": (),
    "aws_iam_policy": ("^aws_kms_key",),
    "aws_iam_role_policy_attachment": ("aws_iam_role", "aws_iam_policy"),
    "aws_s3_bucket": ("^aws_kms_key",),
    "aws_lb": ("aws_security_group",),
    "aws_lb_target_group": ("^aws_vpc",),
    "aws_route53_record": ("aws_lb",),
}
COMPONENT: Needs = {
    "aws_subnet": ("^^aws_vpc",),
    "aws_security_group": ("^^aws_vpc",),
    "aws_security_group_rule": ("aws_security_group", "^aws_security_group"),
    "aws_instance": ("aws_subnet", "aws_security_group"),
    "aws_lambda_function": ("aws_subnet", "aws_security_group", "^aws_iam_role"),
    "aws_dynamodb_table": ("^^aws_kms_key",),
    "aws_db_instance": ("aws_subnet", "aws_security_group", "^^aws_kms_key"),
    "aws_sqs_queue": (),
    "aws_cloudwatch_log_group": ("aws_lambda_function",),
    "aws_cloudwatch_metric_alarm": ("aws_instance",),
}

_ARGUMENTS = ("vpc_id", "subnet_id", "role")
_PASSED_ON = ("aws_vpc_id", "aws_kms_key_id")


def document(calls: Mapping[str, Any]) -> str:
    """The whole part, as JSON."""
    provider = {
        "name": "aws",
        "full_name": PROVIDER,
        "version_constraint": "~> 5.0",
        "expressions": {"region": {"constant_value": REGION}},
    }
    root = {
        "outputs": {},
        "resources": [_block(kind, {"tags": _references("local.tags")}) for kind in ROOT],
        "module_calls": calls,
        "variables": {"env": {"default": "prod"}},
    }
    return dumps({"provider_config": {"aws": provider}, "root_module": root})


def service(copies: int, *, flat: bool) -> dict[str, Any]:
    """The call of a service's module."""
    inner = (
        {f"component_{copy}": _component(None) for copy in range(copies)} if flat else {"component": _component(copies)}
    )
    module = {
        "outputs": {"lb_dns": {"expression": _references("aws_lb.main.dns_name", "aws_lb.main")}},
        "resources": _blocks(SERVICE),
        "module_calls": inner,
        "variables": {**{key: {} for key in (*_PASSED_ON, "name")}, "tags": {"default": {}}},
    }
    expressions = {
        "aws_vpc_id": _references("aws_vpc.main.id", "aws_vpc.main"),
        "aws_kms_key_id": _references("aws_kms_key.main.arn", "aws_kms_key.main"),
        "name": _references("each.key"),
        "tags": _references("local.tags"),
    }
    repeated = {} if flat else {"for_each_expression": _references("local.tenants")}
    return {"source": "./modules/service", "expressions": expressions, **repeated, "module": module}


def _component(copies: int | None) -> dict[str, Any]:
    own = ("aws_security_group_id", "aws_iam_role_id")
    variables: dict[str, Any] = {key: {} for key in (*_PASSED_ON, *own)}
    module = {
        "outputs": {"instance_id": {"expression": _references("aws_instance.main.id", "aws_instance.main")}},
        "resources": _blocks(COMPONENT),
        "variables": {**variables, "tags": {"default": {}}, "name": {"default": "x"}},
    }
    expressions = {
        **{name: _references(f"var.{name}") for name in _PASSED_ON},
        "aws_security_group_id": _references("aws_security_group.main.id", "aws_security_group.main"),
        "aws_iam_role_id": _references("aws_iam_role.main.arn", "aws_iam_role.main"),
        "tags": _references("var.tags"),
    }
    repeated = {} if copies is None else {"count_expression": {"constant_value": copies}}
    return {"source": "./modules/component", "expressions": expressions, **repeated, "module": module}


def _blocks(needs: Needs) -> list[dict[str, Any]]:
    return [_block(kind, _expressions(needed)) for kind, needed in needs.items()]


def _expressions(needed: tuple[str, ...]) -> dict[str, Any]:
    found = {"tags": _references("var.tags", "local.common"), "name": _references("var.name", "each.key")}
    for argument, need in zip(_ARGUMENTS, needed, strict=False):
        kind = need.lstrip("^")
        below = need == kind
        found[argument] = _references(f"{kind}.main.id", f"{kind}.main") if below else _references(f"var.{kind}_id")
    return {**found, "description": {"constant_value": "Managed by Terraform"}}


def _block(kind: str, expressions: Mapping[str, Any]) -> dict[str, Any]:
    names = {"address": f"{kind}.main", "mode": "managed", "type": kind, "name": "main", "provider_config_key": "aws"}
    return {**names, "expressions": expressions, "schema_version": 1}


def _references(*names: str) -> dict[str, Any]:
    return {"references": list(names)}
