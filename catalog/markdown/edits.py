"""
Edits of a list file that change their own lines and no others: bytes in, bytes out.

Nothing is guessed. ListConflict if a section is missing or ambiguous, or the file has merge marks,
isn't text, or is far too large.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from catalog.arxiv_id import ArxivId
from catalog.errors import ListConflict
from catalog.markdown.entry import STAR, Citation, Entry
from catalog.markdown.entry_writer import citation_pair
from catalog.markdown.item import Item
from catalog.markdown.listfile import ListFile, parse
from catalog.markdown.sections import ListSection
from catalog.markdown.spans import Span
from config.patterns import lazy_regex
from config.plain_files import MAX_READ_BYTES

_LINE = lazy_regex(rb"[^\n]*\n|[^\n]+")
_OTHER_ITEMS = {"number": "numbered", "row": "rows of a table", "lines": "blocks of lines"}
_MERGE = lazy_regex(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_SIGNS = (b"<" * 7, b">" * 7)
_ADDRESS = rb"(?:[^()\s]|\([^()\s]*\))*"
# The links of a paper and the citation pair after them: the pair belongs to that id.
_PAIR = lazy_regex(
    rb"\[arxiv\]\((?P<page>" + _ADDRESS + rb")\)(?:,\s*\[pdf\]\(" + _ADDRESS + rb"\))?"
    rb",?\s*cication:\s*(?P<pair>\[\*\*-?\d+\*\*\]\(" + _ADDRESS + rb"\))"
)


def insert(data: bytes, section: str, text: str, *, name: str = "the list") -> bytes:
    """Put a ready-made entry at the top of a section."""
    return insert_all(data, [(section, text)], name=name)


def insert_all(
    data: bytes, additions: Iterable[tuple[str, str]], *, name: str = "the list"
) -> bytes:
    """
    Put several entries (section, text) at the top of their sections, in the order given.

    ListConflict for a text that would not be exactly one item of the list.
    """
    parsed = readable(data, name)
    by_section: dict[int, tuple[ListSection, list[bytes]]] = {}
    for section_name, text in additions:
        section = find_section(parsed, section_name, name=name)
        _, texts = by_section.setdefault(section.heading.start, (section, []))
        texts.append(_one_item(text, name))
    direct = entries_touch_headings(parsed)
    patches = [
        _at_top(data, section, texts, name, direct=direct) for section, texts in by_section.values()
    ]
    new = patched(data, patches)
    _all_seen(parsed, new, list(by_section.values()), name)
    return new


def apply_edits(data: bytes, edits: Iterable[tuple[int, int, bytes]], *, name: str) -> bytes:
    """Make every edit (start, end, new bytes) in a file that may be edited."""
    readable(data, name)
    return patched(data, edits)


def find_section(parsed: ListFile, section_name: str, *, name: str = "the list") -> ListSection:
    """
    The section with that name or path: ``Quantization > Papers``.

    A path may begin with the list's title: ``My List > Papers`` is the top-level one. ListConflict
    with the existing sections if it is missing or ambiguous.
    """
    path = _path(section_name)
    matches = [section for section in parsed.sections if section.name == section_name.strip()]
    if len(matches) != 1 and not (matches and path == section_name.strip()):
        matches = [
            section for section in parsed.sections if path in _addresses(parsed, section)
        ] or matches
    if len(matches) == 1:
        return matches[0]
    if matches:
        places = ", ".join(
            f"line {section.heading.line} ({_addresses(parsed, section)[-1]})"
            for section in matches
        )
        raise ListConflict(
            name,
            f'there are {len(matches)} sections "{section_name}": {places}',
            "give its path, or rename one of the headings",
        )
    near = _like(section_name, [section.name for section in parsed.sections])
    guess = f'did you mean "{near}"? ' if near else ""
    names = dict.fromkeys(_for_entries(parsed.sections))
    raise ListConflict(
        name,
        f'there is no section "{section_name}"',
        f"{guess}sections are: {', '.join(names) or 'none'}",
    )


def _like(typed: str, names: Sequence[str]) -> str:
    """The name that is most like what was typed, or else the only one with such a word."""
    known, text = {name.casefold(): name for name in names}, typed.strip().casefold()
    if near := difflib.get_close_matches(text, known, n=1):
        return known[near[0]]
    for is_in in (str.__contains__, _has_word_like):
        found = [name for folded, name in known.items() if is_in(folded, text)]
        if len(found) == 1:
            return found[0]
    return ""


def _has_word_like(name: str, word: str) -> bool:
    return bool(difflib.get_close_matches(word, name.split(), n=1))


def _for_entries(sections: Sequence[ListSection]) -> Iterator[str]:
    """
    The names of sections that hold entries, or nothing yet.

    Of a period it is the name of what it is a part of. Others hold words, such as a licence.
    """
    for section, following in zip(sections, (*sections[1:], None), strict=True):
        has_parts = following is not None and following.level > section.level
        is_blank = not any(span.raw.strip() for span in section.body)
        if any(span.kind == "entry" for span in section.body) or (is_blank and not has_parts):
            yield section.subject[-1] if section.subject else section.name


def _addresses(parsed: ListFile, section: ListSection) -> list[str]:
    """All names of a section: its own, then with more and more of the headings above it."""
    names = (*([parsed.title] if parsed.title else []), *section.path)
    return [_path(" > ".join(names[-length:])) for length in range(1, len(names) + 1)]


def _path(text: str) -> str:
    return re.sub(r"\s+[>›/]\s+", " > ", text.strip())


def replace_citation(
    data: bytes, arxiv_id: str, count: int | None, url: str | None, *, name: str = "the list"
) -> bytes:
    """Replace the citation pair in every entry of a paper."""
    return replace_citations(data, {arxiv_id: Citation(count, url)}, name=name)


def replace_citations(
    data: bytes, citations: Mapping[str, Citation], *, name: str = "the list"
) -> bytes:
    """The same for many papers in one pass, by id without version."""
    patches: list[tuple[int, int, bytes]] = []
    for span in readable(data, name).spans:
        if span.kind == "entry":
            patches.extend(_new_pairs(span, citations))
    return patched(data, patches)


def remove(
    data: bytes, entry: Entry, *, base: bytes | None = None, name: str = "the list"
) -> bytes:
    """
    Remove an entry; a section that becomes empty looks like the file's other empty sections.

    With ``base``, the file before the entry was added, it looks as it did in there.
    """
    parsed = readable(data, name)
    span = _span_of(parsed, entry, name)
    section = next((candidate for candidate in parsed.sections if span in candidate.body), None)
    if section is None or not _is_alone(section, span):
        return _without(data, span.start, span.end)
    old = _before(parse(base), section) if base is not None else None
    if old is not None:
        body = b"".join(candidate.raw for candidate in section.body)
        return data[: section.heading.start] + old + data[section.heading.end + len(body) :]
    return _without(data, *_with_blank_lines(parsed, section, span))


def star(data: bytes, entry: Entry, *, name: str = "the list") -> bytes:
    """Mark an entry as the editor's pick."""
    span = _span_of(readable(data, name), entry, name)
    if entry.starred:
        return data
    bullet = re.match(rb"[ \t]*(?:[-*+]|\d+[.)])[ \t]+(?:\[[ xX]\][ \t]+)?", span.raw)
    at = span.start + (bullet.end() if bullet else 0)
    return data[:at] + f"{STAR} ".encode() + data[at:]


def move(data: bytes, entry: Entry, section: str, *, name: str = "the list") -> bytes:
    """Move an entry unchanged to the top of another section."""
    find_section(readable(data, name), section, name=name)
    text = _span_of(parse(data), entry, name).raw.decode().replace("\r\n", "\n")
    return insert(remove(data, entry, name=name), section, text, name=name)


def readable(data: bytes, name: str) -> ListFile:
    """Parse a file; ListConflict if it is too large, not text, or has merge marks."""
    if len(data) > MAX_READ_BYTES:
        raise ListConflict(
            name, f"has {len(data):,} bytes", f"at most {MAX_READ_BYTES:,} are edited"
        )
    try:
        data.decode()
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        raise ListConflict(f"{name}:{line}", "is not UTF-8", "save it as UTF-8") from None
    if (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise ListConflict(f"{name}:{line}", "has NUL bytes", "restore the file, or take them out")
    if b"\r" in data and b"\n" not in data:
        raise ListConflict(name, "ends its lines with CR alone", "save it with LF or CRLF")
    # Looking for the signs alone takes a tenth of the time.
    mark = _MERGE.search(data) if any(sign in data for sign in _SIGNS) else None
    if mark:
        line = data.count(b"\n", 0, mark.start()) + 1
        raise ListConflict(f"{name}:{line}", "has merge marks", "finish the merge first")
    return parse(data)


def _one_item(text: str, name: str) -> bytes:
    """The text as bytes with one newline at the end, if it is exactly one item."""
    item = text.replace("\r\n", "\n").rstrip("\n").encode() + b"\n"
    parsed = parse(item)
    if [span.kind for span in parsed.spans] != ["entry"] or not parsed.entries:
        first = text.lstrip().partition("\n")[0]
        raise ListConflict(name, f"cannot be added as one entry: {first!r}", "correct its text")
    return item


def _at_top(
    data: bytes, section: ListSection, texts: Sequence[bytes], name: str, *, direct: bool
) -> tuple[int, int, bytes]:
    ending = _line_ending(data, section)
    block = b"".join(texts).replace(b"\n", ending)
    _not_numbered(section, name)
    first = next((span for span in section.body if _is_bullet(span)), None)
    if first:
        return first.start, first.start, block
    return _into_empty(data, section, block, ending, direct=direct)


def _is_bullet(span: Span) -> bool:
    return span.form is not None and span.form.kind in ("bullet", "task")


def _not_numbered(section: ListSection, name: str) -> None:
    """Refuse to put a bullet among items of another kind: it would part them."""
    for span in section.body:
        if span.form is not None and not _is_bullet(span) and b"://" in span.raw:
            kind = span.form.kind
            raise ListConflict(
                f"{name}:{span.line}",
                f"the items of {section.name} are {_OTHER_ITEMS[kind]}",
                "add the entry by hand, or make them items with a dash",
            )


def entries_touch_headings(parsed: ListFile) -> bool:
    """Whether entries follow headings without a blank line, as in old files."""
    return any(section.body[:1] and section.body[0].kind == "entry" for section in parsed.sections)


def _into_empty(
    data: bytes, section: ListSection, block: bytes, ending: bytes, *, direct: bool
) -> tuple[int, int, bytes]:
    """
    An empty section becomes: heading, blank line, entries, blank line, next heading.

    Entries go below the section's text, if it has any, and get the blank lines that followed it.
    The end of the file stays as it was.
    """
    tail = b"".join(span.raw for span in section.body)
    at, blanks = _after_text(section.heading.end, tail)
    written, end = tail.strip(), section.heading.end + len(tail)
    before = b"" if direct and not written else ending
    if end == len(data):
        if data.endswith(b"\n"):
            return at, at, before + block
        return end, end, ending + before + block[: -len(ending)]
    if blanks:
        after = ending if written or len(blanks) == 1 else b""
        return at + len(blanks[0]), at + len(blanks[0]), block + after
    return at, at, before + block + (b"" if written else ending)


def _after_text(start: int, body: bytes) -> tuple[int, list[bytes]]:
    """The end of the text of a section, and the blank lines after it."""
    lines = _LINE.findall(body)
    written = [number for number, line in enumerate(lines) if line.strip()]
    first = written[-1] + 1 if written else 0
    return start + sum(map(len, lines[:first])), lines[first:]


def _all_seen(
    before: ListFile, new: bytes, added: Sequence[tuple[ListSection, list[bytes]]], name: str
) -> None:
    """
    ListConflict if an open code block or comment would hide the new entries.

    Also for a section whose items stand for no work, such as news. Only the new entries are read:
    that of all others is nearly all of the time.
    """
    items = [
        Item(span, section, 0, before.references, before.foreign)
        for section, texts in added
        for text in texts
        for span in parse(text).spans
    ]
    seen = _items_in(parse(new)) == _items_in(before) + len(items)
    if not seen or not all(item.entry for item in items):
        raise ListConflict(
            name,
            "the entry would not be recognised there",
            "look for an open code block or comment in the section",
        )


def _items_in(parsed: ListFile) -> int:
    return sum(span.kind == "entry" for span in parsed.spans)


def _line_ending(data: bytes, section: ListSection) -> bytes:
    line = section.heading.raw
    if line.endswith(b"\n"):
        return b"\r\n" if line.endswith(b"\r\n") else b"\n"
    return b"\r\n" if data.count(b"\r\n") * 2 > data.count(b"\n") else b"\n"


def _new_pairs(span: Span, citations: Mapping[str, Citation]) -> Iterable[tuple[int, int, bytes]]:
    for match in _PAIR.finditer(span.raw):
        arxiv_id = ArxivId.parse(match["page"].decode())
        if arxiv_id and arxiv_id.base in citations:
            start, end = match.span("pair")
            pair = citation_pair(citations[arxiv_id.base]).encode()
            yield span.start + start, span.start + end, pair


def patched(data: bytes, patches: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Put every patch (start, end, new bytes) in its place; two at one place in their order."""
    pieces, at = [], 0
    for start, end, new in sorted(patches, key=lambda patch: patch[:2]):
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def _span_of(parsed: ListFile, entry: Entry, name: str) -> Span:
    """The span of an entry: on its line, or elsewhere if there is only one like it."""
    same = [item.span for item in parsed.items if item.entry and _same(item.entry, entry)]
    on_line = [span for span in same if span.line == entry.line]
    if on_line or len(same) == 1:
        return (on_line or same)[0]
    raise ListConflict(
        name,
        f'the entry "{entry.title}" of line {entry.line} has changed or is gone',
        "look at the file and try again",
    )


def _same(listed: Entry, entry: Entry) -> bool:
    return replace(listed, line=0, raw="") == replace(entry, line=0, raw="") and (
        listed.raw.rstrip() == entry.raw.rstrip()
    )


def _is_alone(section: ListSection, span: Span) -> bool:
    """Whether the rest of the section is text above the span."""
    rest = [
        other_span for other_span in section.body if other_span.raw.strip() and other_span != span
    ]
    return all(other_span.kind != "entry" and other_span.start < span.start for other_span in rest)


def _without(data: bytes, start: int, end: int) -> bytes:
    """Remove a stretch; a file without a final newline stays without one."""
    if end == len(data) and not data.endswith(b"\n"):
        start = len(data[:start].rstrip(b"\r\n"))
    return data[:start] + data[end:]


def _with_blank_lines(parsed: ListFile, section: ListSection, span: Span) -> tuple[int, int]:
    """The stretch to remove with the only entry of a section: what ``insert`` would add."""
    above = b"".join(part.raw for part in section.body if part.start < span.start)
    below = b"".join(part.raw for part in section.body if part.start > span.start)
    at, before = _after_text(section.heading.end, above)
    after = _LINE.findall(below)
    at_end = span.end + len(below) == parsed.spans[-1].end
    if at_end or (above.strip() and not after):
        return (span.start - len(before[-1]) if before else span.start), span.end
    if above.strip():
        return span.start, span.end + len(after[0])
    left = blank_lines_of_empty(parsed)
    if left is None or len(before) + len(after) > 2 or len(before) + len(after) <= left:
        return span.start, span.end
    remaining = b"".join([*before, *after][:left])
    return at + len(remaining), at + len(above) + len(span.raw) + len(below)


def blank_lines_of_empty(parsed: ListFile) -> int | None:
    """The usual number of blank lines in empty sections; None if the file has none."""
    counts = Counter(blank_lines(section) for section in empty_sections(parsed))
    return counts.most_common(1)[0][0] if counts else None


def empty_sections(parsed: ListFile) -> list[ListSection]:
    """Sections with blank lines only, before a heading of the same or a higher level."""
    pairs = pairwise(parsed.sections)
    return [
        section
        for section, following in pairs
        if following.level <= section.level and not any(span.raw.strip() for span in section.body)
    ]


def blank_lines(section: ListSection) -> int:
    return sum(span.raw.count(b"\n") for span in section.body)


def _before(base: ListFile, section: ListSection) -> bytes | None:
    """The section's bytes in ``base``, where it had no entry, if heading and text are the same."""
    same = [candidate for candidate in base.sections if candidate.path == section.path]
    if len(same) != 1 or any(span.kind == "entry" for span in same[0].body):
        return None
    text = [span.raw for span in (section.heading, *section.body) if span.kind != "entry"]
    old = b"".join(span.raw for span in (same[0].heading, *same[0].body))
    return old if old.split() == b"".join(text).split() else None
