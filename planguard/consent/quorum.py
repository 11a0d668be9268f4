"""How many people it takes, and why. Pure."""

from __future__ import annotations

from typing import NamedTuple

from planguard.consent.actors import Makers
from planguard.consent_config import Quorum

MANY = 5
"""So many things that end are a change that one person alone should not answer for."""

UNPROTECTING = frozenset(
    (
        "ignore-changes-removed",
        "policy-weakened",
        "prevent-destroy-removed",
        "protection-removed-with-its-resource",
        "protection-weakened",
        "protector-removed",
        "stack-unprotected",
        "undo-window-voided",
    )
)
"""Rules about a protection that goes: what makes a later loss possible."""


class Asked(NamedTuple):
    """What about a change decides how many people it takes."""

    critical: bool = False
    """Some finding is critical."""
    irreversible: bool = False
    """Data ends that does not come back by itself."""
    ending: int = 0
    """How many things end in an environment that counts."""
    unprotected: bool = False
    """A protection goes."""
    two_step: tuple[str, ...] = ()
    """Protections that went a short while ago from what ends now, a sentence each."""
    guard: tuple[str, ...] = ()
    """Files of the guard itself."""


def needed(asked: Asked, makers: Makers, quorum: Quorum) -> tuple[int, tuple[str, ...]]:
    """The largest number that applies, and the sentences that say why it is more than one."""
    number, reasons = quorum.default, []
    if quorum.default > 1:
        reasons.append(f"{quorum.default} people agree to everything here (planguard.yml).")
    for count, why in _raised(asked, makers, quorum):
        number = max(number, count)
        if count > 1 and count >= quorum.default:
            reasons.append(why)
    return number, tuple(reasons)


def _raised(asked: Asked, makers: Makers, quorum: Quorum) -> list[tuple[int, str]]:
    found = []
    if makers.not_people:
        worst = makers.not_people[0]
        found.append((quorum.machine, f"{_who(worst.kind.value)} took part: {worst.evidence.rstrip('.')}."))
    if asked.irreversible:
        found.append((quorum.irreversible, "Data would be lost for good."))
    if asked.ending >= MANY:
        found.append((quorum.irreversible, f"{asked.ending} things end at once."))
    if asked.unprotected:
        found.append((quorum.irreversible, "A protection goes."))
    found += [(quorum.irreversible, sentence) for sentence in asked.two_step]
    if asked.guard:
        found.append((quorum.guard, f"It changes the guard itself: {', '.join(asked.guard[:3])}."))
    if asked.critical and quorum.critical > 1:
        found.append((quorum.critical, "A finding is critical."))
    return found


def _who(kind: str) -> str:
    return {"agent": "An agent", "bot": "A bot", "unknown": "Somebody unknown"}[kind]
