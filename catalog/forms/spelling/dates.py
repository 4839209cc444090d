"""The ways in which lists write the date of a paper."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WORDS = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WORD = (
    r"(?P<word>(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?)"
)
_NTH = r"(?P<nth>(?<=\d)(?:st|nd|rd|th))?"
_NUMBER, _DAY = r"(?P<number>0?[1-9]|1[0-2])", r"(?P<day>0?[1-9]|[12]\d|3[01])"
# With a day first: a year and a month are a part of it.
_SHAPES = tuple(
    re.compile(rf"(?<![\w/.-]){shape}(?![\w/-]|\.\d)", re.IGNORECASE)
    for shape in (
        rf"{_YEAR}(?P<a>[-./]){_NUMBER}(?P=a){_DAY}",
        rf"(?P<short>\d\d)(?P<a>[-./]){_NUMBER}(?P=a){_DAY}",
        rf"{_DAY}{_NTH}(?P<a> ){_WORD}(?P<b>,? ){_YEAR}",
        rf"{_WORD}(?P<a> ){_DAY}{_NTH}(?P<b>,? ){_YEAR}",
        rf"{_WORD}(?P<a>,? ?){_YEAR}",
        rf"{_YEAR}(?P<a>,? ){_WORD}",
        rf"{_YEAR}(?P<a>年){_NUMBER}(?P<b>月){_DAY}日",
        rf"{_YEAR}(?P<a>年){_NUMBER}月",
        rf"{_YEAR}(?P<a>[-./]){_NUMBER}",
        rf"{_NUMBER}(?P<a>[-./]){_YEAR}",
        # The first half of an arXiv id: "arXiv 2110".
        r"(?<=arxiv[ '’-])(?!20(?:0|1[0-2]))(?P<short>\d\d)(?P<number>0[1-9]|1[0-2])",
        _YEAR,
    )
)
# What parts a date from the venue beside it.
_SIGN = re.compile(r"\W+")
# A venue that fewer dates have beside them is no part of the form.
FEWEST_WITH_VENUE = 2


@dataclass(frozen=True, slots=True)
class Date:
    """
    A date as it stands at ``start`` to ``end``; month and day where it has them.

    ``style`` is how it is written: ``{{ year }}.{{ month }}``. ``word`` is its month in letters.
    ``beside`` is what follows it in its brackets: `` | CVPR 2025``.
    """

    start: int
    end: int
    style: str
    year: int
    month: int | None = None
    day: int | None = None
    word: str = ""
    beside: str = ""

    @property
    def bare(self) -> bool:
        """Whether it is a year and no more."""
        return self.month is None


def dates_in(text: str) -> Iterator[Date]:
    """Every date of a text; none overlaps another."""
    taken: list[tuple[int, int]] = []
    for shape in _SHAPES:
        for match in shape.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield _date(match)


def _date(match: re.Match[str]) -> Date:
    given = match.groupdict()
    word, number, day = given.get("word"), given.get("number"), given.get("day")
    month = _WORDS[word[:3].lower()] if word else int(number) if number else None
    year = int(given["year"]) if given.get("year") else 2000 + int(given["short"])
    is_padded = (number or "").startswith("0") or "a" not in given
    names = {
        "year": "{{ year }}",
        "short": "{{ year_short }}",
        "word": "{{ month_word }}",
        "number": "{{ month }}" if is_padded else "{{ month_number }}",
        "day": "{{ day_number }}" if day and len(day) == 1 else "{{ day }}",
    }
    if given.get("nth"):
        names |= {"day": "{{ day_ordinal }}", "nth": ""}
    style, at = "", match.start()
    for start, end, name in sorted((*match.span(name), name) for name in names if given.get(name)):
        style, at = style + match.string[at:start] + names[name], end
    style += match.string[at : match.end()]
    return Date(*match.span(), style, year, month, int(day) if day else None, word or "")


# Habits change: so many of the newest months of one digit say whether they have a zero.
NEWEST_MONTHS = 10


def common_style(dates: Iterable[Date]) -> str:
    """
    The style of most of these dates, newest first.

    Numbers of one digit decide whether others have a zero: those of the newest months.
    """
    dates = list(dates)
    zeros = ["{{ month }}" in date.style for date in dates if (date.month or 10) < 10]
    padded = sum(zeros[:NEWEST_MONTHS]) * 2 > len(zeros[:NEWEST_MONTHS])
    bare = sum("{{ day_number }}" in date.style for date in dates)
    plain = bare > sum(_has_zero(date) for date in dates)
    styles = Counter(_settled(date.style, padded=padded, plain=plain) for date in dates)
    return styles.most_common(1)[0][0] if styles else "{{ year }}"


def style_with_venue(dates: Iterable[Date]) -> str:
    """The common style, with the venue that some dates have beside them in their brackets."""
    dates = list(dates)
    style = common_style(dates)
    signs = Counter(_SIGN.findall(date.beside)[0] for date in dates if date.beside)
    if signs.total() < FEWEST_WITH_VENUE or style[-1:] not in (")", "]"):
        return style
    sign = signs.most_common(1)[0][0]
    return f"{style[:-1]}{{% if venue %}}{sign}{{{{ venue }}}}{{% endif %}}{style[-1]}"


def _has_zero(date: Date) -> bool:
    return "{{ day }}" in date.style and (date.day or 0) < 10


def _settled(style: str, *, padded: bool, plain: bool) -> str:
    """A style with months that have two digits, or days that may have one."""
    style = style.replace("{{ month_number }}", "{{ month }}") if padded else style
    days = ("{{ day }}", "{{ day_number }}")
    return style.replace(*(days if plain else days[::-1]))


# "Sept." and "July" are short.
MAX_SHORT = 5


def month_words(dates: Iterable[Date]) -> tuple[str, ...]:
    """The twelve words that a list has for the months; unseen ones are made like the others."""
    seen = [(date.month, date.word) for date in dates if date.month and date.word]
    whole = sum(word.rstrip(".").capitalize() in MONTHS for _, word in seen if len(word) > 4)
    long = sum(len(word) > 4 for _, word in seen)
    stop = sum(word.endswith(".") for _, word in seen) * 2 > len(seen)
    full = (
        bool(seen) and whole * 2 > len([word for _, word in seen if word[:3] != "May"]) and long > 0
    )
    counts = Counter(seen)
    words = []
    for number, name in enumerate(MONTHS, 1):
        own = [
            (times, word)
            for (month, word), times in counts.items()
            # A name that stands once in full among short ones is an exception.
            if month == number and (full or times > 1 or len(word) <= MAX_SHORT)
        ]
        made = name if full else name[:3] + ("." if stop else "")
        words.append(max(own)[1] if own else made)
    return tuple(words)


def appeared(arxiv_id: str) -> date | None:
    """The first day of the month that an arXiv id names."""
    digits = arxiv_id.rpartition("/")[2]
    if not digits[:4].isdecimal() or not 1 <= int(digits[2:4]) <= 12:
        return None
    year = int(digits[:2])
    return date((1900 if year >= 91 else 2000) + year, int(digits[2:4]), 1)
