r"""
Folds spellings of a word into one: ``low‑bit``, ``low/bit`` and ``Low\textbf{-bit}``.

Folded text is ASCII with single spaces; case stays. Each place in folded text can be mapped back
to the original text, which is what people are shown.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from config.patterns import lazy_regex

# One character for one character: positions stay.
SPACED = "-~\t\n\r\v\f"
ALIKE = str.maketrans(dict.fromkeys(SPACED, " "))
# Bytes are translated many times faster than text.
ALIKE_IN_ASCII = bytes.maketrans(SPACED.encode(), b" " * len(SPACED))
# ... and of ASCII, where what takes more than that becomes a NUL: four of five abstracts have none.
NUL = b"\0"
PLAIN = bytes(
    ord(" ") if sign in b"-~\t\n\r\v\f_/" else 0 if sign < 32 or sign in b"$\\{}&^<\x7f" else sign
    for sign in range(256)
)
# Where a replacement may begin, found fast; then what it is. A set of signs is found ten times as
# fast as a set or two spaces, so these are looked for only where there are any.
SIGNS = r"[\\$&<{}^_/\x00-\x1f\x7f-\U0010ffff]"
PERHAPS = lazy_regex(SIGNS)
PERHAPS_SPACES = lazy_regex(rf"{SIGNS}|  |\A ")

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
# No two begin alike, but for a sign, a command and an accent, which come before a space.
SPECIAL = lazy_regex(
    r"(?P<sign>\$[_^]|[_^]\{|[$^{}])"
    rf"|(?P<accent>{ACCENT})|(?P<command>{COMMAND})|(?P<tag>{TAG})|(?P<entity>{ENTITY})"
    r"|(?P<other>[^\x20-\x7e]+)|(?P<space>[\\_/]|\A +|  +)",
    re.DOTALL,
)
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

    ``cuts`` are (folded start, folded end, original start, original end) of every replaced piece;
    the text between two of them is unchanged.
    """

    text: str
    cuts: tuple[tuple[int, int, int, int], ...] = ()

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


def fold(text: str) -> Folded:
    """Fold any text, in time proportional to its length. Never fails."""
    if text.isascii():
        return fold_plain(text) or _fold_slowly(text.encode().translate(ALIKE_IN_ASCII).decode())
    return _fold_slowly(text.translate(ALIKE))


def fold_plain(text: str) -> Folded | None:
    """The same where no sign takes more than a space in its place; otherwise None."""
    plain = text.encode("ascii", "replace").translate(PLAIN)
    return None if NUL in plain or not text.isascii() else _single_spaced(plain.decode())


def _single_spaced(text: str) -> Folded:
    """Plain text without leading spaces and without double spaces."""
    start = 0 if text[:1] == " " else text.find("  ")
    if start < 0:
        return Folded(text)
    pieces: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    length = at = 0
    while start >= 0:
        blank = " " if start else ""
        pieces += text[at:start], blank
        length, at = length + start - at, SPACES.match(text, start).end()  # type: ignore[union-attr]
        cuts.append((length, length + len(blank), start, at))
        length += len(blank)
        start = text.find("  ", at)
    return Folded("".join([*pieces, text[at:]]), tuple(cuts))


def _fold_slowly(text: str) -> Folded:
    pieces: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    length = done = at = 0
    last = " "
    perhaps_at = (PERHAPS_SPACES if "  " in text or text[:1] == " " else PERHAPS).search
    piece_at, replacement = SPECIAL.match, _replacement
    while perhaps := perhaps_at(text, at):
        match = piece_at(text, perhaps.start())
        if not match:
            at = perhaps.end()
            continue
        start, at = match.span()
        if start > done:
            pieces.append(text[done:start])
            length += start - done
            last = text[start - 1]
        new = replacement(match[0], match.lastgroup, last == " ")
        if new:
            last = new[-1]
            pieces.append(new)
        end = length + len(new)
        cuts.append((length, end, start, at))
        length = end
        if last == " " and text[at : at + 1] == " ":
            spaces, at = at, SPACES.match(text, at).end()  # type: ignore[union-attr]
            cuts.append((length, length, spaces, at))
        done = at
    pieces.append(text[done:])
    return Folded("".join(pieces), tuple(cuts))


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
    if kind == "sign":
        return ""
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
