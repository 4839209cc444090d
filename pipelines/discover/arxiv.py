"""
What arXiv announced: the days that its feeds prove complete, and those still missing.

A day is stored for a category once an answer proved it: the feed of that day, or afterwards the
query API (a few days) or OAI-PMH (more). Where one of these fails, the same run asks the other.
Days without a proof are asked for again by the next run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from catalog.paper import Paper, Work, paper_key
from catalog.rows.runs import SourceState, StoredDay
from catalog.sightings import CLOCK_WRONG, Found, SourceReport, SourceStatus
from catalog.store import Store
from catalog.store.runs import Runs
from crawler.calendar import window
from crawler.health import judge_feed, judge_window, next_feed_state, next_window_state, unusual
from crawler.items import Failure, PapersAnswer, PapersResult
from crawler.plans import ApiPlan, OaiPlan, RssPlan
from pipelines.discover.days import DAY, ArxivContext, StoredDays, stored_days

# More missing days than this are asked of OAI-PMH.
MAX_DAYS_BY_API = 3
# The services that fill missing days, and the proof a day gets from each.
GAPS = {"arxiv_api": "api", "arxiv_oai": "oai"}
PROOFS = frozenset({"feed", *GAPS.values()})

# Announcement days without a proof, each with the categories that lack it.
MissingDays = Mapping[date, Sequence[str]]


def last_answer(arxiv: ArxivContext, runs: Runs) -> datetime | None:
    """When arXiv last proved a day of ours, by the clock of that run; None if it never did."""
    every = stored_days(runs, arxiv.categories).values()
    return max(
        (day.at for days in every for day in days.values() if day.proof in PROOFS), default=None
    )


def first_days(arxiv: ArxivContext, stored: StoredDays, since: date | None) -> list[StoredDay]:
    """
    The days from which nothing may be missed, where they aren't set: ``since`` or today.

    One in the future was set by a wrong clock: until then nothing would count as missed.
    """
    start = (since or arxiv.today) - DAY
    return [
        StoredDay(f"arxiv/{category}", start, "begin", 0, arxiv.now)
        for category, days in stored.items()
        if not days or min(days) > arxiv.today or (since is not None and start < min(days))
    ]


def feeds_plan(arxiv: ArxivContext, states: Mapping[str, SourceState]) -> RssPlan:
    """The feeds, each with the ETag of its last answer."""
    last = {feed: states.get(f"arxiv_rss/{feed}") for feed in arxiv.settings.feeds}
    etags = {feed: state.etag if state else None for feed, state in last.items()}
    return RssPlan(arxiv.services["arxiv_rss"], etags, arxiv.now)


def by_feed(feeds: Sequence[str], results: Iterable[PapersResult]) -> dict[str, list[PapersResult]]:
    """The results of each feed; one without a part is of all feeds, and no feed goes without."""
    answers: dict[str, list[PapersResult]] = {feed: [] for feed in feeds}
    for result in results:
        for part in [result.part] if result.part else answers:
            answers[part].append(replace(result, part=part))
    silent = "the spider ended without an answer"
    return {part: own or [Failure("arxiv_rss", part, silent)] for part, own in answers.items()}


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """The report of a feed, what to remember of it, and the days it proved."""

    report: SourceReport
    state: SourceState
    proved: Sequence[StoredDay]


def conclude_feed(
    arxiv: ArxivContext,
    part: str,
    results: Sequence[PapersResult],
    state: SourceState | None,
    earlier: Sequence[int],
) -> FeedOutcome:
    """Decide how a feed did; ``earlier`` is how many papers it had in the last runs."""
    judged = judge_feed(results, state, arxiv.today, arxiv.days_off, earlier)
    report, papers = judged.report, judged.report.counts["found"]
    remark = unusual(papers, earlier) if report.word is SourceStatus.OK and papers else None
    reason = report.reason + (f"; {remark}" if remark else "")
    proved = [
        StoredDay(f"arxiv/{category}", judged.proves, "feed", papers, arxiv.now)
        for category in part.split("+")
        if judged.proves
    ]
    return FeedOutcome(
        replace(report, reason=reason, look=remark is not None),
        next_feed_state(judged, results, state, arxiv.now),
        proved,
    )


def missing_days(arxiv: ArxivContext, stored: StoredDays) -> dict[date, list[str]]:
    """Announcement days before today without a proof, each with the categories that lack it."""
    missing: dict[date, list[str]] = defaultdict(list)
    oldest = arxiv.today - DAY * arxiv.settings.look_back_days
    for category, days in stored.items():
        first = max(min(days), oldest) if days else arxiv.today
        for day in arxiv.working_days(first, arxiv.today - DAY):
            if day not in days:
                missing[day].append(category)
    return dict(sorted(missing.items()))


def recheck_feeds(arxiv: ArxivContext, store: Store) -> list[SourceState]:
    """
    Take back what today's feeds proved, where it may have been the batch of the day before.

    A stale feed is recognised by its papers, which stood in the last one. Where the last one
    couldn't be read, only the answer that fills that day can tell: papers that were announced
    then. As long as that day is missing, today's feed proves nothing, and the next run asks for
    both. Returns the new states of feeds that turned out stale.
    """
    missing = missing_days(arxiv, stored_days(store.runs, arxiv.categories))
    earlier = arxiv.working_days(arxiv.today - 14 * DAY, arxiv.today - DAY)
    last = earlier[-1] if earlier else None
    stale = []
    for feed in arxiv.settings.feeds:
        state = store.runs.source(f"arxiv_rss/{feed}")
        if state is None or state.day != arxiv.today or state.word is not SourceStatus.OK:
            continue
        if last is not None and last == max(missing, default=None):
            _take_back(store.runs, feed, arxiv.today)
        elif _are_older(store.works.get_many(_first_versions(state)).values(), arxiv.today):
            reason = "shows the batch of the day before, which could not be read then"
            stale.append(replace(state, word=SourceStatus.STALE, reason=reason, day=last, streak=1))
            _take_back(store.runs, feed, arxiv.today)
            store.runs.set_source(stale[-1])
    return stale


def _first_versions(state: SourceState) -> set[str]:
    """The keys of papers that a feed showed in their first version."""
    return {paper_key(name.removesuffix("v1")) for name in state.batch if name.endswith("v1")}


def _are_older(works: Iterable[Work], today: date) -> bool:
    """Whether there are papers, and all of them were announced before today."""
    days = [work.announced for work in works if isinstance(work, Paper)]
    return bool(days) and all(day is not None and day < today for day in days)


def _take_back(runs: Runs, feed: str, day: date) -> None:
    for category in feed.split("+"):
        runs.forget_day(f"arxiv/{category}", day)


def gap_plan(
    arxiv: ArxivContext,
    missing: MissingDays,
    states: Mapping[str, SourceState],
    ways: Sequence[str] = tuple(GAPS),
) -> ApiPlan | OaiPlan:
    """
    What to ask for the missing days: the query API for a few, OAI-PMH for more.

    The API lists papers submitted in a window, 200 a request; OAI-PMH everything announced,
    cross-listed or replaced since, 2,500 a request. Where one failed in the last run, the other
    is asked; ``ways`` may name only one of them.
    """
    names = tuple(dict.fromkeys(name for categories in missing.values() for name in categories))
    if ways[0] == "arxiv_oai" or (len(ways) > 1 and _by_oai(missing, states)):
        since = min(missing) - DAY
        return OaiPlan(arxiv.services["arxiv_oai"], names, since, arxiv.days_off, arxiv.now)
    start, end = window(missing, arxiv.settings.overlap_days)
    return ApiPlan(arxiv.services["arxiv_api"], names, start, end, arxiv.days_off, arxiv.now)


def _by_oai(missing: Collection[date], states: Mapping[str, SourceState]) -> bool:
    many = len(missing) > MAX_DAYS_BY_API
    first, second = ("arxiv_oai", "arxiv_api") if many else ("arxiv_api", "arxiv_oai")
    failed = [name for name in (first, second) if name in states and states[name].streak]
    return many != (failed == [first])


@dataclass
class Gap:
    """The missing days of a run, and what each service answered about them."""

    arxiv: ArxivContext
    store: Store
    missing: MissingDays
    results: dict[str, list[PapersResult]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)

    def take(self, item: PapersAnswer | Failure) -> None:
        """Store the papers of an answer at once, and remember how it was."""
        results = self.results.setdefault(item.source, [])
        if isinstance(item, Failure):
            results.append(item)
            return
        stored = stored_days(self.store.runs, self.arxiv.categories)
        late = late_papers(item.works, stored, self.missing, self.arxiv.today)
        self.late.update(late - self.store.works.get_many(late).keys())
        self.store.works.save(item.works)
        results.append(item.slim())

    def other_way(self, ways: Sequence[str]) -> ApiPlan | OaiPlan | None:
        """What to ask after a failure; nothing where arXiv wants no more requests."""
        ((source, results),) = self.results.items() or (("", []),)
        rest = [name for name in ways if name != source]
        failed = judge_window(results, self.missing).word is SourceStatus.BROKEN
        if not source or not failed or not rest or is_closed(results):
            return None
        return gap_plan(self.arxiv, self.missing, self.store.runs.sources(), rest)

    def conclude(self) -> list[SourceReport]:
        """Store how the services did and the days they proved; the reports to show."""
        reports = [judge_window(results, self.missing) for results in self.results.values()]
        reports = reports or [judge_window([], self.missing)]
        *failed, last = reports
        runs = self.store.runs
        with self.store.transaction():
            for report in reports:
                old = runs.source(report.source)
                runs.set_source(next_window_state(report, old, self.arxiv.now))
            for day in self._proved(last):
                runs.set_day(day)
        if last.word is not SourceStatus.OK:
            return reports
        reasons = (f"{it.source} could not: {it.reason.partition(';')[0]}" for it in failed)
        return [replace(last, reason="; ".join([last.reason, *reasons]))]

    def _proved(self, report: SourceReport) -> list[StoredDay]:
        if report.word is not SourceStatus.OK:
            return []
        proof, papers = GAPS[report.source], report.counts["found"]
        return [
            StoredDay(f"arxiv/{category}", day, proof, papers, self.arxiv.now)
            for day, names in self.missing.items()
            for category in names
        ]


def is_closed(results: Iterable[PapersResult]) -> bool:
    """Whether arXiv wants no more requests in this run, or our clock is wrong."""
    return any(
        isinstance(result, Failure) and (result.closed or result.reason.startswith(CLOCK_WRONG))
        for result in results
    )


def late_papers(
    works: Sequence[Found], stored: StoredDays, missing: Collection[date], today: date
) -> set[str]:
    """The keys of papers announced on a day that counted as complete."""
    begin = min((min(days) for days in stored.values() if days), default=date.max)
    return {
        item.work.key
        for item in works
        if item.sighting.announce_type == "new"
        and item.sighting.announced is not None
        and begin < item.sighting.announced < today
        and item.sighting.announced not in missing
    }
