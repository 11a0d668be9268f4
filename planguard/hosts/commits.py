"""What files in a commit are called, on every host: paths, whole hashes, and git's names for contents."""

from __future__ import annotations

import hashlib
import posixpath
import re

from planguard.errors import HostError

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def blob_id(data: bytes, *, like: str = "") -> str:
    """git's name for a content, in the hash that `like` is written in."""
    digest = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def repository_path(name: str) -> str:
    """A path in the repository, in one form. Raises HostError for one that leads out of it."""
    found = posixpath.normpath(name) if name else ""
    if found.startswith(("/", "../")) or found == ".." or "\0" in found:
        raise HostError("This path leads out of the repository.", hint="Paths begin at the top of the repository.")
    return "" if found == "." else found


def whole_hash(commit: str) -> str:
    """A commit's whole hash. A name could be a branch or a tag; only a hash says the same on every call."""
    if not _SHA.fullmatch(commit):
        raise HostError("Files are read at a commit's full hash, and this is none.")
    return commit
