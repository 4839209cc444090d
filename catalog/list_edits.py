"""
Changes to a list file that touch their own lines and no others: bytes in, bytes out.

Nothing is guessed. A section that is missing or there twice, merge marks, a file that is no
text or far too large: ListConflict, and a person has to look.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from catalog.arxiv_id import ArxivId
from catalog.entry import STAR, Citation, Entry
from catalog.entry_writer import citation_pair
from catalog.errors import ListConflict
from catalog.listfile import ListFile, Section, parse
from catalog.spans import Span

LARGEST = 20_000_000

_MERGE = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_ADDRESS = rb"(?:[^()\s]|\([^()\s]*\))*"
# The links of a paper and the citation pair behind them: the pair belongs to that id.
_PAIR = re.compile(
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

    An entry that would not stand as one item of the list is refused.
    """
    parsed = _readable(data, name)
    by_section: dict[int, tuple[Section, list[bytes]]] = {}
    for wanted, text in additions:
        section = find_section(parsed, wanted, name=name)
        _, texts = by_section.setdefault(section.heading.start, (section, []))
        texts.append(_one_item(text, name))
    direct = _entries_touch_headings(parsed)
    patches = [
        _at_top(data, section, texts, direct=direct) for section, texts in by_section.values()
    ]
    return _patched(data, patches)


def find_section(parsed: ListFile, wanted: str, *, name: str = "the list") -> Section:
    """
    The section of that name, or of that path: ``Quantization > Papers``.

    Missing, or there more than once: ListConflict, with what there is instead.
    """
    path = tuple(part.strip() for part in re.split(r"\s+[>›/]\s+", wanted.strip()))
    found = [one for one in parsed.sections if one.name == wanted.strip()]
    found = found or [one for one in parsed.sections if one.path[-len(path) :] == path]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(f"line {one.heading.line} ({' > '.join(one.path)})" for one in found)
        raise ListConflict(
            name,
            f'there are {len(found)} sections "{wanted}": {places}',
            "say which one: its path, or another heading in the file",
        )
    names = {one.name.casefold(): one.name for one in parsed.sections}
    near = difflib.get_close_matches(wanted.strip().casefold(), names, n=1)
    guess = f'did you mean "{names[near[0]]}"? ' if near else ""
    raise ListConflict(
        name,
        f'there is no section "{wanted}"',
        f"{guess}sections are: {', '.join(names.values()) or 'none'}",
    )


def replace_citation(
    data: bytes, arxiv_id: str, count: int | None, url: str | None, *, name: str = "the list"
) -> bytes:
    """Write another citation pair wherever the paper has an entry; nothing else changes."""
    return replace_citations(data, {arxiv_id: Citation(count, url)}, name=name)


def replace_citations(
    data: bytes, citations: Mapping[str, Citation], *, name: str = "the list"
) -> bytes:
    """The same for many papers, by id without version, in one pass."""
    patches: list[tuple[int, int, bytes]] = []
    for span in _readable(data, name).spans:
        if span.kind == "entry":
            patches.extend(_new_pairs(span, citations))
    return _patched(data, patches)


def remove(data: bytes, entry: Entry, *, name: str = "the list") -> bytes:
    """Take an entry out; a section that it leaves empty looks as empty sections do."""
    parsed = _readable(data, name)
    span = _span_of(parsed, entry, name)
    start, end = span.start, span.end
    alone = _is_alone(parsed, span)
    if end == len(data) and alone and span.start and _blank_before(data, start):
        start = _line_start(data, start)
    if end == len(data) and not data.endswith(b"\n"):
        start = len(data[:start].rstrip(b"\r\n"))
    return data[:start] + data[end:]


def star(data: bytes, entry: Entry, *, name: str = "the list") -> bytes:
    """Mark an entry as the editor's pick."""
    span = _span_of(_readable(data, name), entry, name)
    if entry.starred:
        return data
    bullet = re.match(rb"[-*+][ \t]+", span.raw)
    at = span.start + (bullet.end() if bullet else 0)
    return data[:at] + f"{STAR} ".encode() + data[at:]


def move(data: bytes, entry: Entry, section: str, *, name: str = "the list") -> bytes:
    """Take an entry out and put it, as it stands, at the top of another section."""
    find_section(_readable(data, name), section, name=name)
    text = _span_of(parse(data), entry, name).raw.decode().replace("\r\n", "\n")
    return insert(remove(data, entry, name=name), section, text, name=name)


def _readable(data: bytes, name: str) -> ListFile:
    if len(data) > LARGEST:
        raise ListConflict(name, f"has {len(data):,} bytes", f"at most {LARGEST:,} are edited")
    try:
        data.decode()
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        raise ListConflict(f"{name}:{line}", "is not UTF-8", "save it as UTF-8") from None
    mark = _MERGE.search(data)
    if mark:
        line = data.count(b"\n", 0, mark.start()) + 1
        raise ListConflict(f"{name}:{line}", "has merge marks", "finish the merge first")
    return parse(data)


def _one_item(text: str, name: str) -> bytes:
    """The text as bytes, with one newline at its end, if it stands as one item."""
    item = text.replace("\r\n", "\n").rstrip("\n").encode() + b"\n"
    spans = parse(item).spans
    if len(spans) != 1 or spans[0].kind != "entry" or not parse(item).entries:
        first = text.lstrip().partition("\n")[0]
        raise ListConflict(name, f"cannot be added as one entry: {first!r}", "correct its text")
    return item


def _at_top(
    data: bytes, section: Section, texts: Sequence[bytes], *, direct: bool
) -> tuple[int, int, bytes]:
    ending = _line_ending(data, section)
    block = b"".join(texts).replace(b"\n", ending)
    first = next((span for span in section.body if span.kind == "entry"), None)
    if first:
        return first.start, first.start, block
    return _into_empty(data, section, block, ending, direct=direct)


def _entries_touch_headings(parsed: ListFile) -> bool:
    """Old files have no blank line below a heading."""
    return any(section.body[:1] and section.body[0].kind == "entry" for section in parsed.sections)


def _into_empty(
    data: bytes, section: Section, block: bytes, ending: bytes, *, direct: bool
) -> tuple[int, int, bytes]:
    """
    An empty section becomes: heading, blank line, entries, blank line, next heading.

    Where it has a text, the entries stand below it. Blank lines that are there are used first.
    """
    tail = b"".join(span.raw for span in section.body)
    written = tail.rstrip()
    after_text = section.heading.end + len(written)
    if written:
        newline = data.find(b"\n", after_text)
        after_text = len(data) if newline < 0 else newline + 1
    end = section.heading.end + len(tail)
    blanks = data[after_text:end].splitlines(keepends=True)
    if end == len(data):
        return _into_end(data, after_text, blanks, block, ending)
    before = b"" if blanks or (direct and not written) else ending
    after = ending if len(blanks) < 2 else b""
    at = after_text + (len(blanks[0]) if blanks else 0)
    return at, at, before + block + after


def _into_end(
    data: bytes, after_text: int, blanks: list[bytes], block: bytes, ending: bytes
) -> tuple[int, int, bytes]:
    """The same at the end of the file, which keeps its last newline, or its lack of one."""
    if not data.endswith(b"\n"):
        return len(data), len(data), ending * (1 if blanks else 2) + block[: -len(ending)]
    at = after_text + (len(blanks[0]) if blanks else 0)
    return at, at, (b"" if blanks else ending) + block


def _line_ending(data: bytes, section: Section) -> bytes:
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


def _patched(data: bytes, patches: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Put every patch (start, end, new bytes) in its place."""
    pieces, at = [], 0
    for start, end, new in sorted(patches):
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def _span_of(parsed: ListFile, entry: Entry, name: str) -> Span:
    """Where an entry stands now: on its line, or where it has moved to if that is clear."""
    same = [span for span, found in parsed.items if found and _same(found, entry)]
    here = [span for span in same if span.line == entry.line]
    if here or len(same) == 1:
        return (here or same)[0]
    raise ListConflict(
        name,
        f'the entry "{entry.title}" of line {entry.line} is not there as it was',
        "look at the file and try again",
    )


def _same(found: Entry, entry: Entry) -> bool:
    return replace(found, line=0, raw="") == replace(entry, line=0, raw="") and (
        found.raw.rstrip() == entry.raw.rstrip()
    )


def _is_alone(parsed: ListFile, span: Span) -> bool:
    """The only thing in its section."""
    for section in parsed.sections:
        if span in section.body:
            return all(one is span or not one.raw.strip() for one in section.body)
    return False


def _blank_before(data: bytes, start: int) -> bool:
    return not data[_line_start(data, start) : start].strip()


def _line_start(data: bytes, start: int) -> int:
    """Where the line before ``start`` begins."""
    return data.rfind(b"\n", 0, start - 1) + 1
