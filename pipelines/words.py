"""
Finds which words of the rules stand in a text, all of them in one pass, and where.

RE2 reads a text once however many words there are. Without RE2 the words are tried one by one,
which is right and slow. A word is text, never a pattern: every sign of it is taken as it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from pipelines.fold import Folded, fold

NEAR = " near "
# "a near b": b is at most the sixth word after a, or a after b.
WORDS_BETWEEN = 5
# Matches no text at all: for a word like \em, of which folding leaves nothing.
NOTHING = r"[^\s\S]"
# RE2 refuses or forgets when its states do not fit; 400 words need 12 MB.
MOST_MEMORY = 256 << 20


Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was written, and the patterns of its sides: two for ``a near b``."""

    text: str
    sides: tuple[str, ...]

    def spans(self, text: str, known: dict[str, Spans] | None = None) -> Spans:
        """Where the word stands in folded text; ``known`` keeps what sides were found already."""
        known = {} if known is None else known
        for side in self.sides:
            if side not in known:
                known[side] = [match.span() for match in compiled(side).finditer(text)]
        first, *others = (known[side] for side in self.sides)
        return _near(text, first, others[0]) if others else first


def word(text: str) -> Word:
    return Word(text, tuple(pattern(side) for side in text.split(NEAR)))


def pattern(side: str) -> str:
    """A side of a word as a regular expression over folded text, for ``re`` and RE2 alike."""
    parts = fold(side.strip()).text.split()
    if not parts:
        return NOTHING
    made = [_part(part, last=n == len(parts)) for n, part in enumerate(parts, 1)]
    return _edged(parts[0][:1], r"\b", "") + " ".join(made)


@lru_cache(maxsize=100_000)
def compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.ASCII)


def _part(part: str, *, last: bool) -> str:
    letters = part.rstrip("*")
    plain = re.escape(letters)
    capitals = any(sign.isupper() for sign in letters) and not any(
        sign.islower() for sign in letters
    )
    made = plain if capitals else f"(?i:{plain})"
    if part != letters:
        return made + r"\w*"
    plural = "[sS]?" if last and letters[-1:].isalpha() else ""
    return made + plural + _edged(letters[-1:], r"\b", "")


def _edged(sign: str, edge: str, otherwise: str) -> str:
    return edge if sign.isalnum() else otherwise


def _near(text: str, first: Spans, second: Spans) -> Spans:
    found = []
    for one in first:
        for other in second:
            left, right = (one, other) if one < other else (other, one)
            between = right[0] - left[1]
            if between >= 0 and text.count(" ", left[1], right[0]) <= WORDS_BETWEEN + 1:
                found.append((left[0], right[1]))
                break
    return found


class _Set(Protocol):
    def Match(self, text: str) -> list[int] | None: ...  # noqa: N802


class Finder:
    """All words of all lists, compiled once; a word is known by its number."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {word.text: number for number, word in enumerate(self.words)}
        sides = dict.fromkeys(side for word in self.words for side in word.sides)
        self._sides = _set(list(sides))
        self._alone, self._pairs = self._wanted({side: n for n, side in enumerate(sides)})

    def find(self, folded: Folded) -> list[int]:
        """The numbers of the words that stand in the text."""
        sides = self._sides.Match(folded.text) or ()  # RE2 says None for none
        found = [number for side in sides for number in self._alone[side]]
        if self._pairs and len(sides) > 1:
            there, known = set(sides), dict[str, Spans]()
            found += [
                number
                for (one, other), number in self._pairs
                if one in there and other in there and self.words[number].spans(folded.text, known)
            ]
        return found

    def spans(self, number: int, folded: Folded) -> list[tuple[int, int]]:
        """Where one word stands in the text as it was before folding."""
        return [folded.original(*span) for span in self.words[number].spans(folded.text)]

    def _wanted(
        self, side_number: dict[str, int]
    ) -> tuple[list[list[int]], list[tuple[tuple[int, int], int]]]:
        alone: list[list[int]] = [[] for _ in side_number]
        pairs = []
        for number, word in enumerate(self.words):
            if len(word.sides) == 1:
                alone[side_number[word.sides[0]]].append(number)
            else:
                one, other = (side_number[side] for side in word.sides)
                pairs.append(((one, other), number))
        return alone, pairs


def _set(patterns: Sequence[str]) -> _Set:
    try:
        import re2
    except ImportError:
        return _OneByOne(patterns)
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    made = re2.Set.SearchSet(options)
    for source in patterns:
        made.Add(source)
    made.Compile()
    return made  # type: ignore[no-any-return]


class _OneByOne:
    """What RE2's set does, without RE2."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [compiled(source) for source in patterns]

    def Match(self, text: str) -> list[int]:  # noqa: N802
        return [n for n, pattern in enumerate(self._patterns) if pattern.search(text)]
