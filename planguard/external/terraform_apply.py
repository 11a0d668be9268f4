"""Running `terraform` or `tofu` where somebody waits in front of it: `plan -out`, `apply`, and `state pull`.

Owns the processes: what they see of the environment, that their output streams through, and that a signal reaches them
exactly once. Decides nothing; whoever calls has judged the plan.

**The environment** is passed on as it is, because applying needs credentials, except `TF_CLI_ARGS*`, which would change
the command behind the back of whoever consented. (`plan` keeps `TF_CLI_ARGS_plan`: what it leads to is judged.)

**Signals.** In the foreground of a terminal, Ctrl-C comes from the kernel to the whole process group, the program
included: planguard only waits. Elsewhere the program gets a group of its own, so that whatever is sent to planguard's
group does not reach it, and the first signal is passed on, once: terraform takes a second one as an order to drop
everything. SIGTERM is passed on once in both cases.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from planguard.errors import ExternalError

STATE_TIMEOUT = 300.0
"""Seconds to read the state."""

_ARGUMENTS = "TF_CLI_ARGS"
_WINDOWS = sys.platform == "win32"


class Ended(NamedTuple):
    """How a program ended."""

    code: int
    """Its exit code; negative: the signal that ended it."""
    interrupted: bool
    """Somebody asked to stop while it ran."""

    @property
    def words(self) -> str:
        """`ended with code 1`, `was stopped by signal 9`."""
        return f"ended with code {self.code}" if self.code >= 0 else f"was stopped by signal {-self.code}"


def plan(
    program: Path,
    out: Path,
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    aside: bool = False,
) -> Ended:
    """`terraform plan -out`, streaming. Asks for variables only where somebody can answer."""
    passed = {name: value for name, value in environment.items() if name not in dropped(environment, "plan")}
    interactive = () if sys.stdin is not None and sys.stdin.isatty() else ("-input=false",)
    # In automation it does not advise to apply a file that is gone a moment later.
    passed["TF_IN_AUTOMATION"] = "1"
    command = [str(program), "plan", *interactive, *arguments, f"-out={out}"]
    return run(command, cwd=cwd, environment=passed, aside=aside)


def apply(program: Path, saved: Path, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Ended:
    """`terraform apply` of a saved plan, streaming."""
    passed = {name: value for name, value in environment.items() if name not in dropped(environment, "apply")}
    return run([str(program), "apply", "-input=false", *arguments, str(saved)], cwd=cwd, environment=passed)


def dropped(environment: Mapping[str, str], command: str) -> tuple[str, ...]:
    """The variables that `terraform COMMAND` does not get to see, sorted."""
    kept = (_ARGUMENTS, f"{_ARGUMENTS}_plan") if command == "plan" else ()
    return tuple(sorted(name for name in environment if name.startswith(_ARGUMENTS) and name not in kept))


def pull_state(program: Path, out: Path, *, cwd: Path, environment: Mapping[str, str]) -> bool:
    """Write the state as it is now to `out`, silently and without a lock; False where it cannot be had."""
    passed = {name: value for name, value in environment.items() if not name.startswith(_ARGUMENTS)}
    with out.open("wb") as stream:
        try:
            done = subprocess.run(
                [str(program), "state", "pull"],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.DEVNULL,
                cwd=cwd,
                env=passed,
                timeout=STATE_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


def run(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], aside: bool = False) -> Ended:
    """Run in front of whoever waits, to its end, whatever is sent meanwhile; `aside`: all it says goes to standard
    error. Raises KeyboardInterrupt where it was told to stop before there was anything to run."""
    foreground = _in_foreground()
    with _Waiting(interrupts=not foreground) as waiting:
        own_group: dict[str, Any] = {} if foreground or _WINDOWS else {"process_group": 0}
        if waiting.signals:
            raise KeyboardInterrupt
        try:
            said = sys.stderr if aside else None
            process = subprocess.Popen(list(command), cwd=cwd, env=dict(environment), stdout=said, **own_group)
        except OSError as error:
            raise ExternalError(
                f"{command[0]} cannot be started ({error.strerror}).", hint="Is it a program for this machine?"
            ) from None
        waiting.pid = process.pid
        return Ended(process.wait(), bool(waiting.signals))


class _Waiting:
    """While it lasts, a signal does not end planguard: it is noted, and passed on at most once."""

    def __init__(self, *, interrupts: bool) -> None:
        self.pid = 0
        self.signals: list[int] = []
        self._interrupts = interrupts
        """Whether the program does not get Ctrl-C by itself."""
        self._passed_on = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Waiting:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                # A handler, not SIG_IGN: what is ignored here would be ignored by the program as well.
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signals.append(number)
        reaches_itself = number != signal.SIGTERM and not self._interrupts
        if self.pid and not self._passed_on and not reaches_itself:
            self._passed_on = True
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return  # it has just ended


def _in_foreground() -> bool:
    """Whether Ctrl-C of a terminal reaches this process group."""
    if _WINDOWS:
        return True
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
