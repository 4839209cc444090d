"""
The faults of the sandbox, by name.

A fault stands before the path of an address (``/~503/rss/cs.CL``), is set for a service
(``POST /__fault``), or is in the profile. Some take an argument after ``=``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from sandbox.messages import Response, from_json, html, text

# Handled by the services: arxiv_rss, pages, arxiv_oai, semantic_scholar, github, forge.
SERVICE_FAULTS = (
    *("stale", "stale-dated", "new-tag"),
    *("robots-disallow", "robots-delay", "robots-large"),
    "dead-token",
    "moved-in-words",
    *("null-ids", "wrong-paper", "reordered", "short", "one-short"),
    *("lower-count", "zero-count", "nonsense-count"),
    *(
        "403-setting",
        "403-scope",
        "502-before",
        "502-after",
        "late-list",
        "any-head",
        "null-body",
        "crlf",
    ),
    *("race-tick", "403-secondary", "422", "403-archived", "403-abuse", "410-issues"),
)
# Handled by network/connection.py.
CONNECTION_FAULTS = ("drop", "truncate", "chunk-cut", "drip", "hang", "huge", "bomb")
RETRY_AFTER_S = "30"

SCHOLAR_429 = {
    "message": "Too Many Requests. Please wait and try again or apply for a key for higher rate "
    "limits. https://www.semanticscholar.org/product/api#api-key-form",
    "code": "429",
}
PAGE_TEMPLATE = (
    "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
)
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault's name, and its argument after the equals sign."""

    name: str
    argument: str = ""

    @classmethod
    def parse(cls, spelling: str) -> "Fault":
        name, _, argument = spelling.partition("=")
        return cls(name, argument)

    def __str__(self) -> str:
        return f"{self.name}={self.argument}" if self.argument else self.name


@dataclass(slots=True)
class Switchboard:
    """The active fault of each service, for how many more requests, and after how many others."""

    active: dict[str, tuple[Fault, int | None]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    met: set[tuple[str, str]] = field(default_factory=set)

    def set(
        self, service: str, fault: Fault | None, times: int | None = None, after: int = 0
    ) -> None:
        self.active.pop(service, None)
        self.waiting[service] = after
        if fault:
            self.active[service] = (fault, times)
            self.met = {entry for entry in self.met if entry[1] != str(fault)}

    def take(self, names: tuple[str, ...]) -> Fault | None:
        """Return the active fault of the first of these names, and count it."""
        for name in names:
            if name in self.active:
                if self.waiting[name]:
                    self.waiting[name] -= 1
                    return None
                fault, times = self.active[name]
                if times is not None:
                    self.set(name, fault if times > 1 else None, times - 1)
                return fault
        return None

    def is_first(self, part: str, fault: Fault) -> bool:
        """Check and record whether this part meets this fault for the first time."""
        key = (part, str(fault))
        seen_before = key in self.met
        self.met.add(key)
        return not seen_before


@dataclass(frozen=True, slots=True)
class FaultContext:
    """Where a fault happens: service, own address, time; ``sent`` is the full request as text."""

    service: str
    url: str
    now: datetime
    path: str = "/rss/cs.CL"
    sent: str = ""

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]


def replacement(fault: Fault, context: FaultContext) -> Response | None:
    """Return the response that replaces the service's own, if the fault has one."""
    if str(fault) == "hops=0":
        return None
    if fault.name in ABOUT_ONE and fault.argument not in context.sent:
        return None
    return ANSWERS[fault.name](fault, context) if fault.name in ANSWERS else None


def damage(fault: Fault | None, answer: Response) -> Response:
    """Damage the body of a real response, if the fault does that."""
    if fault is None or fault.name not in BODY_FAULTS:
        return answer
    return answer.with_body(BODY_FAULTS[fault.name](answer.body))


def too_many(fault: Fault | None, context: FaultContext) -> Response:
    if context.service == "scholar":
        return from_json(429, SCHOLAR_429)
    return text(429, "Rate exceeded.")


def _wait_seconds(fault: Fault, context: FaultContext) -> Response:
    answer = _refused(fault, context)
    return Response(
        answer.status,
        answer.body,
        {**answer.headers, "retry-after": fault.argument or RETRY_AFTER_S},
    )


def _wait_date(fault: Fault, context: FaultContext) -> Response:
    until = context.now + timedelta(seconds=int(fault.argument or RETRY_AFTER_S))
    date = format_datetime(until.replace(microsecond=0), usegmt=True)
    answer = _refused(fault, context)
    return Response(answer.status, answer.body, {**answer.headers, "retry-after": date})


def _refused(fault: Fault, context: FaultContext) -> Response:
    """Refuse with the status that the fault's name begins with, in the service's own words."""
    status = int(fault.name[:3])
    if status == 429:
        return too_many(fault, context)
    if context.service == "scholar" and status in (401, 403):
        return from_json(status, {"message": "Forbidden"})
    return html(status, PAGE_TEMPLATE.format(REASONS[status]))


REASONS = {
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    500: "500 Internal Server Error",
    503: "503 Service Temporarily Unavailable",
}


def _redirect(fault: Fault, context: FaultContext) -> Response:
    targets = {
        "redirect-private": f"http://127.0.0.2:{context.port}/private",
        "redirect-metadata": "http://169.254.169.254/latest/meta-data/",
        "redirect-loop": f"{context.url}/~redirect-loop/rss/cs.CL",
    }
    return Response(302, b"", {"location": targets[fault.name]})


def _hops(fault: Fault, context: FaultContext) -> Response:
    """Redirect so many times before the real response."""
    left = int(fault.argument or "6") - 1
    return Response(302, b"", {"location": f"{context.url}/~hops={left}{context.path}"})


def _laughs(fault: Fault, context: FaultContext) -> Response:
    body = f"<?xml version='1.0'?><!DOCTYPE rss [{LAUGHS}]>" + _tiny_feed("&l9;")
    return text(200, body, "application/rss+xml")


def _outside_entity(fault: Fault, context: FaultContext) -> Response:
    """Refer to a local file, or with ``http`` to a private address."""
    target = f"{context.url}/private" if fault.argument == "http" else "file:///etc/hostname"
    declared = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>'
    return text(200, f"<?xml version='1.0'?>{declared}{_tiny_feed('&x;')}", "application/rss+xml")


def _quadratic(fault: Fault, context: FaultContext) -> Response:
    """Repeat one long entity until it expands to two gigabytes."""
    declared = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>'
    body = f"<?xml version='1.0'?>{declared}{_tiny_feed('&a;' * 20_000)}"
    return text(200, body, "application/rss+xml")


def _outside_dtd(fault: Fault, context: FaultContext) -> Response:
    declared = f'<!DOCTYPE rss SYSTEM "{context.url}/private/rss.dtd">'
    body = f"<?xml version='1.0'?>{declared}{_tiny_feed('&from-outside;')}"
    return text(200, body, "application/rss+xml")


def _xinclude(fault: Fault, context: FaultContext) -> Response:
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" '
        f'href="{context.url}/private"/>'
    )
    return text(200, f"<?xml version='1.0'?>{_tiny_feed(include)}", "application/rss+xml")


def _tiny_feed(title: str) -> str:
    return (
        f'<rss version="2.0"><channel><title>{title}</title><item><title>{title}</title>'
        "<link>https://arxiv.org/abs/2411.99000</link></item></channel></rss>"
    )


def _web_page(fault: Fault, context: FaultContext) -> Response:
    return html(200, PAGE_TEMPLATE.format("One moment, please"))


def _deep(fault: Fault, context: FaultContext) -> Response:
    return text(200, "<rss>" + "<a>" * 50_000, "application/rss+xml")


def _empty(fault: Fault, context: FaultContext) -> Response:
    kind = "application/json" if context.service == "scholar" else "application/rss+xml"
    return text(200, "", kind)


def _other_json(fault: Fault, context: FaultContext) -> Response:
    return from_json(200, {"status": "ok", "data": []})


def _error_object(fault: Fault, context: FaultContext) -> Response:
    return from_json(200, {"error": "Internal error, please try again"})


def _refuses(fault: Fault, context: FaultContext) -> Response:
    """Fall over every request that names this id; any other one is answered."""
    return from_json(500, {"message": "Internal Server Error"})


def _garbles(fault: Fault, context: FaultContext) -> Response:
    """Break off the answer to every request that names this id; any other one is whole."""
    return text(200, "[{", "application/json")


# Faults that only requests meet which name the id in their argument.
ABOUT_ONE = ("refuses", "garbles")


def _echo(fault: Fault, context: FaultContext) -> Response:
    """Repeat the full request, key included, with this status (403)."""
    return from_json(
        int(fault.argument or 403), {"error": context.sent, "message": f"refused: {context.sent}"}
    )


ANSWERS: dict[str, Callable[[Fault, FaultContext], Response]] = {
    "429": _refused,
    "429-retry-after": _wait_seconds,
    "429-retry-after-date": _wait_date,
    "503": _refused,
    "503-retry-after": _wait_seconds,
    "401": _refused,
    "403": _refused,
    "404": _refused,
    "500": _refused,
    "500-once": _refused,
    "html-200": _web_page,
    "deep": _deep,
    "html-scholar": _web_page,
    "empty-200": _empty,
    "json-200": _other_json,
    "error-200": _error_object,
    "echo": _echo,
    "refuses": _refuses,
    "garbles": _garbles,
    "redirect-private": _redirect,
    "redirect-metadata": _redirect,
    "redirect-loop": _redirect,
    "hops": _hops,
    "quadratic": _quadratic,
    "dtd-external": _outside_dtd,
    "xinclude": _xinclude,
    "billion-laughs": _laughs,
    "entity-external": _outside_entity,
}


def _cut(body: bytes) -> bytes:
    return body[: len(body) * 3 // 5]


def _cp1252(body: bytes) -> bytes:
    """Write characters in the Windows code page that are invalid UTF-8."""
    marked = body.decode().replace("<title>", "<title>Résumé – ")
    return marked.encode("cp1252", "xmlcharrefreplace")


def _utf16(body: bytes) -> bytes:
    """Declare UTF-16 and begin with its byte-order mark."""
    return body.decode().replace("encoding='UTF-8'", "encoding='UTF-16'", 1).encode("utf-16")


def _marked(body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


def _no_entries(body: bytes) -> bytes:
    """Say that there are no papers, as arXiv's API does now and then."""
    without = re.sub(rb"\s*<(item|entry)\b.*?</\1>", b"", body, flags=re.DOTALL)
    return re.sub(rb"(<opensearch:totalResults>)\d+", rb"\g<1>0", without)


def _forbidden_signs(body: bytes) -> bytes:
    """Put characters that XML forbids into the titles."""
    return body.replace(b"<title>", b"<title>\x01\x0b")


BODY_FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": _utf16,
    "byte-order-mark": _marked,
    "no-entries": _no_entries,
    "forbidden-signs": _forbidden_signs,
    "truncate-xml": _cut,
    "truncate-json": _cut,
    "wrong-charset": _cp1252,
}
NAMES = tuple(sorted({*ANSWERS, *BODY_FAULTS, *SERVICE_FAULTS, *CONNECTION_FAULTS}))
