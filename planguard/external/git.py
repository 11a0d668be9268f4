"""Reading a git repository: revisions, and the files in them. Reads only.

The repository is not trusted: its hooks, file system monitor, filters, replacements and transports never run, its
owner may be somebody else (containers in CI), and neither the system's nor the user's settings are looked at. Nothing
here touches the index or the working tree: `diff` and `status` could start a filter that the repository brings along.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from planguard.errors import ExternalError, InputError

TIMEOUT = 120.0
"""Seconds for one command."""

_PASSED_ON = ("PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT")
_SET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A missing object of a partial clone would be fetched, by whatever command the repository names for that.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    # Objects could be replaced by others, to show an innocent base.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "LC_ALL": "C",
}
_OPTIONS = (
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "maintenance.auto=false"),
)


class Listed(NamedTuple):
    """One file of a revision."""

    path: str
    """From the top of the repository, with `/`."""
    sha: str
    size: int
    kind: str = "file"
    """`file`, `link` or `submodule`."""


_KINDS = {b"100644": "file", b"100755": "file", b"100664": "file", b"120000": "link", b"160000": "submodule"}


class Version(NamedTuple):
    """What a file was in one commit."""

    commit: str
    sha: str
    """Id of its content; empty where the commit took it away."""


class Repository:
    """A repository that has a working tree."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._git = shutil.which("git")
        if self._git is None:
            raise ExternalError(
                "Comparing with a revision takes git, and it is not on PATH.",
                hint="Install it, or compare two directories with --before.",
            )

    @classmethod
    def around(cls, directory: Path) -> Repository:
        """The repository that a directory belongs to. Raises InputError where there is none."""
        start = directory.resolve()
        for level in (start, *start.parents):
            if (level / ".git").exists():
                return cls(level)
        raise InputError(
            "This directory is not in a git repository.",
            where=str(directory),
            hint="Compare two directories with --before DIR instead.",
        )

    @property
    def shallow(self) -> bool:
        """Whether the history was cut off when it was fetched."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision names."""
        if revision.startswith("-") or not revision.strip() or "\0" in revision:
            raise InputError("This is not the name of a revision.", where=revision)
        code, out, _ = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if code == 0:
            return out.decode("ascii", "replace").strip()
        hint = "`git branch -a` and `git tag` list what there is."
        if self.shallow:
            hint = (
                "This is a shallow clone: fetch the base as well (git fetch --depth=1 origin BASE), "
                "or clone with its whole history (fetch-depth: 0)."
            )
        elif self._empty:
            hint = "The repository has no commits yet."
        raise InputError("There is no such revision in this repository.", where=revision, hint=hint)

    def fork(self, revision: str) -> str:
        """The commit from which HEAD went its own way: what others merged since then is not part of this change."""
        base = self.commit(revision)
        head = self.commit("HEAD")
        code, out, _ = self._try("merge-base", "--end-of-options", base, head)
        if code == 0 and out.strip():
            return out.decode("ascii", "replace").split()[0]
        if self.shallow:
            raise InputError(
                "This clone is too shallow to tell where this change began.",
                where=revision,
                hint="Clone with the whole history (fetch-depth: 0 in GitHub's checkout, GIT_DEPTH: 0 in GitLab).",
            )
        raise InputError(
            "This revision and HEAD have no history in common.", where=revision, hint="Name the base of this change."
        )

    def files(self, commit: str) -> tuple[Listed, ...]:
        """Everything in a commit: regular files, links and submodules."""
        found = []
        for entry in self._run("ls-tree", "-r", "-z", "--long", "--full-tree", commit).split(b"\0"):
            head, tab, name = entry.partition(b"\t")
            fields = head.split()
            kind = _KINDS.get(fields[0]) if tab and len(fields) == 4 else None
            if kind is not None:
                size = int(fields[3]) if fields[3].isdigit() else 0
                found.append(Listed(os.fsdecode(name), fields[2].decode("ascii"), size, kind))
        return tuple(found)

    def versions(self, commit: str, path: str, most: int) -> tuple[Version, ...]:
        """What a file was in the commits up to this one, newest first; merged-in history is left out."""
        # Not `log`: the repository's own settings could have it start a program.
        chosen = ("--first-parent", f"--max-count={most}", "--end-of-options", commit, "--", path)
        commits = self._run("rev-list", *chosen).decode("ascii").split()
        asked = "".join(f"{one}:{path}\n" for one in commits) if "\n" not in path else ""
        lines = self._run("cat-file", "--batch-check", given=asked.encode()).decode("utf-8", "replace").splitlines()
        found = [line.split() for line in lines]
        shas = [words[0] if len(words) == 3 and words[1] == "blob" else "" for words in found]
        return tuple(Version(one, sha) for one, sha in zip(commits, shas, strict=bool(asked)))

    def contents(self, shas: Iterable[str]) -> Mapping[str, bytes]:
        """The content of files by their ids."""
        wanted = sorted(set(shas))
        if not wanted:
            return {}
        out = self._run("cat-file", "--batch", given="".join(f"{sha}\n" for sha in wanted).encode())
        found: dict[str, bytes] = {}
        position = 0
        while position < len(out):
            end = out.index(b"\n", position)
            head = out[position:end].split()
            if len(head) != 3 or head[1] != b"blob":
                raise InputError(
                    "The repository lacks a file of that revision.",
                    where=str(self.top),
                    hint="Clone without --filter, so that all files are there.",
                )
            size = int(head[2])
            found[head[0].decode("ascii")] = out[end + 1 : end + 1 + size]
            position = end + 2 + size
        return found

    @property
    def _empty(self) -> bool:
        return self._try("rev-parse", "--verify", "--quiet", "HEAD")[0] != 0

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        code, out, complaint = self._try(*arguments, given=given)
        if code != 0:
            lines = complaint.decode("utf-8", "replace").strip().splitlines()
            said = "".join(sign if sign.isprintable() else "?" for sign in lines[0])[:300] if lines else "nothing"
            raise ExternalError(f"git {arguments[0]} ended with code {code} and said: {said}", where=str(self.top))
        return out

    def _try(self, *arguments: str, given: bytes = b"") -> tuple[int, bytes, bytes]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # Named outright, so that git does not ask who owns it; the settings above make that safe.
        environment |= {**_SET, "GIT_DIR": str(self.top / ".git")}
        assert self._git is not None
        try:
            done = subprocess.run(
                [self._git, *_OPTIONS, *arguments],
                input=given,
                capture_output=True,
                cwd=self.top,
                env=environment,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ExternalError(
                f"git {arguments[0]} did not end within {TIMEOUT:g} seconds.", where=str(self.top)
            ) from None
        except OSError as error:
            raise ExternalError(f"git cannot be started ({error.strerror}).", hint="Is it installed whole?") from None
        return done.returncode, done.stdout, done.stderr


def blob_id(data: bytes, like: str) -> str:
    """The id that git gives to a content, in the form of another id."""
    kind = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(data) + data).hexdigest()  # a name for content, not a defence
