r"""
Folds spellings of a word into one: ``low‑bit``, ``low/bit`` and ``Low\textbf{-bit}``.

Folded text is ASCII with single spaces; case stays. Each place in folded text can be mapped back
to the original text, which is what people are shown.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from config.patterns import lazy_regex
from pipelines.rules.automaton import Letters, Scanner, scanner

# One character for one character: positions stay.
SPACED = "-~\t\n\r\v\f"
ALIKE = str.maketrans(dict.fromkeys(SPACED, " "))
# Bytes are translated many times faster than text.
ALIKE_IN_ASCII = bytes.maketrans(SPACED.encode(), b" " * len(SPACED))
# ... and of ASCII, where what takes more than that becomes a NUL: four of five abstracts have none.
# One sign is found ten times as fast as one of a set.
NUL = b"\0"
PLAIN = bytes(
    ord(" ") if sign in b"-~\t\n\r\v\f_/" else 0 if sign < 32 or sign in b"$\\{}&^<\x7f" else sign
    for sign in range(256)
)
# Letters, digits and the underscore are parts of words; everything else separates them.
BARE = bytes(
    sign if sign < 128 and (chr(sign).isalnum() or sign == ord("_")) else 32 for sign in range(256)
)
NOT_ASCII = lazy_regex(r"[^\x00-\x7f]")

INLINE_TAGS = "a|b|i|u|em|strong|code|tt|span|sub|sup|small|mark|font"
BLOCK_TAGS = "p|br|hr|div|ul|ol|li|h[1-6]|table|tr|td|th|pre|img|script|style"
TAG = (
    rf"</?(?:{INLINE_TAGS}|{BLOCK_TAGS})\b"
    r"(?:\s[^<>=]{0,200}=[^<>]{0,500})?[ ]?/?>"
)
TAGS_IN_WORDS = re.compile(rf"</?(?:{INLINE_TAGS})\b")
ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
ACCENT = r"""\\["'`^ =.]\s?(?:\{[A-Za-z]\}|[A-Za-z])|\\[cHkuvr]\{[A-Za-z]\}"""
COMMAND = r"\\[A-Za-z]+\*?|\\[\x20-\x7e]"
# What stands where plain text has a NUL. No two begin alike, but for a sign, a command and an
# accent, which come before a space.
SPECIAL = lazy_regex(
    r"(?P<sign>\$[_^]|[_^]\{|[$^{}])"
    rf"|(?P<accent>{ACCENT})|(?P<command>{COMMAND})|(?P<tag>{TAG})|(?P<entity>{ENTITY})"
    r"|(?P<other>[^\x20-\x7e]+)|(?P<space>\\)|(?P<same>[&<])",
    re.DOTALL,
)
# The signs that nothing is left of, where none of the others makes them part of something longer.
_SIGNS, _MORE = frozenset("${}"), frozenset("_^")
SPACING = frozenset(" ,;:!/\\")
SPACES = lazy_regex(" *")
# Commands that only change how letters look. Others are words of their own: \alpha.
DRESS = frozenset(
    """
    textbf textit textsc texttt textrm textsf textnormal text emph em bf it rm tt sc sf bfseries
    itshape mathbf mathit mathrm mathsf mathtt mathcal mathbb mathfrak boldsymbol bm left right
    underline textsuperscript textsubscript xspace mbox hbox operatorname ensuremath displaystyle
    big Big bigl bigr url href
    """.split()  # noqa: SIM905
)


Spans = list[tuple[int, int]]


class Folded(NamedTuple):
    """
    Folded text, with a mapping back to the original.

    ``bare`` is what the automaton reads. ``cuts`` are (folded start, folded end, original start,
    original end) of every replaced piece; the text between two of them is unchanged.
    """

    text: str
    bare: bytes
    cuts: tuple[tuple[int, int, int, int], ...] = ()

    @classmethod
    def of(cls, pieces: Sequence[str], cuts: Sequence[tuple[int, int, int, int]]) -> "Folded":
        text = "".join(pieces)
        return cls(text, bare(text), tuple(cuts))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original place of ``text[start:end]``; replaced pieces count in full."""
        if not self.cuts:
            return start, end
        following = bisect_left(self.cuts, (start + 1,))
        _, end_before, _, original = self.cuts[following - 1] if following else (0, 0, 0, 0)
        if end_before <= start and (following == len(self.cuts) or end <= self.cuts[following][0]):
            # Nothing was replaced in between: both places moved alike.
            return start - end_before + original, end - end_before + original
        return self._start(start), self._end(end)

    def originals(self, spans: Spans) -> Spans:
        """The same for several spans; in most texts nothing was replaced and places stay."""
        return [self.original(*span) for span in spans] if self.cuts else spans

    def _start(self, at: int) -> int:
        # The last piece that ends at or before this place, unless we stand inside the next one.
        index = bisect_right(self.cuts, at, key=lambda cut: cut[1])
        if index < len(self.cuts) and self.cuts[index][0] <= at:
            return self.cuts[index][2]
        return at - self.cuts[index - 1][1] + self.cuts[index - 1][3] if index else at

    def _end(self, at: int) -> int:
        # The first piece that ends at or after this place; we may stand inside it.
        index = bisect_left(self.cuts, at, key=lambda cut: cut[1])
        if index < len(self.cuts) and self.cuts[index][0] < at:
            return self.cuts[index][3]
        return at - self.cuts[index - 1][1] + self.cuts[index - 1][3] if index else at


def bare(text: str) -> bytes:
    """Folded text without signs, with a space at each end."""
    return f" {text} ".encode().translate(BARE)


def fold(text: str) -> Folded:
    """Fold any text, in time proportional to its length. Never fails."""
    of_ascii = text if text.isascii() else NOT_ASCII.sub("\0", text)
    plain = of_ascii.encode().translate(PLAIN).decode()
    doubles, at = list[int](), plain.find("  ")
    while at >= 0:
        doubles.append(at)
        at = plain.find("  ", at + 1)
    return _fold(text, plain, doubles) or Folded(plain, bare(plain))


def fold_all(texts: Sequence[str]) -> list[Folded]:
    """The same for several texts, which takes less time than one by one."""
    # A NUL on both sides of each text.
    starts = list(accumulate((len(text) + 1 for text in texts), initial=1))
    together = _as_ascii("\0".join(("", *texts, ""))).translate(PLAIN)
    plain, bared = together.decode(), together.translate(BARE)
    doubles = _double_blanks(together, starts)
    folded = []
    for number, (text, (start, after)) in enumerate(zip(texts, pairwise(starts), strict=True)):
        if text.isascii():
            alone = plain[start : after - 1]
            other = _fold(text, alone, doubles.get(number, ()))
            folded.append(other or Folded(alone, bared[start - 1 : after]))
        else:
            folded.append(fold(text))
    return folded


def _as_ascii(text: str) -> bytes:
    # Python encodes what is ASCII ten times as fast if it need not replace anything.
    return text.encode() if text.isascii() else text.encode("ascii", "replace")


def _double_blanks(together: bytes, starts: Sequence[int]) -> dict[int, list[int]]:
    """Where each text has a blank that another follows, by the number of the text."""
    doubles: dict[int, list[int]] = {}
    # The automaton finds them in a tenth of the time that Python takes.
    for found in _blanks()(together).get(0, ()):
        number = bisect_right(starts, found) - 1
        doubles.setdefault(number, []).append(found - 2 - starts[number])
    return doubles


@cache
def _blanks() -> Scanner:
    return scanner([Letters(0, b"  ", exact=True)])


def _fold(text: str, plain: str, doubles: Sequence[int]) -> Folded | None:
    """
    Fold text of which more than signs changes; None where it doesn't.

    ``plain`` has a NUL for each sign that takes more than a space in its place. ``doubles`` are
    the places of spaces in it that another follows.
    """
    if "\0" not in plain:
        starts = [0, *doubles] if plain[:1] == " " else doubles
        return _single_spaced(plain, starts) if starts else None
    pieces: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    length = done = 0
    last = " "
    for start, at, source, kind in _to_replace(text, plain, doubles):
        if at <= done:
            continue
        if start > done:
            pieces.append(plain[done:start])
            length += start - done
            last = plain[start - 1]
        else:
            start = done
        end = length
        if kind != "sign" and (new := _replacement(source, kind, last == " ")):
            last = new[-1]
            pieces.append(new)
            end += len(new)
        cuts.append((length, end, start, at))
        length, done = end, at
        if last == " " and plain[done : done + 1] == " ":
            done = _end_of_spaces(plain, at)
            cuts.append((length, length, at, done))
    pieces.append(plain[done:])
    return Folded.of(pieces, cuts)


def _single_spaced(plain: str, starts: Sequence[int]) -> Folded:
    """Plain text with one space for each row of spaces, and with none at its beginning."""
    pieces: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    length = done = 0
    for start in starts:
        # Of three spaces two are followed by one.
        if start >= done:
            at, kept = _end_of_spaces(plain, start), 1 if start else 0
            pieces += plain[done:start], " " * kept
            length += start - done
            cuts.append((length, length + kept, start, at))
            length, done = length + kept, at
    pieces.append(plain[done:])
    return Folded.of(pieces, cuts)


def _to_replace(
    text: str, plain: str, doubles: Sequence[int]
) -> Iterator[tuple[int, int, str, str | None]]:
    """Start, end, text and kind of signs that take more than a space, and of double spaces."""
    none = len(plain)
    blanks = iter(doubles)
    odd, spaces = plain.find("\0"), 0 if plain[:1] == " " else next(blanks, none)
    alike, at = "", 0
    odd = none if odd < 0 else odd
    while odd < none or spaces < none:
        if spaces < odd:
            start, at = spaces, _end_of_spaces(plain, spaces)
            yield start, at, " ", "space"
        elif (
            text[odd] in _SIGNS
            and text[odd - 1 : odd] != "_"
            and text[odd + 1 : odd + 2] not in _MORE
        ):
            # Most are of this kind, and a pattern takes ten times as long.
            start, at = odd, odd + 1
            yield start, at, "", "sign"
        else:
            alike = alike or _alike(text)
            # An underscore belongs to the brace after it.
            start = odd - 1 if odd > at and alike[odd - 1 : odd + 1] == "_{" else odd
            piece = SPECIAL.match(alike, start)
            at = piece.end()  # type: ignore[union-attr]
            yield start, at, piece[0], piece.lastgroup  # type: ignore[index,union-attr]
        if odd < at:
            odd = plain.find("\0", at)
            odd = none if odd < 0 else odd
        while spaces < at:
            spaces = next(blanks, none)


def _alike(text: str) -> str:
    if text.isascii():
        return text.encode().translate(ALIKE_IN_ASCII).decode()
    return text.translate(ALIKE)


def _end_of_spaces(text: str, start: int) -> int:
    return SPACES.match(text, start).end()  # type: ignore[union-attr]


# Few different pieces are in most texts: dollar signs, braces, dashes.
@lru_cache(maxsize=4096)
def _replacement(source: str, kind: str | None, after_space: bool) -> str:  # noqa: FBT001
    return _fitted(_folded(source, kind), after_space=after_space)


def _folded(source: str, kind: str | None) -> str:
    if kind == "tag":
        return "" if TAGS_IN_WORDS.match(source) else " "
    if kind == "entity":
        return _plain(html.unescape(source))
    if kind == "accent":
        return source.rstrip("}")[-1]
    if kind == "command":
        return _command(source)
    if kind == "same":
        return source
    return _plain(source) if kind == "other" else " "


def _command(source: str) -> str:
    name = source[1:].rstrip("*")
    if name in DRESS:
        return ""
    if name.isalpha():
        return f" {name} "
    return " " if name in SPACING else name


def _plain(text: str) -> str:
    """Letters without their marks; a letter without a Latin form becomes an underscore."""
    return "".join(map(_sign, unicodedata.normalize("NFKD", text)))


def _sign(sign: str) -> str:
    if " " < sign <= "~":
        return " " if sign in "-/_~" else sign
    category = unicodedata.category(sign)
    if category.startswith("M") or category in {"Cf", "Cs"}:
        return ""
    if category == "Cc":
        return " " if sign.isspace() else ""
    if sign in "‘’ʼ":
        return "'"
    return "_" if category[0] in "LN" else " "


def _fitted(new: str, *, after_space: bool) -> str:
    """A replacement whose spaces do not double each other or the one before it."""
    if " " not in new:
        return new
    words = " ".join(new.split())
    front = " " if new[0] == " " and not after_space else ""
    back = " " if new[-1] == " " and words else ""
    return f"{front}{words}{back}"
