"""One fake GitHub for all tests of a module; every test has a repository of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from fakegithub import FakeGitHub
from gate_runs import Stage

MakeStage = Callable[..., Stage]


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeGitHub]:
    """Its end fails the last test where an answer was not as GitHub describes it."""
    with FakeGitHub.start() as started:
        yield started


@pytest.fixture
def stage(hub: FakeGitHub, tmp_path: Path) -> Iterator[MakeStage]:
    """Makes a repository with a pull request: `stage(settings, author="dana")`."""
    numbers = count()
    made: list[Stage] = []

    def make(settings: str | None = None, **more: Any) -> Stage:
        name = f"acme/infra-{tmp_path.parent.name}-{tmp_path.name}-{next(numbers)}"
        made.append(Stage(hub, tmp_path, settings, name=name[:90], **more))
        return made[-1]

    yield make
    hub.calm()
