"""The attributes of a declared resource, as far as the sources tell them, and the settings of its lifecycle.

No schema says here which attributes are secret: their names do, and whatever rests on a sensitive variable is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.model import UNKNOWN, Sensitive
from planguard.sources.configuration import Instance
from planguard.sources.expressions import Items, Literal, Lookup, Reference, evaluate
from planguard.sources.tree import Attribute, Block, Body

META = frozenset({"count", "for_each", "provider", "providers", "depends_on", "lifecycle", "provisioner", "connection"})
"""What belongs to Terraform, not to the object."""

_SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|private_?key|access_?key|api_?key|auth_?key|connection_?string"
    r"|user_?data|(^|_)pass$|(^|_)pwd$",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"_(id|arn|name|type|ttl|enabled|days|length|version|count|policy|rotation|duration|validity)s?$|^(manage|enable)_"
)


def of(instance: Instance) -> dict[str, Any]:
    """The attributes of one instance: a tree with `UNKNOWN` and `Sensitive` leaves."""
    return _tree(instance.declared.block.body, instance.lookup, top=True)


def _tree(body: Body, lookup: Lookup, *, top: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, attribute in body.attributes.items():
        if not (top and name in META):
            found[name] = _hidden(name, _unless_raw(attribute, evaluate(attribute.expression, lookup)))
    for block in body.blocks:
        if top and block.kind in META:
            continue
        if block.kind == "dynamic" and block.labels:
            found[block.labels[0]] = UNKNOWN
        elif found.get(block.kind) is not UNKNOWN:
            found.setdefault(block.kind, []).append(_tree(block.body, lookup))
    return found


def _unless_raw(attribute: Attribute, value: Any) -> Any:
    """A file that becomes a value as it is may be a key or a token: documents alone are looked at."""
    raw = isinstance(value, str) and "file(" in attribute.text and "decode(" not in attribute.text
    return UNKNOWN if raw and value.strip()[:1] not in ("{", "[") else value


def _hidden(name: str, value: Any) -> Any:
    if is_secret(name):
        return value if value is UNKNOWN or value is None or isinstance(value, Sensitive) else Sensitive(value)
    if isinstance(value, Mapping):
        return {key: _hidden(str(key), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden("", item) for item in value]
    return value


def is_secret(name: str) -> bool:
    """Whether what bears this name is nobody's business."""
    return _SECRET.search(name) is not None and _NO_SECRET.search(name) is None


def secrets(tree: Any) -> Iterator[str]:
    """Every sensitive string of 4 characters or more."""
    if isinstance(tree, Sensitive):
        yield from _strings(tree.peek())
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from secrets(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from secrets(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= 4:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def settled(value: Any) -> bool:
    """Whether nothing in it is unknown."""
    if isinstance(value, Sensitive):
        value = value.peek()
    if isinstance(value, Mapping):
        return all(settled(item) for item in value.values())
    if isinstance(value, list):
        return all(settled(item) for item in value)
    return value is not UNKNOWN


def same_document(one: Any, other: Any) -> bool:
    """Whether both are the same JSON, however it is spaced and in whatever order its keys stand."""
    if not (isinstance(one, str) and isinstance(other, str) and one.strip()[:1] in ("{", "[")):
        return False
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def signature(body: Body, name: str) -> str:
    """How one attribute, or all nested blocks of one name, are written: formatting and comments left out."""
    attribute = body.attributes.get(name)
    if attribute is not None:
        return attribute.text
    blocks = [b for b in body.blocks if b.kind == name or (b.kind == "dynamic" and b.labels == (name,))]
    return "\n".join(written(block) for block in blocks)


def written(block: Block) -> str:
    """A whole block in one form: two that are equal mean the same."""
    body = block.body
    if not body.readable:
        return block.text
    inner = [f"{name} = {attribute.text}" for name, attribute in sorted(body.attributes.items())]
    inner += [written(nested) for nested in body.blocks]
    return f"{block.kind} {' '.join(block.labels)} {{ {'; '.join(inner)} }}"


# --- lifecycle --------------------------------------------------------------------------------------------------------


class Lifecycle(NamedTuple):
    """What a `lifecycle` block says. It cannot hold variables, so it is always known."""

    prevent_destroy: bool = False
    create_before_destroy: bool = False
    ignored: frozenset[str] = frozenset()
    """Attributes in `ignore_changes`; `all` alone: everything."""
    triggers: tuple[str, ...] = ()
    """What is in `replace_triggered_by`."""
    line: int | None = None
    guard_line: int | None = None
    """Where `prevent_destroy` stands."""

    def ignores(self, attribute: str) -> bool:
        """Whether a change of an attribute has no effect."""
        return "all" in self.ignored or attribute in self.ignored


def lifecycle(block: Block) -> Lifecycle:
    """The lifecycle settings of a resource."""
    found = Lifecycle()
    for inner in block.body.nested("lifecycle"):
        body = inner.body
        found = Lifecycle(
            prevent_destroy=_true(body, "prevent_destroy"),
            create_before_destroy=_true(body, "create_before_destroy"),
            ignored=frozenset(_names(body.expression("ignore_changes"))),
            triggers=tuple(sorted(_names(body.expression("replace_triggered_by"), whole=True))),
            line=inner.line,
            guard_line=guard.line if (guard := body.attributes.get("prevent_destroy")) is not None else None,
        )
    return found


def _true(body: Body, name: str) -> bool:
    return evaluate(body.expression(name)) in (True, "true")


def _names(expression: Any, *, whole: bool = False) -> Iterator[str]:
    if isinstance(expression, Items):
        for item in expression.items:
            yield from _names(item, whole=whole)
    elif isinstance(expression, Reference):
        yield ".".join(map(str, expression.steps)) if whole else str(expression.steps[0])
    elif isinstance(expression, Literal) and isinstance(expression.value, str):
        yield expression.value


def destroy_provisioners(block: Block) -> list[Block]:
    """Provisioners that run a command while the object is destroyed."""
    return [inner for inner in block.body.nested("provisioner") if _when(inner.body) == "destroy"]


def _when(body: Body) -> str:
    expression = body.expression("when")
    if isinstance(expression, Reference):
        return str(expression.steps[0])
    return str(expression.value) if isinstance(expression, Literal) else ""
