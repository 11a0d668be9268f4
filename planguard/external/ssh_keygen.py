"""Running `ssh-keygen -Y`: signing a text, and checking a signature against a file of allowed signers.

Owns the command, its environment and the words for its failures. Knows neither what is signed nor what a good signature
is worth: OpenSSH takes one by a security key that nobody touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from planguard.errors import ExternalError

NAME = "ssh-keygen"
TIMEOUT = 20.0
"""Seconds for checking."""
PATIENCE = 120.0
"""Seconds for signing: somebody looks for the key, types its PIN and touches it."""
_LONGEST = 300

_PASSED_ON = ("PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT")
_FOR_SIGNING = ("HOME", "USERPROFILE", "USER", "TERM", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER", "SSH_ASKPASS")
_SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")
"""With them, a window can ask for the PIN."""


class Checked(NamedTuple):
    """What `ssh-keygen` makes of a signature."""

    good: bool
    said: str
    """Its own words, one line; for choosing words, never for deciding."""


def verify(message: bytes, signature: str, *, allowed: bytes, identity: str, namespace: str, at: datetime) -> Checked:
    """Whether the signature is that of `identity` over the message, by a key that was allowed at that time.

    Raises ExternalError where that cannot be found out.
    """
    if identity.startswith("-") or not identity.isprintable():
        return Checked(False, "the identity is not one")
    with tempfile.TemporaryDirectory(prefix="planguard-") as folder:
        signers, armored = Path(folder, "allowed_signers"), Path(folder, "signature")
        signers.write_bytes(allowed)
        armored.write_text(signature, encoding="ascii", newline="\n")
        # The time in its oldest form; TZ says that it is UTC.
        when = f"verify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"
        arguments = ("verify", "-f", str(signers), "-I", identity, "-n", namespace, "-s", str(armored), "-O", when)
        done = _run(arguments, message, _clean(_PASSED_ON), TIMEOUT)
    said = _line(done.stderr) or _line(done.stdout)
    if "No user exists" in said:
        raise ExternalError(
            f"{NAME} refuses to run as a user whom this machine does not know.",
            hint="Run the container as a user of its own /etc/passwd.",
        )
    confirmed = done.stdout.startswith(f'Good "{namespace}" signature for '.encode())
    return Checked(done.returncode == 0 and confirmed, said)


def sign(message: bytes, *, key: Path, namespace: str) -> str:
    """The signature over the message, as ssh-keygen writes it. Its prompts go to the terminal.

    `key` is a private key, or the public half of one that an agent holds. Raises ExternalError where there is none.
    """
    arguments = ("sign", "-n", namespace, "-f", str(key))
    done = _run(arguments, message, _clean((*_PASSED_ON, *_FOR_SIGNING, *_SCREEN)), PATIENCE, prompts=True)
    if done.returncode != 0:
        # Why, ssh-keygen has told the terminal itself.
        raise ExternalError(
            f"{NAME} did not sign (code {done.returncode}).",
            where=str(key),
            hint="Is the key there, its agent running, and was it touched in time?",
        )
    return done.stdout.decode("ascii", "replace")


def _run(
    arguments: tuple[str, ...], given: bytes, environment: Mapping[str, str], timeout: float, *, prompts: bool = False
) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which(NAME)
    if program is None:
        raise ExternalError(f"Signatures take {NAME}, and it is not on PATH.", hint="Install the client of OpenSSH.")
    try:
        return subprocess.run(
            [program, "-Y", *arguments],
            input=given,
            stdout=subprocess.PIPE,
            stderr=None if prompts else subprocess.PIPE,
            env=dict(environment),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ExternalError(f"{NAME} did not end within {timeout:g} seconds.") from None
    except OSError as error:
        raise ExternalError(f"{NAME} cannot be started ({error.strerror}).", hint="Is it installed whole?") from None


def _clean(names: tuple[str, ...]) -> Mapping[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(lines))[:_LONGEST]
