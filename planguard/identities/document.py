"""Policy documents of AWS → statements: JSON as text, objects of a template, blocks of a data source.

Owns the form of a document: one statement or a list, one value or a list, what is written where it should not be.
What cannot be understood is said in `unclear`, never left out. Judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from planguard.model import MISSING, UNKNOWN, Sensitive

UNTOLD = "(known after apply)"
"""Stands for a text that the plan does not know yet."""
ANY = ("*",)


class Condition(NamedTuple):
    """One line of a `Condition`."""

    operator: str
    key: str
    values: tuple[str, ...]

    def shown(self) -> str:
        """As a reader knows it: `StringEquals aws:ResourceTag/env [dev]`."""
        return f"{self.operator} {self.key} [{', '.join(self.values)}]"


class Principal(NamedTuple):
    """One entry of a `Principal`."""

    kind: str
    """`AWS`, `Service`, `Federated`, `CanonicalUser`; `*` for everybody."""
    value: str


class Statement(NamedTuple):
    """One statement."""

    allow: bool
    actions: tuple[str, ...] = ()
    but_actions: tuple[str, ...] | None = None
    """`NotAction`: all but these."""
    resources: tuple[str, ...] = ANY
    but_resources: tuple[str, ...] | None = None
    """`NotResource`: all but these."""
    conditions: tuple[Condition, ...] = ()
    principals: tuple[Principal, ...] = ()
    but_principals: bool = False
    """`NotPrincipal`."""
    sid: str = ""
    hidden: bool = False
    """The plan marks its text as sensitive: nothing of it may be shown."""


class Document(NamedTuple):
    """One document."""

    statements: tuple[Statement, ...] = ()
    unclear: tuple[str, ...] = ()
    """What cannot be told of it, a phrase each."""


NOTHING = Document()


def parse(value: Any) -> Document:
    """The document in an attribute: text, an object, or nothing at all."""
    if isinstance(value, Sensitive):
        found = parse(value.peek())
        return found._replace(statements=tuple(one._replace(hidden=True) for one in found.statements))
    if value is UNKNOWN:
        return Document(unclear=("its policy is known only after apply",))
    if value is None or value is MISSING or value == "":
        return NOTHING
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return _document(value)
    if isinstance(value, list) and len(value) == 1:
        return parse(value[0])
    return Document(unclear=("its policy is no policy document",))


@lru_cache(maxsize=4096)
def _from_text(text: str) -> Document:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return Document(unclear=("its policy cannot be read as JSON",))
    return _document(found) if isinstance(found, dict) else Document(unclear=("its policy is no policy document",))


def _document(node: Mapping[str, Any]) -> Document:
    written = _member(_lowered(node), "Statement")
    if written is MISSING:
        return Document(unclear=("its policy has no statements",)) if node else NOTHING
    unclear: list[str] = []
    statements = []
    for item in _items(written):
        if not isinstance(item, Mapping):
            unclear.append("a statement of its policy is known only after apply")
            continue
        statement = _statement(item, unclear)
        if statement is not None:
            statements.append(statement)
    return Document(tuple(statements), tuple(dict.fromkeys(unclear)))


def _statement(node: Mapping[str, Any], unclear: list[str]) -> Statement | None:
    node = _lowered(node)
    effect = _plain(_member(node, "Effect"))
    if effect not in ("Allow", "Deny"):
        unclear.append("a statement of its policy has an effect that is neither Allow nor Deny")
        return None
    actions, but_actions = _texts(_member(node, "Action")), _optional(node, "NotAction")
    if UNTOLD in actions or UNTOLD in (but_actions or ()):
        unclear.append("an action in its policy is known only after apply")
    resources = _texts(_member(node, "Resource"))
    return Statement(
        allow=effect == "Allow",
        actions=tuple(action for action in actions if action != UNTOLD),
        but_actions=but_actions,
        resources=resources or ANY,
        but_resources=_optional(node, "NotResource"),
        conditions=tuple(_conditions(_member(node, "Condition"), unclear)),
        principals=tuple(_principals(_member(node, "Principal"))) + tuple(_principals(_member(node, "NotPrincipal"))),
        but_principals=_member(node, "NotPrincipal") is not MISSING,
        sid=str(_plain(_member(node, "Sid")) or ""),
    )


def _conditions(node: Any, unclear: list[str]) -> Iterator[Condition]:
    if node is MISSING or node is None or node == {}:
        return
    if not isinstance(node, Mapping):
        unclear.append("a condition in its policy is known only after apply")
        return
    for operator, keys in node.items():
        if not isinstance(keys, Mapping):
            unclear.append("a condition in its policy is known only after apply")
            continue
        for key, values in keys.items():
            yield Condition(str(operator), str(key), _texts(values))


def _principals(node: Any) -> Iterator[Principal]:
    node = _plain(node)
    if node is MISSING or node is None:
        return
    if node is UNKNOWN:
        yield Principal("AWS", UNTOLD)
    elif isinstance(node, str):
        yield Principal("*" if node == "*" else "AWS", node)
    elif isinstance(node, Mapping):
        for kind, values in node.items():
            for value in _texts(values):
                everybody = (str(kind), value) == ("AWS", "*")
                yield Principal("*" if everybody else str(kind), value)


def _optional(node: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    value = _member(node, name)
    return None if value is MISSING or value is None else _texts(value)


def _lowered(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members by their names in small letters: AWS does not look at the capitals of these."""
    return {str(key).lower(): value for key, value in node.items()}


def _member(node: Mapping[str, Any], name: str) -> Any:
    return node.get(name.lower(), MISSING)


def _items(value: Any) -> list[Any]:
    value = _plain(value)
    return list(value) if isinstance(value, list) else [value]


def _texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them; what is not known yet is `UNTOLD`."""
    if value is MISSING or value is None:
        return ()
    found = []
    for item in _items(value):
        item = _plain(item)
        if isinstance(item, bool):
            found.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            found.append(str(item))
        else:
            found.append(UNTOLD)
    return tuple(found)


def _plain(value: Any) -> Any:
    return value.peek() if isinstance(value, Sensitive) else value


# --- the blocks of Terraform's aws_iam_policy_document ----------------------------------------------------------------


def from_blocks(tree: Mapping[str, Any]) -> Document:
    """The document of a data source `aws_iam_policy_document` that is read only during the apply."""
    statements: list[Statement] = []
    unclear: list[str] = []
    for block in _items(tree.get("statement") or []):
        if isinstance(block, Mapping):
            statement = _statement(_as_json(block), unclear)
            if statement is not None:
                statements.append(statement)
        else:
            unclear.append("a statement of its policy is known only after apply")
    for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json"):
        for text in _items(tree.get(name) or []):
            inner = parse(text)
            statements += inner.statements
            unclear += inner.unclear
    return Document(tuple(statements), tuple(dict.fromkeys(unclear)))


def _as_json(block: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {"Effect": block.get("effect") or "Allow", "Sid": block.get("sid") or ""}
    names = (
        ("Action", "actions"),
        ("NotAction", "not_actions"),
        ("Resource", "resources"),
        ("NotResource", "not_resources"),
    )
    for name, attribute in names:
        if block.get(attribute) or block.get(attribute) is UNKNOWN:
            found[name] = block[attribute]
    for name, attribute in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
        blocks = [item for item in _items(block.get(attribute) or []) if isinstance(item, Mapping)]
        if blocks:
            found[name] = {str(item.get("type")): item.get("identifiers") for item in blocks}
    conditions: dict[str, dict[str, Any]] = {}
    for item in _items(block.get("condition") or []):
        if isinstance(item, Mapping):
            conditions.setdefault(str(item.get("test")), {})[str(item.get("variable"))] = item.get("values")
        else:
            return {**found, "Condition": UNKNOWN}
    return {**found, "Condition": conditions} if conditions else found
