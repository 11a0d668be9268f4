"""Files of a commit on GitLab, so that "there is no such file" is always GitLab's own word.

Owns reading by path. A 404 for a file may mean that the token sees nothing at all, so it is never believed:
directories are listed from the top down, and only a listing that was read whole can say that something is not in it.
Contents are checked by their hash.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from planguard.errors import HostError
from planguard.hosts.commits import blob_id, repository_path, whole_hash
from planguard.hosts.gitlab_shapes import EntryShape
from planguard.hosts.rest import Rest, path

_FILES = frozenset({"100644", "100755", "100664"})

Directory = Mapping[str, EntryShape]


class Files:
    """The files of one project."""

    def __init__(self, rest: Rest, project: str) -> None:
        self._rest = rest
        self._at = ("projects", project, "repository")
        self._directories: dict[tuple[str, str], Directory] = {}
        """What lies right inside of a directory, by commit and path."""

    def read(self, name: str, commit: str) -> bytes | None:
        """A file's bytes, or None where the commit has no such path."""
        name = repository_path(name)
        entry = self._entry(name, whole_hash(commit))
        if entry is None:
            return None
        if entry["type"] != "blob" or entry["mode"] not in _FILES:
            raise HostError("This is a directory, a link or a submodule where a file is needed.", where=name)
        return self.blob(entry["id"])

    def listing(self, name: str, commit: str) -> tuple[str, ...]:
        """The files right inside a directory. Links and submodules are left out."""
        name, commit = repository_path(name), whole_hash(commit)
        if name:
            entry = self._entry(name, commit)
            if entry is None or entry["type"] != "tree":
                return ()
        found = self._directory(name, commit)
        return tuple(sorted(at for at, entry in found.items() if entry["mode"] in _FILES))

    def blob(self, sha: str) -> bytes:
        """A content by its hash."""
        answer = self._rest.ask("GET", path(*self._at, "blobs", whole_hash(sha), "raw"))
        if blob_id(answer.body, like=sha) != sha:
            raise HostError("GitLab gave a file's content only in part, or another one.", where=answer.call)
        return answer.body

    def hashes(self, names: list[str], commit: str) -> dict[str, str]:
        """The hashes of contents that are known to be in a commit. Raises where one is not."""
        found = {}
        for name in names:
            entry = self._directory(posixpath.dirname(name), whole_hash(commit)).get(name)
            if entry is None:
                raise HostError("GitLab names a changed file that its commit does not hold.", where=name)
            found[name] = entry["id"]
        return found

    def _entry(self, name: str, commit: str) -> EntryShape | None:
        directory = ""
        *parents, last = name.split("/")
        for parent in parents:
            entry = self._directory(directory, commit).get(posixpath.join(directory, parent))
            if entry is None or entry["type"] != "tree":
                return None
            directory = entry["path"]
        return self._directory(directory, commit).get(posixpath.join(directory, last))

    def _directory(self, name: str, commit: str) -> Directory:
        if (commit, name) not in self._directories:
            where = path(*self._at, "tree")
            asked = {"ref": commit, **({"path": name} if name else {})}
            found = {entry["path"]: entry for entry in self._rest.pages(where, EntryShape, asked)}
            if any(posixpath.dirname(at) != name for at in found):
                raise HostError("GitLab lists another directory than it was asked for.", where=f"GET {where}")
            self._directories[commit, name] = found
        return self._directories[commit, name]
