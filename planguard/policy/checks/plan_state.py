"""Hazards of the plan as a document: it failed, it is partial, or the state behind it is not the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planguard.model import Action, Change, Severity, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

NEARLY = 0.9
"""The share from which "everything" is said: a state can be lost but for a few objects."""


def errored(scene: Scene) -> Iterator[Hit]:
    """The plan stopped at an error: what is missing from it cannot be judged."""
    if scene.plan.errored:
        yield Hit()


def incomplete(scene: Scene) -> Iterator[Hit]:
    """Only a part was planned (`-target`, deferred changes); a later plan has the rest and is judged on its own."""
    plan = scene.plan
    if plan.errored or (plan.complete is not False and not plan.deferred):
        return
    severity = Severity.LOW if scene.tier is Tier.OTHER else None
    named = sorted(change.resource.address for change in plan.deferred)
    evidence = (f"Put off to a later plan: {', '.join(named[:5])}{' …' if len(named) > 5 else ''}.",) if named else ()
    yield Hit(severity=severity, evidence=evidence)


def state_lost(scene: Scene) -> Iterator[Hit]:
    """(Nearly) everything is created: a new environment, or one whose state is missing. The plan alone cannot tell."""
    if scene.plan.tool == "cloudformation":
        return  # it keeps the state itself: a stack that is new to it is new
    if scene.foretold:
        return  # sources know no state that could be lost
    creates = [subject for subject in scene.subjects() if subject.change.action is Action.CREATE]
    existing = _existing(scene)
    gone = {(change.resource.address) for change in scene.plan.drift if change.action is Action.DELETE}
    creates = [subject for subject in creates if subject.change.resource.address not in gone]
    if not creates or existing > len(creates) * (1 - NEARLY) or (existing and len(creates) < 10):
        return
    holders = sorted((s for s in creates if s.row.id != "nothing"), key=_weight)
    tier = _tier(scene, creates)
    if not holders or tier is Tier.OTHER:
        return
    severity = Severity.HIGH if scene.existing else Severity.MEDIUM if tier is Tier.PRODUCTION else Severity.LOW
    state = "The plan carries no prior state." if not scene.plan.has_prior_state else "The state knows hardly anything."
    evidence = [f"{len(creates)} objects would be created, {existing} exist already.", state]
    if scene.existing:
        evidence.append("The config lists this environment as one that exists.")
    yield Hit(holders[0], severity, evidence=tuple(evidence))
    yield from (
        Hit(
            other,
            Severity.LOW,
            message=f"{other.change.resource.address} would be created as well",
            evidence=("Part of the same plan that creates everything.",),
        )
        for other in holders[1:]
        if other.row.id.startswith("data-")
    )


def recreated_after_loss(scene: Scene) -> Iterator[Hit]:
    """Something that is gone from the cloud is created again: empty, or beside one that stands elsewhere."""
    gone = {change.resource.address: change for change in scene.plan.drift if change.action is Action.DELETE}
    for subject in scene.subjects():
        change = subject.change
        if change.action is not Action.CREATE or change.resource.address not in gone:
            continue
        lost = scene.subject(gone[change.resource.address])
        tier = lost.tier
        if tier is Tier.OTHER or subject.row.id == "nothing":
            continue
        mild = tier is Tier.UNKNOWN and not subject.row.id.startswith("data-")
        yield Hit(subject, Severity.LOW if mild else None)
    if not (scene.plan.changes or scene.plan.unchanged or scene.plan.counts):
        yield from _accepted(scene, sorted(gone.values(), key=lambda change: change.resource.address))


def _accepted(scene: Scene, gone: Iterable[Change]) -> Iterator[Hit]:
    """What a `-refresh-only` plan (it lists drift and nothing else) takes for gone: the next plan makes it anew.

    A plan of the usual kind that no longer has the block is left alone: there somebody tidies up after a deletion.
    """
    if scene.plan.applyable is False:
        return
    for change in gone:
        subject = scene.subject(change)
        if subject.tier is Tier.OTHER or subject.row.id == "nothing":
            continue
        mild = subject.tier is Tier.UNKNOWN and not subject.row.id.startswith("data-")
        address = change.resource.address
        message = f"{address} was not found any more; this plan lets go of it, and the next one would create it, empty"
        yield Hit(subject, Severity.LOW if mild else None, message=message)


def _existing(scene: Scene) -> int:
    """Objects that are there before the apply."""
    created = (Action.CREATE, Action.READ)
    return len(scene.plan.unchanged) + sum(
        1 for change in scene.plan.changes if change.action not in created and not change.importing
    )


def _tier(scene: Scene, creates: list[Subject]) -> Tier:
    # By the plain evidence: creating destroys nothing, so what nobody knows is not taken for production here.
    tiers = {subject.environment.tier for subject in creates}
    if Tier.PRODUCTION in tiers or scene.environments.plan.tier is Tier.PRODUCTION:
        return Tier.PRODUCTION
    return Tier.UNKNOWN if Tier.UNKNOWN in tiers else Tier.OTHER


def _weight(subject: Subject) -> tuple[int, int, str]:
    """Worst loss first, so that one name stands for all of them."""
    worst = max(cell.rank for cell in subject.row.cells[Tier.PRODUCTION].values())
    return (-worst, 0 if subject.entry.category == "database" else 1, subject.change.resource.address)
