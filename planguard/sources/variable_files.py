"""Variable files that somebody names on the command line (`-var-file=prod.tfvars`): which of them an edit changes.

Terraform reads none of them by itself, so nobody can tell from the sources which one a plan is made with. Each that was
edited is looked at on its own: the same configuration with its old values, and with its new ones.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from planguard.sources.configuration import Configuration, roots
from planguard.sources.tree import SourceFile, Tree

SUFFIXES = (".tfvars", ".tfvars.json")


class Edited(NamedTuple):
    """A variable file before and after, and a root module that takes such variables."""

    root: str
    before: SourceFile
    after: SourceFile


def automatic(path: str) -> bool:
    """Whether Terraform reads a variable file by itself, where it stands beside sources."""
    name = posixpath.basename(path)
    return name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def named(tree: Tree, path: str) -> bool:
    """Whether a file is a variable file that somebody has to name."""
    if not path.endswith(SUFFIXES):
        return False
    beside = tree.directory(posixpath.dirname(path))
    return not automatic(path) or all(file.path.endswith(SUFFIXES) for file in beside)


def edited(old: Tree, now: Tree) -> Iterator[Edited]:
    """Every variable file that is there before and after, and differs, with the root modules it may be meant for."""
    paths = [path for path in now.files if path in old.files and now.files[path] is not old.files[path]]
    paths = [path for path in paths if named(now, path)]
    if not paths:
        return
    variables = {path: frozenset(Configuration(now, path).root.variables) for path in roots(now)}
    for path in paths:
        before, after = old.files[path], now.files[path]
        for root in _meant(path, _names(before) | _names(after), variables):
            yield Edited(root, before, after)


def _meant(path: str, names: frozenset[str], variables: Mapping[str, frozenset[str]]) -> list[str]:
    """The nearest root module above the file that knows one of its variables; else each that knows all of them."""
    folder = posixpath.dirname(path)
    while True:
        if names & variables.get(folder, frozenset()):
            return [folder]
        if not folder:
            break
        folder = posixpath.dirname(folder)
    return [root for root in sorted(variables) if names and names <= variables[root]]


def _names(file: SourceFile) -> frozenset[str]:
    return frozenset(name for block in file.blocks if not block.kind for name in block.body.attributes)
