"""
The status a source ends a run in, and why: decided from its answers and from its last state.

OK: it brought something new, or (arXiv) the day's batch is stored. QUIET: nothing was due (arXiv:
proved by weekend or day off), or everything was seen before. STALE (arXiv): it still shows an
earlier day's batch. BROKEN: its answer couldn't be read, or can't be believed. A day counts as
stored only when an answer proves it.

A remark on top says when a source is silent three times as long as usual, or brings a fifth of
what its last ten runs brought, or five times as much.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from statistics import mean, median

from catalog.paper import is_paper_key
from catalog.plural import counted
from catalog.rows.runs import SourceState
from catalog.sightings import KEY_REFUSED, SourceReport, SourceStatus
from crawler.calendar import why_quiet
from crawler.items import (
    Failure,
    PapersResult,
    Summary,
    Unchanged,
    WebAnswer,
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

# Days with news to remember; with fewer gaps between them nothing is usual.
MAX_NEWS_DAYS, MIN_GAPS = 12, 3
# Silence of this many usual intervals is worth a look.
SILENT_INTERVALS = 3
# Works of earlier answers that a source which shows only a part is remembered by, at most.
MAX_REMEMBERED = 5_000


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
    if broken := _first_broken(results):
        return judged(SourceStatus.BROKEN, f"{broken.reason}{_stored(counts)}", later=broken.later)
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


def _first_broken(results: Sequence[PapersResult | WebResult]) -> Failure | None:
    """The first failure, or the first answer that isn't complete, as a failure; not of a detail."""
    for result in results:
        if isinstance(result, Failure) and result.detail:
            continue
        if isinstance(result, Failure):
            return result
        if reason := trouble_of(result):
            return Failure(result.source, result.part, reason)
    return None


def _stored(counts: dict[str, int]) -> str:
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
    if broken := _first_broken(results):
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
    return _first_broken(results) is None and not any(
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


@dataclass(frozen=True, slots=True)
class NamedWorks:
    """
    What became of the works that a part of a source named, now or in earlier runs.

    ``unknown`` have been asked for without an answer, with the reason; ``unasked`` are left for
    the next run; ``late`` were named in an earlier run and are stored since this one.
    """

    unknown: Mapping[str, str] = field(default_factory=dict)
    unasked: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()


def judge_web(
    source: str,
    results: Sequence[WebResult],
    state: SourceState | None,
    now: datetime,
    earlier: Sequence[int] = (),
    named: NamedWorks | None = None,
) -> SourceReport:
    """
    The status of one part of a source, from its results of this run.

    ``earlier`` is how many items it had in the last runs. Only what is stored counts as new.
    """
    named = named or NamedWorks()
    counts = _web_counts(results, state, named)
    remarks = [*_part_only(results), *_details(results), *_not_had(results, named)]
    if broken := _first_broken(results):
        return _broken(source, broken, counts, state, remarks)
    before = len(state.batch) if state else 0
    may_be_empty = _is_unchanged(results) or any(it.may_be_empty for it in _answers(results))
    if before and not counts["items"] and not may_be_empty:
        reason = f"is empty, and had {before} works before"
        return _broken(source, Failure(source, "", reason), counts, state, remarks)
    silence = silent(news_days(results, state, now), now.date())
    remark = unusual(counts["items"], earlier) if counts["items"] else None
    is_news = keys_of(results) - set(state.batch if state else ()) or named.late
    word = SourceStatus.OK if is_news else SourceStatus.QUIET
    reasons = (_reason(results, counts, state, is_news=bool(is_news)), *remarks, silence, remark)
    reason = "; ".join(filter(None, reasons))
    return SourceReport(source, word, reason, counts, look=bool(silence or remark))


def _part_only(results: Sequence[WebResult]) -> Iterator[str]:
    yield from dict.fromkeys(it.part_only for it in _answers(results) if it.part_only)


def _details(results: Sequence[WebResult]) -> Iterator[str]:
    """Which details could not be had, by their reason; and how many are left for the next run."""
    failed = [it for it in results if isinstance(it, Failure) and it.detail]
    for (detail, reason), number in Counter((it.detail, it.reason) for it in failed).items():
        yield f"{counted(number, detail)} not read: {reason}"
    left = len({key for answer in _answers(results) for key in answer.open})
    if left:
        yield f"{counted(left, 'detail')} left for the next run"


def _not_had(results: Sequence[WebResult], named: NamedWorks) -> Iterator[str]:
    """How many of the named works are not known where they live, and how many wait to be asked."""
    shown = {sighting.work_key for answer in _answers(results) for sighting in answer.named}
    papers = [key for key in named.unknown if is_paper_key(key)]
    if papers:
        all_papers = len({key for key in shown if is_paper_key(key)}.union(papers))
        verb = "is" if len(papers) == 1 else "are"
        yield f"{len(papers)} of {counted(all_papers, 'named paper')} {verb} not known at arXiv yet"
    pages = [key for key in named.unknown if not is_paper_key(key)]
    if pages:
        reason = named.unknown[pages[0]]
        yield f"{counted(len(pages), 'named page')} could not be read yet ({reason})"
    if named.unasked:
        yield f"{counted(len(named.unasked), 'named work')} left for the next run"


def _is_unchanged(results: Sequence[WebResult]) -> bool:
    return any(isinstance(result, Unchanged) for result in results)


def _reason(
    results: Sequence[WebResult],
    counts: dict[str, int],
    state: SourceState | None,
    *,
    is_news: bool,
) -> str:
    newest = f", newest item: {state.news[-1]:%-d %b}" if state and state.news else ""
    if _is_unchanged(results):
        return f"unchanged, {counts['new']} new" if counts["new"] else f"unchanged{newest}"
    items = counted(counts["items"], "item")
    if not is_news:
        return f"{items}, nothing new{newest}" if counts["items"] else "no items"
    old = f", {counts['old']} too old" if counts["old"] else ""
    return f"{items}, {counts['new']} new{old}"


def _broken(
    source: str,
    broken: Failure,
    counts: dict[str, int],
    state: SourceState | None,
    remarks: Sequence[str],
) -> SourceReport:
    streak = (state.streak if state else 0) + 1
    repeated = f"; {streak} times in a row" if streak > 1 else ""
    reason = "; ".join([f"{broken.reason}{_stored(counts)}{repeated}", *remarks])
    # Services fail for hours (YouTube's feeds do): the days in a row are what asks for a person.
    later = not broken.reason.startswith(KEY_REFUSED)
    return SourceReport(source, SourceStatus.BROKEN, reason, counts, later=later)


def _answers(results: Sequence[WebResult]) -> list[WebAnswer]:
    return [result for result in results if isinstance(result, WebAnswer)]


def keys_of(results: Sequence[WebResult]) -> set[str]:
    """The keys of all works that these answers showed."""
    return {key for answer in _answers(results) for key in answer.ids}


def _web_counts(
    results: Sequence[WebResult], state: SourceState | None, named: NamedWorks
) -> dict[str, int]:
    answers, keys = _answers(results), keys_of(results)
    not_had = named.unknown.keys() | named.unasked
    return {
        "items": sum(answer.total for answer in answers),
        "found": len(keys - not_had),
        "new": len((keys - set(state.batch if state else ()) - not_had) | named.late),
        "waiting": len(not_had),
        "odd": sum(len(answer.odd) for answer in answers),
        "old": sum(answer.old for answer in answers),
    }


def next_web_state(
    report: SourceReport,
    results: Sequence[WebResult],
    old: SourceState | None,
    now: datetime,
) -> SourceState:
    """
    What to remember of a part of a source.

    An ETag is stored only with the answer it belongs to: not with a broken one, and not while
    details are open, which only the whole answer shows again.
    """
    readable = report.word is not SourceStatus.BROKEN
    unchanged = _is_unchanged(results)
    still_open = _open(results, old)
    first = results[0] if results else None
    tag, modified = (first.etag, first.modified) if isinstance(first, WebAnswer) else (None, None)
    if unchanged and old:
        tag, modified = old.etag, old.modified
    complete = readable and not still_open
    return SourceState(
        source=report.source,
        etag=tag if complete else None,
        batch=_batch(results, old) if readable and not unchanged else (old.batch if old else ()),
        day=None,
        word=report.word,
        reason=report.reason,
        streak=0 if readable else (old.streak if old else 0) + 1,
        at=now,
        modified=modified if complete else None,
        news=news_days(results, old, now) if readable else (old.news if old else ()),
        open=still_open,
    )


def _batch(results: Sequence[WebResult], old: SourceState | None) -> tuple[str, ...]:
    """The works of the answers; where they show a part only, those of earlier ones after them."""
    keys = dict.fromkeys(sorted(keys_of(results)))
    if any(_part_only(results)) and old:
        keys |= dict.fromkeys(old.batch)
    return tuple(keys)[: max(MAX_REMEMBERED, len(keys_of(results)))]


def _open(results: Sequence[WebResult], old: SourceState | None) -> tuple[str, ...]:
    """Works with an open detail: those not asked for come before those that failed just now."""
    if not _answers(results):
        return old.open if old else ()
    failed = (it for it in results if isinstance(it, Failure) and it.detail and not it.lasting)
    left = [key for answer in _answers(results) for key in answer.open]
    return tuple(dict.fromkeys([*left, *(it.about for it in failed)]))


def news_days(
    results: Sequence[WebResult], old: SourceState | None, now: datetime
) -> tuple[date, ...]:
    """The last days with something new: as the items say, else the day we saw it."""
    days = {day for answer in _answers(results) for day in answer.days}
    if not days and keys_of(results) - set(old.batch if old else ()):
        days = {now.date()}
    return tuple(sorted(days.union(old.news if old else ()))[-MAX_NEWS_DAYS:])


def silent(news: Sequence[date], today: date) -> str | None:
    """A remark when nothing came for three times as long as usual."""
    gaps = [(after - before).days for before, after in pairwise(news)]
    if len(gaps) < MIN_GAPS:
        return None
    usual = max(median(gaps), 1)
    since = (today - news[-1]).days
    if since <= SILENT_INTERVALS * usual:
        return None
    return f"silent for {since} days, usually a new item comes every {_days(usual)}"


def _days(number: float) -> str:
    return "day" if number == 1 else f"{number:g} days"
