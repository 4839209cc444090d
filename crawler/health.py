"""
The status a source ends a run in, and why: decided from its answers and from its last state.

OK: it brought something new, or (arXiv) the day's batch is stored. QUIET: nothing was due (arXiv:
proved by weekend or day off), or everything was seen before. STALE (arXiv): it still shows an
earlier day's batch. BROKEN: its answer couldn't be read, or can't be believed. A day counts as
stored only when an answer proves it.

A remark on top says when a source brings a fifth of what its last ten runs brought, or five times
as much. ``web_health.py`` has what concerns sources on the web alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import mean

from catalog.plural import counted
from catalog.rows.runs import SourceState
from catalog.sightings import SourceReport, SourceStatus
from crawler.calendar import why_quiet
from crawler.items import (
    Failure,
    PapersResult,
    Summary,
    Unchanged,
    WebResult,
    trouble_of,
)

# Against the mean of earlier runs: a fifth, or five times as many, is worth a look.
FEW, MANY = 0.2, 5.0
# Smaller differences than this aren't remarked on; where less is usual, there may be nothing.
MIN_DIFFERENCE = 10
# Runs to compare with, at most and at least.
MAX_RUNS, MIN_RUNS = 10, 3
# More days than this are named as a range.
MAX_NAMED_DAYS = 5


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The report of a source, and the announcement day its answer proves complete, if any."""

    report: SourceReport
    proves: date | None = None


def judge_feed(
    results: Sequence[PapersResult],
    state: SourceState | None,
    today: date,
    days_off: Collection[date],
    earlier: Sequence[int] = (),
) -> SourceHealth:
    """
    The status of one feed, from its results of this run (several when it was split).

    ``earlier`` is how many papers it had in the last runs that had any.
    """
    counts, quiet = _counts(results), why_quiet(today, days_off)
    judged = _Judge(f"{results[0].source}/{results[0].part}", counts)
    if broken := first_broken(results):
        return judged(
            SourceStatus.BROKEN, f"{broken.reason}{stored_of(counts)}", later=broken.later
        )
    answers = [result for result in results if isinstance(result, Summary)]
    if any(answer.cut for answer in answers):
        reason = f"cut off by arXiv at {counts['items']} items, for a single category"
        return judged(SourceStatus.BROKEN, reason)
    if isinstance(results[0], Unchanged):
        return _judge_unchanged(judged, state, today, quiet)
    return _judge_items(judged, answers, state, today, quiet, earlier)


@dataclass(frozen=True, slots=True)
class _Judge:
    source: str
    counts: dict[str, int]

    def __call__(
        self, word: SourceStatus, reason: str, *, later: bool = False, proves: date | None = None
    ) -> SourceHealth:
        return SourceHealth(SourceReport(self.source, word, reason, self.counts, later), proves)


def first_broken(results: Sequence[PapersResult | WebResult]) -> Failure | None:
    """The first failure, or the first answer that isn't complete, as a failure; not of a detail."""
    for result in results:
        if isinstance(result, Failure) and result.detail:
            continue
        if isinstance(result, Failure):
            return result
        if reason := trouble_of(result):
            return Failure(result.source, result.part, reason)
    return None


def stored_of(counts: dict[str, int]) -> str:
    return f"; {counts['found']} complete items stored" if counts["found"] else ""


def _judge_unchanged(
    judged: _Judge, state: SourceState | None, today: date, quiet: str | None
) -> SourceHealth:
    if quiet:
        return judged(SourceStatus.QUIET, quiet)
    if state is not None and state.day == today:
        return judged(SourceStatus.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    day = f"{state.day:%-d %B}" if state is not None and state.day else "an earlier day"
    return judged(SourceStatus.STALE, f"still shows the batch of {day}, unchanged", later=True)


def _judge_items(
    judged: _Judge,
    answers: Sequence[Summary],
    state: SourceState | None,
    today: date,
    quiet: str | None,
    earlier: Sequence[int],
) -> SourceHealth:
    ids = {arxiv_id for answer in answers for arxiv_id in answer.ids}
    days = {answer.day for answer in answers if answer.day}
    if not ids:
        if odd := sum(answer.odd for answer in answers):
            return judged(SourceStatus.BROKEN, f"{counted(odd, 'item')}, none usable")
        if quiet:
            return judged(SourceStatus.QUIET, quiet)
        return _judge_nothing(judged, state, today, earlier[:MAX_RUNS])
    seen_before = state is not None and ids <= set(state.batch)
    if seen_before and state is not None and state.day == today:
        return judged(SourceStatus.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    if quiet and (seen_before or max(days, default=today) < today):
        return judged(SourceStatus.QUIET, f"{quiet}; the feed still shows the batch before")
    if seen_before:
        seen = f"all {counted(len(ids), 'item')} were" if len(ids) > 1 else "the only item was"
        reason = f"{seen} in the batch before"
        return judged(SourceStatus.STALE, reason, later=True)
    if days and max(days) < today:
        reason = f"shows the batch of {max(days):%A, %-d %B}"
        return judged(SourceStatus.STALE, reason, later=True, proves=max(days))
    reason = f"{counted(len(ids), 'item')} announced on {today:%A, %-d %B}"
    return judged(SourceStatus.OK, reason, proves=today)


def _judge_nothing(
    judged: _Judge, state: SourceState | None, today: date, recent: Sequence[int]
) -> SourceHealth:
    """No items where some were due: proves nothing, but is no failure in a small category."""
    reason = f"a feed without items on {today:%A, %-d %B}, a working day"
    # The last batch is known for longer than the last runs.
    last = len(state.batch) if state else 0
    usual = mean([last, *recent]) if last else 0
    if not 0 < usual < MIN_DIFFERENCE:
        return judged(SourceStatus.BROKEN, reason, later=True)
    some = counted(max(round(usual), 1), "item")
    remark = f"usually {some} when there are any; the next run asks the query API about that day"
    return judged(SourceStatus.QUIET, f"{reason}; {remark}")


def next_feed_state(
    judged: SourceHealth,
    results: Sequence[PapersResult],
    old: SourceState | None,
    now: datetime,
) -> SourceState:
    """What to remember of a feed: an ETag only with the answer it belongs to."""
    report = judged.report
    readable = report.word is not SourceStatus.BROKEN
    bad = report.word in {SourceStatus.BROKEN, SourceStatus.STALE}
    answers = [result for result in results if isinstance(result, Summary)]
    ids = tuple(sorted({arxiv_id for answer in answers for arxiv_id in answer.ids}))
    # An empty feed may fill up later on the day: it is asked for as a whole.
    etag = results[0].etag if ids and isinstance(results[0], Summary) else None
    return SourceState(
        source=report.source,
        etag=(etag or (old.etag if old else None)) if readable else None,
        batch=ids if ids and readable else (old.batch if old else ()),
        day=judged.proves or (old.day if old else None),
        word=report.word,
        reason=report.reason,
        streak=(old.streak if old else 0) + 1 if bad else 0,
        at=now,
    )


def judge_window(results: Sequence[PapersResult], missing: Collection[date]) -> SourceReport:
    """The status of the API or OAI-PMH, asked to fill missing days."""
    counts, days = _counts(results), span(missing)
    source = results[0].source if results else "arxiv_api"
    if not results:
        reason = f"the spider ended without an answer; still missing: {days}"
        return SourceReport(source, SourceStatus.BROKEN, reason, counts)
    if broken := first_broken(results):
        reason = f"{broken.reason}; still missing: {days}"
        return SourceReport(source, SourceStatus.BROKEN, reason, counts, broken.later)
    newest = next((it.newest for it in results if isinstance(it, Summary) and it.newest), None)
    if newest:
        reason = f"filled {days}: nothing was submitted since {newest:%-d %b %Y}"
        return SourceReport(source, SourceStatus.OK, reason, counts)
    if not counts["found"]:
        # Each list may be empty by itself; that all are over working days needs a proof.
        reason = f"says that nothing was announced at all; still missing: {days}"
        return SourceReport(source, SourceStatus.BROKEN, reason, counts, later=True)
    return SourceReport(source, SourceStatus.OK, f"filled {days}", counts)


def says_nothing(results: Sequence[PapersResult]) -> bool:
    """Whether every answer was readable and none has a paper, or tells of one before."""
    return first_broken(results) is None and not any(
        isinstance(it, Summary) and (it.papers or it.odd or it.newest) for it in results
    )


def next_window_state(report: SourceReport, old: SourceState | None, now: datetime) -> SourceState:
    """What to remember of the API or OAI-PMH: a streak of failures sends the next run elsewhere."""
    streak = (old.streak if old else 0) + 1 if report.word is SourceStatus.BROKEN else 0
    return SourceState(report.source, None, (), None, report.word, report.reason, streak, now)


def span(days: Collection[date]) -> str:
    """Days in words: a few one by one, many as a count with the first and the last."""
    ordered = sorted(days)
    if len(ordered) <= MAX_NAMED_DAYS:
        return ", ".join(f"{day:%a %-d %b}" for day in ordered)
    return f"{len(ordered)} days from {ordered[0]:%-d %b %Y} to {ordered[-1]:%-d %b %Y}"


def unusual(count: int, earlier: Sequence[int]) -> str | None:
    """A remark when a count is far from those of the last runs; None when it isn't."""
    recent = earlier[:MAX_RUNS]
    if len(recent) < MIN_RUNS or abs(count - mean(recent)) < MIN_DIFFERENCE or mean(recent) == 0:
        return None
    share = count / mean(recent)
    if share <= FEW:
        return f"{1 - share:.0%} fewer than usual ({count}; usually {mean(recent):.0f})"
    if share >= MANY:
        return f"{share:.0f} times as many as usual ({count}; usually {mean(recent):.0f})"
    return None


def _counts(results: Sequence[PapersResult]) -> dict[str, int]:
    answers = [result for result in results if isinstance(result, Summary)]
    return {
        "items": sum(len(answer.ids) + answer.odd for answer in answers),
        "found": sum(answer.papers for answer in answers),
        "new": sum(answer.new for answer in answers),
        "odd": sum(answer.odd for answer in answers),
    }
