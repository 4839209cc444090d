"""
How many candidates a digest shows: as many as editors took theirs from.

A work that somebody accepted has a place: the one in the first digest that had it, in the order of
that page and then of the works it only named. Nine of ten accepted works should have been shown at
once; the rest is named, as ever, so that nothing new is missing. A size stays the same for a week.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from catalog.facts import Decision
from catalog.rows.digests import KeptDigest, week_in

DEFAULT_SIZE = 25
# A page is never smaller or larger, and grows in steps (candidates).
MIN_SIZE, MAX_SIZE, STEP = 15, 40, 5
# This share of the accepted works stood on their first page.
SHOWN_SHARE = 0.9
# Taste shows in so many accepted works of so many weeks; older weeks say less of the next.
MIN_ACCEPTED, MIN_WEEKS, MAX_WEEKS = 20, 4, 12
ACCEPTED = frozenset(("accept", "pick", "star", "move"))


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many candidates a page shows; ``why`` is empty where editors took too few to say."""

    shown: int = DEFAULT_SIZE
    why: str = ""


def page_size(digests: Iterable[KeptDigest], decisions: Iterable[Decision], week: str) -> PageSize:
    """
    The size of a week's digest of one list, from its earlier digests.

    Decisions of the week itself don't count, so that no page changes its size while people use it.
    """
    monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    latest = {decision.work_key: decision for decision in decisions if decision.at < monday}
    accepted = {key for key, decision in latest.items() if decision.act in ACCEPTED}
    before = [digest for digest in digests if week_in(digest.name) < week]
    weeks = [places for places in _places(before, accepted) if places][-MAX_WEEKS:]
    places = sorted(place for week_places in weeks for place in week_places)
    if len(places) < MIN_ACCEPTED or len(weeks) < MIN_WEEKS:
        return PageSize()
    return _size_from(places)


def _size_from(places: Sequence[int]) -> PageSize:
    nine_of_ten = places[math.ceil(round(SHOWN_SHARE * len(places), 9)) - 1]
    shown = min(max(-(-nine_of_ten // STEP) * STEP, MIN_SIZE), MAX_SIZE)
    inside = sum(place <= shown for place in places)
    why = f"{inside} of the last {len(places)} accepted works stood among the first {shown}"
    return PageSize(shown, why)


def _places(digests: Iterable[KeptDigest], accepted: Set[str]) -> Iterator[list[int]]:
    """For each week the places of accepted works that no earlier week had."""
    known: set[str] = set()
    for pages in _by_week(digests):
        order = _order(pages)
        yield [at for at, key in enumerate(order, 1) if key in accepted and key not in known]
        known.update(order)


def _by_week(digests: Iterable[KeptDigest]) -> list[list[KeptDigest]]:
    ordered = sorted(digests, key=lambda digest: (week_in(digest.name), digest.made_at))
    return [list(pages) for _, pages in groupby(ordered, key=lambda one: week_in(one.name))]


def _order(pages: Sequence[KeptDigest]) -> list[str]:
    """The works of a week's pages in their order, then those that were named, or had no room."""
    shown = [
        str(item["key"]) for page in pages for item in sorted(page.body["candidates"], key=_rank)
    ]
    rest = [
        str(key)
        for kind in ("waiting", "reserve")
        for page in pages
        for key in page.body.get(kind, ())
    ]
    return list(dict.fromkeys([*shown, *rest]))


def _rank(item: Mapping[str, Any]) -> tuple[bool, float]:
    seen = item.get("times_shown", 0) or item.get("times_named", 0)
    return bool(seen), -float(item.get("score", 0.0))
