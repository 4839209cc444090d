"""How good an order is: average precision, what the first few hold, and whether chances hold."""

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10


def average_precision(scores: Sequence[float], listed: Sequence[bool]) -> float:
    """The mean, over the listed, of how many at or above each are listed; ties count as one."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: -pair[0])
    total = sum(listed)
    found = at = 0
    area = 0.0
    while at < len(pairs):
        end = at
        while end < len(pairs) and pairs[end][0] == pairs[at][0]:
            end += 1
        here = sum(1 for _, good in pairs[at:end] if good)
        found += here
        area += here * found / end
        at = end
    return area / total if total else 0.0


def recall_at(scores: Sequence[float], listed: Sequence[bool], most: int) -> float:
    """The share of the listed among the first ``most``; of equals, the others come first."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1]))
    total = sum(listed)
    return sum(1 for _, good in pairs[:most] if good) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Papers with about the same learned chance: how many, the chance said, and what was so."""

    number: int
    said: float
    was: float


def reliability(chances: Sequence[float], listed: Sequence[bool]) -> list[Bin]:
    """What was said beside what was so, in tenths; tenths that nothing fell into are left out."""
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for chance, good in zip(chances, listed, strict=True):
        sorted_in[min(BINS - 1, int(chance * BINS))].append((chance, good))
    return [
        Bin(len(some), sum(c for c, _ in some) / len(some), sum(g for _, g in some) / len(some))
        for some in sorted_in
        if some
    ]
