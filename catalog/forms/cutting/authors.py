"""Finds the run of an entry that names its paper's authors."""

import re

from catalog.forms.cutting.atoms import Atom, Known
from catalog.forms.cutting.blanked_text import MASK, PLACES, BlankedText
from catalog.forms.spelling.names import same_names, styles_of
from catalog.forms.spelling.titles import Agreement
from config.patterns import lazy_regex

# Affiliations and equal parts: "Ada Lovelace<sup>1</sup>". A name may have what stands for them.
_ABOVE = lazy_regex(r"<sup>[^<>\n]{0,20}</sup>", re.IGNORECASE)
_BESIDE = "’"
_STOPS_NAMES = lazy_regex(
    rf"[\n|<>\[\]()*`{PLACES}{MASK}]|(?<!\w)_|_(?!\w)|(?<=[^\W\d_]{{3}})\.(?=\W|\Z)"
)
_MORE = lazy_regex(
    r",?\s*(?:\*et[ .]+al\b\.?\*|et[ .]+al\b\.?|\.\.\.|…|and others\b|etc\.)|,?\s*等", re.IGNORECASE
)
_JOINED = r"(?:\s*(?:,|;|&|\band\b|·)\s*)+"
_NAME = r"[^\W\d_][\w.'’-]*(?:\s+(?!and\b|et\b)[^\W\d_][\w.'’-]*){0,4}"
# A venue that follows the names is none of them.
_NO_NAME = r"et\b|and\b|[A-Z]{3,}\b|(?i:arxiv|preprint|neurips|in\b)"
_FURTHER = lazy_regex(rf"{_JOINED}(?!{_NO_NAME}){_NAME}")
_EARLIER = lazy_regex(rf"(?:{_NAME}{_JOINED}){{1,200}}\Z")


def take_authors(places: BlankedText, known: Known) -> None:
    names = known.authors
    if not names:
        return
    # A mark above a name belongs to it, and has no letters of it.
    rest = _ABOVE.sub(lambda match: _BESIDE * len(match[0]), places.rest())
    best: tuple[int, int, int] | None = None
    at = 0
    for stop in [*_STOPS_NAMES.finditer(rest), None]:
        end = stop.start() if stop else len(rest)
        run = _run_of_names(rest, at, end, names)
        if run and (best is None or run[2] > best[2]):
            best = run
        at = stop.end() if stop else end
    if best is None:
        return
    start, end, _ = best
    if re.search(r"(?<!\bal)(?<!\b[JS]r)(?<=\w\w)\.\Z", places.text[start:end]):
        end -= 1
    text = places.text[start:end]
    plain = _ABOVE.sub("", text)
    agrees: Agreement = (
        "exact" if styles_of(plain, names) else "equal" if same_names(plain, names) else "differs"
    )
    places.take(start, end, Atom("authors", "", "authors", agrees=agrees))


def _run_of_names(
    text: str, start: int, end: int, names: tuple[str, ...]
) -> tuple[int, int, int] | None:
    """The run of names inside a stretch: start, end, and how many of the names are in it."""
    inside = text[start:end]
    said = inside.casefold()
    spots: list[tuple[int, int]] = []
    for name in names:
        words = name.casefold().split()
        if not words or words[-1] not in said:
            continue
        found = re.finditer(rf"(?<!\w){re.escape(words[-1])}(?!\w)", said)
        stands = [(match.start(), _with_given(said, match, words[:-1])) for match in found]
        if stands:
            # Of two people of one surname each is where the given name stands, best before it.
            _, spot = max(stands, key=lambda one: (one[1][0] < one[0], one[1][1] - one[1][0]))
            spots.append(spot)
    first = names[0].casefold().split()[-1:] or [""]
    leads = bool(re.search(rf"(?<!\w){re.escape(first[0])}(?!\w)", said))
    if not spots or not (leads or len(spots) * 2 >= len(names)):
        return None
    begin, stop = min(spot[0] for spot in spots), max(spot[1] for spot in spots)
    while further := _FURTHER.match(inside, stop):
        stop = further.end()
    earlier = _EARLIER.search(inside, 0, begin)
    begin = earlier.start() if earlier else begin
    more = _MORE.match(text, start + stop)
    if len(spots) == 1 < len(names) and not more and " " not in inside[begin:stop]:
        # One word is the name of a group, or stands there by chance.
        return None
    return start + begin, more.end() if more else start + stop, len(spots)


def _with_given(said: str, surname: re.Match[str], given: list[str]) -> tuple[int, int]:
    """The place of a surname with the given names or initials before or after it."""
    start, end = surname.span()
    words = "|".join(re.escape(word) for word in given)
    initials = "|".join(re.escape(word[0]) + r"\." for word in given if word)
    if not given:
        return start, end
    before = re.search(rf"(?:(?:{words}|{initials}|[^\W\d_]\.)[ -]*)+\Z", said[:start])
    if before:
        return before.start(), end
    after = re.match(rf",?\s+(?:(?:{words}|{initials})[ -]*)+", said[end:])
    return start, end + len(after[0].rstrip()) if after else end
