"""Linters that the development dependencies bring along."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from action_runner import ROOT


def tool(name: str) -> str:
    """A program that lies beside this Python; the test is skipped where it does not."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed beside this Python: pip install -e '.[dev]'")
    return found


def clean(*command: str | Path) -> None:
    """Run it; it must have nothing to say."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
