"""
Sections whose entries stand below items or headings that only name a period, or a venue.

"- **Year 2024**" holds "  - **arXiv**", and that the papers. A new entry goes into the part of its
year, and there to the preprints.
"""

import re
from collections.abc import Collection, Sequence

from catalog.errors import ListConflict
from catalog.forms.parts.names import is_preprint
from catalog.forms.spelling.dates import dates_in, month_words
from catalog.markdown.lines import indent_of, is_item
from catalog.markdown.listfile import ListFile
from catalog.markdown.parts.wording import is_venue
from catalog.markdown.sections import ListSection, year_named
from catalog.markdown.spans import Span
from config.patterns import lazy_regex

_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PREPRINTS = lazy_regex(r"\b(?:arxiv|preprints?)\b", re.IGNORECASE)
_WORDS = lazy_regex(r"<[^<>]*>|[*_`#\[\]]")
# So many names of parts are shown to somebody who must choose one.
MAX_PARTS_NAMED = 4
# What a heading names: a year, or a year and a month.
Period = tuple[int, ...]


def nested_items(section: ListSection, indent: int) -> list[Span]:
    """The entries of a section with this indentation, where all its works are nested; else none."""
    entries = [span for span in section.body if span.kind == "entry" and span.form]
    top = [span for span in entries if span.form and not span.form.depth]
    if not indent or any(b"://" in span.raw for span in top):
        return []
    return [span for span in entries if span.form and span.form.depth and _indent(span) == indent]


def siblings(data: bytes, section: ListSection, span: Span) -> list[Span]:
    """The entries in the same part as a nested one, itself included."""
    nested = nested_items(section, _indent(span))
    chains = _chains(data, section, nested) if nested else {}
    return [other for other in nested if chains.get(other.start) == chains.get(span.start)]


def _indent(span: Span) -> int:
    return indent_of(span.raw)


def part_of(
    data: bytes, section: ListSection, items: Sequence[Span], year: int | None, name: str
) -> list[Span]:
    """
    The entries of the part that a new preprint of this year belongs to.

    ListConflict where the section has no such part: a person chooses, or makes it.
    """
    chains = _chains(data, section, items)
    years = set(filter(None, map(_year, chains.values())))
    found = [(span, chains.get(span.start, ())) for span in items]
    here = [(span, chain) for span, chain in found if not years or _year(chain) == year]
    if not here:
        raise _conflict(
            name, items[0], f"{section.name} has no part for {year or 'a page without a date'}"
        )
    preprints = [span for span, chain in here if chain and _PREPRINTS.search(chain[0])]
    parts = list(dict.fromkeys(chain[0] for _, chain in here if chain))
    if not preprints and len(parts) > 1:
        shown = ", ".join(parts[:MAX_PARTS_NAMED])
        raise _conflict(name, here[0][0], f"{section.name} has parts ({shown}), none for preprints")
    return preprints or [span for span, _ in here]


def _conflict(name: str, span: Span, matter: str) -> ListConflict:
    return ListConflict(f"{name}:{span.line}", matter, "add this entry, or such a part, by hand")


def _year(chain: Sequence[str]) -> int | None:
    return next((int(match[0]) for label in chain if (match := _YEAR.search(label))), None)


def _chains(data: bytes, section: ListSection, items: Sequence[Span]) -> dict[int, tuple[str, ...]]:
    """By the place of each entry what the items say that it is nested in, the nearest one first."""
    starts = {span.start for span in items}
    chains: dict[int, tuple[str, ...]] = {}
    above: list[tuple[int, str]] = []
    at = section.heading.end
    for line in data[at : items[-1].end].splitlines(keepends=True):
        if is_item(line.lstrip()):
            width = indent_of(line)
            while above and above[-1][0] >= width:
                above.pop()
            if at in starts:
                chains[at] = tuple(label for _, label in reversed(above))
            else:
                above.append((width, _label(line)))
        at += len(line)
    return chains


def _label(line: bytes) -> str:
    return " ".join(_WORDS.sub("", line.decode("utf-8", "replace").strip()[1:]).split())


def periods_of(parsed: ListFile, section: ListSection, name: str) -> dict[Period, ListSection]:
    """
    The headings of periods below a section, or those beside it if it is one of them itself.

    Of several days of a month it is the newest one. ListConflict where all of them name a venue,
    too: a preprint belongs to none of these.
    """
    above = section.path[:-1] if section.year else section.path
    parts = [child for child in parsed.sections if child.year and child.path[:-1] == above]
    venues = [part for part in parts if is_venue(part.name) and not is_preprint(part.name)]
    if parts and len(venues) == len(parts):
        shown = ", ".join(part.name for part in parts[:MAX_PARTS_NAMED])
        matter = f"{section.name} has parts ({shown}), none for preprints"
        raise ListConflict(
            f"{name}:{parts[0].heading.line}", matter, "add this entry, or such a part, by hand"
        )
    dated = [part for part in parts if part not in venues and _days(part.name)]
    return {_days(part.name)[:2]: part for part in sorted(dated, key=lambda part: _days(part.name))}


def _days(name: str) -> tuple[int, ...]:
    """The year of a heading, and its month and day where it has them."""
    dates = [found for found in dates_in(name) if not found.bare]
    if not dates:
        return tuple(filter(None, (year_named(name),)))
    return tuple(filter(None, (dates[0].year, dates[0].month, dates[0].day)))


def period_for(periods: Collection[Period], month: tuple[int, int]) -> Period:
    """The period of these that a paper of this month belongs to, or the new one that it needs."""
    for period in (month, month[:1]):
        if period in periods:
            return period
    same_year = [period for period in periods if period[0] == month[0]]
    near = same_year or [max(periods)]
    return month if any(len(period) > 1 for period in near) else month[:1]


def with_period(
    data: bytes, parsed: ListFile, periods: dict[Period, ListSection], new: Period, name: str
) -> bytes:
    """
    A heading for a new period, written like the nearest one, where its turn is.

    ListConflict where the headings name days: which one it is isn't known.
    """
    alike = {period: part for period, part in periods.items() if len(period) == len(new)}
    later = [period for period in alike if period > new]
    nearest = alike[min(later) if later else max(alike)]
    text = nearest.heading.raw.decode()
    if len(_days(nearest.name)) > len(new):
        raise _conflict(name, nearest.heading, f"{nearest.name} is a day, and no heading fits")
    order = sorted(periods.values(), key=lambda part: part.heading.start)
    falling = len(order) < 2 or _days(order[0].name) > _days(order[-1].name)
    number = parsed.sections.index(nearest)
    following = parsed.sections[number + 1 :]
    end = following[0].heading.start if following else len(data)
    at = nearest.heading.start if falling != bool(later) else end
    line = _named(text, new).rstrip("\r\n").encode()
    ending = b"\r\n" if nearest.heading.raw.endswith(b"\r\n") else b"\n"
    lead = b"" if data[:at].endswith(ending * 2) or not at else ending
    return data[:at] + lead + line + ending * 2 + data[at:]


def _named(heading: str, period: Period) -> str:
    """A heading with another period in the place of its own."""
    if len(period) == 1:
        return _YEAR.sub(str(period[0]), heading, count=1)
    for date in reversed([date for date in dates_in(heading) if not date.bare]):
        said = date.style
        for field, value in _values(period, month_words([date])).items():
            said = said.replace(f"{{{{ {field} }}}}", value)
        heading = heading[: date.start] + said + heading[date.end :]
    return heading


def _values(period: Period, months: Sequence[str]) -> dict[str, str]:
    year, month = period
    return {
        "year": str(year),
        "year_short": f"{year % 100:02d}",
        "month": f"{month:02d}",
        "month_number": str(month),
        "month_word": months[month - 1],
    }
