"""
The one word a source ends a run in, and why: decided from what it sent and what it sent before.

OK, QUIET (proved: weekend, day off), STALE (yesterday's batch again), BROKEN (could not be read,
or read and not to be believed). A day counts as stored only when the answer proves it.

The word of a source that shows links, and where it stands afterwards.

OK: read, and something was new. QUIET: read, and everything was there before. BROKEN: could not
be read, or is empty where it never was. A feed may be silent for long; one that is silent three
times as long as it usually is deserves a look, whatever its word, and so does one whose answer is
a fifth as long as in the last ten runs, or five times as long.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from statistics import mean, median

from catalog.paper import SourceReport, SourceStatus
from catalog.store.runs import SourceState
from crawler.calendar import why_quiet
from crawler.items import Batch

# Against the mean of earlier runs: a fifth, or five times as many, is worth a person's look.
FEW, MANY = 0.2, 5.0
# Of a handful, a few more or less are no news.
NOTABLE = 10
# Runs to compare with; fewer than three say nothing.
LOOK_BACK, LEAST = 10, 3
# Days that are named one by one.
MOST_NAMED = 5

# Days to remember on which there was something new; with fewer gaps nothing is usual.
NEWS, LEAST_GAPS = 12, 3
# Silence of this many usual intervals is worth a look.
SILENT = 3
# Services that fail for hours (YouTube's feeds do) need no person before the third run.
FAILURES_BEFORE_BROKEN = 3


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
        return say(SourceStatus.BROKEN, f"{broken.trouble}{kept}", later=broken.later)
    if any(batch.cut for batch in batches):
        return say(
            SourceStatus.BROKEN, f"cut by arXiv at {counts['items']} items, one category alone"
        )
    if batches[0].unchanged:
        return _judge_unchanged(say, state, today, quiet)
    return _judge_items(say, batches, state, today, quiet)


@dataclass(frozen=True, slots=True)
class _Say:
    source: str
    counts: dict[str, int]

    def __call__(
        self, word: SourceStatus, reason: str, *, later: bool = False, proves: date | None = None
    ) -> Judgement:
        return Judgement(SourceReport(self.source, word, reason, self.counts, later), proves)


def _judge_unchanged(
    say: _Say, state: SourceState | None, today: date, quiet: str | None
) -> Judgement:
    if quiet:
        return say(SourceStatus.QUIET, quiet)
    if state is not None and state.day == today:
        return say(SourceStatus.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    day = f"{state.day:%-d %B}" if state is not None and state.day else "an earlier day"
    return say(SourceStatus.STALE, f"still shows the batch of {day}, unchanged", later=True)


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
            return say(SourceStatus.BROKEN, f"{_items(odd)}, and none that can be used")
        if quiet:
            return say(SourceStatus.QUIET, quiet)
        return say(
            SourceStatus.BROKEN, f"a feed without items on {today:%A, %-d %B}, a working day"
        )
    known = state is not None and ids <= set(state.batch)
    if known and state is not None and state.day == today:
        return say(SourceStatus.OK, f"nothing new since {state.at:%H:%M} UTC", proves=today)
    if quiet and (known or max(days, default=today) < today):
        return say(SourceStatus.QUIET, f"{quiet}; the feed still shows the batch before")
    if known:
        return say(
            SourceStatus.STALE, f"all {_items(len(ids))} stood in the batch before", later=True
        )
    if days and max(days) < today:
        return say(
            SourceStatus.STALE,
            f"shows the batch of {max(days):%A, %-d %B}",
            later=True,
            proves=max(days),
        )
    return say(SourceStatus.OK, f"{_items(len(ids))} announced on {today:%A, %-d %B}", proves=today)


def judge_window(batches: Sequence[Batch], missing: Collection[date]) -> Judgement:
    """The word for the API or OAI-PMH, asked to fill missing days."""
    counts, days = _counts(batches), span(missing)
    broken = next((batch for batch in batches if batch.trouble), None)
    source = batches[0].source if batches else "arxiv_api"
    if not batches:
        reason = f"the spider ended without an answer; still missing: {days}"
        return Judgement(SourceReport(source, SourceStatus.BROKEN, reason, counts))
    if broken:
        reason = f"{broken.trouble}; still missing: {days}"
        return Judgement(SourceReport(source, SourceStatus.BROKEN, reason, counts, broken.later))
    if not counts["found"]:
        # Each list may be empty by itself, but not all of them over working days.
        reason = f"says that nothing was announced at all; still missing: {days}"
        return Judgement(SourceReport(source, SourceStatus.BROKEN, reason, counts, later=True))
    return Judgement(SourceReport(source, SourceStatus.OK, f"filled {days}", counts))


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


def judge_web(
    source: str,
    batches: Sequence[Batch],
    state: SourceState | None,
    now: datetime,
    earlier: Sequence[int] = (),
) -> SourceReport:
    """
    The word for one part of a source, from its answers of this run.

    ``earlier`` is how many items it had in the last runs.
    """
    counts = _web_counts(batches, state)
    broken = next((batch for batch in batches if batch.trouble), None)
    if broken:
        return _broken(source, broken, counts, state)
    had = len(state.batch) if state else 0
    if had and not counts["items"] and not any(batch.unchanged for batch in batches):
        reason = f"is empty, and had {had} works before"
        return _broken(source, replace(batches[0], trouble=reason), counts, state)
    silence = silent(news_of(batches, state, now), now.date())
    count = unusual(counts["items"], earlier) if counts["items"] else None
    word = SourceStatus.OK if counts["new"] else SourceStatus.QUIET
    reason = "; ".join(filter(None, (_says(batches, counts, state), silence, count)))
    return SourceReport(source, word, reason, counts, look=bool(silence or count))


def _says(batches: Sequence[Batch], counts: dict[str, int], state: SourceState | None) -> str:
    newest = f", the newest is of {state.news[-1]:%-d %B}" if state and state.news else ""
    if any(batch.unchanged for batch in batches):
        return f"unchanged{newest}"
    items = "1 item" if counts["items"] == 1 else f"{counts['items']:,} items"
    if not counts["new"]:
        return f"{items}, nothing new{newest}" if counts["items"] else "nothing there"
    old = f", {counts['old']} too old" if counts["old"] else ""
    return f"{items}, {counts['new']} new{old}"


def _broken(
    source: str, broken: Batch, counts: dict[str, int], state: SourceState | None
) -> SourceReport:
    streak = (state.streak if state else 0) + 1
    row = f"; {streak} times in a row" if streak > 1 else ""
    kept = f"; {counts['found']} whole items kept" if counts["found"] else ""
    later = broken.later or streak < FAILURES_BEFORE_BROKEN
    return SourceReport(source, SourceStatus.BROKEN, f"{broken.trouble}{kept}{row}", counts, later)


def _web_counts(batches: Sequence[Batch], state: SourceState | None) -> dict[str, int]:
    ids = {key for batch in batches for key in batch.ids}
    return {
        "items": sum(batch.total or 0 for batch in batches),
        "found": len(ids),
        "new": len(ids - set(state.batch if state else ())),
        "odd": sum(len(batch.odd) for batch in batches),
        "old": sum(batch.old for batch in batches),
    }


def next_web_state(
    said: SourceReport,
    batches: Sequence[Batch],
    old: SourceState | None,
    left_over: Collection[str],
    now: datetime,
) -> SourceState:
    """
    What to remember of a part of a source.

    A tag is kept only with what it stands for: not with a broken answer, and not while works that
    were named there are still to be looked up. Those are new again in the next run.
    """
    whole = said.word is not SourceStatus.BROKEN
    ids = tuple(sorted({key for batch in batches for key in batch.ids} - set(left_over)))
    unchanged = any(batch.unchanged for batch in batches)
    tag, modified = (batches[0].etag, batches[0].modified) if batches else (None, None)
    if unchanged and old:
        tag, modified = old.etag, old.modified
    keep = whole and not left_over
    return SourceState(
        source=said.source,
        etag=tag if keep else None,
        batch=ids if whole and not unchanged else (old.batch if old else ()),
        day=None,
        word=said.word,
        reason=said.reason,
        streak=0 if whole else (old.streak if old else 0) + 1,
        at=now,
        modified=modified if keep else None,
        news=news_of(batches, old, now) if whole else (old.news if old else ()),
    )


def news_of(batches: Sequence[Batch], old: SourceState | None, now: datetime) -> tuple[date, ...]:
    """The last days on which there was something new: as the items say, else as we saw it."""
    known = set(old.news if old else ())
    told = {day for batch in batches for day in batch.days}
    ids = {key for batch in batches for key in batch.ids}
    if not told and ids - set(old.batch if old else ()):
        told = {now.date()}
    return tuple(sorted(known | told)[-NEWS:])


def silent(news: Sequence[date], today: date) -> str | None:
    """A remark when nothing came for three times as long as usual."""
    gaps = [(after - before).days for before, after in pairwise(news)]
    if len(gaps) < LEAST_GAPS:
        return None
    usual = max(median(gaps), 1)
    since = (today - news[-1]).days
    if since <= SILENT * usual:
        return None
    return f"silent for {since} days, usually something comes every {_days(usual)}"


def _days(number: float) -> str:
    return "day" if number == 1 else f"{number:g} days"
