"""The state of affairs: every identity of a plan, what it may destroy without a human, what holds it back.

Owns the form of the audit, which is the JSON of `planguard iam` as it stands. What the plan leaves alone is in it too.
Judges no change: that is `dangers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planguard.identities import actions, azure, dangers, google, resource_policies, trust, words
from planguard.identities.audit import Identity, Side, identities
from planguard.identities.conditions import EITHER
from planguard.identities.document import UNTOLD
from planguard.identities.power import beyond
from planguard.model import Action, Change, Plan

SCHEMA = 1
HIDDEN = "(sensitive)"


def of(plan: Plan) -> Mapping[str, Any]:
    """The audit of one plan, made of what JSON has; the same plan gives the same audit."""
    rows = [_row(one) for one in identities(plan) if not (one.kind == "policy" and one.held)]
    rows += _let_in(plan)
    rows += [*_bindings(google.holdings(plan)), *_bindings(azure.holdings(plan))]
    rows.sort(key=lambda row: (-_worst(row), row["address"], row["kind"], row["name"]))
    return {"schema": SCHEMA, "source": plan.source, "identities": rows}


def _worst(row: Mapping[str, Any]) -> int:
    return max((power["weight"] for power in row["powers"]), default=0) if row["behind"] != trust.PERSON else -1


def _row(one: Identity) -> dict[str, Any]:
    side = one.after if one.after.exists else one.before
    change = "gone" if not one.after.exists else "new" if not one.before.exists else ""
    return {
        "kind": one.kind,
        "name": "" if one.name.startswith(UNTOLD) else one.name,
        "address": one.address,
        "change": change or ("changed" if one.touched else "unchanged"),
        "behind": side.behind,
        "trusted": sorted({trusted.shown for trusted in side.trusted}),
        "powers": [_power(power) for power in _by_class(side)],
        "held_back": [actions.TITLES[kind] for kind in _held_back(side)],
        "guards": list(side.guards),
        "holes": list(side.effective.holes),
        "cannot_tell": sorted(side.unclear),
    }


def _let_in(plan: Plan) -> Iterator[dict[str, Any]]:
    """Those whom the policy of a bucket, a key or another thing lets destroy it."""
    for change, who, found in resource_policies.let_in(plan):
        yield {
            "kind": "principal",
            "name": who.shown,
            "address": change.resource.address,
            "change": _NEWS.get(change.action, "changed"),
            "behind": who.behind,
            "trusted": [],
            "powers": [_power(power) for power in _worst_of_each(found)],
            "held_back": [],
            "guards": [],
            "holes": [],
            "cannot_tell": sorted(who.unclear),
        }


_NEWS = {Action.NOOP: "unchanged", Action.CREATE: "new"}


def _by_class(side: Side) -> Iterator[dangers.Power]:
    """The worst power of each class."""
    yield from _worst_of_each(dangers.powers(side.effective.grants, side))


def _worst_of_each(found: Iterable[dangers.Power]) -> Iterator[dangers.Power]:
    seen = set()
    for power in found:
        if power.kind not in seen:
            seen.add(power.kind)
            yield power


def _power(power: dangers.Power) -> dict[str, Any]:
    names = list(actions.members(power.grant.mask))
    return {
        "class": power.kind,
        "could": actions.TITLES[power.kind],
        "weight": power.weight,
        "action": HIDDEN if power.grant.statement.hidden else power.written,
        "on": HIDDEN if power.grant.statement.hidden else power.grant.resource,
        "from": power.grant.origin,
        "examples": names[: words.EXAMPLES],
        "actions": len(names),
        "production": power.scope.production,
    }


def _held_back(side: Side) -> Iterator[str]:
    """The classes that its statements allow, and a guard does not let a machine have."""
    stopped = 0
    # What gets through by any kind of request is not held back.
    through = [grant._replace(requests=EITHER) for grant in side.effective.grants]
    for grant in beyond(side.bare, through):
        stopped |= grant.mask
    for kind, _ in actions.by_class(stopped):
        if kind in actions.GRAVE or kind in actions.DISTURBING:
            yield kind


def _bindings(found: Iterator[tuple[Change, google.Holding, tuple[str, ...] | None]]) -> Iterator[dict[str, Any]]:
    for change, holding, classes in found:
        person = holding.member.startswith(("user:", "group:", "domain:"))
        yield {
            "kind": "binding",
            "name": holding.member if holding.member != UNTOLD else "",
            "address": change.resource.address,
            "change": _NEWS.get(change.action, "changed"),
            "behind": trust.PERSON if person else trust.MACHINE,
            "trusted": [],
            "powers": [_binding_power(name, holding, change) for name in classes or ()],
            "held_back": [],
            "guards": [],
            "holes": [],
            "cannot_tell": [] if classes is not None else [f"the plan does not show what {holding.role} allows"],
        }


def _binding_power(name: str, holding: google.Holding, change: Change) -> dict[str, Any]:
    return {
        "class": name,
        "could": actions.TITLES[name],
        "weight": google.weight(name, holding),
        "action": holding.role,
        "on": holding.where,
        "from": change.resource.address,
        "examples": [],
        "actions": 0,
        "production": False,
    }
