"""A bare repository made and read by git itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ENV = {
    "PATH": os.environ.get("PATH", ""),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
    "HOME": os.devnull,
}
ZERO = "0" * 40


class Entry(NamedTuple):
    mode: str
    type: str
    sha: str
    size: int
    path: str


class Info(NamedTuple):
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: tuple[str, str]
    committer: tuple[str, str]
    when: str
    message: str


class Difference(NamedTuple):
    status: str
    path: str
    sha: str
    previous: str = ""


class Bare:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._read: dict[tuple[str, ...], bytes | GitError] = {}
        """What git said since the last write."""
        directory.mkdir(parents=True)
        self.run("init", "--quiet", "--bare", "--template=", ".")

    def run(self, *args: str, given: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", *args], cwd=self.directory, env=ENV, input=given, capture_output=True, check=False
        )
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def read(self, *args: str) -> bytes:
        """The same, for what changes nothing; asked once until something is written."""
        if args not in self._read:
            try:
                self._read[args] = self.run(*args)
            except GitError as error:
                self._read[args] = error
        found = self._read[args]
        if isinstance(found, GitError):
            raise found
        return found

    def write(self, *args: str, given: bytes = b"") -> bytes:
        self._read.clear()
        return self.run(*args, given=given)

    def resolve(self, revision: str) -> str | None:
        try:
            return self.read("rev-parse", "--verify", "--quiet", "--end-of-options", revision).decode().strip()
        except GitError:
            return None

    def commit(
        self,
        ref: str,
        files: Mapping[str, str | bytes | None],
        *,
        author: tuple[str, str],
        committer: tuple[str, str],
        when: datetime,
        messages: Sequence[str],
        parent: str | None,
    ) -> str:
        """Commits on top of `parent`, one per message; the files change in the first, `.count` in the others."""
        stream = []
        stamp = f"{int(when.timestamp())} +0000"
        for number, message in enumerate(messages, 1):
            stream.append(f"commit {ref}\nmark :{number}\n".encode())
            stream.append(f"author {author[0]} <{author[1]}> {stamp}\n".encode())
            stream.append(f"committer {committer[0]} <{committer[1]}> {stamp}\n".encode())
            stream.append(_data(message.encode()))
            if number == 1 and parent:
                stream.append(f"from {parent}\n".encode())
            changes = files if number == 1 else {".count": str(number)}
            for path, content in changes.items():
                if content is None:
                    stream.append(f"D {path}\n".encode())
                else:
                    data = content.encode() if isinstance(content, str) else content
                    stream.append(f"M 100644 inline {path}\n".encode() + _data(data))
        if parent is None:
            stream.insert(0, f"reset {ref}\n".encode())
        stream.append(f"get-mark :{len(messages)}\n".encode())
        return self.write("fast-import", "--quiet", "--force", given=b"".join(stream)).decode().strip()

    def entries(self, tree: str, *, recursive: bool) -> list[Entry]:
        flags = ["-r", "-t"] if recursive else []
        found = []
        for line in self.read("ls-tree", "-z", "--long", *flags, tree).split(b"\0"):
            if line:
                head, _, name = line.partition(b"\t")
                mode, kind, sha, size = head.decode().split()
                found.append(Entry(mode, kind, sha, 0 if size == "-" else int(size), name.decode()))
        return found

    def blob(self, sha: str) -> bytes | None:
        try:
            return self.read("cat-file", "blob", sha)
        except GitError:
            return None

    def log(self, *revisions: str, most: int | None = None) -> list[Info]:
        """Oldest first."""
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%B%x01"
        flags = [f"--max-count={most}"] if most else []
        out = self.read("log", "--reverse", "--topo-order", f"--format={form}", *flags, *revisions).decode()
        found = []
        for record in out.split("\x01"):
            if record.strip():
                sha, tree, parents, an, ae, cn, ce, when, message = record.lstrip("\n").split("\0")
                moment = datetime.fromtimestamp(int(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                found.append(Info(sha, tree, tuple(parents.split()), (an, ae), (cn, ce), moment, message.rstrip("\n")))
        return found

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.read("merge-base", one, other).decode().strip()
        except GitError:
            return None

    def diff(self, one: str, other: str) -> list[Difference]:
        parts = self.read("diff-tree", "-r", "-z", "-M", "--raw", "--no-commit-id", one, other).decode().split("\0")
        words = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
        found, at = [], 0
        while at < len(parts) and parts[at]:
            _, _, before, after, letter = parts[at].split()
            status = words[letter[0]]
            if letter[0] in "RC":
                found.append(Difference(status, parts[at + 2], after, parts[at + 1]))
                at += 3
            else:
                found.append(Difference(status, parts[at + 1], before if letter[0] == "D" else after))
                at += 2
        return found

    def update(self, ref: str, new: str, old: str | None) -> bool:
        """Move a ref from `old` (None: from nowhere)."""
        try:
            self.write("update-ref", ref, new, old or ZERO)
        except GitError:
            return False
        return True

    def make_blob(self, data: bytes) -> str:
        return self.write("hash-object", "-w", "--stdin", given=data).decode().strip()

    def make_tree(self, entries: Sequence[tuple[str, str, str, str]]) -> str:
        """Of mode, type, sha, path (one level)."""
        given = "".join(f"{mode} {kind} {sha}\t{path}\0" for mode, kind, sha, path in entries).encode()
        return self.write("mktree", "-z", given=given).decode().strip()

    def make_commit(self, tree: str, parents: Sequence[str], message: str, who: tuple[str, str], when: datetime) -> str:
        stamp = f"{who[0]} <{who[1]}> {int(when.timestamp())} +0000"
        head = "".join(f"parent {parent}\n" for parent in parents)
        text = f"tree {tree}\n{head}author {stamp}\ncommitter {stamp}\n\n{message}\n"
        return self.write("hash-object", "-t", "commit", "-w", "--stdin", given=text.encode()).decode().strip()


class GitError(Exception):
    """git refused."""


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"
