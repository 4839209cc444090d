"""The values of a form's fields for one work."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from catalog.address import repository
from catalog.forms.spelling.dates import MONTHS, appeared
from catalog.forms.spelling.titles import without_tex
from catalog.markdown.text import visible

# A nickname has no more words and letters than this.
MAX_NICKNAME_WORDS, MAX_NICKNAME_CHARS = 4, 40

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormWork:
    """
    What a form is filled with.

    ``url`` is the address of a work that is no paper; ``own`` are the fields that a person filled
    in, ``number`` the place in a numbered list.
    """

    title: str
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    version: int | None = None
    day: date | None = None
    venue: str = ""
    category: str = ""
    url: str = ""
    code: str = ""
    citations: int | None = None
    citations_url: str = ""
    links: tuple[tuple[str, str], ...] = ()
    starred: bool = False
    number: int | None = None
    own: Mapping[str, str] = field(default_factory=dict)


def values_of(work: FormWork, months: tuple[str, ...] = ()) -> dict[str, Value]:
    """Every field by its name; empty where it isn't known."""
    values: dict[str, Value] = {
        "title": " ".join(visible(without_tex(work.title)).split()),
        "authors": tuple(filter(None, map(visible, work.authors))),
        "title_rest": _rest_of(work.title),
        "first_author": visible(work.authors[0]) if work.authors else "",
        "venue": visible(work.venue),
        "category": work.category,
        "nickname": nickname_of(work.title),
        "number": "" if work.number is None else str(work.number),
        "star": "🌟" if work.starred else "",
        "citations": "" if not work.citations else str(work.citations),
        "citations_url": work.citations_url,
    }
    values |= _dates(work, months) | _addresses(work) | _code(work.code)
    return values | {name: visible(text) for name, text in work.own.items()}


def _addresses(work: FormWork) -> dict[str, Value]:
    base = work.arxiv_id
    return {
        "arxiv_id": base or "",
        "version": str(work.version or 1) if base else "",
        "abs": f"https://arxiv.org/abs/{base}" if base else work.url,
        "pdf": f"https://arxiv.org/pdf/{base}" if base else work.url,
    }


def _dates(work: FormWork, months: tuple[str, ...]) -> dict[str, Value]:
    """The id of a paper says its month; the day is that of the submission, if it is in there."""
    month = appeared(work.arxiv_id) if work.arxiv_id else None
    day = month or work.day
    if day is None:
        names = (
            "year",
            "year_short",
            "month",
            "month_number",
            "month_word",
            "month_name",
            "day",
            "day_number",
            "day_ordinal",
            "date",
        )
        return dict.fromkeys(names, "")
    words = months or tuple(name[:3] for name in MONTHS)
    exact = (
        work.day if work.day and (work.day.year, work.day.month) == (day.year, day.month) else None
    )
    return {
        "year": str(day.year),
        "year_short": f"{day.year % 100:02d}",
        "month": f"{day.month:02d}",
        "month_number": str(day.month),
        "month_word": words[day.month - 1],
        "month_name": MONTHS[day.month - 1],
        "day": f"{exact.day:02d}" if exact else "",
        "day_number": str(exact.day) if exact else "",
        "day_ordinal": _ordinal(exact.day) if exact else "",
        "date": exact.isoformat() if exact else "",
    }


def _ordinal(day: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``, ``11th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{'th' if 10 < day < 14 else ending}"


def _code(url: str) -> dict[str, Value]:
    owner, name = repository(url) or ("", "")
    badge = f"https://img.shields.io/github/stars/{owner}/{name}" if owner else ""
    return {"code": url, "code_owner": owner, "code_name": name, "stars_badge": badge}


def _rest_of(title: str) -> str:
    """The title behind its nickname's colon; all of it where it has no nickname."""
    rest = without_tex(title).partition(":")[2] if nickname_of(title) else without_tex(title)
    return " ".join(visible(rest).split())


def nickname_of(title: str) -> str:
    """What a title calls its subject: ``BitNet`` of "BitNet: Scaling ..."."""
    before, colon, _ = without_tex(title).partition(":")
    short = len(before) <= MAX_NICKNAME_CHARS and len(before.split()) <= MAX_NICKNAME_WORDS
    return before.strip() if colon and short and re.search(r"\w", before) else ""
