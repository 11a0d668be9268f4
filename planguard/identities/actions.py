"""Which actions of AWS destroy, and what kind of loss each is: the table of `rules/iam_actions.yaml`, matched quickly.

A set of actions is an `int` with one bit for each action of the table: policies of ten thousand statements are mostly
the same few patterns, and sets of bits unite and subtract at once. Owns the table and its patterns; knows no policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from planguard import bundled
from planguard.identities import wildcards

Mask = int
"""A set of actions of the table."""

TITLES: Mapping[str, str] = {
    "account": "close or leave accounts",
    "data": "delete data",
    "backup": "delete backups",
    "keys": "delete or disable keys and secrets",
    "guard": "take protections off",
    "escalation": "give itself more rights",
    "audit": "switch off the audit trail",
    "identity": "delete identities",
    "outage": "stop or delete what serves",
    "access": "take access away",
    "content": "delete content inside of stores",
    "other": "delete other things",
    "minor": "delete what is easily made again",
    "tool": "start what may do more",
}
"""The classes, worst first, as they complete the sentence "it may …"."""

CLASSES = tuple(TITLES)
_KNOWN_BEST = (
    "rds", "s3", "dynamodb", "ec2", "elasticfilesystem", "elasticache", "redshift", "kms", "secretsmanager", "backup",
    "iam", "organizations", "cloudtrail", "cloudformation", "ecs", "eks", "lambda", "route53", "logs",
)  # fmt: skip
"""Services whose actions stand first, so that examples are of things that everybody knows."""
GRAVE = frozenset({"account", "data", "backup", "keys", "guard"})
"""What cannot be had back, and what stands between it and its loss."""
DISTURBING = frozenset({"escalation", "audit", "identity", "outage", "access", "other"})


class Table(NamedTuple):
    """The whole table."""

    names: tuple[str, ...]
    """As AWS writes them: `rds:DeleteDBCluster`; the place of a name is its bit."""
    classes: Mapping[str, Mask]
    services: Mapping[str, tuple[tuple[int, str], ...]]
    """Prefix in lower case → (bit, name without prefix) of each of its actions."""
    everything: Mask
    shapes: Mapping[str, tuple[tuple[str, Mask], ...]]
    """Service in ARNs → (what stands behind it, with `+` for one step, actions that can be allowed on it)."""
    loose: Mapping[str, Mask]
    """Prefix → actions that can be allowed on any ARN of their service."""


@lru_cache(maxsize=1)
def table() -> Table:
    """The table as shipped, read when it is first needed."""
    content = bundled.load("iam_actions")
    names: list[str] = []
    classes: dict[str, Mask] = {}
    services: dict[str, list[tuple[int, str]]] = {}
    written: Mapping[str, Mapping[str, str]] = content["classes"]
    for name in CLASSES:
        mask = 0
        found = written.get(name, {})
        for service in sorted(found, key=_place):
            actions = found[service]
            for action in str(actions).split():
                services.setdefault(service.lower(), []).append((len(names), action))
                mask |= 1 << len(names)
                names.append(f"{service}:{action}")
        classes[name] = mask
    shapes, loose = _applies(content["applies"], services)
    return Table(
        tuple(names),
        classes,
        {key: tuple(found) for key, found in services.items()},
        (1 << len(names)) - 1,
        shapes,
        loose,
    )


def _place(service: str) -> tuple[int, str]:
    return (_KNOWN_BEST.index(service) if service in _KNOWN_BEST else len(_KNOWN_BEST)), service


def _applies(
    written: Mapping[str, list[str]], services: Mapping[str, list[tuple[int, str]]]
) -> tuple[Mapping[str, tuple[tuple[str, Mask], ...]], Mapping[str, Mask]]:
    """Which actions can be allowed on what, from lines like `on s3:+/* is DeleteObject PutObject`."""
    loose = {prefix: sum(1 << bit for bit, _ in found) for prefix, found in services.items()}
    shapes: dict[str, Mask] = {}
    for prefix, lines in written.items():
        bits = {name: 1 << bit for bit, name in services[prefix.lower()]}
        for line in lines:
            told, _, names = line.removeprefix("on").partition(" is ")
            mask = sum(bits[name] for name in names.split())
            loose[prefix.lower()] &= ~mask
            for shape in told.split():
                shapes[shape] = shapes.get(shape, 0) | mask
    found: dict[str, list[tuple[str, Mask]]] = {}
    for shape, mask in shapes.items():
        service, _, rest = shape.partition(":")
        found.setdefault(service, []).append((rest, mask))
    return {service: tuple(forms) for service, forms in found.items()}, loose


@cache
def _form(shape: str) -> re.Pattern[str]:
    """What fits a shape. There are hundreds, and most plans name resources of a few services."""
    parts = ({"*": ".*", "+": "[^/]+"}.get(part, re.escape(part)) for part in re.split(r"([*+])", shape))
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=20_000)
def applicable(resource: str) -> Mask:
    """The actions that mean anything on a resource of a policy: on `arn:aws:s3:::orders/*` nobody deletes a bucket."""
    fields = resource.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn":
        return table().everything
    service, rest = fields[2], fields[5]
    # A wildcard is tried as nothing, as a word, and as several steps: one of these has the form, or nothing has.
    tries = {rest.replace("?", "x").replace("*", word) for word in ("", "x", "x/x", "x/x/x/x")}
    mask = 0
    for known in _named(service, table().shapes):
        for shape, actions in table().shapes[known]:
            if any(_form(shape).fullmatch(text) for text in tries) or _swallows(rest, shape.replace("+", "*")):
                mask |= actions
    for known in _named(service, table().loose):
        mask |= table().loose[known]
    return mask


def _swallows(rest: str, glob: str) -> bool:
    """Whether a wildcard of the policy takes the very beginning of a form: `*`, `tab*` for `table/*`."""
    heads = [re.split(r"[*?]", text, maxsplit=1)[0] for text in (rest, glob)]
    return len(heads[0]) < len(heads[1]) and wildcards.overlaps(rest, glob)


def _named(pattern: str, known: Mapping[str, object]) -> Iterable[str]:
    """Those of some services that a pattern stands for."""
    if "*" in pattern or "?" in pattern:
        return [name for name in known if wildcards.matches(pattern, name)]
    return (pattern,) if pattern in known else ()


@lru_cache(maxsize=20_000)
def expand(pattern: str) -> Mask:
    """The destructive actions that one pattern of a policy stands for: `rds:Delete*`, `*`, `S3:deletebucket`."""
    if set(pattern) == {"*"}:
        return table().everything
    service, colon, action = pattern.partition(":")
    if not colon:
        return 0
    mask = 0
    for prefix in _named(service.lower(), table().services):
        for bit, name in table().services[prefix]:
            if wildcards.matches(action, name, fold=True):
                mask |= 1 << bit
    return mask


@lru_cache(maxsize=20_000)
def expand_all(patterns: tuple[str, ...]) -> Mask:
    """The destructive actions that any of these patterns stands for."""
    mask = 0
    for pattern in patterns:
        mask |= expand(pattern)
    return mask


@lru_cache(maxsize=20_000)
def by_class(mask: Mask) -> tuple[tuple[str, Mask], ...]:
    """A set of actions by class, worst first; classes with none are left out."""
    known = table().classes
    return tuple((name, part) for name in CLASSES if (part := mask & known[name]))


def members(mask: Mask, most: int | None = None) -> Iterator[str]:
    """The names in a set, by their place in the table; the first `most` of them."""
    names = table().names
    count = 0
    while mask and (most is None or count < most):
        low = mask & -mask
        yield names[low.bit_length() - 1]
        mask ^= low
        count += 1
