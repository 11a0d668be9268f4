"""A template → its resources, with their expressions worked out: what one side of a comparison knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.inputs import values
from planguard.inputs.cfn_policies import DELETION, REPLACEMENT
from planguard.inputs.cfn_resolve import JOIN, REF, Reference, Resolver, is_expression, references, section
from planguard.inputs.cfn_values import telling
from planguard.model import MISSING, UNKNOWN, Sensitive

SAM = "AWS::Serverless-2016-10-31"
RIGHTS = "AWS::IAM::"
"""Types that say who may do what: of those that stay as they are the properties are kept all the same."""
APPLICATION = "AWS::Serverless::Application"
EXTENSIONS = "AWS::LanguageExtensions"

_EXPANDED = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
    "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
    APPLICATION: "AWS::CloudFormation::Stack",
}
"""SAM's types and the main thing that each becomes, under the same logical id."""

_RENAMED = {
    "AWS::DynamoDB::Table": {"PrimaryKey": "KeySchema", "SSESpecification": "SSESpecification"},
    "AWS::StepFunctions::StateMachine": {"Name": "StateMachineName", "Type": "StateMachineType"},
    "AWS::CloudFormation::Stack": {"Location": "TemplateURL"},
}
"""SAM's names of properties that force a replacement, where they differ from the type's own."""


class Block(NamedTuple):
    """One resource of a template."""

    name: str
    type: str
    properties: Mapping[str, Any]
    """Worked out as far as can be; the rest stays as expressions."""
    policies: Mapping[str, Any]
    condition: str | None
    """Of its existence."""
    exists: bool | None
    """Whether the condition holds; None where nobody can know."""
    depends_on: tuple[str, ...]
    references: tuple[Reference, ...]


class Side(NamedTuple):
    """One template, worked out."""

    blocks: Mapping[str, Block]
    """Those that exist, or may."""
    resolver: Resolver
    exports: Mapping[str, tuple[str, Any]]
    """Name of an export, as text → the output that makes it, and its value."""
    parameters: Mapping[str, Any]
    """Names and default values; only those with one."""
    secrets: frozenset[str]


def side(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> Side:
    """Work a template out with these values for its parameters."""
    resolver = Resolver(body, defaults)
    blocks: dict[str, Block] = {}
    for name, raw in section(body, "Resources").items():
        if isinstance(raw, dict) and isinstance(raw.get("Type"), str):
            block = _block(str(name), raw, resolver)
            if block.exists is not False:
                blocks[block.name] = block
    secrets: set[str] = set()
    for block in blocks.values():
        _collect(block.properties, secrets)
    for name, raw in section(body, "Parameters").items():
        # Its value may stand anywhere, for instance in a script, and not only where a property's name tells.
        if name in defaults and _is_secret(str(name), raw) and not is_expression(defaults[name]):
            values.collect_all(defaults[name], secrets)
    return Side(blocks, resolver, dict(_exports(body, resolver)), defaults, frozenset(secrets))


def default_values(body: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of the parameters, lists taken apart; those of SSM types name a place and are left out."""
    found: dict[str, Any] = {}
    for name, raw in section(body, "Parameters").items():
        if not isinstance(raw, dict) or "Default" not in raw:
            continue
        kind, value = str(raw.get("Type", "String")), raw["Default"]
        if kind.startswith("AWS::SSM::Parameter"):
            continue
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            value = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
        found[str(name)] = value
    return found


def transforms(body: Mapping[str, Any]) -> list[str]:
    """The transforms of a template, by name."""
    written = body.get("Transform")
    listed = written if isinstance(written, list) else [written] if written else []
    return [str(item.get("Name", "?")) if isinstance(item, dict) else str(item) for item in listed]


def _is_secret(name: str, raw: Any) -> bool:
    return telling(name) or (isinstance(raw, dict) and str(raw.get("NoEcho", "")).lower() == "true")


def _block(name: str, raw: Mapping[str, Any], resolver: Resolver) -> Block:
    kind = _EXPANDED.get(raw["Type"], raw["Type"])
    properties = resolver.value(raw.get("Properties") or {})
    properties = properties if isinstance(properties, dict) else {}
    if kind != raw["Type"]:
        names = _RENAMED.get(kind, {})
        properties = {names.get(key, key): value for key, value in properties.items()}
    condition = raw.get("Condition")
    condition = condition if isinstance(condition, str) else None
    depends = raw.get("DependsOn")
    return Block(
        name=name,
        type=kind,
        properties=properties,
        policies={
            key: value
            for key in (DELETION, REPLACEMENT)
            if key in raw and (value := resolver.value(raw[key])) is not MISSING
        },
        condition=condition,
        exists=resolver.condition(condition) if condition else True,
        depends_on=tuple(d for d in (depends if isinstance(depends, list) else [depends]) if isinstance(d, str)),
        references=tuple(references(properties)),
    )


def _exports(body: Mapping[str, Any], resolver: Resolver) -> Iterator[tuple[str, tuple[str, Any]]]:
    for output, raw in section(body, "Outputs").items():
        export = raw.get("Export") if isinstance(raw, dict) else None
        if not isinstance(export, dict) or resolver.condition(raw.get("Condition")) is False:
            continue
        name = resolver.value(export.get("Name"))
        yield name if isinstance(name, str) else repr(name), (str(output), resolver.value(raw.get("Value")))


# --- for the model ----------------------------------------------------------------------------------------------------


def shown(block: Block) -> dict[str, Any]:
    """Properties and policies as `Values` wants them: expressions are unknown, telling names sensitive."""
    properties = block.properties
    if block.type.startswith((RIGHTS, *_WITH_POLICIES)):
        properties = _placed(properties)
    return {**{key: _clean(value) for key, value in block.policies.items()}, **_items(properties)}


_WITH_POLICIES = ("AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
_PLACES = {"AWS::Partition": "aws", "AWS::Region": "*", "AWS::AccountId": "*", "AWS::URLSuffix": "amazonaws.com"}
"""What stands in ARNs for where a stack lies. It says nothing of whose rights they are: any region, any account."""


def _placed(node: Any) -> Any:
    """A policy in which texts are put together where nothing but the place is open."""
    if isinstance(node, list):
        return [_placed(item) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and JOIN in node:
        separator, items = node[JOIN] if isinstance(node[JOIN], list) and len(node[JOIN]) == 2 else (None, None)
        pieces = [_piece(item) for item in items] if isinstance(items, list) else [None]
        texts = [piece for piece in pieces if piece is not None]
        return separator.join(texts) if isinstance(separator, str) and len(texts) == len(pieces) else node
    return {key: _placed(value) for key, value in node.items()}


def _piece(item: Any) -> str | None:
    if isinstance(item, str):
        return str(item)
    return _PLACES.get(str(item[REF])) if isinstance(item, dict) and len(item) == 1 and REF in item else None


def _items(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Sensitive(_clean(value)) if _hides(key, value) else _clean(value) for key, value in node.items()}


def _hides(key: str, value: Any) -> bool:
    return telling(key) and not isinstance(value, bool | None) and not is_expression(value)


def _clean(node: Any) -> Any:
    if is_expression(node):
        return UNKNOWN
    if isinstance(node, dict):
        return _items(node)
    if isinstance(node, list):
        return [_clean(item) for item in node]
    # cfn-lint's texts carry their place in the file; the plain ones compare and print faster.
    return str(node) if isinstance(node, str) else node


def _collect(node: Any, into: set[str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if _hides(key, value):
                values.collect_all(value, into)
            else:
                _collect(value, into)
    elif isinstance(node, list):
        for item in node:
            _collect(item, into)
