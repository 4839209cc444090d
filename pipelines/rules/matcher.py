"""
Finds which words stand in a text, and where, in one pass however many words there are.

Finds the sides of words in a text: letters of the bare text lead to them.

Where the letters say all, the side stands where they do. Capitals and signs are not in the bare
text, so a side that has any is held against the text itself at each place.

Finds letters in a text, in one pass however many are looked for.

It reads text as ``bare`` makes it, so that "a word begins here" is a space like any other sign.
Hyperscan's automaton says all places in some millionths of a second; where it cannot be had, the
letters are looked for one after another, which is right and slow.
"""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from pipelines.rules.fold import Folded, Spans
from pipelines.rules.words import RuleWord, Side, WordPart, near, word

# Small letters, digits and the underscore are parts of words; all else stands between them.
_BARE = bytes(
    ord(chr(sign).lower()) if sign < 128 and (chr(sign).isalnum() or sign == ord("_")) else 32
    for sign in range(256)
)

# Which letters stand in a bare text and where they end, in the order of their ends.
Scanner = Callable[[bytes], Iterable[tuple[int, int]]]

_PLAIN = re.compile(r"[a-z0-9]+")

Field = Literal["title", "abstract"]
# The words that stand in a text, by their numbers, and where in the folded text.
Matches = dict[int, Spans]
# A word of two sides, and the sides, all by their numbers.
Pair = tuple[int, int, int]


class Finder:
    """
    All words of all lists, compiled once; a word is known by its number.

    ``titles`` are words that mean nothing in an abstract: they are not looked for there.
    """

    def __init__(self, words: Iterable[str], titles: Collection[str] = ()) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {rule_word.text: number for number, rule_word in enumerate(self.words)}
        self.titles = frozenset(titles)
        every = dict(enumerate(self.words))
        in_abstracts = {
            n: rule_word for n, rule_word in every.items() if rule_word.text not in self.titles
        }
        self._in_titles = _Words(every)
        self._in_abstracts = (
            _Words(in_abstracts) if len(in_abstracts) < len(every) else self._in_titles
        )

    def find(self, text: Folded, where: Field = "title") -> Matches:
        """The words that stand in a text, in no special order."""
        words = self._in_abstracts if where == "abstract" else self._in_titles
        return words.find(text.text)


class _Words:
    """Some words by their numbers, which are looked for together."""

    def __init__(self, words: dict[int, RuleWord]) -> None:
        numbers: dict[Side, int] = {}
        self._alike: dict[int, list[int]] = defaultdict(list)
        alone = {
            number: rule_word.sides[0]
            for number, rule_word in words.items()
            if len(rule_word.sides) == 1
        }
        for number, side in alone.items():
            if numbers.setdefault(side, number) != number:
                self._alike[numbers[side]].append(number)
        pairs = {
            number: rule_word.sides for number, rule_word in words.items() if number not in alone
        }
        parts = dict.fromkeys(
            side for sides in pairs.values() for side in sides if side not in numbers
        )
        # Sides that are no word by themselves have numbers of their own, above all others.
        numbers |= {side: n for n, side in enumerate(parts, max(words, default=0) + 1)}
        self._parts = frozenset(numbers[side] for side in parts)
        self._near = _by_leading_side(
            [
                (number, numbers[rule_word], numbers[other])
                for number, (rule_word, other) in pairs.items()
            ]
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
            joined += [(right, matches[number]) for right in self._alike[number]]
        for number in self._parts.intersection(matches):
            del matches[number]
        matches.update(joined)
        return matches


def _by_leading_side(pairs: list[Pair]) -> dict[int, list[Pair]]:
    """
    Words of two sides, by the one that leads to them.

    What many words are made of is common in texts too, like "LLM", so the rarer side leads.
    """
    often = Counter(side for _, *sides in pairs for side in sides)
    by_side: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_side[min(pair[1:], key=lambda side: often[side])].append(pair)
    return dict(by_side)


class Sides:
    """Some sides, known by their numbers, which are looked for together."""

    def __init__(self, sides: Mapping[int, Side]) -> None:
        complete, opened, strict = [], [], []
        for number, side in sides.items():
            if side.parts and not _is_plain(side.parts):
                strict.append((number, first_letters(side)))
            elif side.parts and side.parts[-1].open:
                opened.append((number, first_letters(side)))
            elif side.parts:
                complete += [(number, letters) for letters in _plain_letters(side)]
        sought = [*complete, *opened, *strict]
        self._sought = [(number, len(letters)) for number, letters in sought]
        self._complete, self._opened = len(complete), len(complete) + len(opened)
        self._closely = {
            at: (sides[number].compiled.match, not _begins_a_word(sides[number]))
            for at, (number, _) in enumerate(strict, self._opened)
        }
        self._scan = scanner([letters for _, letters in sought])

    def find(self, text: str) -> dict[int, Spans]:
        """The sides that stand in a folded text, and where: none inside another of its places."""
        spans: defaultdict[int, Spans] = defaultdict(list)
        sought, complete, opened = self._sought, self._complete, self._opened
        read = bare(text)
        # What stands at n in the text stands at n + 1 in what is read.
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
    """Whether a side stands wherever its letters do, with no other place of it inside."""
    if any(part.open for part in parts[:-1]) or any(
        part.exact or not _PLAIN.fullmatch(part.letters) for part in parts
    ):
        return False
    first = parts[0].letters
    return not any(first.startswith(p.letters) or p.letters.startswith(first) for p in parts[1:])


def _plain_letters(side: Side) -> list[bytes]:
    letters = first_letters(side)
    plural = [letters + b"s "] if letters[-1:].isalpha() else []
    return [letters + b" ", *plural]


def _begins_a_word(side: Side) -> bool:
    return side.parts[0].letters[0].isalnum()


def first_letters(side: Side) -> bytes:
    """What stands in bare text wherever the side does: all its letters up to a star."""
    letters: list[str] = []
    for part in side.parts:
        letters.append(part.letters)
        if part.open:
            break
    read = bare(" ".join(letters))[:-1]
    return read if _begins_a_word(side) else read[1:]


def scanner(letters: Sequence[bytes]) -> Scanner:
    """What finds all these letters in bare text."""
    try:
        return HyperscanScanner(letters) if letters else SimpleScanner(letters)
    except ImportError:
        return SimpleScanner(letters)


def bare(text: str) -> bytes:
    """Folded text without capitals and signs, and a space at each end."""
    return b" %b " % text.encode("ascii", "replace").translate(_BARE)


class HyperscanScanner:
    """All letters as one automaton of Hyperscan."""

    def __init__(self, letters: Sequence[bytes]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        # As literals: no sign is part of a pattern, and to compile takes milliseconds.
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
    """Where Hyperscan keeps what it has read so far: each thread needs its own."""

    def __init__(self, make: Callable[[Any], Any], automaton: Any) -> None:
        self.own = make(automaton)


class SimpleScanner:
    """The same without Hyperscan."""

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
