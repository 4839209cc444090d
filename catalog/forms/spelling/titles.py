"""Finds a paper's title in the text of an entry, and says how far the two agree."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from catalog.forms.spelling.names import letters
from config.patterns import lazy_regex

# exact: letter by letter; equal: but for capitals, TeX, dashes and the final stop; differs: another
# wording of the same title.
Agreement = Literal["exact", "equal", "differs"]

# Below this share of common letters (0 to 100) two titles are of two papers.
LEAST_ALIKE = 70
# What stands after a colon must have so many letters to be found without what is before it.
MIN_REST = 12
# A name has so many letters.
MIN_NAME = 3
_MARKUP = lazy_regex(r"\\[a-zA-Z]+\s*|[\\${}^_~*`]")
# A dash between blanks and a colon part a title alike: arXiv has " -- " where lists have ": ".
_DASHES = lazy_regex(r"\s*(?:-{2,3}|[\u2010-\u2015\u2212])\s*|\s+-\s+|\s*:\s+")
_QUOTES = {ord(sign): "'" for sign in "\u2018\u2019\u0060\u00b4"} | {
    ord(sign): '"' for sign in "\u201c\u201d\u201e"
}
_GREEK = lazy_regex(r"GREEK (?:SMALL|CAPITAL) LETTER (\w+)\Z")
# Text between marks of Markdown; a sentence ends before a name or an emphasis.
# An affiliation, which is no part of it.
_TAIL = lazy_regex(r"\s*\(@[^()]*\)\W*\Z")
_STRETCH = lazy_regex(r"(?:(?!<br|\*\*|__|\. [A-Z_*])[^\[\]|<>\n\ue000-\uf8ff\x00])+")


# What stands between two bars of a row.
_OF_ROW = lazy_regex(r"(?:\\\||[^|])+")
# A cell of a row, and in it a name that may be the label of a link.
_CELL = lazy_regex(
    r"(?:\A|(?<=\|))[ \t]*(?:\*\*|\[)*(?P<name>[^\[\]|<>*()\n\ue000-\uf8ff\x00]{3,60})"
    r"(?:\*\*|\])*(?:\([\ue000-\uf8ff\x00]+\))?[ \t]*(?=\||\Z)"
)


class TitleMatch(NamedTuple):
    """
    The place of a title, and how it agrees with the known one.

    ``rest``: what stands there is the title behind its nickname, which has a cell of its own.
    """

    start: int
    end: int
    agreement: Agreement
    rest: bool = False


def find_title(text: str, title: str) -> TitleMatch | None:
    """
    The first place of a title in a text; places of other things are blanked out there.

    A title may stand with other capitals, marks and accents, without the part before its colon, or
    in another wording; None where no part of the text is like it.
    """
    for said in _spellings(title):
        if (place := _place(text, said)) is not None:
            start, end = _widened(text, title, *_with_marks(text, *place))
            inside = text[start:end]
            if text[:start].endswith("["):
                # "[LoRA]: Low-Rank …", "[LoRA] Low-Rank …": what the title begins with is set off.
                inside = re.sub(r"\]:?(?=\s)", ":", inside, count=1)
            return TitleMatch(start, end, agreement(inside, title))
    _, colon, after = title.partition(": ")
    if colon and len(letters(after)) > MIN_REST and (place := _place(text, letters(after))):
        start, end = _widened(text, after, *place)
        # The rest of the title stands alone, or after a nickname in brackets; not after words.
        if not re.search(r"[^\W_][^\[\]|<>\n*]*\Z", text[:start]):
            return TitleMatch(start, end, "differs")
    return _alike(text, title)


def find_in_row(row: str, title: str) -> TitleMatch | None:
    """
    The place of a title in one cell of a row.

    Where its nickname has a cell of its own, it is what stands behind the colon. Of two cells that
    have the whole title and nothing else it is the last one: the first has names.
    """
    match = find_title(row, title)
    if match is None:
        return None
    cells = [cell.span() for cell in _OF_ROW.finditer(row)]
    said = [letters(row[start:end]) for start, end in cells]
    within = any(start <= match.start and match.end <= end for start, end in cells)
    name, _, rest = title.partition(": ")
    if rest and letters(name) in said:
        place = _place(row, letters(rest))
        alone = not within or letters(row[match.start : match.end]) == letters(rest)
        if place and alone:
            start, end = _widened(row, rest, *place)
            return TitleMatch(start, end, agreement(row[start:end], rest), rest=True)
    whole = [cell for cell, text in zip(cells, said, strict=True) if text == letters(title)]
    if within and len(whole) < 2:
        return match
    found = (
        _shifted(find_title(row[start:end], title), start) for start, end in whole[-1:] or cells
    )
    return next(filter(None, found), None)


def _shifted(match: TitleMatch | None, by: int) -> TitleMatch | None:
    return match and match._replace(start=match.start + by, end=match.end + by)


def find_name(row: str, title: str) -> TitleMatch | None:
    """
    The cell of a row that has nothing of a title but its beginning: "GLM-5".

    Exact if that is what stands before the title's colon.
    """
    words = title.split()
    starts = {letters(" ".join(words[:number])) for number in range(1, len(words))}
    for cell in _CELL.finditer(row):
        said = cell["name"].strip()
        if len(letters(said)) >= MIN_NAME and letters(said) in starts:
            start = cell.start("name") + cell["name"].index(said)
            whole = title.partition(":")[0] == said
            return TitleMatch(start, start + len(said), "exact" if whole else "differs")
    return None


def agreement(text: str, title: str) -> Agreement:
    """How far a title as it stands agrees with the known one."""
    said = " ".join(text.split())
    if said == " ".join(title.split()):
        return "exact"
    return "equal" if _settled(said) == _settled(title) else "differs"


def without_tex(title: str) -> str:
    r"""The title as a reader sees it: without ``$``, braces and commands, ``--`` as a dash."""
    if not re.search(r"[\\${}^~`]|--|''", title):
        return title
    plain = re.sub(r"\\(?:text|math)\w*\s*(?=\{)|\\(?:em|it|bf|sc|tt)\b\s*", "", title)
    plain = re.sub(r"\\([%&_#$])", r"\1", plain)
    plain = plain.replace("---", "—").replace("--", "–").replace("``", '"').replace("''", '"')
    plain = re.sub(r"(?<!\\)~", " ", plain)
    plain = re.sub(r"\\([a-zA-Z]+)\s*", r"\1", plain)
    return " ".join(re.sub(r"[\\${}]|\^(?=[\w{*])", "", plain).split())


def _settled(title: str) -> str:
    plain = unicodedata.normalize("NFKC", _spelled_greek(without_tex(title)).translate(_QUOTES))
    plain = _DASHES.sub("-", re.sub(r"[\\*_`]", "", plain).casefold())
    return " ".join(plain.split()).rstrip(".").rstrip()


def _spelled_greek(text: str) -> str:
    """Greek letters by their names, as TeX has them."""
    if text.isascii():
        return text
    names = ((sign, _GREEK.match(unicodedata.name(sign, ""))) for sign in text)
    return "".join(name[1].lower() if name else sign for sign, name in names)


def _spellings(title: str) -> Iterator[str]:
    yield letters(title)
    for other in (without_tex(title), _spelled_greek(without_tex(title)), _MARKUP.sub("", title)):
        if letters(other) != letters(title):
            yield letters(other)


def _place(text: str, wanted: str) -> tuple[int, int] | None:
    """The first stretch of text that has exactly these letters and digits, at whole words."""
    said, places = spread(text)
    at = said.find(wanted) if wanted else -1
    while at >= 0:
        start, end = places[at], places[at + len(wanted) - 1] + 1
        whole = not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()
        if whole:
            return start, end
        at = said.find(wanted, at + 1)
    return None


def spread(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text, and the place of each in it."""
    said: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text):
        plain = letters(sign) if sign.isalnum() or not sign.isascii() else ""
        said.append(plain)
        places += [at] * len(plain)
    return "".join(said), places


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The place with the other one of a pair of marks that the title begins or ends with."""
    pairs = text[start:end].count("**")
    before = text[:start].endswith("**")
    behind = text.startswith("**", end) and not text.startswith("***", end)
    if pairs % 2:
        # With one mark inside, it is the nickname that is set off.
        return (start, end + 2) if behind else (start - 2 * (before and pairs > 1), end)
    return (start - 2, end + 2) if pairs and before and behind else (start, end)


def _widened(text: str, title: str, start: int, end: int) -> tuple[int, int]:
    """The place with the signs that the title itself begins and ends with, and a full stop."""
    lead = re.match(r"[^\w\s]*", title)
    tail = re.search(r"[^\w\s]*\Z", title)
    for sign in reversed(lead[0] if lead else ""):
        if start and text[start - 1].translate(_QUOTES) == sign.translate(_QUOTES):
            start -= 1
    for sign in tail[0] if tail else "":
        if text[end : end + 1].translate(_QUOTES) == sign.translate(_QUOTES):
            end += 1
    return start, end


def _alike(text: str, title: str) -> TitleMatch | None:
    """The stretch between marks of Markdown that is most like a title."""
    from rapidfuzz import fuzz  # loads slowly, and most commands match no title

    best: tuple[float, int, int] = (LEAST_ALIKE, 0, 0)
    wanted = _settled(title)
    name = letters(title.partition(": ")[0]) if ": " in title else ""
    for start, end in _stretches(text):
        said = _settled(text[start:end])
        if len(said) * 3 < len(wanted):
            continue
        # Two titles that begin with the same name are two wordings of one.
        same_name = len(name) > 2 and letters(said).startswith(name) and " " in said
        score = max(fuzz.ratio(said, wanted), LEAST_ALIKE + 1 if same_name else 0)
        if score > best[0]:
            best = (score, start, end)
    return TitleMatch(best[1], best[2], "differs") if best[2] else None


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    for match in _STRETCH.finditer(text):
        start, end = match.span()
        end -= len(match[0]) - len(_TAIL.sub("", match[0]))
        while start < end and not text[start].isalnum():
            start += 1
        while end > start and not (text[end - 1].isalnum() or text[end - 1] in ")?!"):
            end -= 1
        yield start, end
