"""Figures of an order: average precision, precision at a recall, places in a week, intervals."""

import math
import random
from collections.abc import Callable, Sequence

DRAWS = 1_000
SEED = 20241111
Interval = tuple[float, float]


def average_precision(scores: Sequence[float], listed: Sequence[bool]) -> float:
    """Average precision of scores, 0 to 1; works with equal scores share a rank."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: -pair[0])
    total = sum(listed)
    above = at = 0
    area = 0.0
    while at < len(pairs):
        end = at
        while end < len(pairs) and pairs[end][0] == pairs[at][0]:
            end += 1
        hits = sum(1 for _, good in pairs[at:end] if good)
        above += hits
        area += hits * above / end
        at = end
    return area / total if total else 0.0


def precision_at(scores: Sequence[float], listed: Sequence[bool], recall: float) -> float:
    """The precision of the shortest beginning with that recall; of equals, listed come last."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1]))
    wanted = math.ceil(round(recall * sum(listed), 9))
    hits = 0
    for number, (_, good) in enumerate(pairs, 1):
        hits += good
        if good and hits >= wanted:
            return hits / number
    return 0.0


def places(scores: Sequence[float], wanted: Sequence[bool]) -> list[int]:
    """The place of each wanted work in a week, from 1; of equals, wanted ones come last."""
    ranked = sorted(zip(scores, wanted, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [place for place, (_, good) in enumerate(ranked, 1) if good]


def interval(
    figure: Callable[[Sequence[float], Sequence[bool]], float],
    scores: Sequence[float],
    listed: Sequence[bool],
    draws: int = DRAWS,
) -> Interval:
    """The middle 95 % of a figure over papers drawn again, the same every time."""
    chance = random.Random(SEED)
    pairs = list(zip(scores, listed, strict=True))
    if not pairs:
        return 0.0, 0.0
    drawn = sorted(
        figure(*zip(*chance.choices(pairs, k=len(pairs)), strict=True)) for _ in range(draws)
    )
    return drawn[int(0.025 * draws)], drawn[int(0.975 * draws)]


def share_interval(hits: int, number: int) -> Interval:
    """Wilson's 95 % interval of a share."""
    if not number:
        return 0.0, 1.0
    z = 1.96
    share, square = hits / number, z * z / number
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / number + square / (4 * number)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
