"""Loops of a template (`Fn::ForEach`) → what AWS makes of them, where it is known what they run over.

Owns the loops alone; every other expression stays as it is. A loop that runs over something that nobody knows stays as
it is too, and whoever compares the template says so. One that runs over the default of a parameter is worked out, and
named: the stack may have another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from planguard.inputs.cfn_blocks import EXTENSIONS, default_values, transforms
from planguard.inputs.cfn_resolve import Resolver, section
from planguard.inputs.template import Template

LOOP = "Fn::ForEach::"
_SECTIONS = ("Conditions", "Resources", "Outputs")
_OPEN = ("Mappings", "Conditions", "Parameters")
"""What else than a loop itself decides what becomes of an item that only the stack knows."""
_ASKS = ("Fn::FindInMap", "Fn::If", "Condition")
_MOST = 20_000
"""Turns of all loops of a template: AWS takes five hundred resources, and nested loops multiply."""
_NOT_ALNUM = re.compile(r"[^A-Za-z0-9]")


class _Unknown(Exception):
    """What a loop runs over is not known, or it is written as AWS would not take it."""


class Unrolled(NamedTuple):
    """A template without its loops."""

    template: Template
    guessed: tuple[str, ...] = ()
    """Names of loops that run over defaults, for which the stack may have other values."""


def holds_loops(template: Template) -> bool:
    """Whether there is anything to work out."""
    return EXTENSIONS in transforms(template.body) and any(
        _loops_in(section(template.body, name)) for name in _SECTIONS
    )


def unrolled(template: Template, known: Mapping[str, Any], *, all_known: bool) -> Unrolled:
    """The template with its loops worked out. `known` are values of parameters; with `all_known`, the others have
    their defaults for certain."""
    if not holds_loops(template):
        return Unrolled(template)
    walk = _Walk(template, known, all_known)
    body = {**template.body, **{name: walk.node(section(template.body, name), {}) for name in _SECTIONS}}
    if not all(_is_resource(name, raw) for name, raw in body["Resources"].items()):
        return Unrolled(template)
    body = {name: part for name, part in body.items() if name in template.body}
    lines = {**template.lines, **dict(walk.lines(body["Resources"]))}
    return Unrolled(template._replace(body=body, lines=lines), tuple(dict.fromkeys(walk.guessed)))


def _is_resource(name: Any, raw: Any) -> bool:
    if str(name).startswith("Fn::") or (isinstance(raw, dict) and "Fn::Transform" in raw):
        return True  # left as it is, and said to be
    return isinstance(raw, dict) and isinstance(raw.get("Type"), str) and isinstance(raw.get("Properties"), dict | None)


def same_but_for_items(old: Template, new: Template) -> bool:
    """Whether an item of which neither template tells fares as those do that they tell of: what the loops run over is
    the same, and so is all that may set one item apart from another."""
    if any(old.body.get(name) != new.body.get(name) for name in _OPEN):
        return False
    for name in _SECTIONS:
        loops = [dict(_loops(section(side.body, name))) for side in (old, new)]
        if loops[0].keys() != loops[1].keys() or not all(_alike(loops[0][key], loops[1][key]) for key in loops[0]):
            return False
    return True


def _alike(old: Any, new: Any) -> bool:
    if old == new:
        return True
    if not (isinstance(old, list) and isinstance(new, list)) or old[:2] != new[:2]:
        return False
    return not any(_sets_apart(fragment) for fragment in (*old[2:], *new[2:]))


def _sets_apart(node: Any) -> bool:
    """Whether a fragment asks something that may have another answer for another item, or is a loop itself."""
    if isinstance(node, dict):
        return any(key in _ASKS or str(key).startswith(LOOP) or _sets_apart(value) for key, value in node.items())
    return isinstance(node, list) and any(map(_sets_apart, node))


class _Walk:
    def __init__(self, template: Template, known: Mapping[str, Any], all_known: bool) -> None:
        defaults = {**default_values(template.body), **known}
        self._any = Resolver(template.body, defaults)
        self._sure = self._any if all_known else Resolver(template.body, known)
        self._left = _MOST
        self._template = template
        self._origin: dict[str, str] = {}
        self.guessed: list[str] = []

    def node(self, node: Any, names: Mapping[str, str], loop: str | None = None) -> Any:
        """The node with every loop in it replaced by what it makes; `names` are the placeholders around it."""
        if isinstance(node, dict):
            return self._mapping(node, names, loop)
        if isinstance(node, list):
            return [self.node(item, names) for item in node]
        return _filled(node, names) if names and isinstance(node, str) else node

    def _mapping(self, node: Mapping[str, Any], names: Mapping[str, str], loop: str | None) -> Any:
        if len(node) == 1 and (name := node.get("Ref")) is not None and isinstance(name, str) and name in names:
            return names[name]
        found: dict[Any, Any] = {}
        for key, value in node.items():
            if str(key).startswith(LOOP):
                top = loop or str(key)
                try:
                    made = self._turns(str(key), value, names, top)
                except _Unknown:
                    made = {key: value if not names else self.node(value, names)}
                if found.keys() & made.keys():
                    made = {key: value}  # two of one name: AWS refuses it, and nobody knows which was meant
                found.update(made)
                self._origin.update(dict.fromkeys(map(str, made), top))
            else:
                found[_filled(key, names) if names and isinstance(key, str) else key] = self.node(value, names)
        return found

    def _turns(self, name: str, written: Any, names: Mapping[str, str], top: str) -> dict[Any, Any]:
        if not isinstance(written, list) or len(written) != 3:
            raise _Unknown
        identifier, collection, fragment = written
        if not isinstance(identifier, str) or not isinstance(fragment, dict):
            raise _Unknown
        found: dict[Any, Any] = {}
        for item in self._items(name, self.node(collection, names)):
            self._left -= 1
            made = self._mapping(fragment, {**names, str(identifier): item}, top)
            if self._left < 0 or found.keys() & made.keys():
                raise _Unknown
            found.update(made)
        return found

    def _items(self, name: str, collection: Any) -> list[str]:
        items = _texts(self._sure.value(collection))
        if items is None:
            items = _texts(self._any.value(collection))
            self.guessed.append(name.removeprefix(LOOP))
        if items is None:
            raise _Unknown
        return items

    def lines(self, resources: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
        """Where a resource stands that a loop makes: at its loop."""
        known = self._template.lines
        return ((str(name), known[loop]) for name in resources if (loop := self._origin.get(str(name), "")) in known)


def _texts(found: Any) -> list[str] | None:
    """What a loop runs over, as plain texts; None where any of it is not known."""
    if not isinstance(found, list):
        return None
    texts: list[str] = []
    for item in found:
        inner = item if isinstance(item, list) else [item]  # a list may come out of a parameter inside of the list
        if not all(isinstance(text, str | int) for text in inner):
            return None
        texts += [str(text).lower() if isinstance(text, bool) else str(text) for text in inner]
    return texts


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        if name in text:
            text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", _NOT_ALNUM.sub("", value))
    return text


def _loops_in(node: Any) -> bool:
    return next(_loops(node), None) is not None


def _loops(node: Any) -> Iterator[Any]:
    """Every outermost loop below a node, as it is written."""
    if isinstance(node, dict):
        for key, value in node.items():
            if str(key).startswith(LOOP):
                yield str(key), value
            else:
                yield from _loops(value)
    elif isinstance(node, list):
        for item in node:
            yield from _loops(item)
