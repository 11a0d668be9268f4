"""Plans of every size and kind through the whole gate: a comment that fits, an answer, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate_runs import deleting

ROOT = Path(__file__).parents[2]
PLANS = sorted(
    [
        *(ROOT / "examples").glob("*/plan.json"),
        *(path for path in (ROOT / "tests" / "fixtures").glob("*/plan.json")),
    ]
)
MOST = 65_536


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_a_plan_goes_the_whole_way(stage: Any, path: Path) -> None:
    it = stage()
    it.plan = json.loads(path.read_bytes())
    ran = it.gate("--environment", "production")
    assert ran.code in (0, 3, 10, 11), ran.all
    assert "bug" not in ran.err
    assert (ran.code == 10) == bool(it.asked) or ran.code == 11
    assert len(it.asked) <= MOST


@pytest.mark.parametrize("count", [299, 301, 1500])
def test_many_things_are_agreed_to_at_once(stage: Any, count: int) -> None:
    it = stage()
    names = [f"group-{number:04}-with-a-name-that-is-not-short" for number in range(count)]
    for more in range(3):  # the comment remembers the last questions, all of them this large
        it.plan = deleting(*names[: count - more])
        assert it.gate().code == 10
    assert len(it.asked) <= MOST
    first = names[0]
    it.agree("erin", first, count - 2)
    it.agree("frank", first, count - 2, label=False)
    ran = it.gate()
    assert ran.state == "approved", ran.err
    smaller = it.gate(plan=deleting(*names[: count - 3]))
    # Of more than 300 things the comment does not keep the parts, so a smaller plan is agreed to anew.
    assert (smaller.state == "approved") == (count - 2 <= 300), smaller.err
