"""Which handler answers a request, and as which documented entity."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from fakegitlab.state import Merge, Project, Token, World

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


@dataclass
class Asked:
    """A request that was understood."""

    world: World
    token: Token
    url: str
    """Without the query."""
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def project(self) -> Project:
        name = self.names["id"]
        found = self.world.projects.get(name.lower())
        if found is None and name.isdigit():
            found = next((one for one in self.world.projects.values() if one.id == int(name)), None)
        if found is None or self.token.blind or (found.private and found.parent is not None):
            raise Refusal(404, "404 Project Not Found")
        return found

    @property
    def merge(self) -> Merge:
        found = self.project.merges.get(int(self.names["iid"]))
        if found is None:
            raise Refusal(404, "404 Not found")
        return found

    def page(self, items: Sequence[Any], shape: Callable[[Any], Any]) -> Reply:
        """One page, and where the others are."""
        size = min(max(int(self.query.get("per_page", "20")), 1), 100)
        number, last = int(self.query.get("page", "1")), max(-(-len(items) // size), 1)
        start = (number - 1) * size
        links = {"first": 1, "last": last, **({"next": number + 1} if number < last else {})}
        given = {name: value for name, value in self.query.items() if name not in ("page", "per_page")}
        parts = [
            f'<{self.url}?{urlencode({**given, "page": page, "per_page": size})}>; rel="{rel}"'
            for rel, page in links.items()
        ]
        headers = {"Link": ", ".join(parts), "X-Next-Page": str(links.get("next", "")), "X-Total": str(len(items))}
        return Reply(200, [shape(item) for item in items[start : start + size]], headers)


@dataclass
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    entity: str
    """As `described` calls it."""


ROUTES: list[Route] = []


def route(method: str, template: str, entity: str) -> Callable[[Handler], Handler]:
    """Register a handler. Whatever stands in a path is one segment, with its slashes escaped."""
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", template)

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, re.compile(pattern), handler, entity))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path, and the names in it."""
    for candidate in ROUTES:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
