"""How far a grant reaches: everything, something named, or only what nobody would miss; and whose things it names.

Owns the words by which resources and tags tell what they are. Names of production are evidence here, not a verdict.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from planguard.identities import actions, conditions
from planguard.identities.document import UNTOLD, Condition
from planguard.identities.power import BUT, FROM, ON, Grant

PRODUCTION = frozenset({"prod", "production", "prd", "live"})
SAFE = frozenset(
    {"dev", "develop", "development", "test", "tests", "testing", "staging", "stage", "stg", "sandbox", "qa", "uat",
     "preview", "ephemeral", "demo", "nonprod", "nonproduction", "preprod", "scratch", "tmp", "temp", "playground"}
)  # fmt: skip
_STATE = re.compile(
    r"tf-?state|terraform-?(remote-)?state|tofu-?state|terraform-?(state-)?locks?|tf-?locks?|remote-?state|pulumi-?state"
)
_BACKUP = re.compile(r"backup|snapshot|recovery-point|archive|vault")
_WORD = re.compile(r"[^a-z0-9]+")

ALL, NAMED, NARROW, HARMLESS = "all", "named", "narrow", "harmless"
"""Everything of a kind; objects by their names; only under a condition that picks some; only what is not production."""


class Scope(NamedTuple):
    """How far a grant reaches."""

    breadth: str
    production: bool = False
    """It names production."""
    state: bool = False
    """It names where Terraform keeps its state or lock."""
    backup: bool = False
    """It names backups."""
    tagged: bool = False
    """It holds only for objects with a tag that the identity cannot set."""


def of(grant: Grant, retags: bool) -> Scope:
    """How far it reaches; `retags`: the identity may change tags, so that tags stop nobody."""
    names = frozenset().union(*map(named, grant.patterns))
    tags = [] if retags else [one for one in grant.needs if _is_tag(one)]
    if any(conditions.positive(one) and _means(one, SAFE) and not _means(one, PRODUCTION) for one in tags):
        return Scope(HARMLESS)
    breadth = NAMED
    if grant.resource != UNTOLD and all(map(wide, grant.patterns)):
        breadth = ALL
    elif names & SAFE and not names & PRODUCTION:
        return Scope(HARMLESS)
    production = bool(names & PRODUCTION) or any(conditions.positive(one) and _means(one, PRODUCTION) for one in tags)
    others = [one for one in grant.needs if not _is_tag(one)]
    if (others or tags) and breadth == ALL:
        breadth = NARROW
    if breadth == ALL and _spares_production(grant, retags):
        return Scope(HARMLESS)
    kept = bool(_BACKUP.search(grant.resource.lower()))
    return Scope(breadth, production, is_state(grant.resource), kept, bool(tags) and not others)


@lru_cache(maxsize=20_000)
def wide(resource: str) -> bool:
    """Whether a pattern stands for everything, or for everything of a kind: `*`, `arn:aws:rds:*:*:db:*`."""
    fields = resource.split(":", 5)
    if len(fields) < 6:
        return set(resource) <= {"*"}
    rest = fields[5]
    parts = [part for part in re.split(r"[:/]", rest) if part]
    if not parts or set(rest) <= {"*", "/"}:
        return True
    # `table/*`, `db:*`, `log-group:*`; in S3 the first part is the bucket itself.
    return len(parts) > 1 and set("".join(parts[1:])) <= {"*"} and fields[2] not in ("s3", "sns", "sqs")


@lru_cache(maxsize=20_000)
def named(resource: str) -> frozenset[str]:
    """The words in a resource pattern, without those of its service."""
    fields = resource.lower().split(":", 5)
    return frozenset(_WORD.split(fields[5] if len(fields) == 6 else resource.lower()))


def is_state(resource: str) -> bool:
    """Whether a pattern names where a state or its lock is kept; a lock file must be deleted by whoever took it."""
    lowered = resource.lower().replace("_", "-")
    return bool(_STATE.search(lowered)) and not lowered.endswith(".tflock")


def may_retag(grants: tuple[Grant, ...]) -> dict[str, bool]:
    """Service → whether the identity may change tags there, on more than what it creates."""
    found: dict[str, bool] = {}
    tagging = actions.table().classes["tool"]
    for grant in grants:
        if grant.needs or not grant.mask & tagging:
            continue
        for name in actions.members(grant.mask & tagging):
            service, _, action = name.partition(":")
            if "Tag" in action:
                found["*" if service == "tag" else service] = True
    return found


def _is_tag(condition: Condition) -> bool:
    return "tag/" in condition.key.lower()


def _means(condition: Condition, words: frozenset[str]) -> bool:
    return any(frozenset(_WORD.split(value.lower())) & words for value in condition.values)


def _spares_production(grant: Grant, retags: bool) -> bool:
    """Whether what is taken out of a grant is production: by name, or by a tag that the identity cannot change."""
    for text in grant.lacks:
        if text.startswith(FROM) or BUT in text or (" " in text and retags):
            continue
        text, _, on = text.partition(ON)
        if on and not wide(on):
            continue
        if frozenset(_WORD.split(text.lower())) & PRODUCTION and "not" not in text.lower().split(" ")[0]:
            return True
    return False
