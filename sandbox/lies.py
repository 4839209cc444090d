"""What Semantic Scholar can get wrong in an answer that looks right."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.faults import Fault

Record = dict[str, Any] | None
NONSENSE = ("12", -1, 1.5, 10**12, None)


def tell(
    fault: Fault | None, records: list[Record], others: Sequence[dict[str, Any]]
) -> list[Record]:
    """Spoil the records as the fault's name says; any other fault leaves them true."""
    if fault is None or fault.name not in LIES:
        return records
    return LIES[fault.name](records, others, fault.argument)


def _null_ids(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Forget all papers, or with ``half`` every second one."""
    return [one if how == "half" and place % 2 else None for place, one in enumerate(records)]


def _wrong_paper(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Put another paper in each place; with ``title`` it keeps the arXiv id that was asked."""
    return [one and _other(one, others, how) for one in records]


def _other(one: dict[str, Any], others: Sequence[dict[str, Any]], how: str) -> dict[str, Any]:
    place = next(n for n, other in enumerate(others) if other["paperId"] == one["paperId"])
    other = others[(place + 1) % len(others)]
    if how == "title":
        kept = ("title", "authors", "citationCount")
        return {**one, **{name: other[name] for name in kept}}
    return other


def _reordered(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return records[::-1]


def _short(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return records[: len(records) // 2]


def _lower(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Report half of each count, rounded down; one citation becomes none."""
    return [one and {**one, "citationCount": one["citationCount"] // 2} for one in records]


def _zero(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return [one and {**one, "citationCount": 0} for one in records]


def _nonsense(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return [
        one and {**one, "citationCount": NONSENSE[place % len(NONSENSE)]}
        for place, one in enumerate(records)
    ]


LIES: dict[str, Callable[[list[Record], Sequence[dict[str, Any]], str], list[Record]]] = {
    "null-ids": _null_ids,
    "wrong-paper": _wrong_paper,
    "reordered": _reordered,
    "short": _short,
    "lower-count": _lower,
    "zero-count": _zero,
    "nonsense-count": _nonsense,
}
