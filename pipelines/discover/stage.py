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
from pipelines.workspace import Step, Workspace

# The part under which the API tells of single papers.
PAPERS = "papers"
# What `--source` may name; the order in which a run asks.
ALL = ("arxiv_rss", *GAPS, *SOURCES)


def discover(
    workspace: Workspace, report: Report, since: date | None = None, only: Collection[str] = ALL
) -> None:
    """Ask the sources and keep what they show; the report gets a word for each."""
    _refuse_unknown(workspace)
    begin(workspace, report, since)
    if warning := calendar_warning(workspace):
        report.notes.append(warning)
    web, tally = Web(workspace), Counter[str]()
    with workspace.progress("discover") as step:
        closed = _first_look(workspace, report, web, only, (step, tally))
        _second_look(workspace, report, web, only, (step, tally), closed=closed)
    web.conclude(report)
    _tell_requests(report, tally, workspace.sources.most_requests)


Watch = tuple[Step, Counter[str]]


def _first_look(
    workspace: Workspace, report: Report, web: Web, only: Collection[str], watch: Watch
) -> bool:
    """What the sources show now; whether arXiv wants no more questions."""
    plans: list[Plan] = [feeds_plan(workspace)] if "arxiv_rss" in only else []
    plans += web.plans(wanted(workspace, only))
    feeds: list[Batch] = []
    for batch in _crawl(workspace, plans, watch):
        if batch.source == "arxiv_rss":
            workspace.store.works.save(batch.found)
            feeds.append(batch.slim())
        else:
            web.take(batch)
    return conclude_feeds(workspace, report, feeds) if "arxiv_rss" in only else False


def _second_look(
    workspace: Workspace,
    report: Report,
    web: Web,
    only: Collection[str],
    watch: Watch,
    *,
    closed: bool,
) -> None:
    """Days that were missed, and works that were named: what the first look left open."""
    ways = [name for name in GAPS if name in only]
    missing = missing_days(workspace) if ways else {}
    if missing and closed:
        report.notes.append(f"not asked for {span(missing)}: arXiv wants no more questions")
    plans = [plan for plan in web.look_up() if not (closed and isinstance(plan, IdsPlan))]
    days: list[Plan] = [gap_plan(workspace, missing, ways)] if missing and not closed else []
    gap, named = Gap(workspace, missing), []
    for batch in _crawl(workspace, [*days, *plans], watch, _pages(plans)):
        if batch.source == "page" or batch.part == PAPERS:
            named.append(batch)
        else:
            gap.take(batch)
    other = gap.other_way(ways) if days else None
    for batch in _crawl(workspace, [other] if other else [], watch):
        gap.take(batch)
    if days:
        gap.conclude(report)
    if missing:
        doubt_feeds(workspace, report)
    web.looked_up(named, report)


def _pages(plans: Sequence[Plan]) -> list[str]:
    return [ask.url for plan in plans if isinstance(plan, PagePlan) for ask in plan.pages]


def _crawl(
    workspace: Workspace, plans: Sequence[Plan], watch: Watch, pages: Sequence[str] = ()
) -> Iterator[Batch]:
    """
    Batches as they come, each to be stored at once.

    A crawl that dies is one more broken answer, of every part: no source may end without a word.
    """
    step, tally = watch
    if not plans:
        return
    left = max(workspace.sources.most_requests - tally.total(), 0)
    try:
        for batch in crawl(plans, replace(workspace.policy_for(pages), most=left), tally=tally):
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


def _refuse_unknown(workspace: Workspace) -> None:
    for name in workspace.sources.also:
        if name not in SOURCES:
            raise ConfigTrouble(
                workspace.config_dir / "sources.yaml",
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
