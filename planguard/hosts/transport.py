"""One HTTP request and its answer, within limits: size, time, and never to another host.

Owns the connections. Tries once; what to do about a failure is `rest`'s to decide.
"""

from __future__ import annotations

import ssl
import time
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from planguard.errors import HostError

if TYPE_CHECKING:
    import httpx

SIZE = 32 * 1024 * 1024
"""Bytes of one answer, unpacked."""
_CONNECT, _WHOLE = 10.0, 60.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Answer(NamedTuple):
    """What a service said. `body` stays bytes until its shape is known."""

    call: str
    """`GET /repos/acme/infra/pulls/104`: for messages."""
    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.call!r}, {self.status})"


class Unanswered(Exception):
    """There was no whole answer. `sent`: the request may have been carried out all the same."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


class TooLarge(Exception):
    """There is more of it than anybody should read."""


class Transport:
    """The connections to one service."""

    def __init__(self, headers: Mapping[str, str], timeout: float, *, encrypted: bool = True) -> None:
        self._headers = dict(headers)
        self._encrypted = encrypted
        self._timeout = timeout
        self._opened: httpx.Client | None = None

    def __repr__(self) -> str:
        return "Transport()"  # the headers hold the token

    def send(self, method: str, url: str, call: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send once. Redirects come back as they are. Raises `Unanswered` or `TooLarge`."""
        import httpx

        until = time.monotonic() + _WHOLE
        received = bytearray()
        try:
            with self._client().stream(method, url, headers=dict(headers), content=body) as response:
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > SIZE:
                        raise TooLarge
                    if time.monotonic() > until:
                        raise Unanswered("it was too slow", sent=True)
                kept = {name.lower(): value for name, value in response.headers.items()}
                return Answer(call, response.status_code, kept, bytes(received))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            # Their messages name addresses and proxies, which may hold passwords: none is passed on.
            raise Unanswered("it could not be reached", sent=False) from None
        except httpx.TimeoutException:
            raise Unanswered("it did not answer in time", sent=True) from None
        except httpx.HTTPError:
            raise Unanswered("the connection broke, or what came back was not HTTP", sent=True) from None
        except httpx.InvalidURL:
            raise HostError("The address of a request is not valid.", where=call) from None

    def _client(self) -> httpx.Client:
        import httpx

        if self._opened is None:
            # Loading the authorities takes a while. Who speaks plain HTTP to this machine trusts none of them.
            trusted: bool | ssl.SSLContext = True if self._encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # Proxies and certificate authorities come from the environment, as on any runner of a company.
            try:
                self._opened = httpx.Client(
                    headers=self._headers,
                    verify=trusted,
                    timeout=httpx.Timeout(self._timeout, connect=min(_CONNECT, self._timeout)),
                    follow_redirects=False,
                )
            except (ValueError, OSError, ImportError, httpx.InvalidURL):
                raise HostError(
                    "What the environment says about proxies or certificates cannot be used.",
                    hint="Look at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
                ) from None
            weakref.finalize(self, self._opened.close)
        return self._opened


def checked_base(base: str, service: str) -> str:
    """An API's address without a slash at its end. A token never travels unencrypted, except within this machine."""
    try:
        parts = urlsplit(base)
        parts.port  # noqa: B018  # raises where it is not a number
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise HostError(f"The address of {service}'s API is not valid.", hint="It looks like https://HOST/api/v3.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise HostError(
            f"The address of {service}'s API does not begin with https://.",
            where=parts.hostname,
            hint="The token would travel unencrypted.",
        )
    return base.rstrip("/")


def checked_token(token: str, service: str) -> str:
    """A token without the line end that a file leaves behind it."""
    stripped = token.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable():
        raise HostError(
            f"The token for {service} is empty, or holds characters that no token has.",
            hint="Is the secret set, and may this job read it?",
        )
    return stripped


def same_origin(one: str, other: str) -> bool:
    """Whether a token for one address may be sent to the other."""

    def origin(url: str) -> tuple[str, str | None, int | None]:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)

    try:
        return origin(one) == origin(other)
    except ValueError:
        return False
