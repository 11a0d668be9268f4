"""CPU seconds and peak memory of whole processes, and ratios between two of them that ran side by side.

Machines are shared and drift: only ratios mean anything, of runs that took turns. Starts programs; knows no plan.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """One process, from start to end."""

    cpu: float
    """Seconds, user and system, children included."""
    memory: int
    """Bytes at the peak."""


class Command(NamedTuple):
    """What to run."""

    words: tuple[str, ...]
    stdin: Path | None = None
    exits: tuple[int, ...] = (0,)


def python(*words: str) -> Command:
    """This Python."""
    return Command((sys.executable, *words))


def check(plan: Path, *, piped: bool = False) -> Command:
    """`planguard check`, whatever the verdict."""
    words = (sys.executable, "-m", "planguard", "check", "-" if piped else str(plan))
    return Command(words, stdin=plan if piped else None, exits=(0, 10, 11))


def once(command: Command) -> Run:
    """Run it, its output thrown away."""
    if command.stdin is None:
        process = subprocess.Popen(command.words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    else:
        # A real pipe: a file as standard input could be sought in.
        feeder = subprocess.Popen(("cat", str(command.stdin)), stdout=subprocess.PIPE)
        process = subprocess.Popen(command.words, stdin=feeder.stdout, stdout=subprocess.DEVNULL)
        assert feeder.stdout is not None
        feeder.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code  # already waited for
    if code not in command.exits:
        raise SystemExit(f"{' '.join(command.words)} ended in {code}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale)


def in_turn(commands: Sequence[Command], times: int) -> list[list[Run]]:
    """All runs of each command, taking turns: A B A B."""
    rounds = [[once(command) for command in commands] for _ in range(times)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def cpu(runs: Sequence[Run]) -> float:
    """The median."""
    return statistics.median(run.cpu for run in runs)


def memory(runs: Sequence[Run]) -> float:
    """The median of the peaks."""
    return statistics.median(run.memory for run in runs)


def ratio(ours: Command, theirs: Command, times: int) -> float:
    """CPU of one in CPUs of the other: the median over rounds, in each of which they ran one after the other."""
    first, second = in_turn((ours, theirs), times)
    return statistics.median(one.cpu / other.cpu for one, other in zip(first, second, strict=True))


def above(ours: Command, base: Command, times: int) -> float:
    """Milliseconds of CPU beyond those of another command."""
    first, second = in_turn((ours, base), times)
    return 1000 * (cpu(first) - cpu(second))
