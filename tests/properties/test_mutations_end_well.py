"""Mutated inputs end in a verdict or in a sentence: no traceback, no hang, and no pass where a loss is still readable.

A few hundred of each kind; `python -m bench.fuzz` runs the same for as long as one likes.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing import kinds, oracle
from fuzzing.runner import quiet_place

RUNS = {"plan": 500, "large": 300, "stream": 500, "saved": 120, "config": 400, "rule": 400}


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield Path(name)


@pytest.mark.parametrize("kind", RUNS)
def test_mutations(kind, place):
    make = kinds.MAKERS[kind](place)

    @settings(max_examples=RUNS[kind])
    @given(st.integers(0, 2**32))
    def attempt(seed):
        case = make(random.Random(seed))
        done = kinds.play(case)
        assert oracle.complaints(done, case, kind) == []

    attempt()
