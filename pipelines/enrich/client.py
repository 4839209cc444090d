"""
The HTTP client of all enrichers, with the crawler's guards and limits (``crawler/policy.py``).

No redirects (a key must not follow one), public addresses only, one request at a time over all our
processes, and a limit on the size and time of every response.
"""

import asyncio
import logging
import socket
import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpcore
import httpx

from catalog.sightings import NO_NETWORK
from config.secret import Secret
from crawler.hosts import Hosts
from crawler.network import Network
from crawler.parsers.bodies import error_of, reason_of, said, value_of
from crawler.policy import (
    API_ATTEMPTS,
    API_ATTEMPTS_THROTTLED,
    MAX_API_BODY_BYTES,
    PASSING_STATUSES,
    RESPONSE_TIMEOUT_S,
    address_refusal,
    retry_wait,
)
from crawler.politeness import MAX_WAIT_S, AskedToWait, Pace, PaceTrouble, seconds_asked

# These log full addresses, and an address may carry a key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class RequestFailed(Exception):
    """
    The service gave no answer that could be used.

    ``later``: it asked for patience. ``lasting``: not who asks or how often was refused, but what
    was asked for, as far as we can tell; a part of it may be answered. ``words`` are the service's
    own, to follow the reason. ``passing``: another day may do, unlike after an answer that cannot
    be used.
    """

    def __init__(
        self,
        reason: str,
        *,
        later: bool = False,
        status: int = 0,
        lasting: bool = False,
        words: str = "",
        passing: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.later, self.status, self.lasting = reason, later, status, lasting
        self.words = f": {words}" if words else ""
        self.passing = passing or later


@dataclass(frozen=True, slots=True)
class ClientResponse:
    """Status and body of one exchange."""

    status: int
    body: bytes
    retry_after: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Client:
    """
    Asks one group of hosts, at its pace. ``key`` is removed from every message and answer.

    ``network`` is what the run's other requests have told of it.
    """

    def __init__(
        self,
        hosts: Hosts,
        pace: Pace,
        key: Secret | None = None,
        network: Network | None = None,
    ) -> None:
        self.hosts, self.pace, self.key = hosts, pace, key or Secret("")
        self.network = network or Network()
        self.requests = 0

    async def ask(
        self,
        method: str,
        url: str,
        params: str,
        headers: Mapping[str, str],
        json: Any,
        attempts: int = API_ATTEMPTS,
    ) -> ClientResponse:
        """
        Ask until there is an answer that will not pass; RequestFailed when there is none.

        ``attempts`` bounds the requests in all; a service that only wants us slower gets more,
        unless it is 1.
        """
        refusal = self.hosts.refusal(url)
        if refusal:
            raise RequestFailed(f"will not ask {url[:100]!r}: it {refusal}")
        for attempt in range(1, API_ATTEMPTS_THROTTLED + 1):
            self._refuse_offline()
            trouble, asked = await self._attempt(method, url, params, headers, json)
            self._refuse_offline()
            if isinstance(trouble, ClientResponse):
                return trouble
            if asked is not None:
                await self.pace.leave_alone(asked)
            patient = trouble.status == 429 and attempts > 1
            most = API_ATTEMPTS_THROTTLED if patient else attempts
            if attempt >= most or (asked or 0) > MAX_WAIT_S:
                raise RequestFailed(
                    f"{trouble.reason}{_times(attempt)}{trouble.words}",
                    later=trouble.later,
                    status=trouble.status,
                    lasting=trouble.lasting and asked is None,
                    passing=True,
                )
            wait = retry_wait(attempt) if asked is None else asked
            await self.pace.sleep(wait * self.pace.scale)
        raise AssertionError("unreachable")

    def _refuse_offline(self) -> None:
        if self.network.is_down:
            raise RequestFailed(NO_NETWORK, later=True)

    async def _attempt(
        self, method: str, url: str, params: str, headers: Mapping[str, str], json: Any
    ) -> tuple[ClientResponse | RequestFailed, float | None]:
        """The answer, or what may pass and how long the service asked to wait (seconds)."""
        try:
            async with self.pace.turn():
                self.requests += 1
                async with asyncio.timeout(RESPONSE_TIMEOUT_S):
                    answer = await self._exchange(method, url, params, headers, json)
        except AskedToWait as trouble:
            raise RequestFailed(str(trouble), later=True) from trouble
        except PaceTrouble as trouble:
            raise RequestFailed(str(trouble)) from trouble
        except TimeoutError:
            reason = f"no whole answer in {RESPONSE_TIMEOUT_S:.0f} s"
            return RequestFailed(reason, lasting=True), None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as trouble:
            # The library reads where a redirection leads, and ends there as its parsers do: idna's
            # errors are none of its own.
            # The error may repeat what we sent, and its cause full headers.
            reason = self.key.hidden_in(f"{type(trouble).__name__}: {trouble}")
            # A service that falls over what it was asked for often hangs up on us.
            hung_up = isinstance(trouble, (httpx.ReadError, httpx.RemoteProtocolError))
            return RequestFailed(said(reason), lasting=hung_up), None
        if answer.status not in PASSING_STATUSES:
            # Nor may a service that says the key back bring it into a report or the store.
            return replace(answer, body=self.key.hidden_in_bytes(answer.body)), None
        asked = seconds_asked(answer.retry_after, datetime.now(UTC))
        return RequestFailed(
            f"HTTP {answer.status}",
            later=answer.status in {429, 503},
            status=answer.status,
            lasting=answer.status != 429,
            words=reason_of(value_of(self.key.hidden_in_bytes(answer.body))),
        ), asked

    async def _exchange(
        self, method: str, url: str, params: str, headers: Mapping[str, str], json: Any
    ) -> ClientResponse:
        async with (
            httpx.AsyncClient(transport=self._transport(), trust_env=False) as client,
            client.stream(
                method,
                url,
                params=params,
                headers={**headers, "Accept-Encoding": "gzip"},
                json=json,
                timeout=RESPONSE_TIMEOUT_S,
            ) as response,
        ):
            body = await _body(response)
            received = {name.lower(): value for name, value in response.headers.items()}
            return ClientResponse(response.status_code, body, received.get("retry-after"), received)

    def _transport(self) -> httpx.AsyncHTTPTransport:
        transport = httpx.AsyncHTTPTransport(verify=_certificates())
        backend = _PublicOnly(self.hosts.local_names, self.pace.group, self.network)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=_certificates(), network_backend=backend
        )
        return transport


def _times(attempts: int) -> str:
    return f", {attempts} times" if attempts > 1 else ""


async def _body(response: httpx.Response) -> bytes:
    """The body, unpacked up to the limit: httpx would unpack all of it first."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise RequestFailed(f"the answer is packed as {encoding[:40]!r}, which was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = bytearray()
    async for chunk in response.aiter_raw(65_536):
        try:
            body += (
                unpacker.decompress(chunk, MAX_API_BODY_BYTES + 1 - len(body))
                if unpacker
                else chunk
            )
        except zlib.error as trouble:
            raise httpx.DecodingError(str(trouble)) from None
        if len(body) > MAX_API_BODY_BYTES:
            # Lasting: fewer papers make a smaller answer.
            raise RequestFailed(
                f"the answer is larger than {MAX_API_BODY_BYTES} bytes", lasting=True
            )
    return bytes(body)


def refused(answer: ClientResponse) -> RequestFailed:
    """What an answer with another status than 200 means, with the service's own reason."""
    status = answer.status
    lasting = status >= 400 and status not in {401, 403, 429}
    return RequestFailed(
        f"HTTP {status}: {error_of(value_of(answer.body))}", status=status, lasting=lasting
    )


def not_understood(what: str) -> RequestFailed:
    """An answer with status 200 that is none to our question: it says nothing about any paper."""
    return RequestFailed(f"HTTP 200, but not understood: {what}", status=200, lasting=True)


class PrivateAddressError(httpcore.ConnectError):
    """A name that leads to an address of this machine or its neighbours."""


class _PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked: a name cannot turn private in between."""

    def __init__(self, local: frozenset[str], service: str, network: Network) -> None:
        self._local, self._service, self._network = local, service, network
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            if host not in self._local:
                host = await _public_address(host, port)
            stream = await self._real.connect_tcp(
                host, port, timeout, local_address, socket_options
            )
        except (OSError, httpcore.ConnectError, httpcore.ConnectTimeout) as trouble:
            self._miss(trouble)
            raise
        self._network.reached = True
        return stream

    def _miss(self, trouble: Exception) -> None:
        if isinstance(trouble, PrivateAddressError):
            return
        nameless = isinstance(trouble, socket.gaierror) and trouble.errno == socket.EAI_AGAIN
        if nameless and self._service in self._network.failed:
            # Nobody tells addresses: the second time it's not this service that is missing.
            self._network.missed("names")
        self._network.missed(self._service)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _public_address(host: str, port: int) -> str:
    results = await asyncio.get_running_loop().getaddrinfo(host, port)
    addresses = [str(address[0]) for *_, address in results]
    for address in addresses:
        if refusal := address_refusal(host, address):
            raise PrivateAddressError(refusal)
    return addresses[0]


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates; read once, since that takes longer than a request."""
    return ssl.create_default_context()
