"""
Finds which rule words a text has, and where, in one pass however many words there are.

The text is reduced to ``bare`` bytes: letters and digits, with a space for everything else.
Hyperscan finds the letters of all words in them within microseconds and tells where each ends;
without Hyperscan they are searched one by one, which is correct but slow. A word with signs is then
compared with the folded text itself at each place, because bare text has none. Few places are ever
looked at, so only their ends are kept, and the rest is worked out when somebody asks.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Literal

from pipelines.rules.automaton import Ends, Letters, Scanner, scanner
from pipelines.rules.fold import Folded, Spans, bare
from pipelines.rules.words import (
    WORDS_BETWEEN,
    Parts,
    RuleWord,
    Side,
    WordPart,
    compiled,
    has_few_spaces,
    joined,
    near,
    word,
)

_PLAIN = re.compile(r"[A-Za-z0-9]+")

Field = Literal["title", "abstract"]
# For one side of a word: the number of the word and of its other side, and the most spaces from the
# end of one side to the end of the other.
Pair = tuple[int, int, int]


class Finder:
    """
    All words of all lists, compiled once, at the first text; each word has a number.

    ``titles`` are words that count in titles only: abstracts aren't searched for them.
    """

    def __init__(self, words: Iterable[str], titles: Collection[str] = ()) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {item.text: number for number, item in enumerate(self.words)}
        self.titles = frozenset(titles)

    @cached_property
    def _in_titles(self) -> "_Words":
        return _Words(dict(enumerate(self.words)))

    @cached_property
    def _in_abstracts(self) -> "_Words":
        every = enumerate(self.words)
        read = {n: item for n, item in every if item.text not in self.titles}
        return _Words(read) if len(read) < len(self.words) else self._in_titles

    def find(self, text: Folded, where: Field = "title") -> "Matches":
        """The words in a text, in no particular order."""
        # Nothing is in an empty text: the words need not be compiled for abstracts.
        words = self._words(where if text.text else "title")
        return Matches(words, text, words.scan(text.bare))

    def find_all(self, texts: Sequence[Folded], where: Field = "title") -> "list[Matches]":
        """The same for several texts, which takes less time than one by one."""
        words = self._words(where)
        # All before the next step: the automaton drives Python out of what a processor has at hand.
        ends = [words.scan(text.bare) for text in texts]
        return [Matches(words, *of_text) for of_text in zip(texts, ends, strict=True)]

    def _words(self, where: Field) -> "_Words":
        return self._in_abstracts if where == "abstract" else self._in_titles


class Matches(Mapping[int, Spans]):
    """
    The words in a text by their numbers, with their places in the folded text.

    ``numbers`` are known at once. Places are worked out when they are asked for.
    """

    __slots__ = ("_bare", "_ends", "_spans", "_text", "_words", "numbers")

    def __init__(self, words: "_Words", folded: Folded, ends: Ends) -> None:
        self._words, self._text, self._bare, self._ends = words, folded.text, folded.bare, ends
        self._spans: dict[int, Spans] = {}
        if not words.with_signs.isdisjoint(ends):
            for side in words.with_signs.intersection(ends):
                self._look(side)
        self.numbers = numbers = words.whole.intersection(ends)
        for lead in words.leading.intersection(ends):
            for number, other, most in words.near[lead]:
                if other in ends and self._are_near(lead, other, most):
                    numbers.add(number)
        if words.doubled:
            for number in words.doubled.intersection(numbers):
                numbers |= words.alike[number]

    def __getitem__(self, number: int) -> Spans:
        if number not in self.numbers:
            raise KeyError(number)
        if sides := self._words.sides_of.get(number):
            return list(near(self._text, *map(self._places, sides)))
        return self._places(self._words.twin_of.get(number, number))

    def again(self, number: int) -> bool:
        """Whether a word is in the text more than once."""
        side = self._words.twin_of.get(number, number)
        places = self._spans.get(side) or self._ends.get(side) or self[number]
        return len(places) > 1

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, number: object) -> bool:
        return number in self.numbers

    def _look(self, side: int) -> None:
        """Keep the places where a side with signs really is."""
        if places := self._words.look(side, self._ends[side], self._text):
            self._ends[side] = list(places)
            self._spans[side] = list(places.values())
        else:
            del self._ends[side]

    def _are_near(self, left: int, right: int, most: int) -> bool:
        """
        Whether two sides are near each other somewhere, outwards from each place of one.

        With more than ``most`` spaces between their ends they are too far apart.
        """
        if len(self._ends[left]) > len(self._ends[right]):
            left, right = right, left
        ends, others, text = self._ends[left], self._ends[right], self._text
        for n, end in enumerate(ends):
            at = after = bisect_left(others, end)
            while after < len(others) and has_few_spaces(text, end, others[after], most):
                if joined(text, self._place(left, n), self._place(right, after)):
                    return True
                after += 1
            while at and has_few_spaces(text, others[at - 1], end, most):
                at -= 1
                if joined(text, self._place(right, at), self._place(left, n)):
                    return True
        return False

    def _place(self, side: int, n: int) -> tuple[int, int]:
        if spans := self._spans.get(side):
            return spans[n]
        return self._words.spans(side, (self._ends[side][n],), self._bare)[0]

    def _places(self, side: int) -> Spans:
        spans = self._spans.get(side)
        if spans is None:
            spans = self._spans[side] = self._words.spans(side, self._ends[side], self._bare)
        return spans


class _Words:
    """
    Words by their numbers, searched together.

    A word with one side and its side have the same number; sides that aren't a word by themselves
    have numbers above those of all words.
    """

    def __init__(self, words: dict[int, RuleWord]) -> None:
        numbers: dict[Side, int] = {}
        self.twin_of: dict[int, int] = {}
        alone = {number: item.sides[0] for number, item in words.items() if len(item.sides) == 1}
        for number, side in alone.items():
            if numbers.setdefault(side, number) != number:
                self.twin_of[number] = numbers[side]
        # Of a frozen set what is in a text, too, would be frozen.
        self.whole = set(numbers.values())
        pairs = {number: item.sides for number, item in words.items() if number not in alone}
        parts = dict.fromkeys(
            side for sides in pairs.values() for side in sides if side not in numbers
        )
        numbers |= {side: n for n, side in enumerate(parts, max(words, default=0) + 1)}
        self.sides_of = {n: (numbers[one], numbers[two]) for n, (one, two) in pairs.items()}
        self.near = _by_leading_side(
            {n: (*self.sides_of[n], _most_spaces(sides)) for n, sides in pairs.items()}
        )
        self.leading = frozenset(self.near)
        self.alike: dict[int, set[int]] = defaultdict(set)
        for twin, number in self.twin_of.items():
            self.alike[number].add(twin)
        self.doubled = frozenset(self.alike)
        self._sides = Sides({number: side for side, number in numbers.items()})
        self.with_signs: frozenset[int] = self._sides.with_signs
        self.scan: Scanner = self._sides.scan
        self.spans, self.look = self._sides.spans, self._sides.look


def _by_leading_side(pairs: Mapping[int, tuple[int, int, int]]) -> dict[int, list[Pair]]:
    """
    Words with two sides, by the side that is looked at first.

    A side that many words share, like "LLM", is common in texts too, so the rarer one is first.
    """
    often = Counter(side for left, right, _ in pairs.values() for side in (left, right))
    by_side: dict[int, list[Pair]] = defaultdict(list)
    for number, (left, right, most) in pairs.items():
        lead, other = (left, right) if often[left] <= often[right] else (right, left)
        by_side[lead].append((number, other, most))
    return dict(by_side)


def _most_spaces(sides: Iterable[Side]) -> int:
    """From one end to the other; a space at either end may be counted too."""
    longest = max(len(parts) for side in sides for parts in side.spellings or ((),))
    return WORDS_BETWEEN + longest + 2


class Sides:
    """
    Sides of words by their numbers, searched together.

    ``scan`` finds where the letters of each side end in bare text. That is enough but for sides
    ``with_signs``, which ``look`` compares with the folded text.
    """

    def __init__(self, sides: Mapping[int, Side]) -> None:
        plain = {n: side for n, side in sides.items() if is_plain(side)}
        self.with_signs = frozenset(sides.keys() - plain.keys())
        self._opened = frozenset(
            n for n, side in plain.items() if side.parts and side.parts[-1].open
        )
        sought = [one for number, side in plain.items() for one in letters_of(side, number)]
        # The letters of a side, the longest first.
        self._spelled: dict[int, list[bytes]] = defaultdict(list)
        for one in sorted(sought, key=lambda one: -len(one.letters)):
            self._spelled[one.side].append(one.letters.lower())
        self._closely: dict[int, list[tuple[int, re.Pattern[str]]]] = {}
        for number in self.with_signs:
            spelled = [(first_letters(parts), parts) for parts in sides[number].spellings]
            sought += letters_of(sides[number], number)
            # A place before letters of bare text is the same place of the text, or the sign there.
            self._closely[number] = [
                (len(letters) + (not _begins_a_word(parts)), compiled(parts))
                for letters, parts in spelled
            ]
        self.scan = scanner(sought)

    def spans(self, side: int, ends: Iterable[int], read: bytes) -> Spans:
        """The places of a side without signs whose letters end here in bare text."""
        spelled, is_open = self._spelled[side], side in self._opened
        longest = length = len(spelled[0])
        places, is_one = [], len(spelled) == 1
        for end in ends:
            if not is_one:
                before = read[end - longest if end > longest else 0 : end].lower()
                for letters in spelled:
                    if before.endswith(letters):
                        length = len(letters)
                        break
            # Bare text begins with a space: place n of the text is n + 1 there.
            last = read.find(b" ", end) if is_open else end - 1
            places.append((end - length, last - 1))
        return places

    def look(self, side: int, ends: Iterable[int], text: str) -> dict[int, tuple[int, int]]:
        """The places of a side with signs by the ends of their letters; none overlap."""
        spans: dict[int, tuple[int, int]] = {}
        last = 0
        for end in ends:
            for length, pattern in self._closely[side]:
                at = end - length
                if at >= last and end not in spans and (match := pattern.match(text, at)):
                    spans[end] = match.span()
                    last = match.end()
        return spans


def letters_of(side: Side, number: int) -> list[Letters]:
    """What is looked for in bare text for a side, which gets this number."""
    return [Letters(number, *spelled) for spelled in _spelled(side)]


# Titles, abstracts and the sieve look for the same sides.
@lru_cache(maxsize=8192)
def _spelled(side: Side) -> tuple[tuple[bytes, bool], ...]:
    """The letters of a side, and whether they are looked for in this case only."""
    if not is_plain(side):
        return tuple(
            (letters, False) for letters in dict.fromkeys(map(first_letters, side.spellings))
        )
    return tuple(
        (letters, _is_exact(parts)) for parts in side.spellings for letters in _plain_letters(parts)
    )


@lru_cache(maxsize=8192)
def is_plain(side: Side) -> bool:
    """Whether finding the letters is enough: no signs, no mixed case, no overlap with itself."""
    return all(map(_is_plain, side.spellings))


def _is_plain(parts: Parts) -> bool:
    if any(part.open for part in parts[:-1]) or not all(map(_has_letters_only, parts)):
        return False
    if _is_exact(parts) and any(part.letters.islower() and not part.exact for part in parts):
        return False
    first = parts[0].letters
    return not any(first.startswith(p.letters) or p.letters.startswith(first) for p in parts[1:])


def _has_letters_only(part: WordPart) -> bool:
    return bool(_PLAIN.fullmatch(part.letters))


def _is_exact(parts: Parts) -> bool:
    return any(part.exact for part in parts)


def _plain_letters(parts: Parts) -> list[bytes]:
    letters = first_letters(parts)
    if parts[-1].open:
        return [letters]
    plurals = (b"s", b"S") if _is_exact(parts) else (b"s",)
    endings = (b"", *plurals) if letters[-1:].isalpha() else (b"",)
    return [letters + ending + b" " for ending in endings]


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
