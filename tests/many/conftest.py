"""A fake GitHub for the tests of the gate on reports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakegithub import FakeGitHub


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeGitHub]:
    """Its end fails the last test where an answer was not as GitHub describes it."""
    with FakeGitHub.start() as started:
        yield started
