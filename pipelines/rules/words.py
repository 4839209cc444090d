r"""
What a word of the rules finds in a text, and where.

A word is text, never a pattern: every sign of it is taken as it is, ``(a+)+$`` too. Only a ``*``
after letters means any ending, and `` near `` joins two words.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pipelines.rules.fold import Spans, fold

NEAR = " near "
# "a near b": b is at most the sixth word after a, or a after b.
WORDS_BETWEEN = 5
# A pattern that stands nowhere: for a word like \em, of which folding leaves nothing.
NOTHING = r"[^\s\S]"
# A sentence ends here and another begins; not in "e.g. this" nor in "1.58".
_SENTENCE = re.compile(r"[.!?] (?=[A-Z0-9(])")


@dataclass(frozen=True, slots=True)
class WordPart:
    """
    What stands between two blanks of a side, without its star.

    ``open``: it had one, so that any ending may follow. ``exact``: its capitals must be found as
    capitals; other letters are small ones here.
    """

    letters: str
    open: bool
    exact: bool

    def pattern(self, *, last: bool) -> str:
        regex = re.escape(self.letters)
        if not self.exact:
            regex = f"(?i:{regex})"
        if self.open:
            return regex + r"\w*"
        plural = "[sS]?" if last and self.letters[-1].isalpha() else ""
        return regex + plural + (r"\b" if self.letters[-1].isalnum() else "")


@dataclass(frozen=True)
class Side:
    """One of the two sides of ``a near b``, or a whole word without it."""

    parts: tuple[WordPart, ...]

    @cached_property
    def pattern(self) -> str:
        """A regular expression over folded text, for ``re`` and RE2 alike."""
        if not self.parts:
            return NOTHING
        edge = r"\b" if self.parts[0].letters[0].isalnum() else ""
        last = self.parts[-1]
        return edge + " ".join(part.pattern(last=part is last) for part in self.parts)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def spans(self, text: str) -> Spans:
        """Every place in folded text: slow, and what the fast ways must agree with."""
        return [match.span() for match in self.compiled.finditer(text)]


@dataclass(frozen=True, slots=True)
class RuleWord:
    """A word as it was written, and its sides: two for ``a near b``."""

    text: str
    sides: tuple[Side, ...]

    def spans(self, text: str) -> Spans:
        """Every place in folded text; see ``Side.spans``."""
        first, *second = (side.spans(text) for side in self.sides)
        return near(text, first, second[0]) if second else first


# The versions of a list that are compared share nearly all words.
@lru_cache(maxsize=8192)
def word(text: str) -> RuleWord:
    return RuleWord(text, tuple(side(part) for part in text.split(NEAR)))


def side(text: str) -> Side:
    return Side(tuple(_part(part) for part in fold(text.strip()).text.split()))


def _part(part: str) -> WordPart:
    """Stars without letters before them are signs like others."""
    letters = part.rstrip("*") or part
    exact = _capitals(letters)
    return WordPart(letters if exact else letters.lower(), letters != part, exact)


def _capitals(letters: str) -> bool:
    """Whether letters were written in capitals, like LLM or FP8, and so must be found in them."""
    return letters.upper() == letters != letters.lower()


def near(text: str, first: Spans, second: Spans) -> Spans:
    """
    Where a place of each side stand near each other, from the one's start to the other's end.

    A few words may be between them, and no end of a sentence: the next speaks of something else.
    """
    places = []
    for left_span in first:
        for right_span in second:
            left, right = (
                (left_span, right_span) if left_span < right_span else (right_span, left_span)
            )
            end, start = left[1], right[0]
            few = end <= start and text.count(" ", end, start) <= WORDS_BETWEEN + 1
            if few and not _SENTENCE.search(text, end, start + 1):
                places.append((left[0], right[1]))
                break
    return places
