"""AWS's own managed policies: what each allows to destroy, from `rules/iam_managed.yaml`, as statements.

Owns the way from an ARN to statements. A policy that the table does not have is not known, which is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from planguard import bundled
from planguard.identities.document import ANY, Condition, Statement

NAMED = ("(objects that AWS names)",)
_CONDITION = (Condition("StringEquals", "aws:written-by-aws", ("a condition of AWS's own",)),)
_ARN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(.+)")
FOR_SERVICES = ("service-role/", "aws-service-role/")
"""Paths of policies that AWS wrote for roles which its own services use, or which run a service's agent."""


def name_of(arn: str) -> str | None:
    """The name, with its path, of a policy that AWS manages; None where the ARN is of another."""
    found = _ARN.fullmatch(arn)
    return found[1] if found else None


def for_a_service(arn: str) -> bool:
    """Whether AWS wrote it for the role of a service."""
    name = name_of(arn)
    return name is not None and name.startswith(FOR_SERVICES)


def statements(arn: str) -> tuple[Statement, ...] | None:
    """What such a policy says about destruction; nothing where it allows none, None where it is not known."""
    name = name_of(arn)
    if name is None:
        return None
    content: Any = bundled.load("iam_managed")
    told = content["destructive"].get(name)
    if told is not None:
        return tuple(statement for line in told for statement in _read(line))
    return () if name in _harmless() or name.startswith("aws-service-role/") else None


@lru_cache(maxsize=1)
def _harmless() -> frozenset[str]:
    return frozenset(str(bundled.load("iam_managed")["harmless"]).split())


def _read(line: str) -> Iterator[Statement]:
    head, _, patterns = line.partition(": ")
    effect, scope = head.split()
    told = Statement(
        allow=effect == "allow",
        resources=NAMED if scope == "named" else ANY,
        conditions=_CONDITION if scope == "if" else (),
    )
    wanted = []
    for word in patterns.split():
        if word.startswith("!"):
            yield told._replace(but_actions=tuple(part.removeprefix("!") for part in word.split(",")))
        else:
            wanted.append(word)
    if wanted:
        yield told._replace(actions=tuple(wanted))
