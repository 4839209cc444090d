"""The basic findings in a list file: unreadable items, duplicates and damage."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from catalog.address import canonical_url, identity
from catalog.arxiv_id import ArxivId
from catalog.markdown.entry import Entry
from catalog.markdown.item import Item, in_news, is_aside
from catalog.markdown.listfile import ListFile
from catalog.markdown.spans import Span
from catalog.paper import bare_key, is_paper_key, link_key, paper_key
from catalog.works import arxiv_keys, is_published
from config.patterns import lazy_regex

_EMPTY_LINK = lazy_regex(rb"(?<!\\)\[(?P<label>[^\[\]\n]{1,300}\]?)\]\([ \t]*\)")
_WITHOUT_SCHEME = lazy_regex(
    rb"(?<=\]\()(?P<url>(?:www\.)?(?:arxiv\.org|github\.com|huggingface\.co|openreview\.net|"
    rb"aclanthology\.org|doi\.org)/[^\s()]{1,300})\)",
    re.IGNORECASE,
)
_IN_PAGE = lazy_regex(rb"\]\(#|href=[\"']?#")
_LABELLED = lazy_regex(rb"\[([^\[\]\n]+)\]\(([^()\s]+)")
_LIKE_AN_ENTRY = lazy_regex(rb"\*\*,|arxiv|cication|\]\(", re.IGNORECASE)

Edit = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something for a curator to look at; an ``error`` must be fixed.

    ``edits`` (start, end, new bytes) fix it; without them only a person can.
    """

    line: int
    what: str
    error: bool = False
    name: str = ""
    do: str = ""
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A work that the file has already; ``together``: in the same section."""

    key: str
    entry: Entry
    first: Entry
    together: bool


def line_in(span: Span) -> Callable[[int], int]:
    """A function from places in the span to lines of the file, quick for many places."""
    ends = [match.start() for match in re.finditer(b"\n", span.raw)]
    return lambda at: span.line + bisect_left(ends, at)


def check(parsed: ListFile) -> list[Finding]:
    """Damage, and repeats within a section, in the order of the lines."""
    twice = [
        Finding(repeat.entry.line, f"{called(repeat.entry)} is already on line {repeat.first.line}")
        for repeat in repeats(parsed)
        if repeat.together
    ]
    return sorted([*damage(parsed), *twice], key=lambda finding: finding.line)


def damage(parsed: ListFile) -> list[Finding]:
    """What the program can't read: unclear items, sections with one name, broken bytes."""
    return [
        *([*_outside(parsed), *_of_no_work(parsed)] if parsed.foreign else _unread(parsed)),
        *_empty_links(parsed),
        *_relative_links(parsed),
        *_other_addresses(parsed),
        *_same_sections(parsed),
        *_broken(parsed),
    ]


def repeats(parsed: ListFile) -> Iterator[Repeat]:
    """Each entry of a work that came before, in the same section or else in another."""
    place = {
        span.start: section.heading.start for section in parsed.sections for span in section.body
    }
    in_section: dict[tuple[int | None, str], Item] = {}
    anywhere: dict[str, Item] = {}
    for item in parsed.items:
        key = "" if in_news(item.section) else _key_of_item(item)
        if not key:
            continue
        section = place.get(item.start)
        first = in_section.setdefault((section, key), item)
        before = anywhere.setdefault(key, item)
        if first is not item:
            yield from _repeat(item, first, together=True)
        elif before is not item:
            yield from _repeat(item, before, together=False)


def _repeat(item: Item, first: Item, *, together: bool) -> Iterator[Repeat]:
    if item.entry and first.entry:
        yield Repeat(key_of(item.entry), item.entry, first.entry, together)


def _key_of_item(item: Item) -> str:
    """The key of its work, so that the same works have the same; empty for what is no entry."""
    if not item.foreign:
        return key_of(item.entry) if item.entry else ""
    if not item.keys or is_published(item.keys[0]):
        return item.keys[0] if item.keys else ""
    # One page may show several works: a list of accepted papers, a company's products.
    return f"{item.keys[0]} {slug_of(item.entry.title if item.entry else '')}"


def key_of(entry: Entry) -> str:
    """The key of the work of an entry, the same for all its forms and spellings."""
    arxiv_id = entry.arxiv_id or _id_in(entry.url or "")
    if arxiv_id:
        return paper_key(arxiv_id)
    link = canonical_url(entry.url or "")
    return identity(link_key(link)) if link else entry.url or ""


def other_title(repeat: Repeat) -> bool:
    """Whether the two entries of a work have titles of which neither contains the other."""
    first, again = slug_of(repeat.first.title), slug_of(repeat.entry.title)
    return bool(first and again) and first not in again and again not in first


def called(entry: Entry) -> str:
    """The name of a work in messages: the id of a paper, else the address."""
    url = entry.url or ""
    return entry.arxiv_id or _id_in(url) or canonical_url(url) or url


def _id_in(url: str) -> str | None:
    arxiv_id = ArxivId.parse(url)
    return arxiv_id.base if arxiv_id else None


def slug_of(title: str) -> str:
    """A title without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", title).casefold()


def _unread(parsed: ListFile) -> list[Finding]:
    return [
        _why_unread(item.span)
        for item in parsed.items
        if item.entry is None and not _EMPTY_LINK.search(item.raw)
    ]


def _of_no_work(parsed: ListFile) -> list[Finding]:
    """One note for all items that name no work, at the first; not dates, contents and advice."""
    items = [
        item
        for item in parsed.items
        if not (item.keys or item.tree_end > item.end or is_aside(item.section))
        and item.form.kind != "row"
        and not _IN_PAGE.search(item.raw)
        and not _EMPTY_LINK.search(item.raw)
    ]
    if not items:
        return []
    first = _why_unread(items[0].span)
    more = f", and {len(items) - 1} more" if len(items) > 1 else ""
    return [replace(first, what=first.what + more, error=False, edits=())]


def _outside(parsed: ListFile) -> list[Finding]:
    """How many of the papers stand in no entry, at the first one of them."""
    inside: set[str] = set()
    outside: dict[str, int] = {}
    entries = {item.start for item in parsed.items if item.keys}
    inside.update(key for item in parsed.items for key in item.keys if is_paper_key(key))
    for span in parsed.spans:
        if span.kind in ("entry", "text", "heading"):
            if span.start in entries:
                inside.update(arxiv_keys(span.raw.decode("utf-8", "replace")))
                continue
            for number, line in enumerate(span.raw.split(b"\n"), span.line):
                for key in arxiv_keys(line.decode("utf-8", "replace")):
                    outside.setdefault(key, number)
    left = {key: number for key, number in outside.items() if key not in inside}
    if not left:
        return []
    ids = len(inside | set(left))
    what = f"{ids} arXiv ids, {len(left)} of them outside any entry, the first here"
    do = "make it an item like the others, if it belongs in the list"
    return [Finding(min(left.values()), what, name="outside", do=do)]


def _empty_links(parsed: ListFile) -> Iterator[Finding]:
    for span in parsed.spans:
        if span.kind in ("entry", "text"):
            line = line_in(span)
            for match in _EMPTY_LINK.finditer(span.raw):
                label = match["label"].decode("utf-8", "replace").strip("[]* ")
                yield Finding(
                    line(match.start()),
                    f'the link "{label}" has no address',
                    error=True,
                    name="empty-link",
                    do="add its address, or leave the link out",
                )


def _relative_links(parsed: ListFile) -> Iterator[Finding]:
    """Addresses without "https://": a forge looks for such a file in the repository."""
    for span in parsed.spans:
        if span.kind in ("entry", "text"):
            line = line_in(span)
            for match in _WITHOUT_SCHEME.finditer(span.raw):
                url = match["url"].decode("utf-8", "replace")
                yield Finding(
                    line(match.start()),
                    f"the link to {url} leads to a file of this repository",
                    error=True,
                    name="relative-link",
                    do=f"write https://{url}",
                )


def _other_addresses(parsed: ListFile) -> Iterator[Finding]:
    """Links whose words are the address of another paper than the one they lead to."""
    for item in parsed.items:
        line = line_in(item.span)
        for match in _LABELLED.finditer(item.raw):
            # The words of hardly any link have the number of a paper.
            if b"." not in match[1]:
                continue
            shown = set(arxiv_keys(match[1].decode("utf-8", "replace")))
            leads = set(arxiv_keys(match[2].decode("utf-8", "replace"))) if shown else shown
            if shown and leads and not shown & leads:
                named, led = bare_key(min(shown)), bare_key(min(leads))
                yield Finding(
                    line(match.start()),
                    f"the words of the link are the address of {named}, it leads to {led}",
                    error=True,
                    name="other-address",
                    do="write the title, and the address of that paper",
                )


def _why_unread(span: Span) -> Finding:
    start = span.raw.decode("utf-8", "replace").partition("\n")[0].strip()
    if len(start) < 2:
        edits = ((span.start, span.end, b""),) if len(span.raw.strip()) < 2 else ()
        return Finding(span.line, "an empty item", name="empty-item", do="remove it", edits=edits)
    return Finding(
        span.line,
        f"neither a paper nor a link: {start[:60]!r}",
        error=bool(_LIKE_AN_ENTRY.search(span.raw)),
        name="unread",
        do="compare it with the entries around it",
    )


def _same_sections(parsed: ListFile) -> list[Finding]:
    lines = defaultdict(list)
    for section in parsed.sections:
        lines[section.path].append(section.heading.line)
    return [
        Finding(
            again,
            f'section "{" > ".join(path)}" is already on line {first}',
            error=not parsed.foreign,
            name="section-twice",
            do="rename one of them",
        )
        for path, (first, *rest) in lines.items()
        # A heading without a name is a rule between two sections.
        for again in (rest if path and path[-1] else ())
    ]


# A machine that stops may leave a file empty, or with zeros in it.
_RESTORE = "restore the file, such as with `git checkout`"


def _broken(parsed: ListFile) -> list[Finding]:
    findings = []
    if not any(span.raw.strip(b"\0 \t\r\n\xef\xbb\xbf") for span in parsed.spans):
        findings.append(Finding(1, "no text at all", error=True, name="torn", do=_RESTORE))
    if not any(b"\n" in span.raw for span in parsed.spans) and b"\r" in bytes(parsed):
        do = "save it with LF or CRLF"
        what = "its lines end with CR alone, and count as one"
        findings.append(Finding(1, what, error=True, name="line-ends", do=do))
    for span in parsed.spans:
        if at := span.raw.find(b"\0") + 1:
            place = span.line + span.raw.count(b"\n", 0, at)
            findings.append(Finding(place, "NUL bytes", error=True, name="torn", do=_RESTORE))
            break
    for span in parsed.spans:
        for number, line in enumerate(span.raw.split(b"\n"), span.line):
            if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
                do = "finish the merge"
                findings.append(
                    Finding(number, "a merge mark", error=True, name="merge-mark", do=do)
                )
        if not _is_utf8(span.raw):
            do = "save it as UTF-8"
            findings.append(Finding(span.line, "not UTF-8", error=True, name="not-utf-8", do=do))
    return findings


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
