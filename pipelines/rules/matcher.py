"""
Finds which rule words a text has, and where, in one pass however many words there are.

The text is reduced to ``bare`` bytes: small letters and digits, with a space for everything else.
Hyperscan finds the letters of all words in them within microseconds; without Hyperscan they are
searched one by one, which is correct but slow. A word with capitals or signs is then compared with
the folded text itself at each place, because bare text has neither.
"""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from pipelines.rules.fold import Folded, Spans
from pipelines.rules.words import Parts, RuleWord, Side, WordPart, compiled, near, word

# Letters, digits and the underscore are parts of words; everything else separates them.
_BARE = bytes(
    ord(chr(sign).lower()) if sign < 128 and (chr(sign).isalnum() or sign == ord("_")) else 32
    for sign in range(256)
)

# Gives the number of each string found in bare text and where it ends, in the order of the ends.
Scanner = Callable[[bytes], Iterable[tuple[int, int]]]

_PLAIN = re.compile(r"[a-z0-9]+")

Field = Literal["title", "abstract"]
# The words in a text by their numbers, and where they are in the folded text.
Matches = dict[int, Spans]
# The numbers of a word with two sides and of these sides.
Pair = tuple[int, int, int]


class Finder:
    """
    All words of all lists, compiled once; each word has a number.

    ``titles`` are words that count in titles only: abstracts aren't searched for them.
    """

    def __init__(self, words: Iterable[str], titles: Collection[str] = ()) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {item.text: number for number, item in enumerate(self.words)}
        self.titles = frozenset(titles)
        every = dict(enumerate(self.words))
        in_abstracts = {n: item for n, item in every.items() if item.text not in self.titles}
        self._in_titles = _Words(every)
        self._in_abstracts = (
            _Words(in_abstracts) if len(in_abstracts) < len(every) else self._in_titles
        )

    def find(self, text: Folded, where: Field = "title") -> Matches:
        """The words in a text, in no particular order."""
        words = self._in_abstracts if where == "abstract" else self._in_titles
        return words.find(text.text)


class _Words:
    """Words by their numbers, searched together."""

    def __init__(self, words: dict[int, RuleWord]) -> None:
        numbers: dict[Side, int] = {}
        self._alike: dict[int, list[int]] = defaultdict(list)
        alone = {number: item.sides[0] for number, item in words.items() if len(item.sides) == 1}
        for number, side in alone.items():
            if numbers.setdefault(side, number) != number:
                self._alike[numbers[side]].append(number)
        pairs = {number: item.sides for number, item in words.items() if number not in alone}
        parts = dict.fromkeys(
            side for sides in pairs.values() for side in sides if side not in numbers
        )
        # Sides that aren't a word by themselves get numbers above those of all words.
        numbers |= {side: n for n, side in enumerate(parts, max(words, default=0) + 1)}
        self._parts = frozenset(numbers[side] for side in parts)
        self._near = _by_leading_side(
            [(number, numbers[left], numbers[right]) for number, (left, right) in pairs.items()]
        )
        self._leading = frozenset(self._near)
        self._doubled = frozenset(self._alike)
        self._sides = Sides({number: side for side, number in numbers.items()})

    def find(self, text: str) -> Matches:
        matches = self._sides.find(text)
        joined = [
            (number, spans)
            for lead in self._leading.intersection(matches)
            for number, left, right in self._near[lead]
            if left in matches
            and right in matches
            and (spans := near(text, matches[left], matches[right]))
        ]
        for number in self._doubled.intersection(matches):
            joined += [(twin, matches[number]) for twin in self._alike[number]]
        for number in self._parts.intersection(matches):
            del matches[number]
        matches.update(joined)
        return matches


def _by_leading_side(pairs: list[Pair]) -> dict[int, list[Pair]]:
    """
    Words with two sides, by the side that is looked at first.

    A side that many words share, like "LLM", is common in texts too, so the rarer one is first.
    """
    often = Counter(side for _, *sides in pairs for side in sides)
    by_side: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_side[min(pair[1:], key=lambda side: often[side])].append(pair)
    return dict(by_side)


class Sides:
    """Sides of words by their numbers, searched together."""

    def __init__(self, sides: Mapping[int, Side]) -> None:
        complete, opened, strict = [], [], []
        for number, parts in ((n, parts) for n, side in sides.items() for parts in side.spellings):
            if not _is_plain(parts):
                strict.append((number, parts))
            elif parts[-1].open:
                opened.append((number, first_letters(parts)))
            else:
                complete += [(number, letters) for letters in _plain_letters(parts)]
        sought = [
            *complete,
            *opened,
            *((number, first_letters(parts)) for number, parts in strict),
        ]
        self._sought = [(number, len(letters)) for number, letters in sought]
        self._complete, self._opened = len(complete), len(complete) + len(opened)
        self._closely = {
            at: (compiled(parts).match, not _begins_a_word(parts))
            for at, (_, parts) in enumerate(strict, self._opened)
        }
        self._scan = scanner([letters for _, letters in sought])

    def find(self, text: str) -> dict[int, Spans]:
        """The sides in a folded text with their places, which never overlap for one side."""
        spans: defaultdict[int, Spans] = defaultdict(list)
        sought, complete, opened = self._sought, self._complete, self._opened
        read = bare(text)
        # Bare text begins with a space: place n of the text is n + 1 there.
        for letters, end in self._scan(read):
            side, length = sought[letters]
            if letters < complete:
                spans[side].append((end - length, end - 2))
            elif letters < opened:
                spans[side].append((end - length, read.find(b" ", end) - 1))
            elif span := self._look(letters, end - length, text, spans.get(side)):
                spans[side].append(span)
        spans.default_factory = None
        return spans

    def _look(
        self, letters: int, start: int, text: str, before: Spans | None
    ) -> tuple[int, int] | None:
        match_at, with_sign = self._closely[letters]
        at = start - with_sign
        if at < 0 or (before and before[-1][1] > at):
            return None
        match = match_at(text, at)
        return match.span() if match else None


def _is_plain(parts: Sequence[WordPart]) -> bool:
    """Whether finding the letters is enough: no capitals, no signs, no overlap with itself."""
    if any(part.open for part in parts[:-1]) or any(
        part.exact or not _PLAIN.fullmatch(part.letters) for part in parts
    ):
        return False
    first = parts[0].letters
    return not any(first.startswith(p.letters) or p.letters.startswith(first) for p in parts[1:])


def _plain_letters(parts: Parts) -> list[bytes]:
    letters = first_letters(parts)
    plural = [letters + b"s "] if letters[-1:].isalpha() else []
    return [letters + b" ", *plural]


def _begins_a_word(parts: Parts) -> bool:
    return parts[0].letters[0].isalnum()


def first_letters(parts: Parts) -> bytes:
    """The letters of a spelling in bare text, up to the first star."""
    letters: list[str] = []
    for part in parts:
        letters.append(part.letters)
        if part.open:
            break
    read = bare(" ".join(letters))[:-1]
    return read if _begins_a_word(parts) else read[1:]


def scanner(letters: Sequence[bytes]) -> Scanner:
    """A scanner for all these strings in bare text."""
    try:
        return HyperscanScanner(letters) if letters else SimpleScanner(letters)
    except ImportError:
        return SimpleScanner(letters)


def bare(text: str) -> bytes:
    """Folded text without capitals and signs, with a space at each end."""
    return b" %b " % text.encode("ascii", "replace").translate(_BARE)


class HyperscanScanner:
    """All strings as one Hyperscan automaton."""

    def __init__(self, letters: Sequence[bytes]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        # Literals compile in milliseconds, and no sign in them is part of a pattern.
        self._automaton.compile(
            expressions=list(letters),
            ids=list(range(len(letters))),
            flags=[0] * len(letters),
            literal=True,
        )
        self._scratch = _Scratch(hyperscan.Scratch, self._automaton)

    def __call__(self, text: bytes) -> Iterable[tuple[int, int]]:
        hits: list[tuple[int, int]] = []
        add = hits.append

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add((number, end))

        self._automaton.scan(text, note, scratch=self._scratch.own)
        return hits


class _Scratch(threading.local):
    """Hyperscan's working memory: each thread needs its own."""

    def __init__(self, make: Callable[[Any], Any], automaton: Any) -> None:
        self.own = make(automaton)


class SimpleScanner:
    """The same without Hyperscan, one string after the other."""

    def __init__(self, sought: Sequence[bytes]) -> None:
        self._sought = tuple(enumerate(sought))

    def __call__(self, text: bytes) -> Iterable[tuple[int, int]]:
        hits: list[tuple[int, int]] = []
        for number, letters in self._sought:
            at = text.find(letters)
            while at >= 0:
                hits.append((number, at + len(letters)))
                at = text.find(letters, at + 1)
        return sorted(hits, key=lambda place: place[1])
