"""What becomes of those that need something which goes: told apart, counted by instance, in one sweep."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.graph import build, without_keys
from planguard.model import Action, Change, Edge, Plan, Radius, Resource

ORDER = ("database", "network")


def resource(address: str) -> Resource:
    """A resource of which only the address and the type matter."""
    config = without_keys(address)
    kind, name = config.rsplit(".", 2)[-2:]
    module = address[: address.rindex(f"{kind}.{name}")].rstrip(".")
    return Resource(address=address, type=kind, name=name, module=module, config=config)


def plan(fates: dict[str, Action | None], edges: list[tuple[str, str]]) -> Plan:
    """Address → what happens to it; None: nothing."""
    return Plan(
        source="x",
        format="terraform-plan",
        changes=tuple(Change(resource(a), action) for a, action in fates.items() if action is not None),
        unchanged=tuple(resource(a) for a, action in fates.items() if action is None),
        edges=tuple(Edge(a, b, "attribute") for a, b in edges),
    )


def category(one: Resource) -> str:
    return {"db": "database", "net": "network"}.get(one.type, "other")


def radius(found: Plan, address: str) -> Radius | None:
    return build(found).radii([address], category, ORDER, [address]).get(address)


def test_those_that_need_it_are_told_apart() -> None:
    found = plan(
        {
            "net.vpc": Action.REPLACE,
            "net.subnet[0]": Action.REPLACE,
            "net.subnet[1]": Action.DELETE,
            "db.group": Action.UPDATE,
            "app.new": Action.CREATE,
            "app.kept": None,
            "db.main": None,
            "app.elsewhere": None,
        },
        [
            ("net.subnet", "net.vpc"),
            ("db.group", "net.subnet"),
            ("db.main", "db.group"),
            ("app.new", "net.subnet"),
            ("app.kept", "net.vpc"),
        ],
    )
    assert radius(found, "net.vpc") == Radius(
        destroyed=2,
        updated=1,
        created=1,
        cut_off=2,
        categories={"database": 2, "network": 2, "other": 1},
        named=("db.main", "app.kept"),
    )
    assert radius(found, "app.elsewhere") is None


def test_only_the_instances_of_the_same_module_are_cut_off() -> None:
    found = plan(
        {
            'module.m["a"].net.v': Action.DELETE,
            'module.m["b"].net.v': None,
            'module.m["a"].db.d': None,
            'module.m["b"].db.d': None,
            'module.m["a"].app.x[0]': Action.UPDATE,
            'module.m["b"].app.x[0]': Action.UPDATE,
        },
        [("module.m.db.d", "module.m.net.v"), ("module.m.app.x", "module.m.db.d")],
    )
    assert radius(found, 'module.m["a"].net.v') == Radius(
        updated=1, cut_off=1, categories={"database": 1, "other": 1}, named=('module.m["a"].db.d',)
    )


def test_a_circle_does_not_count_what_goes() -> None:
    found = plan({"t.a": Action.DELETE, "t.b": None}, [("t.a", "t.b"), ("t.b", "t.a")])
    assert radius(found, "t.a") == Radius(cut_off=1, categories={"other": 1}, named=("t.b",))


ACTIONS = (None, None, Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE, Action.FORGET)
ADDRESSES = [f'module.m["{key}"].{kind}.x' for key in "ab" for kind in ("db", "net")]
ADDRESSES += [f"{kind}.y[{index}]" for kind in ("db", "net", "app") for index in range(2)]
BLOCKS = sorted({without_keys(address) for address in ADDRESSES})


@settings(max_examples=200)
@given(
    st.fixed_dictionaries({address: st.sampled_from(ACTIONS) for address in ADDRESSES}),
    st.lists(st.tuples(st.sampled_from(BLOCKS), st.sampled_from(BLOCKS)), max_size=8),
)
def test_it_counts_exactly_the_dependents(fates: dict[str, Action | None], edges: list[tuple[str, str]]) -> None:
    found = plan(fates, edges)
    graph = build(found)
    radii = graph.radii(ADDRESSES, category, ORDER, ADDRESSES)
    names: dict[Action | None, str] = {
        Action.DELETE: "destroyed",
        Action.REPLACE: "destroyed",
        Action.UPDATE: "updated",
        Action.CREATE: "created",
    }
    for address in ADDRESSES:
        direct, others = graph.dependent_addresses(address)
        dependents = [*direct, *others]
        counts = Counter(names.get(fates[a], "cut_off") for a in dependents)
        one = radii.get(address, Radius())
        assert {name: getattr(one, name) for name in counts} == counts
        assert one.destroyed + one.updated + one.created + one.cut_off == len(dependents)
        existing = [a for a in dependents if fates[a] is not Action.CREATE]
        assert dict(one.categories) == Counter(category(resource(a)) for a in existing)
        cut_off = {a for a in dependents if names.get(fates[a], "cut_off") == "cut_off"}
        assert set(one.named) <= cut_off
        assert len(one.named) == min(3, len(cut_off))


def test_many_hubs_cost_one_sweep() -> None:
    """1,000 hubs, each needed by everything in a chain of 2,000 blocks: one traversal per hub would take minutes."""
    hubs, chain = 1000, 2000
    fates: dict[str, Action | None] = {f"net.hub{i}": Action.DELETE for i in range(hubs)}
    fates |= {f"app.link{i}": None for i in range(chain)}
    edges = [("app.link0", hub) for hub in list(fates)[:hubs]]
    edges += [(f"app.link{i + 1}", f"app.link{i}") for i in range(chain - 1)]
    graph = build(plan(fates, edges))
    started = time.process_time()
    radii = graph.radii([f"net.hub{i}" for i in range(hubs)], category, ORDER, [f"net.hub{i}" for i in range(50)])
    spent = time.process_time() - started
    assert {one.cut_off for one in radii.values()} == {chain}
    assert radii["net.hub7"].named == ("app.link0", "app.link1", "app.link10")
    assert spent < 5


@pytest.mark.skipif(
    "PLANGUARD_INCIDENTS" not in os.environ, reason="PLANGUARD_INCIDENTS is not set: the recorded plans are not here"
)
def test_the_database_behind_the_network_is_cut_off() -> None:
    from planguard import inputs

    (folder,) = Path(os.environ["PLANGUARD_INCIDENTS"]).glob("10-*")
    (found,) = inputs.load(str(folder / "plan.json"))
    one = radius(found, "aws_vpc.main")
    assert one is not None
    assert one.named == ("aws_db_instance.main",)
    assert (one.destroyed, one.updated, one.cut_off) == (27, 2, 1)
