"""Files of a commit on GitHub, so that "there is no such file" is always GitHub's own word.

Owns reading by path. A 404 for a file may mean that the token sees nothing at all, so it is never believed: the
commit's tree is read, and only a tree that was read whole can say that something is not in it. Contents are checked by
their hash.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from planguard.errors import HostError
from planguard.hosts.commits import blob_id, repository_path, whole_hash
from planguard.hosts.github_shapes import BlobShape, EntryShape, TreeShape
from planguard.hosts.rest import Rest, path

_OBJECT = "application/vnd.github.object+json"
_LINK, _FILES = "120000", frozenset({"100644", "100755", "100664"})

Tree = Mapping[str, EntryShape]


class Files:
    """The files of one repository."""

    def __init__(self, rest: Rest, owner: str, name: str) -> None:
        self._rest = rest
        self._at = (owner, name)
        self._whole: dict[str, Tree | None] = {}
        """All paths of a commit; None where they are too many for one answer."""
        self._parts: dict[str, Tree] = {}
        """One directory, by the id of its tree."""

    def read(self, name: str, commit: str) -> bytes | None:
        """A file's bytes, or None where the commit has no such path."""
        name, commit = repository_path(name), whole_hash(commit)
        if commit not in self._whole and (found := self._found(name, commit)) is not None:
            return found[0]
        entry = self._entry(name, commit)
        if entry is None:
            return None
        if entry["mode"] not in _FILES:
            raise _not_a_file(name)
        return self.blob(entry["sha"])

    def on_branch(self, name: str, branch: str) -> tuple[bytes, str] | None:
        """A file's bytes, and their hash, where a branch stands now; None for a 404, which does not say why."""
        return self._found(repository_path(name), f"refs/heads/{branch}")  # whole, or a tag could stand in for it

    def listing(self, name: str, commit: str) -> tuple[str, ...]:
        """The files right inside a directory. Links and submodules are left out."""
        directory, commit = repository_path(name), whole_hash(commit)
        whole = self._tree(commit)
        prefix = f"{directory}/" if directory else ""
        if whole is not None:
            inside = [entry for at, entry in whole.items() if at.startswith(prefix) and "/" not in at[len(prefix) :]]
            return tuple(sorted(entry["path"] for entry in inside if entry["mode"] in _FILES))
        sha = commit
        if directory:
            entry = self._entry(directory, commit)
            if entry is None or entry["type"] != "tree":
                return ()
            sha = entry["sha"]
        part = self._part(sha)
        return tuple(sorted(prefix + at for at, entry in part.items() if entry["mode"] in _FILES))

    def blob(self, sha: str) -> bytes:
        """A content by its hash."""
        where = path("repos", *self._at, "git", "blobs", whole_hash(sha))
        answer = self._rest.ask("GET", where)
        found = self._rest.decode(answer, BlobShape)
        if found["sha"] != sha:
            raise HostError("GitHub answered with another content than it was asked for.", where=answer.call)
        return self._bytes(found, answer.call)

    def _found(self, name: str, ref: str) -> tuple[bytes, str] | None:
        where = path("repos", *self._at, "contents", *name.split("/"))
        answer = self._rest.ask("GET", where, params={"ref": ref}, accept=_OBJECT, allow=(404,))
        if answer.status == 404:
            return None
        found = self._rest.decode(answer, BlobShape)
        if found.get("type") != "file":
            raise _not_a_file(name)
        small = found.get("encoding") == "base64"
        return self._bytes(found, answer.call) if small else self.blob(found["sha"]), found["sha"]

    def _bytes(self, shape: BlobShape, call: str) -> bytes:
        try:
            if shape.get("encoding") != "base64":
                raise ValueError
            data = base64.b64decode("".join(shape["content"].split()), validate=True)
        except (KeyError, ValueError, binascii.Error):
            raise HostError("GitHub gave a file's content in an encoding that is not known.", where=call) from None
        if blob_id(data, like=shape["sha"]) != shape["sha"]:
            raise HostError("GitHub gave a file's content only in part, or another one.", where=call)
        return data

    def _entry(self, name: str, commit: str) -> EntryShape | None:
        whole = self._tree(commit)
        if whole is not None:
            return whole.get(name)
        sha, entry = commit, None
        for at, segment in enumerate(name.split("/")):
            if at and (entry is None or entry["type"] != "tree"):
                return None
            entry = self._part(sha).get(segment)
            sha = entry["sha"] if entry else ""
        return entry

    def _tree(self, commit: str) -> Tree | None:
        if commit not in self._whole:
            where = path("repos", *self._at, "git", "trees", commit)
            found = self._rest.get(where, TreeShape, {"recursive": "1"})
            self._whole[commit] = None if found["truncated"] else {entry["path"]: entry for entry in found["tree"]}
        return self._whole[commit]

    def _part(self, sha: str) -> Tree:
        if sha not in self._parts:
            answer = self._rest.ask("GET", path("repos", *self._at, "git", "trees", sha))
            found = self._rest.decode(answer, TreeShape)
            if found["truncated"]:
                raise HostError("A directory has more files than GitHub lists.", where=answer.call)
            self._parts[sha] = {entry["path"]: entry for entry in found["tree"]}
        return self._parts[sha]


def _not_a_file(name: str) -> HostError:
    return HostError("This is a directory, a link or a submodule where a file is needed.", where=name)
