"""Where the evidence lives: a file, or a branch of its own. Adds lines; changes and drops none, whoever else writes.

Owns locking and trying again. The form of the lines is the ledger's; the branch is written through a `Host`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from planguard.consent import ledger
from planguard.consent.ledger import Broken, Entry
from planguard.consent_config import Evidence
from planguard.errors import ConfigError, HostError, PlanguardError, ReportError
from planguard.forge import Host

MOST_BYTES = 50_000_000
"""Tens of thousands of decisions. A branch is written as a whole each time, and services take no more than 100 MB."""
LOCK_SECONDS = 30.0
TRIES = 15
"""Times that a branch is written where others are quicker."""
_LONGEST = 4.0
"""Seconds between two of them."""


class Written(NamedTuple):
    """What was added."""

    head: str
    """Hash of the last line: whoever keeps it elsewhere can tell later whether lines were dropped."""
    where: str
    broken: Broken | None
    """What was wrong with the ledger before. It is written to all the same, so that nothing is lost."""


class Store(Protocol):
    """A place for the evidence."""

    def read(self) -> bytes:
        """All of it; empty where there is none yet."""

    def append(self, entries: Sequence[Entry]) -> Written:
        """Add entries. They are there when this returns; otherwise it raises."""


def store(evidence: Evidence, *, top: Path, host: Host | None) -> Store | None:
    """What the configuration asks for; None for no evidence. `top` is where relative paths start."""
    if evidence.store == "none":
        return None
    if evidence.store == "file":
        return FileStore(top / evidence.path)
    if host is None:
        raise ConfigError("the evidence is to be written to a branch, and no service is known here")
    return BranchStore(host, evidence.branch, evidence.path)


class FileStore:
    """A file. Processes on one machine wait for each other."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> bytes:
        """All of it; empty where there is none yet."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except (OSError, ValueError) as error:
            raise self._error("read", error) from None

    def append(self, entries: Sequence[Entry]) -> Written:
        """Add entries, and see them on the disk."""
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                return self._locked(entries)
        except Timeout:
            raise ReportError(
                f"the evidence is locked by another process for {LOCK_SECONDS:g} seconds",
                where=str(self.path),
                hint=f"If none runs any more, delete {self.path.name}.lock.",
            ) from None
        except (OSError, ValueError) as error:
            raise self._error("written", error) from None

    def _locked(self, entries: Sequence[Entry]) -> Written:
        existing = self.read()
        lines = ledger.chain(existing, entries)
        data = ledger.appended(existing, lines)
        _fits(len(existing) + len(data), str(self.path))
        with self.path.open("ab") as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                # Half a line must not stay behind.
                os.truncate(self.path, len(existing))
                raise
        return Written(ledger.head(data), str(self.path), ledger.verify(existing))

    def _error(self, what: str, error: Exception) -> PlanguardError:
        why = getattr(error, "strerror", None) or "the path is not valid"
        return ReportError(f"the evidence cannot be {what} ({why})", where=str(self.path))


class BranchStore:
    """A file on a branch of its own, at a service. Whoever finds it changed meanwhile reads again and tries again."""

    def __init__(self, host: Host, branch: str, path: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._host = host
        self._branch = branch
        self._path = path
        self._sleep = sleep
        self._seen: tuple[bytes, str | None] | None = None
        """What was read last, with its state; a write on top of an older one is refused."""

    def read(self) -> bytes:
        """All of it; empty where there is none yet."""
        self._seen = self._host.ledger(self._branch, self._path)
        return self._seen[0]

    def append(self, entries: Sequence[Entry]) -> Written:
        """Add entries behind whatever others wrote meanwhile."""
        where = f"{self._path} on branch {self._branch}"
        for attempt in range(TRIES):
            if attempt:
                # Those who were too slow together must not be so again.
                self._sleep(random.uniform(0, min(_LONGEST, 0.1 * 2**attempt)))
            existing, state = self._seen or self._host.ledger(self._branch, self._path)
            self._seen = None
            lines = ledger.chain(existing, entries)
            _fits(len(existing) + sum(len(line) + 1 for line in lines), where)
            if self._host.append(self._branch, self._path, lines, expect=state) is not None:
                return Written(ledger.head(lines[-1].encode() if lines else existing), where, ledger.verify(existing))
        raise HostError(
            f"the evidence could not be written: others were quicker {TRIES} times",
            where=where,
            hint="Run the gate again.",
        )


def _fits(size: int, where: str) -> None:
    if size > MOST_BYTES:
        raise ReportError(
            f"the evidence has grown to {MOST_BYTES // 1_000_000} MB, and takes no more",
            where=where,
            hint="Name a new file under consent: evidence: path, and keep this one.",
        )
