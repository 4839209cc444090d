"""
Restricts the page to the person who started it: other sites, users and machines get nothing.

Every request must name our own host (which stops DNS rebinding) and carry the cookie that only
the address printed at the start can set. Requests that change something must also come from our
own pages.
"""

import asyncio
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The longest entry text is a hundredth of this.
MAX_FORM_BYTES = 256 * 1024
BODY_TIMEOUT_S = 10.0
READS = {"GET", "HEAD"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class TooLargeError(Exception):
    """A body larger than any of our forms."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where the page is served, and the token that gives access."""

    port: int
    token: str
    host: str = "127.0.0.1"

    @property
    def hosts(self) -> frozenset[str]:
        names = {"127.0.0.1", "localhost", "[::1]", self._name}
        return frozenset(f"{name}:{self.port}" for name in names)

    @property
    def cookie(self) -> str:
        # Cookies ignore ports: two pages on one machine need two names.
        return f"listkeeper-{self.port}"

    @property
    def address(self) -> str:
        """The address to open: it holds the token, so it is printed and never logged."""
        return f"http://{self._name}:{self.port}/?token={self.token}"

    @property
    def _name(self) -> str:
        """The host as addresses write it: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


class Guard(ABC):
    """ASGI middleware that refuses everything but the page's own requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    @abstractmethod
    def refusal(self, scope: Scope) -> Response | None:
        """The refusal of a request; None if it may pass."""

    def admitted(self, scope: Scope) -> Scope:
        """A request that may pass, as the application gets it."""
        return scope

    def sender(self, _scope: Scope, send: Send) -> Send:
        """How the application answers."""
        return _with_headers(send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refused = self.refusal(scope)
        if refused is not None:
            await refused(scope, receive, _with_headers(send))
            return
        # Read in full first: once the application has started, it would answer errors itself.
        try:
            body = await _body(receive)
        except TooLargeError:
            answer = refusal_page(413, f"the form is larger than {MAX_FORM_BYTES:,} bytes")
            await answer(scope, receive, _with_headers(send))
        except TimeoutError:
            answer = refusal_page(408, f"the form did not arrive in {BODY_TIMEOUT_S:.0f} s")
            await answer(scope, receive, _with_headers(send))
        else:
            inner = self.admitted(scope)
            await self._app(inner, _replayed(body, receive), self.sender(scope, send))


class LocalGuard(Guard):
    """For one person on this machine, who has the address with the token."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        super().__init__(app)
        self._door = door

    def refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._door.hosts:
            return refusal_page(403, "the page can only be opened at its own address")
        if scope["method"] not in READS and not self._is_own_page(headers):
            return refusal_page(403, "this request did not come from the page itself")
        if int_of(headers.get("content-length")) > MAX_FORM_BYTES:
            return refusal_page(413, f"the form is larger than {MAX_FORM_BYTES:,} bytes")
        return self._check_token(scope, headers)

    def _is_own_page(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        return headers.get("origin") == f"http://{headers['host']}"

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and self._is_token(given):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(
                self._door.cookie, self._door.token, httponly=True, samesite="strict", path="/"
            )
            return answer
        if self._is_token(cookies_of(headers).get(self._door.cookie, "")):
            return None
        return HTMLResponse(EXPIRED, 403)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._door.token.encode())


# What a browser shows in place of a page that it may not have; words are HTML.
STOPPED = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Listkeeper</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{words}</p>
</main>
</body>
</html>
"""
EXPIRED = STOPPED.format(
    title="This address has expired",
    words="""\
Each start of the review page has an address of its own. Open the address that
<code>listkeeper review</code> printed last, or start it again. Your decisions are saved.""",
)


def int_of(text: str | None) -> int:
    """A header's number; 0 without the header, too large for anything but digits."""
    if text is None:
        return 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else MAX_FORM_BYTES + 1


def cookies_of(headers: Headers) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def refusal_page(code: int, why: str) -> Response:
    return PlainTextResponse(f"listkeeper review: {why}\n", code)


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return guarded


async def _body(receive: Receive) -> bytes:
    """The request's body; TooLargeError or TimeoutError beyond the limits."""
    body = bytearray()
    async with asyncio.timeout(BODY_TIMEOUT_S):
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > MAX_FORM_BYTES:
                raise TooLargeError
            if not message.get("more_body", False):
                return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body, already read, to the application."""
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay
