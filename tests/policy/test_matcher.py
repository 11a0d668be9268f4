"""The `when` vocabulary: three-valued, and every operator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard.model import UNKNOWN, Sensitive
from planguard.policy.matcher import compile_condition


class _Facts:
    def __init__(self, facts=None, before=None, after=None):
        self._facts = facts or {}
        self._sides = {"before": before or {}, "after": after or {}}

    def fact(self, name):
        return self._facts.get(name)

    def attribute(self, side, path):
        node = self._sides[side]
        for step in path:
            if step not in node:
                return []
            node = node[step]
        return [node]


def _ask(spec, **sides):
    return compile_condition(spec, "x.yaml")(_Facts(**sides))


@pytest.mark.parametrize(
    ("spec", "facts", "answer"),
    [
        ({"action": "delete"}, {"action": "delete"}, True),
        ({"action": ["delete", "replace"]}, {"action": "update"}, False),
        ({"loses": "data"}, {"loses": frozenset(["data", "identity"])}, True),
        ({"category": {"not": ["keys", "dns"]}}, {"category": "dns"}, False),
        ({"container": False}, {"container": False}, True),
        ({"environment": "production"}, {"environment": UNKNOWN}, None),
        ({"environment": "production", "action": "delete"}, {"environment": UNKNOWN, "action": "update"}, False),
        (
            {"any": [{"environment": "production"}, {"action": "delete"}]},
            {"environment": UNKNOWN, "action": "delete"},
            True,
        ),
        ({"not": {"environment": "production"}}, {"environment": UNKNOWN}, None),
        ({"not": {"environment": "production"}}, {"environment": "other"}, True),
        ({"address": {"glob": "module.db[*"}}, {"address": 'module.db["a"].x.y'}, True),
    ],
)
def test_facts(spec, facts, answer):
    assert _ask(spec, facts=facts) is answer


@pytest.mark.parametrize(
    ("spec", "before", "answer"),
    [
        ({"before.size": {"at_least": 10}}, {"size": 10}, True),
        ({"before.size": {"at_most": 9}}, {"size": 10}, False),
        ({"before.size": {"at_least": 10}}, {"size": "many"}, False),
        ({"before.size": {"at_least": 10}}, {"size": UNKNOWN}, None),
        ({"before.on": True}, {"on": "true"}, True),
        ({"before.on": True}, {}, False),
        ({"before.name": {"set": True}}, {"name": ""}, False),
        ({"before.name": {"set": False}}, {}, True),
        ({"before.secret": "x"}, {"secret": Sensitive("x")}, True),
    ],
)
def test_attributes(spec, before, answer):
    assert _ask(spec, before=before) is answer


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_adding_what_nobody_knows_never_turns_no_into_yes(left, right):
    words = {True: "production", False: "other", None: UNKNOWN}
    facts = {"environment": words[left], "category": words[right]}
    both = _ask({"environment": "production", "category": "production"}, facts=facts)
    blurred = _ask({"environment": "production", "category": "production"}, facts={**facts, "category": UNKNOWN})
    assert not (both is False and blurred is True)
    assert not (both is True and blurred is False)
