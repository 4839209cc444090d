r"""
What a word of the rules finds in a text, and where.

A word is text, never a pattern: every sign of it is taken as it is, ``(a+)+$`` too. Only a ``*``
after letters means any ending, and `` near `` joins two words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.fold import Spans, fold

NEAR = " near "
# "a near b": b is at most the sixth word after a, or a after b.
WORDS_BETWEEN = 5
# Stand in no folded text: for a word like \em, of which folding leaves nothing.
NOTHING, NOWHERE = r"[^\s\S]", "\x01"
# A sentence ends here and another begins; not in "e.g. this" nor in "1.58".
_SENTENCE = re.compile(r"[.!?] (?=[A-Z0-9(])")


@dataclass(frozen=True)
class Side:
    """
    One of the two sides of ``a near b``, or a whole word without it.

    ``head`` is what every place of it begins with, in small letters: all of it up to a star.
    """

    pattern: str
    head: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def spans(self, text: str) -> Spans:
        """Every place in folded text: slow, and what the fast ways must agree with."""
        return [match.span() for match in self.compiled.finditer(text)]


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, and its sides: two for ``a near b``."""

    text: str
    sides: tuple[Side, ...]

    def spans(self, text: str) -> Spans:
        """Every place in folded text; see ``Side.spans``."""
        first, *second = (side.spans(text) for side in self.sides)
        return near(text, first, second[0]) if second else first


def word(text: str) -> Word:
    return Word(text, tuple(side(part) for part in text.split(NEAR)))


def side(text: str) -> Side:
    """A side as a regular expression over folded text, for ``re`` and RE2 alike."""
    parts = fold(text.strip()).text.split()
    if not parts:
        return Side(NOTHING, NOWHERE)
    made = [_part(part, last=n == len(parts)) for n, part in enumerate(parts, 1)]
    head = _head(parts)
    edge = r"\b" if head[:1].isalnum() else ""
    return Side(edge + " ".join(made), head)


def _head(parts: Sequence[str]) -> str:
    """What stands before the first star; stars without letters before them are no endings."""
    heads: list[str] = []
    for part in parts:
        letters = part.rstrip("*")
        heads.append((letters or part).lower())
        if letters and letters != part:
            break
    return " ".join(heads)


def _part(part: str, *, last: bool) -> str:
    letters = part.rstrip("*") or part
    made = re.escape(letters)
    if not _capitals(letters):
        made = f"(?i:{made})"
    if part != letters:
        return made + r"\w*"
    plural = "[sS]?" if last and letters[-1:].isalpha() else ""
    return made + plural + (r"\b" if letters[-1:].isalnum() else "")


def _capitals(letters: str) -> bool:
    """Whether letters were written in capitals, like LLM or FP8, and so must be found in them."""
    return letters.upper() == letters != letters.lower()


def near(text: str, first: Spans, second: Spans) -> Spans:
    found = []
    for one in first:
        for other in second:
            left, right = (one, other) if one < other else (other, one)
            if _are_near(text, left[1], right[0]):
                found.append((left[0], right[1]))
                break
    return found


def _are_near(text: str, start: int, end: int) -> bool:
    """A few words between them, and no end of a sentence: the next one speaks of something else."""
    few = end - start >= 0 and text.count(" ", start, end) <= WORDS_BETWEEN + 1
    return few and not _SENTENCE.search(text, start, end + 1)
