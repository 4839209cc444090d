"""The sections of a list: headings of any kind, nested; a heading per year is a part of one."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalog.markdown.spans import Span
from config.patterns import lazy_regex

# "2025", "📅 2025", "Year 2025", "2025 papers", "2022-2015", "2025.03", "March 2025", "2025 March",
# "2025年3月".
_PERIOD = lazy_regex(
    r"(?:year|in|papers?|published|before|until|the)?\W*(?:[a-z]{3,9}[.,]?\s+)?"
    r"(?P<year>(?:19|20)\d\d)(?:[\W年月]{0,3}(?:\d{1,4}|now|present|earlier|before|older|and|to|"
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6})){0,3}"
    r"[\W年月日]*(?:papers?)?\W*",
    re.IGNORECASE,
)
_TAG = lazy_regex(r"<[/a-zA-Z!][^<>]{0,300}>")
_BACK = lazy_regex(r"[(\[]?\[[^\[\]]{0,80}\]\(#[^()\s]{0,200}\)[)\]]?")
_EMPTY = lazy_regex(r"(\*\*|__)\s{0,20}\1")
_PICTURE = lazy_regex(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,600}\)")
_LINK = lazy_regex(r"\[(?P<words>[^\[\]]{0,300})\]\([^()\s]{0,600}\)")
# The rules allow no longer names of sections.
MAX_NAME_CHARS = 80
# A level below that of the section above, and above the next one.
_YEARS_DEEPER = 0.5


@dataclass(frozen=True, slots=True)
class ListSection:
    """
    A heading below the title, and the spans directly under it.

    ``path`` are the names of the headings it is nested in, and its own.
    """

    name: str
    path: tuple[str, ...]
    level: int
    heading: Span
    body: tuple[Span, ...]

    @property
    def year(self) -> int | None:
        """The (first) year of a heading that names a period only, such as "2025"."""
        return year_named(self.name)

    @property
    def subject(self) -> tuple[str, ...]:
        """The path without the headings that name a period only."""
        return tuple(name for name in self.path if year_named(name) is None)


def year_named(name: str) -> int | None:
    """The year of a name that is a period and nothing else."""
    match = _PERIOD.fullmatch(name.strip())
    return int(match["year"]) if match else None


def chapters(spans: Iterable[Span]) -> list[tuple[Span | None, list[Span]]]:
    """Every heading with the spans up to the next one; None for what is above the first."""
    found: list[tuple[Span | None, list[Span]]] = [(None, [])]
    for span in spans:
        if span.kind == "heading":
            found.append((span, []))
        else:
            found[-1][1].append(span)
    return found


def nest(found: Sequence[tuple[Span, list[Span]]]) -> Iterator[ListSection]:
    """
    The sections of these chapters, each with its path.

    Where headings that name a year stand several times in the file, those of their level belong
    to the section above them even where both have one level.
    """
    times = Counter((heading.level, heading.text) for heading, _ in found)
    repeated = {
        level for (level, text), n in times.items() if n > 1 and year_named(text) is not None
    }
    above: list[tuple[float, str]] = []
    for heading, body in found:
        part = heading.level in repeated and year_named(heading.text) is not None
        level = heading.level + _YEARS_DEEPER if part else float(heading.level)
        above = [*(outer for outer in above if outer[0] < level)]
        above.append((level, _name(heading.text)))
        path = tuple(name for _, name in above)
        yield ListSection(path[-1], path, heading.level, heading, tuple(body))


def _name(text: str) -> str:
    """
    A heading without tags, and without a link back to the top of the page.

    Of one that is too long to be a name the words are left, without addresses and badges.
    """
    if "<" in text or "](#" in text:
        text = _EMPTY.sub("", _BACK.sub("", _TAG.sub("", text))).strip() or text
    if len(text) <= MAX_NAME_CHARS or "](" not in text:
        return text
    words = _LINK.sub(r"\g<words>", _PICTURE.sub("", text))
    return " ".join(words.split()) or text
