"""
The HTTP client of all enrichers, with the same guards as the crawler.

It follows no redirects (a key must not follow one), connects to public addresses only, makes one
request at a time across all our processes, and bounds every answer in size and time.
"""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from random import uniform
from typing import Any

import httpcore
import httpx
import orjson

from config.secret import Secret
from crawler.hosts import Hosts, is_public
from crawler.politeness import MAX_WAIT_S, AskedToWait, Pace, seconds_asked

# Semantic Scholar's own limit for an answer is 10 MB.
MAX_ANSWER_BYTES = 12 * 2**20
# Seconds for one whole answer, and attempts for what may pass. A service that says "too many" is
# asked more often: Semantic Scholar says it to every second or third call, and that passes.
ANSWER_TIMEOUT_S = 30.0
ATTEMPTS = 4
ATTEMPTS_THROTTLED = 6
WAIT_BASE_S = 2.0
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
# These log full addresses, and an address may contain a key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class RequestFailed(Exception):
    """The service gave no answer that could be used. ``later``: it asked for patience."""

    def __init__(self, reason: str, *, later: bool = False, status: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.later, self.status = reason, later, status


@dataclass(frozen=True, slots=True)
class ClientResponse:
    """Status and body of one exchange."""

    status: int
    body: bytes
    retry_after: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Asks one group of hosts, at its pace. ``key`` is removed from every message and answer."""

    def __init__(self, hosts: Hosts, pace: Pace, key: Secret | None = None) -> None:
        self.hosts, self.pace, self.key = hosts, pace, key or Secret("")
        self.requests = 0

    async def ask(
        self, method: str, url: str, params: str, headers: Mapping[str, str], json: Any
    ) -> ClientResponse:
        """Ask until there is an answer that will not pass; Trouble when there is none."""
        refusal = self.hosts.refusal(url)
        if refusal:
            raise RequestFailed(f"will not ask {url[:100]!r}: it {refusal}")
        for attempt in range(1, ATTEMPTS_THROTTLED + 1):
            trouble, asked = await self._attempt(method, url, params, headers, json)
            if isinstance(trouble, ClientResponse):
                return trouble
            if asked is not None:
                await self.pace.leave_alone(asked)
            attempts = ATTEMPTS_THROTTLED if trouble.status == 429 else ATTEMPTS
            if attempt >= attempts or (asked or 0) > MAX_WAIT_S:
                raise RequestFailed(
                    f"{trouble.reason}, {attempt} times", later=trouble.later, status=trouble.status
                )
            wait = WAIT_BASE_S**attempt * uniform(0.75, 1.25) if asked is None else asked
            await self.pace.sleep(wait * self.pace.scale)
        raise AssertionError("unreachable")

    async def _attempt(
        self, method: str, url: str, params: str, headers: Mapping[str, str], json: Any
    ) -> tuple[ClientResponse | RequestFailed, float | None]:
        """The answer, or what may pass and how long the service asked to wait (seconds)."""
        try:
            async with self.pace.turn():
                self.requests += 1
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    answer = await self._exchange(method, url, params, headers, json)
        except AskedToWait as trouble:
            raise RequestFailed(str(trouble), later=True) from trouble
        except TimeoutError:
            return RequestFailed(f"no whole answer in {ANSWER_TIMEOUT_S:.0f} s"), None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as trouble:
            # Network errors may repeat what we sent, and their tracebacks all headers.
            reason = self.key.hidden_in(f"{type(trouble).__name__}: {trouble}")
            return RequestFailed(reason[:160]), None
        if answer.status not in TRANSIENT_STATUSES:
            # A service that repeats the key must not bring it into a report or the store.
            return replace(answer, body=self.key.hidden_in_bytes(answer.body)), None
        asked = seconds_asked(answer.retry_after, datetime.now(UTC))
        return RequestFailed(
            f"HTTP {answer.status}", later=answer.status in {429, 503}, status=answer.status
        ), asked

    async def _exchange(
        self, method: str, url: str, params: str, headers: Mapping[str, str], json: Any
    ) -> ClientResponse:
        async with (
            httpx.AsyncClient(transport=_transport(self.hosts), trust_env=False) as client,
            client.stream(
                method,
                url,
                params=params,
                headers=dict(headers),
                json=json,
                timeout=ANSWER_TIMEOUT_S,
            ) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes(65_536):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise RequestFailed(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
            received = {name.lower(): value for name, value in response.headers.items()}
            wait = received.get("retry-after")
            return ClientResponse(response.status_code, bytes(body), wait, received)


def value_of(body: bytes) -> object:
    """The value of a JSON body; if it isn't JSON, a sentence that says so."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"something that is no JSON: {body[:40]!r}"


def error_of(data: object) -> str:
    """The message of an error answer: services write ``error``, their gateway ``message``."""
    if isinstance(data, dict):
        return str(data.get("error") or data.get("message") or "an object without papers")[:160]
    return str(data)[:160]


class _PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked: a name cannot turn private in between."""

    def __init__(self, local: frozenset[str]) -> None:
        self._local = local
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if host not in self._local:
            host = await _public_address(host, port)
        return await self._real.connect_tcp(host, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _public_address(host: str, port: int) -> str:
    addresses = await asyncio.get_running_loop().getaddrinfo(host, port)
    for *_, address in addresses:
        if not is_public(str(address[0])):
            raise httpcore.ConnectError(f"{host} is {address[0]}, which is not a public address")
    return str(addresses[0][4][0])


def _transport(hosts: Hosts) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(verify=_certificates())
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=_certificates(), network_backend=_PublicOnly(hosts.local_names)
    )
    return transport


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates; read once, since that takes longer than a request."""
    return ssl.create_default_context()
