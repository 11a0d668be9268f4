"""Change sets of nested stacks → part of the plan of the stack they stand in.

Pure, over finished plans: it does not matter whether they came from one file, from several, or from AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from planguard.inputs.change_set import FORMAT, UNSEEN
from planguard.model import Change, Edge, Plan, Resource, Undecided


def join(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """The plans, those of nested stacks put into the plans that name them. Everything else comes back as it is."""
    known = {plan.identity: plan for plan in plans if plan.format == FORMAT and plan.identity}
    inside = {name for plan in known.values() for name in _children(plan, known)}
    outermost = [plan for plan in plans if plan.format != FORMAT or plan.identity not in inside]
    seen: set[str] = set()
    joined = [_with_children(plan, known, seen) for plan in outermost]
    # What only a circle leads to would be lost: it stays by itself.
    return (*joined, *(plan for plan in plans if plan.identity in inside - seen))


def _children(plan: Plan, known: Mapping[str, Plan]) -> list[str]:
    return [change.nested for change in plan.changes if change.nested and change.nested in known]


def _with_children(plan: Plan, known: Mapping[str, Plan], seen: set[str], above: tuple[str, ...] = ()) -> Plan:
    above = (*above, plan.identity)
    for change in plan.changes:
        child = known.get(change.nested or "")
        if child is not None and child.identity not in above:
            seen.add(child.identity)
            plan = merged(plan, change.resource.address, _with_children(child, known, seen, above))
    return plan


def merged(plan: Plan, stack: str, child: Plan) -> Plan:
    """The plan with what happens in one nested stack, under the stack's own address."""
    counts = dict(plan.counts)
    for action, number in child.counts.items():
        counts[action] = counts.get(action, 0) + number
    seen = [item for item in plan.undecided if not (item.rule == UNSEEN and item.address == stack)]
    return plan._replace(
        changes=(*plan.changes, *(_moved(change, stack) for change in child.changes)),
        unchanged=(*plan.unchanged, *(_inside(resource, stack) for resource in child.unchanged)),
        drift=(*plan.drift, *(_moved(change, stack) for change in child.drift)),
        counts=counts,
        edges=(*plan.edges, *(_edge(edge, stack) for edge in child.edges)),
        has_prior_state=plan.has_prior_state or child.has_prior_state,
        secrets=plan.secrets | child.secrets,
        undecided=(*seen, *(_open(item, stack) for item in child.undecided)),
        notes=tuple(dict.fromkeys((*plan.notes, *child.notes))),
        weak=plan.weak or child.weak,
        digest=sha256(f"{plan.digest} {child.digest}".encode()).hexdigest(),
    )


def _address(stack: str, address: str) -> str:
    return f"{stack}/{address}" if address else stack


def _inside(resource: Resource, stack: str) -> Resource:
    address = _address(stack, resource.address)
    return resource._replace(address=address, config=address)


def _moved(change: Change, stack: str) -> Change:
    return change._replace(resource=_inside(change.resource, stack))


def _edge(edge: Edge, stack: str) -> Edge:
    return edge._replace(dependent=_address(stack, edge.dependent), dependency=_address(stack, edge.dependency))


def _open(item: Undecided, stack: str) -> Undecided:
    return item._replace(address=_address(stack, item.address))
