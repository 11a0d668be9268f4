"""Which programs there are on PATH, and their versions. Starts them for nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TIMEOUT = 20.0
"""Seconds; a program that takes longer to say its version has another problem."""

_ASKED = {
    "terraform": ("version", "-json"),
    "tofu": ("version", "-json"),
    "terragrunt": ("--version",),
    "git": ("--version",),
    "ssh": ("-V",),
}
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:[-+.]?[0-9A-Za-z]+)*")
_PASSED_ON = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "PATHEXT", "COMSPEC")


class Program(NamedTuple):
    """A program on PATH."""

    path: Path
    version: str
    """Empty where it does not tell."""


def find(name: str, environment: Mapping[str, str]) -> Program | None:
    """The program called `name`; None where there is none."""
    found = shutil.which(name, path=environment.get("PATH", ""))
    if found is None:
        return None
    return Program(Path(found), _version(found, _ASKED[name], environment) if name in _ASKED else "")


def _version(program: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
    kept = {name: environment[name] for name in _PASSED_ON if name in environment}
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**kept, "CHECKPOINT_DISABLE": "1"},
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    # ssh tells it on standard error; terraform warns there about other things.
    match = _VERSION.search(done.stdout.decode("utf-8", "replace")) or _VERSION.search(
        done.stderr.decode("utf-8", "replace")
    )
    return match[0] if match and done.returncode == 0 else ""
