"""
``listkeeper discover``: what every source shows today, and what was missed.

All sources are asked in one crawl. What they leave open is asked in a second one, if there is
any: days that arXiv's feeds did not prove, and works that were only named.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from catalog.errors import SourceTrouble
from catalog.report import Report
from config.errors import ConfigTrouble
from crawler.health import span
from crawler.items import Batch
from crawler.plans import IdsPlan, PagePlan, Plan, WebPlan
from crawler.process import SOURCE_OF, crawl
from crawler.sources.registry import SOURCES
from pipelines.discover.arxiv import (
    GAPS,
    Gap,
    begin,
    calendar_warning,
    conclude_feeds,
    doubt_feeds,
    feeds_plan,
    gap_plan,
    missing_days,
)
from pipelines.discover.sources import Web, wanted
from pipelines.workspace import Step, World, manners_for

# The part under which the API tells of single papers.
PAPERS = "papers"
# What `--source` may name; the order in which a run asks.
ALL = ("arxiv_rss", *GAPS, *SOURCES)


def discover(
    world: World, report: Report, since: date | None = None, only: Collection[str] = ALL
) -> None:
    """Ask the sources and keep what they show; the report gets a word for each."""
    _refuse_unknown(world)
    begin(world, report, since)
    if warning := calendar_warning(world):
        report.notes.append(warning)
    web, tally = Web(world), Counter[str]()
    with world.progress("discover") as step:
        closed = _first_look(world, report, web, only, (step, tally))
        _second_look(world, report, web, only, (step, tally), closed=closed)
    web.conclude(report)
    _tell_requests(report, tally, world.sources.most_requests)


Watch = tuple[Step, Counter[str]]


def _first_look(
    world: World, report: Report, web: Web, only: Collection[str], watch: Watch
) -> bool:
    """What the sources show now; whether arXiv wants no more questions."""
    plans: list[Plan] = [feeds_plan(world)] if "arxiv_rss" in only else []
    plans += web.plans(wanted(world, only))
    feeds: list[Batch] = []
    for batch in _crawl(world, plans, watch):
        if batch.source == "arxiv_rss":
            world.store.works.save(batch.found)
            feeds.append(batch.slim())
        else:
            web.take(batch)
    return conclude_feeds(world, report, feeds) if "arxiv_rss" in only else False


def _second_look(
    world: World, report: Report, web: Web, only: Collection[str], watch: Watch, *, closed: bool
) -> None:
    """Days that were missed, and works that were named: what the first look left open."""
    ways = [name for name in GAPS if name in only]
    missing = missing_days(world) if ways else {}
    if missing and closed:
        report.notes.append(f"not asked for {span(missing)}: arXiv wants no more questions")
    plans = [plan for plan in web.look_up() if not (closed and isinstance(plan, IdsPlan))]
    days: list[Plan] = [gap_plan(world, missing, ways)] if missing and not closed else []
    gap, named = Gap(world, missing), []
    for batch in _crawl(world, [*days, *plans], watch, _pages(plans)):
        if batch.source == "page" or batch.part == PAPERS:
            named.append(batch)
        else:
            gap.take(batch)
    other = gap.other_way(ways) if days else None
    for batch in _crawl(world, [other] if other else [], watch):
        gap.take(batch)
    if days:
        gap.conclude(report)
    if missing:
        doubt_feeds(world, report)
    web.looked_up(named, report)


def _pages(plans: Sequence[Plan]) -> list[str]:
    return [ask.url for plan in plans if isinstance(plan, PagePlan) for ask in plan.pages]


def _crawl(
    world: World, plans: Sequence[Plan], watch: Watch, pages: Sequence[str] = ()
) -> Iterator[Batch]:
    """
    Batches as they come, each to be stored at once.

    A crawl that dies is one more broken answer, of every part: no source may end without a word.
    """
    step, tally = watch
    if not plans:
        return
    left = max(world.sources.most_requests - tally.total(), 0)
    try:
        for batch in crawl(plans, replace(manners_for(world, pages), most=left), tally=tally):
            yield batch
            step(f"{batch.source} {batch.part}: {len(batch.found)} works")
    except SourceTrouble as trouble:
        for plan in plans:
            yield _dead(plan, str(trouble))


def _dead(plan: Plan, trouble: str) -> Batch:
    if isinstance(plan, WebPlan):
        return Batch(plan.source, "", trouble=trouble)
    part = PAPERS if isinstance(plan, IdsPlan) else ""
    return Batch(SOURCE_OF[type(plan)], part, trouble=trouble)


def _refuse_unknown(world: World) -> None:
    for name in world.sources.also:
        if name not in SOURCES:
            raise ConfigTrouble(
                world.config_dir / "sources.yaml",
                f"no source is called {name!r}",
                f"known: {', '.join(SOURCES)}",
                key="also",
            )


def _tell_requests(report: Report, tally: Counter[str], budget: int) -> None:
    """How often each source was asked in this run, robots.txt and second tries included."""
    for name, number in tally.items():
        report.count(f"requests/{name}", number)
    if tally:
        parts = ", ".join(f"{name} {number}" for name, number in tally.items())
        spent = "; the budget is spent" if tally.total() >= budget else ""
        report.notes.append(f"requests: {tally.total()} of at most {budget} ({parts}){spent}")
