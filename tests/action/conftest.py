"""A fake GitHub for every test, and the Action beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from action_stage import ActionStage, copied
from fakegithub import FakeGitHub


@pytest.fixture(scope="session", autouse=True)
def shell() -> None:
    """Steps are scripts for bash, and the seeded command is one for sh."""
    if os.name == "nt" or shutil.which("bash") is None:
        pytest.skip("the Action's steps need bash and a POSIX system here; CI uses the Action itself on each system")


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeGitHub]:
    """One for all tests of a module; every test has a repository of its own."""
    with FakeGitHub.start() as started:
        yield started


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`action.yml`, beside a copy of what it is made of."""
    return copied(tmp_path_factory.mktemp("action"))


@pytest.fixture
def stage(action: Path, hub: FakeGitHub, tmp_path: Path) -> Iterator[Callable[..., ActionStage]]:
    """Makes a repository with a pull request: `stage(settings, author="dana")`."""
    numbers = count()

    def make(settings: str | None = None, **more: Any) -> ActionStage:
        name = f"acme/action-{tmp_path.parent.name}-{tmp_path.name}-{next(numbers)}"[:90]
        return ActionStage(action, hub, tmp_path, settings, name=name, **more)

    yield make
    hub.calm()
