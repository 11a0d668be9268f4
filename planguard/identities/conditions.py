"""What the conditions of a statement mean to a machine, which can never show a second factor.

A request of a machine is one of two: the key `aws:MultiFactorAuthPresent` is absent (keys that do not expire, roles
assumed by a token) or it is there and false. A condition on it is judged for both, exactly; the other conditions either
say which objects are meant, or from where, or cannot be judged. Owns the meaning of operators; knows no resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from planguard.identities import wildcards
from planguard.identities.document import UNTOLD, Condition

ABSENT, FALSE = 1, 2
EITHER = ABSENT | FALSE
"""The requests that a machine can make, as bits: the key of the second factor is absent, or false."""

MFA, AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"

_WHERE = frozenset(
    {
        "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:currenttime", "aws:epochtime",
        "aws:useragent", "aws:referer", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount",
        "aws:requestedregion", "aws:tokenissuetime", "aws:viaawsservice", "aws:calledvia", "aws:principaltype",
        "aws:principalisawsservice", "aws:resourceaccount", "aws:resourceorgid", "aws:sourceaccount", "aws:sourcearn",
    }
)  # fmt: skip
"""Keys that say from where, when or in whose account a request is made: they do not make the damage smaller."""

_TAGS = ("aws:resourcetag/", "ec2:resourcetag/", "iam:resourcetag/", "s3:existingobjecttag/",
         "secretsmanager:resourcetag/", "ssm:resourcetag/", "rds:db-tag/", "rds:cluster-tag/", "rds:snapshot-tag/",
         "s3:buckettag/", "eks:resourcetag/", "ecs:resourcetag/", "kms:resourcetag/")  # fmt: skip

_TEXT = (
    "stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase", "stringlike",
    "stringnotlike", "arnequals", "arnlike", "arnnotequals", "arnnotlike",
)  # fmt: skip
_NUMBERS = (
    "numericequals", "numericnotequals", "numericlessthan", "numericlessthanequals", "numericgreaterthan",
    "numericgreaterthanequals",
)  # fmt: skip
_OTHERS = (
    "bool", "null", "binaryequals", "ipaddress", "notipaddress", "dateequals", "datenotequals", "datelessthan",
    "datelessthanequals", "dategreaterthan", "dategreaterthanequals",
)  # fmt: skip
OPERATORS = frozenset((*_TEXT, *_NUMBERS, *_OTHERS))


class Meaning(NamedTuple):
    """What the conditions of one statement come to."""

    requests: int = EITHER
    """The requests of a machine that meet the conditions on the second factor."""
    never: bool = False
    """Something else in it is never true for a machine."""
    tags: tuple[Condition, ...] = ()
    """It holds only for objects with (or without) certain tags."""
    limits: tuple[Condition, ...] = ()
    """It holds only for certain objects or uses."""
    places: tuple[Condition, ...] = ()
    """It holds only from certain places, at certain times, or within certain accounts."""
    unclear: tuple[str, ...] = ()
    hole: str | None = None
    """A condition on the second factor that looks like a guard and is none."""


NONE = Meaning()


class Operator(NamedTuple):
    """An operator, taken apart."""

    base: str
    """In lower case: `stringlike`."""
    if_exists: bool
    each: str
    """`any`, `all` or empty."""

    @property
    def negative(self) -> bool:
        """Whether it is true where the key is absent."""
        return "not" in self.base


def operator(written: str) -> Operator | None:
    """The operator of that name; None where AWS has none."""
    text, each = written.lower(), ""
    for prefix, name in (("foranyvalue:", "any"), ("forallvalues:", "all")):
        if text.startswith(prefix):
            text, each = text.removeprefix(prefix), name
    if_exists = text.endswith("ifexists")
    base = text.removesuffix("ifexists")
    return Operator(base, if_exists, each) if base in OPERATORS and not (base == "null" and if_exists) else None


def judge(conditions: Iterable[Condition], principal: str | None = None) -> Meaning:
    """What these conditions mean together. `principal`: the ARN of the identity, with wildcards where not known."""
    meaning = NONE
    for condition in conditions:
        one = _one(condition, principal)
        meaning = one if meaning is NONE else _joined(meaning, one)
    return meaning


def _joined(one: Meaning, other: Meaning) -> Meaning:
    return Meaning(
        one.requests & other.requests,
        one.never or other.never,
        one.tags + other.tags,
        one.limits + other.limits,
        one.places + other.places,
        one.unclear + other.unclear,
        one.hole or other.hole,
    )


def _one(condition: Condition, principal: str | None) -> Meaning:
    key = condition.key.lower()
    known = operator(condition.operator)
    if known is None:
        return Meaning(unclear=("a condition in its policy has an operator that planguard does not know",))
    if key == MFA:
        return _second_factor(condition, known)
    if key == AGE:
        return _age(condition, known)
    if UNTOLD in condition.values and not key.startswith(_TAGS):
        return Meaning(limits=(condition,))
    if key == "aws:securetransport":
        return _transport(condition, known)
    if key == "aws:principalarn" and principal is not None and known.base in _ARN and not known.each:
        return _principal(condition, known, principal)
    if key.startswith(_TAGS):
        return Meaning(tags=(condition,))
    if key in _WHERE:
        return Meaning(places=(condition,))
    return Meaning(limits=(condition,))


# --- the second factor ------------------------------------------------------------------------------------------------


def _second_factor(condition: Condition, known: Operator) -> Meaning:
    values = {value.lower() for value in condition.values}
    if UNTOLD in condition.values or not values:
        return Meaning(unclear=("a condition on the second factor is known only after apply",))
    if known.base == "null":
        requests = (ABSENT if "true" in values else 0) | (FALSE if "false" in values else 0)
        return Meaning(requests, hole=_hole(condition, requests))
    if known.base not in ("bool", "stringequals", "stringequalsignorecase", "stringlike"):
        return Meaning(unclear=("a condition on the second factor has an operator that is not meant for it",))
    requests = FALSE if values & {"false", "*"} else 0
    if known.if_exists or known.each == "all":
        requests |= ABSENT
    return Meaning(requests, hole=_hole(condition, requests))


def _age(condition: Condition, known: Operator) -> Meaning:
    """The age of the second factor is absent from every request of a machine."""
    if known.base == "null":
        return Meaning(EITHER if "true" in {value.lower() for value in condition.values} else 0)
    passes = known.if_exists or known.each == "all" or known.negative
    return Meaning(EITHER if passes else 0, hole=_hole(condition, EITHER if passes else 0))


def _hole(condition: Condition, requests: int) -> str | None:
    """What to say of a condition that some machine meets."""
    return f"{condition.operator} {condition.key}" if requests else None


# --- conditions that can be told without a resource -------------------------------------------------------------------


def _transport(condition: Condition, known: Operator) -> Meaning:
    """Every machine can use TLS, and none has to be stopped from not using it."""
    if known.base != "bool":
        return Meaning(unclear=("a condition on the transport has an operator that is not meant for it",))
    return Meaning(never="true" not in {value.lower() for value in condition.values})


_ARN: Mapping[str, Callable[[str, str], bool]] = {
    "stringlike": wildcards.matches,
    "stringnotlike": wildcards.matches,
    "arnlike": wildcards.matches,
    "arnequals": wildcards.matches,
    "arnnotlike": wildcards.matches,
    "arnnotequals": wildcards.matches,
    "stringequals": lambda pattern, text: pattern == text,
    "stringnotequals": lambda pattern, text: pattern == text,
}


def _principal(condition: Condition, known: Operator, principal: str) -> Meaning:
    """The condition names who may: whether this identity is meant. An account that is not known may be any."""
    for value in condition.values:
        told = value.split(":")
        fields = principal.split(":")
        if len(told) > 4 and len(fields) > 4 and fields[4] == "*":
            fields[4] = told[4]
        if _ARN[known.base](value, ":".join(fields)):
            return Meaning(never=known.negative)
    return Meaning(never=not known.negative)


def positive(condition: Condition) -> bool:
    """Whether a condition asks for one of its values, and not for any other."""
    known = operator(condition.operator)
    return known is not None and not known.negative and not known.if_exists and known.each != "all"
