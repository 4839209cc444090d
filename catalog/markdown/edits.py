"""
Changes to a list file that touch their own lines and no others: bytes in, bytes out.

Nothing is guessed. A section that is missing or there twice, merge marks, a file that is no
text or far too large: ListConflict, and a person has to look.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from catalog.arxiv_id import ArxivId
from catalog.errors import ListConflict
from catalog.markdown.entry import STAR, Citation, Entry
from catalog.markdown.entry_writer import citation_pair
from catalog.markdown.listfile import ListFile, ListSection, parse
from catalog.markdown.spans import Span

MAX_LIST_BYTES = 20_000_000

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NUMBERED = re.compile(rb"^[ \t]*\d{1,9}[.)][ \t]", re.MULTILINE)
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
    parsed = readable(data, name)
    by_section: dict[int, tuple[ListSection, list[bytes]]] = {}
    for wanted, text in additions:
        section = find_section(parsed, wanted, name=name)
        _, texts = by_section.setdefault(section.heading.start, (section, []))
        texts.append(_one_item(text, name))
    direct = entries_touch_headings(parsed)
    patches = [
        _at_top(data, section, texts, name, direct=direct) for section, texts in by_section.values()
    ]
    new = patched(data, patches)
    _all_seen(parsed, new, sum(len(texts) for _, texts in by_section.values()), name)
    return new


def change(data: bytes, edits: Iterable[tuple[int, int, bytes]], *, name: str) -> bytes:
    """Put every edit (start, end, new bytes) in its place, if the file may be edited at all."""
    readable(data, name)
    return patched(data, edits)


def find_section(parsed: ListFile, wanted: str, *, name: str = "the list") -> ListSection:
    """
    The section of that name, or of that path: ``Quantization > Papers``.

    The list's title may stand before the path: ``My List > Papers`` is the one that is not nested.
    Missing, or there more than once: ListConflict, with what there is instead.
    """
    path = _path(wanted)
    found = [one for one in parsed.sections if one.name == wanted.strip()]
    if len(found) != 1 and not (found and path == wanted.strip()):
        found = [one for one in parsed.sections if path in _addresses(parsed, one)] or found
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(
            f"line {one.heading.line} ({_addresses(parsed, one)[-1]})" for one in found
        )
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


def _addresses(parsed: ListFile, section: ListSection) -> list[str]:
    """What a section may be called: its name, then with more and more of what stands above it."""
    names = (*([parsed.title] if parsed.title else []), *section.path)
    return [_path(" > ".join(names[-length:])) for length in range(1, len(names) + 1)]


def _path(text: str) -> str:
    return re.sub(r"\s+[>›/]\s+", " > ", text.strip())


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
    for span in readable(data, name).spans:
        if span.kind == "entry":
            patches.extend(_new_pairs(span, citations))
    return patched(data, patches)


def remove(
    data: bytes, entry: Entry, *, base: bytes | None = None, name: str = "the list"
) -> bytes:
    """
    Take an entry out; a section that it leaves empty looks as the file's empty sections do.

    With ``base``, the file as it was before the entry, as the section looked then.
    """
    parsed = readable(data, name)
    span = _span_of(parsed, entry, name)
    section = next((one for one in parsed.sections if span in one.body), None)
    if section is None or not _is_alone(section, span):
        return _without(data, span.start, span.end)
    old = _before(parse(base), section) if base is not None else None
    if old is not None:
        body = b"".join(one.raw for one in section.body)
        return data[: section.heading.start] + old + data[section.heading.end + len(body) :]
    return _without(data, *_with_blank_lines(parsed, section, span))


def star(data: bytes, entry: Entry, *, name: str = "the list") -> bytes:
    """Mark an entry as the editor's pick."""
    span = _span_of(readable(data, name), entry, name)
    if entry.starred:
        return data
    bullet = re.match(rb"[-*+][ \t]+", span.raw)
    at = span.start + (bullet.end() if bullet else 0)
    return data[:at] + f"{STAR} ".encode() + data[at:]


def move(data: bytes, entry: Entry, section: str, *, name: str = "the list") -> bytes:
    """Take an entry out and put it, as it stands, at the top of another section."""
    find_section(readable(data, name), section, name=name)
    text = _span_of(parse(data), entry, name).raw.decode().replace("\r\n", "\n")
    return insert(remove(data, entry, name=name), section, text, name=name)


def readable(data: bytes, name: str) -> ListFile:
    """The file, parsed; ListConflict where it is too large, no text, or not merged."""
    if len(data) > MAX_LIST_BYTES:
        raise ListConflict(
            name, f"has {len(data):,} bytes", f"at most {MAX_LIST_BYTES:,} are edited"
        )
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
    data: bytes, section: ListSection, texts: Sequence[bytes], name: str, *, direct: bool
) -> tuple[int, int, bytes]:
    ending = _line_ending(data, section)
    block = b"".join(texts).replace(b"\n", ending)
    first = next((span for span in section.body if span.kind == "entry"), None)
    if first:
        _not_numbered(data[section.heading.end : first.start], section, first, name)
        return first.start, first.start, block
    return _into_empty(data, section, block, ending, direct=direct)


def _not_numbered(above: bytes, section: ListSection, first: Span, name: str) -> None:
    """Refuse to part a numbered item from the remark below it."""
    last_block = re.split(rb"\n[ \t]*\r?\n", above)[-1]
    later = b"".join(span.raw for span in section.body if span.start >= first.start)
    if _NUMBERED.search(last_block) or (_NUMBERED.search(above) and _NUMBERED.search(later)):
        raise ListConflict(
            f"{name}:{first.line}",
            f"the items of {section.name} are numbered",
            "add the entry by hand, or make them items with a dash",
        )


def entries_touch_headings(parsed: ListFile) -> bool:
    """Old files have no blank line below a heading."""
    return any(section.body[:1] and section.body[0].kind == "entry" for section in parsed.sections)


def _into_empty(
    data: bytes, section: ListSection, block: bytes, ending: bytes, *, direct: bool
) -> tuple[int, int, bytes]:
    """
    An empty section becomes: heading, blank line, entries, blank line, next heading.

    Where it has a text, the entries stand below it, and what parted it from the next heading
    parts them. At the end of the file, the file ends as it did.
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
    """Where the text of a section ends, and the blank lines from there on."""
    lines = _LINE.findall(body)
    written = [number for number, line in enumerate(lines) if line.strip()]
    first = written[-1] + 1 if written else 0
    return start + sum(map(len, lines[:first])), lines[first:]


def _all_seen(before: ListFile, new: bytes, added: int, name: str) -> None:
    """A code block or a comment that does not end would hide what is put below it."""
    if len(parse(new).entries) != len(before.entries) + added:
        raise ListConflict(
            name,
            "the entry would not be seen as one there",
            "look for a code block or comment in the section that does not end",
        )


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


def _is_alone(section: ListSection, span: Span) -> bool:
    """Nothing but text and blank lines, all of it above."""
    others = [one for one in section.body if one.raw.strip() and one != span]
    return all(one.kind != "entry" and one.start < span.start for one in others)


def _without(data: bytes, start: int, end: int) -> bytes:
    """A file without a last newline stays without one."""
    if end == len(data) and not data.endswith(b"\n"):
        start = len(data[:start].rstrip(b"\r\n"))
    return data[:start] + data[end:]


def _with_blank_lines(parsed: ListFile, section: ListSection, span: Span) -> tuple[int, int]:
    """The stretch to take out with the only entry of a section: what ``insert`` would put in."""
    above = b"".join(one.raw for one in section.body if one.start < span.start)
    below = b"".join(one.raw for one in section.body if one.start > span.start)
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
    kept = b"".join([*before, *after][:left])
    return at + len(kept), at + len(above) + len(span.raw) + len(below)


def blank_lines_of_empty(parsed: ListFile) -> int | None:
    """How many blank lines the file's empty sections mostly have; None where it has none."""
    counts = Counter(blank_lines(one) for one in empty_sections(parsed))
    return counts.most_common(1)[0][0] if counts else None


def empty_sections(parsed: ListFile) -> list[ListSection]:
    """Sections of nothing but blank lines, with another heading of their level or above next."""
    pairs = pairwise(parsed.sections)
    return [
        one
        for one, following in pairs
        if following.level <= one.level and not any(span.raw.strip() for span in one.body)
    ]


def blank_lines(section: ListSection) -> int:
    return sum(span.raw.count(b"\n") for span in section.body)


def _before(base: ListFile, section: ListSection) -> bytes | None:
    """The section as it was before it had an entry, if heading and text are the same."""
    same = [one for one in base.sections if one.path == section.path]
    if len(same) != 1 or any(span.kind == "entry" for span in same[0].body):
        return None
    text = [span.raw for span in (section.heading, *section.body) if span.kind != "entry"]
    old = b"".join(span.raw for span in (same[0].heading, *same[0].body))
    return old if old.split() == b"".join(text).split() else None
