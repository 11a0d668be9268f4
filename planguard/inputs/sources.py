"""Opening what was named on the command line: a file, or standard input.

Owns the errors of opening and reading. Knows no format.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from planguard.errors import InputError

HEAD = 64 * 1024
"""Bytes that the formats may look at to recognise themselves."""


class Source(NamedTuple):
    """An input that is open for reading."""

    name: str
    """As it is shown."""
    path: str | None
    """None for standard input."""
    head: bytes
    """The first bytes, already taken from `stream`."""
    stream: BinaryIO
    """The rest."""
    size: int | None
    """Size of the whole in bytes; None where it is not known before the end (pipes)."""

    def ahead(self, size: int) -> Source:
        """The same with so many bytes in `head`, or all there are. Replaces this one: `stream` moves on."""
        try:
            return self._replace(head=self.head + _exactly(self.stream, size - len(self.head)))
        except OSError as error:
            raise unreadable(self.name, error) from None

    def read(self) -> bytes:
        """All of it. Once: `stream` is at its end afterwards."""
        try:
            return self.head + self.stream.read()
        except OSError as error:
            raise unreadable(self.name, error) from None


@contextmanager
def opened(name: str, stdin: BinaryIO | None) -> Iterator[Source]:
    """Open a file, or take standard input for `-`."""
    if name == "-":
        yield _source("<stdin>", None, _standard_input() if stdin is None else stdin)
        return
    try:
        stream = open(name, "rb")  # noqa: PTH123, SIM115  # pathlib costs 3 ms of start-up; closed below
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from None
    with stream:
        yield _source(name, name, stream)


def unreadable(name: str, error: OSError | ValueError) -> InputError:
    """The sentence for a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError):
        return InputError("There is no such file.", where=name, hint="Give the path of a saved plan or of its JSON.")
    if isinstance(error, IsADirectoryError) or _is_directory(name, error):
        return InputError(
            "This is a directory, not a plan.",
            where=name,
            hint="Run terraform plan -out=tfplan in it, and give planguard that file.",
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
    return InputError(f"This file cannot be read ({why}).", where=name)


def _is_directory(name: str, error: OSError | ValueError) -> bool:
    """Windows says only that access is denied."""
    from pathlib import Path

    return isinstance(error, PermissionError) and Path(name).is_dir()


def _source(name: str, path: str | None, stream: BinaryIO) -> Source:
    try:
        head = _exactly(stream, HEAD)
        size = os.fstat(stream.fileno()).st_size if path is not None else 0
    except OSError as error:
        raise unreadable(name, error) from None
    if len(head) < HEAD:
        return Source(name, path, head, stream, len(head))
    # A pipe or a device reports a size of zero.
    return Source(name, path, head, stream, size if size >= len(head) else None)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """Read until there is that much: one read of a pipe may give less."""
    parts = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _standard_input() -> BinaryIO:
    import sys

    # None under pythonw and where the parent closed it.
    if sys.stdin is None:
        raise InputError("There is no standard input to read from.", where="<stdin>")
    return sys.stdin.buffer
