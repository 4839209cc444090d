"""Finds the run of an entry that names its paper's authors."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from catalog.forms.cutting.atoms import Atom, Known
from catalog.forms.cutting.blanked_text import MASK, PLACES, BlankedText
from catalog.forms.spelling.names import bare_initials, same_names, styles_of
from catalog.forms.spelling.titles import Agreement
from config.patterns import lazy_regex

# Affiliations and equal parts: "Ada Lovelace<sup>1</sup>". A name may have what stands for them.
_ABOVE = lazy_regex(r"<sup>[^<>\n]{0,20}</sup>", re.IGNORECASE)
_BESIDE = "’"
# What somebody is called besides, between given name and surname: "Bo (Bob) Roe".
_BESIDES = lazy_regex(r"(?<=[^\W\d_] )\([^\W\d_]{2,15}\) (?!et\b|and\b)(?=[^\W\d_])")
# A name that leads to a page of its own: "[Ada Lovelace](https://…)".
_HOMEPAGE = lazy_regex(r"\[(?P<name>[^\[\]\n]{2,60})\]\([^()\s]*\)")
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
    rest = _BESIDES.sub(lambda match: _BESIDE * len(match[0]), rest)
    rest = _without_links(places, rest, names)
    words = [words for name in names if (words := plain(name).split())]
    shortest = min((len(one[-1]) for one in words), default=0)
    best: tuple[int, int, int] | None = None
    # A link that is called by its first author says so twice.
    labelled = False
    at = 0
    for stop in [*_STOPS_NAMES.finditer(rest), None]:
        end = stop.start() if stop else len(rest)
        run = _run_of_names(rest, at, end, words) if end - at >= shortest else None
        if run and (best is None or run[2] > best[2] or (run[2] == best[2] and labelled)):
            best = run
            labelled = rest[at - 1 : at] == "[" and rest[end : end + 2] == "]("
        at = stop.end() if stop else end
    if best is None:
        return
    start, end, _ = best
    # What stands for a mark, or for a link, is a part of the first name and of the last one.
    start -= rest[start - 1 : start] == " " and places.text[start - 1] == "["
    while rest[end : end + 1] == _BESIDE and places.text[end] != _BESIDE:
        end += 1
    if re.search(r"(?<!\bal)(?<!\b[JS]r)(?<=\w\w)\.\Z", places.text[start:end]):
        end -= 1
    text = places.text[start:end]
    # What is known of the names may have those in brackets, too.
    said = text if styles_of(text, names) else without_marks(text)
    agrees: Agreement = (
        "exact" if styles_of(said, names) else "equal" if same_names(said, names) else "differs"
    )
    places.take(start, end, Atom("authors", "", "authors", agrees=agrees))


def without_marks(text: str) -> str:
    """
    Names without what stands above them or in brackets, and without the pages they lead to.

    A run of blanks is one.
    """
    said = _HOMEPAGE.sub(r"\g<name>", _BESIDES.sub("", _ABOVE.sub("", text)))
    return re.sub(r"[ \t\xa0]{2,}", " ", said)


def _without_links(places: BlankedText, rest: str, names: Sequence[str]) -> str:
    """The text with signs that belong to a name in place of the link to that person's page."""
    surnames = {words[-1] for name in names if (words := name.casefold().split())}
    signs = list(rest)
    for link in _HOMEPAGE.finditer(places.text):
        words = link["name"].casefold().split()
        if not words or words[-1] not in surnames or not places.free(*link.span()):
            continue
        start, end = link.span()
        signs[start:end] = f" {link['name']}".ljust(end - start, _BESIDE)
        # An address in running text goes on to the next blank.
        while end < len(signs) and signs[end] == MASK:
            signs[end] = places.text[end]
            end += 1
    return "".join(signs)


def _run_of_names(
    text: str, start: int, end: int, names: Sequence[list[str]]
) -> tuple[int, int, int] | None:
    """
    The run of names inside a stretch: start, end, and how many of the names are in it.

    Each name is its words, in small letters.
    """
    inside = text[start:end]
    said = plain(inside)
    spots: list[tuple[int, int]] = []
    for words in names:
        # What stands for names that an entry leaves out is in no text.
        found = _places_of(words[-1], said) if any(map(str.isalnum, words[-1])) else ()
        stands = [(place, _with_given(said, place, words)) for place in found]
        if stands:
            # Of two people of one surname each is where the given name stands, best before it.
            _, spot = max(stands, key=lambda one: (one[1][0] < one[0], one[1][1] - one[1][0]))
            spots.append(spot)
    leads = bool(names) and any(True for _ in _places_of(names[0][-1], said))
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


def plain(text: str) -> str:
    """The text in small letters without accents, sign for sign: many lists leave them out."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFKD", sign)[0].lower() for sign in text)


def _places_of(word: str, text: str) -> Iterator[int]:
    """Where a whole word begins."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_is_of_word(text[at - 1 : at]) or _is_of_word(text[end : end + 1])):
            yield at
        at = text.find(word, at + 1)


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _with_given(said: str, start: int, words: list[str]) -> tuple[int, int]:
    """The place of a surname with the given names or initials before or after it."""
    end, given = start + len(words[-1]), words[:-1]
    whole = "|".join(re.escape(word) for word in given)
    initials = "|".join(re.escape(word[0]) + r"\." for word in given if word)
    bare = re.escape(bare_initials(" ".join(given)))
    bare = rf"(?:{bare}|{bare[:1]})" if bare[:1] != "\\" else bare
    if not given:
        return start, end
    before = re.search(
        rf"(?:(?:(?:{whole}|{initials}|[^\W\d_]\.)[ {_BESIDE}-]*)+|\b{bare} )\Z", said[:start]
    )
    if before:
        return before.start(), end
    after = re.match(rf"(?:,?\s+(?:(?:{whole}|{initials})[ -]*)+|,? {bare}\b)", said[end:])
    return start, end + len(after[0].rstrip()) if after else end
