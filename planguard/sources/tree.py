"""What the sources of one revision hold: files, blocks, attributes, each with its lines. Types only; reads nothing.

`inputs.hcl` makes them. A block's inside is read when it is first asked for: of most blocks only their place is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from planguard.model import Location


class Attribute(NamedTuple):
    """`name = expression`."""

    expression: Any
    """See `expressions`."""
    text: str
    """As written, without comments and with single blanks: two that are equal mean the same."""
    line: int


class Body(NamedTuple):
    """The inside of a block."""

    attributes: Mapping[str, Attribute] = {}
    blocks: tuple[Block, ...] = ()
    readable: bool = True
    """False: its structure was not understood; only its text can be compared."""

    def nested(self, kind: str) -> tuple[Block, ...]:
        """The nested blocks of one kind."""
        return tuple(block for block in self.blocks if block.kind == kind)

    def expression(self, name: str) -> Any:
        """The expression of an attribute; None where there is none."""
        attribute = self.attributes.get(name)
        return None if attribute is None else attribute.expression


class Block:
    """`kind "label" … { … }` in one file."""

    __slots__ = ("_body", "_load", "end", "file", "kind", "labels", "line", "text")

    def __init__(
        self,
        kind: str,
        labels: tuple[str, ...],
        file: str,
        line: int,
        end: int,
        text: str,
        load: Callable[[], Body],
    ) -> None:
        self.kind, self.labels = kind, labels
        self.file, self.line, self.end = file, line, end
        self.text = text
        """As written, for a quick look whether anything changed at all."""
        self._load: Callable[[], Body] | None = load
        self._body = Body()

    @property
    def body(self) -> Body:
        """Its inside."""
        if self._load is not None:
            self._body, self._load = self._load(), None
        return self._body

    @property
    def location(self) -> Location:
        """Where it begins."""
        return Location(self.file, self.line)

    def __repr__(self) -> str:
        return f"Block({self.kind} {' '.join(self.labels)} at {self.file}:{self.line})"


class Ignore(NamedTuple):
    """A comment `# planguard:ignore RULE until=YYYY-MM-DD reason="…"`."""

    rules: tuple[str, ...]
    reason: str | None
    until: str | None
    file: str
    line: int
    problem: str | None = None
    """What is wrong with it, as the end of a sentence; None when it is well formed."""


class SourceFile(NamedTuple):
    """One file, read."""

    path: str
    """Relative to the top of what was read, with `/`."""
    blocks: tuple[Block, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    problem: str | None = None
    """Why it, or a part of it, could not be read, as a sentence."""
    line: int | None = None
    """Where the problem is."""


class Skipped(NamedTuple):
    """A file that was not read at all."""

    path: str
    why: str
    """A sentence."""


class Tree:
    """The sources of one revision or directory."""

    __slots__ = ("_folders", "data", "files", "installed", "name", "prefix", "read_by", "skipped")

    def __init__(
        self,
        name: str,
        files: Iterable[SourceFile] = (),
        *,
        prefix: str = "",
        skipped: tuple[Skipped, ...] = (),
        installed: Mapping[str, str] = MappingProxyType({}),
        data: Mapping[str, str] = MappingProxyType({}),
        read_by: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.name = name
        """What it is called in messages: a directory, a revision."""
        self.prefix = prefix
        """What stands before every path when it is shown: `infra/`; empty for the current directory."""
        self.files = {file.path: file for file in sorted(files, key=lambda file: file.path)}
        """Configuration and variable files by path."""
        self.skipped = skipped
        self.installed = installed
        """Module key (`network.subnets`) → directory below the top, from `.terraform/modules/modules.json`."""
        self.data = data
        """Files that the sources read with `file("…")`, by path: their text."""
        self.read_by = read_by
        """Directory → the paths of the files that the sources in it read."""
        folders: dict[str, list[SourceFile]] = {}
        for file in self.files.values():
            folders.setdefault(file.path.rpartition("/")[0], []).append(file)
        self._folders = folders

    def directory(self, path: str) -> list[SourceFile]:
        """The files that stand directly in one directory, in their order."""
        return self._folders.get(path, [])

    @property
    def directories(self) -> tuple[str, ...]:
        """Every directory that holds files, sorted."""
        return tuple(sorted(self._folders))

    def shown(self, location: Location) -> Location:
        """A place as people see it."""
        return location._replace(file=self.prefix + location.file)
