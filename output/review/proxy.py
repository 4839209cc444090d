"""
Lets a team in through a reverse proxy that signs people in and tells us who they are.

Believed is one header, and only from the proxy's own address: nothing else that a request says of
where it comes from. Host, origin and cookie are those of the address that people see. A request
that changes something also carries a cookie of ours, made for the very person the proxy names.
"""

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import escape
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog.errors import UsageTrouble
from output.review.guard import (
    MAX_FORM_BYTES,
    READS,
    STOPPED,
    Guard,
    cookies_of,
    int_of,
    refusal_page,
)
from output.review.server import TimeoutProtocol

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
DEFAULT_PORTS = {"https": 443, "http": 80}
# Signs of logins, mail addresses and the ids of sign-in services, beside letters and digits.
NAME_SIGNS = " ._@+-'\\|:/"
MAX_NAME_LETTERS = 64
# The key of a request's scope that holds the person's name.
USER = "listkeeper.user"
# People whose pages are kept ready; the one who came least lately gives way.
MAX_PEOPLE = 200
# Longer than proxies keep a connection to us: otherwise a form meets one that just closes.
PROXY_KEEP_ALIVE_S = 330


@dataclass(frozen=True, slots=True)
class Proxy:
    """
    The address that people see, and the proxy that stands there.

    ``origin`` is scheme and host, ``prefix`` the path below which the page lives ("" for all),
    ``header`` the name, in small letters, under which ``networks`` tell the person.
    """

    origin: str
    prefix: str
    hosts: frozenset[str]
    header: str
    networks: tuple[Network, ...]
    secret: str

    @classmethod
    def parse(cls, behind: str, header: str, proxies: Sequence[str], secret: str) -> "Proxy":
        """UsageTrouble, naming the option, for what cannot be meant."""
        origin, prefix, hosts = _public_address(behind)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", header) or header.lower() in _TAKEN:
            raise UsageTrouble(
                "--user-header", f"{header!r} names nobody", "write e.g. X-Forwarded-User"
            )
        if not proxies:
            raise UsageTrouble(
                "--proxy", "is missing", "name the address from which the proxy connects to us"
            )
        networks = tuple(map(_network, proxies))
        return cls(origin, prefix, hosts, header.lower(), networks, secret)

    @property
    def address(self) -> str:
        return f"{self.origin}{self.prefix}/"

    @property
    def is_secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def cookie(self) -> str:
        # A browser takes a name that begins so over https only.
        return "__Secure-listkeeper" if self.is_secure else "listkeeper-behind"

    def cookie_of(self, user: str) -> str:
        """What our cookie holds for a person: nobody can make it, and no other person use it."""
        return hmac.new(self.secret.encode(), user.encode(), hashlib.sha256).hexdigest()

    def is_from(self, peer: str) -> bool:
        """Whether a connection comes from the proxy."""
        address = address_of(peer)
        return address is not None and any(address in network for network in self.networks)


_TAKEN = {
    "host", "cookie", "origin", "referer", "connection", "content-type", "content-length",
    "transfer-encoding", "user-agent", "accept", "x-forwarded-for", "forwarded",
}  # fmt: skip


def _public_address(text: str) -> tuple[str, str, frozenset[str]]:
    """Origin, prefix, and the values of Host that name them."""
    what = "must be the https address that people open, like https://papers.example.org/review"
    try:
        parts = urlsplit(text)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise UsageTrouble("--behind", f"is {text!r}", what) from None
    path = parts.path.rstrip("/")
    plain = re.fullmatch(r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._~-]+)*", path)
    named = re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", host)
    loopback = host == "localhost" or bool((it := address_of(host)) and it.is_loopback)
    scheme = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    extra = parts.username or parts.password or parts.query or parts.fragment
    if not (plain and named and scheme) or extra or port == 0:
        raise UsageTrouble("--behind", f"is {text!r}", what)
    name = f"[{host}]" if ":" in host else host
    usual = DEFAULT_PORTS[parts.scheme]
    with_port = f"{name}:{port or usual}"
    if port in (None, usual):
        return f"{parts.scheme}://{name}", path, frozenset({name, with_port})
    return f"{parts.scheme}://{with_port}", path, frozenset({with_port})


def _network(text: str) -> Network:
    bare, slash, size = text.partition("/")
    address = address_of(bare)
    try:
        if address is None:
            raise ValueError
        network = ipaddress.ip_network(f"{address}/{size}" if slash else str(address))
        if slash and network.prefixlen == 0:
            raise ValueError
    except ValueError:
        raise UsageTrouble(
            "--proxy", f"{text!r} is no address of a proxy", "write e.g. 127.0.0.1 or 10.0.3.0/24"
        ) from None
    return network


def address_of(text: str) -> Address | None:
    """An address without its zone; an IPv4 one also where it comes in the clothes of IPv6."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def name_in(values: Sequence[bytes]) -> str | None:
    """The person that a header names; None unless it names one, once, by signs that names have."""
    if len(values) != 1:
        return None
    try:
        name = unicodedata.normalize("NFC", values[0].decode("utf-8"))
    except UnicodeDecodeError:
        return None
    fine = 0 < len(name) <= MAX_NAME_LETTERS and name == name.strip()
    return name if fine and all(map(_is_of_names, name)) else None


def _is_of_names(sign: str) -> bool:
    return sign in NAME_SIGNS or unicodedata.category(sign)[0] in "LMN"


class ProxiedGuard(Guard):
    """Refuses everything but what people do on the page through the proxy."""

    def __init__(self, app: ASGIApp, proxy: Proxy) -> None:
        super().__init__(app)
        self._proxy = proxy

    def refusal(self, scope: Scope) -> Response | None:
        proxy, headers = self._proxy, Headers(scope=scope)
        peer = (scope.get("client") or ("",))[0]
        if not proxy.is_from(peer):
            return _refused(
                "This is not the way in",
                f"The page is opened at {proxy.address}, where people are asked who they are.",
            )
        if headers.getlist("host") != [headers.get("host")] or headers["host"] not in proxy.hosts:
            return _refused(
                "This is not the page's address",
                f"The page is opened at {proxy.address}, and the proxy has to hand on that host.",
            )
        user = self._user(scope)
        if user is None:
            return _refused(
                "Who are you?",
                f"The proxy has not told one name, in one header {proxy.header}. Sign in again, or "
                "ask whoever runs it.",
            )
        if int_of(headers.get("content-length")) > MAX_FORM_BYTES:
            return refusal_page(413, f"the form is larger than {MAX_FORM_BYTES:,} bytes")
        if scope["method"] in READS:
            return None
        if not self.is_own_page(headers):
            return refusal_page(403, "this request did not come from the page itself")
        if not self._has_cookie(headers, user):
            return _refused(
                "This page is an old one",
                f"Since it was opened, the page was started anew or you signed in as {user}. "
                "Nothing was changed: go back, reload, and do it again.",
            )
        return None

    def is_own_page(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if origin is not None and origin != self._proxy.origin:
            return False
        return site == "same-origin" if site is not None else origin is not None

    def admitted(self, scope: Scope) -> Scope:
        """The request as our routes know it: without the prefix, with the person's name."""
        return {**scope, **self._inner_path(scope), USER: self._user(scope)}

    def sender(self, scope: Scope, send: Send) -> Send:
        guarded, proxy = super().sender(scope, send), self._proxy
        user = self._user(scope)
        known = user is not None and self._has_cookie(Headers(scope=scope), user)

        async def prefixed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in ("location", "content-location"):
                    if headers.get(name, "").startswith("/"):
                        headers[name] = f"{proxy.prefix}{headers[name]}"
                if user is not None and not known and message["status"] < 400:
                    headers.append("set-cookie", self._new_cookie(user))
            await guarded(message)

        return prefixed

    def _new_cookie(self, user: str) -> str:
        secure = "; Secure" if self._proxy.is_secure else ""
        value, path = self._proxy.cookie_of(user), f"{self._proxy.prefix}/"
        name = self._proxy.cookie
        return f"{name}={value}; HttpOnly; Path={path}; SameSite=strict{secure}"

    def _has_cookie(self, headers: Headers, user: str) -> bool:
        given = cookies_of(headers).get(self._proxy.cookie, "")
        return hmac.compare_digest(given.encode(), self._proxy.cookie_of(user).encode())

    def _user(self, scope: Scope) -> str | None:
        header = self._proxy.header.encode()
        return name_in([value for name, value in scope["headers"] if name.lower() == header])

    def _inner_path(self, scope: Scope) -> dict[str, object]:
        """A proxy may hand on the prefix or take it away: both mean the same page."""
        prefix, path = self._proxy.prefix, scope["path"]
        if not prefix or (path != prefix and not path.startswith(f"{prefix}/")):
            return {}
        inner = path[len(prefix) :] or "/"
        return {"path": inner, "raw_path": inner.encode("utf-8", "replace")}


class PerPerson:
    """An application for each person; ``make`` builds one for a name."""

    def __init__(self, make: Callable[[str], ASGIApp]) -> None:
        self._make = make
        self._ready: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope[USER]
        app = self._ready.pop(name, None) or self._make(name)
        self._ready[name] = app
        while len(self._ready) > MAX_PEOPLE:
            del self._ready[next(iter(self._ready))]
        await app(scope, receive, send)


def proxied_protocol(proxy: Proxy) -> type[TimeoutProtocol]:
    """Keeps the proxy's idle connections; those of anybody else end as soon as ever."""

    class ProxiedProtocol(TimeoutProtocol):
        def connection_made(self, transport: Any) -> None:
            peer = transport.get_extra_info("peername") or ("",)
            if proxy.is_from(str(peer[0])):
                self.timeout_s = PROXY_KEEP_ALIVE_S
                self.timeout_keep_alive = PROXY_KEEP_ALIVE_S
            super().connection_made(transport)

    return ProxiedProtocol


def _refused(title: str, words: str) -> Response:
    return HTMLResponse(STOPPED.format(title=escape(title), words=escape(words)), 403)
