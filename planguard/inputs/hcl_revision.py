"""The sources of a directory as they were in a commit. Reads git, never the disk; follows links inside of a commit."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from planguard.external.git import Listed, Repository, blob_id
from planguard.inputs import hcl
from planguard.inputs.hcl_files import MOST_DATA
from planguard.sources.tree import Skipped

_MOST_LINKS = 10
"""One behind the other."""


class Revision:
    """A directory as it was in a commit. What is on disk with the same content is not read out of git again."""

    def __init__(
        self, repository: Repository, commit: str, directory: str, *, name: str, prefix: str, have: Iterable[bytes] = ()
    ) -> None:
        self.name, self.prefix = name, prefix
        self._repository = repository
        self._start = directory or "."
        self._folders: dict[str, list[Listed]] = {}
        self._skipped: list[Skipped] = []
        everything = repository.files(commit)
        self.listed = tuple(item for item in everything if item.kind == "file")
        self._contents: dict[str, bytes] = {}
        self._links = self._targets([item for item in everything if item.kind == "link"])
        self._known = known = {item.path: item for item in self.listed}
        for path in (*known, *self._links):
            if path.endswith(hcl.SUFFIXES) and (item := known.get(self._followed(path))) is not None:
                self._add(path, item)
        self._other_submodules({item.path: item.sha for item in everything if item.kind == "submodule"})
        like = self.listed[0].sha if self.listed else ""
        self._contents.update((blob_id(data, like), data) for data in have)
        self._fetch([item for folder in self.below() for item in self._folders[folder]])

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(self._skipped)

    def below(self) -> Iterable[str]:
        return sorted(folder for folder in self._folders if folder != ".." and not folder.startswith("../"))

    def folder(self, path: str) -> Mapping[str, bytes]:
        items = self._folders.get(path)
        if items is None and self._links:
            # A directory that is reached by a link: its files keep the path that was asked for.
            place = self._followed(posixpath.normpath(posixpath.join(self._start, path)))
            found = self._folders.get("" if (there := posixpath.relpath(place, self._start)) == "." else there, [])
            items = [item._replace(path=posixpath.join(path, posixpath.basename(item.path))) for item in found]
        self._fetch(items or ())
        return {item.path: self._contents[item.sha] for item in items or ()}

    def data(self, path: str) -> bytes | None:
        place = self._followed(posixpath.normpath(posixpath.join(self._start, path)))
        item = self._known.get(place)
        if item is None or item.size > MOST_DATA:
            return None
        self._fetch([item])
        return self._contents[item.sha]

    def file(self, path: str) -> bytes | None:
        return None  # what init installed is in no commit

    def _add(self, path: str, item: Listed) -> None:
        relative = posixpath.relpath(path, self._start)
        if item.size > hcl.LARGEST:
            self._skipped.append(Skipped(relative, "is too large and was not read"))
        else:
            self._folders.setdefault(posixpath.dirname(relative), []).append(item._replace(path=relative))

    def _targets(self, links: list[Listed]) -> dict[str, str]:
        """Where each link leads, as a path in the repository; links out of it lead nowhere."""
        self._fetch(links)
        found = {}
        for link in links:
            text = self._contents[link.sha].decode("utf-8", "surrogateescape")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), text))
            if not target.startswith(("/", "../")) and target != "..":
                found[link.path] = target
        return found

    def _followed(self, path: str) -> str:
        """The path behind all links in it."""
        for _ in range(_MOST_LINKS):
            parts = path.split("/")
            heads = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
            head = next((head for head in heads if head in self._links), None)
            if head is None:
                break
            path = posixpath.normpath(posixpath.join(self._links[head], path[len(head) + 1 :]))
        return path

    def _other_submodules(self, before: Mapping[str, str]) -> None:
        """Submodules that HEAD names another commit of: nobody looks into them."""
        if not before:
            return
        now = {item.path: item.sha for item in self._repository.files("HEAD") if item.kind == "submodule"}
        for path in sorted(before):
            relative = posixpath.relpath(path, self._start)
            if path in now and now[path] != before[path] and not relative.startswith(".."):
                why = "is a submodule that was moved to another commit, and what that does to its sources was not read"
                self._skipped.append(Skipped(relative, why))

    def _fetch(self, items: Iterable[Listed]) -> None:
        missing = {item.sha for item in items} - self._contents.keys()
        if missing:
            self._contents.update(self._repository.contents(missing))
