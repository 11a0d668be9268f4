"""Asking an HTTP API for JSON, so that an answer is whole and of the expected shape, or there is a `HostError`.

Owns retries, pages, redirects and shapes. Knows no service: paths and shapes come from `github` and `gitlab`. What
goes wrong is told by the call and the status alone; a token or a body is never part of it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from planguard import __version__
from planguard.errors import HostError, UsageError
from planguard.hosts.transport import (
    Answer,
    TooLarge,
    Transport,
    Unanswered,
    checked_base,
    checked_token,
    same_origin,
)

T = TypeVar("T")
Params = Mapping[str, str | int]

TRIES = 4
PATIENCE = 30.0
"""Seconds that one client waits, all its calls together."""
PAGES = 50
"""Pages of one listing: 5,000 things. Whoever has more is refused, not half read."""
PER_PAGE = 100
TIMEOUT = 20.0
_LONGEST = 3600.0
_REDIRECTS = 3
_PASSING = frozenset({500, 502, 503, 504})
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]*))*)')
_REL = re.compile(r';\s*rel\s*=\s*"?([\w -]+)"?')
_HINTS = {
    401: "The token is wrong, or no longer valid.",
    403: "The token lacks the permission for this; the docs list what planguard needs.",
    404: "Either there is no such thing, or the token may not see it.",
}


def limits(env: Mapping[str, str]) -> tuple[float, float]:
    """Seconds that one answer may take, and that a run waits to ask again, all its calls together.

    PLANGUARD_HTTP_TIMEOUT and PLANGUARD_HTTP_PATIENCE set them, for a server that is slow, or a job that is short.
    """
    return _seconds(env, "PLANGUARD_HTTP_TIMEOUT", TIMEOUT, 0.05), _seconds(env, "PLANGUARD_HTTP_PATIENCE", PATIENCE, 0)


def _seconds(env: Mapping[str, str], name: str, usual: float, least: float) -> float:
    text = env.get(name, "")
    if not text:
        return usual
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not least <= found <= _LONGEST:
        raise UsageError(f"{name} is a number of seconds, from {least:g} to {_LONGEST:g}.")
    return found


def path(*parts: str | int) -> str:
    """An address below the API's: every part is one segment, whatever is in it."""
    if any(str(part) in ("", ".", "..") for part in parts):
        raise HostError("A name in the address of a request is empty, or made of dots.")
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


class Rest:
    """One service and one token. Sends one request at a time."""

    def __init__(
        self,
        base: str,
        *,
        service: str,
        token: str,
        header: str = "Authorization",
        scheme: str = "Bearer ",
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE,
        timeout: float = TIMEOUT,
    ) -> None:
        """`header` and `scheme` say how the token is sent. Raises `HostError` for an address that is not encrypted."""
        self._base = checked_base(base, service)
        self._service = service
        given = {"User-Agent": f"planguard/{__version__}", **(headers or {})}
        given[header] = scheme + checked_token(token, service)
        self._transport = Transport(given, timeout, encrypted=self._base.startswith("https:"))
        self._sleep = sleep
        self._patience = patience
        self._calls = 0
        self._date: datetime | None = None

    def __repr__(self) -> str:
        return f"Rest({self._base!r})"

    @property
    def calls(self) -> int:
        """Requests sent so far, those that were tried again included."""
        return self._calls

    @property
    def base(self) -> str:
        """The API's address, without a slash at its end."""
        return self._base

    def now(self) -> datetime:
        """The service's clock, by the `Date` of its last answer."""
        if self._date is None:
            raise HostError(
                f"{self._service}'s clock is not known: there was no answer yet, or it had no date.",
                hint="A proxy may take the Date header away; it is needed.",
            )
        return self._date

    # --- reading -----------------------------------------------------------------------------------------------------

    def get(self, path: str, shape: type[T], params: Params | None = None) -> T:
        """One object. A 404 is an error like any other."""
        return self.decode(self.ask("GET", path, params=params), shape)

    def find(self, path: str, shape: type[T], params: Params | None = None) -> T | None:
        """One object, or None where the service answers 404. Whether a 404 may be believed is the caller's to know."""
        answer = self.ask("GET", path, params=params, allow=(404,))
        return None if answer.status == 404 else self.decode(answer, shape)

    def pages(
        self, path: str, shape: type[T], params: Params | None = None, *, most: int = PAGES, numbered: bool = True
    ) -> list[T]:
        """What all pages hold together. `numbered`: pages are called `page=2`; otherwise a cursor leads on."""
        asked: dict[str, str | int] = {**(params or {}), "per_page": PER_PAGE}
        pages = [self.decode(answer, _list_of(shape)) for answer in self.answers(path, asked, most=most)]
        # A full page that leads to no other looks the same as one whose link got lost. So ask.
        if numbered and len(pages[-1]) >= PER_PAGE:
            beyond = self.ask("GET", path, params={**asked, "page": len(pages) + 1})
            if self.decode(beyond, _list_of(shape)):
                raise HostError(f"{self._service} has more pages than it links to.", where=beyond.call)
        return [item for page in pages for item in page]

    def answers(self, path: str, params: Params | None = None, *, most: int = PAGES) -> Iterator[Answer]:
        """The pages of something, by their `Link` headers. Raises where they are too many, or end too early."""
        answer = self.ask("GET", path, params=params)
        last = _page_number(_links(answer).get("last"))
        number = 1
        yield answer
        while following := _links(answer).get("next"):
            number += 1
            if number > most:
                raise HostError(
                    f"There are more than {most} pages of this; planguard reads it whole or not at all.",
                    where=answer.call,
                )
            answer = self._at(answer.call, following)
            yield answer
        if last is not None and number < last:
            raise HostError(
                f"{self._service} spoke of {last} pages, and then ended with page {number}.", where=answer.call
            )

    # --- writing -----------------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: object, shape: type[T], *, again: bool) -> T:
        """Write something. `again`: doing it twice is the same as doing it once."""
        return self.decode(self.ask(method, path, body=body, again=again), shape)

    # --- both --------------------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        accept: str = "",
        allow: Collection[int] = (),
        again: bool | None = None,
    ) -> Answer:
        """The answer, if it is 2xx or one of `allow`. Everything else is a `HostError` that names the call.

        `path` may be a whole address, of the same host.
        A refusal because of a rate limit is never among those allowed: it says nothing about what was asked.
        """
        url = path if "://" in path else f"{self._base}{path}"
        path = urlsplit(url).path.removeprefix(urlsplit(self._base).path)
        if not same_origin(url, self._base):
            raise HostError(f"This address is not {self._service}'s; the token stays here.")
        if params:
            url += "?" + urlencode(dict(params))
        headers = {"Accept": accept} if accept else {}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        again = method == "GET" if again is None else again
        answer = self._settled(method, url, f"{method} {path}", headers, content, again)
        if 200 <= answer.status < 300 or (answer.status in allow and not _limited(answer)):
            return answer
        raise self._refusal(answer)

    def decode(self, answer: Answer, shape: type[T]) -> T:
        """The body as a `TypedDict`, a list of them, or the like; keys that the shape does not name are left out."""
        import msgspec

        try:
            return msgspec.json.decode(answer.body, type=shape)
        except msgspec.ValidationError as error:
            # Names places and types, no values: shapes have no enumerations.
            raise HostError(
                f"{self._service} answered in another shape than it documents: {error}.", where=answer.call
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise HostError(
                f"{self._service} did not answer with JSON, or only with a part of it.",
                where=answer.call,
                hint="A proxy or a maintenance page may have answered in its place.",
                status=answer.status,
            ) from None

    def _at(self, call: str, url: str) -> Answer:
        """The page that a link leads to."""
        url = _joined(self._base + "/", url)
        if not same_origin(url, self._base):
            raise HostError(f"{self._service} links to another host; the token stays here.", where=call)
        answer = self._settled("GET", url, call, {}, None, True)
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def _settled(
        self, method: str, url: str, call: str, headers: Mapping[str, str], content: bytes | None, again: bool
    ) -> Answer:
        """The first answer that is not passing, redirects of reads followed."""
        for _ in range(_REDIRECTS + 1):
            answer = self._tried(method, url, call, headers, content, again)
            if answer.status not in (301, 302, 307, 308):
                return answer
            target = _joined(url, answer.headers.get("location", ""))
            if not same_origin(target, self._base):
                raise HostError(f"{self._service} redirects to another host; the token stays here.", where=call)
            if method != "GET":
                break
            url = target
        raise HostError(
            f"{self._service} redirects this request.",
            where=call,
            hint="Was the repository renamed or moved? Give its present name.",
        )

    def _tried(
        self, method: str, url: str, call: str, headers: Mapping[str, str], content: bytes | None, again: bool
    ) -> Answer:
        """The first answer that is not worth another try, or the last one."""
        for left in reversed(range(TRIES)):
            self._calls += 1
            backoff = 0.5 * 2.0 ** (TRIES - 1 - left)
            try:
                answer = self._transport.send(method, url, call, headers, content)
            except TooLarge:
                raise HostError(f"{self._service} answered with more than planguard reads.", where=call) from None
            except Unanswered as failure:
                if not left or (failure.sent and not again) or not self._wait(backoff):
                    raise HostError(
                        f"{self._service} did not answer: {failure.why}.",
                        where=call,
                        hint="Run the job again; nothing was approved.",
                    ) from None
                continue
            self._date = _date(answer.headers.get("date"))
            passing = _limited(answer) or (answer.status in _PASSING and again)
            if not passing or not left or not self._wait(max(backoff, self._asked_to_wait(answer))):
                return answer
        raise AssertionError("unreachable: the last try returns or raises")

    def _asked_to_wait(self, answer: Answer) -> float:
        """Seconds until the service wants to be asked again."""
        value = answer.headers.get("retry-after", "").strip()
        clock = _date(answer.headers.get("date")) or datetime.now(UTC)
        if value.isdecimal():
            return float(value[:9])
        if when := _date(value):
            return (when - clock).total_seconds()
        reset = answer.headers.get("x-ratelimit-reset", answer.headers.get("ratelimit-reset", ""))
        if answer.status not in _PASSING and reset.isdecimal():
            return float(reset[:12]) - clock.timestamp()
        return 0.0

    def _wait(self, seconds: float) -> bool:
        """Wait, unless that would take more patience than is left."""
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        return True

    def _refusal(self, answer: Answer) -> HostError:
        if _limited(answer):
            return HostError(
                f"{self._service} answers no more for now: a rate limit is reached.",
                where=answer.call,
                hint="Run the job again later; nothing was approved.",
                status=429,  # GitHub says 403 as well, which callers must not take for "may not ask"
            )
        return HostError(
            f"{self._service} answered {answer.status}.",
            where=answer.call,
            hint=_HINTS.get(answer.status),
            status=answer.status,
        )


def _limited(answer: Answer) -> bool:
    """Whether it was asked too often, and not: it may not ask."""
    if answer.status == 429:
        return True
    spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status == 403 and spent


def _date(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _links(answer: Answer) -> dict[str, str]:
    """Where a `Link` header leads: `next`, `last`."""
    found: dict[str, str] = {}
    for url, rest in _LINK.findall(answer.headers.get("link", "")):
        if rel := _REL.search(rest):
            for name in rel[1].split():
                found.setdefault(name, url)
    return found


def _joined(base: str, link: str) -> str:
    """The address that a link leads to; empty where it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _page_number(url: str | None) -> int | None:
    given = parse_qs(urlsplit(_joined("", url or "")).query).get("page", [""])[0]
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _list_of(shape: type[T]) -> type[list[T]]:
    return list[shape]  # type: ignore[valid-type]  # a shape is a type at run time as well
