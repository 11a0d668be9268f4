"""An approval signed with a security key: the text that is signed, and what a comment's signature is worth.

A token can be stolen, and an agent may hold a person's; a key that has to be touched it cannot use alone. Whether the
key belongs to the person is for `ssh-keygen` to say; that it was touched is read here, because OpenSSH accepts
signatures without.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import NamedTuple

from planguard.external import ssh_keygen

NAMESPACE = "planguard-approval@v1"
MOST_CHARACTERS = 20_000
"""Of a signature; those of security keys have about 400."""
_MOST_SIGNERS = 1_000_000

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_TOUCHED = 0x01
_SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Subject(NamedTuple):
    """What is agreed to."""

    repository: str
    pull: int
    head: str
    fingerprint: str
    code: str


class Parsed(NamedTuple):
    """What a signature says of itself."""

    namespace: str
    kind: str
    """Of the signature: `sk-ssh-ed25519@openssh.com`."""
    flags: int | None
    """What the security key saw; None for other keys."""
    blob: bytes


def message(subject: Subject) -> bytes:
    """The text that is signed: one line for each thing that it is bound to."""
    lines = (
        NAMESPACE,
        f"repository {subject.repository.lower()}",
        f"pull {subject.pull}",
        f"head {subject.head}",
        f"fingerprint {subject.fingerprint}",
        f"code {subject.code}",
    )
    if any(len(line.split()) != 2 for line in lines[1:]):
        raise ValueError("a part of what is signed is empty, or holds a space")
    return "".join(f"{line}\n" for line in lines).encode()


def problem(
    body: str, subject: Subject, *, login: str, allowed: bytes | None, at: datetime, path: str = "allowed_signers"
) -> str | None:
    """What is wrong with the signature in a comment by `login`, one sentence; None where it is good.

    `allowed` is the file of allowed signers in the base commit, and `path` what it is called. Raises ExternalError
    where a signature cannot be checked at all.
    """
    found = armored(body)
    if isinstance(found, str):
        return found
    wrong = _form(found)
    if wrong is not None:
        return wrong
    if not allowed:
        return f"`{path}` is not in the base branch, so no signature can be checked."
    if len(allowed) > _MOST_SIGNERS:
        return f"`{path}` is too large to be a list of signers."
    if not _LOGIN.fullmatch(login):
        return "The signature is by an account whose login no key can be listed for."
    said = ""
    for identity in dict.fromkeys((login, login.lower())):
        checked = ssh_keygen.verify(
            message(subject), armor(found.blob), allowed=allowed, identity=identity, namespace=NAMESPACE, at=at
        )
        if checked.good:
            return None
        said = said or checked.said
    return _words(said, login, path)


def _form(found: Parsed) -> str | None:
    if found.namespace != NAMESPACE:
        return f"The signature was made for another purpose than {NAMESPACE}."
    if found.flags is None:
        return "The signature is by a key that needs no touch; use a security key (ssh-keygen -t ed25519-sk)."
    if not found.flags & _TOUCHED:
        return "The security key was not touched for this signature."
    return None


def _words(said: str, login: str, path: str) -> str:
    """Why ssh-keygen refused, as far as its words tell."""
    if "expired" in said or "not yet valid" in said:
        return f"The key of @{login} was not valid at that time, says `{path}`."
    if "incorrect signature" in said:
        return "The signature is for another plan, commit or pull request."
    return f"The signature is not by a key that `{path}` lists for @{login}."


def touched(signature: str) -> str | None:
    """What is wrong with a signature that was just made, one sentence; None where a gate could accept it."""
    found = armored(signature)
    return found if isinstance(found, str) else _form(found)


# --- the form of a signature ------------------------------------------------------------------------------------------


def armored(body: str) -> Parsed | str:
    """The one signature in a text, or what is wrong with it, a sentence."""
    begins = body.count(_BEGIN)
    if begins == 0:
        return "The comment carries no signature."
    if begins > 1:
        return "The comment carries more than one signature."
    inside, end, _ = body.partition(_BEGIN)[2].partition(_END)
    if not end or len(inside) > MOST_CHARACTERS:
        return "The signature cannot be read: it was cut off, or is none."
    try:
        return _parse(base64.b64decode("".join(inside.split()), validate=True))
    except (ValueError, binascii.Error):
        return "The signature cannot be read: it was changed, or is none."


def armor(blob: bytes) -> str:
    """A signature as a text: the bytes that were looked at here, and nothing beside them."""
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join((_BEGIN, *lines, _END, ""))


def _parse(blob: bytes) -> Parsed:
    """Raises ValueError for what is no signature, to its last byte."""
    if blob[:10] != b"SSHSIG\x00\x00\x00\x01":
        raise ValueError("no preamble")
    outer = _Reader(blob[10:])
    outer.string()  # the public key; ssh-keygen checks it
    namespace = outer.string()
    outer.string()  # reserved
    outer.string()  # name of the hash
    inner = _Reader(outer.string())
    outer.end()
    kind = inner.string().decode("ascii")
    inner.string()
    flags = None
    if kind in _SECURITY_KEYS:
        flags = inner.byte()
        inner.skip(4)  # the key's counter
    inner.end()
    return Parsed(namespace.decode("utf-8"), kind, flags, blob)


class _Reader:
    """Reads what SSH packs, and no byte more or less."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, count: int) -> bytes:
        """The next bytes."""
        found = self._data[self._at : self._at + count]
        if len(found) != count:
            raise ValueError("cut off")
        self._at += count
        return found

    def byte(self) -> int:
        """The next byte."""
        return self.skip(1)[0]

    def string(self) -> bytes:
        """The next text, whose length stands before it."""
        return self.skip(int.from_bytes(self.skip(4), "big"))

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise ValueError("more than a signature")
