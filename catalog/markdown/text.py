r"""
Titles and names as they stand in a list: folded as arXiv folds them, and unable to break out.

Titles are kept as arXiv prints them, TeX, quotes and brackets included. Only what
would end the bold title or become active in a page gets a backslash, and reading takes exactly
these backslashes away again:

- two or more stars in a row (they would end the bold): ``**`` becomes ``\*\*``
- a star at an end of the title, or one that would pair with those of the bold: ``Q*:`` is ``Q\*:``
- ``](`` (a link or an image): ``]\(``
- ``<`` before a letter, ``/``, ``!`` or ``?`` (a tag, a comment, an address): ``\<``
- three or more backticks or tildes (a code block, where a line begins with them): each one
- a single backslash at the end (it would unmake the closing star): doubled

Control and format characters (zero width, direction) are dropped, all white space is one blank.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator

from config.patterns import lazy_regex

_UNSEEN = ("Cc", "Cf", "Cs")
_BREAKS_OUT = lazy_regex(
    r"\\?\*(?:\\?\*)+|\\.|\]\(|<(?=[A-Za-z/!?])|`{3,}|~{3,}",
    re.DOTALL,
)
# The last two: a rule, or the line that makes a heading of the one above; and a link's definition.
_BLOCK_START = lazy_regex(
    r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=(?:#{1,6}|[-+*])(?:\s|$)|>|(?:[-_=]\s*)+$|\[[^]]+\]:))",
    re.ASCII,
)
_GUARDED = lazy_regex(
    r"\\\\|(?:\\\*){2,}|\]\\\(|\\<(?=[A-Za-z/!?])|(?:\\`){3,}|(?:\\~){3,}",
)
# Runs of stars, whose escapes are those of ``_BREAKS_OUT``; then a single star, escaped or not.
_STARS = lazy_regex(r"\\?\*(?:\\?\*)+|\\\*|\\.|\*", re.DOTALL)
# Of a title with more guarded stars than this only the usual spellings are tried.
MAX_STARS_TRIED = 5
_GUARDED_STAR = lazy_regex(r"\\\\\\\*|\\\*")
_BRACKET = lazy_regex(r"\\.|[\[\]]", re.DOTALL)

# A word that would begin a heading, a list, a quote, a rule or a table at the start of a line.
_BEGINS_BLOCK = lazy_regex(r"#{1,6}|\d{1,9}[.)]|>.*|[-=_*+|:]+", re.ASCII)

# arXiv prints "Title: " before the first line and two blanks before the others, in 79 columns.
FIRST_COLUMNS, LATER_COLUMNS = 72, 77

# arXiv folds the TeX source: a letter with an accent is longer there. \'e has three columns,
# \v{c} has five. The rest are the letters, dashes and quotes that TeX spells out.
_SHORT_ACCENTS = frozenset("\u0300\u0301\u0302\u0303\u0304\u0307\u0308")
_TEX_COLUMNS = {
    **dict.fromkeys("øØłŁ", 4),
    **dict.fromkeys("ßæÆœŒåÅ", 5),
    "ı": 4,
    "–": 2,
    "—": 3,
    "“": 2,
    "”": 2,
}


def visible(text: str) -> str:
    """The text on one line: line breaks and tabs become spaces, invisible characters go."""
    if text.isascii() and text.isprintable():
        return text.strip()
    characters = (_seen(character) for character in text)
    return "".join(characters).strip()


def fold(title: str) -> list[str]:
    """
    The lines of a title, broken where arXiv's own metadata breaks it.

    A word that would begin a block of Markdown stays on the line before.
    """
    lines: list[str] = []
    room = 0
    for word in title.split():
        columns = tex_columns(word)
        if lines and (columns + 1 <= room or _BEGINS_BLOCK.fullmatch(word)):
            lines[-1] += f" {word}"
            room -= columns + 1
        else:
            room = (LATER_COLUMNS if lines else FIRST_COLUMNS) - columns
            lines.append(word)
    return lines


def unfold(title: str) -> str:
    """The title on one line."""
    if "\n" not in title:
        return title.strip()
    return " ".join(line.strip(" \t") for line in title.split("\n")).strip()


def tex_columns(text: str) -> int:
    """The length of the text in TeX source."""
    return len(text) if text.isascii() else sum(map(_tex_columns_of, text))


def guard(text: str) -> str:
    """Escape what would break out of a bold title; see above."""
    return _close(_guard_plain(_guard_stars(text)))


def unguard(text: str) -> str:
    """Remove the backslashes of ``guard``, if it would add exactly the same ones again."""
    if "\\" not in text:
        return text
    bare = _bare(text)
    plain = _GUARDED_STAR.sub(lambda found: r"\*" if len(found[0]) > 2 else "*", bare)
    titles = itertools.chain((plain, bare), _with_stars(bare))
    return next((title for title in titles if guard(title) == text), text)


def _with_stars(bare: str) -> Iterator[str]:
    """What each star that backslashes guard may have been: the title may have some of its own."""
    pieces = re.split(r"(\\+\*)", bare)
    if len(pieces) > 2 * MAX_STARS_TRIED:
        return
    options = [
        (piece, piece[1:], piece[2:])
        if piece.startswith("\\") and piece.endswith("*")
        else (piece,)
        for piece in pieces
    ]
    yield from map("".join, itertools.product(*options))


def guard_start(text: str) -> str:
    """Escape what would begin a heading, an item, a quotation or a rule at the start of a line."""
    return _BLOCK_START.sub(r"\1\\", text)


def guard_emphasis(text: str) -> str:
    """Escape text between single stars, where every star counts."""
    starless = re.sub(r"\\.|\*", lambda m: r"\*" if m[0] == "*" else m[0], text, flags=re.DOTALL)
    return _close(_guard_plain(starless))


def unguard_emphasis(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _bare(text).replace(r"\*", "*")
    return plain if guard_emphasis(plain) == text else text


def guard_link(text: str) -> str:
    """Escape the text of a link, where single brackets count and stars don't."""
    text = re.sub(r"\*+|[^*]+", lambda m: m[0] if m[0][0] == "*" else _guard_plain(m[0]), text)
    return _close(text if _balanced(text) else re.sub(r"\\.|[\[\]]", _escape_bracket, text))


def unguard_link(text: str) -> str:
    """Remove the backslashes of ``guard_link``, if it would add the same ones again."""
    if "\\" not in text:
        return text
    plain = _bare(text)
    bare = plain.replace(r"\[", "[").replace(r"\]", "]")
    return next((title for title in (bare, plain, text) if guard_link(title) == text), plain)


def _bare(text: str) -> str:
    slashes = len(text) - len(text.rstrip("\\"))
    if slashes and slashes % 2 == 0:
        text = text[:-1]
    return _GUARDED.sub(_unguard_one, text)


def _seen(character: str) -> str:
    if character in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    return "" if unicodedata.category(character) in _UNSEEN else character


def _tex_columns_of(character: str) -> int:
    if character.isascii():
        return 1
    if character in _TEX_COLUMNS:
        return _TEX_COLUMNS[character]
    if "\u0370" <= character <= "\u03ff":
        return _greek_columns(character)
    marks = unicodedata.normalize("NFD", character)[1:]
    return 1 + sum(2 if mark in _SHORT_ACCENTS else 4 for mark in marks)


def _greek_columns(letter: str) -> int:
    """A backslash and the name; Unicode writes lamda, TeX lambda, and ς is varsigma."""
    name = unicodedata.name(letter, "").split()[-1:]
    if letter == "ς":
        return len(r"\varsigma")
    return 1 + len(name[0].replace("LAMDA", "LAMBDA")) if name else 1


def _guard_one(match: re.Match[str]) -> str:
    breaker = match[0]
    if breaker.count("*") > 1:
        return r"\*" * breaker.count("*")
    if breaker[0] == "\\":
        return breaker
    if breaker == "](":
        return r"]\("
    return "".join(f"\\{character}" for character in breaker)


def _guard_stars(text: str) -> str:
    """Escape single stars that would pair with those around the title instead of each other."""
    tokens = list(_STARS.finditer(text))
    active = _pairing_with_bold(text, [token.start() for token in tokens if token[0] == "*"])
    pieces: list[str] = []
    done = 0
    for token in tokens:
        star = r"\\\*" if token[0] == r"\*" else r"\*" if token.start() in active else token[0]
        pieces += text[done : token.start()], star
        done = token.end()
    return "".join([*pieces, text[done:]])


def _pairing_with_bold(text: str, stars: list[int]) -> set[int]:
    """The places of stars at an end of the text, and of those that find no partner in it."""
    active: set[int] = set()
    opened: list[tuple[int, bool]] = []
    for at in stars:
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if not (before and after):
            active.add(at)
            continue
        opens = _flanks(before, after)
        closes = _flanks(after, before)
        if closes and opened:
            opened.pop()
        elif opens:
            opened.append((at, closes))
        elif closes:
            active.add(at)
    return active | {at for at, closes in opened if not closes}


def _flanks(outside: str, inside: str) -> bool:
    """Whether a star between these signs may begin emphasis on the inside, as CommonMark says."""
    if inside.isspace():
        return False
    return inside.isalnum() or outside.isspace() or not outside.isalnum()


def _guard_plain(text: str) -> str:
    return _BREAKS_OUT.sub(_guard_one, text)


def _unguard_one(match: re.Match[str]) -> str:
    return match[0] if match[0] == r"\\" else match[0].replace("\\", "")


def _close(text: str) -> str:
    slashes = len(text) - len(text.rstrip("\\"))
    return f"{text}\\" if slashes % 2 else text


def _balanced(text: str) -> bool:
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += {"[": 1, "]": -1}.get(match[0], 0)
        if depth < 0:
            return False
    return depth == 0


def _escape_bracket(match: re.Match[str]) -> str:
    return match[0] if match[0][0] == "\\" else f"\\{match[0]}"
