"""
Finds many letters in bytes in one pass: one automaton of Hyperscan for all.

Without Hyperscan they are searched one by one, which is correct but slow.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# Where the letters of sides end in bare text, in order, by the number of the side.
Ends = dict[int, list[int]]
Scanner = Callable[[bytes], Ends]
Teller = Callable[[bytes], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters that are looked for in bare text for a side, ``exact``: in this case only."""

    side: int
    letters: bytes
    exact: bool = False


def scanner(sought: Sequence[Letters]) -> Scanner:
    """A scanner for all these letters in bare text."""
    try:
        return HyperscanScanner(sought) if sought else SimpleScanner(sought)
    except ImportError:
        return SimpleScanner(sought)


def teller(patterns: Sequence[tuple[int, bytes]]) -> Teller:
    """Tells the numbers of the regular expressions that match somewhere in bytes."""
    try:
        return HyperscanTeller(patterns)
    except ImportError:
        compiled = [(number, re.compile(pattern)) for number, pattern in patterns]
        return lambda text: [number for number, regex in compiled if regex.search(text)]


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
    """The same without Hyperscan, one after the other."""

    def __init__(self, sought: Sequence[Letters]) -> None:
        self._sought = tuple(sought)

    def __call__(self, text: bytes) -> Ends:
        ends: Ends = defaultdict(list)
        lower = text.lower()
        for one in self._sought:
            read, letters = (text, one.letters) if one.exact else (lower, one.letters.lower())
            at = read.find(letters)
            while at >= 0:
                ends[one.side].append(at + len(letters))
                at = read.find(letters, at + 1)
        for found in ends.values():
            found.sort()
        return ends
