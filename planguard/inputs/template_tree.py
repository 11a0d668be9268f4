"""Templates where they lie: in a folder, or in a commit, and the files beside them that their nested stacks name.

A template is not trusted: what it names is read only inside its own tree (the repository, else its folder), and links
out of it lead nowhere. Owns places and reading; knows nothing of what stands in a template.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from planguard.errors import InputError
from planguard.inputs import template
from planguard.inputs.template import Template
from planguard.model import Location

if TYPE_CHECKING:
    from planguard.external.git import Repository

LARGEST = 16 * 1024 * 1024
"""Bytes; CloudFormation itself takes one mebibyte."""


class Tree(Protocol):
    """Files by their paths, with `/`, from the top."""

    def read(self, path: str) -> bytes | None:
        """The content of a regular file; None where there is none that may be read."""


class Folder(NamedTuple):
    """The files of a folder, as they are now."""

    top: Path
    """Without links."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None also where a link leads out of the folder."""
        try:
            target = (self.top / path).resolve()
            if not target.is_relative_to(self.top) or not target.is_file() or target.stat().st_size > LARGEST:
                return None
            return target.read_bytes()
        except (OSError, RuntimeError, ValueError):  # circles of links, names that cannot be
            return None


class Commit:
    """The files of a commit."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self._repository = repository
        listed = repository.files(repository.commit(revision))
        self._files = {item.path: item.sha for item in listed if item.size <= LARGEST}

    def read(self, path: str) -> bytes | None:
        """The content of a file of the commit."""
        sha = self._files.get(path)
        return self._repository.contents([sha])[sha] if sha is not None else None


class Nowhere(NamedTuple):
    """No files at all: around a template that came from AWS."""

    def read(self, path: str) -> bytes | None:
        """Nothing."""
        return None


class Placed(NamedTuple):
    """A template, and where it lies."""

    template: Template
    tree: Tree
    path: str
    """Inside the tree."""
    shown: str
    """The path as the user knows it."""
    suffix: str = ""
    """What follows it in messages: ` at main`."""
    traces: Mapping[str, Location] = {}
    """Path of a CDK construct → where it is made; for the children as well."""
    children: Callable[[str], Placed | None] | None = None
    """The template of a nested stack by its logical id, where it is deployed: then no file has to be named."""

    def same_file(self, other: Placed) -> bool:
        """Whether both are the one file that lies there now."""
        return isinstance(self.tree, Folder) and self.tree == other.tree and self.path == other.path

    def beside(self, name: str) -> Placed | None:
        """The template that this one names by a relative path; None where it is not in the tree.

        Raises InputError where it is there and is no template.
        """
        if self.children is not None:
            return self.children(name)
        name = name.replace("\\", "/")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), name))
        if path.startswith(("/", "../")) or path == "..":
            return None
        data = self.tree.read(path)
        if data is None:
            return None
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(self.shown.replace("\\", "/")), name))
        return self._replace(template=template.parse(data, shown + self.suffix), path=path, shown=shown)


def is_local(url: object) -> bool:
    """Whether a TemplateURL is the path of a file, as `aws cloudformation package` takes it."""
    return isinstance(url, str) and url != "" and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://|//", url) is None


def in_folder(path: str, top: Path | None = None) -> Placed:
    """The template in a file. Its tree is the folder `top`, else the repository around it, else its own folder."""
    read = template.read(path)
    folder = Path(path).absolute().parent.resolve()
    if top is None:
        top = next((level for level in (folder, *folder.parents) if (level / ".git").exists()), folder)
    inside = (folder / Path(path).name).relative_to(top).as_posix()
    return Placed(read, Folder(top), inside, path)


def in_commit(path: str, revision: str) -> Placed:
    """The template in a file, as a commit has it."""
    from planguard.external.git import Repository

    file = Path(path).resolve()
    repository = Repository.around(file.parent)
    inside = file.relative_to(repository.top.resolve()).as_posix()
    tree = Commit(repository, revision)
    data = tree.read(inside)
    if data is None:
        raise InputError(
            "That commit has no such file.", where=path, hint="Give the old template itself with --before."
        )
    suffix = f" at {revision}"
    return Placed(template.parse(data, path + suffix), tree, inside, path, suffix)
