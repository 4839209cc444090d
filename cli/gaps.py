"""
Announcement days that were missed: who is asked for them, and what becomes of the answers.

The query API for a few, OAI-PMH for more; where one fails, the other is asked in the same run, and
what neither could tell is asked for again by the next one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from catalog.paper import Found, SourceReport, Word
from catalog.store.runs import SourceState
from cli.discover_arxiv import categories, prove
from cli.report import Report
from cli.world import World
from crawler.calendar import feed_day, window
from crawler.health import judge_window
from crawler.items import Batch
from crawler.plans import ApiPlan, OaiPlan

DAY = timedelta(days=1)
# More missing days than this are asked of OAI-PMH.
MOST_BY_API = 3
# Who is asked for missing days, and what such a day is then proved by.
GAPS = {"arxiv_api": "api", "arxiv_oai": "oai"}


def gap_plan(
    world: World, missing: dict[date, list[str]], ways: Sequence[str] = tuple(GAPS)
) -> ApiPlan | OaiPlan:
    """
    What to ask for the missing days: the query API for a few, OAI-PMH for more.

    The API tells what was sent in a window, 200 papers a request; OAI-PMH everything that was
    announced, cross-listed or replaced since, 2,500 a request. Where one failed in the last run,
    the other is asked; ``ways`` may name only one of them.
    """
    names = tuple(dict.fromkeys(name for some in missing.values() for name in some))
    services = world.services.services
    if ways[0] == "arxiv_oai" or (len(ways) > 1 and _by_oai(world, missing)):
        since = min(missing) - DAY
        return OaiPlan(services["arxiv_oai"], names, since, world.days_off, world.now)
    start, end = window(missing, world.sources.arxiv.overlap_days)
    return ApiPlan(services["arxiv_api"], names, start, end, world.days_off, world.now)


def _by_oai(world: World, missing: Collection[date]) -> bool:
    many = len(missing) > MOST_BY_API
    usual, other = ("arxiv_oai", "arxiv_api") if many else ("arxiv_api", "arxiv_oai")
    states = world.store.runs.sources()
    failed = [name for name in (usual, other) if name in states and states[name].streak]
    return many != (failed == [usual])


@dataclass
class Gap:
    """What was told about the missing days, by who told it."""

    world: World
    missing: dict[date, list[str]]
    told: dict[str, list[Batch]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)

    def take(self, batch: Batch) -> None:
        """Store the papers of an answer at once, and remember how it was."""
        self.late.update(came_late(self.world, self.missing, batch.found))
        self.world.store.works.save(batch.found)
        self.told.setdefault(batch.source, []).append(batch.slim())

    def other_way(self, ways: Sequence[str]) -> ApiPlan | OaiPlan | None:
        """What to ask of whom after a failure; nothing where arXiv wants no more questions."""
        ((source, batches),) = self.told.items() or (("", []),)
        rest = [name for name in ways if name != source]
        failed = judge_window(batches, self.missing).report.word is Word.BROKEN
        if not source or not failed or not rest or any(batch.closed for batch in batches):
            return None
        return gap_plan(self.world, self.missing, rest)

    def conclude(self, report: Report) -> None:
        """Say the word of who was asked, and keep the days that were proved."""
        said = [judge_window(batches, self.missing).report for batches in self.told.values()]
        said = said or [judge_window([], self.missing).report]
        *failed, last = said
        with self.world.store.transaction():
            for one in said:
                self.world.store.runs.set_source(_state(self.world, one))
            if last.word is Word.OK:
                self._prove(last)
        if last.word is Word.OK:
            reasons = (f"{one.source} could not: {one.reason.partition(';')[0]}" for one in failed)
            report.add_source(replace(last, reason="; ".join([last.reason, *reasons])))
        else:
            for one in said:
                report.add_source(one)
        if self.late:
            report.count("discover/late", len(self.late))
            report.notes.append(f"{len(self.late)} papers came late, to days that were complete")

    def _prove(self, said: SourceReport) -> None:
        for day, names in self.missing.items():
            for category in names:
                prove(self.world, category, day, GAPS[said.source], said.counts["found"])


def came_late(world: World, missing: Collection[date], found: Sequence[Found]) -> list[str]:
    """Papers nobody knew that were announced on a day which was complete; before they are kept."""
    stored = [world.store.runs.days(f"arxiv/{category}") for category in categories(world)]
    begin = min((min(days) for days in stored if days), default=date.max)
    new = {
        item.work.key
        for item in found
        if item.sighting.announce_type == "new"
        and item.sighting.announced is not None
        and begin < item.sighting.announced
        and item.sighting.announced not in missing
        and item.sighting.announced < feed_day(world.now)
    }
    return sorted(new - world.store.works.get_many(new).keys())


def _state(world: World, said: SourceReport) -> SourceState:
    """How it went; a streak of failures sends the next run another way."""
    old = world.store.runs.source(said.source)
    streak = (old.streak if old else 0) + 1 if said.word is Word.BROKEN else 0
    return SourceState(said.source, None, (), None, said.word, said.reason, streak, world.now)
