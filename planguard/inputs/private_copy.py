"""A saved plan, taken once: the bytes that are judged are the bytes that are applied, whatever becomes of the file.

Owns opening, copying and hashing. Knows nothing of what is inside.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from planguard.errors import InputError
from planguard.inputs.sources import unreadable

NAME = "tfplan"
_CHUNK = 1024 * 1024


class Copy(NamedTuple):
    """The private copy of a plan."""

    path: Path
    shown: str
    """As the user knows it."""
    sha256: str
    """Of what was copied."""
    elsewhere: str = ""
    """Why somebody else may have made it, a sentence; empty where nothing says so."""


def take(name: str, directory: Path) -> Copy:
    """Copy the file called `name` into `directory`, which belongs to this user alone. It is opened once; a link is
    followed, since what counts from then on is the copy. Raises InputError."""
    try:
        # Not blocking: a pipe without a writer must not hold anybody up.
        source = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from None
    found = os.fstat(source)
    if not stat.S_ISREG(found.st_mode):
        os.close(source)
        if stat.S_ISDIR(found.st_mode):
            raise unreadable(name, IsADirectoryError())
        raise InputError("This is not a file.", where=name, hint="A saved plan is the file of terraform plan -out.")
    with os.fdopen(source, "rb") as stream:
        target = directory / NAME
        total = hashlib.sha256()
        try:
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as out:
                while part := stream.read(_CHUNK):
                    total.update(part)
                    out.write(part)
        except OSError as error:
            raise InputError(f"This file cannot be copied ({error.strerror}).", where=name) from None
    return Copy(target, name, total.hexdigest(), _elsewhere(found))


def made(path: Path, shown: str) -> Copy:
    """The same for a plan that planguard itself had made in its private directory."""
    path.chmod(0o400)
    return Copy(path, shown, _sha256(path))


def verify(copy: Copy) -> None:
    """Raise InputError unless the copy still holds what was judged."""
    try:
        same = _sha256(copy.path) == copy.sha256
    except OSError:
        same = False
    if not same:
        raise InputError(
            "The private copy of this plan is no longer what was judged.",
            where=copy.shown,
            hint="Nothing was applied. Find out what writes into the directory for temporary files.",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _elsewhere(found: os.stat_result) -> str:
    """Only what the file itself tells: a plan that was downloaded belongs to whoever downloaded it."""
    if not hasattr(os, "getuid"):
        return ""
    if found.st_uid != os.getuid():
        return f"the file belongs to another user (uid {found.st_uid})"
    if stat.S_IMODE(found.st_mode) & stat.S_IWOTH:
        return "everybody on this machine may write to the file"
    return ""
