"""
Finds many letters in bytes in one pass: one automaton of Hyperscan for all.

It takes as long to compile as Python takes to read some hundred titles, so the first texts are read
without it. Without Hyperscan all are.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

# Where the letters of sides end in bare text, in order, by the number of the side.
Ends = dict[int, list[int]]
Scanner = Callable[[bytes], Ends]
Teller = Callable[[bytes], Sequence[int]]

# To compile letters takes as long as to read so many bytes of text without an automaton.
BYTES_PER_LETTERS = 100
# A space and three letters: a title has few words that begin like a word of the rules.
START_BYTES = 4


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters that are looked for in bare text for a side, ``exact``: in this case only."""

    side: int
    letters: bytes
    exact: bool = False


def scanner(sought: Sequence[Letters]) -> Scanner:
    """A scanner for all these letters in bare text."""
    return GrowingScanner(sought)


def teller(patterns: Sequence[tuple[int, bytes]]) -> Teller:
    """Tells the numbers of the regular expressions that match somewhere in bytes."""
    try:
        return HyperscanTeller(patterns)
    except ImportError:
        compiled = [(number, re.compile(pattern)) for number, pattern in patterns]
        return lambda text: [number for number, regex in compiled if regex.search(text)]


class GrowingScanner:
    """Reads the first texts in Python, and compiles an automaton once that had been worth it."""

    def __init__(self, sought: Sequence[Letters]) -> None:
        self._sought = sought
        self._scan: Scanner = SimpleScanner(sought)
        self._bytes_before_compiling = BYTES_PER_LETTERS * len(sought)

    def __call__(self, text: bytes) -> Ends:
        if self._bytes_before_compiling > 0:
            self._bytes_before_compiling -= len(text)
            if self._bytes_before_compiling <= 0:
                self._compile()
        return self._scan(text)

    def _compile(self) -> None:
        with suppress(ImportError):
            self._scan = HyperscanScanner(self._sought)


class HyperscanScanner:
    """All letters as one Hyperscan automaton."""

    def __init__(self, sought: Sequence[Letters]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        # Literals compile in milliseconds, and no sign in them is part of a pattern.
        self._automaton.compile(
            expressions=[one.letters for one in sought],
            ids=[one.side for one in sought],
            flags=[0 if one.exact else hyperscan.HS_FLAG_CASELESS for one in sought],
            literal=True,
        )
        self._scratch = _Scratch(hyperscan.Scratch, self._automaton)

    def __call__(self, text: bytes) -> Ends:
        ends: Ends = {}
        self._automaton.scan(text, _note, 0, ends, self._scratch.own)
        return ends


class HyperscanTeller:
    """Each number is told once, by one automaton."""

    def __init__(self, patterns: Sequence[tuple[int, bytes]]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        self._automaton.compile(
            expressions=[pattern for _, pattern in patterns],
            ids=[number for number, _ in patterns],
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(patterns),
        )
        self._scratch = _Scratch(hyperscan.Scratch, self._automaton)

    def __call__(self, text: bytes) -> list[int]:
        told: list[int] = []
        self._automaton.scan(text, _tell, 0, told, self._scratch.own)
        return told


def _tell(number: int, _start: int, _end: int, _flags: int, told: Any) -> None:
    told.append(number)


def _note(side: int, _start: int, end: int, _flags: int, ends: Any) -> None:
    if side in ends:
        ends[side].append(end)
    else:
        ends[side] = [end]


class _Scratch(threading.local):
    """Hyperscan's working memory: each thread needs its own."""

    def __init__(self, make: Callable[[Any], Any], automaton: Any) -> None:
        self.own = make(automaton)


class SimpleScanner:
    """The same in Python: where a word begins, it tries those letters that begin alike."""

    def __init__(self, sought: Sequence[Letters]) -> None:
        self._by_start: dict[bytes, list[Letters]] = {}
        self._others: list[Letters] = []
        for one in sought:
            lower = one if one.exact else Letters(one.side, one.letters.lower())
            if one.letters.startswith(b" ") and len(one.letters) >= START_BYTES:
                start = one.letters[:START_BYTES].lower()
                self._by_start.setdefault(start, []).append(lower)
            else:
                self._others.append(lower)

    def __call__(self, text: bytes) -> Ends:
        lower = text.lower()
        found = {
            (at + len(one.letters), one.side)
            for one in self._others
            for at in _places(one.letters, text if one.exact else lower)
        }
        for at in _places(b" ", text):
            for one in self._by_start.get(lower[at : at + START_BYTES], ()):
                if (text if one.exact else lower).startswith(one.letters, at):
                    found.add((at + len(one.letters), one.side))
        ends: Ends = {}
        for end, side in sorted(found):
            ends.setdefault(side, []).append(end)
        return ends


def _places(letters: bytes, text: bytes) -> Iterator[int]:
    at = text.find(letters)
    while at >= 0:
        yield at
        at = text.find(letters, at + 1)
