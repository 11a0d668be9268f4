"""Template files: their text → plain data, and the schemas of resource types. The only module that uses cfn-lint.

cfn-lint is asked for YAML, and to say what is wrong with a template: importing it takes longer than anything else that
planguard does, and JSON (all that the CDK writes) needs none of it. Its schemas are read as the files that they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from planguard.errors import InputError
from planguard.inputs.cfn_compare import Schema
from planguard.inputs.text import decode

_HINT = "Give planguard a CloudFormation template in YAML or JSON."
_REGION = "us-east-1"
"""The region whose list of types is asked first: it has nearly all of them."""


class Template(NamedTuple):
    """A decoded template."""

    name: str
    """The file, as it is shown."""
    body: Mapping[str, Any]
    lines: Mapping[str, int]
    """Logical id → line of its block, where that is known."""
    digest: str = ""
    """SHA-256 of the bytes, hexadecimal."""


def read(path: str) -> Template:
    """The template in a file. Raises InputError with file and line where it cannot be read."""
    try:
        data = FilePath(path).read_bytes()
    except OSError as error:
        why = (
            "There is no such file."
            if isinstance(error, FileNotFoundError)
            else f"It cannot be read ({error.strerror})."
        )
        raise InputError(why, where=path, hint=_HINT) from None
    except ValueError:
        raise InputError("This is not the name of a file.", where=path, hint=_HINT) from None
    return parse(data, path)


def parse(data: bytes, name: str) -> Template:
    """The template in these bytes."""
    try:
        text = decode(data)
    except InputError as error:
        error.where = name
        raise
    if not text.strip():
        raise InputError("The template is empty.", where=name, hint=_HINT)
    body = _json(text)
    if body is None:
        body = _by_cfnlint(text, name)
    if not isinstance(body, dict):
        raise InputError("This is not a template: it is no mapping.", where=name, hint=_HINT)
    _check(body, name)
    from hashlib import sha256

    return Template(name, body, _lines(body, text), sha256(data).hexdigest())


def _check(body: Mapping[str, Any], name: str) -> None:
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        raise InputError("This is not a template: it has no Resources.", where=name, hint=_HINT)
    for key, block in resources.items():
        if str(key).startswith("Fn::") or (isinstance(block, dict) and "Fn::Transform" in block):
            continue  # a loop or a macro, which makes resources
        if not isinstance(block, dict) or not isinstance(block.get("Type"), str):
            raise InputError("This resource has no Type.", where=f"{name} Resources.{key}", hint=_HINT)
        properties = block.get("Properties")
        if properties is not None and not isinstance(properties, dict):
            raise InputError("Its Properties are no mapping.", where=f"{name} Resources.{key}", hint=_HINT)


def _json(text: str) -> Any:
    """The body of a template in JSON; None for YAML, and for what cfn-lint shall complain about."""
    if not text.lstrip().startswith("{"):
        return None
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeated.append("")
        return found

    try:
        body = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None
    return None if repeated else body


def _by_cfnlint(text: str, name: str) -> Any:
    import logging

    from planguard.inputs.cfn_depth import too_deep

    if too_deep(text):
        raise InputError("The template is nested too deeply to be read.", where=name, hint=_HINT)
    from cfnlint.decode import decode_str

    logging.getLogger("cfnlint").setLevel(logging.CRITICAL)  # it prints what it also returns
    try:
        body, complaints = decode_str(text)
    except RecursionError:
        raise InputError("The template is nested too deeply to be read.", where=name) from None
    if complaints:
        first = complaints[0]
        said = " ".join(str(first.message).split())[:300].rstrip(".")
        line = getattr(first, "linenumber", None)
        raise InputError(f"This template cannot be read: {said}.", where=f"{name}:{line}" if line else name, hint=_HINT)
    return body


def _lines(body: Mapping[str, Any], text: str) -> Mapping[str, int]:
    """Where each resource stands: cfn-lint marks every key; in JSON the one place with its name is looked for."""
    lines: dict[str, int] = {}
    for name in body["Resources"]:
        mark = getattr(name, "start_mark", None)
        if mark is not None:
            lines[str(name)] = mark.line + 1
    if not lines and text.count("\n") > 1:
        lines = _json_lines(text, set(body["Resources"]))
    return lines


def _json_lines(text: str, names: set[str]) -> dict[str, int]:
    import re

    found: dict[str, int] = {}
    twice: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        match = re.match(r'\s*"([A-Za-z0-9]+)"\s*:\s*\{\s*$', line)
        if match and match[1] in names:
            (twice.add if match[1] in found else lambda name: None)(match[1])
            found.setdefault(match[1], number)
    return {name: line for name, line in found.items() if name not in twice}


# --- schemas ----------------------------------------------------------------------------------------------------------


@cache
def schema(type: str) -> Schema:
    """What the registry's schema says of a type; `known=False` where there is none (third parties, custom ones)."""
    root = _schemas()
    digest = _types(_REGION).get(type)
    if digest is None:
        digest = next((found for region in _regions() if (found := _types(region).get(type))), None)
    if digest is None:
        return Schema()
    raw = json.loads((root / "resources" / f"{digest}.json").read_bytes())
    properties = raw.get("properties", {})
    return Schema(
        known=True,
        create_only=frozenset(map(_pointer, raw.get("createOnlyProperties", ()))),
        perhaps=frozenset(map(_pointer, raw.get("conditionalCreateOnlyProperties", ()))),
        unordered=frozenset(name for name, item in properties.items() if item.get("insertionOrder") is False),
        identifier=tuple(
            pointer[0] for pointer in map(_pointer, raw.get("primaryIdentifier", ())) if len(pointer) == 1
        ),
    )


def _pointer(text: str) -> tuple[str, ...]:
    return tuple(text.split("/")[2:])


@cache
def _schemas() -> FilePath:
    from importlib.util import find_spec

    found = find_spec("cfnlint")
    places = (found.submodule_search_locations or []) if found is not None else []
    for place in places:
        root = FilePath(place) / "data" / "schemas"
        if (root / "providers" / f"{_REGION}.json").exists():
            return root
    raise InputError(
        "cfn-lint's schemas are missing, and without them nobody can tell what a change replaces.",
        hint="Install cfn-lint 1.40 or newer beside planguard.",
    )


@cache
def _types(region: str) -> Mapping[str, str]:
    found = json.loads((_schemas() / "providers" / f"{region}.json").read_bytes())
    return found if isinstance(found, dict) else {}


@cache
def _regions() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_schemas() / "providers").glob("*.json") if path.stem != _REGION))
