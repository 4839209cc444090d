"""
What the page of pictures shows; plain numbers, so that every chart has its table.

Gathers what the review page draws: weeks, sources, citations, sections, digests.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.markdown.listfile import parse
from catalog.paper import Decision, SourceStatus
from catalog.store.digests import KeptDigest
from config.rules import ListRules
from output.apply import REVIEW
from output.review.charts import Bars
from pipelines.enrich.trends import movers, trends
from pipelines.workspace import Workspace

SERIES = ("discovered", "proposed", "accepted")

WEEKS, DAYS, DIGESTS, GROWN = 12, 30, 12, 10
ACCEPTED = ("accept", "pick", "star", "move")
# Of several runs a day the worst word is told.
WORST = (SourceStatus.BROKEN, SourceStatus.STALE, SourceStatus.OK, SourceStatus.QUIET)
# Runs of the last days; a busy schedule has four a day.
MOST_RUNS = 200
Placed = Iterable[tuple[date, str]]


@dataclass(frozen=True, slots=True)
class SourceDays:
    """A source and its word on each of the last days; "" where it was not asked."""

    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grown:
    """An entry whose citations grew, with the counts on the way."""

    title: str
    before: int
    after: int
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SectionSize:
    """A section of the list: its entries, and the candidates that wait for it."""

    section: str
    entries: int
    waiting: int


@dataclass(frozen=True, slots=True)
class DigestShare:
    """What became of a digest's candidates."""

    name: str
    shown: int
    accepted: int
    decided: int

    @property
    def percent(self) -> int:
        return round(100 * self.accepted / self.decided) if self.decided else 0


@dataclass(frozen=True, slots=True)
class ListPictures:
    """Everything about one list. ``weeks`` is all sections together, ``by_section`` each."""

    list_name: str
    weeks: Bars
    by_section: tuple[tuple[str, Bars], ...]
    sizes: tuple[SectionSize, ...]
    digests: tuple[DigestShare, ...]
    grown: tuple[Grown, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """All lists, and the sources that feed them; ``days`` are the days of the sources' words."""

    days: tuple[str, ...]
    sources: tuple[SourceDays, ...]
    lists: tuple[ListPictures, ...]


def pictures(workspace: Workspace) -> Pictures:
    days = [workspace.now.date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return Pictures(
        tuple(day.isoformat() for day in days),
        tuple(_sources(workspace, days)),
        tuple(_of_list(workspace, rules) for rules in workspace.lists),
    )


def _sources(workspace: Workspace, days: list[date]) -> list[SourceDays]:
    words: dict[str, dict[date, SourceStatus]] = {}
    for run in workspace.store.runs.recent(most=MOST_RUNS):
        for told in run.report.get("sources", ()):
            mine, word = words.setdefault(told["source"], {}), SourceStatus(told["word"])
            day = run.as_of.date()
            mine[day] = min(word, mine.get(day, word), key=WORST.index)
    return [
        SourceDays(name, tuple(str(mine.get(day, "")) for day in days))
        for name, mine in sorted(words.items())
        if any(day in mine for day in days)
    ]


def _of_list(workspace: Workspace, rules: ListRules) -> ListPictures:
    names = [section.name for section in rules.sections]
    made = [one for one in workspace.store.digests.all() if one.list_name == rules.list]
    latest = workspace.store.decisions.latest(rules.list)
    proposed = list(workspace.store.verdicts.proposed(rules.list))
    section_of = {work.key: verdict.section or "" for work, verdict in proposed}
    monday = _monday(workspace.now.date())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    seen = _first_seen(workspace, weeks[0])
    parts = (
        [(day, section_of[key]) for key, day in seen.items() if key in section_of],
        [
            (one.made_at.date(), str(item["section"]))
            for one in made
            for item in one.body["candidates"]
        ],
        [
            (one.at.date(), one.section or section_of.get(one.work_key, ""))
            for one in latest.values()
            if one.act in ACCEPTED
        ],
    )
    # The charts of a young store begin when it did.
    days = [day for part in parts for day, _ in part if day >= weeks[0]]
    weeks = [week for week in weeks if week >= _monday(min(days, default=monday))]
    entries = Counter(e.section for e in parse(workspace.list_path(rules).read_bytes()).entries)
    open_ones = Counter(section for key, section in section_of.items() if key not in latest)
    return ListPictures(
        rules.list,
        _bars(weeks, parts),
        tuple((name, _bars(weeks, [_only(part, name) for part in parts])) for name in names),
        tuple(SectionSize(name, entries[name], open_ones[name]) for name in names),
        tuple(_share(one, latest) for one in sorted(made, key=_made_at)[-DIGESTS:]),
        tuple(_grown(workspace)),
    )


def _first_seen(workspace: Workspace, since: date) -> dict[str, date]:
    found: dict[str, date] = {}
    for one in workspace.store.works.sighted(since):
        day = one.announced or one.seen_at.date()
        found[one.work_key] = min(day, found.get(one.work_key, day))
    return found


def _only(part: Placed, name: str) -> list[tuple[date, str]]:
    return [(day, section) for day, section in part if section == name]


def _bars(weeks: list[date], parts: Iterable[Placed]) -> Bars:
    counted = [Counter(_monday(day) for day, _ in part) for part in parts]
    return Bars(
        SERIES,
        tuple((_week(week), tuple(counts[week] for counts in counted)) for week in weeks),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date) -> str:
    return f"W{monday.isocalendar()[1]:02}"


def _made_at(one: KeptDigest) -> datetime:
    return one.made_at


def _share(one: KeptDigest, latest: dict[str, Decision]) -> DigestShare:
    """Decided on this very page, or in the browser, where the same candidates stand."""
    keys = [item["key"] for item in one.body["candidates"]]
    said = [
        latest[key]
        for key in keys
        if key in latest and latest[key].digest in (one.name, REVIEW) and latest[key].act != "undo"
    ]
    accepted = sum(decision.act in ACCEPTED for decision in said)
    return DigestShare(one.name, len(keys), accepted, len(said))


def _grown(workspace: Workspace) -> Iterable[Grown]:
    known = trends(workspace.store.facts.history("citations"))
    moved = movers(known.values(), workspace.now - timedelta(days=DAYS))[:GROWN]
    works = workspace.store.works.get_many([one.trend.key for one in moved])
    for one in moved:
        work = works.get(one.trend.key)
        levels = tuple(level for level in one.trend.levels() if level is not None)
        yield Grown(work.title if work else one.trend.key, one.before, one.after, levels)
