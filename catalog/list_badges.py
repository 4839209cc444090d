"""Star badges of a list: whether each counts the stars of the repository beside it."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from catalog.canonical import repository
from catalog.markdown.findings import Finding, line_in
from catalog.markdown.listfile import ListFile
from catalog.markdown.spans import Span

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
    line = line_in(span)
    for badge, link in _pairs(span.raw):
        found = repository(link["url"].decode("utf-8", "replace"))
        shown = badge["name"].decode("utf-8", "replace")
        wanted = "/".join(found) if found else shown
        if shown.casefold() == wanted.casefold():
            continue
        start, end = badge.span("name")
        yield Finding(
            line(badge.start()),
            f"the badge shows the stars of {shown}, the link leads to {wanted}",
            error=True,
            name="badge",
            do="make the badge that of the repository",
            edits=((span.start + start, span.start + end, wanted.encode()),),
        )


def _pairs(raw: bytes) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """Each badge with the link around it, or else with the last one before it."""
    links = list(_REPOSITORY.finditer(raw))
    starts = [link.start() for link in links]
    for badge in _BADGE.finditer(raw):
        after = bisect_left(starts, badge.end())
        if badge["linked"]:
            if after < len(links) and starts[after] == badge.end():
                yield badge, links[after]
        elif after:
            yield badge, links[after - 1]
