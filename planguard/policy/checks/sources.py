"""Hazards that only the sources show: guards, state and providers that an edit changes, and how much it destroys."""

from __future__ import annotations

from collections.abc import Iterator

from planguard.model import Action, Location, Severity, Tier
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene, Subject

_ASKED_FOR = ("replace_by_request", "replace_because_tainted")
"""Reasons that lie outside of the sources."""


def guard_removed(scene: Scene) -> Iterator[Hit]:
    """`prevent_destroy` goes, and the resource stays."""
    yield from _resources(scene, "guard")


def ignore_changes_removed(scene: Scene) -> Iterator[Hit]:
    """What drifted is no longer left alone."""
    yield from _resources(scene, "ignored")


def destroy_provisioner(scene: Scene) -> Iterator[Hit]:
    """A command would run when the resource is destroyed."""
    yield from _resources(scene, "provisioner")


def provider_edited(scene: Scene) -> Iterator[Hit]:
    """Objects may be looked for in another account, region or service than the one they are in."""
    yield from _resources(scene, "provider")
    yield from _everywhere(scene, "provider")


def state_moved(scene: Scene) -> Iterator[Hit]:
    """The state is looked for elsewhere."""
    yield from _everywhere(scene, "state")


def commands(scene: Scene) -> Iterator[Hit]:
    """A script or a workflow tells Terraform not to ask."""
    yield from _everywhere(scene, "command", also_elsewhere=True)


def guard_gone(scene: Scene) -> Iterator[Hit]:
    """Something is destroyed that `prevent_destroy` guarded until this very edit."""
    sources = scene.sources
    if sources is None or not sources.compared:
        return
    for subject in scene.subjects():
        change = subject.change
        if not change.action.destroys or change.deposed is not None or subject.kept or subject.tier is Tier.OTHER:
            continue
        place = sources.guarded_before(change.resource.config)
        if place is not None and not sources.guarded(change.resource.config):
            where = f"{place.file}:{place.line}" if place.line else place.file
            yield Hit(subject, evidence=(f"`prevent_destroy` stood in {where} before this edit.",))


def unrelated(scene: Scene) -> Iterator[Hit]:
    """Something is destroyed, and nothing in the edit has to do with it."""
    sources = scene.sources
    if sources is None or not sources.compared or scene.foretold:
        return
    needs = _needs(scene)
    touched: dict[str, bool] = {}
    for subject in scene.subjects():
        change = subject.change
        if not change.action.destroys or change.deposed is not None or change.reason in _ASKED_FOR:
            continue
        if subject.tier is Tier.OTHER or subject.row.id == "nothing":
            continue
        related = _reached(change.resource.config, needs)
        if any(touched.setdefault(config, sources.touched(config)) for config in sorted(related)):
            continue
        size = sources.size()
        yield Hit(subject, evidence=(f"The edit: {size}.",) if size else ())


def _needs(scene: Scene) -> dict[str, set[str]]:
    needs: dict[str, set[str]] = {}
    for edge in scene.plan.edges:
        needs.setdefault(edge.dependent, set()).add(edge.dependency)
    for config, others in scene.plan.state_edges.items():
        needs.setdefault(config, set()).update(others)
    return needs


def _reached(config: str, needs: dict[str, set[str]]) -> set[str]:
    """A resource and everything that it rests on."""
    found, queue = {config}, [config]
    while queue:
        for other in needs.get(queue.pop(), ()):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def _resources(scene: Scene, kind: str) -> Iterator[Hit]:
    if scene.sources is None:
        return
    told: dict[str, list[str]] = {}
    places: dict[str, Location | None] = {}
    for edit in scene.sources.edits:
        if edit.kind == kind and edit.config:
            told.setdefault(edit.config, []).append(edit.text)
            places.setdefault(edit.config, edit.location)
    for config, texts in told.items():
        subject = scene.subject_at(config)
        if subject is None or subject.tier is Tier.OTHER or _ends(subject, kind):
            continue
        mild = subject.tier is Tier.UNKNOWN and not subject.row.id.startswith("data-")
        severity = Severity.LOW if mild or subject.row.id == "nothing" else None
        yield Hit(subject, severity, evidence=tuple(texts), source=places[config])


def _ends(subject: Subject, kind: str) -> bool:
    """That a guard is gone from what is destroyed, `guard_gone` says."""
    return kind == "guard" and subject.change.action in (Action.DELETE, Action.REPLACE) and not subject.kept


def _everywhere(scene: Scene, kind: str, *, also_elsewhere: bool = False) -> Iterator[Hit]:
    if scene.sources is None:
        return
    for edit in scene.sources.edits:
        if edit.kind == kind and not edit.config:
            mild = scene.tier is Tier.OTHER and not also_elsewhere
            yield Hit(severity=Severity.LOW if mild else None, evidence=(edit.text,), source=edit.location)
