"""What a list already has: every arXiv id and every link, wherever in the file it stands."""

import re
from collections import defaultdict
from dataclasses import dataclass

from catalog.arxiv_id import ArxivId, find_all
from catalog.canonical import canonical_url
from catalog.entry import Entry
from catalog.listfile import ListFile, Span

_URL = re.compile(r"https?://(?:[^()\s<>\"\]]|\([^()\s]*\))+")
_VENUE = re.compile(r"arXiv, *([\w./-]+)")
_LIKE_AN_ENTRY = re.compile(rb"\*\*,|arxiv|cication|\]\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a curator may want to look at. ``error`` where the program cannot go on."""

    line: int
    what: str
    error: bool = False


def listed_ids(parsed: ListFile) -> frozenset[str]:
    """
    The ids, without version, of entries, extras, links, notes and running text.

    Not what only a paper's title mentions, nor what stands in code or comments.
    """
    found: set[str] = set()
    for text in _texts(parsed):
        found.update(arxiv_id.base for arxiv_id in find_all(text))
        found.update(url.base for url in map(ArxivId.parse, _URL.findall(text)) if url)
        venues = map(ArxivId.parse, _VENUE.findall(text))
        found.update(venue.base for venue in venues if venue)
    return frozenset(found)


def listed_links(parsed: ListFile) -> frozenset[str]:
    """The canonical addresses of link entries and of all extras."""
    urls = []
    for entry in parsed.entries:
        urls += [extra.url for extra in entry.extras]
        if entry.kind == "link" and entry.url:
            urls.append(entry.url)
    return frozenset(link for link in map(canonical_url, urls) if link)


def check(parsed: ListFile) -> list[Finding]:
    """What was not understood, and what is there twice, in the order of the lines."""
    return sorted(
        [*_unread(parsed), *_twice(parsed), *_same_sections(parsed), *_damage(parsed)],
        key=lambda finding: finding.line,
    )


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


def _unread(parsed: ListFile) -> list[Finding]:
    return [
        Finding(span.line, _why_unread(span), error=bool(_LIKE_AN_ENTRY.search(span.raw)))
        for span, entry in parsed.items
        if entry is None
    ]


def _why_unread(span: Span) -> str:
    start = span.raw.decode("utf-8", "replace").partition("\n")[0].strip()
    if len(start) < 2:
        return "an empty item"
    return f"neither a paper nor a link: {start[:60]!r}"


def _twice(parsed: ListFile) -> list[Finding]:
    """A work that its own section has already; repeats in other sections are the curator's."""
    seen: dict[tuple[str | None, str], int] = {}
    found = []
    for entry in parsed.entries:
        key = entry.arxiv_id or canonical_url(entry.url or "") or entry.url or ""
        first = seen.setdefault((entry.section, key), entry.line)
        if first != entry.line:
            found.append(Finding(entry.line, f"{key} stands already on line {first}"))
    return found


def _same_sections(parsed: ListFile) -> list[Finding]:
    lines = defaultdict(list)
    for section in parsed.sections:
        lines[section.path].append(section.heading.line)
    return [
        Finding(again, f'section "{" > ".join(path)}" stands already on line {first}', error=True)
        for path, (first, *others) in lines.items()
        for again in others
    ]


def _damage(parsed: ListFile) -> list[Finding]:
    found = []
    for span in parsed.spans:
        for number, line in enumerate(span.raw.split(b"\n"), span.line):
            if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
                found.append(Finding(number, "a merge mark", error=True))
        if not _is_utf8(span.raw):
            found.append(Finding(span.line, "not UTF-8", error=True))
    return found


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
