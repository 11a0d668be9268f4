"""A file on a branch of its own on GitLab, to which lines are added and never lost.

Owns the branch. GitLab compares a file with what its writer has seen before it writes, but not in the same step, so two
writers could both be let through, and the slower one would undo the other's lines. What git itself refuses at the
moment of writing is to create a file that exists. So every commit creates an empty file that is named after the state
that it was written on, and removes the last such file: of two commits on one state, one fails.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from planguard.errors import HostError
from planguard.hosts.commits import blob_id
from planguard.hosts.gitlab_files import Files
from planguard.hosts.gitlab_shapes import BranchShape, TipShape
from planguard.hosts.rest import Rest, path

_MESSAGE = "Record a decision [skip ci]"
_REFUSED = (400, 404, 409, 422)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class _Seen(NamedTuple):
    """The file as it was read."""

    data: bytes
    mark: str
    """Path of the file that the last commit made; empty where there is none."""
    head: str
    """The branch's commit then."""


class Ledger:
    """Ledgers of one project."""

    def __init__(self, rest: Rest, project: str, files: Files, start: Callable[[], str]) -> None:
        """`start` names the branch that a new branch is made from."""
        self._rest = rest
        self._at = ("projects", project, "repository")
        self._files = files
        self._start = start
        self._seen: dict[str, _Seen] = {}
        """By state, which is the hash of the content."""

    def read(self, branch: str, name: str) -> tuple[bytes, str | None]:
        """The file, and the hash of its content; empty and None where branch or file are not there yet."""
        head = self._head(branch)
        data = None if head is None else self._files.read(name, head)
        if data is None or head is None:
            return b"", None
        state = blob_id(data, like=head)
        beside = self._files.listing(posixpath.dirname(name), head)
        marks = [at for at in beside if at.startswith(f"{name}.") and _HASH.fullmatch(at[len(name) + 1 :])]
        self._seen[state] = _Seen(data, marks[0] if marks else "", head)
        return data, state

    def append(self, branch: str, name: str, lines: Sequence[str], expect: str | None) -> str | None:
        """Add lines; the new state, or None where somebody else was quicker."""
        before = _Seen(b"", "", "")
        if expect is not None:
            # People who write by hand make no such file; what they wrote is seen here, unless it is of this moment.
            fresh = expect in self._seen and self._head(branch) == self._seen[expect].head
            if not fresh and self.read(branch, name)[1] != expect:
                return None
            before = self._seen[expect]
        if before.data and not before.data.endswith(b"\n"):
            raise HostError("The ledger's last line is not ended.", where=name, hint="Somebody wrote to it by hand.")
        data = before.data + "".join(f"{line}\n" for line in lines).encode()
        state = blob_id(data, like=expect or "")
        head = self._write(branch, name, data, expect, before.mark)
        if head is not None:
            self._seen[state] = _Seen(data, f"{name}.{expect}" if expect is not None else "", head)
            return state
        _, current = self.read(branch, name)
        if current == expect != state:
            raise HostError(
                "GitLab refuses to write the ledger, though nobody changed it.",
                where=f"branch {branch}",
                hint="The branch may be protected, or a push rule forbid it; let planguard's token write there.",
            )
        return state if current == state else None

    def _write(self, branch: str, name: str, data: bytes, expect: str | None, mark: str) -> str | None:
        """The new commit; None where it was refused."""
        content = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
        actions: list[dict[str, str]] = [
            {"action": "create" if expect is None else "update", "file_path": name, **content}
        ]
        if expect is not None:
            actions.append({"action": "create", "file_path": f"{name}.{expect}", "content": ""})
        if mark:
            actions.append({"action": "delete", "file_path": mark})
        body: dict[str, object] = {"branch": branch, "commit_message": _MESSAGE, "actions": actions}
        if expect is None and self._head(branch) is None:
            body["start_branch"] = self._start()
        answer = self._rest.ask(
            "POST",
            path(*self._at, "commits"),
            body=body,
            allow=_REFUSED,
            again=True,  # a second time it is refused, because the file that it would create is there
        )
        if answer.status in _REFUSED:
            return None
        return self._rest.decode(answer, TipShape)["id"]

    def _head(self, branch: str) -> str | None:
        """The branch's commit. Answered by a list, which is empty, and not 404, where there is no such branch."""
        found = self._rest.pages(path(*self._at, "branches"), BranchShape, {"search": f"^{branch}"})
        return next((one["commit"]["id"] for one in found if one["name"] == branch), None)
