"""
Finds the sides of words in a text: letters of the bare text lead to them.

Where the letters say all, the side stands where they do. Capitals and signs are not in the bare
text, so a side that has any is held against the text itself at each place.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipelines.heads import bare, heads
from pipelines.rules.fold import Spans
from pipelines.rules.words import Part, Side

_PLAIN = re.compile(r"[a-z0-9]+")


class Sides:
    """Some sides, known by their numbers, which are looked for together."""

    def __init__(self, sides: Mapping[int, Side]) -> None:
        whole, opened, strict = [], [], []
        for number, side in sides.items():
            if side.parts and not _says_all(side.parts):
                strict.append((number, first_letters(side)))
            elif side.parts and side.parts[-1].open:
                opened.append((number, first_letters(side)))
            elif side.parts:
                whole += [(number, letters) for letters in _whole(side)]
        sought = [*whole, *opened, *strict]
        self._sought = [(number, len(letters)) for number, letters in sought]
        self._whole, self._opened = len(whole), len(whole) + len(opened)
        self._closely = {
            at: (sides[number].compiled.match, not _begins_a_word(sides[number]))
            for at, (number, _) in enumerate(strict, self._opened)
        }
        self._heads = heads([letters for _, letters in sought])

    def find(self, text: str) -> dict[int, Spans]:
        """The sides that stand in a folded text, and where: none inside another of its places."""
        found: defaultdict[int, Spans] = defaultdict(list)
        sought, whole, opened = self._sought, self._whole, self._opened
        read = bare(text)
        # What stands at n in the text stands at n + 1 in what is read.
        for letters, end in self._heads(read):
            side, length = sought[letters]
            if letters < whole:
                found[side].append((end - length, end - 2))
            elif letters < opened:
                found[side].append((end - length, read.find(b" ", end) - 1))
            elif span := self._look(letters, end - length, text, found.get(side)):
                found[side].append(span)
        found.default_factory = None
        return found

    def _look(
        self, letters: int, start: int, text: str, before: Spans | None
    ) -> tuple[int, int] | None:
        match_at, with_sign = self._closely[letters]
        at = start - with_sign
        if at < 0 or (before and before[-1][1] > at):
            return None
        match = match_at(text, at)
        return match.span() if match else None


def _says_all(parts: Sequence[Part]) -> bool:
    """Whether a side stands wherever its letters do, with no other place of it inside."""
    if any(part.open for part in parts[:-1]) or any(
        part.exact or not _PLAIN.fullmatch(part.letters) for part in parts
    ):
        return False
    first = parts[0].letters
    return not any(first.startswith(p.letters) or p.letters.startswith(first) for p in parts[1:])


def _whole(side: Side) -> list[bytes]:
    letters = first_letters(side)
    plural = [letters + b"s "] if letters[-1:].isalpha() else []
    return [letters + b" ", *plural]


def first_letters(side: Side) -> bytes:
    """What stands in bare text wherever the side does: all its letters up to a star."""
    made: list[str] = []
    for part in side.parts:
        made.append(part.letters)
        if part.open:
            break
    read = bare(" ".join(made))[:-1]
    return read if _begins_a_word(side) else read[1:]


def _begins_a_word(side: Side) -> bool:
    return side.parts[0].letters[0].isalnum()
