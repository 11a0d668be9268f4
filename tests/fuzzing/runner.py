"""The command in this process: the same `main()` as the console script, hundreds of times a second.

Owns the streams, the clock and the search for tracebacks. Decides nothing about a run: see `fuzzing.oracle`.
"""

from __future__ import annotations

import gc
import io
import itertools
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from planguard.cli import main as command

LIMIT = 10.0
"""Seconds that a run may take."""
_RUNS = itertools.count(1)


class Run(NamedTuple):
    """What a run of the command gave."""

    code: int
    out: bytes
    err: bytes
    seconds: float
    traceback: str = ""
    """Of the exception behind `bug: planguard itself failed`, which the command does not show."""

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return (self.out + self.err).decode("utf-8", "backslashreplace")


class TooLong(BaseException):
    """The run did not end in time. Not an `Exception`, so that nothing on the way can swallow it."""


class _Input(io.TextIOWrapper):
    """Standard input with these bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8")


def run(arguments: Sequence[str], stdin: bytes = b"") -> Run:
    """Run `planguard ARGUMENTS` in this process. Raises `TooLong`."""
    held: list[str] = []
    show_bug = command.show_bug

    def hold(error: Exception) -> None:
        held.append("".join(traceback.format_exception(error)))
        show_bug(error)

    streams = (sys.argv, sys.stdin, sys.stdout, sys.stderr)
    out, err = io.BytesIO(), io.BytesIO()
    collecting = gc.isenabled()
    sys.argv = ["planguard", *arguments]
    sys.stdin = _Input(stdin)
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True, newline="\n")
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", write_through=True, newline="\n")
    command.show_bug = hold
    begin = time.perf_counter()
    try:
        with _limited(LIMIT):
            code = _code()
        seconds = time.perf_counter() - begin
        sys.stdout.flush()
        sys.stderr.flush()
        printed, said = out.getvalue(), err.getvalue()  # gone with the streams around them
    finally:
        command.show_bug = show_bug
        sys.argv, sys.stdin, sys.stdout, sys.stderr = streams
        if collecting:
            # The command switches the collector off and leaves everything lying about: its process ends here.
            gc.enable()
            gc.unfreeze()
            if next(_RUNS) % 50 == 0:
                gc.collect()
    return Run(code, printed, said, seconds, "".join(held))


def _code() -> int:
    try:
        command.main()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    raise AssertionError("main() always exits")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """An alarm where there are alarms; elsewhere the caller's own time limit has to do."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def quiet_place(directory: str | os.PathLike[str]) -> Iterator[None]:
    """Work in a directory whose name says nothing, without what the caller's environment says of terminals."""
    names = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM")
    before, home = {name: os.environ.pop(name, None) for name in names}, Path.cwd()
    os.environ["COLUMNS"] = "80"
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(home)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
