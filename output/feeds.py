"""
Feeds for readers of a list: Atom and JSON Feed of candidates and of accepted works.

They do not depend on when or where they are written: ids come from the works, dates from their
announcements and decisions. The same works give the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

import orjson

from catalog.arxiv_id import ArxivId
from catalog.facts import Decision
from catalog.files import write_whole
from catalog.paper import Paper, Work
from catalog.store import Store
from config.patterns import lazy_regex
from config.rules import ListRules, short_name
from output.digest.model import Candidate, from_json
from output.digest.quotes import matched_words
from output.escape import markup, plain

ATOM = "http://www.w3.org/2005/Atom"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_ENTRIES = 100
# XML cannot contain these, escaped or not.
_NO_XML = lazy_regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

MAX_ITEM_SUMMARY_CHARS = 600


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """
    A work in a feed; ``at`` is when it was found or accepted.

    ``why`` is the reasons in words, and ``entry`` its entry in the list's form.
    """

    key: str
    title: str
    url: str
    summary: str
    authors: tuple[str, ...]
    section: str
    at: datetime
    why: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """
    One list's candidates or accepted works; the newest come first.

    ``here`` is the feed's address without its ending, where it is served, or its file's name, and
    ``home`` the list's; without a known one it stays out.
    """

    list_name: str
    about: str
    items: tuple[FeedEntry, ...]
    here: str = ""
    home: str = ""

    @property
    def title(self) -> str:
        return plain(f"{self.list_name}: {self.about}")

    @property
    def id(self) -> str:
        return _id(self.list_name, self.about)

    @property
    def updated(self) -> datetime:
        return max((item.at for item in self.items), default=NEVER)

    def id_of(self, item: FeedEntry) -> str:
        return _id(self.list_name, self.about, item.key)


def write_feeds(
    store: Store, rules: ListRules, folder: Path, *, base: str, home: str
) -> Iterator[Path]:
    """
    Write a list's feeds that have news, and give their paths.

    ``base`` is where the folder is served, ``home`` the list's address; either may be "".
    """
    works = {
        "candidates": list(feed_candidates(store, rules.list)),
        "accepted": list(feed_accepted(store, rules.list)),
    }
    for about, items in works.items():
        name = f"{short_name(rules.file)}-{about}"
        here = f"{base.rstrip('/')}/{name}" if base else name
        document = feed(rules.list, about, items, here=here, home=home)
        for suffix, body in ((".atom", atom(document)), (".json", json_feed(document))):
            file = folder / f"{name}{suffix}"
            # A newer date makes readers fetch a file again.
            if not file.exists() or file.read_bytes() != body:
                write_whole(file, body)
                yield file


def feed(
    list_name: str, about: str, items: Sequence[FeedEntry], *, here: str = "", home: str = ""
) -> FeedDocument:
    """A feed of the newest works, each once."""
    # The first appearance counts: a work that stays in the digest is no news each week.
    once = {item.key: item for item in sorted(items, key=lambda item: item.at, reverse=True)}
    newest = sorted(once.values(), key=lambda item: (-item.at.timestamp(), item.key))
    return FeedDocument(list_name, about, tuple(newest[:MAX_ENTRIES]), here, home)


def feed_candidates(store: Store, list_name: str) -> Iterator[FeedEntry]:
    """The candidates of all digests of a list."""
    digests = [digest for digest in store.digests.all() if digest.list_name == list_name]
    shown = [
        (item, digest.made_at) for digest in digests for item in from_json(digest.body).candidates
    ]
    found = store.works.first_seen({item.key for item, _ in shown})
    for item, made_at in shown:
        yield FeedEntry(
            key=item.key,
            title=item.title,
            url=_address(item.key, item.url),
            summary=item.abstract[:MAX_ITEM_SUMMARY_CHARS],
            authors=item.authors,
            section=item.section or "",
            at=found.get(item.key, made_at),
            why=_why(item),
            entry=item.entry,
        )


def _why(item: Candidate) -> str:
    words = ", ".join(said for said, _ in matched_words(item))
    return f"It says {words}." if words else ""


def feed_accepted(store: Store, list_name: str) -> Iterator[FeedEntry]:
    """The works that were accepted, starred or moved."""
    accepted = {
        key: decision
        for key, decision in store.decisions.latest(list_name).items()
        if decision.act in ("accept", "star", "move")
    }
    works = store.works.get_many(accepted)
    for key, decision in accepted.items():
        if key in works:
            yield _item(works[key], decision)


def _item(work: Work, decision: Decision) -> FeedEntry:
    text = work.abstract if isinstance(work, Paper) else work.description
    authors = work.authors if isinstance(work, Paper) else ()
    return FeedEntry(
        work.key,
        work.title,
        _address(work.key, ""),
        (text or "")[:MAX_ITEM_SUMMARY_CHARS],
        authors,
        decision.section or "",
        decision.at,
        entry=decision.entry or "",
    )


def _address(key: str, url: str) -> str:
    """The page of a work, built from the parsed id, or its canonical address."""
    kind, _, rest = key.partition(":")
    return f"https://arxiv.org/abs/{ArxivId.parse(rest)}" if kind == "arxiv" else url or rest


def atom(document: FeedDocument) -> bytes:
    ET.register_namespace("", ATOM)
    root = _element("feed")
    _add(root, "id", document.id)
    _add(root, "title", document.title)
    _add(root, "updated", _moment(document.updated))
    if document.here:
        _add(root, "link", rel="self", type="application/atom+xml", href=f"{document.here}.atom")
    if document.home:
        _add(root, "link", rel="alternate", type="text/html", href=document.home)
    _add(_add(root, "author"), "name", document.list_name)
    for item in document.items:
        entry = _add(root, "entry")
        _add(entry, "id", document.id_of(item))
        _add(entry, "title", item.title)
        _add(entry, "link", rel="alternate", href=item.url)
        _add(entry, "published", _moment(item.at))
        _add(entry, "updated", _moment(item.at))
        for name in item.authors:
            _add(_add(entry, "author"), "name", name)
        if item.section:
            _add(entry, "category", term=item.section)
        _add(entry, "summary", item.summary, type="text")
        if item.why or item.entry:
            _add(entry, "content", _content(item), type="html")
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _content(item: FeedEntry) -> str:
    """Summary, evidence and entry as HTML."""
    parts = [f"<p>{markup(text)}</p>" for text in (item.summary, item.why) if text]
    if item.entry:
        lines = "<br>".join(markup(line) for line in item.entry.split("\n"))
        parts.append(f"<p><code>{lines}</code></p>")
    return "".join(parts)


def json_feed(document: FeedDocument) -> bytes:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": document.title,
        **({"home_page_url": document.home} if document.home else {}),
        **({"feed_url": f"{document.here}.json"} if "://" in document.here else {}),
        "items": [
            {
                "id": document.id_of(item),
                "url": item.url,
                "title": plain(item.title),
                "content_html": _content(item) or f"<p>{markup(item.summary)}</p>",
                "summary": plain(item.summary),
                "date_published": _moment(item.at),
                "authors": [{"name": plain(name)} for name in item.authors],
                "tags": [plain(item.section)] if item.section else [],
            }
            for item in document.items
        ],
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"


def _id(*parts: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, '/'.join(('listkeeper', *parts)))}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _element(name: str) -> ET.Element:
    return ET.Element(f"{{{ATOM}}}{name}")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    values = {key: _writable(value) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", values)
    if text:
        element.text = _writable(text)
    return element


def _writable(text: str) -> str:
    return _NO_XML.sub("", plain(text))
