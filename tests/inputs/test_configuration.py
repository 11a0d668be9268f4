"""References of the configuration: who refers to whom, through modules, variables, outputs and data sources."""

from __future__ import annotations

from typing import Any

from planguard.inputs.configuration import edges, providers, sensitivity
from planguard.model import UNKNOWN, Edge, Sensitive


def refer(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def block(local: str, mode: str = "managed", **more: Any) -> dict[str, Any]:
    kind, name = local.split(".")
    expressions = {key: value for key, value in more.items() if key not in ("depends_on", "count_expression")}
    others = {key: value for key, value in more.items() if key in ("depends_on", "count_expression")}
    address = f"data.{local}" if mode == "data" else local
    return {"address": address, "mode": mode, "type": kind, "name": name, "expressions": expressions, **others}


def found(**root: Any) -> set[Edge]:
    return set(edges({"root_module": root}))


def test_a_reference_names_the_attribute_that_it_stands_in():
    resources = [
        block("aws_vpc.v"),
        block("aws_subnet.s", vpc_id=refer("aws_vpc.v.id", "aws_vpc.v")),
        block(
            "aws_instance.i",
            network_interface=[{"subnet_id": refer("aws_subnet.s[0].id", "aws_subnet.s[0]", "aws_subnet.s")}],
        ),
    ]
    assert found(resources=resources) == {
        Edge("aws_subnet.s", "aws_vpc.v", "vpc_id"),
        Edge("aws_instance.i", "aws_subnet.s", "network_interface.subnet_id"),
    }


def test_count_for_each_and_depends_on_refer_too():
    resources = [
        block("t.a"),
        block("t.b", depends_on=["t.a"]),
        block("t.c", count_expression=refer("t.a.size", "t.a")),
        {**block("t.d"), "for_each_expression": refer("t.a")},
    ]
    assert found(resources=resources) == {
        Edge("t.b", "t.a", None),
        Edge("t.c", "t.a", "count"),
        Edge("t.d", "t.a", "for_each"),
    }


def test_a_variable_leads_to_the_argument_of_the_call_and_an_output_to_its_expression():
    inner = {
        "resources": [block("t.in", a=refer("var.x"))],
        "outputs": {"o": {"expression": refer("t.in.id", "t.in")}, "other": {"expression": refer("t.unrelated")}},
        "variables": {"x": {}},
    }
    calls = {"m": {"expressions": {"x": refer("t.first.id", "t.first")}, "module": inner}}
    resources = [block("t.first"), block("t.last", b=refer("module.m.o", "module.m"))]
    assert found(resources=resources, module_calls=calls) == {
        Edge("module.m.t.in", "t.first", "a"),
        Edge("t.last", "module.m.t.in", "b"),
    }


def test_references_are_followed_over_any_depth():
    node: dict[str, Any] = {"resources": [block("t.deep", a=refer("var.x"))], "variables": {"x": {}}}
    for _ in range(30):
        node = {"module_calls": {"m": {"expressions": {"x": refer("var.x")}, "module": node}}, "variables": {"x": {}}}
    calls = {"m": {"expressions": {"x": refer("t.top.id", "t.top")}, "module": node}}
    assert found(resources=[block("t.top")], module_calls=calls) == {
        Edge("module.m." * 31 + "t.deep", "t.top", "a"),
    }


def test_a_data_source_is_passed_through():
    resources = [
        block("t.a"),
        block("t.b"),
        block("t.d", "data", of=refer("t.a.id", "t.a"), depends_on=["t.b"]),
        block("t.d2", "data", of=refer("data.t.d.id", "data.t.d")),
        block("t.c", x=refer("data.t.d2.id", "data.t.d2")),
    ]
    assert found(resources=resources) == {Edge("t.c", "t.a", "x"), Edge("t.c", "t.b", "x")}


def test_a_whole_module_means_its_outputs_in_a_reference_and_all_of_it_in_depends_on():
    inner = {
        "resources": [block("t.in"), block("t.hidden")],
        "outputs": {"o": {"expression": refer("t.in.id", "t.in")}},
    }
    resources = [block("t.a", x=refer("module.m", "each.key")), block("t.b", depends_on=["module.m"])]
    assert found(resources=resources, module_calls={"m": {"module": inner}}) == {
        Edge("t.a", "module.m.t.in", "x"),
        Edge("t.b", "module.m.t.in", None),
        Edge("t.b", "module.m.t.hidden", None),
    }


def test_depends_on_of_a_call_holds_for_each_block_inside():
    inner = {"module_calls": {"n": {"module": {"resources": [block("t.in")]}}}}
    calls = {"m": {"module": inner, "depends_on": ["t.a"]}}
    assert found(resources=[block("t.a")], module_calls=calls) == {Edge("module.m.module.n.t.in", "t.a", None)}


def test_keys_with_dots_and_brackets_are_not_structure():
    inner = {"outputs": {"o": {"expression": refer("t.in")}}, "resources": [block("t.in")]}
    resources = [block("t.a", x=refer('module.m["x.o[0]"].o', 'module.m["x.o[0]"]', "module.m"))]
    assert found(resources=resources, module_calls={"m": {"module": inner}}) == {Edge("t.a", "module.m.t.in", "x")}


def test_modules_that_refer_to_each_other_end_and_lose_nothing():
    """Each whole module refers to the other one, as far as the document shows; in truth the outputs are no circle."""

    def module(own: str) -> dict[str, Any]:
        return {
            "resources": [block(f"t.{own}", x=refer("var.x"))],
            "outputs": {"o1": {"expression": refer(f"t.{own}")}, "o2": {"expression": refer("var.x")}},
            "variables": {"x": {}},
        }

    calls = {
        "a": {"expressions": {"x": refer("module.b", "each.key")}, "module": module("in_a")},
        "b": {"expressions": {"x": refer("module.a", "each.key")}, "module": module("in_b")},
    }
    resources = [block("t.one", x=refer("module.a.o2", "module.a")), block("t.two", x=refer("module.b.o2", "module.b"))]
    assert found(resources=resources, module_calls=calls) >= {
        Edge("t.one", "module.a.t.in_a", "x"),
        Edge("t.one", "module.b.t.in_b", "x"),
        Edge("t.two", "module.a.t.in_a", "x"),
        Edge("t.two", "module.b.t.in_b", "x"),
    }


def test_what_leads_nowhere_gives_no_edge():
    resources = [
        block("t.a", x=refer("local.x", "each.key", "t.absent.id", "t.absent", "module.absent.o", "", "..", "t.a"))
    ]
    assert found(resources=resources) == set()


def test_odd_configurations_give_no_edges():
    odd: Any
    for odd in (None, [], "x", {"root_module": []}, {"root_module": {"resources": [1, {"expressions": []}]}}):
        assert edges(odd) == ()


def test_provider_settings_are_constants_or_unknown_and_secrets_are_hidden():
    secrets: set[str] = set()
    config = {
        "provider_config": {
            "aws": {
                "name": "aws",
                "expressions": {
                    "region": {"constant_value": "eu-west-1"},
                    "profile": {"references": ["var.p"]},
                    "secret_key": {"constant_value": "abcdefgh"},
                    "default_tags": [{"tags": {"constant_value": {"env": "prod"}}}],
                },
            },
            "aws.b": {"name": "aws", "alias": "b"},
        }
    }
    first, second = providers(config, secrets)
    assert first.settings["region"] == "eu-west-1"
    assert first.settings["profile"] is UNKNOWN
    assert isinstance(first.settings["secret_key"], Sensitive)
    assert first.settings["default_tags"] == [{"tags": {"env": "prod"}}]
    assert (second.key, second.alias) == ("aws.b", "b")
    assert secrets == {"abcdefgh"}


def test_constants_that_flow_into_sensitive_variables_are_secrets():
    secrets: set[str] = set()
    inner = {"variables": {"p": {"sensitive": True, "default": "inner-default"}}}
    root = {
        "variables": {"a": {"sensitive": True, "default": "root-default"}, "b": {"default": "plain"}},
        "outputs": {"o": {"sensitive": True, "expression": {"constant_value": "constant-output"}}},
        "module_calls": {"m": {"module": inner, "expressions": {"p": {"constant_value": "argument"}}}},
    }
    declared = sensitivity({"root_module": root}, secrets)
    assert declared.variables == {"a"}
    assert declared.outputs == {"o"}
    assert secrets == {"inner-default", "root-default", "constant-output", "argument"}
