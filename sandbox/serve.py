"""Serves the sandbox on a loopback port until stopped."""

import socket
import sys
import threading

import uvicorn

from sandbox.app import PRIVATE_ADDRESS, build
from sandbox.network.connection import TrackedConnection
from sandbox.state import SandboxState

LOOPBACK = "127.0.0.1"


class Server(uvicorn.Server):
    """Prints its address, one line on stdout, as soon as it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets:
            print(f"sandbox http://{LOOPBACK}:{sockets[0].getsockname()[1]}", flush=True)  # noqa: T201


def serve(state: SandboxState, port: int, *, until_stdin_closes: bool) -> None:
    config = uvicorn.Config(
        build(state),
        loop="asyncio",
        http=TrackedConnection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
        date_header=False,  # answers carry the sandbox's own date
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    if until_stdin_closes:
        threading.Thread(target=_wait_for_stdin, args=(server,), daemon=True).start()
    server.run(_sockets(port))


def _sockets(port: int) -> list[socket.socket]:
    """Listen on loopback and on the address that plays a private network."""
    first = _listen(LOOPBACK, port)
    try:
        return [first, _listen(PRIVATE_ADDRESS, first.getsockname()[1])]
    except OSError:
        # Not every system has all of 127/8; then the private address is unreachable.
        return [first]


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _wait_for_stdin(server: Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
