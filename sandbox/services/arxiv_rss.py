"""arXiv's feeds: today's announcement (US Eastern time) as RSS and Atom."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sandbox.faults import Fault
from sandbox.messages import XML_DECLARATION, Request, Response, element, html, text, xml_text
from sandbox.papers import captures
from sandbox.papers.announcements import Item, announced
from sandbox.papers.calendar import (
    batch_before,
    feed_day,
    has_batch,
    midnight,
    rfc822,
    seconds_to_midnight,
)
from sandbox.papers.categories import UnknownCategory, parse
from sandbox.state import SandboxState

RSS_START = (
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">\n  <channel>\n'
)
ATOM_START = (
    '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">\n'
)
SKIP_DAYS = """    <skipDays>
      <day>Saturday</day>
      <day>Sunday</day>
    </skipDays>
"""
HELP = "<p>Please name an archive or a category, as in /rss/cs.CL or /rss/cs.CL+cs.LG.</p>"


@dataclass(frozen=True, slots=True)
class Feed:
    """One day's feed; a stale feed has older items than its ``day``."""

    query: str
    requested: tuple[str, ...]
    day: date
    built: datetime
    items: list[Item]

    @property
    def name(self) -> str:
        return f"{', '.join(self.requested)} updates on"


def answer_rss(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    if request.query.get("version", "2.0") != "2.0":
        return _error(state, request.path, f"Unsupported RSS version '{request.query['version']}'.")
    return _answer(state, request, fault, atom=False)


def answer_atom(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    return _answer(state, request, fault, atom=True)


def answer_status(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    return text(200, "Status: GOOD Version: 1.0")


def _answer(state: SandboxState, request: Request, fault: Fault | None, *, atom: bool) -> Response:
    query = request.path.strip("/")
    if not query:
        return html(200, HELP)
    if state.captures:
        body = captures.choose(state.captures, feed_day(state.now())).body
        return _fresh_or_not(state, request, body, fault)
    try:
        requested = parse(query)
    except UnknownCategory as error:
        return _error(state, query, str(error))
    feed = _feed(state, query, requested, fault)
    body = (_atom(feed) if atom else _rss(feed)).encode()
    return _fresh_or_not(state, request, body, fault, atom=atom)


def _feed(state: SandboxState, query: str, requested: tuple[str, ...], fault: Fault | None) -> Feed:
    day = feed_day(state.now())
    holidays = state.settings.holidays
    shown = dated = day
    if fault and fault.name.startswith("stale"):
        shown = batch_before(day, holidays)
        dated = shown if fault.name == "stale-dated" else day
    items: list[Item] = []
    if has_batch(shown, holidays):
        items = announced(state.papers.on(shown), shown, requested, state.settings.feed_limit)
    return Feed(query, requested, dated, _built(day), items)


def _built(day: date) -> datetime:
    # Seen in the wild: generated two seconds after midnight Eastern.
    return midnight(day).astimezone(UTC) + timedelta(seconds=2)


def _fresh_or_not(
    state: SandboxState, request: Request, body: bytes, fault: Fault | None, *, atom: bool = False
) -> Response:
    """
    Answer 304 as the CDN does; the tag lacks quotes, as arXiv's does.

    With the fault ``new-tag`` an unchanged feed gets another tag.
    """
    built = state.now().isoformat() if fault and fault.name == "new-tag" else ""
    tag = hashlib.sha256(body + built.encode()).hexdigest()
    headers = {
        "etag": tag,
        "cache-control": f"max-age={seconds_to_midnight(state.now())}",
        "content-type": "application/atom+xml" if atom else "application/rss+xml",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(304, b"", headers)
    return Response(200, body, headers)


def _error(state: SandboxState, query: str, message: str) -> Response:
    """Write the error feed: well-formed, no items, status 400."""
    link = f"https://rss.arxiv.org/rss/{query.strip('/')}"
    day = feed_day(state.now())
    head = _head(f"Feed error for query: {link}", link, message, state.now(), day)
    body = XML_DECLARATION + RSS_START + head + "  </channel>\n</rss>\n"
    return text(400, body, "application/rss+xml")


def _rss(feed: Feed) -> str:
    link = f"https://rss.arxiv.org/rss/{feed.query}"
    description = f"{feed.name} the arXiv.org e-print archive."
    head = _head(f"{feed.name} arXiv.org", link, description, feed.built, feed.day) + SKIP_DAYS
    items = "".join(_item(item, feed.day) for item in feed.items)
    return f"{XML_DECLARATION}{RSS_START}{head}{items}  </channel>\n</rss>\n"


def _head(title: str, link: str, description: str, built: datetime, day: date) -> str:
    elements = (
        element("title", title),
        element("link", link),
        element("description", description),
        element("atom:link", "", href=link, rel="self", type="application/rss+xml"),
        element("docs", "http://www.rssboard.org/rss-specification"),
        element("language", "en-us"),
        element("lastBuildDate", rfc822(built.replace(microsecond=0))),
        element("managingEditor", "rss-help@arxiv.org"),
        element("pubDate", rfc822(midnight(day))),
    )
    return _lines(elements, 4)


def _item(item: Item, day: date) -> str:
    elements = [
        element("title", item.version.title),
        element("link", f"https://arxiv.org/abs/{item.paper.id}"),
        element("description", _description(item)),
        element("guid", _oai(item), isPermaLink="false"),
        *(element("category", category) for category in item.categories),
        element("pubDate", rfc822(midnight(day))),
        *_extensions(item),
    ]
    return f"    <item>\n{_lines(elements, 6)}    </item>\n"


def _extensions(item: Item) -> list[str]:
    """Write the elements that RSS and Atom share, without empty ones."""
    version = item.version
    optional = (
        ("dc:rights", item.paper.licence),
        ("arxiv:DOI", version.doi),
        ("arxiv:journal_reference", version.journal_ref),
    )
    return [
        element("arxiv:announce_type", item.kind),
        *(element(name, content) for name, content in optional if content),
        f"<dc:creator>{xml_text(', '.join(version.authors))}</dc:creator>",
    ]


def _description(item: Item) -> str:
    name = f"arXiv:{item.paper.id}v{item.version.number}"
    return f"{name} Announce Type: {item.kind} \nAbstract: {item.version.abstract}"


def _oai(item: Item) -> str:
    return f"oai:arXiv.org:{item.paper.id}v{item.version.number}"


def _atom(feed: Feed) -> str:
    link = f"https://rss.arxiv.org/atom/{feed.query}"
    elements = (
        element("id", link),
        element("title", f"{feed.name} arXiv.org"),
        element("updated", feed.built.isoformat(timespec="microseconds")),
        element("link", "", href=link, rel="self", type="application/atom+xml"),
        element("subtitle", f"{feed.name} the arXiv.org e-print archive."),
    )
    entries = "".join(_entry(item, feed) for item in feed.items)
    return f"{XML_DECLARATION}{ATOM_START}{_lines(elements, 2)}{entries}</feed>\n"


def _entry(item: Item, feed: Feed) -> str:
    page = f"https://arxiv.org/abs/{item.paper.id}"
    elements = (
        element("id", _oai(item)),
        element("title", item.version.title),
        element("updated", feed.built.isoformat(timespec="microseconds")),
        element("link", "", href=page, rel="alternate", type="text/html"),
        element("summary", _description(item)),
        *(element("category", "", term=category) for category in item.categories),
        element("published", midnight(feed.day).isoformat()),
        *_extensions(item),
    )
    return f"  <entry>\n{_lines(elements, 4)}  </entry>\n"


def _lines(elements: Iterable[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in elements)
