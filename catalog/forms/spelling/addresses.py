"""Web addresses in an entry's text, and how one with a paper's id is written."""

import re
from collections.abc import Iterator

from config.patterns import lazy_regex

_POSTED = lazy_regex(r"/(?P<year>20\d\d)/(?P<month>0[1-9]|1[0-2])/")
URL = lazy_regex(r"https?://[^\s<>\"'|\\]+", re.IGNORECASE)


def addresses_in(text: str) -> Iterator[tuple[int, str]]:
    """Every address with its place; one ends where the bracket around it closes."""
    at = 0
    while match := URL.search(text, at):
        url = _bounded(match[0])
        at = match.start() + len(url)
        yield match.start(), url


def _bounded(url: str) -> str:
    """An address in running text or in brackets, without the bracket that closes it."""
    depth = 0
    for at, sign in enumerate(url):
        depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(sign, 0)
        if depth < 0:
            return url[:at]
    return url.rstrip(".,;:*")


def address_month(url: str) -> tuple[int, int] | None:
    """The year and month that a page's address names: ``/blog/2024/09/20/bias``."""
    found = _POSTED.search(url)
    return (int(found["year"]), int(found["month"])) if found else None


def address_style(url: str, base: str) -> str:
    """``https://arxiv.org/abs/{{ arxiv_id }}``; a version is a field of its own."""
    return re.sub(
        rf"{re.escape(base)}(v\d{{1,2}})?",
        lambda match: "{{ arxiv_id }}" + ("v{{ version }}" if match[1] else ""),
        url,
    )
