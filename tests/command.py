"""The installed `planguard` command, run as a user's shell runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class Planguard:
    """Call it with arguments; what it printed is bytes, as a pipe sees them."""

    def __init__(self) -> None:
        self.script = Path(sys.executable).with_name("planguard.exe" if os.name == "nt" else "planguard")
        if not self.script.exists():
            raise FileNotFoundError(f"{self.script}: install planguard beside this Python, `pip install -e '.[dev]'`")

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `planguard ARGUMENTS` with this environment, or with the tests' own."""
        return subprocess.run(
            [self.script, *arguments],
            cwd=cwd,
            env=None if environment is None else dict(environment),
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
