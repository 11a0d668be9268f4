"""Which block of a configuration takes its text from which `aws_iam_policy_document`.

Follows references through variables, module calls and outputs. Reads no values. Imported only for a plan in which such
a document is read during the apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planguard.inputs.addresses import steps
from planguard.inputs.configuration import Module, block_references, mapping, references
from planguard.inputs.terraform import DOCUMENT


def documents(configuration: Any) -> Mapping[str, tuple[str, ...]]:
    """Block → the policy documents whose text it takes, both as configuration addresses; documents may take others."""
    root = Module(mapping(configuration).get("root_module"), "", None, {})
    found: dict[str, tuple[str, ...]] = {}
    for module in root.walk():
        blocks = {**module.managed, **{f"data.{name}": block for name, block in module.data.items()}}
        for local, block in blocks.items():
            if local.startswith("data.") and not local.startswith(f"data.{DOCUMENT}."):
                continue
            told = [target for _, text in block_references(block) for target in _targets(module, text, 0)]
            if told:
                found[module.absolute(local)] = tuple(sorted(set(told)))
    return found


_DEEPEST = 30
"""Modules and variables that are followed: no real configuration is as deep, and circles end here."""


def _targets(module: Module, reference: str, depth: int) -> Iterator[str]:
    """The documents that a reference leads to."""
    pieces = steps(reference)
    if not pieces or len(pieces) < 2 or depth > _DEEPEST:
        return
    head, name = pieces[0].name, pieces[1].name
    if head == "data" and name == DOCUMENT and len(pieces) > 2:
        yield module.absolute(f"data.{DOCUMENT}.{pieces[2].name}")
    elif head == "var" and module.parent is not None:
        for _, text in references(mapping(module.call.get("expressions")).get(name), ""):
            yield from _targets(module.parent, text, depth + 1)
    elif head == "module" and name in module.children and len(pieces) > 2:
        child = module.children[name]
        for _, text in references(child.outputs.get(pieces[2].name, {}).get("expression"), ""):
            yield from _targets(child, text, depth + 1)
