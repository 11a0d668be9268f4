"""The `configuration` of a plan → which variables the attributes of some blocks take their values from.

Follows a variable up to where its value is decided: a root variable, or the argument or default of a module that is
written as a constant. What passes through a local, a data source or another resource is not followed: then the plan
does not show what decides the value. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from planguard.inputs import values
from planguard.inputs.addresses import steps
from planguard.inputs.configuration import Module, block_references, mapping, references
from planguard.model import UNKNOWN, Argument, Sensitive

_Decided = tuple[str, Any]
"""Name of the variable, and its value now."""


def arguments(
    configuration: Any, blocks: Collection[str], variables: Mapping[str, Any]
) -> Mapping[str, tuple[Argument, ...]]:
    """Block → what its attributes take from variables; for these blocks only. `variables` are the root's, masked."""
    root = Module(mapping(mapping(configuration).get("root_module")), "", None, {})
    found: dict[str, tuple[Argument, ...]] = {}
    for module in root.walk():
        for local, block in module.managed.items():
            address = module.absolute(local)
            if address in blocks:
                listed = tuple(_of_block(module, block, variables))
                if listed:
                    found[address] = listed
    return found


def _of_block(module: Module, block: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[Argument]:
    by_attribute: dict[str, list[str]] = {}
    for via, reference in block_references(block):
        by_attribute.setdefault(via, []).append(reference)
    for via, listed in sorted(by_attribute.items()):
        decided: dict[str, Any] = {}
        others = False
        for reference in listed:
            for name, value in _decided(module, reference, variables):
                if name:
                    decided[name] = value
                else:
                    others = True
        alone = len(decided) == 1 and not others
        yield from (Argument(via, name, decided[name], alone) for name in sorted(decided))


def _decided(module: Module, reference: str, variables: Mapping[str, Any]) -> list[_Decided]:
    """Where the value of a reference is decided; ("", UNKNOWN) for anything but a variable."""
    pieces = steps(reference)
    if not pieces or len(pieces) < 2 or pieces[0].name != "var":
        return [("", UNKNOWN)]
    name = pieces[1].name
    if module.parent is None:
        return [(f"var.{name}", variables.get(name, UNKNOWN))]
    own = f"{module.address}.var.{name}"
    declared = mapping(mapping(mapping(module.call.get("module")).get("variables")).get(name))
    secret = bool(declared.get("sensitive")) or values.telling(name)
    written = mapping(module.call.get("expressions")).get(name)
    if written is None:
        return [(own, _masked(declared.get("default", UNKNOWN), secret))]
    if isinstance(written, dict) and len(written) == 1 and "constant_value" in written:
        return [(own, _masked(written["constant_value"], secret))]
    found = [one for _, text in references(written, "") for one in _decided(module.parent, text, variables)]
    return found or [(own, UNKNOWN)]


def _masked(value: Any, secret: bool) -> Any:
    return Sensitive(value) if secret and value is not UNKNOWN and not isinstance(value, bool) else value
