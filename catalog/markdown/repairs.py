"""
Repairs to the item of a listed work: a new title, a venue, a dead link, a moved address.

Bytes of one item in, bytes out. An item comes back unchanged if the repair would touch anything
else in it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from catalog.address import repository
from catalog.markdown.entry import Entry
from catalog.markdown.entry_reader import paper_head, read_entry
from catalog.markdown.findings import Edit
from catalog.markdown.spans import Span
from catalog.markdown.text import fold, guard, visible
from config.patterns import lazy_regex

_YEAR_LAST = lazy_regex(r"(?P<name>.*\S) (?P<year>(?:19|20)\d\d)(?P<kind> Workshop)?")

_END = rb"(?=[)\s/?#\"'>]|\.git\b|\.svg\b|$)"


def retitled(raw: bytes, title: str) -> bytes:
    """The item of a paper with another title, folded at arXiv's line breaks."""
    text = raw.decode()
    head = paper_head(text)
    lines = fold(visible(title))
    if head is None or not lines:
        return raw
    ending = "\r\n" if "\r\n" in text else "\n"
    # Some lists end the first line of every item with a space.
    first = text.partition("\n")[0].rstrip("\r")
    blank = " " if first.endswith(" ") and len(lines) > 1 else ""
    folded = f"{ending}  ".join([lines[0] + blank, *lines[1:]])
    return _if_only(raw, head.span("title"), guard(folded), title=" ".join(lines))


def _if_only(raw: bytes, place: tuple[int, int], new: str, **news: object) -> bytes:
    """Replace the text if the item then differs in exactly these fields; else leave it."""
    text = raw.decode()
    start, end = place
    mended = text[:start] + new + text[end:]
    before, after = read_entry(text), read_entry(mended)
    if before is None or after is None:
        return raw
    expected: Entry = replace(before, **news)  # type: ignore[arg-type]
    same = replace(after, raw="") == replace(expected, raw="")
    return mended.encode() if same else raw


def venue_shown(venue: str) -> str:
    """A venue as lists show it: ``ICLR, 2025``, or the name alone if it has no year."""
    plain = " ".join(visible(venue).replace("`", "'").split())
    parts = _YEAR_LAST.fullmatch(plain)
    return f"{parts['name']}{parts['kind'] or ''}, {parts['year']}" if parts else plain


def with_venue(raw: bytes, venue: str) -> bytes:
    """The item of a paper with its venue instead of ``arXiv, ID``."""
    head = paper_head(raw.decode())
    shown = venue_shown(venue)
    if head is None or head["venue"] is None or not shown:
        return raw
    return _if_only(raw, head.span("venue"), shown, venue=shown)


def without_extra(raw: bytes, url: str) -> bytes:
    """The item without this extra link; a paragraph with nothing else goes too."""
    text = raw.decode()
    entry = read_entry(text)
    link = r"\[[^\[\]]*\]\(" + re.escape(url) + r"\)(?: - [^\s()\[\]]+)?"
    match = re.search(
        rf"(?:(?: *·)? *(?:\({link}\)|\[{link}\])| *· *{link})(?:[ \t]*!\[Star\]\([^)\s]*\))?", text
    )
    extras = [] if entry is None else list(entry.extras)
    extra_to_remove = next((extra for extra in extras if extra.url == url), None)
    if match is None or extra_to_remove is None:
        return raw
    extras.remove(extra_to_remove)
    start, end = match.span()
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    carriage = text[:line_end].endswith("\r")
    if not (text[line_start:start] + text[end:line_end]).strip():
        # The blank line above the paragraph goes too.
        start, end = len(text[:line_start].rstrip("\r\n")), line_end - carriage
    elif line_start and not text[end:line_end].strip():
        end = line_end - carriage
    return _if_only(raw, (start, end), "", extras=tuple(extras))


def moved_edits(span: Span, old: str, new: str) -> list[Edit]:
    """Edits that replace the address ``old`` by ``new``, with its label, owner and badge."""
    old_repository, new_repository = repository(old), repository(new)
    if old_repository and new_repository:
        return list(_repository(span, old_repository, new_repository))
    at = span.raw.find(old.encode() + b")")
    if at < 0:
        return []
    start = span.start + at
    return [(start, start + len(old.encode()), new.encode())]


def _repository(span: Span, old: tuple[str, str], new: tuple[str, str]) -> Iterator[Edit]:
    owner, name = (re.escape(part.encode()) for part in old)
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
    path = "/".join(new).encode()
    words = {"label": new[1].encode(), "path": path, "owner": new[0].encode()}
    for pattern in (link, badge):
        for match in pattern.finditer(span.raw):
            for group, text in match.groupdict().items():
                if text is not None and text != words[group]:
                    start, end = match.span(group)
                    yield span.start + start, span.start + end, words[group]
