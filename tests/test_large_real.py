"""Real plans give the same piece by piece as at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from large_documents import same
from planguard.inputs import large
from replays import files

PLANS = [*files("PLANGUARD_INCIDENTS", "*/plan.json"), *files("PLANGUARD_CORPUS", "plan/**/*", "plan_odd/**/*")]


@pytest.mark.parametrize("path", PLANS)
def test_real_plans(path: Path) -> None:
    data = path.read_bytes()
    if large.suits(data[:65536]):
        same(data, 1000, 1 << 18)
