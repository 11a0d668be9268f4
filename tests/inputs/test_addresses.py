"""Addresses: whatever stands in a key, it is never taken for structure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planguard.inputs.addresses import Address, config_of, parse, steps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aws_vpc.main", Address("managed", "", "", "aws_vpc", "main", None)),
        ("aws_vpc.main[3]", Address("managed", "", "", "aws_vpc", "main", 3)),
        ('aws_vpc.main["3"]', Address("managed", "", "", "aws_vpc", "main", "3")),
        ("data.aws_ami.x", Address("data", "", "", "aws_ami", "x", None)),
        ("ephemeral.vault_kv.x", Address("ephemeral", "", "", "vault_kv", "x", None)),
        ("module.a.module.b[0].t.n", Address("managed", "module.a.module.b[0]", "module.a.module.b", "t", "n", None)),
        ('module.a["x.y"].data.t.n', Address("data", 'module.a["x.y"]', "module.a", "t", "n", None)),
        ("module.data.t.n", Address("managed", "module.data", "module.data", "t", "n", None)),
        ("module.module.t.n", Address("managed", "module.module", "module.module", "t", "n", None)),
        (r't.n["a\"]b.c[0]/*"]', Address("managed", "", "", "t", "n", 'a"]b.c[0]/*')),
        (r't.n["a\\b\n$${x}%%{y}é"]', Address("managed", "", "", "t", "n", "a\\b\n${x}%{y}é")),
    ],
)
def test_an_address_is_taken_apart(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "a", "a.", ".a", "a..b", "module.a", "a.b.c.d", 'a.b["c', "a.b[0]x", "a[0].b"])
def test_what_is_no_address_is_not_guessed(text):
    assert parse(text) is None


def test_the_configuration_address_has_no_instance_keys():
    assert config_of('module.a["x.y"].module.b[0].t.n["z[0].q"]') == "module.a.module.b.t.n"
    address = parse('module.a["x.y"].data.t.n[1]')
    assert address is not None
    assert address.config == "module.a.data.t.n"


def test_of_a_reference_with_two_keys_the_first_is_kept():
    found = steps('aws_subnet.s["a"][0].id')
    assert found is not None
    assert [(step.name, step.key) for step in found] == [("aws_subnet", None), ("s", '"a"'), ("id", None)]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="$%")), st.text("ab_", min_size=1))
def test_every_key_survives(key, name):
    quoted = json.dumps(key, ensure_ascii=False)
    address = parse(f"module.m[{quoted}].t.{name}[{quoted}]")
    assert address is not None
    if key.isprintable():
        assert address.key == key
    assert address.config == f"module.m.t.{name}"
    assert address.module == f"module.m[{quoted}]"


@given(st.text())
def test_no_text_breaks_the_parser(text):
    address = parse(text)
    assert address is None or (address.type and address.name)
