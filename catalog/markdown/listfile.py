"""
A list file: its sections, its entries, and which works it has already.

``parse`` takes any bytes and loses none: ``bytes(parse(data)) == data``.

Where a work stands in a list already: as an entry, an extra, or in a note.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from catalog.address import canonical_url, identity
from catalog.arxiv_id import ArxivId, find_all
from catalog.markdown.entry import Entry
from catalog.markdown.entry_reader import read_entry
from catalog.markdown.spans import Span, cut
from catalog.paper import link_key, paper_key

_URL = re.compile(r"https?://[^\s()<>\"\]]+", re.IGNORECASE)
# Addresses that may name a paper in a spelling that running text does not have.
_OF_PAPER = re.compile(
    r"(?!https?://arxiv\.org/(?:abs|pdf)/\d).*?(?:arxiv|/papers/)", re.IGNORECASE
)
_VENUE = re.compile(r"arXiv, *([\w./-]+)")
# Bytes from which a text is worth remembering: a whole list, not a single entry.
_WHOLE = 50_000


@dataclass(frozen=True, slots=True)
class ListSection:
    """A heading below the title, and the spans directly under it."""

    name: str
    path: tuple[str, ...]
    level: int
    heading: Span
    body: tuple[Span, ...]


@dataclass(frozen=True)
class ListFile:
    """A list file, parsed."""

    spans: tuple[Span, ...]

    def __bytes__(self) -> bytes:
        return b"".join(span.raw for span in self.spans)

    @property
    def title(self) -> str | None:
        """The first heading, when it is one of the first level. It is not a section."""
        heading = self._title
        return heading.text if heading else None

    @cached_property
    def sections(self) -> tuple[ListSection, ...]:
        """In the order of the file; names may repeat, paths tell nested ones apart."""
        above: list[tuple[int, str]] = []
        found = []
        for heading, body in self._chapters:
            if heading is None or heading is self._title:
                continue
            above = [*(outer for outer in above if outer[0] < heading.level)]
            above.append((heading.level, heading.text))
            path = tuple(name for _, name in above)
            found.append(ListSection(heading.text, path, heading.level, heading, tuple(body)))
        return tuple(found)

    @cached_property
    def items(self) -> tuple[tuple[Span, Entry | None], ...]:
        """Every item and what it means; None where that is not clear."""
        found = []
        for heading, body in self._chapters:
            name = None if heading is None or heading is self._title else heading.text
            for span in body:
                if span.kind == "entry":
                    raw = span.raw.decode("utf-8", "replace")
                    found.append((span, read_entry(raw, name, span.line)))
        return tuple(found)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The papers and links, in the order of the file."""
        return tuple(entry for _, entry in self.items if entry)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The identities of all works that the list has: ``arxiv:ID`` and ``link:URL``."""
        papers = {paper_key(base) for base in listed_ids(self)}
        return frozenset(papers | {link_key(url) for url in listed_links(self)})

    @cached_property
    def _title(self) -> Span | None:
        first = next((span for span in self.spans if span.kind == "heading"), None)
        return first if first and first.level == 1 else None

    @cached_property
    def _chapters(self) -> list[tuple[Span | None, list[Span]]]:
        chapters: list[tuple[Span | None, list[Span]]] = [(None, [])]
        for span in self.spans:
            if span.kind == "heading":
                chapters.append((span, []))
            else:
                chapters[-1][1].append(span)
        return chapters


def parse(data: bytes) -> ListFile:
    """
    Read any bytes; never fails, loses nothing, and takes time in proportion to the length.

    The last two whole lists are remembered: an edit looks at the same bytes several times.
    """
    return _remembered(data) if len(data) >= _WHOLE else ListFile(cut(data))


@lru_cache(maxsize=2)
def _remembered(data: bytes) -> ListFile:
    return ListFile(cut(data))


def listed_ids(parsed: ListFile) -> frozenset[str]:
    """
    The ids, without version, of entries, extras, links, notes and running text.

    Not what only a paper's title mentions, nor what stands in code or comments.
    """
    found: set[str] = set()
    for text in _texts(parsed):
        found.update(arxiv_id.base for arxiv_id in find_all(text))
        pages = map(ArxivId.parse, filter(_OF_PAPER.match, _URL.findall(text)))
        found.update(page.base for page in pages if page)
        venues = map(ArxivId.parse, _VENUE.findall(text))
        found.update(venue.base for venue in venues if venue)
    return frozenset(found)


def _texts(parsed: ListFile) -> list[str]:
    entries = {span.start: entry for span, entry in parsed.items}
    texts = []
    for span in parsed.spans:
        if span.kind in ("entry", "text", "heading"):
            text = span.raw.decode("utf-8", "replace")
            texts.append(_without_title(text, entries.get(span.start)))
    return texts


def _without_title(text: str, entry: Entry | None) -> str:
    """A paper may speak of another one in its title; that one is not listed by it."""
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
    """The identities of all works that the list has: ``arxiv:ID`` and ``link:URL``."""
    return parsed.keys


@dataclass(frozen=True, slots=True)
class ListedAt:
    """The line of the item, and the section it is in (None above the first one)."""

    line: int
    section: str | None

    def __str__(self) -> str:
        return f"line {self.line}" + (f" ({self.section})" if self.section else "")


def find_listed(parsed: ListFile, keys: set[str]) -> dict[str, ListedAt]:
    """The first place of each of these works that the list has, in any version or spelling."""
    wanted = {identity(key): key for key in keys}
    found: dict[str, ListedAt] = {}
    section = None
    for span in parsed.spans:
        if span.kind == "heading":
            section = None if span.level == 1 and span.text == parsed.title else span.text
        elif span.kind in ("entry", "text"):
            for key in map(identity, listed_keys(ListFile((span,)))):
                if key in wanted:
                    found.setdefault(wanted[key], ListedAt(span.line, section))
    return found
