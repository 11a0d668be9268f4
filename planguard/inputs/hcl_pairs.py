"""The sources to look at, before and after an edit: directories, a git revision, the zip of a saved plan → `Sources`.

Owns how the two sides are found and paired. Opens nothing for writing; git is only read (`external.git`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from planguard.errors import InputError, UsageError
from planguard.external.git import Repository, blob_id
from planguard.inputs import scripts
from planguard.inputs.beside import folder, holds_sources, is_archive
from planguard.inputs.hcl_files import Disk, Kept, gather
from planguard.inputs.hcl_revision import Revision
from planguard.sources import Sources, variable_files
from planguard.sources.commands import commands
from planguard.sources.configuration import Configuration, roots
from planguard.sources.facts import Edit
from planguard.sources.tree import SourceFile, Tree

_TFCONFIG = "tfconfig/"
_LARGEST_ZIP = 256 * 1024 * 1024


class Pair(NamedTuple):
    """One root module before and after the edit."""

    path: str
    """Its directory, below the one that was named; empty for that one itself."""
    sources: Sources
    edited: bool
    """Whether any of its files differ."""
    gone: bool
    """Its directory holds no sources any more."""
    variables: str = ""
    """The variable file whose edit alone is looked at; empty where it is the sources' edit."""


class Compared(NamedTuple):
    """Everything below one directory."""

    pairs: tuple[Pair, ...]
    against: str
    """What it was compared with, as a sentence says it."""
    edited: bool
    """Whether anything differs, scripts included."""


# --- two sides --------------------------------------------------------------------------------------------------------


def compared(directory: str, *, base: str | None = None, before: str | None = None) -> Compared:
    """A directory as it is now, and as it was: in another directory (`before`), or where this change began in git."""
    known: dict[bytes, SourceFile] = {}
    if before is not None:
        now = gather(Disk(directory), everything=True, known=known)
        old = gather(Disk(before), everything=True, known=known)
        found = list(_scripts_of_two(Path(directory), Path(before), now.prefix))
        against = before
    else:
        Disk(directory)  # says what is wrong with it before git does
        repository = Repository.around(Path(directory))
        now = gather(Disk(directory, repository=repository.top), everything=True, known=known)
        commit = repository.fork(base) if base is not None else repository.commit("HEAD")
        store = _revision(repository, commit, directory, base or "HEAD", now.prefix, known)
        old = gather(store, everything=True, known=known)
        found = list(_scripts_of_commit(repository, store, directory, now.prefix))
        against = base or "HEAD"
    if not now.files and not old.files and not (now.skipped or old.skipped):
        raise InputError(
            "There are no Terraform sources here.", where=directory, hint="Give the directory that holds the .tf files."
        )
    pairs = tuple(_pairs(old, now, tuple(found)))
    edited = any(pair.edited for pair in pairs) or bool(found)
    if base is None and before is None and not edited:
        raise UsageError(
            "Nothing here differs from the last commit, so there is nothing to judge.",
            where=directory,
            hint="Name what this change started from: --base origin/main, or --before with a directory.",
        )
    return Compared(pairs, against, edited)


def _pairs(old: Tree, now: Tree, found: tuple[Edit, ...]) -> Iterable[Pair]:
    paths = sorted({*roots(old), *roots(now)})
    for path in paths:
        one, other = Configuration(old, path), Configuration(now, path)
        gone = bool(old.directory(path)) and not now.directory(path)
        yield Pair(path, Sources(other, one, found), _files(one) != _files(other), gone)
        found = ()  # what scripts do is said once
    for file in variable_files.edited(old, now):
        one, other = Configuration(now, file.root, file.after), Configuration(now, file.root, file.before)
        yield Pair(file.root, Sources(one, other), True, False, file.after.path)
    if not paths:
        yield Pair("", Sources(Configuration(now), Configuration(old), found), False, False)


def _files(configuration: Configuration) -> dict[str, int | str]:
    """The files of a configuration, told apart by what was read: the same content is the same object."""
    paths = {module.path for module in configuration.modules}
    tree = configuration.tree
    found: dict[str, int | str] = {
        file.path: id(file)
        for path in paths
        for file in tree.directory(path)
        if not variable_files.named(tree, file.path)
    }
    for module in configuration.modules:
        found.update(module.data)
    return found


def _revision(
    repository: Repository, commit: str, directory: str, name: str, prefix: str, known: dict[bytes, SourceFile]
) -> Revision:
    have = (key.partition(b"\0")[2] for key in known)
    return Revision(repository, commit, _below(repository, directory), name=name, prefix=prefix, have=have)


def _below(repository: Repository, directory: str) -> str:
    """The directory as the repository calls it."""
    path = Path(directory).resolve()
    relative = path.relative_to(repository.top.resolve()).as_posix()
    return "" if relative == "." else relative


# --- beside a plan ----------------------------------------------------------------------------------------------------


def beside(plan: str | None, directory: str | None, base: str | None) -> Sources | None:
    """The sources beside a plan: those in `directory`, else in a saved plan itself, else where the plan lies.

    None where there are none; an error only where somebody named a directory without sources, or a base.
    """
    known: dict[bytes, SourceFile] = {}
    place = directory
    if directory is None and plan is not None:
        place = folder(plan)
    now = _inside(plan) if directory is None and plan is not None else None
    if now is None and place is not None and (directory is not None or base is not None or holds_sources(place)):
        disk = Disk(place)
        if base is not None:  # what it reads beside itself, the commit has too
            disk = Disk(place, repository=Repository.around(Path(place)).top)
        now = gather(disk, everything=False, installed=True, known=known)
        if not now.files:
            raise InputError(
                "There are no Terraform sources here.", where=place, hint="Name the root module: --source."
            )
    if base is None:
        return None if now is None else Sources(Configuration(now))
    here = place or "."
    repository = Repository.around(Path(here))
    store = _revision(repository, repository.fork(base), here, base, Disk(here).prefix, known)
    old = gather(store, everything=False, known=known)
    return Sources(Configuration(now if now is not None else Tree(here)), Configuration(old))


def _inside(plan: str) -> Tree | None:
    """The sources that `terraform plan -out` packs into the plan; None where it is none that was saved."""
    import json
    import zipfile

    from planguard.inputs.archives import DAMAGED

    if not is_archive(plan):
        return None
    try:
        with zipfile.ZipFile(plan) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.startswith(_TFCONFIG)]
            if sum(entry.file_size for entry in entries) > _LARGEST_ZIP:
                return None
            held = {entry.filename.removeprefix(_TFCONFIG): archive.read(entry) for entry in entries}
    except DAMAGED:
        return None  # whether the plan itself can be read, its own reader says
    try:
        modules = json.loads(held.pop("modules.json", b"[]"))
        places = {str(item["Key"]): posixpath.normpath(str(item["Dir"])) for item in modules}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    files: dict[str, bytes] = {}
    for key, place in places.items():
        start = f"m-{key}/"
        top = "" if place == "." else f"{place}/"
        files |= {top + path.removeprefix(start): content for path, content in held.items() if path.startswith(start)}
    tree = gather(Kept(plan, files), everything=True)
    return Tree(plan, tree.files.values(), installed={key: "" if d == "." else d for key, d in places.items()})


# --- scripts ----------------------------------------------------------------------------------------------------------


def _scripts_of_two(now: Path, before: Path, prefix: str) -> Iterable[Edit]:
    def old(path: str, data: bytes) -> str | None:
        try:
            return (before / path).read_bytes().decode("utf-8", "replace")
        except OSError:
            return None

    for path, was, text in scripts.changed(now, old):
        yield from commands(f"{prefix}{path}", was, text)


def _scripts_of_commit(repository: Repository, store: Revision, directory: str, prefix: str) -> Iterable[Edit]:
    listed = {item.path: item.sha for item in store.listed}
    edited: list[tuple[str, str | None, str]] = []

    def old(path: str, data: bytes) -> str | None:
        sha = listed.get(path)
        if sha is None:
            return None
        return data.decode("utf-8", "replace") if blob_id(data, sha) == sha else sha

    edited = list(scripts.changed(repository.top, old))
    contents = repository.contents({sha for _, sha, _ in edited if sha is not None})
    start = _below(repository, directory) or "."
    for path, sha, text in edited:
        was = contents[sha].decode("utf-8", "replace") if sha is not None else None
        shown = posixpath.normpath(posixpath.join(prefix, posixpath.relpath(path, start)))
        yield from commands(shown, was, text)
