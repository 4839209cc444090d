"""
``listkeeper backfill``: what arXiv announced in the past, week by week, the newest first.

A stored week isn't asked for again, so after a stop the command goes on where it was. Between two
weeks nothing is locked, and all commands share arXiv's pace, so a daily run can work meanwhile.
The works are judged like any others; only those of the last weeks are candidates, so that the
digest isn't flooded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import monotonic

from catalog.address import identity
from catalog.arxiv_id import ArxivId
from catalog.clocks import with_whose
from catalog.errors import SourceTrouble
from catalog.markdown.listfile import listed_keys, parse
from catalog.report import Report
from catalog.rows.runs import StoredDay
from catalog.sightings import Found, SourceReport, SourceStatus
from catalog.store import Store
from catalog.store.verdicts import ProposedTitle
from crawler.calendar import window
from crawler.health import judge_window, says_nothing, span
from crawler.items import Failure, PapersAnswer
from crawler.plans import ApiPlan, OaiPlan
from crawler.politeness import CrawlPolicy
from crawler.process import crawl
from pipelines.candidates import FRESH_DAYS
from pipelines.discover.days import DAY, ArxivContext, StoredDays, stored_days
from pipelines.workspace import Workspace

WEEK = timedelta(days=7)
# Papers a request; the API allows more, but its pages then take long.
PAPERS_PER_PAGE = 500
# How long to wait for another command to end before a week is stored (seconds).
MAX_LOCK_WAIT_S = 3_600.0
# Works of the past that are named at the end, for each list.
MAX_PAST_WORKS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class BackfillWeek:
    """
    A week: what to ask, and which days are stored under which prefix once it was answered.

    ``marks`` are those days, ``proof`` what proves them, ``days`` the announcement days asked for.
    """

    plan: ApiPlan | OaiPlan
    marks: tuple[date, ...]
    prefix: str
    proof: str
    days: tuple[date, ...]


def backfill(workspace: Workspace, report: Report, since: date, until: date, way: str) -> None:
    """Ask for every week that isn't stored, and store its papers."""
    arxiv, store = ArxivContext.of(workspace), workspace.store
    todo = _pieces(arxiv, store, since, until, way)
    keys: set[str] = set()
    silent: list[BackfillWeek] = []
    outcome: SourceReport | None = None
    with workspace.progress("backfill", total=len(todo)) as step:
        began = monotonic()
        for number, piece in enumerate(todo, 1):
            results = _ask(piece.plan, workspace.crawl_policy)
            summaries = [it.slim() if isinstance(it, PapersAnswer) else it for it in results]
            if isinstance(piece.plan, OaiPlan) and says_nothing(summaries):
                silent.append(piece)
                step(f"{span(piece.days)}: no records")
                continue
            outcome = judge_window(summaries, piece.days)
            works = [item for item in _found(results) if is_of_the_past(item, until)]
            marks = _days_of(arxiv, piece, len(works)) if outcome.word is SourceStatus.OK else []
            _store(store, works, marks)
            keys |= {item.work.key for item in works}
            if outcome.word is SourceStatus.BROKEN:
                break
            left = (monotonic() - began) / number * (len(todo) - number)
            step(f"{span(piece.days)}: {outcome.counts['found']} papers, {time_left(left)}")
    if silent:
        outcome = _settle_silent(arxiv, store, silent, outcome)
    _report(report, outcome, (since, until), len(todo))
    if way != "arxiv_api" and (outcome is None or outcome.word is SourceStatus.OK):
        days = arxiv.working_days(since, until)
        _store(store, [], stored_as(arxiv, "past", days, "oai", len(keys)))
    report.count("backfill/found", len(keys))


def _settle_silent(
    arxiv: ArxivContext,
    store: Store,
    silent: Sequence[BackfillWeek],
    outcome: SourceReport | None,
) -> SourceReport:
    """
    Weeks for which OAI-PMH has no records are complete where it had some for another week.

    Without any it may be its index that is empty; then they are asked for again.
    """
    days = [day for piece in silent for day in piece.days]
    if outcome is None:
        reason = f"has no records at all for {span(days)}"
        return SourceReport("arxiv_oai", SourceStatus.BROKEN, reason, later=True)
    if outcome.word is SourceStatus.OK:
        _store(store, [], [day for piece in silent for day in _days_of(arxiv, piece, 0)])
        return replace(outcome, reason=f"{outcome.reason}; no records for {span(days)}")
    return outcome


def _pieces(
    arxiv: ArxivContext, store: Store, since: date, until: date, way: str
) -> list[BackfillWeek]:
    trimmed = store.trimmed.days(since, until)
    if way == "arxiv_api":
        daily = stored_days(store.runs, arxiv.categories)
        past = stored_days(store.runs, arxiv.categories, "past")
        proved = proved_days(daily, past) - without_texts(trimmed, past)
        return pieces_by_api(arxiv, proved, since, until)
    read = stored_days(store.runs, arxiv.categories, "oai")
    return pieces_by_oai(arxiv, read_since(read, max(trimmed.values(), default=None)), since)


def proved_days(daily: StoredDays, past: StoredDays) -> set[date]:
    """The days stored for every category, by the daily run or by this command."""
    each = [
        {day for day, stored in daily[category].items() if stored.proof != "begin"}
        | past[category].keys()
        for category in daily
    ]
    return set.intersection(*each) if each else set()


def without_texts(trimmed: Mapping[date, datetime], past: StoredDays) -> set[date]:
    """
    The days of which texts were given up and not asked for since.

    ``trimmed`` says when their papers were last seen. What didn't come back when a day was asked
    for again isn't there any more, and asking once more would not help.
    """
    asked = {
        day: min(days[day].at for days in past.values())
        for day in set.intersection(*(set(days) for days in past.values()))
    }
    return {day for day, seen in trimmed.items() if day not in asked or seen >= _second(asked[day])}


def read_since(read: StoredDays, seen: datetime | None) -> StoredDays:
    """The weeks that were read after the trimmed papers were last seen."""
    if seen is None:
        return read
    return {
        category: {day: stored for day, stored in days.items() if _second(stored.at) > seen}
        for category, days in read.items()
    }


def _second(at: datetime) -> datetime:
    """Times of trimmed papers have whole seconds."""
    return at.replace(microsecond=0)


def pieces_by_api(
    arxiv: ArxivContext, proved: set[date], since: date, until: date
) -> list[BackfillWeek]:
    """The weeks whose days aren't all proved, by the days on which papers were submitted."""
    days = arxiv.working_days(since, until)
    weeks = [tuple(week) for _, week in groupby(days, key=lambda day: day.isocalendar()[:2])]
    todo = [week for week in weeks if not proved.issuperset(week)]
    plans = [
        _api_plan(arxiv, week, before) for before, week in zip([(), *todo], todo, strict=False)
    ]
    return [
        BackfillWeek(plan, week, "past", "api", week)
        for plan, week in zip(reversed(plans), reversed(todo), strict=True)
    ]


def _api_plan(arxiv: ArxivContext, week: Sequence[date], before: Sequence[date]) -> ApiPlan:
    """
    A week, by when papers were submitted.

    A paper that moderation held back was submitted in the week before, and is found there. Where
    that week isn't asked for, this one reaches back some days.
    """
    adjacent = bool(before) and week[0] - before[-1] <= WEEK
    start, end = window(week, 0 if adjacent else arxiv.settings.overlap_days)
    return ApiPlan(
        arxiv.services["arxiv_api"],
        arxiv.categories,
        start,
        end,
        arxiv.days_off,
        arxiv.now,
        page=PAPERS_PER_PAGE,
    )


def pieces_by_oai(arxiv: ArxivContext, read: StoredDays, since: date) -> list[BackfillWeek]:
    """
    The weeks from the first day up to now, by the days of the records.

    A record bears the day of its last change: what was announced in a past month is complete only
    when everything that changed since was read, and a week only when it is over. ``read`` are the
    Mondays of weeks that were asked for before.
    """
    pieces = []
    monday = since - timedelta(days=since.weekday())
    while monday <= arxiv.today:
        sunday = monday + WEEK - DAY
        if not all(
            monday in days and days[monday].at.date() > sunday + DAY for days in read.values()
        ):
            until = min(sunday, arxiv.today)
            plan = OaiPlan(
                arxiv.services["arxiv_oai"],
                arxiv.categories,
                monday,
                arxiv.days_off,
                arxiv.now,
                until=until,
                first=since,
            )
            days = tuple(arxiv.working_days(monday, until))
            pieces.append(BackfillWeek(plan, (monday,), "oai", "oai", days))
        monday += WEEK
    return pieces[::-1]


def time_left(seconds: float) -> str:
    return f"about {max(round(seconds / 60), 1)} min left" if seconds > 0 else "done"


def _ask(plan: ApiPlan | OaiPlan, policy: CrawlPolicy) -> list[PapersAnswer | Failure]:
    try:
        items = list(crawl([plan], policy))
    except SourceTrouble as trouble:
        name = "arxiv_oai" if isinstance(plan, OaiPlan) else "arxiv_api"
        return [Failure(name, "", str(trouble))]
    return [item for item in items if isinstance(item, PapersAnswer | Failure)]


def _found(results: Sequence[PapersAnswer | Failure]) -> Iterator[Found]:
    for result in results:
        if isinstance(result, PapersAnswer):
            yield from result.works


def is_of_the_past(item: Found, until: date) -> bool:
    """First announced up to the last day: papers that only changed since are no news."""
    seen = item.sighting
    return seen.announce_type == "new" and seen.announced is not None and seen.announced <= until


def _days_of(arxiv: ArxivContext, piece: BackfillWeek, count: int) -> list[StoredDay]:
    return stored_as(arxiv, piece.prefix, piece.marks, piece.proof, count)


def stored_as(
    arxiv: ArxivContext, prefix: str, days: Sequence[date], proof: str, count: int
) -> list[StoredDay]:
    """Days with their proof and number of papers, for every category."""
    return [
        StoredDay(f"{prefix}/{category}", day, proof, count, arxiv.now)
        for category in arxiv.categories
        for day in days
    ]


def _store(store: Store, works: Sequence[Found], days: Sequence[StoredDay] = ()) -> None:
    """Store papers together with the days they make complete, between other commands."""
    with store.lock("backfill", patience=MAX_LOCK_WAIT_S), store.transaction():
        store.works.save(works)
        for day in days:
            store.runs.set_day(day)


def _report(
    report: Report, outcome: SourceReport | None, days: tuple[date, date], weeks: int
) -> None:
    first, last = days
    report.count("backfill/weeks", weeks)
    if outcome is None:
        report.notes.append(f"{first} to {last} is stored already")
        return
    report.add_source(outcome)
    report.sources = with_whose(report.sources)
    if outcome.word is SourceStatus.BROKEN:
        report.notes.append("stopped there; what came before is kept: start it again later")


def tell(store: Store, report: Report, lists: Mapping[str, Path], since: date, until: date) -> None:
    """
    How many works of these days the rules propose, and the strongest that aren't candidates.

    ``lists`` are the lists' files by name; the report's moment says what is too old for one.
    """
    fresh = (report.as_of - timedelta(days=FRESH_DAYS)).date()
    for name, path in lists.items():
        listed = listed_keys(parse(path.read_bytes()))
        settled = {identity(key) for key in listed} | store.decisions.latest(name).keys()
        proposed = store.verdicts.titles_proposed(name, since, until)
        undecided = [paper for paper in proposed if identity(paper.key) not in settled]
        older = [paper for paper in undecided if paper.announced < fresh]
        past = len(undecided)
        report.count("backfill/proposed", past)
        report.notes.append(
            f"{name}: {past} papers of these days are proposed and not in the list; "
            f"{past - len(older)} of the last {FRESH_DAYS} days are candidates"
        )
        if older:
            report.notes.append("the strongest of the older ones, for `listkeeper add`:")
            report.notes += map(_line, older[:MAX_PAST_WORKS_SHOWN])


def _line(paper: ProposedTitle) -> str:
    where = f"{paper.section} ({paper.score:.2f})"
    arxiv_id = ArxivId.parse(paper.key.partition(":")[2])
    return f"  arxiv.org/abs/{arxiv_id}  {where}  {paper.title[:100]}"
