r"""
What a word of the rules matches in a text, and where.

A word is text, never a pattern: every character is taken literally, ``(a+)+$`` too. Only a ``*``
after letters means any ending, and `` near `` joins two words. A prefix may be glued to its word or
stand apart: ``non-autoregressive`` and ``nonautoregressive`` match each other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from config.patterns import lazy_regex
from pipelines.rules.fold import Spans, fold

NEAR = " near "
# "a near b": b is at most the sixth word after a, or a after b.
WORDS_BETWEEN = 5
# So many signs hold more words than may stand between two that are near.
FAR = 100
# Matches nowhere: for a word like \em, of which folding leaves nothing.
NEVER = r"[^\s\S]"
# Prefixes that are written with a hyphen, without one, or with a space. Over, under and cross are
# not among them: "over head" is no overhead.
PREFIXES = frozenset(
    """
    anti auto bi co de hyper inter intra macro meta micro mini multi non post pre re self semi sub
    super ultra un
    """.split()  # noqa: SIM905
)
# What is left of a word without its prefix must have so many letters: "co de" is no code.
MIN_LETTERS_AFTER = 4
# The end of a sentence, but not in "e.g. this" or in "1.58".
_SENTENCE = lazy_regex(r"[.!?] (?=[A-Z0-9(])")


@dataclass(frozen=True, slots=True)
class WordPart:
    """
    A part of a side without spaces and without its star.

    ``open``: it had a star, so any ending may follow. ``exact``: its capitals must match as
    capitals; otherwise the letters are in lower case.
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


Parts = tuple[WordPart, ...]


@dataclass(frozen=True)
class Side:
    """One of the two sides of ``a near b``, or a whole word without it."""

    parts: Parts

    @cached_property
    def spellings(self) -> tuple[Parts, ...]:
        """The parts as written, then with a prefix glued to its word or apart from it."""
        others = (*_glued(self.parts), *_apart(self.parts))
        return tuple(dict.fromkeys((self.parts, *others))) if self.parts else ()

    @cached_property
    def pattern(self) -> str:
        """A regular expression over folded text, for ``re`` and RE2 alike."""
        patterns = [_pattern(parts) for parts in self.spellings]
        if len(patterns) > 1:
            return f"(?:{'|'.join(patterns)})"
        return patterns[0] if patterns else NEVER

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def spans(self, text: str) -> Spans:
        """Every place in folded text: slow, the reference for the fast ways."""
        return [match.span() for match in self.compiled.finditer(text)]


def _pattern(parts: Parts) -> str:
    edge = r"\b" if parts[0].letters[0].isalnum() else ""
    last = parts[-1]
    return edge + " ".join(part.pattern(last=part is last) for part in parts)


def compiled(parts: Parts) -> re.Pattern[str]:
    """A regular expression for one spelling; few texts have its letters at all."""
    return lazy_regex(_pattern(parts), re.ASCII)


def _glued(parts: Parts) -> Iterator[Parts]:
    for at, (first, second) in enumerate(pairwise(parts)):
        if first.letters in PREFIXES and not first.open and _is_lower(second):
            joined = WordPart(first.letters + second.letters, second.open, exact=False)
            yield (*parts[:at], joined, *parts[at + 2 :])


def _apart(parts: Parts) -> Iterator[Parts]:
    for at, part in enumerate(parts):
        for end in range(2, len(part.letters) - MIN_LETTERS_AFTER + 1) if _is_lower(part) else ():
            prefix, rest = part.letters[:end], part.letters[end:]
            if prefix in PREFIXES:
                two = WordPart(prefix, open=False, exact=False), replace(part, letters=rest)
                yield (*parts[:at], *two, *parts[at + 1 :])


def _is_lower(part: WordPart) -> bool:
    return not part.exact and part.letters.isalpha()


@dataclass(frozen=True, slots=True)
class RuleWord:
    """A word as written, and its sides: two for ``a near b``."""

    text: str
    sides: tuple[Side, ...]

    def spans(self, text: str) -> Spans:
        """Every place in folded text; see ``Side.spans``."""
        first, *second = (side.spans(text) for side in self.sides)
        return list(near(text, first, second[0])) if second else first


# The versions of a list that are compared share nearly all words.
@lru_cache(maxsize=8192)
def word(text: str) -> RuleWord:
    return RuleWord(text, tuple(side(part) for part in text.split(NEAR)))


def side(text: str) -> Side:
    return Side(tuple(_part(part) for part in fold(text.strip()).text.split()))


def _part(part: str) -> WordPart:
    """A star without letters before it is an ordinary character."""
    letters = part.rstrip("*") or part
    exact = _capitals(letters)
    return WordPart(letters if exact else letters.lower(), letters != part, exact)


def _capitals(letters: str) -> bool:
    """Whether letters are written in capitals, like LLM or FP8, and must match as such."""
    return letters.upper() == letters != letters.lower()


def near(text: str, first: Spans, second: Spans) -> Iterator[tuple[int, int]]:
    """Places where both sides are near each other, from the start to the end of both."""
    for one in first:
        for other in second:
            if place := joined(text, one, other):
                yield place
                break


def joined(text: str, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    """From the start of one place to the end of another, if only a few words are between them."""
    left, right = (one, other) if one < other else (other, one)
    end, start = left[1], right[0]
    few = end <= start and has_few_spaces(text, end, start, WORDS_BETWEEN + 1)
    return (left[0], right[1]) if few and not _SENTENCE.search(text, end, start + 1) else None


def has_few_spaces(text: str, start: int, end: int, most: int) -> bool:
    """Whether at most so many spaces are between two places of a text."""
    # Of two places far apart the first signs between them are usually enough to tell.
    if end - start > FAR and text.count(" ", start, start + FAR) > most:
        return False
    return text.count(" ", start, end) <= most
