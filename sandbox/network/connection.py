"""Connection faults: responses that break off, drip, never come, or never end."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.messages import Response

DRIP_PAUSE_S = 0.5
BOMB_MIB = 200
MIB = 1 << 20


class TrackedConnection(H11Protocol):
    """A connection listed by its client's address, so that it can be cut."""

    lines: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client:
            self.lines[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            self.lines.pop(self.client, None)
        super().connection_lost(exc)


async def drop(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Close the connection without a response."""
    _transport(scope).abort()
    await _gone(receive)


async def truncate(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Announce the full body, send half of it, and close."""
    headers = {**answer.headers, "content-length": str(len(answer.body)), "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"HTTP/1.1 {answer.status} OK\r\n{head}\r\n".encode()
    transport = _transport(scope)
    transport.write(start + answer.body[: len(answer.body) // 2])
    transport.close()
    await _gone(receive)


async def chunk_cut(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Send half of the body in a chunk, and close before the chunk that would end it."""
    headers = {**answer.headers, "transfer-encoding": "chunked", "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    half = answer.body[: len(answer.body) // 2]
    transport = _transport(scope)
    transport.write(f"HTTP/1.1 {answer.status} OK\r\n{head}\r\n{len(half):x}\r\n".encode() + half)
    transport.close()
    await _gone(receive)


async def drip(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Send one byte, wait, and so on, until the client gives up."""
    await _start(send, answer)
    gone = asyncio.ensure_future(_gone(receive))
    for place in range(len(answer.body)):
        await send(_body(answer.body[place : place + 1], more=True))
        if (await asyncio.wait([gone], timeout=DRIP_PAUSE_S))[0]:
            return
    gone.cancel()
    await send(_body(b"", more=False))


async def hang(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Accept the request and never answer."""
    await _gone(receive)


async def huge(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Begin with the real response, and never end."""
    await _start(send, answer)
    await send(_body(answer.body[: len(answer.body) // 2], more=True))
    gone = asyncio.ensure_future(_gone(receive))
    while not gone.done():
        await send(_body(b" " * (MIB // 16), more=True))
        await asyncio.sleep(0)


async def bomb(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Send 200 kB that unpack to 200 MiB of zeros."""
    body = await asyncio.to_thread(zeros)
    headers = {**answer.headers, "content-encoding": "gzip", "content-length": str(len(body))}
    await _start(send, Response(200, body, headers))
    await send(_body(body, more=False))


@cache
def zeros() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(bytes(MIB)) for _ in range(BOMB_MIB)]
    return b"".join([*packed, packer.flush()])


ConnectionFault = Callable[[Scope, Receive, Send, Response], Awaitable[None]]
HANDLERS: dict[str, ConnectionFault] = {
    "drop": drop,
    "truncate": truncate,
    "chunk-cut": chunk_cut,
    "drip": drip,
    "hang": hang,
    "huge": huge,
    "bomb": bomb,
}
# These send no response.
SILENT = frozenset({"drop", "hang"})


def _transport(scope: Scope) -> asyncio.Transport:
    return TrackedConnection.lines[tuple(scope["client"])]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Send, answer: Response) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


def _body(chunk: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": chunk, "more_body": more}
