"""The dependency graph: instances, direct and transitive, through modules, state, cycles and moves."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.graph import build, without_keys
from planguard.model import Action, Change, Dependents, Edge, Plan, Resource


def resource(address: str) -> Resource:
    """A resource of which only the address matters."""
    config = without_keys(address)
    name = config.rsplit(".", 1)[1]
    kind = config.rsplit(".", 2)[-2]
    tail = f"{kind}.{name}"
    module = address[: address.rindex(tail)].rstrip(".")
    return Resource(address=address, type=kind, name=name, module=module, config=config)


def plan(addresses: list[str], edges: list[tuple[str, str]] = [], state: dict[str, tuple[str, ...]] = {}) -> Plan:  # noqa: B006
    return Plan(
        source="x",
        format="terraform-plan",
        unchanged=tuple(resource(a) for a in addresses),
        edges=tuple(Edge(a, b, "attribute") for a, b in edges),
        state_edges=state,
    )


def test_direct_and_transitive() -> None:
    graph = build(plan(["t.a", "t.b", "t.c", "t.lonely"], [("t.a", "t.b"), ("t.b", "t.c")]))
    assert graph.dependents("t.c") == Dependents(1, 2)
    assert graph.dependent_addresses("t.c") == (("t.b",), ("t.a",))
    assert graph.dependencies("t.a") == (("t.b",), ("t.c",))
    assert graph.dependents("t.lonely") == Dependents(0, 0)
    assert graph.dependents("t.nowhere") == Dependents(0, 0)


def test_instances_of_one_module_do_not_need_those_of_another() -> None:
    addresses = [f'module.m["{key}"].t.{name}[{i}]' for key in ("x", "y.[0]") for name in "ab" for i in range(3)]
    graph = build(plan(addresses, [("module.m.t.a", "module.m.t.b")]))
    assert graph.dependents('module.m["x"].t.b[0]') == Dependents(3, 3)
    assert graph.dependent_addresses('module.m["y.[0]"].t.b[1]').direct == tuple(
        f'module.m["y.[0]"].t.a[{i}]' for i in range(3)
    )


def test_a_way_through_the_root_joins_all_instances_of_a_module() -> None:
    addresses = ["t.root", *(f'module.m["{k}"].t.{n}' for k in "xy" for n in "ab")]
    graph = build(plan(addresses, [("module.m.t.a", "t.root"), ("t.root", "module.m.t.b")]))
    assert graph.dependents('module.m["x"].t.b') == Dependents(1, 3)
    both = build(
        plan(addresses, [("module.m.t.a", "t.root"), ("t.root", "module.m.t.b"), ("module.m.t.a", "module.m.t.b")])
    )
    assert both.dependents('module.m["x"].t.b') == Dependents(2, 3)


def test_nested_modules_keep_only_the_keys_of_their_common_calls() -> None:
    addresses = [f'module.m["{k}"].module.n[{i}].t.{n}' for k in "xy" for i in range(2) for n in "ab"]
    graph = build(plan(addresses, [("module.m.module.n.t.a", "module.m.module.n.t.b")]))
    assert graph.dependent_addresses('module.m["x"].module.n[1].t.b').direct == ('module.m["x"].module.n[1].t.a',)


def test_a_data_source_passes_needs_on_but_does_not_count() -> None:
    graph = build(plan(["t.a", "t.b"], [("t.a", "data.t.d"), ("data.t.d", "t.b")]))
    assert graph.dependents("t.b") == Dependents(0, 1)


def test_cycles_between_state_and_configuration_are_harmless() -> None:
    graph = build(plan(["t.a[0]", "t.a[1]", "t.b"], [("t.a", "t.b")], {"t.b": ("t.a",)}))
    assert graph.dependents("t.b") == Dependents(2, 2)
    assert graph.dependents("t.a[0]").total == 2
    assert "t.a[0]" not in sum(graph.dependent_addresses("t.a[0]"), ())


def test_direct_is_estimated_where_only_the_state_knows() -> None:
    state = {"t.instance": ("t.subnet", "t.vpc"), "t.subnet": ("t.vpc",)}
    graph = build(plan(["t.instance", "t.subnet", "t.vpc"], [], state))
    assert graph.dependents("t.vpc") == Dependents(1, 2)
    assert graph.dependent_addresses("t.vpc") == (("t.subnet",), ("t.instance",))
    assert graph.dependencies("t.instance") == (("t.subnet",), ("t.vpc",))


def test_the_configuration_outranks_the_estimate() -> None:
    edges = [("t.instance", "t.vpc"), ("t.instance", "t.subnet"), ("t.subnet", "t.vpc")]
    state = {"t.instance": ("t.subnet", "t.vpc"), "t.subnet": ("t.vpc",)}
    graph = build(plan(["t.instance", "t.subnet", "t.vpc"], edges, state))
    assert graph.dependents("t.vpc") == Dependents(2, 2)


def test_deposed_objects_are_not_counted() -> None:
    base = plan(["t.a", "t.b"], [("t.a", "t.b")])
    ghost = Change(resource=resource("t.a"), action=Action.DELETE, deposed="deadbeef")
    assert build(base._replace(changes=(ghost,))).dependents("t.b") == Dependents(1, 1)


def test_a_moved_block_keeps_the_edges_of_its_old_name() -> None:
    moved = Change(resource=resource("t.new"), action=Action.NOOP, previous_address="t.old")
    base = plan(["t.b"], [], {"t.b": ("t.old",)})
    assert build(base._replace(changes=(moved,))).dependents("t.new") == Dependents(1, 1)


def test_path_is_the_shortest_and_names_the_attributes() -> None:
    edges = (Edge("t.a", "t.b", "subnet_id"), Edge("t.b", "t.c", "vpc_id"), Edge("t.a", "t.x"), Edge("t.x", "t.y"))
    base = plan(["t.a", "t.b", "t.c", "t.d"])._replace(edges=edges, state_edges={"t.c": ("t.d",)})
    graph = build(base)
    assert graph.path("t.a", "t.c") == edges[:2]
    assert graph.path("t.a", "t.d") == (*edges[:2], Edge("t.c", "t.d"))
    assert graph.path("t.c", "t.a") == ()


def test_path_respects_module_keys() -> None:
    addresses = [f'module.m["{k}"].t.{n}' for k in "xy" for n in "ab"]
    graph = build(plan(addresses, [("module.m.t.a", "module.m.t.b")]))
    assert len(graph.path('module.m["x"].t.a', 'module.m["x"].t.b')) == 1
    assert graph.path('module.m["x"].t.a', 'module.m["y"].t.b') == ()


def test_limit_keeps_the_first_by_name() -> None:
    graph = build(plan(["t.b", *(f"t.a[{i}]" for i in range(9, -1, -1))], [("t.a", "t.b")]))
    assert graph.dependent_addresses("t.b", limit=2).direct == ("t.a[0]", "t.a[1]")


def test_resources_without_blocks_stand_for_themselves() -> None:
    stack = tuple(Resource(address=a, type="AWS::X::Y") for a in ("Bucket", "Policy"))
    base = Plan(source="x", format="change-set", unchanged=stack, edges=(Edge("Policy", "Bucket", "Bucket"),))
    assert build(base).dependents("Bucket") == Dependents(1, 1)


# --- against a naive traversal ----------------------------------------------------------------------------------------

MODULES = ((), ("m",), ("m", "n"), ("o",))
KEYS = ("", '["x"]', "[0]")


def blocks() -> list[tuple[tuple[str, ...], str]]:
    return [(path, name) for path in MODULES for name in "ab"]


def block_address(path: tuple[str, ...], name: str) -> str:
    return "".join(f"module.{call}." for call in path) + f"t.{name}"


def universe(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every combination of keys that the module path could have."""
    combinations: list[tuple[str, ...]] = [()]
    for _ in path:
        combinations = [(*c, key) for c in combinations for key in KEYS]
    return combinations


def address_of(path: tuple[str, ...], keys: tuple[str, ...], name: str, index: str = "") -> str:
    return "".join(f"module.{call}{key}." for call, key in zip(path, keys, strict=True)) + f"t.{name}{index}"


@st.composite
def scenes(draw: st.DrawFn) -> Plan:
    addresses = [
        address_of(path, keys, name, index)
        for path, name in blocks()
        for keys in universe(path)
        for index in draw(st.sampled_from([(), (), ("",), ("[0]", "[1]")]))
    ]
    names = [block_address(*b) for b in blocks()] + ["data.t.d"]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    edges = draw(st.lists(pairs, max_size=9))
    known = draw(st.dictionaries(st.sampled_from(names), st.lists(st.sampled_from(names), max_size=3), max_size=4))
    base = plan(addresses, edges, {k: tuple(x for x in v if x != k) for k, v in known.items()})
    half = len(addresses) // 2
    changes = tuple(Change(resource=r, action=Action.DELETE) for r in base.unchanged[:half])
    return base._replace(changes=changes, unchanged=base.unchanged[half:])


def naive_dependents(scene: Plan, start: Resource) -> set[str]:
    """Walk over imagined instances with every combination of keys; keep those that exist."""
    paths = {block_address(*b): b[0] for b in blocks()} | {"data.t.d": ()}
    needed_by: dict[str, set[str]] = {}
    for edge in scene.edges:
        needed_by.setdefault(edge.dependency, set()).add(edge.dependent)
    for dependent, dependencies in scene.state_edges.items():
        for dependency in dependencies:
            needed_by.setdefault(dependency, set()).add(dependent)

    def common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
        return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

    existing = {c.resource.address: c.resource for c in scene.changes} | {r.address: r for r in scene.unchanged}
    keys_of = {
        (block_address(path, name), address_of(path, keys, name)): keys
        for path, name in blocks()
        for keys in universe(path)
    }

    def keys(resource: Resource) -> tuple[str, ...]:
        tail = f"t.{resource.name}"
        bare = resource.address[: resource.address.rindex(tail) + len(tail)]
        return keys_of[resource.config, bare]

    first = (start.config, keys(start))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    todo = [first]
    while todo:
        block, held = todo.pop()
        for other in needed_by.get(block, ()):
            shared = common(paths[block], paths[other])
            for theirs in universe(paths[other]):
                if theirs[:shared] == held[:shared] and (other, theirs) not in seen:
                    seen.add((other, theirs))
                    todo.append((other, theirs))
    return {a for a, r in existing.items() if (r.config, keys(r)) in seen} - {start.address}


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_counts_equal_a_naive_traversal(scene: Plan) -> None:
    graph = build(scene)
    everything = [c.resource for c in scene.changes] + list(scene.unchanged)
    graph.prepare(r.address for r in everything)
    for one in everything[:: max(1, len(everything) // 12)]:
        expected = naive_dependents(scene, one)
        direct, transitive = graph.dependent_addresses(one.address)
        assert set(direct) | set(transitive) == expected
        assert graph.dependents(one.address) == Dependents(len(direct), len(expected))
        for other in transitive[:2]:
            assert graph.path(other, one.address)
            assert one.address in sum(graph.dependencies(other), ())


@settings(max_examples=30, deadline=None)
@given(scenes(), st.randoms(use_true_random=False))
def test_order_of_the_input_changes_nothing(scene: Plan, random: Random) -> None:
    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        copy = list(items)
        random.shuffle(copy)
        return tuple(copy)

    other = scene._replace(
        changes=mixed(scene.changes),
        unchanged=mixed(scene.unchanged),
        edges=mixed(scene.edges),
        state_edges=dict(mixed(tuple((k, mixed(v)) for k, v in scene.state_edges.items()))),
    )
    one, two = build(scene), build(other)
    for r in scene.unchanged[:10]:
        assert one.dependents(r.address) == two.dependents(r.address)
        assert one.dependent_addresses(r.address) == two.dependent_addresses(r.address)
        for c in scene.changes[:3]:
            assert one.path(r.address, c.resource.address) == two.path(r.address, c.resource.address)


def test_circles_cost_no_more_than_their_length() -> None:
    """Blocks that need each other in a row, asked for from both ends: passes over all of them would be quadratic."""
    import time

    length = 4000
    names = [f"t.n{i}" for i in range(length)]
    edges = [(a, b) for a, b in pairwise(names)] + [(b, a) for a, b in pairwise(names)] + [("t.end", names[-1])]
    graph = build(plan([*names, "t.end"], edges))
    started = time.process_time()
    graph.prepare([names[0], names[-1], names[length // 2]])
    assert time.process_time() - started < 3
    assert graph.dependents(names[0]).total == length
    assert graph.dependents(names[-1]).total == length


@given(st.data())
def test_large_graphs_with_circles_count_as_small_ones(data: st.DataObject) -> None:
    """The way for large graphs gives what repeated passes give."""
    from planguard.graph import sweep

    names = [f'module.m["{key}"].t.n{i}' for i in range(3) for key in "xy"] + [f"t.r{i}" for i in range(4)]
    blocks = sorted({without_keys(name) for name in names})
    pairs = st.tuples(st.sampled_from(blocks), st.sampled_from(blocks))
    modules = data.draw(st.booleans())
    used = names if modules else [name for name in names if not name.startswith("module")]
    known = {without_keys(name) for name in used}
    edges = [(a, b) for a, b in data.draw(st.lists(pairs, max_size=14)) if a in known and b in known]
    found = plan(used, edges)
    small = {name: build(found).dependents(name) for name in used}
    before = sweep.MANY
    sweep.MANY = 0
    try:
        large = {name: build(found).dependents(name) for name in used}
    finally:
        sweep.MANY = before
    assert large == small
