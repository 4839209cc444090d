"""
Finds where the first letters of all words stand in a text, in one pass however many there are.

Hyperscan does it: its automaton reads a paper in some millionths of a second and says the places.
Where it cannot be had, every word is looked for in turn, which is right and slow.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Is told the number of a head and, as the third, where it ends; the others are Hyperscan's affair.
Note = Callable[[int, int, int, int, Any], None]
# Notes every place in a folded text; those of one head from left to right.
Heads = Callable[[str, Note], None]


def heads(wanted: Sequence[str]) -> Heads:
    """What finds all these heads, given in small letters, in folded text of any letters."""
    try:
        return AtOnce(wanted) if wanted else OneByOne(wanted)
    except ImportError:
        return OneByOne(wanted)


class AtOnce:
    """All heads as one automaton of Hyperscan."""

    def __init__(self, wanted: Sequence[str]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        # As literals: no sign of a word is part of a pattern, and to compile takes milliseconds.
        self._automaton.compile(
            expressions=[head.encode() for head in wanted],
            ids=list(range(len(wanted))),
            flags=[hyperscan.HS_FLAG_CASELESS] * len(wanted),
            literal=True,
        )
        self._scratch = _Scratch(hyperscan.Scratch, self._automaton)

    def __call__(self, text: str, note: Note) -> None:
        self._automaton.scan(text.encode(), note, scratch=self._scratch.own)


class _Scratch(threading.local):
    """Where Hyperscan keeps what it has read so far: each thread needs its own."""

    def __init__(self, make: Callable[[Any], Any], automaton: Any) -> None:
        self.own = make(automaton)


class OneByOne:
    """The same without Hyperscan."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = tuple(enumerate(wanted))

    def __call__(self, text: str, note: Note) -> None:
        small = text.lower()
        for number, head in self._wanted:
            for end in _ends(small, head):
                note(number, 0, end, 0, None)


def _ends(small: str, head: str) -> Iterator[int]:
    at = small.find(head)
    while at >= 0:
        yield at + len(head)
        at = small.find(head, at + 1)
