"""Scripts and workflows of a change: which of them differ from before, and their text. Runs none of them."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

_SUFFIXES = (
    ".sh", ".bash", ".zsh", ".ps1", ".psm1", ".bat", ".cmd", ".yml", ".yaml", ".mk", ".py", ".groovy", ".just",
)  # fmt: skip
_NAMES = frozenset({"makefile", "gnumakefile", "jenkinsfile", "justfile", "dockerfile", "rakefile"})
_NOT_LOOKED_INTO = frozenset({".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "vendor"})
LARGEST = 1_000_000
"""Bytes of one file; a larger one is no script that anybody wrote."""
MOST_FILES = 20_000


def changed(top: Path, before: Callable[[str, bytes], str | None]) -> Iterator[tuple[str, str | None, str]]:
    """Path, text before (None: a new file) and text now of every script below `top` that was edited.

    `before` gets a path and its content now, and gives the content before; the same object as now where it is the same.
    """
    for path in _scripts(top):
        data = _content(top / path)
        if data is None or b"\0" in data[:4096]:
            continue
        now = data.decode("utf-8", "replace")
        old = before(path, data)
        if old != now:
            yield path, old, now


def _scripts(top: Path) -> Iterator[str]:
    found = 0
    queue = [""]
    while queue:
        folder = queue.pop()
        try:
            with os.scandir(top / folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listed:
            path = posixpath.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NOT_LOOKED_INTO:
                    queue.append(path)
            elif entry.name.lower().endswith(_SUFFIXES) or entry.name.lower() in _NAMES:
                found += 1
                if found > MOST_FILES:
                    return
                if entry.is_file(follow_symlinks=False):
                    yield path


def _content(place: Path) -> bytes | None:
    try:
        with place.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError:
        return None
    return data if len(data) <= LARGEST else None
