"""Over the public change sets and templates beside this repository; skipped where they are not there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cfn_documents import verdict
from planguard import inputs
from planguard.errors import InputError
from planguard.inputs import template
from planguard.inputs.template_diff import build
from planguard.model import Action

CORPUS = os.environ.get("PLANGUARD_CORPUS")
KNOWLEDGE = os.environ.get("PLANGUARD_CFN_REPLACEMENT")

corpus = pytest.mark.skipif(CORPUS is None, reason="PLANGUARD_CORPUS is not set: no folder with public inputs")


def _files(kind: str) -> list[Path]:
    return sorted(path for path in (Path(CORPUS or "") / kind).rglob("*") if path.is_file())


def _expected(entry: dict[str, Any]) -> tuple[Action, bool]:
    """(action, whether the old object stays), by the document's own words alone."""
    policy, action = entry.get("PolicyAction") or "", entry.get("Action")
    if action == "Remove":
        return (Action.FORGET, False) if policy == "Retain" else (Action.DELETE, False)
    if action == "Modify":
        replaced = entry.get("Replacement") in ("True", "Conditional")
        return (Action.REPLACE, policy == "ReplaceAndRetain") if replaced else (Action.UPDATE, False)
    return (Action.CREATE, False)


@corpus
def test_every_public_change_set_agrees_with_its_own_words() -> None:
    read = 0
    for path in _files("changeset"):
        (plan,) = inputs.load(str(path))
        document = json.loads(path.read_text(encoding="utf-8"))
        entries = [item["ResourceChange"] for item in document["Changes"] or ()]
        said = {entry["LogicalResourceId"]: _expected(entry) for entry in entries}
        assert {c.resource.address: (c.action, c.old_kept) for c in plan.changes} == said, path.name
        code, _ = verdict(plan)
        assert code in (0, 10)
        assert code == 0 or any(action is not Action.CREATE for action, _ in said.values()), path.name
        read += 1
    assert read


@corpus
def test_every_public_template_equals_itself_and_can_be_taken_down() -> None:
    """A pair of equal templates changes nothing; what cannot be read is refused with its place."""
    read = 0
    for path in _files("cfn"):
        try:
            found = template.read(str(path))
        except InputError as error:
            assert error.where
            continue
        same = build(found, found)
        assert same.changes == (), path.name
        empty = found._replace(body={**found.body, "Resources": {}, "Outputs": {}})
        gone = build(found, empty)
        assert all(c.action in (Action.DELETE, Action.FORGET) for c in gone.changes), path.name
        read += 1
    assert read


@pytest.mark.skipif(KNOWLEDGE is None, reason="PLANGUARD_CFN_REPLACEMENT is not set: no table to compare with")
def test_the_schemas_agree_with_the_table_of_another_source() -> None:
    table = json.loads(Path(KNOWLEDGE or "").read_text(encoding="utf-8"))
    differ, agree = [], 0
    for kind, known in table.items():
        rules = template.schema(kind)
        if not rules.known:
            continue
        names = {path[0] for path in rules.create_only}
        missing = {name for name in known["replace"] if name not in names and (name,) not in rules.perhaps} - {"Tags"}
        if missing:
            differ.append((kind, sorted(missing)))
        else:
            agree += 1
    assert agree > 1500
    assert len(differ) < 0.05 * agree, differ
