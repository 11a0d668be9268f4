"""What every test may ask for. A test that needs what this machine lacks is skipped, and says what it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from command import Planguard
from fakecloud.mirror import write_mirror
from fakecloud.terraform import MakeTerraform, Terraform
from planguard import agents

# Whoever works on planguard with a coding agent gets the same output as everybody else.
for _variable in {variable.name for agent in agents.known() for variable in agent.variables}:
    os.environ.pop(_variable, None)
# The width belongs to each test's own terminal, not to that of whoever runs them (pytest-xdist sets it).
for _variable in ("COLUMNS", "LINES"):
    os.environ.pop(_variable, None)

# CI must not find something else on every run, nor fail because its machine is slow.
settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def planguard() -> Planguard:
    """The real console script."""
    return Planguard()


@pytest.fixture(scope="session")
def fakecloud(tmp_path_factory: pytest.TempPathFactory) -> MakeTerraform:
    """Makes a directory in which real `terraform` meets the fake cloud: `fakecloud(path).plan({"main.tf": "…"})`."""
    executable = terraform_or_skip()
    config = write_mirror(tmp_path_factory.mktemp("provider mirror"))

    def make(directory: Path) -> Terraform:
        return Terraform(directory, config, executable)

    return make


def terraform_or_skip() -> str:
    """The terraform on PATH; the test that asks for it is skipped where there is none."""
    if os.name == "nt":
        pytest.skip("the fake cloud's providers are shell scripts, which terraform on Windows cannot start")
    executable = shutil.which("terraform")
    if executable is None:
        pytest.skip("terraform is not on PATH: install it to run the end-to-end tests")
    return executable


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Whatever drives real terraform is marked, so that `-m 'not e2e'` gives the quick half."""
    for item in items:
        if "fakecloud" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)
