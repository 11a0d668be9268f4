"""SAM's transform, run here where its translator is installed. The only module that uses aws-sam-translator.

It makes functions, roles, stages and permissions out of SAM's types, as AWS does with the template of a change set.
Owns what keeps the translator from asking anybody: applications of the public repository are left out of its sight, a
region is given, and local paths of code, which only `sam package` turns into places in S3, are written as such places.
What it cannot translate is not translated at all, and the caller is told so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from planguard.inputs.cfn_blocks import APPLICATION, SAM, transforms
from planguard.inputs.cfn_resolve import section
from planguard.inputs.template import Template

_REGION = "us-east-1"
"""Any region: nothing that is compared depends on it."""
_URIS = frozenset({"CodeUri", "ContentUri", "DefinitionUri", "SchemaUri"})
_PLACE = "s3://local/"
_EMPTY = "PlanguardNothing"


def expanded(read: Template, values: Mapping[str, Any]) -> Template | None:
    """The template without SAM's types; None where there is no translator, or it cannot translate this one.

    `values` are those of parameters: a few properties have to be plain for the translator.
    """
    if SAM not in transforms(read.body):
        return read
    for known in ({}, {str(name): value for name, value in values.items() if isinstance(value, str | int | float)}):
        body = _translated(read.body, known)
        if body is not None:
            return read._replace(body=body)
    return None


class _Session:
    """What the translator wants to know of boto3."""

    region_name = _REGION


def _translated(body: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError:
        return None
    import logging

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # it prints what it also raises
    given = _prepared(body)
    kept = {name: given["Resources"].pop(name) for name in _applications(given)}
    given["Resources"].setdefault(_EMPTY, {"Type": "AWS::CloudFormation::WaitConditionHandle"})  # it takes no empty one
    parameters = given.get("Parameters")
    if isinstance(parameters, dict):
        # It would put defaults in the place of references, and a stack may have other values.
        given["Parameters"] = {name: _without_default(raw) for name, raw in parameters.items()}
    try:
        made = Translator({}, Parser(), boto_session=_Session()).translate(given, {**values, "AWS::Region": _REGION})
    except Exception:  # of any kind: it expects templates that its validator has seen
        return None
    if not isinstance(made, dict) or not isinstance(made.get("Resources"), dict):
        return None
    others = [name for name in transforms(body) if name != SAM]
    rest = {key: value for key, value in made.items() if key not in ("Transform", "Globals", "Parameters")}
    rest["Resources"] = {**{name: raw for name, raw in made["Resources"].items() if name != _EMPTY}, **kept}
    if parameters is not None:
        rest["Parameters"] = parameters
    return {**rest, "Transform": others} if others else rest


def _applications(body: Mapping[str, Any]) -> list[str]:
    """Nested applications: to look them up, the translator would ask AWS."""
    return [name for name, raw in body["Resources"].items() if isinstance(raw, dict) and raw.get("Type") == APPLICATION]


def _without_default(raw: Any) -> Any:
    return {key: value for key, value in raw.items() if key != "Default"} if isinstance(raw, dict) else raw


def _prepared(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in plain types, with all code in places that the translator accepts."""
    copy: dict[str, Any] = json.loads(json.dumps(body, default=str))
    common = section(section(copy, "Globals"), "Function")
    _place(common)
    for raw in copy["Resources"].values():
        if not isinstance(raw, dict) or not str(raw.get("Type")).startswith("AWS::Serverless::"):
            continue
        properties = raw.setdefault("Properties", {})
        if not isinstance(properties, dict):
            continue
        _place(properties)
        if raw["Type"] == "AWS::Serverless::Function":
            _with_code(properties, common)
    return copy


def _place(node: Any) -> None:
    """Write local paths of code as places in S3."""
    if isinstance(node, list):
        for item in node:
            _place(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _URIS and isinstance(value, str) and not value.startswith("s3://"):
                node[key] = _PLACE + (value.strip("./") or "code")
            else:
                _place(value)


def _with_code(properties: dict[str, Any], common: Mapping[str, Any]) -> None:
    """Functions without a word about their code: `sam build` finds it beside the template."""
    both = {**common, **properties}
    if both.get("PackageType") == "Image":
        properties.setdefault("ImageUri", common.get("ImageUri", "local"))
    elif not both.keys() & {"CodeUri", "InlineCode"}:
        properties["CodeUri"] = f"{_PLACE}code"
