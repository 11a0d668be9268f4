"""A file on a branch of its own on GitHub, to which lines are added and never lost.

Owns the branch. Its state is the hash of the file's content: GitHub writes only where that is still what the writer has
seen, and whether a write that ended in an error was carried out is told by looking.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from planguard.errors import HostError
from planguard.hosts.commits import blob_id
from planguard.hosts.github_files import Files
from planguard.hosts.github_shapes import PutShape, RefShape, ShaShape
from planguard.hosts.rest import Rest, path

_MESSAGE = "Record a decision"


class Ledger:
    """Ledgers of one repository."""

    def __init__(self, rest: Rest, owner: str, name: str, files: Files) -> None:
        self._rest = rest
        self._at = ("repos", owner, name)
        self._files = files
        self._seen: dict[str, bytes] = {}
        """Contents by their hash; they cannot change."""

    def read(self, branch: str, name: str) -> tuple[bytes, str | None]:
        """The file, and the hash of its content; empty and None where branch or file are not there yet."""
        found = self._files.on_branch(name, branch)
        if found is None and (head := self._head(branch)) is not None:
            data = self._files.read(name, head)
            found = None if data is None else (data, blob_id(data, like=head))
        if found is None:
            return b"", None
        data, state = found
        self._seen[state] = data
        return data, state

    def append(self, branch: str, name: str, lines: Sequence[str], expect: str | None) -> str | None:
        """Add lines; the new state, or None where somebody else was quicker."""
        before = b"" if expect is None else self._content(expect)
        if before and not before.endswith(b"\n"):
            raise HostError("The ledger's last line is not ended.", where=name, hint="Somebody wrote to it by hand.")
        data = before + "".join(f"{line}\n" for line in lines).encode()
        state = blob_id(data, like=expect or "")
        written = self._put(branch, name, data, expect)
        if not written:
            _, current = self.read(branch, name)
            if current not in (expect, state):
                return None
            if current == expect:
                raise HostError(
                    "GitHub refuses to write the ledger, though nobody changed it.",
                    where=f"branch {branch}",
                    hint="A rule for branches may protect it; let planguard's token write there.",
                )
        self._seen[state] = data
        return state

    def _content(self, state: str) -> bytes:
        if state not in self._seen:
            self._seen[state] = self._files.blob(state)
        return self._seen[state]

    def _put(self, branch: str, name: str, data: bytes, expect: str | None) -> bool:
        if expect is None and self._head(branch) is None:
            return self._start(branch, name, data)
        body = {"message": _MESSAGE, "content": base64.b64encode(data).decode(), "branch": branch}
        if expect is not None:
            body["sha"] = expect
        answer = self._rest.ask(
            "PUT",
            path(*self._at, "contents", *name.split("/")),
            body=body,
            allow=(404, 409, 422),
            again=True,  # a second time it is refused, because the state is another
        )
        if answer.status in (404, 409, 422):
            return False
        found = self._rest.decode(answer, PutShape)["content"]
        if found is None or found["sha"] != blob_id(data, like=found["sha"]):
            raise HostError("GitHub says that it wrote another content than it was given.", where=answer.call)
        return True

    def _start(self, branch: str, name: str, data: bytes) -> bool:
        """Begin a branch that shares no history with the others."""
        blob = {"path": name, "mode": "100644", "type": "blob", "content": data.decode()}
        tree = self._rest.send("POST", path(*self._at, "git", "trees"), {"tree": [blob]}, ShaShape, again=True)
        made = {"message": _MESSAGE, "tree": tree["sha"], "parents": []}
        commit = self._rest.send("POST", path(*self._at, "git", "commits"), made, ShaShape, again=True)
        ref = {"ref": f"refs/heads/{branch}", "sha": commit["sha"]}
        answer = self._rest.ask("POST", path(*self._at, "git", "refs"), body=ref, allow=(409, 422), again=True)
        return answer.status not in (409, 422)

    def _head(self, branch: str) -> str | None:
        """The branch's commit. Answered by a list, which is empty, and not 404, where there is no such branch."""
        wanted = path(*self._at, "git", "matching-refs", "heads", *branch.split("/"))
        pages = [self._rest.decode(answer, list[RefShape]) for answer in self._rest.answers(wanted)]
        refs = {found["ref"]: found["object"]["sha"] for page in pages for found in page}
        return refs.get(f"refs/heads/{branch}")
