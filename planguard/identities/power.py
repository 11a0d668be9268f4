"""What an identity may really destroy: Allow, less Deny, within the boundary, for requests that a machine can make.

Owns the arithmetic on statements. A grant is a set of actions on one resource pattern, with what is taken out of it
and what it asks for. Where something takes away only a part, the part is kept as a text: its loss can be seen later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planguard.identities import actions, conditions, wildcards
from planguard.identities.actions import Mask
from planguard.identities.conditions import EITHER, Meaning
from planguard.identities.document import UNTOLD, Condition, Statement


class Source(NamedTuple):
    """A statement, and where it stands."""

    statement: Statement
    origin: str
    """Address of the object that brings it."""
    by_aws: bool = False
    """It stands in a policy that AWS wrote for one of its own services."""
    policy: str = ""
    """The managed policy of AWS that it stands in."""


class Grant(NamedTuple):
    """A set of actions that is really allowed on what one pattern names."""

    mask: Mask
    resource: str
    origin: str
    statement: Statement
    lacks: frozenset[str] = frozenset()
    """Resource patterns, and conditions, that are taken out of it."""
    needs: frozenset[Condition] = frozenset()
    """Conditions that it holds under, and which say what is meant."""
    requests: int = EITHER
    by_aws: bool = False
    policy: str = ""
    """The managed policy of AWS that it comes from."""
    within: frozenset[str] = frozenset()
    """Patterns that what is meant has to match as well."""

    @property
    def key(self) -> Key:
        """What makes two grants the same but for their actions."""
        return self.resource, self.within, self.lacks, self.needs, self.requests

    @property
    def patterns(self) -> tuple[str, ...]:
        """Everything that what is meant has to match."""
        return (self.resource, *self.within) if self.within else (self.resource,)

    def limited(self, pattern: str) -> Grant:
        """The part of it that matches a pattern as well."""
        mask = self.mask & actions.applicable(pattern)
        if any(wildcards.covers(pattern, text) for text in self.patterns):
            return self._replace(mask=mask)
        if wildcards.covers(self.resource, pattern):
            return self._replace(mask=mask, resource=pattern)
        return self._replace(mask=mask, within=self.within | {pattern})


Key = tuple[str, frozenset[str], frozenset[str], frozenset[Condition], int]


class Effective(NamedTuple):
    """What all statements of an identity come to."""

    grants: tuple[Grant, ...] = ()
    unclear: tuple[str, ...] = ()
    holes: tuple[str, ...] = ()
    """Conditions that look like a guard by a second factor and let machines through."""


def effective(
    sources: Sequence[Source], boundary: Sequence[Source] | None = None, principal: str | None = None
) -> Effective:
    """What these statements allow a machine. `boundary`: the statements of a permissions boundary, None without one."""
    unclear: list[str] = []
    holes: list[str] = []
    grants = _allowed(sources, principal, unclear, holes)
    denies = [(s, m) for s in sources if not s.statement.allow and (m := _meaning(s, principal, unclear, holes))]
    # First what holds whatever the tags: then it is known what of a grant a condition is about.
    denies.sort(key=lambda one: bool(one[1].tags or one[1].limits or one[1].places))
    for source, meaning in denies:
        grants = [part for grant in grants for part in _denied(grant, source.statement, meaning)]
    if boundary is not None:
        limits = effective(boundary, None, principal)
        unclear += limits.unclear
        grants = [part for grant in grants for part in _within(grant, limits.grants)]
    grants = [grant for grant in grants if not _empty(grant)]
    return Effective(tuple(grants), tuple(dict.fromkeys(unclear)), tuple(dict.fromkeys(holes)))


def unguarded(sources: Iterable[Source]) -> tuple[Grant, ...]:
    """What the statements would allow without any condition, Deny or boundary: what a guard stands before."""
    bare = [s._replace(statement=s.statement._replace(conditions=())) for s in sources if s.statement.allow]
    return effective(bare).grants


def wanted(statement: Statement) -> Mask:
    """The actions that a statement is about."""
    if statement.but_actions is not None:
        return actions.table().everything & ~actions.expand_all(statement.but_actions)
    return actions.expand_all(statement.actions)


def _meaning(source: Source, principal: str | None, unclear: list[str], holes: list[str]) -> Meaning | None:
    """What the conditions of a Deny come to; None where it stops no machine."""
    meaning = conditions.judge(source.statement.conditions, principal)
    if meaning.hole and meaning.requests != EITHER:
        holes.append(meaning.hole)
    if meaning.unclear:
        unclear.extend(meaning.unclear)
        return None
    return None if meaning.never or not meaning.requests else meaning


def _allowed(sources: Iterable[Source], principal: str | None, unclear: list[str], holes: list[str]) -> list[Grant]:
    grants = []
    for source in sources:
        statement = source.statement
        if not statement.allow:
            continue
        mask = wanted(statement)
        if not mask:
            continue
        meaning = conditions.judge(statement.conditions, principal)
        if meaning.never or not meaning.requests:
            continue
        unclear.extend(meaning.unclear)
        if meaning.hole:
            holes.append(meaning.hole)
        needs = frozenset((*meaning.tags, *meaning.limits))
        lacks = frozenset(statement.but_resources or ())
        for resource in ("*",) if statement.but_resources is not None else statement.resources:
            part = mask & actions.applicable(resource)
            if part:
                grants.append(
                    Grant(
                        part,
                        resource,
                        source.origin,
                        statement,
                        lacks,
                        needs,
                        meaning.requests,
                        source.by_aws,
                        source.policy,
                    )
                )
    return grants


def _denied(grant: Grant, deny: Statement, meaning: Meaning) -> Iterable[Grant]:
    """What a Deny leaves of a grant."""
    mask = grant.mask & wanted(deny)
    if not mask or not grant.requests & meaning.requests:
        yield grant
        return
    rest = grant.mask & ~mask
    if rest:
        yield grant._replace(mask=rest)
    reach = _reaches(deny, grant)
    left = grant.requests & ~meaning.requests
    if reach == "none":
        yield grant._replace(mask=mask)
        return
    if left:
        yield grant._replace(mask=mask, requests=left)
    yield from _cut(grant._replace(mask=mask, requests=grant.requests & meaning.requests), deny, meaning, reach)


def _cut(grant: Grant, deny: Statement, meaning: Meaning, reach: str) -> Iterable[Grant]:
    """What a Deny leaves of a grant whose requests it all meets."""
    partial = (*meaning.tags, *meaning.limits, *meaning.places)
    if partial:
        yield _conditionally(grant, deny, meaning, partial, whole=reach == "all")
    elif reach == "all":
        return
    elif deny.but_resources is not None:
        for kept in deny.but_resources:
            if _meets(kept, grant):
                yield grant.limited(kept)
    else:
        yield grant._replace(lacks=grant.lacks.union(text for text in deny.resources if _meets(text, grant)))


def _conditionally(
    grant: Grant, deny: Statement, meaning: Meaning, partial: Iterable[Condition], *, whole: bool
) -> Grant:
    """What a Deny leaves that holds only for some objects or from some places."""
    only_tags = meaning.tags and not meaning.limits and not meaning.places
    if whole and only_tags and len(meaning.tags) == 1:
        (tag,) = meaning.tags
        known = conditions.operator(tag.operator)
        if known is not None and known.negative:
            # Everything without the tag is denied: what is left are objects that have it.
            return grant._replace(needs=grant.needs | {tag._replace(operator=_turned(tag.operator))})
    places = {condition.shown() for condition in meaning.places}
    told = [condition.shown() for condition in partial]
    where = ("",) if whole else tuple(_where(deny, grant))
    return grant._replace(
        lacks=grant.lacks.union(
            *({f"{FROM}{text}"} if text in places else {f"{text}{suffix}" for suffix in where} for text in told)
        )
    )


def _where(deny: Statement, grant: Grant) -> Iterable[str]:
    """On what of a grant a Deny holds that reaches only some of it."""
    if deny.but_resources is not None:
        yield f"{BUT}{' '.join(sorted(deny.but_resources))}"
    else:
        yield from (f"{ON}{text}" for text in deny.resources if _meets(text, grant))


def _turned(operator: str) -> str:
    bare = operator[: -len("IfExists")] if operator.lower().endswith("ifexists") else operator
    return bare.replace("Not", "")


def _reaches(deny: Statement, grant: Grant) -> str:
    """Whether a Deny reaches all that a grant is about, some of it, or none."""
    if deny.but_resources is not None:
        return "some" if any(_meets(kept, grant) for kept in deny.but_resources) else "all"
    if any(_holds(text, grant) for text in deny.resources):
        return "all"
    if grant.resource == UNTOLD:
        return "none"
    return "some" if any(_meets(text, grant) for text in deny.resources) else "none"


def _meets(pattern: str, grant: Grant) -> bool:
    """Whether some of what a grant is about matches a pattern. False is always right."""
    return all(wildcards.overlaps(pattern, text) for text in grant.patterns)


def _holds(pattern: str, grant: Grant) -> bool:
    """Whether all that a grant is about matches a pattern. True is always right."""
    return any(wildcards.covers(pattern, text) for text in grant.patterns)


def _empty(grant: Grant) -> bool:
    """Whether everything that a grant is about is taken out of it."""
    if not grant.lacks:
        return not grant.mask
    return not grant.mask or any(" " not in text and _holds(text, grant) for text in grant.lacks)


def _within(grant: Grant, limits: Iterable[Grant]) -> Iterable[Grant]:
    """The parts of a grant that a boundary lets through."""
    rest = grant.mask
    for limit in limits:
        mask = rest & limit.mask
        if not mask or not grant.requests & limit.requests or not all(_meets(text, grant) for text in limit.patterns):
            continue
        part = grant._replace(
            mask=mask,
            lacks=grant.lacks | limit.lacks,
            needs=grant.needs | limit.needs,
            requests=grant.requests & limit.requests,
        )
        for text in limit.patterns:
            part = part.limited(text)
        yield part
        if part == grant._replace(mask=mask):
            rest &= ~mask


# --- two sets of grants -----------------------------------------------------------------------------------------------


def beyond(grants: Iterable[Grant], known: Sequence[Grant]) -> tuple[Grant, ...]:
    """What `grants` allow and `known` did not."""
    same: dict[Key, Mask] = {}
    for grant in known:
        same[grant.key] = same.get(grant.key, 0) | grant.mask
    found = []
    for grant in grants:
        rest = grant.mask & ~same.get(grant.key, 0)
        if not rest:
            continue
        # Several grants may cover it together: one for each kind of request.
        left = 0
        for request in (conditions.ABSENT, conditions.FALSE):
            if grant.requests & request:
                left |= _left(grant._replace(mask=rest, requests=request), known)
        if left:
            found.append(grant._replace(mask=left))
    return tuple(found)


def _left(grant: Grant, known: Sequence[Grant]) -> Mask:
    """The actions of a grant that none of the known ones allows."""
    rest = grant.mask
    for other in known:
        if rest & other.mask and _includes(other, grant):
            rest &= ~other.mask
    return rest


FROM = "from "
"""How what is taken out of a grant begins where it only says from where, when, or in which region: that makes no damage
smaller, so whether it is there decides nothing."""
ON, BUT = " | on ", " | but on "
"""How what is taken out under a condition says that it is so only on some objects, or on all but some."""


def _includes(wide: Grant, narrow: Grant) -> bool:
    return (
        all(any(wildcards.covers(text, other) for other in narrow.patterns) for text in wide.patterns)
        and wide.needs <= narrow.needs
        and not narrow.requests & ~wide.requests
        and all(_lacks_too(narrow, text) for text in wide.lacks)
    )


def _lacks_too(grant: Grant, taken: str) -> bool:
    """Whether what is taken out of another grant is taken out of this one too, or is not in it."""
    if taken.startswith(FROM):
        return True
    if " " not in taken:
        return any(wildcards.covers(text, taken) for text in grant.lacks) or not _meets(taken, grant)
    condition, on, pattern = taken.partition(ON)
    if on and (not _meets(pattern, grant) or any(_takes(text, condition, pattern) for text in grant.lacks)):
        return True
    condition, but, kept = condition.partition(BUT)
    if but and any(_holds(text, grant) for text in kept.split(" ")):
        return True
    return taken in grant.lacks or condition in grant.lacks or _asks(condition, grant)


def _takes(text: str, condition: str, pattern: str) -> bool:
    """Whether one thing that is taken out of a grant covers a pattern under a condition."""
    own, _, on = text.partition(ON)
    return wildcards.covers(text, pattern) if " " not in text else own == condition and wildcards.covers(on, pattern)


def _asks(taken: str, grant: Grant) -> bool:
    """Whether a grant asks for the opposite of the condition under which something is taken out elsewhere."""
    operator, _, rest = taken.partition(" ")
    if not rest or "Not" not in operator or ":" in operator:
        return False
    return any(need.shown() == f"{_turned(operator)} {rest}" for need in grant.needs)
