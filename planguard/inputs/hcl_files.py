"""Which files belong to a configuration, and where they come from: a directory, a saved plan's zip.

Follows local module calls, also out of the directory that was named. Never follows a link in circles, and says what it
left out. Reads bytes; `hcl` understands them. Commits of a git repository are read by `hcl_revision`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from planguard.errors import InputError
from planguard.inputs import hcl
from planguard.sources.expressions import Literal
from planguard.sources.tree import Skipped, SourceFile, Tree

MOST_FILES = 50_000
"""More files than that are no configuration."""
_NOT_LOOKED_INTO = frozenset({".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "__pycache__"})
_INSTALLED = ".terraform/modules/modules.json"


class Store(Protocol):
    """Where files come from. Paths are relative to the directory that was named, with `/`; `""` is that directory."""

    name: str
    prefix: str

    def below(self) -> Iterable[str]:
        """Every directory at and below the top that holds sources."""

    def folder(self, path: str) -> Mapping[str, bytes]:
        """The sources directly in one directory, by their whole paths."""

    def file(self, path: str) -> bytes | None:
        """One file; None where there is none."""

    def data(self, path: str) -> bytes | None:
        """A file that the sources read themselves; None where there is none, or it lies outside of the project."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be read so far."""


def gather(
    store: Store, *, everything: bool, installed: bool = False, known: dict[bytes, SourceFile] | None = None
) -> Tree:
    """The sources of a store: of its top alone or of all directories below, and of every local module they call.

    `installed` also looks at the modules that `terraform init` put into `.terraform`. `known` remembers files by their
    content, for a second revision of the same.
    """
    cache = {} if known is None else known
    found: dict[str, SourceFile] = {}
    queue = list(store.below()) if everything else [""]
    places: dict[str, str] = {}
    if installed:
        data = store.file(_INSTALLED)
        places = dict(hcl.installed(data, "")) if data is not None else {}
        queue += [place for key, place in sorted(places.items()) if key]
    seen: set[str] = set()
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        for name, data in store.folder(path).items():
            file = found[name] = _read(name, data, cache)
            queue += [place for place in _called(file, path) if place not in seen]
            if len(found) > MOST_FILES:
                raise InputError(f"There are more than {MOST_FILES:,} source files here.", where=store.name)
    read_by = dict(_read_by(found.values()))
    texts = _texts(store, {path for paths in read_by.values() for path in paths})
    read_by = {directory: tuple(path for path in paths if path in texts) for directory, paths in read_by.items()}
    return Tree(
        store.name,
        found.values(),
        prefix=store.prefix,
        skipped=store.skipped,
        installed=places,
        data=texts,
        read_by=read_by,
    )


_FILE = re.compile(r'\bfile\(\s*"(\$\{\s*path\.(?:module|root)\s*\}/)?([^"$%]+)"\s*\)')
MOST_DATA = 1024 * 1024
"""Bytes of a file that the sources read: what decides how often something is made is a short list."""


def _read_by(files: Iterable[SourceFile]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Directory → the files that the sources in it read, as if it were the root as well."""
    named: dict[str, set[str]] = {}
    for file in files:
        directory = posixpath.dirname(file.path)
        for block in file.blocks:
            if "file(" in block.text:
                paths = (
                    posixpath.normpath(posixpath.join(directory, match[2])) for match in _FILE.finditer(block.text)
                )
                named.setdefault(directory, set()).update(paths)
    return ((directory, tuple(sorted(paths))) for directory, paths in sorted(named.items()))


def _texts(store: Store, paths: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(paths):
        data = store.data(path) if not path.startswith("/") and len(found) < MOST_FILES else None
        if data is not None and len(data) <= MOST_DATA:
            try:
                found[path] = data.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError:
                continue  # nothing that could be looked into
    return found


def _read(path: str, data: bytes, cache: dict[bytes, SourceFile]) -> SourceFile:
    key = path.encode("utf-8", "surrogatepass") + b"\0" + data
    if key not in cache:
        cache[key] = hcl.read(path, data)
    return cache[key]


def _called(file: SourceFile, directory: str) -> Iterable[str]:
    for block in file.blocks:
        if block.kind == "module":
            source = block.body.expression("source")
            if isinstance(source, Literal) and isinstance(source.value, str):
                place = local(source.value, directory)
                if place is not None:
                    yield place


def local(source: str, directory: str) -> str | None:
    """The directory that a module's `source` names, if it is a path."""
    if not source.startswith(("./", "../")) and source not in (".", ".."):
        return None
    place = posixpath.normpath(posixpath.join(directory, source))
    return "" if place == "." else place


class Disk:
    """A directory as it is now."""

    def __init__(self, directory: str, prefix: str | None = None, *, repository: Path | None = None) -> None:
        """`repository`: the top of the one that it is compared within. Links may lead to everywhere in it, and other
        repositories below are no part of it."""
        self.name = directory
        self._alone = repository is None
        self._top = Path(directory).absolute()
        if not self._top.is_dir():
            exists = self._top.exists() or self._top.is_symlink()
            raise InputError(
                "This is not a directory." if exists else "There is no such directory.",
                where=directory,
                hint="Give the directory that holds the .tf files.",
            )
        self._real = self._top.resolve() if repository is None else repository.resolve()
        self.prefix = _prefix(directory) if prefix is None else prefix
        self._skipped: dict[str, Skipped] = {}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(self._skipped[path] for path in sorted(self._skipped))

    def below(self) -> Iterable[str]:
        """Directories reached by a link are looked at where they really stand, if that is below the top, and once."""
        found: list[str] = []
        seen = 0
        queue = [""]
        while queue:
            path = queue.pop()
            children, sources = [], False
            entries = self._entries(path)
            if path and not self._alone and any(entry.name == ".git" for entry in entries):
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _NOT_LOOKED_INTO:
                        children.append(posixpath.join(path, entry.name))
                elif entry.name.endswith(hcl.SUFFIXES):
                    sources = True
            if sources:
                found.append(path)
            queue += reversed(children)
            seen += len(children)
            if seen > MOST_FILES:
                raise InputError(f"There are more than {MOST_FILES:,} directories here.", where=self.name)
        return found

    def folder(self, path: str) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for entry in self._entries(path):
            if entry.name.endswith(hcl.SUFFIXES):
                name = posixpath.join(path, entry.name)
                data = self.file(name)
                if data is not None:
                    found[name] = data
        return found

    def file(self, path: str) -> bytes | None:
        place = self._top / path
        try:
            if place.is_symlink() and not self._inside(place):
                self._skip(path, "is a link that leads out of this directory or nowhere")
                return None
            if not place.is_file():
                if place.exists() and not place.is_dir():
                    self._skip(path, "is no regular file")  # a pipe or a device would never end
                return None
            with place.open("rb") as file:
                return file.read(hcl.LARGEST + 1)
        except OSError as error:
            self._skip(path, f"cannot be read ({error.strerror})")
            return None

    def data(self, path: str) -> bytes | None:
        place = self._top / path
        try:
            if not self._inside(place) or not place.is_file():
                return None
            with place.open("rb") as file:
                return file.read(MOST_DATA + 1)
        except (OSError, ValueError):
            return None

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._top / path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            self._skip(path or ".", f"cannot be read ({error.strerror})")
            return []

    def _inside(self, place: Path) -> bool:
        try:
            return place.resolve(strict=True).is_relative_to(self._real)
        except (OSError, RuntimeError):  # a link in circles
            return False

    def _skip(self, path: str, why: str) -> None:
        self._skipped[path] = Skipped(path, why)


class Kept:
    """Files that are in memory: the `tfconfig/` of a saved plan."""

    def __init__(self, name: str, files: Mapping[str, bytes], prefix: str = "") -> None:
        self.name, self.prefix = name, prefix
        self._files = files
        self.skipped: tuple[Skipped, ...] = ()
        folders: dict[str, list[str]] = {}
        for path in files:
            if path.endswith(hcl.SUFFIXES):
                folders.setdefault(posixpath.dirname(path), []).append(path)
        self._folders = folders

    def below(self) -> Iterable[str]:
        return sorted(folder for folder in self._folders if not folder.startswith(".."))

    def folder(self, path: str) -> Mapping[str, bytes]:
        return {name: self._files[name] for name in sorted(self._folders.get(path, ()))}

    def data(self, path: str) -> bytes | None:
        return self._files.get(path)

    def file(self, path: str) -> bytes | None:
        return self._files.get(path)


def _prefix(directory: str) -> str:
    """What stands before the paths when they are shown: the directory as it was named."""
    plain = posixpath.normpath(directory.replace(os.sep, "/"))
    return "" if plain == "." else f"{plain}/"
