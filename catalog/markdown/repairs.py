"""
What changed about a listed work, put into its item as a person would: title, venue, a dead link.

Bytes of one item in, bytes out. What cannot be done without touching anything else is not done:
the item then comes back as it was.

An address that has moved: the new one in its place, with its label, owner and badge.
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

_YEAR_LAST = re.compile(r"(?P<name>.*\S) (?P<year>(?:19|20)\d\d)(?P<kind> Workshop)?")

_END = rb"(?=[)\s/?#\"'>]|\.git\b|\.svg\b|$)"


def retitled(raw: bytes, title: str) -> bytes:
    """The item of a paper with another title, folded as arXiv folds it."""
    text = raw.decode()
    head = paper_head(text)
    lines = fold(visible(title))
    if head is None or not lines:
        return raw
    ending = "\r\n" if "\r\n" in text else "\n"
    # Some lists end the first line of every item in a blank, others do not.
    first = text.partition("\n")[0].rstrip("\r")
    blank = " " if first.endswith(" ") and len(lines) > 1 else ""
    folded = f"{ending}  ".join([lines[0] + blank, *lines[1:]])
    return _if_only(raw, head.span("title"), guard(folded), title=" ".join(lines))


def _if_only(raw: bytes, place: tuple[int, int], new: str, **news: object) -> bytes:
    """Put the text in its place if the item then says the news, and all else as before."""
    text = raw.decode()
    start, end = place
    mended = text[:start] + new + text[end:]
    before, after = read_entry(text), read_entry(mended)
    if before is None or after is None:
        return raw
    wanted: Entry = replace(before, **news)  # type: ignore[arg-type]
    same = replace(after, raw="") == replace(wanted, raw="")
    return mended.encode() if same else raw


def venue_shown(venue: str) -> str:
    """A venue as lists show it: ``ICLR, 2025``, and the name alone where it has no year."""
    plain = " ".join(visible(venue).replace("`", "'").split())
    parts = _YEAR_LAST.fullmatch(plain)
    return f"{parts['name']}{parts['kind'] or ''}, {parts['year']}" if parts else plain


def with_venue(raw: bytes, venue: str) -> bytes:
    """The item of a paper with its venue in the place of ``arXiv, ID``."""
    head = paper_head(raw.decode())
    shown = venue_shown(venue)
    if head is None or head["venue"] is None or not shown:
        return raw
    return _if_only(raw, head.span("venue"), shown, venue=shown)


def without_extra(raw: bytes, url: str) -> bytes:
    """The item without this link behind it; a paragraph that held nothing else goes with it."""
    text = raw.decode()
    entry = read_entry(text)
    link = r"\[[^\[\]]*\]\(" + re.escape(url) + r"\)(?: - [^\s()\[\]]+)?"
    found = re.search(
        rf"(?:(?: *·)? *(?:\({link}\)|\[{link}\])| *· *{link})(?:[ \t]*!\[Star\]\([^)\s]*\))?", text
    )
    extras = [] if entry is None else list(entry.extras)
    mine = next((extra for extra in extras if extra.url == url), None)
    if found is None or mine is None:
        return raw
    extras.remove(mine)
    start, end = found.span()
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    carriage = text[:line_end].endswith("\r")
    if not (text[line_start:start] + text[end:line_end]).strip():
        # The blank line that parted the paragraph from the one above goes too.
        start, end = len(text[:line_start].rstrip("\r\n")), line_end - carriage
    elif line_start and not text[end:line_end].strip():
        end = line_end - carriage
    return _if_only(raw, (start, end), "", extras=tuple(extras))


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
