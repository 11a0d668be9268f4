"""What goes wrong between planguard and GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakegithub.routing import Reply

Kind = int | str
KINDS = (
    "timeout",
    "close",
    "truncated",
    "broken",
    "html",
    "lost-page",
    "redirect",
    "no-date",
    "limit",
    "huge",
    "altered",
)
_MESSAGES = {
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    429: "You have exceeded a secondary rate limit",
}


@dataclass
class Fault:
    """Hits requests number `at` to `at + times - 1` of those that match."""

    kind: Kind
    at: int = 1
    match: str = ""
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Any], Any] = lambda body: body
    """Of an `altered` answer."""
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        assert isinstance(self.kind, int) or self.kind in KINDS, self.kind

    def strikes(self, request: str) -> bool:
        """Whether it hits this one; counts it."""
        if self.match not in request:
            return False
        self.seen += 1
        hit = self.at <= self.seen < self.at + self.times
        self.hits += hit
        return hit


@dataclass
class Hook:
    """Something that happens just before a request is answered."""

    pattern: str
    action: Callable[[], object]
    at: int = 1
    seen: int = 0


@dataclass
class Sent:
    """An answer as it goes over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes
    announced: int | None = None
    """Length that is announced, where it is not the body's."""
    silent: bool = False
    """Close the connection without a word."""
    late: bool = False


def sent(reply: Reply) -> Sent:
    """An answer without a fault."""
    body = b"" if reply.body is None else json.dumps(reply.body).encode()
    return Sent(reply.status, dict(reply.headers), body)


def spoiled(fault: Fault, good: Sent, clock: float) -> Sent:
    """An answer with a fault. Errors keep the request from being carried out; the others only spoil the answer."""
    headers = {**good.headers, **fault.headers}
    if isinstance(fault.kind, int):
        return Sent(fault.kind, dict(fault.headers), _json({"message": _MESSAGES.get(fault.kind, "Server Error")}))
    match fault.kind:
        case "limit":
            limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(clock) + 1800), **fault.headers}
            return Sent(403, limit, _json({"message": "API rate limit exceeded"}))
        case "timeout":
            return Sent(good.status, headers, good.body, late=True)
        case "close":
            return Sent(good.status, headers, good.body, silent=True)
        case "truncated":
            return Sent(good.status, headers, good.body[: len(good.body) // 2], announced=len(good.body))
        case "broken":
            return Sent(good.status, headers, good.body[: len(good.body) // 2])
        case "html":
            return Sent(200, {"Content-Type": "text/html", **fault.headers}, b"<html><title>Back soon</title></html>")
        case "lost-page":
            return Sent(good.status, {name: value for name, value in headers.items() if name != "Link"}, good.body)
        case "redirect":
            return Sent(302, {"Location": "http://127.0.0.2:9/elsewhere", **fault.headers}, b"{}")
        case "no-date":
            return Sent(good.status, {**headers, "Date": ""}, good.body)
        case "altered":
            return Sent(good.status, headers, _json(fault.change(json.loads(good.body))))
        case _:
            return Sent(good.status, headers, b"[" + b" " * (40 * 1024 * 1024) + b"]")


def prevents(fault: Fault) -> bool:
    """Whether the request is refused, and so not carried out."""
    return isinstance(fault.kind, int) or fault.kind in ("limit", "redirect")


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
