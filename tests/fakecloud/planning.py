"""What a provider decides: the planned object, the paths that force a replacement, the values that apply makes up.

Pure: the same object and the same facts give the same answer. Knows no protocol.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from fakecloud.schema import Attribute, Block, Nesting
from fakecloud.values import UNKNOWN, Cty, Object, Path, holds_unknown, is_unknown

Facts = Mapping[str, str]
"""What a template may name beside the object's own attributes: `region`, `hash`."""

_NAME = re.compile(r"{(\w+)}")


class Planned(NamedTuple):
    """The object as it will be, as far as that is known."""

    value: Object
    replace: tuple[Path, ...]
    """Paths whose change cannot be made in place."""


def plan(
    block: Block, prior: Object | None, proposed: Object, config: Object | None, facts: Facts, path: Path = ()
) -> Planned:
    """What becomes of `prior` when the configuration asks for `proposed`."""
    value, replace = dict(proposed), []
    for name, attribute in block.attributes.items():
        value[name] = _planned_attribute(attribute, prior, proposed, config or {}, facts)
        if prior is not None and attribute.forces_replacement and value[name] != prior.get(name):
            replace.append((*path, name))
    for name, nested in block.blocks.items():
        value[name], more = _planned_block(name, nested, prior, proposed, config or {}, facts, path)
        replace += more
    if prior is not None:
        replace += [(*path, *inner) for inner in block.replaces if _at(value, inner) != _at(prior, inner)]
    return Planned(value, tuple(replace))


def settle(block: Block, planned: Object, facts: Facts) -> Object:
    """The object after apply: whatever is still unknown gets a made-up value."""
    value = dict(planned)
    if "id" in block.attributes and is_unknown(value.get("id")) and "hash" in facts:
        value["id"] = _NAME.sub(lambda match: str(facts.get(match[1], value.get(match[1]))), block.id)
    for name, attribute in block.attributes.items():
        if attribute.write_only:
            value[name] = None
        elif holds_unknown(value.get(name)):
            filled = _fill(attribute, value, facts)
            value[name] = _made_up(attribute, facts) if filled is None or holds_unknown(filled) else filled
    for name, nested in block.blocks.items():
        if value.get(name) is not None:
            items = [settle(nested, item, facts) for _, item in nested.children(value[name])]
            value[name] = items[0] if nested.nesting is Nesting.SINGLE else items
    return value


def shape(block: Block, stored: Object | None) -> Object | None:
    """A stored object in the form that the schema has today: attributes that it lacks are null."""
    if stored is None:
        return None
    value: Object = {name: stored.get(name) for name in block.attributes}
    for name, nested in block.blocks.items():
        items = [shape(nested, item) for _, item in nested.children(stored.get(name))]
        value[name] = (items[0] if items else None) if nested.nesting is Nesting.SINGLE else items
    return value


def _planned_attribute(
    attribute: Attribute, prior: Object | None, proposed: Object, config: Object, facts: Facts
) -> Cty:
    name = attribute.name
    if attribute.write_only:
        return None
    if config.get(name) is not None or not (attribute.computed or attribute.default is not None):
        return proposed.get(name)
    if attribute.copies:
        return _fill(attribute, proposed, facts)
    if prior is None:
        known = None if "{hash}" in (attribute.default or "") else _fill(attribute, proposed, facts)
        return UNKNOWN if known is None and attribute.computed else known
    return prior.get(name) if attribute.computed else _fill(attribute, proposed, {})


def _planned_block(
    name: str,
    block: Block,
    prior: Object | None,
    proposed: Object,
    config: Object,
    facts: Facts,
    path: Path,
) -> tuple[Cty, list[Path]]:
    here, wanted = (*path, name), proposed.get(name)
    before = None if prior is None else prior.get(name)
    if wanted is None or is_unknown(wanted):
        return wanted, [here] if block.forces_replacement and before else []
    if block.nesting is Nesting.SET:
        return _planned_set(block, prior is not None, before, wanted, config.get(name), facts, here)
    old = [item for _, item in block.children(before)]
    settings = [item for _, item in block.children(config.get(name))]
    new: list[Object] = []
    replace: list[Path] = []
    for position, (step, item) in enumerate(block.children(wanted)):
        at = here if step is None else (*here, step)
        planned = plan(block, _nth(old, position), item, _nth(settings, position), facts, at)
        new.append(planned.value)
        replace += planned.replace
    if prior is not None and block.forces_replacement and len(new) != len(old):
        replace.append(here)
    return (new[0] if block.nesting is Nesting.SINGLE else new), replace


def _planned_set(
    block: Block, exists: bool, before: Cty, wanted: Cty, config: Cty, facts: Facts, here: Path
) -> tuple[Cty, list[Path]]:
    """A set's elements have no position to compare by: as a whole it stays, or it changes."""
    settings = [item for _, item in block.children(config)]
    new = [
        plan(block, item if exists else None, item, _nth(settings, position), facts).value
        for position, item in enumerate(wanted)
    ]
    forces = block.forces_replacement or any(item.forces_replacement for item in block.attributes.values())
    return new, [here] if exists and forces and wanted != before else []


def _at(value: Cty, path: Path) -> Cty:
    for step in path:
        if not isinstance(value, dict):
            return value
        value = value.get(str(step))
    return value


def _nth(items: list[Object], position: int) -> Object | None:
    return items[position] if position < len(items) else None


def _fill(attribute: Attribute, value: Object, facts: Facts) -> Cty:
    """An attribute's default; None where it has none, or where what it is made of is not known yet."""
    if attribute.default is None:
        return None
    if attribute.copies:
        copied = value.get(attribute.copies)
        return UNKNOWN if holds_unknown(copied) else copied
    parts = {name: facts.get(name) or value.get(name) for name in _NAME.findall(attribute.default)}
    if any(part is None or is_unknown(part) for part in parts.values()):
        return None
    return _typed(attribute, _NAME.sub(lambda match: str(parts[match[1]]), attribute.default))


def _typed(attribute: Attribute, text: str) -> Cty:
    readers: dict[str, Callable[[str], Cty]] = {
        "number": lambda number: float(number) if "." in number else int(number),
        "bool": lambda word: word == "true",
        "string": str,
    }
    return readers[attribute.type](text) if isinstance(attribute.type, str) else json.loads(text)


def _made_up(attribute: Attribute, facts: Facts) -> Cty:
    if isinstance(attribute.type, list):
        return {} if attribute.type[0] == "map" else []
    made_up: dict[str, Cty] = {"number": 0, "bool": False}
    return made_up.get(attribute.type, f"{attribute.name}-{facts.get('hash', '')[:8]}")
