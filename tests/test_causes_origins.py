"""One edit of a variable behind many changes: named where it is certain, and never where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plan_documents import change, plan, read
from planguard.causes import Causes, explain
from planguard.graph import build
from planguard.model import Argument, Plan, Sensitive


def refers(*names: str) -> dict[str, Any]:
    return {"references": [f"var.{name}" for name in names]}


def block(called: str, /, **expressions: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": "t", "name": called, "expressions": expressions}


def edited(address: str, old: dict[str, Any], new: dict[str, Any], **more: Any) -> dict[str, Any]:
    actions = more.pop("actions", ("delete", "create"))
    paths = [[name] for name in old if old[name] != new.get(name)] if actions == ("delete", "create") else None
    return change(address, actions, before=old, after=new, replace_paths=paths, **more)


def environment(value: Any, *blocks: dict[str, Any], **variable: Any) -> dict[str, Any]:
    """A configuration that calls the module `e` with `env`."""
    return {
        "root_module": {
            "module_calls": {
                "e": {
                    "source": "./e",
                    "expressions": {"env": value},
                    "module": {"resources": list(blocks), "variables": {"env": variable}},
                }
            }
        }
    }


def told(found: Plan) -> dict[str, str]:
    """Address → what its cause says that everything began with."""
    causes = explain(found, build(found))
    return {c.resource.address: root(causes, c) for c in found.changes}


def root(causes: Causes, one: Any) -> str:
    cause = causes.of(one)
    assert cause is not None
    return cause.root or ""


TWO = (block("a", name=refers("env")), block("b", name=refers("env")))
CALL = "module.e.var.env"


def two(old: tuple[str, str], new: tuple[str, str], configuration: dict[str, Any], **top: Any) -> dict[str, Any]:
    changes = [
        edited(f"module.e.t.{name}", {"name": before}, {"name": after})
        for name, before, after in zip("ab", old, new, strict=True)
    ]
    return plan(*changes, configuration=configuration, **top)


def test_the_argument_of_the_call_is_the_root_of_all(tmp_path: Path) -> None:
    document = two(("shop-db", "shop_log"), ("shop2-db", "shop2_log"), environment({"constant_value": "shop2"}, *TWO))
    found = read(tmp_path, document)
    causes = explain(found, build(found))
    for one in found.changes:
        cause = causes.of(one)
        assert cause is not None
        assert cause.root == CALL
        assert cause.chain == (CALL, one.resource.address)
        assert "because var.env of module.e changed, and that cannot" in cause.text
        assert 'var.env of module.e: set it to "shop" again' in (causes.remedy(one) or "")


def test_a_root_variable_is_followed_through_calls(tmp_path: Path) -> None:
    variables = {"stage": {"value": "live2"}}
    document = two(("live-db", "live"), ("live2-db", "live2"), environment(refers("stage"), *TWO), variables=variables)
    assert set(told(read(tmp_path, document)).values()) == {"var.stage"}


def test_a_default_of_the_module_counts_as_its_argument(tmp_path: Path) -> None:
    configuration = environment(None, *TWO, default="shop2")
    del configuration["root_module"]["module_calls"]["e"]["expressions"]["env"]
    assert set(told(read(tmp_path, two(("shop-a", "shop"), ("shop2-a", "shop2"), configuration))).values()) == {CALL}


def test_what_follows_a_casualty_began_with_the_same_variable(tmp_path: Path) -> None:
    member = {"references": ["t.a.id", "t.a"]}
    configuration = environment({"constant_value": "shop2"}, *TWO, block("c", owner=member))
    changes = [edited(f"module.e.t.{n}", {"name": "shop", "id": n * 5}, {"name": "shop2"}) for n in "ab"]
    for one in changes:
        one["change"]["after_unknown"], one["change"]["replace_paths"] = {"id": True}, [["name"]]
    follower = edited("module.e.t.c", {"owner": "aaaaa"}, {}, after_unknown={"owner": True})
    found = read(tmp_path, plan(*changes, follower, configuration=configuration))
    cause = explain(found, build(found)).of(found.changes[2])
    assert cause is not None
    assert cause.chain == (CALL, "module.e.t.a", "module.e.t.c")
    assert "because var.env of module.e changed" in cause.text


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        (("shop-v1", "shop-log-v1"), ("shop-v2", "shop-log-v2"), "shop"),  # the text around it was edited
        (("shop-db", "shop-log"), ("shop2-db", "shop3-log"), "shop2"),  # two different edits
        (("shop-db-x", "shop-log-x"), ("shop-db", "shop-log"), "shop"),  # something was taken out beside it
        (("db-shop", "log-shop"), ("db", "log"), "shop"),  # it is not in the new value at all
        (("shop2-db", "shop2-log"), ("shop-db", "shop-log"), "shop"),  # at its edge: nobody knows whose text it was
    ],
)
def test_another_edit_is_not_blamed_on_the_variable(
    old: tuple[str, str], new: tuple[str, str], value: str, tmp_path: Path
) -> None:
    found = read(tmp_path, two(old, new, environment({"constant_value": value}, *TWO)))
    assert set(told(found).values()) == {""}


def test_one_witness_is_not_enough_but_the_variable_is_named_in_the_advice(tmp_path: Path) -> None:
    one = edited("module.e.t.a", {"name": "shop"}, {"name": "shop2"})
    found = read(tmp_path, plan(one, configuration=environment({"constant_value": "shop2"}, *TWO)))
    causes = explain(found, build(found))
    assert root(causes, found.changes[0]) == ""
    assert 'set name to "shop" again (it comes from var.env of module.e)' in (causes.remedy(found.changes[0]) or "")


def test_instances_of_one_block_are_one_witness(tmp_path: Path) -> None:
    changes = [edited(f"module.e.t.a[{i}]", {"name": f"shop-{i}"}, {"name": f"shop2-{i}"}, index=i) for i in range(3)]
    found = read(tmp_path, plan(*changes, configuration=environment({"constant_value": "shop2"}, TWO[0])))
    assert set(told(found).values()) == {""}


def test_two_variables_that_could_both_be_it_are_not_guessed_between(tmp_path: Path) -> None:
    blocks = (block("a", name=refers("env", "site")), block("b", name=refers("env", "site")))
    configuration = environment({"constant_value": "shop2"}, *blocks)
    call = configuration["root_module"]["module_calls"]["e"]
    call["expressions"]["site"] = {"constant_value": "shop2"}
    found = read(tmp_path, two(("shop-db", "shop"), ("shop2-db", "shop2"), configuration))
    assert set(told(found).values()) == {""}


def test_a_sensitive_variable_stays_unnamed_and_unprinted(tmp_path: Path) -> None:
    configuration = environment({"constant_value": "shop2secret"}, *TWO, sensitive=True)
    found = read(tmp_path, two(("shop1secret-a", "shop1secret"), ("shop2secret-a", "shop2secret"), configuration))
    assert set(told(found).values()) == {""}
    assert found.arguments["module.e.t.a"] == (Argument("name", CALL, Sensitive("shop2secret"), True),)


def test_only_what_changes_is_looked_into_and_locals_are_not_followed(tmp_path: Path) -> None:
    local = {"references": ["local.x", "var.env"]}
    configuration = environment({"constant_value": "shop2"}, block("a", name=local, size=refers("env")), TWO[1])
    found = read(tmp_path, plan(edited("module.e.t.a", {"name": "a"}, {"name": "b"}), configuration=configuration))
    assert found.arguments == {
        "module.e.t.a": (Argument("name", CALL, "shop2", False), Argument("size", CALL, "shop2", True))
    }
