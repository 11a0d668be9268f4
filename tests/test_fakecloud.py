"""The fake cloud: it must decide as a provider would decide, or the end-to-end tests prove nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakecloud import planning, values, wire
from fakecloud.schema import Attribute, Block, load
from fakecloud.state_server import state_server

ROOT = Path(__file__).parents[1]
TABLE = Block.parse(
    {
        "name": "!^",
        "size": "? number",
        "arn": "+ =arn:{region}:{name}",
        "key": "+",
        "tags": "? map",
        "tags_all": "?+ map =@tags",
        "disk": {"image": "?^", "label": "?"},
        "rule": {"_": "set", "port": "!^ number"},
        "manifest": '? ["object", {"kind": "string", "spec": "string"}]',
        "_replaces": ["manifest.kind"],
    },
    top=True,
)
EMPTY: values.Object = {
    "size": None,
    "arn": None,
    "key": None,
    "tags": None,
    "tags_all": None,
    "manifest": None,
    "id": None,
    "disk": [],
    "rule": [],
}


@given(st.dictionaries(st.integers(1, 500), st.one_of(st.integers(0, 2**63), st.binary(max_size=300)), max_size=8))
def test_a_message_survives_the_wire(fields: dict[int, int | bytes]) -> None:
    assert wire.decode(wire.encode(fields)) == fields


def test_a_wire_type_that_terraform_never_sends_is_an_error() -> None:
    with pytest.raises(ValueError, match="wire type 5"):
        wire.decode(bytes([1 << 3 | 5, 0, 0, 0, 0]))


def test_a_value_survives_the_wire_with_what_is_unknown() -> None:
    value = {"a": values.UNKNOWN, "b": [1, None, {"c": True}], "d": "ö"}

    assert values.decode(values.encode(value)) == value
    assert values.holds_unknown(value)
    assert not values.holds_unknown(value["b"])


def test_a_new_object_knows_what_can_be_known() -> None:
    proposed = {**EMPTY, "name": "t", "tags": {"a": "b"}}

    planned = planning.plan(TABLE, None, proposed, proposed, {"region": "eu"})

    assert planned.value["arn"] == "arn:eu:t"
    assert planned.value["tags_all"] == {"a": "b"}
    assert planned.value["key"] is values.UNKNOWN
    assert planned.replace == ()


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        ({"name": "u"}, ((("name",)),)),
        ({"size": 5}, ()),
        ({"tags": {"x": "y"}}, ()),
        ({"disk": [{"image": "b", "label": None}]}, (("disk", 0, "image"),)),
        ({"disk": [{"image": "a", "label": "l"}]}, ()),
        ({"rule": [{"port": 2}]}, (("rule",),)),
        ({"manifest": {"kind": "B", "spec": "a"}}, (("manifest", "kind"),)),
        ({"manifest": {"kind": "A", "spec": "b"}}, ()),
    ],
)
def test_an_edit_replaces_exactly_where_it_must(edit: dict[str, object], paths: tuple[values.Path, ...]) -> None:
    prior = {**EMPTY, "name": "t", "disk": [{"image": "a", "label": None}], "rule": [{"port": 1}]}
    prior["manifest"] = {"kind": "A", "spec": "a"}
    proposed = {**prior, **edit}

    assert planning.plan(TABLE, prior, proposed, proposed, {}).replace == paths


def test_apply_leaves_nothing_unknown() -> None:
    proposed = {**EMPTY, "name": "t"}
    planned = planning.plan(TABLE, None, proposed, proposed, {}).value

    made = planning.settle(TABLE, planned, {"hash": "0123456789", "region": "eu"})

    assert not values.holds_unknown(made)
    assert made["arn"] == "arn:eu:t"
    assert made["id"] == "0123456789"


def test_a_line_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="size"):
        Attribute.parse("size", "? what is this")


def test_every_cloud_can_be_read() -> None:
    clouds = load()

    assert {"aws", "google", "azurerm", "kubernetes"} <= set(clouds)
    assert clouds["aws"].resources["aws_db_instance"].protected_by == "deletion_protection"
    assert all("id" in block.attributes for cloud in clouds.values() for block in cloud.resources.values())


def test_the_state_backend_keeps_states_apart(tmp_path: Path) -> None:
    with state_server(0, tmp_path / "states") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        urllib.request.urlopen(urllib.request.Request(f"{url}/one", data=b"{}", method="POST")).close()
        with urllib.request.urlopen(f"{url}/one") as answer:
            assert answer.read() == b"{}"
        with pytest.raises(urllib.error.HTTPError, match="404") as missing:
            urllib.request.urlopen(f"{url}/two")
        missing.value.close()
        server.shutdown()


@pytest.mark.skipif(os.name == "nt", reason="on Windows the reason to skip is another one")
def test_without_terraform_the_tests_say_why_they_skip(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "belongs", "tests/e2e/test_examples.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0
    assert "terraform is not on PATH: install it to run the end-to-end tests" in done.stdout
