"""arXiv's feeds: the announcement of today in US Eastern time, as RSS and as Atom."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sandbox import replay
from sandbox.announcements import Item, announced
from sandbox.answer import XML_DECLARATION, Answer, Ask, element, html, text, xml_text
from sandbox.calendar import (
    batch_before,
    feed_day,
    has_batch,
    midnight,
    rfc822,
    seconds_to_midnight,
)
from sandbox.categories import UnknownCategory, parse
from sandbox.faults import Fault
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
    """One day's feed. ``day`` is what it says of itself; a stale one has older items."""

    query: str
    asked: tuple[str, ...]
    day: date
    built: datetime
    items: list[Item]

    @property
    def name(self) -> str:
        return f"{', '.join(self.asked)} updates on"


def answer_rss(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    if ask.query.get("version", "2.0") != "2.0":
        return _error(state, ask.path, f"Unsupported RSS version '{ask.query['version']}'.")
    return _answer(state, ask, fault, atom=False)


def answer_atom(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    return _answer(state, ask, fault, atom=True)


def answer_status(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    return text(200, "Status: GOOD Version: 1.0")


def _answer(state: SandboxState, ask: Ask, fault: Fault | None, *, atom: bool) -> Answer:
    query = ask.path.strip("/")
    if not query:
        return html(200, HELP)
    if state.captures:
        body = replay.choose(state.captures, feed_day(state.now())).body
        return _fresh_or_not(state, ask, body, fault)
    try:
        asked = parse(query)
    except UnknownCategory as trouble:
        return _error(state, query, str(trouble))
    feed = _feed(state, query, asked, fault)
    body = (_atom(feed) if atom else _rss(feed)).encode()
    return _fresh_or_not(state, ask, body, fault, atom=atom)


def _feed(state: SandboxState, query: str, asked: tuple[str, ...], fault: Fault | None) -> Feed:
    day = feed_day(state.now())
    holidays = state.settings.holidays
    shown = dated = day
    if fault and fault.name.startswith("stale"):
        shown = batch_before(day, holidays)
        dated = shown if fault.name == "stale-dated" else day
    items: list[Item] = []
    if has_batch(shown, holidays):
        items = announced(state.papers.on(shown), shown, asked, state.settings.feed_limit)
    return Feed(query, asked, dated, _built(day), items)


def _built(day: date) -> datetime:
    # Seen in the wild: generated two seconds after midnight Eastern.
    return midnight(day).astimezone(UTC) + timedelta(seconds=2)


def _fresh_or_not(
    state: SandboxState, ask: Ask, body: bytes, fault: Fault | None, *, atom: bool = False
) -> Answer:
    """
    Answer 304 as the CDN does. The tag has no quotes, which is arXiv's own mistake.

    A feed that was built anew has another tag, though not a letter of it is news.
    """
    built = state.now().isoformat() if fault and fault.name == "new-tag" else ""
    tag = hashlib.sha256(body + built.encode()).hexdigest()
    headers = {
        "etag": tag,
        "cache-control": f"max-age={seconds_to_midnight(state.now())}",
        "content-type": "application/atom+xml" if atom else "application/rss+xml",
    }
    if tag in ask.headers.get("if-none-match", ""):
        return Answer(304, b"", headers)
    return Answer(200, body, headers)


def _error(state: SandboxState, query: str, matter: str) -> Answer:
    """Write the error feed: well-formed, without items, and with status 400."""
    link = f"https://rss.arxiv.org/rss/{query.strip('/')}"
    day = feed_day(state.now())
    head = _head(f"Feed error for query: {link}", link, matter, state.now(), day)
    body = XML_DECLARATION + RSS_START + head + "  </channel>\n</rss>\n"
    return text(400, body, "application/rss+xml")


def _rss(feed: Feed) -> str:
    link = f"https://rss.arxiv.org/rss/{feed.query}"
    about = f"{feed.name} the arXiv.org e-print archive."
    head = _head(f"{feed.name} arXiv.org", link, about, feed.built, feed.day) + SKIP_DAYS
    items = "".join(_item(item, feed.day) for item in feed.items)
    return f"{XML_DECLARATION}{RSS_START}{head}{items}  </channel>\n</rss>\n"


def _head(title: str, link: str, about: str, built: datetime, day: date) -> str:
    elements = (
        element("title", title),
        element("link", link),
        element("description", about),
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
    """Write the elements that RSS and Atom share; what a paper lacks is left out."""
    version = item.version
    maybe = (
        ("dc:rights", item.paper.licence),
        ("arxiv:DOI", version.doi),
        ("arxiv:journal_reference", version.journal_ref),
    )
    return [
        element("arxiv:announce_type", item.kind),
        *(element(name, content) for name, content in maybe if content),
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
    return "".join(f"{' ' * indent}{one}\n" for one in elements)
