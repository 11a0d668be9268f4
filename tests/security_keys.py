"""Security keys in software: SSH signatures as a FIDO key makes them, touched or not."""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

APPLICATION = b"ssh:"


def packed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _mpint(number: int) -> bytes:
    return packed(number.to_bytes(number.bit_length() // 8 + 1, "big"))


class SecurityKey:
    """An ed25519-sk or ecdsa-sk key; `touched` says what it puts into the flags."""

    def __init__(self, kind: str = "ed25519") -> None:
        self._ed25519 = Ed25519PrivateKey.generate() if kind == "ed25519" else None
        self._ecdsa = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else None
        self.type = b"sk-ssh-ed25519@openssh.com" if self._ed25519 else b"sk-ecdsa-sha2-nistp256@openssh.com"

    @property
    def blob(self) -> bytes:
        if self._ed25519:
            own = packed(self._ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        else:
            assert self._ecdsa is not None
            point = self._ecdsa.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            own = packed(b"nistp256") + packed(point)
        return packed(self.type) + own + packed(APPLICATION)

    @property
    def line(self) -> str:
        """As it stands in a file of allowed signers, behind the principals."""
        return f"{self.type.decode()} {base64.b64encode(self.blob).decode()}"

    def signed(self, message: bytes, namespace: str, *, flags: int = 1, more: bytes = b"") -> bytes:
        """The blob of a signature; `more` is put behind its end."""
        digest = hashlib.sha512(message).digest()
        asked = b"SSHSIG" + packed(namespace.encode()) + packed(b"") + packed(b"sha512") + packed(digest)
        tail = struct.pack(">BI", flags, 7)
        given = hashlib.sha256(APPLICATION).digest() + tail + hashlib.sha256(asked).digest()
        if self._ed25519:
            own = packed(self._ed25519.sign(given))
        else:
            assert self._ecdsa is not None
            r, s = decode_dss_signature(self._ecdsa.sign(given, ec.ECDSA(hashes.SHA256())))
            own = packed(_mpint(r) + _mpint(s))
        inner = packed(self.type) + own + tail + more
        return (
            b"SSHSIG\x00\x00\x00\x01"
            + packed(self.blob)
            + packed(namespace.encode())
            + packed(b"")
            + packed(b"sha512")
            + packed(inner)
        )
