"""The review page served for a test: in a thread, on a port of its own, over real HTTP."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from cli.review import listen
from output.review.app import make_app
from output.review.guard import Door
from output.review.server import TimeoutProtocol, server

TOKEN = "a-token-that-nobody-guesses"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(frozen=True)
class Client:
    """Speaks with the page as a browser that was let in; ``headers`` change or (None) drop some."""

    door: Door

    def get(self, path: str, **headers: str | None) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str] | bytes = b"", **headers: str | None) -> Answer:
        body = urlencode(form).encode() if isinstance(form, dict) else form
        return self._ask("POST", path, body, {"sec_fetch_site": "same-origin", **headers})

    def _ask(self, method: str, path: str, body: bytes | None, more: dict) -> Answer:
        told = {
            "host": f"127.0.0.1:{self.door.port}",
            "cookie": f"{self.door.cookie}={TOKEN}",
            **({"content_type": "application/x-www-form-urlencoded"} if body is not None else {}),
            **more,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in told.items():
                if value is not None:
                    connection.putheader(name.replace("_", "-"), value)
            if body is not None and "content_length" not in told:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()


class LateSession:
    """Made by the thread that serves it: SQLite's connections stay in one."""

    def __init__(self, make):
        self._make, self._session = make, None

    def __getattr__(self, name):
        if self._session is None:
            self._session = self._make()
        return getattr(self._session, name)


@contextmanager
def serving(session: object, patience: type[TimeoutProtocol] = TimeoutProtocol) -> Iterator[Client]:
    listening = listen("127.0.0.1", 0)
    door = Door(listening.getsockname()[1], TOKEN)
    # The page is served by one thread; SQLite wants the session made and used in the same.
    made = server(make_app(session, door), patience)
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not made.started:
        time.sleep(0.01)
    try:
        yield Client(door)
    finally:
        made.should_exit = True
        thread.join(10)
