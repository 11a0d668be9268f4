"""The made-up plans of `bench` stay what they were: figures of different days must be about the same work."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bench.gen_plans import generate
from planguard.inputs import load


@pytest.mark.parametrize(
    ("number", "how", "start"),
    [
        (50, {}, "fcff4ebdc63e51a6"),
        (700, {"seed": 3}, "88ee918fb1593c56"),
        (300, {"flat": True}, "ec4dd42281160214"),
    ],
    ids=str,
)
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, number: int, how: dict[str, Any], start: str) -> None:
    path = tmp_path / "plan.json"
    generate(number, path, **how)
    assert sha256(path.read_bytes()).hexdigest().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_planguard_reads_what_was_generated(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    written = generate(700, path)
    (plan,) = load(str(path))
    assert sum(plan.counts.values()) == written.count
    assert plan.counts["no-op"] == written.actions["no-op"]
    assert plan.has_prior_state
