"""Text from outside as safe HTML: escaped piece by piece, with matched words marked."""

import html
import unicodedata
from collections.abc import Iterable, Iterator

from markupsafe import Markup

from catalog.facts import Evidence
from config.patterns import lazy_regex
from output.escape import piece, plain

_WORD = lazy_regex(r"\w+")


def shown(value: object) -> object:
    """Clean a value of ``{{ … }}`` before Jinja escapes it."""
    return plain(value) if type(value) is str else value


def exact(text: str) -> Markup:
    """Escape a text but keep its white space (an entry, a diff); drop invisible characters."""
    safe = text if text.isprintable() else "".join(filter(_is_visible, text))
    return Markup(html.escape(safe, quote=True))  # noqa: S704 - escaped in this line


def _is_visible(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"}


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """The text with these spans (start, end) in ``<mark>``; overlapping spans are joined."""
    return Markup("".join(_pieces(text, spans)))  # noqa: S704 - every piece is escaped


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    done = 0
    for start, end in joined(spans):
        yield html.escape(piece(text[done:start]))
        yield f"<mark>{html.escape(piece(text[start:end]))}</mark>"
        done = end
    yield html.escape(piece(text[done:]))


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order; those that touch or overlap become one span."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def spans_in(evidence: Iterable[Evidence], field: str, text: str) -> list[tuple[int, int]]:
    """The spans to mark in a field's text; of "a near b" only a and b, not the words between."""
    matches = (match for match in evidence if match.field == field)
    return [span for match in matches for span in ends_of(match, text[match.start : match.end])]


def ends_of(match: Evidence, text: str) -> list[tuple[int, int]]:
    """The places in a field of a match: of "a near b", found in ``text``, that of a and of b."""
    left, _, right = match.word.partition(" near ")
    places = [word.span() for word in _WORD.finditer(text)]
    if right and not is_begun_by(left, text):
        left, right = right, left
    first, last = len(_WORD.findall(left)), len(_WORD.findall(right))
    if not right or not first or not last or first + last >= len(places):
        return [(match.start, match.end)]
    start = match.start
    return [(start, start + places[first - 1][1]), (start + places[-last][0], match.end)]


def is_begun_by(side: str, text: str) -> bool:
    """Whether a match of "a near b" begins with this side."""
    return text.casefold().startswith(side.partition("*")[0].casefold()[:4])
