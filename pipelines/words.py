r"""
What a word of the rules finds in a text, and where.

A word is text, never a pattern: every sign of it is taken as it is, ``(a+)+$`` too. Only a ``*``
after letters means any ending, and `` near `` joins two words.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.fold import Folded, fold

NEAR = " near "
# "a near b": b is at most the sixth word after a, or a after b.
WORDS_BETWEEN = 5
# Matches no text at all: for a word like \em, of which folding leaves nothing.
NOTHING = r"[^\s\S]"
# A sentence ends here and another begins; not in "e.g. this" nor in "1.58".
_SENTENCE = re.compile(r"[.!?] (?=[A-Z0-9(])")

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Side:
    """One of the two sides of ``a near b``, or a whole word without it."""

    pattern: str
    head: str
    small: bool

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, and its sides: two for ``a near b``."""

    text: str
    sides: tuple[Side, ...]

    def spans(self, text: "Text") -> Spans:
        """Where the word stands in folded text."""
        if len(self.sides) == 1:
            return text.spans(self.sides[0])
        one, other = self.sides
        return _near(text.folded.text, text.spans(one), text.spans(other))


@dataclass(slots=True)
class Text:
    """A folded text that is asked for many words; what was looked for once is remembered."""

    folded: Folded
    _small: str = ""
    _known: dict[str, Spans] = field(default_factory=dict)

    def spans(self, side: Side) -> Spans:
        """Where a side stands, found by its first letters: ten times as fast as the pattern."""
        known = self._known.get(side.pattern)
        if known is None:
            known = self._known[side.pattern] = self._search(side)
        return known

    def _search(self, side: Side) -> Spans:
        text = self.folded.text
        if side.small and not self._small:
            self._small = text.lower()
        here, found = self._small if side.small else text, []
        at = here.find(side.head)
        while at >= 0:
            match = side.compiled.match(text, at)
            if match:
                found.append(match.span())
            at = here.find(side.head, match.end() if match else at + 1)
        return found


def word(text: str) -> Word:
    return Word(text, tuple(side(part) for part in text.split(NEAR)))


def side(text: str) -> Side:
    """A side as a regular expression over folded text, for ``re`` and RE2 alike."""
    parts = fold(text.strip()).text.split()
    if not parts:
        return Side(NOTHING, "\0", small=False)
    made = [_part(part, last=n == len(parts)) for n, part in enumerate(parts, 1)]
    # Stars without letters before them stand for themselves.
    head = parts[0].rstrip("*") or parts[0]
    small = not _capitals(head)
    edge = r"\b" if head[:1].isalnum() else ""
    return Side(edge + " ".join(made), head.lower() if small else head, small)


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


def _near(text: str, first: Spans, second: Spans) -> Spans:
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
