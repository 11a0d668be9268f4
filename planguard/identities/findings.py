"""Every danger of a plan in words, one for each change and kind: what the rules about identities report."""

from __future__ import annotations

from typing import NamedTuple

from planguard.identities import words
from planguard.identities.audit import identities
from planguard.identities.dangers import Danger, dangers
from planguard.model import Plan


class Found(NamedTuple):
    """One danger, as a rule reports it."""

    kind: str
    address: str
    weight: int
    message: str
    evidence: tuple[str, ...]
    remedy: str


def of(plan: Plan) -> tuple[Found, ...]:
    """The dangers of a plan; of several at one change the worst speaks, and says how many identities it is about."""
    grouped: dict[tuple[str, str], list[Danger]] = {}
    for identity in identities(plan):
        for danger in dangers(identity):
            grouped.setdefault((danger.kind, danger.address), []).append(danger)
    return tuple(_found(kind, address, here) for (kind, address), here in sorted(grouped.items(), key=_key))


def _key(item: tuple[tuple[str, str], list[Danger]]) -> tuple[str, str]:
    return item[0]


def _found(kind: str, address: str, here: list[Danger]) -> Found:
    worst = max(here, key=lambda danger: danger.weight)
    said = words.evidence(worst)
    others = sorted({words.name(danger.identity) for danger in here} - {words.name(worst.identity)})
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        said = (*said, f"The same holds for {', '.join(others[:3])}{more}.")
    return Found(kind, address, worst.weight, words.message(worst), said, words.remedy(worst))
