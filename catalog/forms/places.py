"""Where a list puts new entries: on top, at the end, or by date; learned from where they stand."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from catalog.arxiv_id import ArxivId
from catalog.forms.listed import Listed, ids_in
from catalog.forms.spelling.names import letters
from config.form import Place
from config.patterns import lazy_regex

# A section with fewer dated entries says nothing about its order.
MIN_DATES = 4
# So many neighbours must be in order for it to be one.
ORDERED, SORTED = 0.85, 0.9
# Entries that begin with so many common letters are sorted by no more of them.
KEY_CHARS = 40
_NUMBER = lazy_regex(r"\s*(\d{1,9})[.)]")
_MARK = lazy_regex(
    r"\s*(?:<(?:tr|li)\b[^<>]*>\s*)?(?:<t[dh]\b[^<>]*>\s*\d*\s*</t[dh]>\s*)?"
    r"(?:<[^<>]*>\s*)*(?:\d{1,9}[.)]|[-*+|])?\s*(?:\d{1,5}\s*\|)?(?:\[[ xX]\]\s)?"
)


def place_of(entries: Sequence[Listed]) -> Place | None:
    """The place of a new entry among these (one section, in order); None where they don't say."""
    dates = [int(digits) for entry in entries if (digits := _digits(entry))]
    if len(dates) < MIN_DATES:
        return None
    if _is_sorted(entries):
        return "alphabetical"
    pairs = list(pairwise(dates))
    falling = sum(first >= second for first, second in pairs) / len(pairs)
    rising = sum(first <= second for first, second in pairs) / len(pairs)
    numbered = _is_numbered(entries)
    if max(falling, rising) >= ORDERED:
        last: Place = "bottom" if numbered else "newest-last"
        return "newest-first" if falling >= rising else last
    if numbered:
        return "bottom"
    # Where the order is loose, the newest tenth shows on which side new entries come in.
    newest = sorted(dates)[-max(2, len(dates) // 10) :]
    middle = sum(dates.index(date) for date in newest) / len(newest)
    return "top" if middle * 2 < len(dates) else "bottom"


def common_place(places: Sequence[Place | None]) -> Place:
    """The place of most sections; on top where none says anything."""
    said = Counter(place for place in places if place)
    return said.most_common(1)[0][0] if said else "top"


def _digits(entry: Listed) -> str:
    base = entry.ids[0] if entry.ids else ""
    digits = base.replace(".", "")
    return digits if digits.isdecimal() else ""


def _is_numbered(entries: Sequence[Listed]) -> bool:
    """Whether the entries count: one put between two of them moves all numbers after it."""
    numbers = [int(found[1]) for entry in entries if (found := _NUMBER.match(entry.text))]
    return len(set(numbers)) * 2 > len(entries)


def sort_key(text: str) -> str:
    """The first letters of an entry, without its mark or number: what an alphabet sorts by."""
    return letters(_MARK.sub("", text, count=1))[:KEY_CHARS]


def _is_sorted(entries: Sequence[Listed]) -> bool:
    said = [sort_key(entry.text) for entry in entries]
    if len(said) < 2 * MIN_DATES or sum(text[:1].isdecimal() for text in said) * 2 > len(said):
        return False
    ordered = sum(first <= second for first, second in pairwise(said))
    return ordered >= SORTED * (len(said) - 1)


def index_in(texts: Sequence[str], text: str, month: tuple[int, int] | None, place: Place) -> int:
    """
    The place of a new entry of this text and month among those of a section.

    It goes before the one of this number, or at the end.
    """
    if place == "top":
        return 0
    if place == "bottom":
        return len(texts)
    if place == "alphabetical":
        said = sort_key(text)
        later = (n for n, other in enumerate(texts) if sort_key(other) > said)
        return next((n for n in later if not _is_remark(texts, n)), len(texts))
    months = [_month(other) for other in texts]
    if month is None or not any(months):
        return 0 if place == "newest-first" else len(texts)
    if place == "newest-first":
        older = (n for n, other in enumerate(months) if other and other <= month)
        return next(older, len(texts))
    newer = [n for n, other in enumerate(months) if other and other <= month]
    at = newer[-1] + 1 if newer else 0
    return next((n for n in range(at, len(texts)) if not _is_remark(texts, n)), len(texts))


def _is_remark(texts: Sequence[str], at: int) -> bool:
    """Whether an item has another bullet or margin than the section's first: it is about one."""
    return not _month(texts[at]) and _lead(texts[at]) != _lead(texts[0])


def _lead(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t-*+"))].rstrip()


def _month(text: str) -> tuple[int, int] | None:
    found = next((ArxivId.parse(base) for base in ids_in(text)), None)
    return found.announced_month if found else None
