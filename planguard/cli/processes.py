"""Judging files in several processes: how they begin, what they do, and how they end.

Owns the processes. Which files go there, and what is done with each, `many` says. They start anew everywhere, because a
process that is copied while threads run may hang. None of them outlives whoever asked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planguard.cli.messages import Progress
from planguard.errors import ConfigError, ExternalError, PlanguardError

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from types import FrameType

    from planguard.cli.judging import Policy
    from planguard.cli.many import Outcome, Way
    from planguard.config import Config
    from planguard.model import Tier

_PATIENCE = 3.0
"""Seconds that a process has to end what it began, once it is told to."""
_ENDED = "A process that judged plans was ended from outside, as happens where memory runs out."
_NO_MEMORY = "There is not enough memory to judge this plan beside the others."
_ONE_BY_ONE = "Nothing was decided. --jobs 1 judges one plan after the other, in less memory."


def judged(
    sources: Sequence[str], number: int, by: Policy, way: Way, meanwhile: Callable[[], dict[str, Outcome]]
) -> dict[str, Outcome] | None:
    """What became of these files in so many processes, and of what this one does meanwhile.

    None where this machine lets nobody begin processes. Raises ExternalError where one was ended from outside: nobody
    knows what it would have said.
    """
    try:
        from concurrent.futures.process import BrokenProcessPool

        pool = _pool(number, by, way)
    except (ImportError, NotImplementedError, OSError):
        return None  # no semaphores, as in some sandboxes
    try:
        try:
            with _not_to_be_interrupted():
                asked = {source: pool.submit(_work, source) for source in sources}
        except OSError:
            _end(pool)
            return None  # no more processes for this user
        found = meanwhile()
        with Progress(f"Judging {len(sources):,} plans in {number} processes"):
            found |= {source: future.result() for source, future in asked.items()}
        pool.shutdown()
    except BrokenProcessPool:
        _end(pool)
        raise ExternalError(_ENDED, hint=_ONE_BY_ONE) from None
    except BaseException:
        _end(pool)
        raise
    return found


def _pool(number: int, by: Policy, way: Way) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from planguard import engine

    digest = engine.policy_digest(by.rules, by.config)
    return ProcessPoolExecutor(
        number, get_context("spawn"), initializer=_begin, initargs=(by.config, by.stated, digest, way)
    )


@contextmanager
def _not_to_be_interrupted() -> Iterator[None]:
    """While processes are begun: they inherit that Ctrl-C waits, until they can say that it is not for them.

    Here it comes as soon as all of them are there.
    """
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows, where nothing is inherited
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(pool: ProcessPoolExecutor) -> None:
    """End every process at once, and wait for none."""
    from multiprocessing import active_children

    managers = [thread for thread in threading.enumerate() if type(thread).__name__ == "_ExecutorManagerThread"]
    pool.shutdown(wait=False, cancel_futures=True)
    for child in active_children():
        child.terminate()
    # The interpreter wakes the pool's thread when it ends; met while it closes its pipe, that is a traceback.
    for thread in managers:
        thread.join(_PATIENCE)


# --- what runs in the other processes ---------------------------------------------------------------------------------

_task: list[tuple[Policy | PlanguardError, Way]] = []
"""What a process was begun with: compiled rules cannot be sent, so each reads them."""


def _begin(config: Config, stated: Tier | None, digest: str, way: Way) -> None:
    """Once per process: read the rules, and never outlive whoever asked."""
    import gc
    import signal
    from threading import Thread

    # Ctrl-C reaches every process of a terminal; the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()
    _task[:] = [(_policy(config, stated, digest), way)]
    # Until here there is nothing to unwind, and the pool would print where it was.
    signal.signal(signal.SIGTERM, _told_to_end)


def _policy(config: Config, stated: Tier | None, digest: str) -> Policy | PlanguardError:
    from planguard import engine
    from planguard.cli.judging import Policy
    from planguard.policy import rulebook

    try:
        rules = rulebook.rules(config.rule_dirs)
    except PlanguardError as error:
        return error
    if engine.policy_digest(rules, config) != digest:
        return ConfigError("The rules changed while plans were judged by them.", hint="Run it again.")
    return Policy(config, rules, stated)


def _end_with_parent() -> None:
    import signal
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _told_to_end(_: int, __: FrameType | None) -> None:
    """Unwind, so that whoever started another program ends it; the pool says it twice, and once is enough."""
    import signal
    from threading import Timer

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    last = Timer(_PATIENCE, os._exit, (1,))
    last.daemon = True
    last.start()
    raise SystemExit(1)


def _work(source: str) -> Outcome:
    """One file. Errors come back as what they are."""
    from planguard.cli.many import one_file, tidy

    by, way = _task[0]
    if isinstance(by, PlanguardError):
        return by
    try:
        return one_file(source, by, way)
    except MemoryError:
        return ExternalError(_NO_MEMORY, where=source, hint=_ONE_BY_ONE)
    except SystemExit:
        os._exit(1)  # the pool would take it for an answer, and hand out the next file
    finally:
        tidy()
