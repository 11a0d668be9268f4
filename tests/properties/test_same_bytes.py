"""The same input gives the same bytes: in any order, with any hash seed, locale and time zone, in any directory."""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command import Planguard
from fuzzing import canaries, mutate, seeds
from fuzzing.runner import quiet_place, run
from planguard.reports import FORMATS

MARKED = canaries.plan("kQ7xW2mZ9vB4nR8tY3pL6sD1fG5h")
canaries.MARKS["variable"](MARKED)
PLANS = [seeds.losing(), MARKED, *seeds.plans()[3:]]


@pytest.fixture(scope="module", autouse=True)
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="p") as name, quiet_place(name):
        yield Path(name)


def said(plan: Any, report: str) -> tuple[int, bytes]:
    return of(json.dumps(plan).encode(), report)


def of(data: bytes, report: str) -> tuple[int, bytes]:
    done = run(["check", "-", "-v", "--report", report], data)
    # The digest is that of the input's own bytes.
    return done.code, re.sub(rb'"digest": ?"[0-9a-f]{64}"', b"", done.out)


def shuffled(node: Any, chance: random.Random, key: str = "") -> Any:
    """The same document written by somebody else: keys in another order, and lists whose order means nothing too."""
    if isinstance(node, dict):
        keys = list(node)
        chance.shuffle(keys)
        return {name: shuffled(node[name], chance, name) for name in keys}
    if not isinstance(node, list):
        return node
    items = [shuffled(item, chance) for item in node]
    if key in ("resource_changes", "resource_drift", "resources", "child_modules", "depends_on", "checks"):
        chance.shuffle(items)
    return items


@settings(max_examples=60)
@given(st.integers(0, len(PLANS) - 1), st.integers(0, 2**32))
def test_any_order(number, seed):
    plan = PLANS[number]
    other = shuffled(plan, random.Random(seed))
    for report in ("json", random.Random(seed).choice(list(FORMATS))):
        assert said(other, report) == said(plan, report)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_any_order_of_a_mutated_plan(seed):
    """Odd plans too: whatever is refused is refused in any order, and whatever is judged is judged alike."""
    plan = mutate.copied(seeds.losing())
    for _ in range(2):
        plan = mutate.restructured(plan, random.Random(seed))
    data = mutate.encoded(plan, random.Random(0))
    try:
        plan = json.loads(data)
    except (ValueError, RecursionError):
        return
    code, out = said(plan, "json")
    again, other = said(shuffled(plan, random.Random(seed)), "json")
    assert again == code
    assert other == out


@pytest.mark.parametrize("report", FORMATS)
def test_any_form_of_the_text(report):
    plan = seeds.losing()
    expected = said(plan, report)
    indented = json.dumps(plan, indent=2)
    for data in (
        indented.encode(),
        indented.replace("\n", "\r\n").encode(),
        json.dumps(plan, ensure_ascii=False).encode(),
        b"\xef\xbb\xbf" + indented.encode(),
        indented.encode("utf-16"),
        b"[command]/usr/bin/terraform show -json tfplan\n" + indented.encode() + b"\n::debug::x\n",
    ):
        assert of(data, report) == expected


def test_any_surroundings(somewhere: Path, planguard: Planguard):
    """Processes of their own: hash seeds, locales, time zones, directories, widths that nobody asked for."""
    plan = somewhere / "plan.json"
    plan.write_text(json.dumps(PLANS[1]), encoding="utf-8")
    (somewhere / "deeper").mkdir(exist_ok=True)
    base = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in os.environ}
    found: dict[str, set[tuple[int, bytes]]] = {"json": set(), "terminal": set()}
    for environment, directory in (
        ({"PYTHONHASHSEED": "0"}, somewhere),
        ({"PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C", "TZ": "Asia/Tokyo"}, somewhere),
        ({"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/Los_Angeles"}, somewhere / "deeper"),
        ({"PYTHONHASHSEED": "3", "PYTHONUTF8": "1", "PYTHONOPTIMIZE": "1", "CI": "true"}, somewhere),
        ({"PYTHONHASHSEED": "4", "LC_ALL": "C.UTF-8", "COLUMNS": "80", "TERM": "xterm"}, somewhere),
    ):
        for report in found:
            done = planguard(
                "check", "-", "-v", "--report", report, cwd=directory, environment=base | environment,
                stdin=plan.read_bytes(),
            )  # fmt: skip
            found[report].add((done.returncode, done.stdout))
    assert {report: len(outputs) for report, outputs in found.items()} == dict.fromkeys(found, 1)


def test_streams_in_any_order():
    messages = seeds.messages()
    expected = run(["check", "-", "--report", "json"], "\n".join(map(json.dumps, messages)).encode())
    for seed in range(10):
        planned = messages[2:5]
        random.Random(seed).shuffle(planned)
        lines = [*messages[:2], *planned, *messages[5:]]
        for data in ("\n".join(map(json.dumps, lines)), json.dumps(lines), "\r\n".join(map(json.dumps, lines))):
            done = run(["check", "-", "--report", "json"], data.encode())
            assert (done.code, done.out) == (expected.code, expected.out)
