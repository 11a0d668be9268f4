"""Small plan documents for the tests of `planguard.inputs`: shapes as Terraform writes them, nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planguard.inputs import load
from planguard.model import Change, Plan

AWS = "registry.terraform.io/hashicorp/aws"


def change(address: str = "aws_db_instance.main", actions: Any = ("delete",), **more: Any) -> dict[str, Any]:
    """One element of `resource_changes`; keys of `change` and of the element are told apart by name."""
    last = address.rsplit(".", 2)
    inner = {
        "actions": list(actions) if isinstance(actions, tuple) else actions,
        "before": {"id": "db-1", "name": "orders"},
        "after": None,
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": False,
    }
    element: dict[str, Any] = {
        "address": address,
        "mode": "managed",
        "type": last[-2] if len(last) > 1 else "",
        "name": last[-1].split("[")[0],
        "provider_name": AWS,
    }
    for key, value in more.items():
        (inner if key in inner or key in ("replace_paths", "importing") else element)[key] = value
    element["change"] = inner
    return element


def plan(*changes: Any, **top: Any) -> dict[str, Any]:
    """A whole document."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "configuration": {"root_module": {}},
        "applyable": True,
        "complete": True,
        "errored": False,
    } | top


def written(directory: Path, content: Any, name: str = "plan") -> str:
    """A file with these bytes, this text, or this JSON; its name says nothing about what it is."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    path = directory / name
    path.write_bytes(content)
    return str(path)


def read(directory: Path, content: Any) -> Plan:
    """The one plan that this content holds."""
    (found,) = load(written(directory, content))
    return found


def only(found: Plan) -> Change:
    """Its one change."""
    (change,) = found.changes
    return change
