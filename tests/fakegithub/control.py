"""Steering from another process: one call of a public method, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakegithub.routing import Reply

if TYPE_CHECKING:
    from fakegithub.server import FakeGitHub


def answer_control(hub: FakeGitHub, given: dict[str, Any]) -> Reply:
    """`{"call": "pull.label", "repository": …, "number": …, "args": […], "kwargs": {…}}`."""
    what, _, method = given["call"].partition(".")
    target: Any = hub
    if what != "hub":
        target = hub.repos[given["repository"].lower()]
    if what == "pull":
        target = target.pulls[given["number"]]
    if method.startswith("_"):
        return Reply(400, {"error": "not a public method"})
    found = getattr(target, method)
    if callable(found):
        found = found(*given.get("args", ()), **given.get("kwargs", {}))
    return Reply(200, {"value": _plain(found)})


def _plain(found: Any) -> Any:
    if isinstance(found, str | int | float | bool | dict | type(None)):
        return found
    if isinstance(found, bytes):
        return found.decode("utf-8", "replace")
    if isinstance(found, list | tuple):
        return [list(each) if isinstance(each, tuple) else _plain(each) for each in found]
    told = ("number", "head", "id", "name", "login", "body")
    return {name: _plain(getattr(found, name)) for name in told if not callable(getattr(found, name, len))}
