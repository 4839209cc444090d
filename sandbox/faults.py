"""
What can go wrong, by name.

A fault stands in front of the path of an address (``/~503/rss/cs.CL``), is switched on for a
service (``POST /__fault``), or is in the profile. Some take an argument after ``=``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from sandbox.answer import Answer, from_json, html, text

# What the services themselves tell; see rss.py, oai.py, lies.py and robots.py.
TOLD = (
    *("stale", "stale-dated", "new-tag"),
    *("robots-disallow", "robots-delay", "robots-large"),
    "dead-token",
    *("null-ids", "wrong-paper", "reordered", "short"),
    *("lower-count", "zero-count", "nonsense-count"),
)
# What happens to the connection; see wire.py.
WIRED = ("drop", "truncate", "chunk-cut", "drip", "hang", "huge", "bomb")
WAIT = "30"

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
    """A fault's name, and what follows the equals sign."""

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
    """Which service has which fault at present, and for how many requests more."""

    on: dict[str, tuple[Fault, int | None]] = field(default_factory=dict)
    once: set[tuple[str, str]] = field(default_factory=set)

    def set(self, service: str, fault: Fault | None, times: int | None = None) -> None:
        self.on.pop(service, None)
        if fault:
            self.on[service] = (fault, times)
            self.once = {one for one in self.once if one[1] != str(fault)}

    def take(self, names: tuple[str, ...]) -> Fault | None:
        """Give the fault of the first of these names that has one, and count it."""
        for name in names:
            if name in self.on:
                fault, times = self.on[name]
                if times is not None:
                    self.set(name, fault if times > 1 else None, times - 1)
                return fault
        return None

    def first(self, part: str, fault: Fault) -> bool:
        """Tell whether this part meets this fault for the first time."""
        key = (part, str(fault))
        seen = key in self.once
        self.once.add(key)
        return not seen


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault happens: service, own address, time; ``sent`` is the whole request."""

    service: str
    url: str
    now: datetime
    path: str = "/rss/cs.CL"
    sent: str = ""

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]


def instead(fault: Fault, scene: Scene) -> Answer | None:
    """Give the answer that comes instead of the service's own, if the fault has one."""
    if str(fault) == "hops=0":
        return None
    return ANSWERS[fault.name](fault, scene) if fault.name in ANSWERS else None


def spoil(fault: Fault | None, answer: Answer) -> Answer:
    """Damage a true answer, if that is what the fault does."""
    if fault is None or fault.name not in SPOILS:
        return answer
    return answer.with_body(SPOILS[fault.name](answer.body))


def too_many(fault: Fault | None, scene: Scene) -> Answer:
    if scene.service == "scholar":
        return from_json(429, SCHOLAR_429)
    return text(429, "Rate exceeded.")


def _wait_seconds(fault: Fault, scene: Scene) -> Answer:
    answer = _refused(fault, scene)
    return Answer(
        answer.status, answer.body, {**answer.headers, "retry-after": fault.argument or WAIT}
    )


def _wait_date(fault: Fault, scene: Scene) -> Answer:
    until = scene.now + timedelta(seconds=int(fault.argument or WAIT))
    date = format_datetime(until.replace(microsecond=0), usegmt=True)
    answer = _refused(fault, scene)
    return Answer(answer.status, answer.body, {**answer.headers, "retry-after": date})


def _refused(fault: Fault, scene: Scene) -> Answer:
    """Refuse with the status that the fault's name begins with, in the service's own words."""
    status = int(fault.name[:3])
    if status == 429:
        return too_many(fault, scene)
    if scene.service == "scholar" and status in (401, 403):
        return from_json(status, {"message": "Forbidden"})
    return html(status, PAGE_TEMPLATE.format(REASONS[status]))


REASONS = {
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    500: "500 Internal Server Error",
    503: "503 Service Temporarily Unavailable",
}


def _redirect(fault: Fault, scene: Scene) -> Answer:
    targets = {
        "redirect-private": f"http://127.0.0.2:{scene.port}/private",
        "redirect-metadata": "http://169.254.169.254/latest/meta-data/",
        "redirect-loop": f"{scene.url}/~redirect-loop/rss/cs.CL",
    }
    return Answer(302, b"", {"location": targets[fault.name]})


def _hops(fault: Fault, scene: Scene) -> Answer:
    """Lead on so many times before the true answer comes."""
    left = int(fault.argument or "6") - 1
    return Answer(302, b"", {"location": f"{scene.url}/~hops={left}{scene.path}"})


def _laughs(fault: Fault, scene: Scene) -> Answer:
    body = f"<?xml version='1.0'?><!DOCTYPE rss [{LAUGHS}]>" + _tiny_feed("&l9;")
    return text(200, body, "application/rss+xml")


def _outside_entity(fault: Fault, scene: Scene) -> Answer:
    """Ask the reader to open a file, or with ``http`` an address of ours."""
    target = f"{scene.url}/private" if fault.argument == "http" else "file:///etc/hostname"
    declared = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{target}">]>'
    return text(200, f"<?xml version='1.0'?>{declared}{_tiny_feed('&x;')}", "application/rss+xml")


def _quadratic(fault: Fault, scene: Scene) -> Answer:
    """One long entity, named so often that it becomes two gigabytes."""
    declared = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>'
    body = f"<?xml version='1.0'?>{declared}{_tiny_feed('&a;' * 20_000)}"
    return text(200, body, "application/rss+xml")


def _outside_dtd(fault: Fault, scene: Scene) -> Answer:
    declared = f'<!DOCTYPE rss SYSTEM "{scene.url}/private/rss.dtd">'
    body = f"<?xml version='1.0'?>{declared}{_tiny_feed('&from-outside;')}"
    return text(200, body, "application/rss+xml")


def _xinclude(fault: Fault, scene: Scene) -> Answer:
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" '
        f'href="{scene.url}/private"/>'
    )
    return text(200, f"<?xml version='1.0'?>{_tiny_feed(include)}", "application/rss+xml")


def _tiny_feed(title: str) -> str:
    return (
        f'<rss version="2.0"><channel><title>{title}</title><item><title>{title}</title>'
        "<link>https://arxiv.org/abs/2411.99000</link></item></channel></rss>"
    )


def _web_page(fault: Fault, scene: Scene) -> Answer:
    return html(200, PAGE_TEMPLATE.format("One moment, please"))


def _deep(fault: Fault, scene: Scene) -> Answer:
    return text(200, "<rss>" + "<a>" * 50_000, "application/rss+xml")


def _empty(fault: Fault, scene: Scene) -> Answer:
    kind = "application/json" if scene.service == "scholar" else "application/rss+xml"
    return text(200, "", kind)


def _other_json(fault: Fault, scene: Scene) -> Answer:
    return from_json(200, {"status": "ok", "data": []})


def _error_object(fault: Fault, scene: Scene) -> Answer:
    return from_json(200, {"error": "Internal error, please try again"})


def _echo(fault: Fault, scene: Scene) -> Answer:
    """Say back all that was sent, key included, with this status (403)."""
    return from_json(
        int(fault.argument or 403), {"error": scene.sent, "message": f"refused: {scene.sent}"}
    )


ANSWERS: dict[str, Callable[[Fault, Scene], Answer]] = {
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
    """Write signs that UTF-8 cannot be mistaken for, in the Windows code page."""
    marked = body.decode().replace("<title>", "<title>Résumé – ")
    return marked.encode("cp1252", "xmlcharrefreplace")


def _utf16(body: bytes) -> bytes:
    """Say so, and begin with the mark that tells it."""
    return body.decode().replace("encoding='UTF-8'", "encoding='UTF-16'", 1).encode("utf-16")


def _marked(body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


def _forbidden_signs(body: bytes) -> bytes:
    """Put signs into the titles that XML does not have."""
    return body.replace(b"<title>", b"<title>\x01\x0b")


SPOILS: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": _utf16,
    "byte-order-mark": _marked,
    "forbidden-signs": _forbidden_signs,
    "truncate-xml": _cut,
    "truncate-json": _cut,
    "wrong-charset": _cp1252,
}
NAMES = tuple(sorted({*ANSWERS, *SPOILS, *TOLD, *WIRED}))
