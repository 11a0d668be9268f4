"""`planguard` in a pseudo-terminal, as a person has it in front of them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from command import Planguard
from planguard import agents

if TYPE_CHECKING:
    import pexpect

TIMEOUT = 20
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def persons(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what says that this is a build or an agent's shell: tests run in both."""
    told = {variable.name for agent in agents.known() for variable in agent.variables} | {"CI", "NO_COLOR"}
    builds = ("GITHUB_", "GITLAB_", "CI_")
    return {name: value for name, value in environment.items() if name not in told and not name.startswith(builds)}


class Dialogue:
    """One run of planguard, with somebody at the keyboard."""

    def __init__(
        self, *arguments: str | Path, cwd: Path, environment: Mapping[str, str], program: str | None = None
    ) -> None:
        driver = pytest.importorskip("pexpect", reason="pexpect drives the pseudo-terminal")
        if os.name == "nt":
            pytest.skip("pseudo-terminals are Unix's")
        self.process: pexpect.spawn[str] = driver.spawn(
            program or str(Planguard().script),
            [str(argument) for argument in arguments],
            cwd=str(cwd),
            env={**environment, "TERM": "xterm"},
            encoding="utf-8",
            codec_errors="replace",  # a terminal echoes whatever is typed
            timeout=TIMEOUT,
            dimensions=(60, 100),
        )
        self.said = ""

    def until(self, text: str) -> str:
        """Wait until it says this; what it said before that."""
        self.process.expect_exact(text)
        part = _COLOURS.sub("", str(self.process.before) + text).replace("\r", "")
        self.said += part
        return part

    def types(self, text: str) -> None:
        """Type a line."""
        self.process.sendline(text)

    def interrupts(self) -> None:
        """Press Ctrl-C."""
        self.process.sendintr()

    def ends(self) -> int:
        """Wait for the end: the exit code. `said` then holds everything."""
        import pexpect

        self.process.expect(pexpect.EOF)
        self.said += _COLOURS.sub("", str(self.process.before)).replace("\r", "")
        self.process.close()
        assert self.process.signalstatus is None, self.said
        code = self.process.exitstatus
        assert code is not None
        return int(code)
