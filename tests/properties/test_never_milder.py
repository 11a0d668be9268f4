"""Less knowledge or more destruction never makes a verdict milder."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing import mutate, seeds
from fuzzing.runner import quiet_place, run

GRAVITY = {0: 0, 10: 1, 11: 2, 3: 3}
"""Exit codes from mild to grave: what cannot be read is refused."""
LOSSES = (
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_dynamodb_table",
    "aws_s3_bucket",
    "aws_efs_file_system",
    "aws_kms_key",
)
BASES = [seeds.losing(), seeds.single(), *seeds.plans()[3:]]
CONFIGS = {
    "defaults": "",
    "forbidden": "consent: {forbidden: [data-deletion]}\n",
    "from medium": "consent: {from: medium}\n",
    "unknown is other": "production: {unknown: other}\n",
}


@pytest.fixture(scope="module", autouse=True)
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield Path(name)


def judged(plan: Any, config: str = "") -> tuple[int, dict[str, Any]]:
    if config:
        Path("planguard.yml").write_text(config, encoding="utf-8")
    done = run(
        ["check", "-", "--report", "json", *(["--config", "planguard.yml"] if config else [])],
        json.dumps(plan).encode(),
    )
    Path("planguard.yml").unlink(missing_ok=True)
    assert done.traceback == ""
    return GRAVITY[done.code], json.loads(done.out) if done.code != 3 else {}


def stopping(report: dict[str, Any]) -> set[str]:
    """The addresses about which something needs consent."""
    graves = {item["address"] for item in report["findings"] if item["severity"] in ("high", "critical")}
    return graves | {item["address"] for item in report["undecided"]}


def destroyed(plan: Any) -> list[dict[str, Any]]:
    return [
        item
        for item in plan.get("resource_changes", [])
        if "delete" in item["change"]["actions"] and item["type"] in LOSSES
    ]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@settings(max_examples=25)
@given(
    st.integers(0, len(BASES) - 1),
    st.sampled_from(LOSSES),
    st.sampled_from([["delete"], ["delete", "create"], ["create", "delete"]]),
    st.integers(0, 20),
)
def test_one_more_loss(config, number, kind, actions, place):
    plan = mutate.copied(BASES[number])
    before, _ = judged(plan, config)
    listed = plan.setdefault("resource_changes", [])
    listed.insert(place % (len(listed) + 1), seeds.element(f"{kind}.one_more", actions))
    after, new = judged(plan, config)
    assert after >= before
    if config != CONFIGS["unknown is other"]:
        assert after >= 1
    assert f"{kind}.one_more" in {item["address"] for item in new["findings"]}


@settings(max_examples=150)
@given(st.integers(0, len(BASES) - 1), st.integers(0, 2**32))
def test_unknown_values(number, seed):
    """What is known only after apply turns no finding into a pass."""
    plan = mutate.copied(BASES[number])
    before, old = judged(plan)
    chance = random.Random(seed)
    for item in plan.get("resource_changes", []):
        change = item["change"]
        if isinstance(change.get("after"), dict) and chance.random() < 0.7:
            unknown = [key for key in change["after"] if chance.random() < 0.5]
            change["after"] = {key: value for key, value in change["after"].items() if key not in unknown}
            mask = change.get("after_unknown")
            change["after_unknown"] = (mask if isinstance(mask, dict) else {}) | dict.fromkeys(unknown, True)
    after, new = judged(plan)
    assert after >= before
    assert stopping(old) <= stopping(new)


@settings(max_examples=150)
@given(st.integers(0, len(BASES) - 1), st.integers(0, 2**32))
def test_values_that_are_not_there(number, seed):
    """Without its attributes, a production store that is destroyed still needs consent."""
    plan = mutate.copied(BASES[number])
    before, old = judged(plan)
    chance = random.Random(seed)
    items = destroyed(plan)
    for item in items:
        values = item["change"]["before"]
        for key in [key for key in values if chance.random() < 0.6]:
            del values[key]
    after, new = judged(plan)
    lost = {item["address"] for item in items} & stopping(old)
    assert lost <= stopping(new)
    assert after >= min(before, 1) or not lost


@settings(max_examples=150)
@given(st.integers(0, len(BASES) - 1), st.integers(0, 2**32))
def test_sensitive_values(number, seed):
    """A value that is hidden from people is not hidden from the rules."""
    plan = mutate.copied(BASES[number])
    before, old = judged(plan)
    chance = random.Random(seed)
    for item in plan.get("resource_changes", []):
        change = item["change"]
        for side in ("before", "after"):
            if isinstance(change.get(side), dict):
                keys = [key for key in change[side] if chance.random() < 0.5]
                mask: Any = True if chance.random() < 0.2 else dict.fromkeys(keys, True)
                change[f"{side}_sensitive"] = mask
    after, new = judged(plan)
    assert after >= before
    assert len(stopping(old)) <= len(stopping(new))


@settings(max_examples=100)
@given(
    st.integers(0, len(BASES) - 1), st.sampled_from(["errored", "complete", "deferred", "unknown action", "reasons"])
)
def test_a_plan_that_says_less(number, kind):
    plan = mutate.copied(BASES[number])
    before, old = judged(plan)
    if kind == "errored":
        plan["errored"] = True
    elif kind == "complete":
        plan["complete"] = False
    elif kind == "deferred":
        plan["deferred_changes"] = [{"reason": "x", "resource_change": seeds.element("aws_db_instance.d", ["delete"])}]
    elif kind == "unknown action":
        plan.setdefault("resource_changes", []).append(seeds.element("aws_vpc.odd", ["explode"]))
    else:
        for item in plan.get("resource_changes", []):
            item.pop("action_reason", None)
            item["change"].pop("replace_paths", None)
    after, new = judged(plan)
    assert after >= before
    assert stopping(old) - {""} <= stopping(new)
