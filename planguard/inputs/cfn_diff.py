"""Two templates, worked out → what happens to each resource, by the types' schemas.

Replacement spreads: what refers to a replaced resource gets a new value, and where that property cannot change in place
it is replaced as well, and so on until nothing changes any more. Certain and possible replacements are kept apart.
Owns this reasoning alone: no files, no plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from planguard.inputs.cfn_blocks import Block, Side
from planguard.inputs.cfn_compare import ALWAYS, NEVER, PERHAPS, Schema, cost, differences, same
from planguard.inputs.cfn_conditional import never, stays
from planguard.inputs.cfn_resolve import Reference
from planguard.model import Path

STACK = "AWS::CloudFormation::Stack"
MODULE = "::MODULE"
"""How the types of modules end: AWS makes other resources out of them."""


class Fate(NamedTuple):
    """What happens to a resource that both templates have."""

    changed: tuple[Path, ...] = ()
    """Every property that gets another value."""
    spread: tuple[Path, ...] = ()
    """Those of `changed` that do because another resource is replaced."""
    forcing: tuple[Path, ...] = ()
    """Those of `changed` that force, or may force, a replacement."""
    replaced: bool | None = False
    """True, False, or None for perhaps."""
    guesses: tuple[str, ...] = ()
    """Why it is not certain, a sentence each."""


def fates(
    old: Side,
    new: Side,
    sure: Mapping[str, Block],
    schema: Callable[[str], Schema],
    outputs: Mapping[str, frozenset[str]],
) -> dict[str, Fate]:
    """The fate of every resource that both sides have. `sure` are the blocks of the new template with the parameters'
    old defaults: what differs only with the new ones happens only where the stack takes them over. `outputs` are those
    of nested stacks that get another value."""
    common = [name for name in new.blocks if name in old.blocks and old.blocks[name].type == new.blocks[name].type]
    found = {name: _own(old.blocks[name], new.blocks[name], sure.get(name), schema) for name in common}
    for name in outputs.keys() & found.keys():
        moved = tuple(("Outputs", output) for output in sorted(outputs[name]))
        found[name] = found[name]._replace(changed=(*found[name].changed, *moved))
    users: dict[str, list[str]] = {}
    for name in common:
        for target in {reference.target for reference in new.blocks[name].references}:
            users.setdefault(target, []).append(name)
    waiting = [name for name in common if found[name].changed]
    while waiting:
        source = waiting.pop()
        for user in users.get(source, ()):
            spread = _spread(found[user], source, found[source], old.blocks[user], new.blocks[user], schema)
            if spread != found[user]:
                found[user] = spread
                waiting.append(user)
    return found


def _own(old: Block, new: Block, sure: Block | None, schema: Callable[[str], Schema]) -> Fate:
    """What the templates themselves change."""
    rules = schema(new.type)
    changed = tuple(differences(old.properties, new.properties, rules))
    if not changed:
        return Fate()
    certain = set(differences(old.properties, sure.properties, rules)) if sure is not None else set(changed)
    replaced: bool | None = False
    forcing: list[Path] = []
    guesses: list[str] = []
    for path in changed:
        price = _price(new.type, rules, path, old.properties, new.properties)
        if price == NEVER or (price == PERHAPS and stays(new.type, str(path[0]), old.properties, new.properties)):
            continue
        forcing.append(path)
        if price == ALWAYS and path in certain:
            replaced = True
        else:
            replaced = replaced or None
            guesses.append(_guess(path, price, rules))
    return Fate(changed, (), tuple(forcing), replaced, () if replaced else tuple(dict.fromkeys(guesses)))


def _price(type: str, rules: Schema, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What a change costs. Without a schema it may cost anything, except where a rule of its own knows the type."""
    if not rules.known:
        return NEVER if type.startswith("Custom::") or type.endswith(MODULE) else PERHAPS
    return cost(rules, path, old, new)


def _guess(path: Path, price: str, rules: Schema) -> str:
    name = str(path[0])
    if not rules.known:
        return f"No schema of this type is at hand: a change of {name} may replace it."
    if price == PERHAPS:
        return f"The schema of the type says that a change of {name} may replace it."
    return f"{name} follows the default of a parameter: a stack that has its own value for it keeps that."


def _spread(fate: Fate, source: str, cause: Fate, old: Block, new: Block, schema: Callable[[str], Schema]) -> Fate:
    """The fate of a resource, after something that it refers to is replaced or changed."""
    rules = schema(new.type)
    changed, spread, forcing = dict.fromkeys(fate.changed), dict.fromkeys(fate.spread), dict.fromkeys(fate.forcing)
    replaced, guesses = fate.replaced, dict.fromkeys(fate.guesses)
    for reference in new.references:
        if reference.target != source:
            continue
        certain = new_value(reference, cause)
        if certain is False:
            continue
        path = reference.path
        changed[path] = spread[path] = None
        value = {str(path[0]): new.properties.get(str(path[0]))} if path else {}
        price = _price(new.type, rules, path, {}, value) if path else NEVER
        if price == NEVER or (price == PERHAPS and never(new.type, str(path[0]))):
            continue
        forcing[path] = None
        if price == ALWAYS and certain:
            replaced = True
        elif not replaced:
            replaced = None
            guesses[f"{path[0]} may get another value, because {source} may be replaced or change."] = None
    return Fate(tuple(changed), tuple(spread), tuple(forcing), replaced, () if replaced else tuple(guesses))


def new_value(reference: Reference, cause: Fate) -> bool | None:
    """Whether a reference gets a new value: a new object has a new id for sure, and new attributes most probably."""
    if cause.replaced is not False:
        return True if cause.replaced and reference.attribute is None else None
    # In place, only what is itself set by a property that changes can differ.
    attribute, _, inner = (reference.attribute or "").partition(".")
    if attribute == "Outputs":
        return None if (attribute, inner) in cause.changed else False
    if attribute and any(path and path[0] == attribute for path in cause.changed):
        return None
    return False


def renames(old: Side, new: Side) -> list[tuple[str, str]]:
    """(old, new) logical ids of resources whose bodies are equal: one thing under another name."""
    pairs: list[tuple[str, str]] = []
    taken: set[str] = set()
    fresh = [block for name, block in new.blocks.items() if name not in old.blocks]
    for name in sorted(old.blocks.keys() - new.blocks.keys()):
        block = old.blocks[name]
        alike = [b for b in fresh if b.type == block.type and same(block.properties, b.properties)]
        if block.properties and len(alike) == 1 and alike[0].name not in taken:
            taken.add(alike[0].name)
            pairs.append((name, alike[0].name))
    return pairs


def keeps_name(schema: Schema, old: Block, new: Block) -> str | None:
    """The property that gives the object its name in the cloud, where it stays the same through a replacement."""
    for name in schema.identifier:
        value = old.properties.get(name)
        if isinstance(value, str) and value == new.properties.get(name):
            return name
    return None


def may_vanish(old: Block, new: Block, sides: tuple[Side, Side]) -> bool:
    """Whether its condition may hold now and not afterwards."""
    if new.condition is None or new.exists:
        return False
    if old.condition is None or old.exists:
        return True
    expressions = [s.resolver.expression(b.condition) for s, b in zip(sides, (old, new), strict=True)]
    return not same(expressions[0], expressions[1])


def dependencies(blocks: Iterable[Block]) -> list[tuple[str, str, str | None]]:
    """(dependent, dependency, property) of every reference and every DependsOn."""
    found: dict[tuple[str, str, str | None], None] = {}
    for block in blocks:
        for reference in block.references:
            via = ".".join(step for step in reference.path if isinstance(step, str))
            found[block.name, reference.target, via or None] = None
        for name in block.depends_on:
            found[block.name, name, None] = None
    return list(found)
