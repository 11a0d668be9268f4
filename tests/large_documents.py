"""Reading one document both ways, and documents that bring every kind of boundary."""

from __future__ import annotations

import io
import json
from typing import Any

from planguard.errors import InputError
from planguard.inputs import json_plans, large
from planguard.inputs.sources import Source
from planguard.model import Plan

Outcome = list[Plan] | InputError


def whole(data: bytes) -> Outcome:
    """The plans as the standard decoder reads them."""
    given = Source("plan.json", None, data[:65536], io.BytesIO(data[65536:]), len(data))
    try:
        return [plan._replace(digest="") for plan in json_plans.parse(given)]
    except InputError as error:
        return error


def in_pieces(data: bytes, block: int) -> Outcome:
    """The plans as they are read piece by piece, so many bytes at a time."""
    try:
        return list(large.read(io.BytesIO(data), source="plan.json", block=block))
    except InputError as error:
        return error


def same(data: bytes, *blocks: int) -> None:
    """Assert that both ways come to the same."""
    expected = whole(data)
    for block in blocks:
        found = in_pieces(data, block)
        if isinstance(expected, InputError):
            assert isinstance(found, InputError), f"refused only as a whole ({expected}), with blocks of {block}"
            continue
        assert not isinstance(found, InputError), f"refused only in pieces ({found!r}), with blocks of {block}"
        for one, other in zip(expected, found, strict=True):
            for name in Plan._fields:
                assert getattr(other, name) == getattr(one, name), f"{name} differs with blocks of {block}"


def compact(document: Any) -> bytes:
    """As Terraform writes it."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()


def entry(number: int, actions: list[str], **more: Any) -> dict[str, Any]:
    """One element of `resource_changes`, in Terraform's order of keys."""
    module = f'module.svc["tenant-{number % 3}"]' if number % 2 else None
    local = f"aws_db_instance.main[{number}]"
    values = {
        "address": f"db{number}.example.com",
        "id": f"db-{number}",
        "password": f"geheim-{number % 4}",
        "endpoints": [{"address": "a", "mode": "managed"}, {"address": "b", "mode": "managed"}],
        "policy": json.dumps({"Statement": [{"Resource": "arn:aws:s3:::*"}]}),
        "text": '},{"address":"aws_vpc.fake","mode":"managed"}]}}\\',
    }
    result: dict[str, Any] = {"address": f"{module}.{local}" if module else local}
    if module:
        result["module_address"] = module
    result |= {"mode": "managed", "type": "aws_db_instance", "name": "main", "index": number}
    result["provider_name"] = "registry.terraform.io/hashicorp/aws"
    change: dict[str, Any] = {
        "actions": actions,
        "before": None if actions == ["create"] else values,
        "after": None if actions == ["delete"] else values | ({"size": 2} if actions == ["update"] else {}),
        "after_unknown": {"id": True} if "create" in actions else {},
        "before_sensitive": False if actions == ["create"] else {"password": True, "endpoints": [{}, {}]},
        "after_sensitive": False if actions == ["delete"] else {"password": True},
    }
    for key, value in more.items():
        (change if key in change or key in ("replace_paths", "importing") else result)[key] = value
    result["change"] = change
    if "delete" in actions:
        result["action_reason"] = "delete_because_no_resource_config"
    return result


def document(size: int = 12, **top: Any) -> dict[str, Any]:
    """A plan with modules, a state, and every kind of change."""
    kinds = (["no-op"], ["no-op"], ["update"], ["no-op"], ["delete"], ["delete", "create"], ["create"])
    changes = [entry(number, kinds[number % len(kinds)]) for number in range(size)]
    objects = [_existing(change) for change in changes if change["change"]["before"]]
    deep = {"resources": objects[:2], "address": "module.a.module.b"}
    modules = [
        {"resources": objects[2:5], "address": "module.a", "child_modules": [deep]},
        {"resources": objects[5:], "address": 'module.c["],}"]'},
    ]
    root = {"resources": objects[:1], "child_modules": modules}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"db_password": {"value": "correct horse"}, "env": {"value": "prod"}},
        "planned_values": {"outputs": {"key": {"sensitive": True, "value": "output-secret"}}, "root_module": root},
        "resource_drift": [entry(3, ["update"])],
        "resource_changes": changes,
        "output_changes": {"key": {"actions": ["no-op"], "before_sensitive": True, "before": "output-secret"}},
        "prior_state": {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": root}},
        "configuration": {"root_module": {"resources": [_block("main", "vpc"), _block("vpc")]}},
        "relevant_attributes": [{"resource": "aws_vpc.main", "attribute": ["id", 0]}] * size,
        "timestamp": "2026-11-22T06:45:53Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    } | top


def _existing(change: dict[str, Any]) -> dict[str, Any]:
    kept = {key: change[key] for key in ("address", "mode", "type", "name", "index", "provider_name")}
    more = {"values": change["change"]["before"], "sensitive_values": {"password": True}}
    return (
        kept | more | {"schema_version": 1, "depends_on": ["aws_vpc.main", "module.a.data.aws_ami.x", "aws_kms_key.k"]}
    )


def _block(name: str, *needs: str) -> dict[str, Any]:
    expressions = {need: {"references": [f"aws_db_instance.{need}.id", f"aws_db_instance.{need}"]} for need in needs}
    address = f"aws_db_instance.{name}"
    return {
        "address": address,
        "mode": "managed",
        "type": "aws_db_instance",
        "name": name,
        "provider_config_key": "aws",
        "expressions": expressions,
    }
