"""
The status of a part of a web source, and what to remember of it: pages, lists, repositories.

A remark says when it is silent three times as long as usual.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from statistics import median

from catalog.paper import is_paper_key
from catalog.plural import counted
from catalog.rows.runs import SourceState
from catalog.sightings import KEY_REFUSED, SourceReport, SourceStatus
from crawler.health import first_broken, stored_of, unusual
from crawler.items import (
    Failure,
    Unchanged,
    WebAnswer,
    WebResult,
)

# Days with news to remember; with fewer gaps between them nothing is usual.
MAX_NEWS_DAYS, MIN_GAPS = 12, 3
# Silence of this many usual intervals is worth a look.
SILENT_INTERVALS = 3
# Works of earlier answers that a source which shows only a part is remembered by, at most.
MAX_REMEMBERED = 5_000


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
    if broken := first_broken(results):
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
    reason = "; ".join([f"{broken.reason}{stored_of(counts)}{repeated}", *remarks])
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
