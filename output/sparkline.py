"""A trend as a line of eight heights, for terminal and digest, and in words for who hears it."""

from collections.abc import Sequence

HEIGHTS = "▁▂▃▄▅▆▇█"
# A stretch nobody looked at; a series that never changed.
GAP, LEVEL = "·", "▄"


def sparkline(values: Sequence[int | None]) -> str:
    """
    One sign a value, lowest to highest of the series; None is a gap.

    A series that never changed is a line at half height: it is neither low nor high.
    """
    known = [value for value in values if value is not None]
    if not known:
        return GAP * len(values)
    low, high = min(known), max(known)
    return "".join(_sign(value, low, high) for value in values)


def _sign(value: int | None, low: int, high: int) -> str:
    if value is None:
        return GAP
    if low == high:
        return LEVEL
    return HEIGHTS[(value - low) * (len(HEIGHTS) - 1) // (high - low)]


def spoken(values: Sequence[int | None]) -> str:
    """The same in words: a screen reader says nothing useful of blocks."""
    known = [value for value in values if value is not None]
    if not known:
        return "no count known"
    first, last = known[0], known[-1]
    if min(known) == max(known):
        return f"{last} all the time" if len(known) > 1 else f"{last}, seen once"
    way = "up" if last > first else "down" if last < first else "back"
    least = f", least {min(known)}" if min(known) < min(first, last) else ""
    most = f", most {max(known)}" if max(known) > max(first, last) else ""
    return f"{way} from {first} to {last}{least}{most}"
