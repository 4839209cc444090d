"""
The numbers on the Charts page: sources, weeks, sections, digests and citations.

They are plain numbers, so that every chart also has its table.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from catalog.facts import Decision
from catalog.markdown.listfile import parse
from catalog.rows.digests import KeptDigest
from catalog.sightings import SourceStatus
from catalog.store import Store
from config.rules import ListRules
from output.apply.plan import REVIEW
from output.digest.model import week_of
from output.review.charts import Bars
from pipelines.enrich.trends import movers, trends
from pipelines.page_size import PageSize, page_size

SERIES = ("discovered", "proposed", "accepted")

MAX_WEEKS, DAYS, MAX_DIGESTS, MAX_GROWN = 12, 30, 12, 10
ACCEPTED = ("accept", "pick", "star", "move")
# Runs of the last days; a busy schedule has four a day.
MAX_RUNS = 200
DatedNames = Iterable[tuple[date, str]]


@dataclass(frozen=True, slots=True)
class SourceDays:
    """A source and the statuses of its runs on each of the last days, in their order."""

    source: str
    runs: tuple[tuple[SourceStatus, ...], ...]

    @property
    def statuses(self) -> tuple[str, ...]:
        """One status a day; "" on days without a run."""
        return tuple(map(_status_of, self.runs))


def _status_of(runs: Sequence[SourceStatus]) -> str:
    """
    The status of the day's last run.

    A quiet one says that there was no more news, and takes nothing from an earlier one that had.
    """
    if not runs:
        return ""
    had_news = runs[-1] is SourceStatus.QUIET and SourceStatus.OK in runs
    return str(SourceStatus.OK if had_news else runs[-1])


@dataclass(frozen=True, slots=True)
class Grown:
    """A work whose citations grew; ``levels`` are the counts, oldest first."""

    title: str
    before: int
    after: int
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SectionSize:
    """A section of the list: its entries, and the candidates waiting for a decision."""

    section: str
    entries: int
    waiting: int


@dataclass(frozen=True, slots=True)
class DigestShare:
    """How many of a digest's candidates were shown, decided and accepted."""

    name: str
    shown: int
    accepted: int
    decided: int

    @property
    def percent(self) -> int:
        return round(100 * self.accepted / self.decided) if self.decided else 0


@dataclass(frozen=True, slots=True)
class ListStatistics:
    """
    The numbers of one list. ``weeks`` covers all sections, ``by_section`` each of them.

    ``fit`` works of the ``found`` ones are proposed. ``stood`` counts accepted candidates by their
    place in the order of their digest: among the first ten, from 11 to 20, and further down;
    ``usual`` is the size of a digest that follows from it.
    """

    list_name: str
    weeks: Bars
    by_section: tuple[tuple[str, Bars], ...]
    sizes: tuple[SectionSize, ...]
    digests: tuple[DigestShare, ...]
    grown: tuple[Grown, ...]
    found: int = 0
    fit: int = 0
    stood: tuple[int, int, int] = (0, 0, 0)
    usual: PageSize = field(default_factory=PageSize)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of all lists and sources; ``days`` are the ISO dates of the sources' statuses."""

    days: tuple[str, ...]
    sources: tuple[SourceDays, ...]
    lists: tuple[ListStatistics, ...]


def collect_statistics(
    store: Store, lists: Sequence[tuple[ListRules, Path]], now: datetime
) -> Statistics:
    """The statistics of the store and of these lists, each with the path of its file."""
    days = [now.date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return Statistics(
        tuple(day.isoformat() for day in days),
        tuple(_sources(store, days)),
        tuple(_of_list(store, rules, path.read_bytes(), now) for rules, path in lists),
    )


def _sources(store: Store, days: list[date]) -> list[SourceDays]:
    by_source: dict[str, dict[date, list[SourceStatus]]] = {}
    for run in reversed(store.runs.recent(most=MAX_RUNS)):
        for report in run.report.get("sources", ()):
            by_day = by_source.setdefault(report["source"], {})
            by_day.setdefault(run.as_of.date(), []).append(SourceStatus(report["word"]))
    return [
        SourceDays(name, tuple(tuple(by_day.get(day, ())) for day in days))
        for name, by_day in sorted(by_source.items())
        if any(day in by_day for day in days)
    ]


def _of_list(store: Store, rules: ListRules, body: bytes, now: datetime) -> ListStatistics:
    names = [section.name for section in rules.sections]
    digests = [digest for digest in store.digests.all() if digest.list_name == rules.list]
    latest = store.decisions.latest(rules.list)
    proposed = list(store.verdicts.proposed(rules.list))
    section_of = {work.key: verdict.section or "" for work, verdict in proposed}
    monday = _monday(now.date())
    weeks = [monday - timedelta(weeks=back) for back in range(MAX_WEEKS - 1, -1, -1)]
    seen = _first_seen(store, weeks[0])
    papers_seen = len(seen) + store.trimmed.seen_since(weeks[0])
    series = (
        [(day, section_of[key]) for key, day in seen.items() if key in section_of],
        [
            (digest.made_at.date(), str(item["section"]))
            for digest in digests
            for item in digest.body["candidates"]
        ],
        [
            (decision.at.date(), decision.section or section_of.get(decision.work_key, ""))
            for decision in latest.values()
            if decision.act in ACCEPTED
        ],
    )
    # The charts of a new store begin with its first week.
    days = [day for points in series for day, _ in points if day >= weeks[0]]
    weeks = [week for week in weeks if week >= _monday(min(days, default=monday))]
    entries = Counter(entry.section for entry in parse(body).entries)
    undecided = Counter(section for key, section in section_of.items() if key not in latest)
    return ListStatistics(
        rules.list,
        _bars(weeks, series),
        tuple((name, _bars(weeks, [_only(points, name) for points in series])) for name in names),
        tuple(SectionSize(name, entries[name], undecided[name]) for name in names),
        tuple(_share(digest, latest) for digest in sorted(digests, key=_made_at)[-MAX_DIGESTS:]),
        tuple(_grown(store, now)),
        papers_seen,
        sum(key in section_of for key in seen),
        _stood(sorted(digests, key=_made_at)[-MAX_DIGESTS:], latest),
        page_size(digests, store.decisions.all(rules.list), week_of(now)),
    )


def _first_seen(store: Store, since: date) -> dict[str, date]:
    first: dict[str, date] = {}
    for sighting in store.works.sighted(since):
        day = sighting.announced or sighting.seen_at.date()
        first[sighting.work_key] = min(day, first.get(sighting.work_key, day))
    return first


def _only(points: DatedNames, name: str) -> list[tuple[date, str]]:
    return [(day, section) for day, section in points if section == name]


def _bars(weeks: list[date], series: Iterable[DatedNames]) -> Bars:
    counted = [Counter(_monday(day) for day, _ in points) for points in series]
    return Bars(
        SERIES,
        tuple((_week(week), tuple(counts[week] for counts in counted)) for week in weeks),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date) -> str:
    return f"W{monday.isocalendar()[1]:02}"


def _made_at(digest: KeptDigest) -> datetime:
    return digest.made_at


def _share(digest: KeptDigest, latest: dict[str, Decision]) -> DigestShare:
    """Count decisions made in this digest, or on the review page, which has the same works."""
    keys = [item["key"] for item in digest.body["candidates"]]
    decisions = [
        latest[key]
        for key in keys
        if key in latest
        and latest[key].digest in (digest.name, REVIEW)
        and latest[key].act != "undo"
    ]
    accepted = sum(decision.act in ACCEPTED for decision in decisions)
    return DigestShare(digest.name, len(keys), accepted, len(decisions))


def _stood(digests: Iterable[KeptDigest], latest: dict[str, Decision]) -> tuple[int, int, int]:
    """Where the accepted candidates of these digests stood in their order."""
    counts = [0, 0, 0]
    for digest in digests:
        ordered = sorted(digest.body["candidates"], key=lambda item: -item.get("score", 0.0))
        for place, item in enumerate(ordered):
            decision = latest.get(item["key"])
            if decision and decision.act in ACCEPTED:
                counts[min(place // 10, 2)] += 1
    return counts[0], counts[1], counts[2]


def _grown(store: Store, now: datetime) -> Iterable[Grown]:
    by_key = trends(store.facts.history("citations"))
    moved = movers(by_key.values(), now - timedelta(days=DAYS))[:MAX_GROWN]
    works = store.works.get_many([mover.trend.key for mover in moved])
    for mover in moved:
        work = works.get(mover.trend.key)
        levels = tuple(level for level in mover.trend.levels() if level is not None)
        yield Grown(work.title if work else mover.trend.key, mover.before, mover.after, levels)
