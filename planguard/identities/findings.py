"""Every danger of a plan in words, one for each change and kind: what the rules about identities report."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from planguard.identities import access_lists, federation, fresh, heirs, reach, words
from planguard.identities.audit import identities
from planguard.identities.dangers import DISTURBING, ESCALATION, GAIN, SLIGHT, UNKNOWN, Danger, dangers
from planguard.identities.found import Found as Found
from planguard.identities.objects import TYPES, valueless
from planguard.model import Plan

if TYPE_CHECKING:
    from planguard.identities.google import Gain


def of(plan: Plan) -> tuple[Found, ...]:
    """The dangers of a plan; of several at one change the worst speaks, and says how many identities it is about."""
    grouped: dict[tuple[str, str], list[Danger]] = {}
    for danger in _dangers(plan):
        grouped.setdefault((danger.kind, danger.address), []).append(danger)
    worst = {key: max(danger.weight for danger in here) for key, here in grouped.items()}
    found = [
        _found(kind, address, here)
        for (kind, address), here in grouped.items()
        # Who may destroy everything needs no way up.
        if kind != ESCALATION or worst.get((GAIN, address), 0) < worst[kind, address]
    ]
    lists = (*federation.opened(plan), *access_lists.gains(plan))
    return tuple(sorted([*found, *lists, *_bindings(plan), *_unseen(plan)]))


def _unseen(plan: Plan) -> Iterator[Found]:
    """Changes of rights of which the input does not show what they are."""
    for change in plan.changes:
        if change.resource.type in TYPES and valueless(change) and change.deposed is None:
            address = change.resource.address
            yield Found(UNKNOWN, address, SLIGHT, words.UNSEEN, (), words.SHOW)


def _dangers(plan: Plan) -> Iterator[Danger]:
    made: frozenset[str] | None = None
    everybody = cache(lambda: identities(plan))
    for identity in heirs.measured(identities(plan, touched_only=True)):
        for danger in dangers(identity):
            if danger.kind == GAIN and danger.weight > DISTURBING:
                made = fresh.made(plan) if made is None else made
                yield fresh.eased(danger, made)
            else:
                yield danger
        yield from reach.steps(identity, everybody)
    if any(change.resource.provider not in ("google", "azurerm") for change in plan.changes):
        from planguard.identities import resource_policies

        yield from resource_policies.dangers(plan)


def _bindings(plan: Plan) -> Iterator[Found]:
    """The same for Google and Azure; of several members of one binding the worst speaks."""
    if not any(change.resource.type.startswith(("google_", "azurerm_")) for change in plan.changes):
        return
    from planguard.identities import azure, google  # most plans are about one cloud

    grouped: dict[tuple[str, str], list[Gain]] = {}
    for gain in (*google.gains(plan), *azure.gains(plan)):
        grouped.setdefault((gain.kind, gain.address), []).append(gain)
    for (kind, address), here in grouped.items():
        worst = max(here, key=lambda gain: gain.weight)
        said = words.binding_evidence(worst)
        if len(here) > 1:
            said = (*said, f"The same holds for {len(here) - 1} more members.")
        detail = "\n".join(sorted({" ".join(gain.classes) for gain in here}))
        yield Found(kind, address, worst.weight, words.binding_message(worst), said, words.BINDING_REMEDY, detail)


def _found(kind: str, address: str, here: list[Danger]) -> Found:
    worst = max(here, key=lambda danger: danger.weight)
    said = words.evidence(worst)
    others = sorted({words.name(danger.identity) for danger in here} - {words.name(worst.identity)})
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        said = (*said, f"The same holds for {', '.join(others[:3])}{more}.")
    return Found(
        kind,
        address,
        worst.weight,
        words.message(worst),
        said,
        words.remedy(worst),
        _detail(here),
        worst.identity.address,
    )


def _detail(here: list[Danger]) -> str:
    """Classes, reach and actions of everything that is given at one place."""
    powers = [power for danger in here for power in danger.powers]
    given = {f"{power.kind} {power.scope.breadth} {power.grant.mask:x}" for power in powers}
    given |= {f"way {danger.way.id}" for danger in here if danger.way is not None}
    given |= {f"trust {one.behind} {one.kind} {len(one.subjects)}" for danger in here for one in danger.trusted}
    return "\n".join(sorted(given))
