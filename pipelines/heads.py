"""
Finds letters in a text, in one pass however many are looked for.

It reads text as ``bare`` makes it, so that "a word begins here" is a space like any other sign.
Hyperscan's automaton says all places in some millionths of a second; where it cannot be had, the
letters are looked for one after another, which is right and slow.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

# Small letters, digits and the underscore are parts of words; all else stands between them.
_BARE = bytes(
    ord(chr(sign).lower()) if sign < 128 and (chr(sign).isalnum() or sign == ord("_")) else 32
    for sign in range(256)
)

# Which letters stand in a bare text and where they end, in the order of their ends.
Heads = Callable[[bytes], Iterable[tuple[int, int]]]


def bare(text: str) -> bytes:
    """Folded text without capitals and signs, and a space at each end."""
    return b" %b " % text.encode("ascii", "replace").translate(_BARE)


def heads(wanted: Sequence[bytes]) -> Heads:
    """What finds all these letters in bare text."""
    try:
        return AtOnce(wanted) if wanted else OneByOne(wanted)
    except ImportError:
        return OneByOne(wanted)


class AtOnce:
    """All letters as one automaton of Hyperscan."""

    def __init__(self, wanted: Sequence[bytes]) -> None:
        import hyperscan

        self._automaton = hyperscan.Database()
        # As literals: no sign is part of a pattern, and to compile takes milliseconds.
        self._automaton.compile(
            expressions=list(wanted),
            ids=list(range(len(wanted))),
            flags=[0] * len(wanted),
            literal=True,
        )
        self._scratch = _Scratch(hyperscan.Scratch, self._automaton)

    def __call__(self, text: bytes) -> Iterable[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        add = found.append

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add((number, end))

        self._automaton.scan(text, note, scratch=self._scratch.own)
        return found


class _Scratch(threading.local):
    """Where Hyperscan keeps what it has read so far: each thread needs its own."""

    def __init__(self, make: Callable[[Any], Any], automaton: Any) -> None:
        self.own = make(automaton)


class OneByOne:
    """The same without Hyperscan."""

    def __init__(self, wanted: Sequence[bytes]) -> None:
        self._wanted = tuple(enumerate(wanted))

    def __call__(self, text: bytes) -> Iterable[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for number, letters in self._wanted:
            at = text.find(letters)
            while at >= 0:
                found.append((number, at + len(letters)))
                at = text.find(letters, at + 1)
        return sorted(found, key=lambda place: place[1])
