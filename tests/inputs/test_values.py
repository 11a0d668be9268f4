"""Masks: what is unknown or sensitive is a leaf that says so, and every secret is known by value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard.inputs.values import attributes, collect, guessed_mask, merge, telling
from planguard.model import UNKNOWN, Sensitive


def collected(value, mask):
    found: set[str] = set()
    collect(value, mask, found)
    return found


def test_unknown_values_appear_where_the_document_leaves_them_out():
    value = {"name": "a", "list": ["x"], "block": [{"a": 1}]}
    mask = {"id": True, "list": [False, True], "block": [{"b": True}, {"c": True}], "map": {"k": True}, "gone": {}}
    assert merge(value, unknown=mask) == {
        "name": "a",
        "id": UNKNOWN,
        "list": ["x", UNKNOWN],
        "block": [{"a": 1, "b": UNKNOWN}, {"c": UNKNOWN}],
        "map": {"k": UNKNOWN},
    }


def test_the_document_itself_is_not_written_to():
    value = {"block": [{"a": 1}], "secret": "abcd"}
    before = json.dumps(value)
    merge(value, unknown={"block": [{"b": True}]}, sensitive={"secret": True})
    assert json.dumps(value) == before


def test_sensitive_values_compare_and_do_not_print():
    tree = merge({"password": "hunter22", "port": 1}, sensitive={"password": True})
    assert tree["password"] == "hunter22"
    assert "hunter22" not in f"{tree}{tree['password']}{tree!r}"


def test_null_and_unknown_stay_visible_under_a_sensitive_mark():
    tree = merge({"a": None}, unknown={"b": True}, sensitive={"a": True, "b": True})
    assert tree == {"a": None, "b": UNKNOWN}
    assert tree["a"] is None


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ({"a": "secret"}, [True]),
        (["secret"], {"0": True}),
        ("secret", {"a": True}),
        (["secret"], [False, True]),
        ("secret", [[{"x": True}]]),
    ],
)
def test_where_mask_and_value_differ_in_shape_all_of_it_is_secret(value, mask):
    assert isinstance(merge({"k": value}, sensitive={"k": mask})["k"], Sensitive)
    assert collected(value, mask) == {"secret"}


def test_an_object_that_is_sensitive_as_a_whole_is_so_in_each_attribute():
    tree = attributes({"a": "x", "b": None}, sensitive=True)
    assert isinstance(tree["a"], Sensitive)
    assert tree["b"] is None


def test_what_is_no_object_has_no_attributes():
    assert attributes(["a"]) == {}
    assert attributes(None, sensitive=True) == {}


def test_secrets_are_strings_and_numbers_but_no_booleans_keys_or_crumbs():
    value = {"user": "name-1", "deep": [{"pin": 123456, "on": True, "x": "abc", "none": None, "f": 12.25}]}
    assert collected(value, True) == {"name-1", "123456", "12.25"}


def test_secrets_are_known_in_the_form_in_which_json_writes_them():
    found = collected('a"b\né', True)
    assert found == {'a"b\né', r"a\"b\n\u00e9", r"a\"b\né"}


def test_lists_are_marked_by_position():
    assert collected(["first", "second"], [False, True]) == {"second"}


@pytest.mark.parametrize(
    "name", ["password", "master_password", "client_secret", "token", "private_key_pem", "API_KEY"]
)
def test_names_that_tell(name):
    assert telling(name)


@pytest.mark.parametrize("name", ["password_length", "secret_id", "tokens_per_minute", "key", "kms_key_id", "tags"])
def test_names_that_do_not(name):
    assert not telling(name)


def test_without_masks_names_decide():
    value = {"name": "orders", "block": [{"password": "hunter22"}], "token": True}
    assert guessed_mask(value) == {"block": [{"password": True}]}


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3)
)
MASKS = st.recursive(
    st.booleans(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3)
)


@given(TREES, MASKS, MASKS)
def test_any_pair_of_masks_fits_any_value(value, unknown, sensitive):
    merged = merge(value, unknown=unknown, sensitive=sensitive)
    if unknown is True:
        assert merged is UNKNOWN
    elif sensitive is True and merged is not UNKNOWN and merged is not None:
        assert isinstance(merged, Sensitive)


@given(TREES, MASKS)
def test_what_is_collected_is_hidden_in_the_tree(value, mask):
    """A leaf that the mask marks never stays readable in the merged tree at its place."""
    merged = merge({"k": value}, sensitive={"k": mask})["k"]

    def readable(node, original, marked):
        if isinstance(node, Sensitive) or node is None:
            return
        assert marked is not True
        if isinstance(node, dict) and isinstance(marked, dict):
            for key in node:
                readable(node[key], original[key], marked.get(key))
        elif isinstance(node, list) and isinstance(marked, list):
            for position, item in enumerate(node):
                readable(item, original[position], marked[position] if position < len(marked) else None)

    readable(merged, value, mask)
