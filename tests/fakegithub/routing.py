"""Which handler answers a request, under which path of the description, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fakegithub.answers import Answers
from fakegithub.pulls import Pull
from fakegithub.repos import Repo
from fakegithub.state import Token, World

_SEVERAL = frozenset({"path", "ref", "basehead"})
Handler = Callable[["Asked"], "Reply"]


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    """As the description calls the media type."""


@dataclass
class Asked:
    """A request that was understood."""

    world: World
    answers: Answers
    token: Token
    method: str
    url: str
    """Without the query."""
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def repo(self) -> Repo:
        name = f"{self.names['owner']}/{self.names['repo']}"
        found = self.world.repos.get(name.lower())
        if found is None or (found.private and not self.may_see(found)):
            raise Refusal(404, "Not Found")
        return found

    def may_see(self, repo: Repo) -> bool:
        """Installations see the repository they run in, and not a private fork of it."""
        if self.token.blind:
            return False
        if self.token.user.type == "Bot":
            return repo.parent is None
        return repo.permission(self.token.user)[0] != "none"

    @property
    def pull(self) -> Pull:
        number = self.names.get("pull_number") or self.names["issue_number"]
        found = self.repo.pulls.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def page(self, items: Sequence[Any], shape: Callable[[Any], Any], *, cursor: bool = False) -> Reply:
        """One page, and where the others are."""
        size = min(max(int(self.query.get("per_page", "30")), 1), 100)
        if cursor:
            start = int(self.query.get("after", "0"))
            links = {"next": {"after": start + size}} if start + size < len(items) else {}
        else:
            number, last = int(self.query.get("page", "1")), max(-(-len(items) // size), 1)
            start = (number - 1) * size
            links = {"next": {"page": number + 1}, "last": {"page": last}} if number < last else {}
        given = {name: value for name, value in self.query.items() if name not in ("page", "after")}
        parts = [f'<{self.url}?{urlencode({**given, **extra})}>; rel="{rel}"' for rel, extra in links.items()]
        headers = {"Link": ", ".join(parts)} if parts else {}
        return Reply(200, [shape(item) for item in items[start : start + size]], headers)


@dataclass
class Route:
    method: str
    template: str
    """As in the description; empty: it is not in there."""
    pattern: re.Pattern[str]
    handler: Handler
    needs: str
    """The permission that a token must have."""
    writes: bool


ROUTES: list[Route] = []


def route(
    method: str, template: str, needs: str = "metadata", *, described: bool = True
) -> Callable[[Handler], Handler]:
    """Register a handler."""
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(
        re.escape(part) if at % 2 == 0 else f"(?P<{part}>{'.+' if part in _SEVERAL else '[^/]+'})"
        for at, part in enumerate(parts)
    )

    def register(handler: Handler) -> Handler:
        ROUTES.append(
            Route(method, template if described else "", re.compile(pattern), handler, needs, method != "GET")
        )
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path, and the names in it."""
    for candidate in ROUTES:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def escaped(path: str) -> str:
    return quote(path, safe="/")
