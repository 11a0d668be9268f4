"""Two implementations, one truth: a document read piece by piece gives the plan that it gives as a whole."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from large_documents import compact, document, entry, in_pieces, same, whole
from planguard.errors import InputError
from planguard.inputs import large
from planguard.model import Action

BLOCKS = (64, 129, 512, 3000, 1 << 18)


@pytest.mark.parametrize("block", [*range(50, 90, 7), *BLOCKS])
def test_every_size_of_block_gives_the_same_plan(block: int) -> None:
    same(compact(document()), block)


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_indented_documents(indent: int) -> None:
    same(json.dumps(document(), indent=indent).encode(), *BLOCKS)


def test_other_white_space_and_windows_line_ends() -> None:
    data = json.dumps(document(), indent=2).replace("\n", "\r\n").encode()
    same(data, *BLOCKS)
    same(json.dumps(document(), indent="\t").encode(), *BLOCKS)
    same(json.dumps(document()).encode(), *BLOCKS)


@pytest.mark.parametrize("key", sorted(document()))
def test_each_top_level_key_may_be_absent_null_or_of_another_type(key: str) -> None:
    left_out = {name: value for name, value in document().items() if name != key}
    same(compact(left_out), *BLOCKS)
    others: list[Any] = [None, {}, [], "text", 7, True, [None], [[]], {"root_module": None}, {"values": None}]
    for value in [*others, {"values": []}]:
        same(compact(document() | {key: value}), 64, 512)


def test_keys_in_another_order() -> None:
    reverse: Any = _reversed(document())
    same(compact(reverse), *BLOCKS)
    same(json.dumps(document(), sort_keys=True).encode(), *BLOCKS)


def test_forms_from_before_masks_existed() -> None:
    old = document()
    for change in old["resource_changes"]:
        for key in ("before_sensitive", "after_sensitive"):
            del change["change"][key]
    old = json.loads(json.dumps(old))
    for resource in _resources(old):
        resource.pop("sensitive_values", None)
    same(compact(old), *BLOCKS)


@pytest.mark.parametrize(
    "more",
    [
        {"module_address": None},
        {"deposed": "abcd1234"},
        {"deposed": True},
        {"previous_address": "aws_db_instance.old"},
        {"importing": {"id": "db-1"}},
        {"replace_paths": [["name"], ["tags", "a", 0]]},
        {"type": 5},
        {"mode": "data"},
        {"index": 'a"].b["<&>'},
        {"provider_name": None},
        {"provider_name": ["aws"], "actions": ["no-op"]},
        {"module_address": {}, "actions": ["no-op"]},
        {"name": None, "actions": ["no-op"]},
        {"before": 5},
        {"before": {"id": 123456789012345678901234567890, "x": 1.5, "y": -0.0}},
        {"after_unknown": True},
        {"before_sensitive": True},
        {"before_sensitive": {"id": True}},
        {"actions": []},
        {"actions": "delete"},
        {"actions": ["no-op"], "previous_address": "module.x.aws_db_instance.old"},
        {"something_new": [1, 2, {"address": "x"}]},
        {"name": "größe\u2028<>&"},
    ],
    ids=str,
)
def test_odd_elements(more: dict[str, Any]) -> None:
    changed = document()
    changed["resource_changes"].insert(5, entry(77, **({"actions": ["delete", "create"]} | more)))
    same(compact(changed), *BLOCKS)
    same(json.dumps(changed, indent=2).encode(), 64, 512)


@pytest.mark.parametrize(
    "element", [None, 5, "x", [], {}, {"address": "a.b"}, {"change": None}, {"address": "a.b", "change": []}], ids=str
)
def test_elements_that_are_no_changes_are_refused(element: Any) -> None:
    changed = document()
    changed["resource_changes"].insert(7, element)
    assert isinstance(whole(compact(changed)), InputError)
    same(compact(changed), *BLOCKS)


@pytest.mark.parametrize(
    "written",
    [
        b'"actions":["no-op"],',
        b'"before":null,',
        b'"after_sensitive":false,',
        b'"before":{"id":"x"},',
        b'"importing":{"id":"a"},"importing":{"id":"b"},',
    ],
)
def test_a_key_written_twice_is_refused(written: bytes) -> None:
    data = compact(document())
    at = data.index(b'"change":{', data.index(b'"resource_changes"')) + len(b'"change":{')
    doubled = data[:at] + written + data[at:]
    assert isinstance(whole(doubled), InputError)
    same(doubled, *BLOCKS)


@pytest.mark.parametrize("key", ["address", "mode", "type", "index", "change", "action_reason", "deposed"])
def test_a_key_of_an_element_written_twice_is_refused(key: str) -> None:
    data = compact(document())
    value = {"index": b"1", "change": b"{}"}.get(key, b'"managed"')
    member = b'"%s":%s,' % (key.encode(), value)
    at = data.index(b'{"address"', data.index(b'"resource_changes"')) + 1
    doubled = data[:at] + member * (2 if key in ("deposed", "action_reason") else 1) + data[at:]
    assert isinstance(whole(doubled), InputError)
    same(doubled, *BLOCKS)


def test_a_top_level_key_written_twice_is_refused() -> None:
    data = compact(document())
    for member in (
        b'"errored":false,',
        b'"resource_changes":[],',
        b'"planned_values":{},',
        b'"relevant_attributes":[],',
    ):
        doubled = b"{" + member + data[1:]
        assert isinstance(whole(doubled), InputError)
        same(doubled, *BLOCKS)


@pytest.mark.parametrize(
    "replacement", [b"[,", b"[1 ", b"]", b"}", b'"', b"\\", b"NaN", b"\xff", b"\x01", b"tru", b"01"]
)
@pytest.mark.parametrize("place", range(0, 100, 7))
def test_what_is_no_json_is_refused_wherever_it_stands(place: int, replacement: bytes) -> None:
    data = compact(document(4))
    at = len(data) * place // 100
    same(data[:at] + replacement + data[at + 1 :], 64, 700, 1 << 18)


@pytest.mark.parametrize("key", ["resource_changes", "planned_values", "prior_state", "relevant_attributes"])
def test_a_comma_before_a_closing_bracket_is_refused(key: str) -> None:
    data = compact(document(4))
    start = data.index(b'"%s"' % key.encode())
    at = data.index(b"}],", start) + 1
    same(data[:at] + b"," + data[at:], *BLOCKS)
    assert isinstance(in_pieces(data[:at] + b" , " + data[at:], 64), InputError)


def test_every_truncation_is_an_error() -> None:
    data = compact(document(4))
    for end in range(0, len(data), 37):
        for block in (64, 1 << 18):
            assert isinstance(in_pieces(data[:end], block), InputError), end


@pytest.mark.parametrize("name", [b"modules", b"child_modules "])
def test_modules_under_a_key_of_another_name_are_no_modules(name: bytes) -> None:
    same(compact(document()).replace(b'"child_modules"', b'"%s"' % name), *BLOCKS, 90)


def test_objects_where_names_of_blocks_belong() -> None:
    odd = b'"depends_on":[{"address":"a.b","mode":"x"},{"address":"a.c","mode":"y"},{},"aws_vpc.odd",'
    data = compact(document())
    at = data.index(b'"depends_on":[', data.index(b'"prior_state"'))
    same(data[:at] + odd + data[at + len(b'"depends_on":[') :], *range(50, 400, 20))


def test_lone_surrogates_and_numbers_beyond_floats() -> None:
    data = compact(document())
    for written in (b'"\\ud800"', b"1e999", b"-1E+400", b"9" * 5000, b'"\\ud83d\\ude00"', b'"\xf0\x9f\x98\x80"'):
        same(data.replace(b'"db-4"', written), *BLOCKS)
        same(data.replace(b'"geheim-1"', written), *BLOCKS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbf", b""),
        (b"[command]/usr/bin/terraform show -json tfplan\n", b"\n::debug::stdout: {}\n"),
        (b"\xef\xbb\xbf\n  # made by CI\n", b"\n\n" + b"::set-output name=stdout::" + b'{"x":1}' * 999 + b"\n"),
        (b"", b"surprise"),
        (b"", b"]"),
        (b"", b"\n# the end"),
    ],
)
def test_what_wrappers_add(before: bytes, after: bytes) -> None:
    same(before + compact(document(3)) + after, *BLOCKS)


def test_several_documents_in_one_file() -> None:
    one, two = compact(document(3)), compact(document(5, terraform_version="1.9.0"))
    same(one + two, *BLOCKS)
    same(one + b"\n" + two + b"\n" + one + b"\n", *BLOCKS)
    same(one + b'{"lineage":"x"}', *BLOCKS)


def test_what_is_no_plan_is_refused() -> None:
    for value in ({}, {"format_version": "1.0", "values": {}}, {"format_version": "9.0", "errored": True}):
        assert isinstance(in_pieces(compact(value), 64), InputError)
        same(compact(value), 64)


def test_values_of_changes_outlive_the_pieces_they_came_from() -> None:
    data = compact(document(40))
    plans = in_pieces(data, 256)
    assert not isinstance(plans, InputError)
    deleted = [change for change in plans[0].changes if change.action is Action.DELETE]
    assert {change.resource.key: change.before.get("id") for change in deleted if change.before} == {
        number: f"db-{number}" for number in range(4, 40, 7)
    }


def test_suits() -> None:
    data = compact(document(2))
    assert large.suits(data[:4096])
    assert large.suits(b"\xef\xbb\xbf[command]terraform show\n" + data[:4096])
    assert large.suits(json.dumps(document(2), indent=2, sort_keys=True).encode()[:4096])
    for head in (b"", b"[]", b"[" + data, data.decode().encode("utf-16"), b'{"Changes":[]}', b'{"@level":"info"}'):
        assert not large.suits(head)


def _mutated(node: Any, source: random.Random) -> Any:
    """A document with one node replaced, removed or doubled."""
    node = copy.deepcopy(node)
    parent, key = node, None
    while isinstance(parent, dict | list) and parent:
        key = source.choice(list(parent)) if isinstance(parent, dict) else source.randrange(len(parent))
        if not isinstance(parent[key], dict | list) or not parent[key] or source.random() < 0.15:
            break
        parent = parent[key]
    odd = [None, True, 0, "", "x", [], {}, {"address": "a.b"}, [{"address": "a.b", "mode": "managed"}], 1e300, "},{"]
    what = source.random()
    if what < 0.2:
        del parent[key]
    elif what < 0.3 and isinstance(parent, list):
        parent.insert(0, copy.deepcopy(parent[cast("int", key)]))
    else:
        parent[key] = source.choice(odd)
    return node


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.sampled_from([None, 2]), st.sampled_from([64, 200, 1000, 1 << 18]))
def test_mutated_structures(seed: int, indent: int | None, block: int) -> None:
    source = random.Random(seed)
    mutant = document(6)
    for _ in range(source.randint(1, 3)):
        mutant = _mutated(mutant, source)
    same(compact(mutant) if indent is None else json.dumps(mutant, indent=indent).encode(), block)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.sampled_from([64, 200, 1000, 1 << 18]))
def test_mutated_bytes(seed: int, block: int) -> None:
    source = random.Random(seed)
    data = bytearray(compact(document(5)))
    for _ in range(source.randint(1, 2)):
        at = source.randrange(len(data))
        if source.random() < 0.5:
            data[at] = source.choice(b'{}[],:"\\0123eE+-.tfn \n\x01\x80u/')
        elif source.random() < 0.5:
            del data[at : at + source.randint(1, 30)]
        else:
            start = source.randrange(len(data))
            data[at:at] = data[start : start + source.randint(1, 60)]
    same(bytes(data), block)


def _reversed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _reversed(node[key]) for key in reversed(node)}
    return [_reversed(item) for item in node] if isinstance(node, list) else node


def _resources(node: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    pending = [node["planned_values"]["root_module"], node["prior_state"]["values"]["root_module"]]
    while pending:
        module = pending.pop()
        found += module.get("resources", [])
        pending += module.get("child_modules", [])
    return found
