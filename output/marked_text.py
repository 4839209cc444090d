"""Text from outside as safe HTML: escaped piece by piece, with matched words marked."""

import html
import unicodedata
from collections.abc import Iterable, Iterator

from markupsafe import Markup

from catalog.facts import Evidence
from config.patterns import lazy_regex
from config.rules import LIST_KEYS
from output.escape import piece, plain
from pipelines.rules.scoring import KEYS

_WORD = lazy_regex(r"\w+")
# A key of the rules, as reasons name it; no other backticks count as markup.
_KEY = lazy_regex(rf"`({'|'.join((*LIST_KEYS, *KEYS))})`")


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


def coded(text: str) -> Markup:
    """The text with the names of rule keys in ``<code>``."""
    parts = [html.escape(piece(part)) for part in _KEY.split(text)]
    parts[1::2] = [f"<code>{key}</code>" for key in parts[1::2]]
    return Markup("".join(parts))  # noqa: S704 - every piece is escaped


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
    return [span for match in matches for span in _ends(match, text[match.start : match.end])]


def _ends(match: Evidence, text: str) -> list[tuple[int, int]]:
    left, _, right = match.word.partition(" near ")
    places = [word.span() for word in _WORD.finditer(text)]
    if right and not text.casefold().startswith(left.partition("*")[0].casefold()[:4]):
        left, right = right, left
    first, last = len(_WORD.findall(left)), len(_WORD.findall(right))
    if not right or not first or not last or first + last >= len(places):
        return [(match.start, match.end)]
    start = match.start
    return [(start, start + places[first - 1][1]), (start + places[-last][0], match.end)]


def words_of(evidence: Iterable[Evidence]) -> Iterator[tuple[str, str]]:
    """Each matched word once, with the fields where it matched: ("word", "title and abstract")."""
    places: dict[str, dict[str, None]] = {}
    for match in evidence:
        places.setdefault(match.word, {})[match.field] = None
    for word, matched in places.items():
        yield word, " and ".join(matched)
