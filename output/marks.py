"""Text from outside as safe markup: escaped piece by piece, with what matched marked."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

from markupsafe import Markup

from catalog.paper import Evidence
from config.rules import LIST_KEYS
from output.escape import piece, plain
from pipelines.rules.scoring import KEYS

_WORD = re.compile(r"\w+")
# A key of the rules, as reasons name it; nothing else between backticks is taken for markup.
_KEY = re.compile(rf"`({'|'.join((*LIST_KEYS, *KEYS))})`")


def shown(value: object) -> object:
    """What every ``{{ … }}`` of a page goes through before it is escaped."""
    return plain(value) if type(value) is str else value


def exact(text: str) -> Markup:
    """A text whose lines and blanks count (an entry, a diff); only invisible signs are dropped."""
    safe = text if text.isprintable() else "".join(filter(_is_kept, text))
    return Markup(html.escape(safe, quote=True))  # noqa: S704 - escaped in this line


def _is_kept(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"}


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """The text with these stretches (start, end) in ``<mark>``; overlaps are joined."""
    return Markup("".join(_pieces(text, spans)))  # noqa: S704 - every piece is escaped


def coded(text: str) -> Markup:
    """The text with the keys of the rules that it names in ``<code>``."""
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
    """Stretches in order, those that touch or overlap made one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def spans_in(evidence: Iterable[Evidence], field: str, text: str) -> list[tuple[int, int]]:
    """What to mark in that text: of two words near each other only the two, not what is between."""
    found = (one for one in evidence if one.field == field)
    return [span for one in found for span in _ends(one, text[one.start : one.end])]


def _ends(one: Evidence, stretch: str) -> list[tuple[int, int]]:
    left, _, right = one.word.partition(" near ")
    places = [match.span() for match in _WORD.finditer(stretch)]
    if right and not stretch.casefold().startswith(left.partition("*")[0].casefold()[:4]):
        left, right = right, left
    first, last = len(_WORD.findall(left)), len(_WORD.findall(right))
    if not right or not first or not last or first + last >= len(places):
        return [(one.start, one.end)]
    return [(one.start, one.start + places[first - 1][1]), (one.start + places[-last][0], one.end)]


def words_of(evidence: Iterable[Evidence]) -> Iterator[tuple[str, str]]:
    """Each word that matched, once, with the fields where it did."""
    places: dict[str, dict[str, None]] = {}
    for one in evidence:
        places.setdefault(one.word, {})[one.field] = None
    for word, found in places.items():
        yield word, " and ".join(found)
