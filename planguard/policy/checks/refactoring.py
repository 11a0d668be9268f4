"""Hazards of moving code: what is one object to a person is a delete and a create to Terraform.

The causes say the same at each object; these rules name the mistake itself, so that it can be forbidden or raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planguard.model import Action
from planguard.policy.hit import Hit
from planguard.policy.scene import Scene

if TYPE_CHECKING:
    from planguard.causes import Causes


def undeclared_move(scene: Scene) -> Iterator[Hit]:
    """A delete and a create that are one object under another address, without a `moved` block."""
    created = {s.change.resource.type for s in scene.subjects() if s.change.action is Action.CREATE}
    gone = [s for s in scene.subjects() if s.change.action is Action.DELETE and s.change.resource.type in created]
    if not gone:
        return
    moves = _causes(scene).moves
    for subject in gone:
        move = moves.of(subject.change.resource.address)
        if move is not None and subject.change.deposed is None:
            yield Hit(subject, evidence=(f"It looks like {move.how}: {move.new} would be created.",))


def index_shift(scene: Scene) -> Iterator[Hit]:
    """An item left the middle of the list behind a `count`, so that every later one takes its neighbour's place."""
    numbered = [s for s in scene.subjects() if isinstance(s.change.resource.key, int)]
    if not any(s.change.action.destroys for s in numbered):
        return
    told: set[str] = set()
    for subject in numbered:
        shift = _causes(scene).shift(subject.change)
        if shift is not None and subject.change.action.destroys and shift.block not in told:
            told.add(shift.block)
            steps = ", ".join(f"[{old}] becomes [{new}]" for old, new in shift.steps[:4])
            more = f" and {len(shift.steps) - 4} more" if len(shift.steps) > 4 else ""
            yield Hit(subject, evidence=(f"In {shift.block}: {steps}{more}.",))


def _causes(scene: Scene) -> Causes:
    if scene.explained is None:
        from planguard import causes, graph

        built = causes.explain(scene.plan, graph.build(scene.plan))
        scene.explained = lambda: built
    found: Causes = scene.explained()
    return found
