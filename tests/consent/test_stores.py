"""Where the evidence lives: many writers at once, and none of them loses a line."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from fakegithub import FakeGitHub
from planguard.consent import ledger
from planguard.consent.stores import TRIES, BranchStore, FileStore, store
from planguard.consent_config import Evidence
from planguard.errors import ConfigError, HostError, ReportError
from planguard.forge import Host
from planguard.hosts import github

ENTRY: dict[str, Any] = {"at": "2026-11-22T10:00:00+00:00", "state": "approved"}


def write_many(path: str, who: str, count: int) -> None:
    for number in range(count):
        FileStore(Path(path)).append([{**ENTRY, "who": who, "what": number}])


class Branches:
    """A service's branches, in memory: real threads, one lock, and states that change with every write."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._lock = threading.Lock()
        self.refused = 0

    def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
        with self._lock:
            data, state = self._files.get((ref, path), (b"", 0))
        return data, str(state) if state else None

    def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
        with self._lock:
            data, state = self._files.get((ref, path), (b"", 0))
            if (str(state) if state else None) != expect:
                self.refused += 1
                return None
            data += "".join(f"{line}\n" for line in lines).encode()
            self._files[ref, path] = data, state + 1
            return str(state + 1)


def host(branches: Branches) -> Host:
    return cast("Host", branches)


def test_a_file_is_begun_with_its_directories_and_added_to(tmp_path: Path) -> None:
    target = FileStore(tmp_path / "deep/er/evidence.jsonl")
    assert target.read() == b""
    first = target.append([ENTRY])
    assert (first.broken, first.head) == (None, ledger.head(target.read()))
    second = target.append([ENTRY, ENTRY])
    assert second.head == ledger.head(target.read())
    assert ledger.verify(target.read(), expect=first.head) is None
    assert len(list(ledger.entries(target.read()))) == 3
    assert second.where.endswith("evidence.jsonl")


def test_many_processes_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_many, args=(str(path), name, 25)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    data = path.read_bytes()
    assert ledger.verify(data) is None
    assert Counter(entry["who"] for entry in ledger.entries(data)) == {"a": 25, "b": 25, "c": 25}


def test_a_broken_file_is_written_to_and_the_writer_is_told(tmp_path: Path) -> None:
    target = FileStore(tmp_path / "evidence.jsonl")
    target.append([ENTRY, ENTRY, ENTRY])
    edited = target.read().replace(b"approved", b"refused!", 1)
    target.path.write_bytes(edited[:-1])
    found = target.append([ENTRY])
    assert found.broken is not None
    assert found.broken.line == 1
    assert target.read().startswith(edited)
    assert len(list(ledger.entries(target.read()))) == 4


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(ReportError, match="the evidence cannot be"):
        FileStore(tmp_path / "directory").append([ENTRY])
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="the evidence cannot be"):
        FileStore(tmp_path / "file/evidence.jsonl").append([ENTRY])
    with pytest.raises(ReportError, match="the path is not valid"):
        FileStore(Path("a\0b")).append([ENTRY])


def test_a_write_that_fails_half_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = FileStore(tmp_path / "evidence.jsonl")
    target.append([ENTRY])
    before = target.read()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ReportError, match="No space left"):
        target.append([ENTRY])
    assert target.read() == before


def test_a_file_that_somebody_holds_is_an_error_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr("planguard.consent.stores.LOCK_SECONDS", 0.1)
    target = FileStore(tmp_path / "evidence.jsonl")
    with FileLock(f"{target.path}.lock"), pytest.raises(ReportError, match="locked by another process"):
        target.append([ENTRY])


def test_many_threads_lose_no_line_on_a_branch() -> None:
    branches = Branches()

    def work(who: str) -> None:
        for number in range(20):
            BranchStore(host(branches), "evidence", "e.jsonl").append([{**ENTRY, "who": who, "what": number}])

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(before)
    data = BranchStore(host(branches), "evidence", "e.jsonl").read()
    assert ledger.verify(data) is None
    assert Counter(entry["who"] for entry in ledger.entries(data)) == dict.fromkeys("abcd", 20)


def test_a_writer_between_reading_and_writing_is_waited_out() -> None:
    branches = Branches()
    waits: list[float] = []

    class Busy(Branches):
        left = 3

        def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
            found = branches.ledger(ref, path)
            if self.left:
                self.left -= 1
                branches.append(ref, path, ledger.chain(found[0], [{"who": "other"}]), expect=found[1])
            return found

        def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
            return branches.append(ref, path, lines, expect=expect)

    written = BranchStore(host(Busy()), "evidence", "e.jsonl", sleep=waits.append).append([{"who": "me"}])
    data = branches.ledger("evidence", "e.jsonl")[0]
    assert [entry["who"] for entry in ledger.entries(data)] == ["other", "other", "other", "me"]
    assert ledger.verify(data) is None
    assert (written.head, branches.refused, len(waits)) == (ledger.head(data), 3, 3)
    assert max(waits) <= 0.8


def test_what_was_read_is_not_read_again_unless_somebody_was_quicker() -> None:
    class Counting(Branches):
        reads = 0

        def ledger(self, ref: str, path: str) -> tuple[bytes, str | None]:
            self.reads += 1
            return super().ledger(ref, path)

    branches = Counting()
    mine, other = (BranchStore(host(branches), "evidence", "e.jsonl", sleep=lambda s: None) for _ in range(2))
    assert mine.read() == b""
    mine.append([{"who": "me"}])
    assert branches.reads == 1
    mine.read()
    other.append([{"who": "other"}])
    assert branches.reads == 3
    mine.append([{"who": "me"}])
    assert (branches.reads, branches.refused) == (4, 1)
    data = mine.read()
    assert ledger.verify(data) is None
    assert [entry["who"] for entry in ledger.entries(data)] == ["me", "other", "me"]


def test_gates_that_write_to_a_branch_on_github_at_once_lose_no_line() -> None:
    """Real HTTP to a GitHub on loopback, with a git repository behind it."""
    with FakeGitHub.start() as hub:
        repo = hub.repo("acme/infra", files={"main.tf": ""})
        env = hub.env(repo)
        problems: list[BaseException] = []

        def work(who: str) -> None:
            try:
                target = BranchStore(github.from_environment(env), "planguard-evidence", "log/e.jsonl")
                for number in range(4):
                    target.append([{**ENTRY, "who": who, "what": number}])
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert problems == []
        data = BranchStore(github.from_environment(env), "planguard-evidence", "log/e.jsonl").read()
        assert ledger.verify(data) is None
        assert Counter(entry["who"] for entry in ledger.entries(data)) == dict.fromkeys("abc", 4)


def test_a_branch_that_is_never_free_is_an_error_in_the_end() -> None:
    class Refusing(Branches):
        def append(self, ref: str, path: str, lines: Sequence[str], *, expect: str | None) -> str | None:
            self.refused += 1
            return None

    branches = Refusing()
    waits: list[float] = []
    with pytest.raises(HostError, match=f"others were quicker {TRIES} times"):
        BranchStore(host(branches), "evidence", "e.jsonl", sleep=waits.append).append([ENTRY])
    assert (branches.refused, len(waits)) == (TRIES, TRIES - 1)
    assert sum(waits) < 60


def test_a_ledger_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planguard.consent.stores.MOST_BYTES", 1000)
    branches = Branches()
    for target in (FileStore(tmp_path / "e.jsonl"), BranchStore(host(branches), "evidence", "e.jsonl")):
        with pytest.raises(ReportError, match="takes no more") as caught:
            for _ in range(100):
                target.append([ENTRY])
        assert caught.value.hint is not None
        assert 500 < len(target.read()) <= 1000
        assert ledger.verify(target.read()) is None


def test_the_configuration_says_where(tmp_path: Path) -> None:
    assert store(Evidence("none"), top=tmp_path, host=None) is None
    found = store(Evidence(), top=tmp_path, host=None)
    assert isinstance(found, FileStore)
    assert found.path == tmp_path / ".planguard/evidence.jsonl"
    assert isinstance(store(Evidence("branch"), top=tmp_path, host=host(Branches())), BranchStore)
    with pytest.raises(ConfigError, match="to a branch"):
        store(Evidence("branch"), top=tmp_path, host=None)
