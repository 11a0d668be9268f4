"""Hazards of step one: a protection is taken off, by the plan or by somebody outside, and nothing is destroyed yet."""

from __future__ import annotations

from collections.abc import Iterator

from planguard import catalog
from planguard.catalog import Weakening
from planguard.model import Action, Severity, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject


def weakened(scene: Scene) -> Iterator[Hit]:
    """An update switches a protection off or makes it smaller."""
    for subject in scene.subjects():
        if subject.change.action is Action.UPDATE:
            yield from _hits(scene, subject)


def drifted(scene: Scene) -> Iterator[Hit]:
    """Somebody took a protection off outside Terraform, and this plan does not put it back."""
    restored = {change.resource.address for change in scene.plan.changes if change.action is not Action.NOOP}
    for change in scene.plan.drift:
        if change.action is Action.UPDATE and change.resource.address not in restored:
            yield from _hits(scene, scene.subject(change))


def _hits(scene: Scene, subject: Subject) -> Iterator[Hit]:
    change = subject.change
    if (
        change.before is None
        or change.after is None
        or not (subject.entry.protections or subject.entry.backup_attributes)
    ):
        return
    if not catalog.may_weaken(subject.entry, subject.changed):
        return
    found = catalog.weakened(subject.entry, change.before, change.after, scene.plan.providers)
    if not found or subject.tier is Tier.OTHER:
        return
    severity = None
    if subject.tier is Tier.UNKNOWN and not subject.row.id.startswith("data-"):
        severity = Severity.LOW
    yield Hit(subject, severity, evidence=tuple(sorted(_sentence(item) for item in found)))


def _sentence(item: Weakening) -> str:
    """What is taken off. Values are shown only where they are plain switches and numbers."""
    old, new = _shown(item.old), _shown(item.new)
    if item.uncertain:
        return f"`{item.protection.attribute}` is {old} and may change; its new value is known only after apply"
    return f"`{item.protection.attribute}` goes from {old} to {new} ({item.protection.effect})"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    return f"`{value}`" if isinstance(value, str) and len(value) <= 40 else "another value"
