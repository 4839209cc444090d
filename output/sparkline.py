"""A trend as a line of block characters, and in words for screen readers."""

from collections.abc import Sequence

HEIGHTS = "▁▂▃▄▅▆▇█"
# A missing value; a series that never changed.
GAP, LEVEL = "·", "▄"


def sparkline(values: Sequence[int | None]) -> str:
    """
    One character per value, scaled from the lowest to the highest; None is a gap.

    A series that never changed is drawn at half height.
    """
    counts = [value for value in values if value is not None]
    if not counts:
        return GAP * len(values)
    low, high = min(counts), max(counts)
    return "".join(_sign(value, low, high) for value in values)


def _sign(value: int | None, low: int, high: int) -> str:
    if value is None:
        return GAP
    if low == high:
        return LEVEL
    return HEIGHTS[(value - low) * (len(HEIGHTS) - 1) // (high - low)]


def spoken(values: Sequence[int | None]) -> str:
    """The trend in words: a screen reader cannot read block characters."""
    counts = [value for value in values if value is not None]
    if not counts:
        return "no count yet"
    first, last = counts[0], counts[-1]
    if min(counts) == max(counts):
        return f"{last} all the time" if len(counts) > 1 else f"{last}, seen once"
    way = "up" if last > first else "down" if last < first else "back"
    least = f", least {min(counts)}" if min(counts) < min(first, last) else ""
    most = f", most {max(counts)}" if max(counts) > max(first, last) else ""
    return f"{way} from {first} to {last}{least}{most}"
