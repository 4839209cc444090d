"""The enrichers' client asks configured, public hosts only, and reads no answer without an end."""

import asyncio
import gzip
import socket
import tracemalloc

import httpx
import pytest

from crawler.hosts import Hosts
from crawler.policy import API_ATTEMPTS
from crawler.politeness import Pace
from pipelines.enrich import client as module
from pipelines.enrich.client import Client, RequestFailed, refused
from sandbox.process import running

SERVICE = "https://api.semanticscholar.org/graph/v1/paper/batch"


@pytest.fixture(scope="module")
def sandbox():
    with running() as world:
        yield world


@pytest.fixture
def waits():
    return []


@pytest.fixture
def pace(tmp_path, waits):
    """Real turns; waiting only notes how long it would have been."""

    async def sleep(seconds):
        waits.append(seconds)

    return Pace(tmp_path / "pace", "semantic_scholar", 1.5, sleep=sleep)


@pytest.fixture
def client(pace):
    return Client(Hosts(frozenset({"api.semanticscholar.org"})), pace)


@pytest.fixture
def nearby(pace, sandbox):
    return Client(Hosts.of([sandbox.url]), pace)


@pytest.fixture
def names(monkeypatch):
    """What the world's names resolve to, and no connection to anywhere."""
    addresses = {}

    def getaddrinfo(host, port, *args, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses[host]
        ]

    def connected(*args, **kwargs):
        raise AssertionError(f"a connection was opened: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", connected)
    monkeypatch.setattr(socket.socket, "connect", connected)
    return addresses


def ask(client, url=SERVICE, method="POST", headers=None):
    return asyncio.run(client.ask(method, url, "", headers or {}, {"ids": []}))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("https://evil.example/", "not among the configured", id="another host"),
        pytest.param("https://api.semanticscholar.org.evil.example/", "not among", id="longer"),
        pytest.param("https://semanticscholar.org/", "not among", id="shorter"),
        pytest.param("https://api.semanticscholar.org:8443/", "not among", id="another port"),
        pytest.param("http://api.semanticscholar.org/", "not https", id="in clear"),
        pytest.param("file:///etc/passwd", "not https", id="a file"),
        pytest.param("https://me:pw@api.semanticscholar.org/", "user name", id="a user name"),
        pytest.param("https://[::1", "no address", id="no address"),
        pytest.param("http://127.0.0.1:1/", "not https", id="this machine"),
        pytest.param("https://169.254.169.254/latest/meta-data/", "not among", id="metadata"),
        pytest.param("", "not https", id="nothing"),
    ],
)
def test_other_addresses_are_not_asked(client, names, url, reason):
    """Refused before any name is looked up; nothing is sent."""
    with pytest.raises(RequestFailed, match=reason):
        ask(client, url)

    assert 0 == client.requests


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["127.0.0.1"], id="this machine"),
        pytest.param(["10.1.2.3"], id="ten"),
        pytest.param(["192.168.1.1"], id="home"),
        pytest.param(["169.254.169.254"], id="metadata"),
        pytest.param(["100.64.0.1"], id="carrier"),
        pytest.param(["0.0.0.0"], id="nowhere"),
        pytest.param(["224.0.0.1"], id="multicast"),
        pytest.param(["::1"], id="this machine in six"),
        pytest.param(["fd00::1"], id="private in six"),
        pytest.param(["::ffff:10.1.2.3"], id="four in six"),
        pytest.param(["93.184.215.14", "10.1.2.3"], id="a private one among public ones"),
    ],
)
def test_a_private_address_behind_a_public_name(client, names, addresses):
    """A configured name that leads inside is not connected to."""
    names["api.semanticscholar.org"] = addresses

    with pytest.raises(RequestFailed, match="which is not a public address"):
        ask(client)


@pytest.mark.long
def test_an_answer_has_an_end(nearby, sandbox, monkeypatch):
    """Two hundred kilobytes that unpack to two hundred megabytes are not read to the end."""
    monkeypatch.setattr(module, "API_ATTEMPTS", 1)

    with pytest.raises(RequestFailed, match="larger than 12582912 bytes"):
        ask(nearby, f"{sandbox.url}/~bomb/graph/v1/paper/batch")


class Packed(httpx.AsyncByteStream):
    """The bytes of an answer as they come over the wire."""

    def __init__(self, body):
        self.body = body

    async def __aiter__(self):
        yield self.body


@pytest.fixture
def packed(client, monkeypatch):
    """A function that asks for bytes of an encoding, and gives the answer's body."""

    def ask_for(body, encoding):
        def transport(_):
            headers = {"content-encoding": encoding}
            return httpx.MockTransport(
                lambda request: httpx.Response(200, headers=headers, stream=Packed(body))
            )

        monkeypatch.setattr(module.Client, "_transport", transport)
        return ask(client).body

    return ask_for


@pytest.mark.long
def test_what_is_packed_is_counted_while_it_is_unpacked(packed):
    """A bomb takes no more memory than the limit; what is not larger comes whole."""
    largest = bytes(module.MAX_API_BODY_BYTES)
    bomb = gzip.compress(bytes(20 * module.MAX_API_BODY_BYTES))

    assert largest == packed(gzip.compress(largest), "gzip")
    tracemalloc.start()
    try:
        with pytest.raises(RequestFailed, match="larger than 12582912 bytes"):
            packed(bomb, "gzip")
        assert tracemalloc.get_traced_memory()[1] < 5 * module.MAX_API_BODY_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate"])
def test_an_encoding_that_was_not_asked_for_is_not_unpacked(packed, encoding):
    with pytest.raises(RequestFailed, match=f"packed as '{encoding}'"):
        packed(b"anything", encoding)


def test_spoilt_packing_is_no_bug(packed, waits):
    with pytest.raises(RequestFailed, match="DecodingError"):
        packed(b"no gzip", "gzip")


@pytest.mark.parametrize("fault", ["drip", "hang"])
def test_an_answer_has_its_time(nearby, sandbox, monkeypatch, fault):
    """Who drips or says nothing is left when the time for one answer is over."""
    monkeypatch.setattr(module, "RESPONSE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(module, "API_ATTEMPTS", 1)

    with pytest.raises(RequestFailed, match=r"no whole answer|Timeout"):
        ask(nearby, f"{sandbox.url}/~{fault}/graph/v1/paper/batch")


def test_status_and_body_are_told_as_they_came(nearby, sandbox):
    answer = ask(nearby, f"{sandbox.url}/graph/v1/paper/batch")

    assert (400, b'{"error": "No valid paper ids given"}') == (answer.status, answer.body)
    assert 1 == nearby.requests


def test_waiting_grows_and_ends(nearby, sandbox, waits):
    """About 2, 4 and 8 seconds, besides one's turn; then it is said how often it was tried."""
    with pytest.raises(RequestFailed, match=f"HTTP 500, {API_ATTEMPTS} times") as trouble:
        ask(nearby, f"{sandbox.url}/~500/graph/v1/paper/batch")

    grown = [wait for wait in waits if wait > 1.5]
    assert API_ATTEMPTS == nearby.requests
    assert all(0.75 * n <= wait <= 1.25 * n for n, wait in zip((2, 4, 8), grown, strict=True))
    assert (False, 500) == (trouble.value.later, trouble.value.status)


def test_proxies_of_the_environment_are_not_used(nearby, sandbox, monkeypatch):
    """A key never goes through somebody's proxy."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert 400 == ask(nearby, f"{sandbox.url}/graph/v1/paper/batch").status


@pytest.mark.parametrize(
    "location", ["http://xn--zzzzzz99/", "http://[::1", "http://x:99999/", "http://①②③/", "\\"]
)
def test_a_redirection_to_nowhere_is_a_failed_request(pace, location):
    """The HTTP library looks where it leads although we don't follow it."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\n".encode())
        writer.write(b"Content-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def ask():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            client = Client(Hosts.of([f"http://{host}:{port}"]), pace)
            answered = await client.ask("GET", f"http://{host}:{port}/x", "", {}, None, attempts=1)
            raise refused(answered)

    with pytest.raises(RequestFailed):
        asyncio.run(ask())
