"""Star badges of a list: whether each counts the stars of the repository beside it."""

import re
from collections.abc import Iterator

from catalog.canonical import repository
from catalog.list_check import Finding
from catalog.listfile import ListFile
from catalog.spans import Span

_REPOSITORY = re.compile(rb"\]\((?P<url>https?://(?:www\.)?github\.com/[^()\s]*)\)", re.IGNORECASE)
_BADGE = re.compile(
    rb"(?P<linked>\[)?!\[[^\[\]]*\]\(https?://img\.shields\.io/github/stars/"
    rb"(?P<name>[^()\s]*?)(?:\.svg)?(?:\?[^()?\s]*)?\)",
    re.IGNORECASE,
)


def check_badges(parsed: ListFile) -> list[Finding]:
    """Badges of other repositories, and badges that GitHub's addresses have spoilt."""
    return [finding for span, _ in parsed.items for finding in _check(span)]


def _check(span: Span) -> Iterator[Finding]:
    links = list(_REPOSITORY.finditer(span.raw))
    for badge in _BADGE.finditer(span.raw):
        wanted = _repository_of(badge, links)
        shown = badge["name"].decode("utf-8", "replace")
        if wanted is None or shown.casefold() == wanted.casefold():
            continue
        start, end = badge.span("name")
        yield Finding(
            span.line + span.raw.count(b"\n", 0, badge.start()),
            f"the badge shows the stars of {shown}, the link leads to {wanted}",
            error=True,
            name="badge",
            do="make the badge that of the repository",
            edits=((span.start + start, span.start + end, wanted.encode()),),
        )


def _repository_of(badge: re.Match[bytes], links: list[re.Match[bytes]]) -> str | None:
    """The link around the badge, or the last one before it."""
    if badge["linked"]:
        links = [link for link in links if link.start() == badge.end()]
    before = [link for link in links if badge["linked"] or link.end() <= badge.start()]
    found = repository(before[-1]["url"].decode("utf-8", "replace")) if before else None
    return "/".join(found) if found else None
