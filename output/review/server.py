"""Serves the page: few connections, and none that keeps us waiting."""

import asyncio
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

# Connections at once; a browser uses six.
MOST_CONNECTIONS = 64
IDLE_SECONDS = 5
# In which the head of a request must have come; uvicorn itself would wait for ever.
HEAD_SECONDS = 5.0


class Impatient(H11Protocol):
    """Closes a connection whose next request does not come in time, byte by byte or not at all."""

    seconds = HEAD_SECONDS

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self.transport.close)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def server(app: ASGIApp, patience: type[Impatient] = Impatient) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=patience,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=1,
        )
    )
