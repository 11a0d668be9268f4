"""The sockets: reads requests, lets faults strike, checks what goes out, keeps a log."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import fakegitlab.rest  # noqa: F401  # its import registers what is answered
from fakegithub.faults import Fault, Hook, Kind, Sent, prevents, spoiled
from fakegitlab import described, graph, routing
from fakegitlab.routing import Asked, Refusal, Reply
from fakegitlab.state import Merge, Project, Token, World

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday."""


class Call(NamedTuple):
    """A request that came in."""

    method: str
    path: str
    query: str
    status: int
    login: str


class FakeGitLab(World):
    """GitLab on loopback."""

    def __init__(self, directory: Path, *, now: datetime, port: int) -> None:
        super().__init__(directory, now)
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self.hooks: list[Hook] = []
        self.patience = 5.0
        """Seconds until a `timeout` answers after all."""
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.lab = self
        self.web = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.web}/api/v4"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, *, now: datetime = NOON, port: int = 0, directory: Path | None = None) -> FakeGitLab:
        """A new one, on a free port."""
        return cls(directory or Path(tempfile.mkdtemp(prefix="fakegitlab-")), now=now, port=port)

    def stop(self) -> None:
        """End it, and fail if an answer was not as GitLab documents it."""
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

    def env(self, project: Project, merge: Merge | None = None, token: str | None = None) -> dict[str, str]:
        """What GitLab CI would set, in a pipeline of a merge request."""
        found = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.url,
            "CI_SERVER_URL": self.web,
            "CI_PROJECT_PATH": project.path,
            "CI_PROJECT_ID": str(project.id),
            "CI_DEFAULT_BRANCH": project.default,
            "CI_JOB_TOKEN": "glcbt-64_nobody-may-read-this",
            "GITLAB_TOKEN": token or self.token(),
        }
        if merge is not None:
            found |= {
                "CI_MERGE_REQUEST_IID": str(merge.iid),
                "CI_COMMIT_SHA": merge.head,
                "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
            }
        return found

    # --- answering ---------------------------------------------------------------------------------------------------

    def serve(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> Sent:
        """An answer, faults and all."""
        parts = urlsplit(target)
        with self.lock:
            request = f"{method} {unquote(parts.path)}"
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
            self.calls.append(Call(method, unquote(parts.path), parts.query, found.status, login))
        if found.late:
            self._stopping.wait(self.patience)
        return found

    def _answered(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> tuple[Sent, str]:
        parts = urlsplit(target)
        token = self.tokens.get(headers.get("PRIVATE-TOKEN", ""))
        login = token.user.username if token else ""
        try:
            if token is None or token.user.state != "active":
                raise Refusal(401, "401 Unauthorized")
            if any(part in unquote(parts.path) for part in token.deny):
                raise Refusal(403, "403 Forbidden")
            reply, entity = self._replied(method, parts.path, dict(parse_qsl(parts.query)), token, raw)
        except Refusal as refusal:
            return _sent(Reply(refusal.status, {"message": refusal.message})), login
        if entity != "raw":
            self.problems += described.problems(entity, reply.body)
        return _sent(reply), login

    def _replied(self, method: str, path: str, query: dict[str, str], token: Token, raw: bytes) -> tuple[Reply, str]:
        if path == "/api/graphql" and method == "POST":
            return Reply(200, graph.answer(self, token, json.loads(raw)["query"])), "graph"
        match = routing.find(method, path.removeprefix("/api/v4")) if path.startswith("/api/v4") else None
        if match is None:
            raise Refusal(404, "404 Not Found")
        route, names = match
        asked = Asked(self, token, self.web + path, names, query, json.loads(raw) if raw else None)
        return route.handler(asked), route.entity


def _sent(reply: Reply) -> Sent:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    return Sent(reply.status, dict(reply.headers), body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    lab: FakeGitLab

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business; anything else is."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            self.lab.problems.append("".join(traceback.format_exception(error)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30
    disable_nagle_algorithm = True  # it would wait for acknowledgements that the client delays
    wbufsize = -1

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = self.server.lab.serve(self.command, self.path, self.headers, raw)  # type: ignore[arg-type]  # Message maps names
        if found.silent:
            self.close_connection = True
            return
        self.send_response_only(found.status)
        length = len(found.body) if found.announced is None else found.announced
        given = {"Content-Type": "application/json", **found.headers, "Content-Length": str(length)}
        for name, value in given.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.body)
        if length != len(found.body):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """The log is `lab.calls`."""
