"""
A parsed list file: its sections, its entries, and the works it has, with their places.

``parse`` takes any bytes and loses none: ``bytes(parse(data)) == data``.
"""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache

from catalog.address import canonical_url, identity
from catalog.arxiv_id import ArxivId, find_all
from catalog.markdown.cutter import cut
from catalog.markdown.entry import Entry
from catalog.markdown.item import Item
from catalog.markdown.sections import ListSection, chapters, nest
from catalog.markdown.spans import Span
from catalog.paper import is_paper_key, link_key, paper_key
from catalog.works import keys_in
from config.patterns import lazy_regex

_URL = lazy_regex(r"https?://[^\s()<>\"\]]+", re.IGNORECASE)
# Addresses of papers that ``find_all`` doesn't recognise in running text.
_OF_PAPER = lazy_regex(
    r"(?!https?://arxiv\.org/(?:abs|pdf)/\d).*?(?:arxiv|/papers/)", re.IGNORECASE
)
_VENUE = lazy_regex(r"arXiv, *([\w./-]+)")
_PLAZA = lazy_regex(rb"\*\*,\s+(?:`|arXiv,)[^\[]{0,200}\[arxiv\]\(")
_ARXIV = lazy_regex(rb"arxiv\.org/|arxiv[:.]\s?\d|huggingface\.co/papers/", re.IGNORECASE)
_REFERENCE = lazy_regex(
    r"^[ ]{0,3}\[([^\[\]\n]{1,200})\]:[ \t]+<?(https?://[^\s<>]+)", re.MULTILINE
)
# Whatever names an arXiv paper without an address has one of these, in the new style or the old.
_LIKE_ID = lazy_regex(rb"\d{4}\.\d{4}|/\d{7}")
# Parsed files of this size are cached: a full list, not a single entry.
_MIN_REMEMBERED_BYTES = 50_000


@dataclass(frozen=True)
class ListFile:
    """A list file, parsed."""

    spans: tuple[Span, ...]

    def __bytes__(self) -> bytes:
        return b"".join(span.raw for span in self.spans)

    @property
    def title(self) -> str | None:
        """The first heading, if it is of level 1. It is a section only if it alone has papers."""
        heading = self._title
        return heading.text if heading else None

    @cached_property
    def sections(self) -> tuple[ListSection, ...]:
        """The sections in the order of the file; names may repeat, paths are more specific."""
        found = [(heading, body) for heading, body in self._chapters if heading]
        return tuple(nest(found[1:] if self._title and not self._lists_below_title else found))

    @cached_property
    def _lists_below_title(self) -> bool:
        """Whether all papers stand right below the title, and other headings have none."""
        holding = [
            heading
            for heading, body in self._chapters
            if any(span.kind == "entry" and _ARXIV.search(span.raw) for span in body)
        ]
        return holding == [self._title]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Everything that may be an entry; ``entry`` is None where it stands for no work."""
        sections = {section.heading.start: section for section in self.sections}
        items = []
        for heading, body in self._chapters:
            section = sections.get(heading.start) if heading else None
            for number, span in enumerate(body):
                if span.kind == "entry":
                    end = _end_of_tree(body, number)
                    items.append(Item(span, section, end, self.references, self.foreign))
        return tuple(items)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The papers and links, in the order of the file."""
        with _no_collection():
            return tuple(item.entry for item in self.items if item.entry)

    @cached_property
    def foreign(self) -> bool:
        """Whether most papers are in another form than Efficient LLM's."""
        own = papers = others = links = 0
        for span in self.spans:
            if span.kind == "entry" and self._names_work(span):
                bullet = span.form is not None and span.form.kind == "bullet"
                if bullet and _PLAZA.search(span.raw):
                    own += 1
                elif _ARXIV.search(span.raw) or self._refers_to_paper(span):
                    papers += 1
                else:
                    links += bullet
                    others += not bullet
        return papers > own or (own == 0 and others > links)

    def _names_work(self, span: Span) -> bool:
        """Whether an item has an address, or names a paper in another way."""
        return b"://" in span.raw or self._refers_to_paper(span)

    def _refers_to_paper(self, span: Span) -> bool:
        if b"://" in span.raw and not (self.references and b"][" in span.raw):
            return False
        if not self.references and not _LIKE_ID.search(span.raw):
            return False
        keys = keys_in(span.raw.decode("utf-8", "replace"), self.references)
        return any(map(is_paper_key, keys))

    @cached_property
    def references(self) -> Mapping[str, str]:
        """The addresses of reference links, by name in lower case."""
        found: dict[str, str] = {}
        for span in self.spans:
            if span.kind in ("text", "entry") and b"]:" in span.raw:
                for name, url in _REFERENCE.findall(span.raw.decode("utf-8", "replace")):
                    found.setdefault(" ".join(name.split()).casefold(), url)
        return found

    @cached_property
    def keys(self) -> frozenset[str]:
        """The identities of all works in the list: ``arxiv:ID`` and ``link:URL``."""
        papers = {paper_key(base) for base in listed_ids(self)}
        return frozenset(papers | {link_key(url) for url in listed_links(self)})

    @cached_property
    def _title(self) -> Span | None:
        first = next((span for span in self.spans if span.kind == "heading"), None)
        return first if first and first.level == 1 else None

    @cached_property
    def _chapters(self) -> list[tuple[Span | None, list[Span]]]:
        return chapters(self.spans)


def _end_of_tree(body: list[Span], number: int) -> int:
    """The place after the last span that is nested in an item."""
    form = body[number].form
    depth = form.depth if form else 0
    end = body[number].end
    for following in range(number + 1, len(body)):
        span = body[following]
        blank = span.kind == "text" and not span.raw.strip()
        if not blank and (span.form.depth if span.form else span.depth) <= depth:
            break
        if not blank:
            end = span.end
    return end


def parse(data: bytes) -> ListFile:
    """
    Parse any bytes in time proportional to their length; never fails and loses nothing.

    The last two full lists are cached, because an edit parses the same bytes several times.
    """
    return _remembered(data) if len(data) >= _MIN_REMEMBERED_BYTES else ListFile(cut(data))


@lru_cache(maxsize=2)
def _remembered(data: bytes) -> ListFile:
    with _no_collection():
        return ListFile(cut(data))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing that reading a list makes is garbage: looking for some takes a third of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def listed_ids(parsed: ListFile) -> frozenset[str]:
    """
    The ids, without version, in entries, extras, links, notes and running text.

    Ids in titles of papers, in code and in comments don't count.
    """
    ids: set[str] = set()
    for text in _texts(parsed):
        ids.update(arxiv_id.base for arxiv_id in find_all(text))
        pages = map(ArxivId.parse, filter(_OF_PAPER.match, _URL.findall(text)))
        ids.update(page.base for page in pages if page)
        venues = map(ArxivId.parse, _VENUE.findall(text))
        ids.update(venue.base for venue in venues if venue)
    return frozenset(ids)


def _texts(parsed: ListFile) -> list[str]:
    entries = {item.start: item.entry for item in parsed.items}
    texts = []
    for span in parsed.spans:
        if span.kind in ("entry", "text", "heading"):
            text = span.raw.decode("utf-8", "replace")
            texts.append(_without_title(text, entries.get(span.start)))
    return texts


def _without_title(text: str, entry: Entry | None) -> str:
    """The text without a paper's title, which may mention another paper."""
    if entry is None or entry.kind != "paper":
        return text
    end = text.find("**, ", text.find("**") + 2)
    return text[end:] if end > 0 else text


def listed_links(parsed: ListFile) -> frozenset[str]:
    """The canonical addresses of link entries and of all extras."""
    urls = []
    for entry in parsed.entries:
        urls += [extra.url for extra in entry.extras]
        if entry.kind == "link" and entry.url:
            urls.append(entry.url)
    return frozenset(link for link in map(canonical_url, urls) if link)


def listed_keys(parsed: ListFile) -> frozenset[str]:
    """The identities of all works in the list: ``arxiv:ID`` and ``link:URL``."""
    return parsed.keys


@dataclass(frozen=True, slots=True)
class ListedAt:
    """The line of the item, and the section it is in (None above the first one)."""

    line: int
    section: str | None

    def __str__(self) -> str:
        return f"line {self.line}" + (f" ({self.section})" if self.section else "")


def find_listed(parsed: ListFile, keys: set[str]) -> dict[str, ListedAt]:
    """The first place of each of these works in the list, in any version or spelling."""
    by_identity = {identity(key): key for key in keys}
    places: dict[str, ListedAt] = {}
    section = None
    for span in parsed.spans:
        if span.kind == "heading":
            section = None if span.level == 1 and span.text == parsed.title else span.text
        elif span.kind in ("entry", "text"):
            for key in map(identity, listed_keys(ListFile((span,)))):
                if key in by_identity:
                    places.setdefault(by_identity[key], ListedAt(span.line, section))
    return places
