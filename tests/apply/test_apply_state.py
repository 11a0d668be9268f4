"""What a state tells about a plan: whether it still fits, and what was done of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from plan_documents import change, plan, read
from planguard.inputs import state
from planguard.inputs.state import DONE, HALF, LEFT, UNKNOWN, State

REPLACED: dict[str, Any] = {"replace_paths": [["name"]], "after": {"name": "b"}}


def written(path: Path, *resources: dict[str, Any], serial: int = 2) -> Path:
    document = {"version": 4, "lineage": "l", "serial": serial, "resources": list(resources)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def existing(*instances: dict[str, Any], module: str = "", mode: str = "managed") -> dict[str, Any]:
    found = {"mode": mode, "type": "aws_db_instance", "name": "main", "instances": list(instances)}
    return {**found, "module": module} if module else found


def instance(identifier: str = "db-1", name: str = "orders", **more: Any) -> dict[str, Any]:
    return {"attributes": {"id": identifier, "name": name}, **more}


def became(tmp_path: Path, planned: dict[str, Any], *instances: dict[str, Any]) -> tuple[str, str]:
    found = state.read(written(tmp_path / "state", *([existing(*instances)] if instances else [])))
    assert found is not None
    (one,) = state.became(read(tmp_path, plan(planned)), found)
    return one.status, one.remark


NEW, OLD = instance("db-2", "b"), instance()


@pytest.mark.parametrize(
    ("planned", "instances", "status", "remark"),
    [
        (change(), [], DONE, ""),
        (change(), [OLD], LEFT, ""),
        (change(actions=("create",), before=None, after={"name": "b"}), [], LEFT, ""),
        (change(actions=("create",), before=None, after={"name": "b"}), [NEW], DONE, ""),
        (change(actions=("create",), before=None, after={}), [{**NEW, "status": "tainted"}], HALF, "then something"),
        (change(actions=("update",), after={"id": "db-1", "name": "b"}), [OLD], LEFT, ""),
        (change(actions=("update",), after={"id": "db-1", "name": "b"}), [instance(name="b")], DONE, ""),
        (change(actions=("update",), after={"id": "db-1", "name": "b"}), [], HALF, "it is gone"),
        (change(actions=("delete", "create"), **REPLACED), [OLD], LEFT, ""),
        (change(actions=("delete", "create"), **REPLACED), [], HALF, "there is no new one"),
        (change(actions=("delete", "create"), **REPLACED), [NEW], DONE, ""),
        (change(actions=("delete", "create"), **REPLACED), [{**NEW, "status": "tainted"}], HALF, "then something"),
        (
            change(actions=("create", "delete"), **REPLACED),
            [NEW, {**OLD, "deposed": "0a"}],
            HALF,
            "still to be destroyed",
        ),
        (change(deposed="0a"), [NEW, {**OLD, "deposed": "0a"}], LEFT, ""),
        (change(deposed="0a"), [NEW], DONE, ""),
        (change(actions=("forget",)), [], DONE, ""),
        (change(actions=("update",), before=None, after={"name": "b"}), [NEW], UNKNOWN, ""),
    ],
)
def test_what_became_of_a_change(
    tmp_path: Path, planned: dict[str, Any], instances: list[dict[str, Any]], status: str, remark: str
) -> None:
    found = became(tmp_path, planned, *instances)
    assert found[0] == status
    assert remark in found[1]


def test_addresses_are_those_of_terraform(tmp_path: Path) -> None:
    keys = existing(instance(index_key=0), instance(index_key='a"é'), module='module.x["k"]')
    found = state.read(written(tmp_path / "state", keys, existing(instance(), mode="data")))
    assert found is not None
    assert sorted(found.objects) == [
        ('module.x["k"].aws_db_instance.main["a\\"é"]', ""),
        ('module.x["k"].aws_db_instance.main[0]', ""),
    ]


@pytest.mark.parametrize("text", ["{", "[]", '{"lineage": 1}', '{"lineage": "l", "serial": 1, "resources": [1]}'])
def test_a_state_that_cannot_be_understood(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").write_text(text, encoding="utf-8")
    assert state.read(tmp_path / "state") is None
    assert state.read(tmp_path / "gone") is None


def test_no_state_yet(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"\n")
    assert state.read(tmp_path / "state") == State()


def test_whether_a_plan_still_fits(tmp_path: Path) -> None:
    saved = tmp_path / "tfplan"
    with zipfile.ZipFile(saved, "w") as archive:
        archive.write(written(tmp_path / "state", serial=3), "tfstate")
    made = state.behind(saved)
    assert made == State("l", 3)
    assert state.fits(made, State("l", 3))
    assert not state.fits(made, State("l", 4))
    assert not state.fits(made, State("other", 3))
    assert state.fits(made, None) and state.fits(None, made) and state.fits(State(), State("l", 1))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"{}"])
def test_a_plan_that_does_not_tell_its_state(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tfplan").write_bytes(content)
    assert state.behind(tmp_path / "tfplan") is None
