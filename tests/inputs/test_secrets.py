"""Every place in which Terraform repeats a secret gives it away to `Plan.secrets`, so that reports can take it out."""

from __future__ import annotations

import pytest

from plan_documents import change, plan, read
from planguard.model import Sensitive

CANARY = "canary-5f1e"
MASK = {"password": True}
HELD = {"id": "x", "password": CANARY}


def in_state(**more):
    return {"values": {"root_module": {"child_modules": [{"resources": [more]}]}}}


PLACES = {
    "before": plan(change(before=HELD, before_sensitive=MASK)),
    "after": plan(change(actions=["create"], before=None, after=HELD, after_sensitive=MASK, before_sensitive=False)),
    "a no-op": plan(change(actions=["no-op"], before=HELD, after=HELD, before_sensitive=MASK, after_sensitive=MASK)),
    "a data source": plan(change("data.t.n", actions=["read"], mode="data", after=HELD, after_sensitive=MASK)),
    "drift": plan(resource_drift=[change(before=HELD, before_sensitive=MASK)]),
    "deferred": plan(deferred_changes=[{"resource_change": change(before=HELD, before_sensitive=MASK)}]),
    "the whole object": plan(change(before=HELD, before_sensitive=True)),
    "nested": plan(change(before={"a": [{"b": {"c": CANARY}}]}, before_sensitive={"a": [{"b": True}]})),
    "without any mask": plan(change(before=HELD, before_sensitive=None, after_sensitive=None)),
    "prior state": plan(prior_state=in_state(mode="managed", values=HELD, sensitive_values=MASK)),
    "prior state of data": plan(prior_state=in_state(mode="data", values=HELD, sensitive_values=MASK)),
    "prior state without masks": plan(prior_state=in_state(mode="managed", values=HELD)),
    "outputs of the state": plan(prior_state={"values": {"outputs": {"o": {"sensitive": True, "value": [CANARY]}}}}),
    "planned values": plan(planned_values={"root_module": {"resources": [{"values": HELD, "sensitive_values": MASK}]}}),
    "planned outputs": plan(planned_values={"outputs": {"o": {"sensitive": True, "value": {"k": CANARY}}}}),
    "output changes": plan(output_changes={"o": {"actions": ["create"], "after": CANARY, "after_sensitive": True}}),
    "a declared output": plan(
        output_changes={"o": {"actions": ["create"], "after": CANARY}},
        configuration={"root_module": {"outputs": {"o": {"sensitive": True}}}},
    ),
    "a declared variable": plan(
        variables={"v": {"value": CANARY}},
        configuration={"root_module": {"variables": {"v": {"sensitive": True}}}},
    ),
    "a variable's name": plan(variables={"db_password": {"value": CANARY}}),
    "a provider's setting": plan(
        configuration={"provider_config": {"a": {"expressions": {"token": {"constant_value": CANARY}}}}}
    ),
}


@pytest.mark.parametrize("document", PLACES.values(), ids=PLACES.keys())
def test_the_secret_is_known(tmp_path, document):
    assert CANARY in read(tmp_path, document).secrets


def test_what_is_not_marked_is_no_secret(tmp_path):
    assert read(tmp_path, plan(change(before={"id": "visible-1"}))).secrets == frozenset()


def test_sensitive_variables_do_not_print(tmp_path):
    variables = read(tmp_path, PLACES["a declared variable"]).variables
    assert isinstance(variables["v"], Sensitive)
    assert CANARY not in str(dict(variables))


@pytest.mark.parametrize("document", PLACES.values(), ids=PLACES.keys())
def test_no_repr_of_the_plan_gives_it_away(tmp_path, document):
    """`Plan.secrets` holds them by purpose; nothing else may."""
    assert CANARY not in repr(read(tmp_path, document)._replace(secrets=frozenset()))
