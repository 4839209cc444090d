"""
The one word a source ends a run in, and why: decided from what it sent and what it sent before.

OK, QUIET (proved: weekend, day off), STALE (yesterday's batch again), BROKEN (could not be read,
or read and not to be believed). A day counts as stored only when the answer proves it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean

from catalog.paper import SourceReport, Word
from catalog.store.runs import SourceState
from crawler.calendar import why_quiet
from crawler.plans import Batch

# Against the mean of earlier runs: a fifth, or five times as many, is worth a person's look.
FEW, MANY = 0.2, 5.0
# Of a handful, a few more or less are no news.
NOTABLE = 10
# Runs to compare with; fewer than three say nothing.
LOOK_BACK, LEAST = 10, 3
# Days that are named one by one.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Judgement:
    """The report of a source, and the announcement day its answer proves complete, if any."""

    report: SourceReport
    proves: date | None = None


def judge_feed(
    batches: Sequence[Batch], state: SourceState | None, today: date, days_off: Collection[date]
) -> Judgement:
    """The word for one feed, from its answers of this run (several when it was cut)."""
    source = f"{batches[0].source}/{batches[0].part}"
    counts = _counts(batches)
    quiet = why_quiet(today, days_off)

    say = _Say(source, counts)
    broken = next((batch for batch in batches if batch.trouble), None)
    if broken:
        kept = f"; {counts['found']} whole items kept" if counts["found"] else ""
        return say(Word.BROKEN, f"{broken.trouble}{kept}", later=broken.later)
    if any(batch.cut for batch in batches):
        return say(Word.BROKEN, f"cut by arXiv at {counts['items']} items, one category alone")
    if batches[0].unchanged:
        return _judge_unchanged(say, state, today, quiet)
    return _judge_items(say, batches, state, today, quiet)


@dataclass(frozen=True, slots=True)
class _Say:
    source: str
    counts: dict[str, int]

    def __call__(
        self, word: Word, reason: str, *, later: bool = False, proves: date | None = None
    ) -> Judgement:
        return Judgement(SourceReport(self.source, word, reason, self.counts, later), proves)


def _judge_unchanged(
    say: _Say, state: SourceState | None, today: date, quiet: str | None
) -> Judgement:
    if quiet:
        return say(Word.QUIET, quiet)
    if state is not None and state.day == today:
        return say(Word.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    day = f"{state.day:%-d %B}" if state is not None and state.day else "an earlier day"
    return say(Word.STALE, f"still shows the batch of {day}, unchanged", later=True)


def _judge_items(
    say: _Say,
    batches: Sequence[Batch],
    state: SourceState | None,
    today: date,
    quiet: str | None,
) -> Judgement:
    ids = {arxiv_id for batch in batches for arxiv_id in batch.ids}
    days = {batch.day for batch in batches if batch.day}
    if not ids:
        if odd := sum(len(batch.odd) for batch in batches):
            return say(Word.BROKEN, f"{_items(odd)}, and none that can be used")
        if quiet:
            return say(Word.QUIET, quiet)
        return say(Word.BROKEN, f"a feed without items on {today:%A, %-d %B}, a working day")
    known = state is not None and ids <= set(state.batch)
    if known and state is not None and state.day == today:
        return say(Word.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    if quiet and (known or max(days, default=today) < today):
        return say(Word.QUIET, f"{quiet}; the feed still shows the batch before")
    if known:
        return say(Word.STALE, f"all {_items(len(ids))} stood in the batch before", later=True)
    if days and max(days) < today:
        return say(
            Word.STALE, f"shows the batch of {max(days):%A, %-d %B}", later=True, proves=max(days)
        )
    return say(Word.OK, f"{_items(len(ids))} announced on {today:%A, %-d %B}", proves=today)


def judge_window(batches: Sequence[Batch], missing: Collection[date]) -> Judgement:
    """The word for the API or OAI-PMH, asked to fill missing days."""
    counts, days = _counts(batches), span(missing)
    broken = next((batch for batch in batches if batch.trouble), None)
    source = batches[0].source if batches else "arxiv_api"
    if not batches:
        reason = f"the spider ended without an answer; still missing: {days}"
        return Judgement(SourceReport(source, Word.BROKEN, reason, counts))
    if broken:
        reason = f"{broken.trouble}; still missing: {days}"
        return Judgement(SourceReport(source, Word.BROKEN, reason, counts, broken.later))
    if not counts["found"]:
        # Each list may be empty by itself, but not all of them over working days.
        reason = f"says that nothing was announced at all; still missing: {days}"
        return Judgement(SourceReport(source, Word.BROKEN, reason, counts, later=True))
    return Judgement(SourceReport(source, Word.OK, f"filled {days}", counts))


def span(days: Collection[date]) -> str:
    """Days in words: each of a few, of many how many and from when to when."""
    ordered = sorted(days)
    if len(ordered) <= MOST_NAMED:
        return ", ".join(f"{day:%a %-d %b}" for day in ordered)
    return f"{len(ordered)} days from {ordered[0]:%-d %b %Y} to {ordered[-1]:%-d %b %Y}"


def unusual(found: int, earlier: Sequence[int]) -> str | None:
    """A remark when a count is far from what the last runs brought; None when it is not."""
    recent = earlier[:LOOK_BACK]
    if len(recent) < LEAST or abs(found - mean(recent)) < NOTABLE or mean(recent) == 0:
        return None
    share = found / mean(recent)
    if share <= FEW:
        return f"{1 - share:.0%} fewer than usual ({found}; usually {mean(recent):.0f})"
    if share >= MANY:
        return f"{share:.0f} times as many as usual ({found}; usually {mean(recent):.0f})"
    return None


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"


def _counts(batches: Sequence[Batch]) -> dict[str, int]:
    return {
        "items": sum(len(batch.ids) + len(batch.odd) for batch in batches),
        "found": sum(batch.kept for batch in batches),
        "new": sum(batch.new for batch in batches),
        "odd": sum(len(batch.odd) for batch in batches),
    }
