"""An HTTP state backend: `backend "http" { address = "http://127.0.0.1:PORT/NAME" }`. No locks, no history."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _States(BaseHTTPRequestHandler):
    directory: Path

    def _file(self) -> Path:
        return self.directory / (self.path.strip("/").replace("/", "_") + ".tfstate")

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        file = self._file()
        body = file.read_bytes() if file.exists() else b""
        self._answer(200 if body else 404, body)

    def do_POST(self) -> None:
        self._file().write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(200)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests' output is theirs."""


def state_server(port: int, directory: Path) -> ThreadingHTTPServer:
    """A server that keeps each state as a file of `directory`; the caller runs and closes it. Port 0: any free one."""
    directory.mkdir(parents=True, exist_ok=True)
    handler = type("States", (_States,), {"directory": directory})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
