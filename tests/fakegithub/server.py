"""The sockets: reads requests, lets faults strike, checks what goes out, keeps a log."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import fakegithub.actions
import fakegithub.reading
import fakegithub.writing  # noqa: F401  # their import registers what is answered
from fakegithub import openapi, routing
from fakegithub.answers import Answers
from fakegithub.control import answer_control
from fakegithub.faults import Fault, Hook, Kind, Sent, prevents, sent, spoiled
from fakegithub.git import Bare
from fakegithub.payloads import group_payload, payload
from fakegithub.pulls import Pull
from fakegithub.repos import Repo
from fakegithub.routing import Asked, Refusal, Reply
from fakegithub.state import Files, World

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday."""


class Call(NamedTuple):
    """A request that came in."""

    method: str
    path: str
    query: str
    status: int
    login: str


class FakeGitHub(World):
    """GitHub on loopback."""

    def __init__(self, directory: Path, *, now: datetime, ghes: bool, port: int, check: bool) -> None:
        super().__init__(directory, now)
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self.hooks: list[Hook] = []
        self.patience = 5.0
        """Seconds until a `timeout` answers after all."""
        self.description, self.unchecked = openapi.description() if check else (None, "not asked for")
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.hub = self
        self.web = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.prefix = "/api/v3" if ghes else ""
        self.url = self.web + self.prefix
        self.graphql = "/api/graphql" if ghes else "/graphql"
        self.answers = Answers(self, self.url, self.web)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @classmethod
    def start(
        cls,
        *,
        now: datetime = NOON,
        ghes: bool = False,
        port: int = 0,
        check: bool = True,
        directory: Path | None = None,
    ) -> FakeGitHub:
        """A new one, on a free port."""
        made = directory or Path(tempfile.mkdtemp(prefix="fakegithub-"))
        return cls(made, now=now, ghes=ghes, port=port, check=check)

    def stop(self) -> None:
        """End it, and fail if an answer was not as GitHub describes it."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not self.problems, "\n".join(self.problems)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def repo(self, name: str, files: Files | None = None, *, private: bool = False, default: str = "main") -> Repo:
        """A repository with a first commit."""
        with self.lock:
            bare = Bare(self.directory / f"{name.replace('/', '--')}.git")
            made = Repo(self, name, bare, private=private, default=default)
            self.repos[name.lower()] = made
            made.commit(default, files or {"README.md": "hello\n"}, by="github-actions[bot]", message="Begin")
            return made

    # --- steering ----------------------------------------------------------------------------------------------------

    def fault(
        self,
        kind: Kind,
        *,
        at: int = 1,
        match: str = "",
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        change: Callable[[Any], Any] = lambda body: body,
    ) -> Fault:
        """Let something go wrong; its `hits` tell afterwards how often it did."""
        with self.lock:
            self.faults.append(Fault(kind, at, match, times, headers or {}, change))
            return self.faults[-1]

    def when(self, pattern: str, action: Callable[[], object], *, at: int = 1) -> None:
        """Do something just before the `at`-th request that matches is answered."""
        with self.lock:
            self.hooks.append(Hook(pattern, action, at))

    def calm(self) -> None:
        """No more faults and hooks."""
        with self.lock:
            self.faults.clear()
            self.hooks.clear()

    def env(self, repo: Repo, token: str | None = None) -> dict[str, str]:
        """What Actions would set."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": self.web + self.graphql,
            "GITHUB_SERVER_URL": self.web,
            "GITHUB_REPOSITORY": repo.name,
            "GITHUB_TOKEN": token or self.token(),
        }

    def payload(self, pull: Pull, action: str, **more: str) -> dict[str, Any]:
        """An event of a pull request, as Actions shows it."""
        with self.lock:
            return payload(self.answers, pull, action, **more)

    def group_payload(self, repo: Repo, ref: str) -> dict[str, Any]:
        """The event of a merge group."""
        with self.lock:
            return group_payload(self.answers, repo, ref)

    # --- answering ---------------------------------------------------------------------------------------------------

    def serve(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Sent:
        """An answer, faults and all."""
        parts = urlsplit(target)
        if parts.path == "/_control" and method == "POST":
            with self.lock:
                return sent(answer_control(self, json.loads(raw)))
        with self.lock:
            request = f"{method} {parts.path}"
            for hook in [hook for hook in self.hooks if re.search(hook.pattern, request)]:
                hook.seen += 1
                if hook.seen == hook.at:
                    hook.action()
            striking = [fault for fault in self.faults if fault.strikes(request)]
            fault = striking[0] if striking else None
            if fault and prevents(fault):
                found, login = Sent(200, {}, b""), ""
            else:
                found, login = self._answered(method, target, headers, raw)
            if fault:
                found = spoiled(fault, found, self.now.timestamp())
            found.headers.setdefault("Date", format_datetime(self.now, usegmt=True))
            self.calls.append(Call(method, parts.path, parts.query, found.status, login))
        if found.late:
            self._stopping.wait(self.patience)
        return found

    def _answered(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> tuple[Sent, str]:
        parts = urlsplit(target)
        path = "/graphql" if parts.path == self.graphql else parts.path.removeprefix(self.prefix)
        match = routing.find(method, path)
        scheme, _, secret = headers.get("Authorization", "").partition(" ")
        token = self.tokens.get(secret) if scheme in ("Bearer", "token") else None
        try:
            if token is None or token.user.gone:
                raise Refusal(401, "Bad credentials")
            if match is None or not parts.path.startswith(self.prefix[:4]):
                raise Refusal(404, "Not Found")
            route, names = match
            if route.needs in token.deny:
                raise Refusal(403, "Resource not accessible by integration")
            body = json.loads(raw) if raw else None
            url, query = self.web + parts.path, dict(parse_qsl(parts.query))
            asked = Asked(self, self.answers, token, method, url, names, query, body)
            if "owner" in names and route.writes:
                self._may_write(asked)
            self._check("request", route, 0, "application/json", body)
            if self.description and route.template:
                self.problems += [
                    f"{route.template}: {p}" for p in self.description.unknown(method, route.template, query)
                ]
            reply = route.handler(asked)
            self._check("answer", route, reply.status, reply.kind, reply.body)
        except Refusal as refusal:
            body = {
                "message": refusal.message,
                "documentation_url": "https://docs.github.com/rest",
                "status": str(refusal.status),
            }
            return sent(Reply(refusal.status, body)), token.user.login if token else ""
        return sent(reply), token.user.login

    def _may_write(self, asked: Asked) -> None:
        base, role = asked.repo.permission(asked.token.user)
        commenting = asked.url.endswith("/comments") and asked.method == "POST"
        labelling = "/labels" in asked.url and role == "triage"
        person = asked.token.user.type == "User"
        if person and not (base in ("write", "admin") or labelling or (commenting and base != "none")):
            raise Refusal(403, "Must have write access")

    def _check(self, what: str, route: routing.Route, status: int, kind: str, body: Any) -> None:
        if self.description is None or not route.template:
            return
        for problem in self.description.problems(route.method, route.template, status, kind, body):
            self.problems.append(f"{what} {route.method} {route.template} {status or ''}: {problem}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    hub: FakeGitHub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business; anything else is."""
        import sys
        import traceback

        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            self.hub.problems.append("".join(traceback.format_exception(error)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30
    disable_nagle_algorithm = True  # it would wait for acknowledgements that the client delays
    wbufsize = -1

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = self.server.hub.serve(self.command, self.path, self.headers, raw)  # type: ignore[arg-type]  # Message maps names
        if found.silent:
            self.close_connection = True
            return
        self.send_response_only(found.status)
        length = len(found.body) if found.announced is None else found.announced
        given = {"Content-Type": "application/json; charset=utf-8", **found.headers, "Content-Length": str(length)}
        for name, value in given.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.body)
        if length != len(found.body):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """The log is `hub.calls`."""
