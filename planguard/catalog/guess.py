"""What to make of a resource type that is not in the catalog: argued from its name, its attributes and its relatives.

A guess says that it is one and what it rests on, and is never harmless by silence: where nothing can be argued, the
loss is `unknown`, and the policy treats that as something a person must look at. What words mean is data
(`rules/guesses.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from planguard import bundled
from planguard.catalog.entry import Entry, protection
from planguard.model import MISSING, UNKNOWN, Sensitive, Values


class _Kind(NamedTuple):
    """What a word in a name stands for."""

    category: str
    loses: frozenset[str]
    recoverable: str
    lost: str
    container: bool = False
    protects_others: bool = False


class _Words(NamedTuple):
    """`rules/guesses.yaml`, ready to be asked."""

    endings: Mapping[str, _Kind]
    engines: Mapping[str, _Kind]
    shells: frozenset[str]
    """Endings that say little beside what runs inside: a cluster, an instance."""
    people: _Kind
    """What a group is where nothing else is said."""


_NOBODY = "nobody here knows what it holds; look before you agree"
_UNKNOWN = _Kind("unknown", frozenset({"unknown"}), "unknown", _NOBODY)
_STORE = _Kind(
    "unknown",
    frozenset({"data", "identity", "availability"}),
    "no",
    "whatever it stores, as far as its attributes tell",
)


def guess(type: str, provider: str, values: Values | None, siblings: Mapping[str, str]) -> Entry:
    """The best that can be argued about `type`. `siblings`: the known types of its provider, with their categories."""
    kind, reason = _judge(type, _split(type), values, siblings)
    why = f"not in the catalog; judged by {reason}" if reason else "not in the catalog, and its name tells nothing"
    flags = bundled.load("guesses")["protections"]
    return Entry(
        type=type,
        provider=provider,
        category=kind.category,
        loses=kind.loses,
        recoverable=kind.recoverable,
        protections=tuple(
            protection({**flag, "effect": "as its name says; that it works for this type is not confirmed"})
            for flag in flags
            if values is not None and values.get(flag["attribute"]) is not MISSING
        ),
        lost=kind.lost,
        container=kind.container,
        protects_others=kind.protects_others,
        cfn_type=type if "::" in type else None,
        guessed=why,
        confidence="low",
    )


def inner_type(type: str, values: Values | None) -> str | None:
    """The type that a generic resource (`kubernetes_manifest`, `azapi_resource`) is, when its attributes say so."""
    path = _INNER.get(type)
    value = values.get(*path) if path and values is not None else None
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9.:/@-]{1,200}", value):
        return None
    if type in ("kubernetes_manifest", "kubectl_manifest"):
        return "kubernetes_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).lower()
    return value


_INNER: Mapping[str, tuple[str, ...]] = {
    "kubernetes_manifest": ("manifest", "kind"),
    "kubectl_manifest": ("kind",),
    "aws_cloudcontrolapi_resource": ("type_name",),
    "azapi_resource": ("type",),
}


def _judge(type: str, words: tuple[str, ...], values: Values | None, siblings: Mapping[str, str]) -> tuple[_Kind, str]:
    """What it is like, and what that rests on (empty: nothing)."""
    ending, kind = _by_ending(words)
    flag, encrypted = _stores(values)
    if kind is not None and not (flag and kind.category == "other" and not kind.container):
        return kind, f"its name, which ends in {ending}"
    if flag or encrypted:
        return _STORE, f"its attributes: it has {flag or encrypted}"
    if words == ("group",):
        return _vocabulary().people, "its name: a group"
    parent = _parent(type, siblings)
    if parent:
        lost = f"what it does for {parent}; what it holds itself is not known"
        return _Kind(siblings[parent], frozenset({"availability"}), "yes", lost), f"its name, a part of {parent}"
    return _UNKNOWN, ""


def _split(type: str) -> tuple[str, ...]:
    """`aws_db_thing`, `AWS::RDS::DBThing`, `Microsoft.Sql/servers@2023-01-01` as words, without the provider."""
    name = type.partition("@")[0]
    parts = re.split(r"::|[/.]", name)
    text = "_".join(parts[1:]) if len(parts) > 1 else name.partition("_")[2] or name
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    words = [word.lower() for word in re.split(r"[_-]+", text) if word]
    while len(words) > 1 and re.fullmatch(r"v?[0-9]+(?:(?:alpha|beta)[0-9]+)?", words[-1]):
        words.pop()
    return tuple(words)


def _by_ending(words: tuple[str, ...]) -> tuple[str, _Kind | None]:
    """The longest ending that means something, as it is or in the singular."""
    known = _vocabulary()
    for length in (3, 2, 1):
        ending = "_".join(words[-length:])
        if len(words) < length:
            continue
        for form in (ending, *_singular(ending)):
            if form in known.endings:
                inside = _engine(words) if form in known.shells else None
                return f"_{ending}", inside or known.endings[form]
    return "", None


def _singular(ending: str) -> Iterator[str]:
    if ending.endswith("ies"):
        yield ending[:-3] + "y"
    if ending.endswith("ses"):
        yield ending[:-2]
    if ending.endswith("s") and not ending.endswith("ss"):
        yield ending[:-1]


def _engine(words: tuple[str, ...]) -> _Kind | None:
    """A cluster or an instance is what runs on it."""
    engines = _vocabulary().engines
    found = (engines.get(word) or engines.get(word.removesuffix("db")) for word in reversed(words[:-1]))
    return next((kind for kind in found if kind is not None), None)


def _stores(values: Values | None) -> tuple[str | None, str | None]:
    """The attributes that show that something is kept here: one that only stores have, and one that encrypts."""
    if values is None:
        return None, None
    names = bundled.load("guesses")["attributes"]
    flag = next((name for name in names["stores"] if values.get(name) is not MISSING), None)
    sized = any(values.get(name) is not MISSING for name in names["sizes"])
    if flag is None and sized and values.get("engine") is not MISSING:
        flag = "an engine and storage"
    encrypting = next((name for name in names["encrypts"] if _is_set(values.get(name))), None)
    return flag, encrypting and f"{encrypting}, so it stores something that is encrypted"


def _is_set(value: Any) -> bool:
    return isinstance(value, Sensitive) or value is UNKNOWN or value not in (MISSING, None, "", False, [], {})


def _parent(type: str, siblings: Mapping[str, str]) -> str | None:
    """The known type whose name this one begins with: `aws_s3_bucket` for `aws_s3_bucket_something`."""
    name = type
    while "_" in name:
        name = name.rpartition("_")[0]
        if name in siblings:
            return name
    return None


@cache
def _vocabulary() -> _Words:
    kinds = bundled.load("guesses")["kinds"]
    endings: dict[str, _Kind] = {}
    engines: dict[str, _Kind] = {}
    for raw in kinds.values():
        kind = _Kind(
            category=raw["category"],
            loses=frozenset(raw["loses"]),
            recoverable=raw["recoverable"],
            lost=raw["lost"],
            container=raw.get("container", False),
            protects_others=raw.get("protects_others", False),
        )
        endings.update(dict.fromkeys(raw.get("endings", ()), kind))
        engines.update(dict.fromkeys(raw.get("engines", ()), kind))
    shells = frozenset((*kinds["cluster"]["endings"], *kinds["instance"]["endings"]))
    return _Words(endings, engines, shells, endings["user"])
