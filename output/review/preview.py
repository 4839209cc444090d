"""
An entry as its reader sees it: links, emphasis and code of its Markdown, and nothing else.

Every letter is escaped, only addresses of the web become links, and pictures are named, not shown:
the page loads nothing from outside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

from markupsafe import Markup

from catalog.markdown.parts.inline import Inline, InlineLink, TextRun, read_inline
from config.patterns import lazy_regex
from output.escape import piece

_MARKER = lazy_regex(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]+")
# An empty line or a tag parts what follows from what is before; a single newline is a blank.
_BREAK = lazy_regex(r"\n[ \t]*\n|<br\b|\\\n|  \n")
# Longer entries are cut here: nobody reads them in a preview (letters).
MAX_LETTERS = 8_000


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of words, or a link or picture that shows none, from its start to its end."""

    start: int
    end: int
    html: str
    link: InlineLink | None
    cell: int


def preview(entry: str) -> Markup:
    """The entry as safe HTML, whatever it contains."""
    text = entry[:MAX_LETTERS]
    marker = _MARKER.match(text)
    inline = read_inline(text, marker.end() if marker else 0)
    pieces = "".join(_pieces(inline, marker.end() if marker else 0))
    return Markup(pieces.strip())  # noqa: S704 - every piece is escaped


def _pieces(inline: Inline, at: int) -> Iterator[str]:
    inside: InlineLink | None = None
    cell = 0
    for part in _parts(inline):
        other = part.link is not inside
        yield "</a>" if inside and other else ""
        yield _between(inline, at, part.start, begins_cell=part.cell > cell)
        yield _opened(part.link) if other else ""
        yield part.html
        inside, at, cell = part.link, max(at, part.end), part.cell
    yield "</a>" if inside else ""
    yield _between(inline, at, len(inline.text))


def _parts(inline: Inline) -> list[_Part]:
    """What shows words, in the order of the text."""
    safe = [link for link in inline.links if is_web(link.url)]
    parts = [_of_run(inline, run, safe) for run in inline.runs]
    parts += [
        _Part(link.start, link.end, escape(piece(link.url)), link, 0)
        for link in safe
        if link.words[0] == link.words[1]
    ]
    parts += [
        _Part(one.start, one.end, f'<span class="kind">{_alt(inline, one)}</span>', None, 0)
        for one in inline.pictures
    ]
    return sorted(parts, key=lambda part: part.start)


def _of_run(inline: Inline, run: TextRun, safe: list[InlineLink]) -> _Part:
    shown = escape(_shown(inline, run.start, run.end))
    for is_so, tag in ((run.code, "code"), (run.italic, "em"), (run.bold, "strong")):
        shown = f"<{tag}>{shown}</{tag}>" if is_so else shown
    link = None if run.link is None else inline.links[run.link]
    return _Part(run.start, run.end, shown, link if link in safe else None, run.cell)


def _alt(inline: Inline, picture: InlineLink) -> str:
    return escape(piece(inline.text[slice(*picture.words)])) or "picture"


def _shown(inline: Inline, start: int, end: int) -> str:
    """The letters of a stretch without marks, as they are meant."""
    letters = (inline.text[at] for at in range(start, end) if not inline.hidden[at])
    return piece(unescape("".join(letters)))


def _between(inline: Inline, start: int, end: int, *, begins_cell: bool = False) -> str:
    """Signs and blanks between two parts."""
    signs = escape(_shown(inline, start, end))
    if _BREAK.search(inline.text, start, end):
        return f"{signs.rstrip()}<br>"
    return f"{signs} | " if begins_cell and start else signs


def _opened(link: InlineLink | None) -> str:
    if not link:
        return ""
    address = escape(link.url.strip(), quote=True)
    return f'<a href="{address}" rel="noopener noreferrer" target="_blank">'


def is_web(address: str) -> bool:
    """Whether an address is one of the web: no script, no file, no place in our own page."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and address.isprintable()
