"""Many real inputs, where there is a folder of them: each is read, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planguard.errors import InputError
from planguard.inputs import load
from replays import files


@pytest.mark.parametrize("path", files("PLANGUARD_INCIDENTS", "*/plan.json"))
def test_the_replays_say_what_terraform_said(path: Path):
    (found,) = load(str(path))
    assert found.undecided == ()
    observed = json.loads(path.with_name("meta.json").read_text(encoding="utf-8"))["observed"]
    listed = {
        (item["address"], tuple(item["actions"]))
        for item in observed["changes"]
        if not item["address"].startswith("data.")
    }
    assert {(item.resource.address, item.actions) for item in found.changes} >= {
        item for item in listed if item[1] != ("no-op",)
    }
    assert found.errored == observed["errored"]


@pytest.mark.parametrize("path", files("PLANGUARD_INCIDENTS", "*/plan.stream.jsonl"))
def test_a_stream_says_the_same_as_its_plan(path: Path):
    (stream,) = load(str(path))
    assert stream.undecided == ()
    assert stream.weak
    (plan,) = load(str(path.with_name("plan.json")))
    if plan.errored:
        # The document leaves out what failed, the stream has it.
        return
    assert {(item.resource.address, item.action) for item in stream.changes} == {
        (item.resource.address, item.action) for item in plan.changes
    }
    assert {item.resource for item in stream.changes} == {item.resource for item in plan.changes}


@pytest.mark.parametrize("path", files("PLANGUARD_CORPUS", "plan/**/*", "plan_odd/**/*", "stream/**/*"))
def test_public_files_are_read_or_refused(path: Path):
    try:
        plans = load(str(path))
    except InputError as error:
        assert error.message.endswith(".")
        assert error.where
        return
    for found in plans:
        for change in found.changes:
            for values in (change.before, change.after):
                assert values is None or values.tree is not None
