"""
Puts entries into a list where the list itself has new ones, and takes them out again.

Only the entry's own lines change, and the numbers below it where the list counts. Nothing is put
between an entry and what belongs to it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from catalog.arxiv_id import ArxivId
from catalog.errors import ListConflict
from catalog.forms.groups import (
    nested_items,
    part_of,
    period_for,
    periods_of,
    siblings,
    with_period,
)
from catalog.forms.places import index_in
from catalog.forms.references import inlined, labelled, labels_in, unused
from catalog.forms.spelling.numbers import in_tag, number_of, numbered, without_number
from catalog.forms.spelling.rows import may_be_row
from catalog.markdown.edits import entries_touch_headings, find_section, patched, readable
from catalog.markdown.lines import indent_of, is_delimiter_row, is_rule
from catalog.markdown.listfile import ListFile, parse
from catalog.markdown.sections import ListSection, year_named
from catalog.markdown.spans import Span
from config.form import Form

# What ends a table or a list of HTML: it belongs to no entry in it.
_CLOSES = re.compile(rb"\s*</(?:table|tbody|ul|ol)\s*>", re.IGNORECASE)
# A text that folds open behind an entry, not indented below it.
_FOLDED = re.compile(rb"\s*<details\b", re.IGNORECASE)
# So many rows must count for their first cell to be a number; so many of the steps are by one.
FEWEST_COUNTED, COUNTED = 3, 0.8

Patch = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """
    An entry to put into a section; ``arxiv_id`` dates it, where it is a paper.

    ``posted`` is the month that a page's address names.
    """

    section: str
    text: str
    arxiv_id: str | None = None
    posted: tuple[int, int] | None = None

    @property
    def month(self) -> tuple[int, int] | None:
        found = ArxivId.parse(self.arxiv_id or "")
        return found.announced_month if found else self.posted


def insert_entries(data: bytes, entries: Iterable[NewEntry], form: Form, *, name: str) -> bytes:
    """
    Put each entry where the form says; of several at one place the first stands first.

    ListConflict where a section is missing, or an entry would not be recognised there.
    """
    given = list(entries)
    ordered = [
        *reversed([entry for entry in given if form.place_in(entry.section) == "top"]),
        *(entry for entry in given if form.place_in(entry.section) != "top"),
    ]
    for entry in ordered:
        data = _insert(data, entry, form, name)
    return data


def _insert(data: bytes, entry: NewEntry, form: Form, name: str) -> bytes:
    parsed = readable(data, name)
    section = find_section(parsed, entry.section, name=name)
    # A page whose address names no month stands in the newest part, unless the section has entries
    # of its own.
    if form.year_headings and (entry.month or not _has_entries(section)):
        periods = periods_of(parsed, section, name)
        newest = max(periods, default=())
        period = period_for(periods, entry.month) if periods and entry.month else newest
        if period not in periods and not entry.arxiv_id:
            period = newest
        if periods and period not in periods:
            data = with_period(data, parsed, periods, period, name)
            return _insert(data, entry, form, name)
        section = periods.get(period, section)
    row = _is_row_here(entry.text, section, parsed)
    items = [span for span in section.body if _is_top(span) and _is_row(span) == row]
    nested = nested_items(section, indent_of(entry.text.encode()))
    if nested:
        items = part_of(data, section, nested, entry.month and entry.month[0], name)
    if items:
        _same_columns(entry, items, section, name)
        texts = [inlined(_text(span), parsed.references) for span in items]
        at = index_in(texts, entry.text, entry.month, form.place_in(entry.section))
        if at == len(items) and not nested:
            _not_before_folded(data, items, section, name)
        own = labelled(data, entry.text, [_text(span) for span in items], parsed.references)
        text = own.text if own else entry.text
        counts = not _repeats_numbers(parsed)
        patches = list(_patches(data, section, items, text, at, counts=counts))
        if own:
            # Of two patches at one place, that of the entry comes first: its definition is below.
            # Definitions that stand above all entries stay above the new one.
            above = own.at <= items[0].start
            patches.insert(0 if above else len(patches), (own.at, own.at, own.line))
        new = patched(data, patches)
    elif row:
        new = _with_table(data, parsed, section, entry, name)
    else:
        new = _with_first(data, parsed, section, entry, name)
    _seen(parsed, new, entry, name, nested=bool(nested))
    return new


def _is_row_here(text: str, section: ListSection, parsed: ListFile) -> bool:
    """Whether a text is a row among these entries, or among the list's where there are none."""
    if text.lstrip().startswith("|"):
        return True
    entries = [span for span in section.body if _is_top(span)] or list(
        filter(_is_top, parsed.spans)
    )
    return may_be_row(text) and any(map(_is_row, entries))


def _has_entries(section: ListSection) -> bool:
    return any(span.kind == "entry" for span in section.body)


def _is_top(span: Span) -> bool:
    return span.kind == "entry" and not (span.form and span.form.depth)


def _is_row(span: Span) -> bool:
    return bool(span.form and span.form.kind == "row")


def _repeats_numbers(parsed: ListFile) -> bool:
    """Whether most sections of two entries or more have one number: Markdown counts by itself."""
    alike = several = 0
    for section in parsed.sections:
        items = [span for span in section.body if _is_top(span) and not _is_row(span)]
        numbers = {match["number"] for span in items if (match := _number_in(span))}
        several += len(items) > 1 and bool(numbers)
        alike += len(items) > 1 and len(numbers) == 1
    return alike * 2 > several


def _patches(
    data: bytes,
    section: ListSection,
    items: Sequence[Span],
    text: str,
    at: int,
    *,
    counts: bool = True,
) -> Iterator[Patch]:
    counted = number_of(text, row=_is_row(items[0]))
    number, moved = _numbers(items, at, counts=counts) if counted else (None, [])
    text = text if number is None else numbered(text, number)
    ending = b"\r\n" if section.heading.raw.endswith(b"\r\n") else b"\n"
    block = text.replace("\r\n", "\n").rstrip("\n").encode("utf-8", "surrogateescape")
    block = block.replace(b"\n", ending)
    between = b"" if _is_row(items[0]) else _between(data, items, ending)
    if at < len(items):
        start = items[at].start
        yield start, start, block + ending + between
    else:
        nested = items[-1].form and items[-1].form.depth
        end = items[-1].end if nested else _after(data, section, items[-1])
        closed = data[:end].endswith(b"\n")
        lead = b"" if closed else ending
        yield end, end, lead + between + block + (ending if closed else b"")
    for span, new in moved:
        match = _number_in(span)
        if match:
            start = span.start + len(match["lead"].encode())
            yield start, start + len(match["number"]), str(new).encode()


def _text(span: Span) -> str:
    return span.raw.decode("utf-8", "surrogateescape")


def _between(data: bytes, items: Sequence[Span], ending: bytes) -> bytes:
    """The blank lines that usually part two entries of this section."""
    gaps = Counter(
        data[first.end : second.start]
        for first, second in pairwise(items)
        if not data[first.end : second.start].strip()
    )
    if gaps:
        return gaps.most_common(1)[0][0]
    return ending if b"\n" in items[0].raw.strip() else b""


def _after(data: bytes, section: ListSection, last: Span) -> int:
    """The place after an entry, what is nested in it, and lines that follow without a break."""
    end = last.end
    for span in section.body:
        if span.start < end:
            continue
        nested = (span.form.depth if span.form else span.depth) > 0
        touches = span.kind == "text" and not data[end : span.start].strip()
        # A block of code belongs to the entry right above it; a comment may end the whole list.
        code = span.kind == "fence" and span.start == end and span.raw[:1] in b"`~"
        if nested or code:
            end = span.end
        elif touches and span.start == end and span.raw.split(b"\n", 1)[0].strip():
            written = takewhile(_goes_on, span.raw.splitlines(keepends=True))
            return end + sum(map(len, written))
        else:
            break
    return end


def _not_before_folded(data: bytes, items: Sequence[Span], section: ListSection, name: str) -> None:
    """ListConflict where the last entry has a folded text behind it, as those before it have."""
    if len(items) > 1 and all(_FOLDED.match(data, _after(data, section, one)) for one in items):
        raise ListConflict(
            f"{name}:{items[-1].line}",
            f"the last entry of {section.name} has a folded text behind it, which belongs to it",
            "add the new entry by hand, or let it go to the top (place: top)",
        )


def _goes_on(line: bytes) -> bool:
    return bool(line.strip()) and not is_rule(line) and not _CLOSES.match(line)


def _number_in(span: Span) -> re.Match[str] | None:
    return number_of(_text(span), row=_is_row(span))


def _numbers(
    items: Sequence[Span], at: int, *, counts: bool
) -> tuple[int | None, list[tuple[Span, int]]]:
    """The number of the new entry, and the entries whose numbers it moves; none if all are 1."""
    found = [_number_in(span) for span in items]
    numbers = [int(match["number"]) for match in found if match]
    cells = _is_row(items[0]) or in_tag(_text(items[0]))
    if len(numbers) != len(items) or (cells and not _counts(numbers)):
        return None, []
    if len(set(numbers)) == 1 and (len(numbers) > 1 or not counts):
        return numbers[0], []
    if len(numbers) > 1 and numbers[0] > numbers[-1]:
        return numbers[0] + 1 if at == 0 else numbers[at - 1], []
    if at == len(items):
        return numbers[-1] + 1, []
    # A section that counts from the first to the last entry goes on doing so.
    counted = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    moved = [(span, n + 1) for span, n in zip(items[at:], numbers[at:], strict=True)]
    return numbers[at], moved if counted else []


def _counts(numbers: Sequence[int]) -> bool:
    """Whether the numbers go up or down by one; a row may have been taken out since."""
    steps = [second - first for first, second in pairwise(numbers)]
    turns = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    ones = sum(abs(step) == 1 for step in steps)
    return len(numbers) >= FEWEST_COUNTED and turns and ones >= COUNTED * len(steps)


def _same_columns(entry: NewEntry, items: Sequence[Span], section: ListSection, name: str) -> None:
    if not _is_row(items[0]):
        return
    own, theirs = cells_in(entry.text), Counter(cells_in(_text(span)) for span in items)
    # Without a bar before its first cell a row shows by nothing that its last one is empty.
    ends_open = not entry.text.lstrip().startswith("|")
    # Rows may have a cell more than the table has columns: a comment that nobody sees.
    theirs_or_headed = {*theirs, len(items[0].form.columns) if items[0].form else 0}
    if own not in theirs_or_headed and not (ends_open and own + 1 in theirs):
        usual = theirs.most_common(1)[0][0]
        raise ListConflict(
            f"{name}:{items[0].line}",
            f"the new row has {own} cells, the table of {section.name} has {usual}",
            "give this section a form of its own under  form: sections:",
        )


def cells_in(text: str) -> int:
    row = text.strip().removeprefix("|").removesuffix("|")
    return len(re.findall(r"(?<!\\)\|", row)) + 1


def _with_first(
    data: bytes, parsed: ListFile, section: ListSection, entry: NewEntry, name: str
) -> bytes:
    """
    The first entry of a section: below its heading and text, with a blank line before it.

    Blank lines that the section has stay below. Entries that touch headings elsewhere do so here.
    """
    foreign = next((span for span in section.body if span.form and b"://" in span.raw), None)
    if foreign is not None:
        matter = f"{section.name} has entries of another kind, and none like the new one"
        raise ListConflict(
            f"{name}:{foreign.line}", matter, "give it a form of its own under  form: sections:"
        )
    ending = b"\r\n" if section.heading.raw.endswith(b"\r\n") else b"\n"
    body = b"".join(span.raw for span in section.body)
    written = len(body.rstrip())
    at = section.heading.end
    if written:
        at += body.find(b"\n", written) + 1 or len(body)
    lead = b"" if not written and entries_touch_headings(parsed) else ending
    block = entry.text.rstrip("\r\n").replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    block = block.replace(b"\n", ending)
    if data[:at].endswith(b"\n"):
        return data[:at] + lead + block + ending + data[at:]
    return data[:at] + ending + lead + block + data[at:]


def _with_table(
    data: bytes, parsed: ListFile, section: ListSection, entry: NewEntry, name: str
) -> bytes:
    """An entry in a section without rows: below its empty table, or below a copy of another's."""
    body = b"".join(span.raw for span in section.body)
    ending = b"\r\n" if section.heading.raw.endswith(b"\r\n") else b"\n"
    block = entry.text.encode("utf-8", "surrogateescape")
    end = _end_of_head(body)
    if end:
        at = section.heading.end + end
        if not body[:end].endswith(b"\n"):
            return data[:at] + ending + block + data[at:]
        return data[:at] + block + ending + data[at:]
    block += ending
    head = _head_of_table(data, parsed, cells_in(entry.text))
    if head is None:
        matter = f"{section.name} has no table, and no other section one like it"
        raise ListConflict(f"{name}:{section.heading.line}", matter, "add a table by hand first")
    at = section.heading.end + len(body.rstrip()) + (1 if body.strip() else 0)
    return data[:at] + ending + head + block + data[at:]


def _end_of_head(body: bytes) -> int:
    """The place after the two head lines of a table without rows; 0 if there is none."""
    lines = body.splitlines(keepends=True)
    end = 0
    for above, line in pairwise(lines):
        end += len(above)
        if b"|" in above and is_delimiter_row(line):
            return end + len(line)
    return 0


def _head_of_table(data: bytes, parsed: ListFile, cells: int) -> bytes | None:
    """The two head lines of the nearest table with so many columns."""
    lines = data[: parsed.spans[-1].end].splitlines(keepends=True) if parsed.spans else []
    for above, line in pairwise(lines):
        if is_delimiter_row(line) and cells_in(above.decode("utf-8", "replace")) == cells:
            return above + line
    return None


def _seen(before: ListFile, new: bytes, entry: NewEntry, name: str, *, nested: bool) -> None:
    """ListConflict if the entry would not be exactly one entry there, or would change others."""
    after = parse(new)
    own = _counted(after) - _counted(before)
    in_blocks = any(item.form.kind == "lines" for item in before.items)
    if entry.arxiv_id is None and in_blocks and not own:
        raise ListConflict(
            name,
            f"a page or repository would not be recognised in {entry.section}, whose entries are "
            "blocks of lines: those are known by the address of a paper",
            "write it there by hand, or give such links a section with items (- [Title](URL))",
        )
    wanted = without_number(entry.text.encode("utf-8", "surrogateescape"))
    if len(after.items) - len(before.items) != 1 or not _is_only(own, wanted):
        raise ListConflict(
            name,
            f"the entry would not be recognised in {entry.section}",
            "look at the form, and for an open code block or comment in the section",
        )
    ((raw, depth),) = own
    if bool(depth) != nested or _counted(before) - _counted(after):
        raise ListConflict(
            name,
            f"an entry of {entry.section} would become a part of the one above it",
            "give the items of this section one kind of marker and indentation",
        )
    if raw.count(b"\n") > wanted.count(b"\n"):
        raise ListConflict(
            name,
            f"the line below the new entry of {entry.section} would become a part of it",
            "put a blank line before that line",
        )


def _is_only(own: Counter[tuple[bytes, int]], wanted: bytes) -> bool:
    """Whether the one new entry is the wanted one, up to its first address, and no other text."""
    begins = wanted.replace(b"\r\n", b"\n").partition(b"](")[0]
    return own.total() == 1 and all(
        raw.replace(b"\r\n", b"\n").startswith(begins) for raw, _ in own
    )


def _counted(parsed: ListFile) -> Counter[tuple[bytes, int]]:
    """The entries without their numbers, each with how many it is nested in."""
    return Counter((without_number(item.raw), item.form.depth) for item in parsed.items)


def without_years(data: bytes, known: Collection[tuple[str, ...]]) -> bytes:
    """The list without empty headings of years, but for those with a known path."""
    parsed = parse(data)
    return patched(
        data,
        [
            (section.heading.start, (section.body or (section.heading,))[-1].end, b"")
            for section in parsed.sections
            if section.path not in known
            and year_named(section.name)
            and not any(span.raw.strip() for span in section.body)
        ],
    )


def _blank_before(data: bytes, start: int) -> int:
    """The length of the blank line before a place; 0 if there is none."""
    for blank in (b"\r\n", b"\n"):
        if data[:start].endswith(b"\n" + blank):
            return len(blank)
    return 0


def remove_entry(data: bytes, raw: bytes, *, name: str) -> bytes:
    """Take out the one entry with these bytes: with its blank lines, and the numbers below it."""
    parsed = readable(data, name)
    for section in parsed.sections:
        for span in section.body:
            if span.kind == "entry" and without_number(span.raw) == without_number(raw):
                items = _beside(data, section, span)
                if span not in items:
                    continue
                rest = patched(data, _taken(data, items, items.index(span)))
                return patched(rest, unused(rest, labels_in(_text(span))))
    raise ListConflict(name, "an added entry has changed or is gone", "remove it by hand")


def _beside(data: bytes, section: ListSection, span: Span) -> list[Span]:
    """An entry's siblings and itself: entries of another kind are text beside them."""
    if not _is_top(span):
        return siblings(data, section, span)
    row = _is_row(span)
    return [other for other in section.body if _is_top(other) and _is_row(other) == row]


def _taken(data: bytes, items: Sequence[Span], at: int) -> Iterator[Patch]:
    span = items[at]
    rest = [
        sibling for sibling in items if sibling is not span and _is_row(sibling) == _is_row(span)
    ]
    start, end = span.start, span.end
    if at + 1 < len(items) and not data[end : items[at + 1].start].strip():
        end = items[at + 1].start
    elif at and not data[items[at - 1].end : start].strip():
        start = items[at - 1].end
    elif at:
        written = data[items[at - 1].end : start].rstrip()
        start = data.find(b"\n", items[at - 1].end + len(written)) + 1 or start
    elif not _is_row(span):
        start -= _blank_before(data, start)
    if end == len(data) and not data.endswith(b"\n"):
        # A file without a line end at its end stays one.
        start -= 2 if data[:start].endswith(b"\r\n") else data[:start].endswith(b"\n")
    yield start, end, b""
    numbers = [int(match["number"]) for sibling in items if (match := _number_in(sibling))]
    if len(numbers) != len(items) or not rest or _is_row(span):
        return
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        for sibling, number in zip(items[at + 1 :], numbers[at + 1 :], strict=True):
            match = _number_in(sibling)
            if match:
                begin = sibling.start + len(match["lead"].encode())
                yield begin, begin + len(match["number"]), str(number - 1).encode()
