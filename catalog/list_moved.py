"""An address that has moved: the new one in its place, with its label, owner and badge."""

import re
from collections.abc import Iterator

from catalog.canonical import repository
from catalog.markdown.findings import Edit
from catalog.markdown.spans import Span

_END = rb"(?=[)\s/?#\"'>]|\.git\b|\.svg\b|$)"


def moved_edits(span: Span, old: str, new: str) -> list[Edit]:
    """Edits that put ``new`` where the item says ``old``, as a person would."""
    ours, theirs = repository(old), repository(new)
    if ours and theirs:
        return list(_repository(span, ours, theirs))
    at = span.raw.find(old.encode() + b")")
    if at < 0:
        return []
    start = span.start + at
    return [(start, start + len(old.encode()), new.encode())]


def _repository(span: Span, ours: tuple[str, str], theirs: tuple[str, str]) -> Iterator[Edit]:
    owner, name = (re.escape(part.encode()) for part in ours)
    link = re.compile(
        rb"(?:\[\**(?P<label>" + name + rb")\**\]\()?https?://(?:www\.)?github\.com/"
        rb"(?P<path>" + owner + rb"/" + name + rb")" + _END + rb"[^)\s]*\)"
        rb"(?: - (?P<owner>" + owner + rb")(?=[\s)]))?",
        re.IGNORECASE,
    )
    badge = re.compile(
        rb"img\.shields\.io/github/stars/(?P<path>" + owner + rb"/" + name + rb")" + _END,
        re.IGNORECASE,
    )
    path = "/".join(theirs).encode()
    words = {"label": theirs[1].encode(), "path": path, "owner": theirs[0].encode()}
    for pattern in (link, badge):
        for match in pattern.finditer(span.raw):
            for group, text in match.groupdict().items():
                if text is not None and text != words[group]:
                    start, end = match.span(group)
                    yield span.start + start, span.start + end, words[group]
