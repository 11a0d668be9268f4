"""Broken, cut and shuffled input ends in a plan or in one sentence; and a delete that can still be read stays one."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan_documents import change, plan
from planguard.errors import PlanguardError
from planguard.inputs import load
from planguard.model import Plan

DOCUMENT = plan(
    change(
        "aws_db_instance.a",
        before={"id": "i", "password": "hunter22", "list": [{"a": 1}]},
        before_sensitive={"password": True},
    ),
    change('module.m["x.y"].aws_vpc.b[0]', actions=["create", "delete"], index=0, replace_paths=[["a", 0]]),
    change("t.c", actions=["no-op"], previous_address="t.d"),
    resource_drift=[change("t.e")],
    deferred_changes=[{"reason": "x", "resource_change": change("t.f")}],
    output_changes={"o": {"actions": ["create"], "after": "x", "after_sensitive": True}},
    variables={"v": {"value": "x"}},
    prior_state={
        "values": {"root_module": {"resources": [{"address": "t.g", "mode": "managed", "depends_on": ["t.h"]}]}}
    },
    configuration={
        "provider_config": {"aws": {"expressions": {"region": {"constant_value": "x"}}}},
        "root_module": {
            "resources": [
                {"mode": "managed", "type": "t", "name": "c", "expressions": {"x": {"references": ["module.m.o"]}}}
            ],
            "module_calls": {"m": {"module": {"outputs": {"o": {"expression": {"references": ["t.i"]}}}}}},
        },
    },
)
MESSAGES = [
    {"@level": "info", "@message": "x", "type": "version", "terraform": "1.11.4"},
    {
        "@level": "info",
        "@message": "x",
        "type": "planned_change",
        "change": {"resource": {"addr": "t.a"}, "action": "delete"},
    },
    {"@level": "info", "@message": "x", "type": "change_summary", "changes": {"remove": 1, "operation": "plan"}},
]
SEEDS = {
    "plan": json.dumps(DOCUMENT).encode(),
    "utf-16": json.dumps(DOCUMENT).encode("utf-16"),
    "stream": "\n".join(map(json.dumps, MESSAGES)).encode(),
}


def attempt(data: bytes) -> tuple[Plan, ...] | None:
    """The plans; None where planguard refuses. Any other exception fails the test."""
    try:
        plans = load("-", stdin=io.BytesIO(data))
        for found in plans:
            for item in (*found.changes, *found.drift, *found.deferred):
                for values in (item.before, item.after):
                    if values is not None:
                        repr(values.tree)
        repr(plans)
    except PlanguardError as error:
        assert error.exit_code == 3
        assert "hunter22" not in f"{error} {error.hint}"
        return None
    return plans


@st.composite
def mutated(draw, seed: bytes) -> bytes:
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "drop", "change", "repeat", "insert"]))
        if kind == "cut":
            del data[start:]
        elif kind == "drop":
            del data[start:end]
        elif kind == "change" and data:
            data[start] = draw(st.integers(0, 255))
        elif kind == "repeat":
            data[start:start] = data[start:end]
        else:
            data[start:start] = draw(
                st.sampled_from([b"{", b"}", b'"', b"[]", b"null", b"1e999", b"\\ud800", b"\xff", b"\0"])
            )
    return bytes(data)


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS.keys())
def test_no_bytes_break_it(seed):
    @settings(max_examples=200)
    @given(mutated(seed))
    def run(data):
        attempt(data)

    run()


ODD = st.sampled_from([None, True, 0, -1, 1.5, "", "x", [], {}, [1], {"a": None}, ["x", {}], "data.t.n", "delete"])


def places(node, path=()):
    yield path
    if isinstance(node, dict):
        for key, item in node.items():
            yield from places(item, (*path, key))
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from places(item, (*path, position))


def with_value(node, path, value):
    if not path:
        return value
    copied = node.copy()
    copied[path[0]] = with_value(node[path[0]], path[1:], value)
    return copied


@settings(max_examples=300)
@given(st.sampled_from(list(places(DOCUMENT))[1:]), ODD)
def test_no_structure_breaks_it_and_no_delete_gets_lost(path, value):
    """Whatever stands at one place of the document: the deletes elsewhere stay, or it is refused."""
    plans = attempt(json.dumps(with_value(DOCUMENT, path, value)).encode())
    if plans is None:
        return
    (found,) = plans
    expected = {(0, "aws_db_instance.a", "delete"), (1, 'module.m["x.y"].aws_vpc.b[0]', "replace")}
    if path[0] == "resource_changes":
        expected = {item for item in expected if len(path) > 1 and path[1] != item[0]}
    read = {(item.resource.address, item.action.value) for item in found.changes}
    assert {(address, action) for _, address, action in expected} <= read


@given(st.permutations(DOCUMENT["resource_changes"]))
def test_the_order_of_the_elements_changes_nothing(elements):
    first = attempt(json.dumps(DOCUMENT).encode())
    second = attempt(json.dumps({**DOCUMENT, "resource_changes": elements}).encode())
    assert first is not None and second is not None
    key = lambda item: item.resource.address  # noqa: E731
    assert sorted(first[0].changes, key=key) == sorted(second[0].changes, key=key)
    assert (first[0].counts, first[0].secrets, first[0].edges) == (second[0].counts, second[0].secrets, second[0].edges)
