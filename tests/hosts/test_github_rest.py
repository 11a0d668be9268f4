"""The client below every host: retries, waiting, redirects, limits, and a token that stays where it belongs."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypedDict

import pytest

from fakegithub import FakeGitHub, Pull
from planguard.errors import HostError
from planguard.hosts.github import GitHub
from planguard.hosts.rest import Rest, path

TOKEN = "ghp_notAToken0123456789abcdefghijklmnop"


class Shape(TypedDict):
    """An answer."""

    id: int


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub.start(check=False) as hub:
        yield hub


@pytest.fixture
def pr(hub: FakeGitHub) -> Pull:
    return hub.repo("acme/infra").pull("dana")


class Slept(list[float]):
    """A clock that nobody waits for."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def github(hub: FakeGitHub, slept: Callable[[float], None] = lambda _: None, **more: Any) -> GitHub:
    return GitHub("acme/infra", hub.token("erin"), api=hub.url, sleep=slept, **more)


# --- waiting ---------------------------------------------------------------------------------------------------------


def test_passing_errors_are_tried_again_and_later_each_time(hub: FakeGitHub, pr: Pull) -> None:
    slept = Slept()
    hub.fault(503, times=3)
    assert github(hub, slept).comments(pr.number) == ()
    assert slept == [0.5, 1.0, 2.0]


def test_an_error_that_stays_ends_after_four_tries(hub: FakeGitHub, pr: Pull) -> None:
    slept = Slept()
    hub.fault(503, times=99)
    host = github(hub, slept)
    with pytest.raises(HostError, match="GitHub answered 503") as caught:
        host.comments(pr.number)
    assert (host.calls, len(slept), caught.value.status) == (4, 3, 503)
    assert caught.value.where == f"GET /repos/acme/infra/issues/{pr.number}/comments"


@pytest.mark.parametrize("kind", [403, 429])
def test_a_service_that_asks_to_wait_is_waited_for(hub: FakeGitHub, pr: Pull, kind: int) -> None:
    slept = Slept()
    hub.fault(kind, headers={"Retry-After": "7"})
    github(hub, slept).comments(pr.number)
    hub.fault(kind, headers={"Retry-After": format_datetime(hub.now + timedelta(seconds=9), usegmt=True)})
    github(hub, slept).comments(pr.number)
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(hub.now.timestamp()) + 11)}
    hub.fault(kind, headers=reset)
    github(hub, slept).comments(pr.number)
    assert slept == [7.0, 9.0, 11.0]


def test_nobody_waits_for_longer_than_half_a_minute_in_all(hub: FakeGitHub, pr: Pull) -> None:
    slept = Slept()
    host = github(hub, slept)
    hub.fault(429, headers={"Retry-After": "20"})
    host.comments(pr.number)
    hub.fault(429, headers={"Retry-After": "11"})
    with pytest.raises(HostError, match="rate limit") as caught:
        host.comments(pr.number)
    assert (slept, caught.value.status) == ([20.0], 429)


def test_a_limit_is_never_taken_for_a_missing_permission(hub: FakeGitHub, pr: Pull) -> None:
    hub.team("acme/sre", "erin")
    host = GitHub("acme/infra", hub.token("ci-app[bot]"), api=hub.url, sleep=lambda _: None)
    hub.fault("limit", times=99)
    with pytest.raises(HostError, match="rate limit"):
        host.members("acme/sre")
    hub.calm()
    hub.fault(403, times=99, headers={"Retry-After": "1"})
    with pytest.raises(HostError, match="rate limit"):
        host.members("acme/sre")


def test_a_missing_permission_is_not_asked_for_twice(hub: FakeGitHub, pr: Pull) -> None:
    slept = Slept()
    hub.fault(403, times=99)
    host = github(hub, slept)
    with pytest.raises(HostError, match="403") as caught:
        host.comments(pr.number)
    assert (host.calls, slept, caught.value.status) == (1, [], 403)
    assert caught.value.hint is not None
    assert "permission" in caught.value.hint


def test_a_write_is_repeated_only_where_it_was_refused(hub: FakeGitHub, pr: Pull) -> None:
    hub.repos["acme/infra"].role("erin", "write")
    hub.fault(429, match="POST")
    assert github(hub).comment(pr.number, "once", None).body == "once"
    hub.fault(500, match="POST")
    with pytest.raises(HostError, match="500"):
        github(hub).comment(pr.number, "twice", None)
    assert [comment.body for comment in pr.comments] == ["once"]


def test_a_server_that_is_not_there(hub: FakeGitHub) -> None:
    slept = Slept()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = GitHub("acme/infra", TOKEN, api=f"http://127.0.0.1:{unused.getsockname()[1]}", sleep=slept)
        with pytest.raises(HostError, match="could not be reached") as caught:
            host.pull(1)
    assert (caught.value.status, len(slept)) == (0, 3)


# --- redirects and other hosts ---------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[FakeGitHub]:
    with FakeGitHub.start(check=False) as other:
        yield other


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(
    hub: FakeGitHub, pr: Pull, elsewhere: FakeGitHub, status: int
) -> None:
    hub.fault(status, headers={"Location": f"{elsewhere.url}/repos/acme/infra/issues/1/comments"})
    with pytest.raises(HostError, match="redirects to another host"):
        github(hub).comments(pr.number)
    assert elsewhere.calls == []


@pytest.mark.parametrize(
    "location", ["//127.0.0.1:1/x", "https://{}/x", "ftp://x/y", "http://[/", "http://{}@evil.test/"]
)
def test_odd_addresses_are_other_hosts(hub: FakeGitHub, pr: Pull, location: str) -> None:
    hub.fault(302, headers={"Location": location.format(hub.url.removeprefix("http://"))})
    with pytest.raises(HostError):
        github(hub).comments(pr.number)


@pytest.mark.parametrize("target", ["{url}{path}", "{path}"])
def test_a_redirect_on_the_same_host_is_followed_when_reading(hub: FakeGitHub, pr: Pull, target: str) -> None:
    pr.comment("here", by="erin")
    where = f"/repos/acme/infra/issues/{pr.number}/comments"
    hub.fault(301, headers={"Location": target.format(url=hub.url, path=where)})
    assert [comment.body for comment in github(hub).comments(pr.number)] == ["here"]


def test_a_redirect_is_not_followed_for_ever_nor_when_writing(hub: FakeGitHub, pr: Pull) -> None:
    hub.repos["acme/infra"].role("erin", "write")
    where = f"/repos/acme/infra/issues/{pr.number}/comments"
    hub.fault(301, headers={"Location": where}, times=99)
    for act in (lambda host: host.comments(pr.number), lambda host: host.comment(pr.number, "x", None)):
        host = github(hub)
        with pytest.raises(HostError, match="redirects this request") as caught:
            act(host)
        assert "renamed" in (caught.value.hint or "")
        assert host.calls <= 4
    assert pr.comments == []


def test_pages_on_another_host_are_not_asked_for(hub: FakeGitHub, pr: Pull, elsewhere: FakeGitHub) -> None:
    link = f'<{elsewhere.url}/repos/acme/infra/issues/1/comments?page=2>; rel="next"'
    hub.fault("no-date", headers={"Link": link})
    with pytest.raises(HostError, match="links to another host"):
        github(hub).comments(pr.number)
    assert elsewhere.calls == []


def test_pages_that_were_announced_must_come(hub: FakeGitHub, pr: Pull) -> None:
    for number in range(201):
        pr.comment(str(number), by="erin")
    hub.fault("lost-page", at=2)
    with pytest.raises(HostError, match="3 pages, and then ended with page 2"):
        github(hub).comments(pr.number)
    hub.calm()
    hub.fault("lost-page")
    with pytest.raises(HostError, match="more pages than it links to"):
        github(hub).comments(pr.number)


@pytest.mark.parametrize(
    "base",
    [
        *("http://api.github.com", "http://127.0.0.1.evil.example", "ftp://api.github.com", "api.github.com", ""),
        *("https://user:secret@api.github.com", "https://api.github.com/?x=1", "https://api.github.com:x", "https://"),
    ],
)
def test_an_api_that_is_not_encrypted_gets_no_token(base: str) -> None:
    with pytest.raises(HostError) as caught:
        GitHub("acme/infra", TOKEN, api=base)
    assert TOKEN not in str(caught.value)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


# --- answers that are none -------------------------------------------------------------------------------------------


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes to whoever comes, whatever they ask."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve() -> None:
        while not stop.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            with client:
                client.settimeout(2)
                client.recv(65536)
                for piece in pieces:
                    try:
                        client.sendall(piece)
                    except OSError:
                        break
                    if stop.wait(pause):
                        break

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        thread.join()
        listener.close()


def rest(base: str) -> Rest:
    return Rest(base, service="GitHub", token=TOKEN, sleep=lambda _: None, timeout=2)


def whole(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (head, len(body), body)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"not HTTP at all\r\n\r\n", "was not HTTP"),
        (b"", "connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "connection broke"),
        (whole(b""), "did not answer with JSON"),
        (whole(b"null"), "another shape"),
        (whole(b"[]"), "another shape"),
        (whole(b'{"id": "secret-text"}'), "another shape"),
        (whole(b'{"id": true}'), "another shape"),
        (whole(b'{"ID": 1}'), "another shape"),
        (whole(b'{"id": 1}}'), "did not answer with JSON"),
        (whole(b'{"id": "\xff"}'), "another shape|did not answer with JSON"),
        (whole(b'{"id":' + b"[" * 100_000), "did not answer with JSON|another shape"),
        (whole(b"\x1f\x8bnot gzip", b"Content-Encoding: gzip\r\n"), "was not HTTP"),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "did not answer with JSON"),
        (b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n", "answered 304"),
    ],
)
def test_what_is_no_answer_is_an_error(sent: bytes, said: str) -> None:
    with answering(sent) as base, pytest.raises(HostError, match=said) as caught:
        rest(base).get("/thing", Shape)
    assert caught.value.where == "GET /thing"
    assert "secret-text" not in f"{caught.value} {caught.value.hint}"


def test_keys_that_are_not_known_do_no_harm() -> None:
    with answering(whole(b'{"id": 1, "more": [1]}')) as base:
        assert rest(base).get("/thing", Shape) == {"id": 1}


def test_a_date_that_is_none_is_no_clock() -> None:
    for date in (b"Date: yesterday\r\n", b"Date: \r\n", b""):
        with answering(whole(b'{"id": 1}', date)) as base:
            client = rest(base)
            client.get("/thing", Shape)
            with pytest.raises(HostError, match="clock"):
                client.now()


def test_too_much_is_not_read(hub: FakeGitHub, pr: Pull) -> None:
    hub.fault("huge")
    with pytest.raises(HostError, match="more than planguard reads"):
        github(hub).comments(pr.number)


def test_an_answer_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planguard.hosts.transport._WHOLE", 0.2)
    monkeypatch.setattr("planguard.hosts.rest.TRIES", 1)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with answering(head, *([b" "] * 200), pause=0.02) as base, pytest.raises(HostError, match="too slow"):
        rest(base).get("/thing", Shape)


def test_names_are_one_segment_each() -> None:
    assert path("repos", "a/b", "c d?#%é") == "/repos/a%2Fb/c%20d%3F%23%25%C3%A9"
    for odd in ("", ".", ".."):
        with pytest.raises(HostError, match="made of dots"):
            path("repos", odd)


# --- the token -------------------------------------------------------------------------------------------------------


def test_the_token_is_in_no_message_log_or_name(
    hub: FakeGitHub, pr: Pull, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    token = hub.token("erin")
    told = []
    for kind in (401, 403, 500, "close", "html", "redirect", "limit", "truncated", None):
        hub.calm()
        if kind is not None:
            hub.fault(kind, times=99)
        host = GitHub("acme/infra", token, api=hub.url, sleep=lambda _: None)
        told += [repr(host), repr(host._rest), repr(host._rest._transport), str(vars(host))]
        try:
            told.append(repr(host.comments(pr.number)))
        except HostError as error:
            told += [*traceback.format_exception(error), repr(error), str(error.hint), str(error.where)]
    told += [record.getMessage() for record in caplog.records]
    assert len(told) > 40
    assert not [line for line in told if token in line]


@pytest.mark.parametrize("token", ["", " ", "a\nb", "a b\r\nX: y", "tökén", "a\x00b"])
def test_what_cannot_be_a_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(HostError, match="token for GitHub") as caught:
        GitHub("acme/infra", token)
    assert not token.strip() or token not in f"{caught.value} {caught.value.hint}"


def test_the_line_end_behind_a_token_is_left_out(hub: FakeGitHub, pr: Pull) -> None:
    assert GitHub("acme/infra", hub.token("erin") + "\n", api=hub.url).comments(pr.number) == ()


def test_a_proxys_password_is_not_shown(hub: FakeGitHub, pr: Pull, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for proxy in ("http://me:secret@127.0.0.1:9", "what://me:secret@127.0.0.1:9", "http://me:secret@[", "socks5://x:1"):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        with pytest.raises(HostError) as caught:
            github(hub).comments(pr.number)
        assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_certificates_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(HostError, match="certificates cannot be used"):
        GitHub("acme/infra", TOKEN, api="https://127.0.0.1:9", sleep=lambda _: None).pull(1)
