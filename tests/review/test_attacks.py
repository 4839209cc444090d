"""What somebody on this machine may do to the page's socket; the page goes on."""

import socket
import time

import pytest

from output.review.server import MAX_CONNECTIONS, TimeoutProtocol
from tests.review.serving import TOKEN, serving
from tests.review.test_guard import EmptySession


class Hurried(TimeoutProtocol):
    """Does not let a test wait."""

    timeout_s = 0.2


@pytest.fixture(scope="module")
def session():
    return EmptySession()


@pytest.fixture(scope="module")
def client(session):
    with serving(session, Hurried) as client:
        yield client


def connected(client):
    return socket.create_connection(("127.0.0.1", client.door.port), timeout=10)


def said(client, raw):
    """All that comes back for these bytes, to the end of the connection."""
    with connected(client) as line:
        line.sendall(raw)
        answer = b""
        while more := line.recv(65536):
            answer += more
        return answer


def head(client, first="GET / HTTP/1.1", *more):
    told = [first, f"Host: 127.0.0.1:{client.door.port}", f"Cookie: {client.door.cookie}={TOKEN}"]
    return "\r\n".join([*told, *more]).encode() + b"\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX-Slow: a"])
def test_who_does_not_finish_a_request_is_hung_up_on(client, sent):
    with connected(client) as line:
        line.sendall(sent)
        assert b"" == line.recv(1)


def test_a_head_that_comes_drop_by_drop_does_not_buy_time(client):
    with connected(client) as line, pytest.raises(OSError):
        _drip(line)


def _drip(line, most=500):
    line.sendall(b"GET / HTTP/1.1\r\n")
    for _ in range(most):
        line.sendall(b"X-A: b\r\n")
        time.sleep(0.02)


def test_after_an_answer_the_next_request_must_come_in_time_too(client):
    with connected(client) as line:
        line.sendall(head(client) + b"\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET / HT")
        while line.recv(65536):
            pass


def test_many_connections_at_once_pass(client):
    lines = [connected(client) for _ in range(MAX_CONNECTIONS + 20)]
    for line in lines:
        line.sendall(b"GET / HTTP/1.1\r\nX-Slow:")

    for line in lines:
        while line.recv(65536):
            pass
        line.close()

    assert 200 == client.get("/").status


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("GET / HTTP/1.1", ["Host: evil.example"]),
        ("GET / HTTP/9.9", []),
        ("GET http://evil.example/ HTTP/1.1", ["X-Forwarded-Host: evil.example"]),
        ("GET / HTTP/1.1", ["Content-Length: 3", "Transfer-Encoding: chunked"]),
        ("GET / HTTP/1.1", ["Content-Length: 3", "Content-Length: 4"]),
        ("GET / HTTP/1.1", ["X-A: b\r\n folded"]),
        ("GET /" + "a" * 100_000 + " HTTP/1.1", []),
        ("\x00\x01\x02", []),
        ("POST /write HTTP/1.1", ["Sec-Fetch-Site: same-origin", "Transfer-Encoding: gzip"]),
        ("TRACE / HTTP/1.1", []),
        ("CONNECT evil.example:443 HTTP/1.1", []),
        ("OPTIONS * HTTP/1.1", []),
        ("DELETE /write HTTP/1.1", ["Sec-Fetch-Site: same-origin"]),
        ("GET / HTTP/1.1", ["Upgrade: websocket", "Connection: Upgrade"]),
    ],
)
def test_odd_requests_change_nothing_and_lead_nowhere(client, session, first, more):
    session.told.clear()

    answer = said(client, head(client, first, *more, "Connection: close") + b"\r\n0\r\n\r\n")

    assert b"\r\nlocation: http" not in answer.lower()
    assert not answer.startswith(b"HTTP/1.1 5")
    assert [] == session.told
    assert 200 == client.get("/").status


def test_a_body_in_endless_pieces_is_refused(client, session):
    session.told.clear()
    piece = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"

    start = head(
        client, "POST /write HTTP/1.1", "Sec-Fetch-Site: same-origin", "Transfer-Encoding: chunked",
        "Content-Type: application/x-www-form-urlencoded", "Connection: close",
    )  # fmt: skip
    answer = said(client, start + b"\r\n" + piece * 17)

    assert answer.startswith(b"HTTP/1.1 413")
    assert [] == session.told
