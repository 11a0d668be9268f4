"""Folders with many real inputs that are not part of this project: named by environment variables, else skipped."""

from __future__ import annotations

import functools
import json
import os
from datetime import date
from pathlib import Path

import pytest

from planguard import engine, gate, inputs
from planguard.config import Config
from planguard.model import Plan, Report
from planguard.policy import rulebook
from planguard.redaction import redact

TODAY = date(2026, 11, 22)


def folder(variable: str) -> Path | None:
    """The folder that an environment variable names; None where it is unset."""
    value = os.environ.get(variable)
    return Path(value) if value else None


def files(variable: str, *patterns: str) -> list:
    """One pytest parameter per file; one that skips, and says so, where the variable is unset."""
    root = folder(variable)
    if root is None:
        mark = pytest.mark.skip(reason=f"{variable} is not set: no folder with real inputs to run over")
        return [pytest.param(None, id="none", marks=mark)]
    found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
    return [pytest.param(path, id=path.relative_to(root).as_posix()) for path in found]


@functools.lru_cache(maxsize=1)
def rules():
    """The shipped rules."""
    return rulebook.shipped()


def judge(path: Path, config: Config | None = None) -> list[Report]:
    """Reports on every plan in a file, redacted, as the command makes them."""
    return [judge_plan(plan, config) for plan in inputs.load(str(path))]


def judge_plan(plan: Plan, config: Config | None = None) -> Report:
    """The report on one plan."""
    config = config or Config()
    assessment = engine.assess(plan, config, rules(), today=TODAY)
    return redact(Report(assessment, gate.decide(assessment, None, config), verbose=True))


def expectation(path: Path) -> dict:
    """`expect` of the replay that a file belongs to."""
    return json.loads((path.parent / "meta.json").read_text(encoding="utf-8"))["expect"]
