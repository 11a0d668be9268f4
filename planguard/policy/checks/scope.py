"""Hazards of how much, and of where: proportion, budgets, environments, protected addresses."""

from __future__ import annotations

from collections.abc import Iterator

from planguard.globs import matches
from planguard.model import Action, Environment, Evidence, Severity, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

EVERYTHING = 0.9
"""Share of the existing objects from which a plan destroys "everything"."""
REBUILT = 0.5
"""Share of what matters from which an environment is rebuilt and not fixed."""
FEW = 3
"""Below this many objects, shares mean nothing."""
DEFAULT_BUDGET = 10
"""Objects of production whose end matters, and that may end in one plan before that alone is said."""


def destroys_everything(scene: Scene) -> Iterator[Hit]:
    """A `-destroy`, the wrong variables or an emptied directory: (nearly) all goes, and nothing replaces it."""
    if not _lists_all(scene):
        return
    gone = [s for s in _destroyed(scene) if s.change.action is Action.DELETE]
    existing = _existing(scene)
    if len(gone) < FEW or len(gone) < existing * EVERYTHING:
        return
    tier = _worst_tier(gone)
    if all(s.row.id == "nothing" for s in gone):
        return
    evidence = (f"{len(gone)} of {existing} managed objects are destroyed, and none of them is made again.",)
    yield Hit(severity=Severity.LOW if tier is Tier.OTHER else None, evidence=evidence)


def environment_rebuilt(scene: Scene) -> Iterator[Hit]:
    """Not a fix but a rebuild: most of what matters in production ends in one plan and is made again."""
    if not _lists_all(scene):
        return
    ended = [s for s in _destroyed(scene) if _matters(s)]
    replaced = [s for s in ended if s.change.action is Action.REPLACE]
    kept = sum(1 for s in scene.subjects() if not s.change.action.destroys and s.change.action is not Action.CREATE)
    total = len(ended) + kept + len(scene.plan.unchanged)
    if len(replaced) < FEW or len(ended) < total * REBUILT or _worst_tier(ended) is not Tier.PRODUCTION:
        return
    yield Hit(evidence=(f"{len(ended)} of {total} objects end, {len(replaced)} of them to be made again.",))


def too_many_destroys(scene: Scene) -> Iterator[Hit]:
    """More objects end than the budget of their environment allows."""
    for tier in (Tier.PRODUCTION, Tier.UNKNOWN, Tier.OTHER):
        configured = scene.config.destroy_budget.get(tier)
        budget = configured if configured is not None else DEFAULT_BUDGET if tier is Tier.PRODUCTION else None
        if budget is None:
            continue
        ended = [s for s in _destroyed(scene) if s.tier is tier]
        if configured is None:
            ended = [s for s in ended if _matters(s)]
        if len(ended) > budget:
            source = "planguard.yml allows" if configured is not None else "the default allows"
            yield Hit(
                severity=Severity.HIGH if configured is not None else None,
                message=f"{len(ended)} objects ({tier.value}) end in one plan; {source} {budget}",
            )


def mixed_environments(scene: Scene) -> Iterator[Hit]:
    """Production and something else change in one plan, each by its own clear evidence."""
    sides: dict[Tier, Subject] = {}
    for subject in scene.subjects():
        if subject.change.action not in (Action.UPDATE, Action.REPLACE, Action.DELETE):
            continue
        environment = subject.environment
        if environment.evidence and environment.evidence[0].rank <= 3 and not environment.contradiction:
            sides.setdefault(environment.tier, subject)
    if Tier.PRODUCTION in sides and Tier.OTHER in sides:
        one, other = sides[Tier.PRODUCTION], sides[Tier.OTHER]
        yield Hit(
            evidence=(
                f"{one.change.resource.address} is production ({one.environment.evidence[0].source}).",
                f"{other.change.resource.address} is not ({other.environment.evidence[0].source}).",
            )
        )


def environment_switched(scene: Scene) -> Iterator[Hit]:
    """Production would become something else, or the reverse: the wrong workspace, or the wrong variable file."""
    for subject in scene.subjects():
        change = subject.change
        if change.action not in (Action.UPDATE, Action.REPLACE) or change.before is None or change.after is None:
            continue
        now = subject.environment
        if now.tier is not Tier.PRODUCTION:
            continue
        then = subject.environment_after
        if then.tier is Tier.OTHER and now.evidence and then.evidence:
            if now.evidence[0].rank >= 5 or then.evidence[0].rank >= 5:
                continue
            old, new = _speaker(now), _speaker(then)
            yield Hit(
                subject,
                evidence=(
                    f"Now: production ({old.source}: {old.text}).",
                    f"Afterwards: other ({new.source}: {new.text}).",
                ),
            )


def _speaker(environment: Environment) -> Evidence:
    """The strongest evidence for what was decided: where it is contradicted, the strongest of all says the opposite."""
    agreeing = (item for item in environment.evidence if item.tier is environment.tier)
    return next(agreeing, environment.evidence[0])


def protected_address(scene: Scene) -> Iterator[Hit]:
    """Something that planguard.yml protects by address would end or leave the state."""
    if not scene.config.protected:
        return
    for subject in scene.subjects():
        change = subject.change
        if not change.action.destroys and change.action is not Action.FORGET:
            continue
        names = [change.resource.address, *([change.previous_address] if change.previous_address else [])]
        globs = [glob for glob in scene.config.protected if any(matches(glob, name) for name in names)]
        if globs:
            yield Hit(subject, evidence=(f"Protected by `{globs[0]}` in planguard.yml.",))


def _lists_all(scene: Scene) -> bool:
    """Whether the input also lists what stays as it is: a share of it means nothing otherwise. Change sets do not."""
    return scene.plan.tool != "cloudformation" or scene.plan.complete is True


def _destroyed(scene: Scene) -> list[Subject]:
    return [s for s in scene.subjects() if s.change.action.destroys and not s.kept and s.change.deposed is None]


def _matters(subject: Subject) -> bool:
    """Whether its end alone is more than worth knowing: many rules and attachments are still nothing."""
    return subject.grade is not None and subject.grade.severity.rank > Severity.LOW.rank


def _existing(scene: Scene) -> int:
    changes = (s.change for s in scene.subjects())
    return len(scene.plan.unchanged) + sum(1 for c in changes if c.action is not Action.CREATE and c.deposed is None)


def _worst_tier(subjects: list[Subject]) -> Tier:
    tiers = {s.tier for s in subjects}
    return Tier.PRODUCTION if Tier.PRODUCTION in tiers else Tier.UNKNOWN if Tier.UNKNOWN in tiers else Tier.OTHER
