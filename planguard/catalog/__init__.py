"""What each resource type holds, and what losing it means. The facts are data (`rules/resources/`), handed out here.

`lookup` never fails: what is not in the catalog is argued from its name and attributes, and says that it is a guess.
The data of a provider is loaded when a type of it is first met. Decides nothing: how bad a loss is, the policy says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from planguard import bundled
from planguard.catalog.entry import Entry, Protection, as_cloudformation, build
from planguard.catalog.protections import ProtectionState, Weakening, may_weaken, read, settled, states, weakened
from planguard.model import MISSING, UNKNOWN, Sensitive, Values

__all__ = [
    "Entry",
    "Protection",
    "ProtectionState",
    "Weakening",
    "known_types",
    "lookup",
    "may_weaken",
    "read",
    "settled",
    "states",
    "weakened",
]


def lookup(type: str, provider: str = "", values: Values | None = None) -> Entry:
    """What the catalog knows of a resource type, or the best that can be argued.

    `provider` only matters for types that are not in the catalog. `values` are the attributes of the object as it is
    now: some CloudFormation types mean different things depending on them, and a guess may rest on them.
    """
    if type in _GENERIC:
        entry = _inside(type, values)
        if entry is not None:
            return entry
    name = _part_name(type)
    twins = _part(name)[2].get(type, ()) if "::" in type else ()
    if len(twins) > 1:
        return _one_twin(type, name, twins, values)
    found = _entry(name, twins[0] if twins else type, bool(twins))
    if found is not None:
        return _special(found, values) if found.instead else found
    return _guess(type, provider or name, values, name)


def _special(entry: Entry, values: Values | None) -> Entry:
    """The entry as this object's own attributes make it."""
    for case in entry.instead:
        if _meets(case.when, values):
            return entry._replace(loses=case.loses, recoverable=case.recoverable, lost=case.lost)
    return entry


def _meets(when: str, values: Values | None) -> bool:
    """Whether a condition plainly holds: what is unknown or absent meets none, so the worse case stays."""
    name, word, wanted = when.split(" ", 2)
    value = read(values, name)[0]
    if isinstance(value, Sensitive):
        value = value.peek()
    if value is UNKNOWN or value is MISSING or value is None:
        return False
    if wanted == "set":
        return value not in ("", [], {}, False)
    return str(value).startswith(wanted) if word == "begins" else str(value) == wanted


def _guess(type: str, provider: str, values: Values | None, part: str) -> Entry:
    from planguard.catalog.guess import guess

    if type.startswith("Custom::"):
        return lookup("AWS::CloudFormation::CustomResource")._replace(type=type)
    return guess(type, provider, values, _siblings(part))


_GENERIC = frozenset({"kubernetes_manifest", "kubectl_manifest", "aws_cloudcontrolapi_resource", "azapi_resource"})
"""Types that can be anything: one of their attributes names what they are."""


def _inside(type: str, values: Values | None) -> Entry | None:
    """The entry of what a generic resource really is; None where its attributes do not say, or nobody can tell."""
    from planguard.catalog.guess import inner_type

    inner = inner_type(type, values)
    entry = lookup(inner) if inner else None
    if entry is None or "unknown" in entry.loses:
        return None
    # The attributes of the inner type stand elsewhere, if at all: nothing can be said of its protections.
    why = entry.guessed and f"{entry.guessed} (it is {inner})"
    return entry._replace(type=type, protections=(), backup_attributes=(), cfn_type=None, guessed=why)


def known_types() -> tuple[str, ...]:
    """Every type in the catalog, Terraform's and CloudFormation's, sorted."""
    names: set[str] = set()
    for name in bundled.parts("resources"):
        types, _, twins = _part(name)
        names.update(types, twins)
    return tuple(sorted(names))


def _part_name(type: str) -> str:
    """The provider's file, from the type's name: what a configuration calls its provider can be anything."""
    if type.startswith("AWS::"):
        return "aws"
    return _NAMED.get(type) or type.partition("_")[0]


_NAMED = {"terraform_data": "builtin"}


@cache
def _parts() -> frozenset[str]:
    return frozenset(bundled.parts("resources"))


@cache
def _part(name: str) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, tuple[str, ...]]]:
    """One provider: its types, its shared protections, and the entries that each CloudFormation type may mean."""
    if name not in _parts():
        return {}, {}, {}
    data = bundled.load_part("resources", name, _check)
    twins: dict[str, tuple[str, ...]] = {}
    for type, raw in data["types"].items():
        if "cfn" in raw:
            twins[raw["cfn"]["type"]] = (*twins.get(raw["cfn"]["type"], ()), type)
    return data["types"], data.get("protections", {}), twins


def _check(node: Any, file: str, content: Any) -> None:
    from planguard.catalog.schema import check_resources

    check_resources(node, file, content)


@cache
def _entry(name: str, type: str, twin: bool) -> Entry | None:
    types, shared, _ = _part(name)
    raw = types.get(type)
    if raw is None:
        return None
    entry = build(type, raw, name, shared)
    return as_cloudformation(entry, raw, shared) if twin else entry


def _siblings(name: str) -> Mapping[str, str]:
    """Type -> category of everything known of this provider."""
    return {type: raw["category"] for type, raw in _part(name)[0].items()}


def _one_twin(type: str, name: str, twins: tuple[str, ...], values: Values | None) -> Entry:
    """The entry whose condition holds; where that cannot be known, the one with the most to lose."""
    entries = [entry for twin in twins if (entry := _entry(name, twin, True)) is not None]
    if values is not None:
        answers = [(_holds(entry.cfn_when, values), entry) for entry in entries]
        sure = [entry for answer, entry in answers if answer]
        if sure:
            return sure[0]
        entries = [entry for answer, entry in answers if answer is None] or entries
    return min(entries, key=lambda entry: ("data" not in entry.loses, -len(entry.loses)))


def _holds(when: str | None, values: Values) -> bool | None:
    """Whether a condition (`X is set`, `X is not set`, `X is VALUE`) holds; None where the value is not known."""
    if when is None:
        return True
    name, _, wanted = when.partition(" is ")
    value = values.get(name)
    if value is UNKNOWN:
        return None
    if isinstance(value, Sensitive):
        value = value.peek()
    if wanted in ("set", "not set"):
        return bool(value) == (wanted == "set")
    return bool(value == wanted) if value else None
