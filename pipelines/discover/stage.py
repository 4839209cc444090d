"""
``listkeeper discover``: new works at every source, and announcement days that were missed.

All sources are asked in one crawl. What they leave open is asked in a second one, if there is
any: days that arXiv's feeds didn't prove, and works that were only named.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from catalog.clocks import with_whose
from catalog.errors import SourceTrouble, UsageTrouble
from catalog.paper import is_paper_key
from catalog.report import Report
from catalog.rows.runs import SourceState
from catalog.sightings import SourceReport, SourceStatus
from catalog.store import Store
from config.errors import ConfigTrouble
from config.secret import key_from
from crawler.health import span
from crawler.items import (
    CrawlItem,
    Failure,
    PapersAnswer,
    PapersResult,
    Unchanged,
    WebAnswer,
    WebResult,
    works_of,
)
from crawler.plans import IdsPlan, PagePlan, Plan, WebPlan
from crawler.politeness import CrawlPolicy
from crawler.process import SOURCE_OF, crawl
from crawler.sources.base import SourceContext
from crawler.sources.registry import SOURCES
from pipelines.discover.arxiv import (
    GAPS,
    Gap,
    by_feed,
    conclude_feed,
    feeds_plan,
    first_days,
    gap_plan,
    is_closed,
    missing_days,
    recheck_feeds,
)
from pipelines.discover.days import ArxivContext, calendar_warning, stored_days
from pipelines.discover.lookup import PAPERS
from pipelines.discover.sources import Web, configured, given_up_note
from pipelines.enrich import github
from pipelines.workspace import Step, Workspace


def source_names() -> tuple[str, ...]:
    """What ``--source`` may name, in the order in which a run asks."""
    return ("arxiv_rss", *GAPS, *SOURCES)


def check_asked(names: Iterable[str], feeds: Collection[str]) -> None:
    """UsageTrouble for a name that is no source; one of ``feeds`` is led to theirs."""
    for name in names:
        if name in source_names():
            continue
        matter, do = f"no source is called {name!r}", f"known: {', '.join(source_names())}"
        if name in feeds:
            matter = f"{name!r} is one of the feeds, which are asked together"
            do = "say --source feeds"
        raise UsageTrouble("--source", matter, do)


def discover(
    workspace: Workspace,
    report: Report,
    since: date | None = None,
    only: Collection[str] = (),
) -> None:
    """
    Ask the sources and store what they show; the report gets a status for each.

    ``only`` names sources (``source_names``); without names all of them are asked.
    """
    only = only or source_names()
    refuse_unknown(workspace.sources.also, workspace.config_dir / "sources.yaml")
    arxiv, store = ArxivContext.of(workspace), workspace.store
    if _begin(arxiv, store, since):
        report.notes.append(
            f"first run: arXiv is read from {arxiv.today:%-d %B %Y} on; "
            "`listkeeper backfill --since DATE` looks further back"
        )
    known_until, today = workspace.calendar.known_until, workspace.now.date()
    if warning := calendar_warning(workspace.config_dir, known_until, today):
        report.notes.append(warning)
    context = SourceContext(
        workspace.sources,
        workspace.services.services,
        workspace.now,
        workspace.root,
        store.runs.sources(),
        workspace.pages_base,
    )
    web = Web(store, context, key_from(workspace.environment, github.KEY))
    budget = workspace.sources.most_requests
    with workspace.progress("discover") as step:
        ask = Asking(workspace.policy_for, budget, step)
        look = _Look(arxiv, store, web, ask)
        feeds = look.first(configured(workspace.sources, only), feeds="arxiv_rss" in only)
        for source in _conclude_feeds(arxiv, store, feeds) if feeds is not None else ():
            report.add_source(source)
        ways = [name for name in GAPS if name in only]
        _report_open(report, look.second(ways, closed=is_closed(feeds or ())))
    for source in web.conclude():
        report.add_source(source)
    report.sources = with_whose(report.sources)
    if web.left_over:
        left = len(web.left_over)
        report.notes.append(f"{left} works named elsewhere are left for the next run")
    if note := given_up_note(web.given_up):
        report.notes.append(note)
    _report_requests(report, ask.tally, budget)


def refuse_unknown(names: Iterable[str], path: Path) -> None:
    """Raise ConfigTrouble for a source that doesn't exist."""
    for name in names:
        if name not in SOURCES:
            raise ConfigTrouble(
                path, f"no source is called {name!r}", f"known: {', '.join(SOURCES)}", key="also"
            )


def _begin(arxiv: ArxivContext, store: Store, since: date | None) -> bool:
    """Store from which day on nothing may be missed; whether this is the first run."""
    stored = stored_days(store.runs, arxiv.categories)
    for day in first_days(arxiv, stored, since):
        store.runs.set_day(day)
    return since is None and not stored[arxiv.categories[0]]


def _conclude_feeds(
    arxiv: ArxivContext, store: Store, results: Sequence[PapersResult]
) -> Iterator[SourceReport]:
    """A report for each feed; what to remember and the days it proved are stored together."""
    earlier = store.runs.usual("found", (SourceStatus.OK,))
    for part, own in by_feed(arxiv.settings.feeds, results).items():
        name = f"arxiv_rss/{part}"
        state = store.runs.source(name)
        outcome = conclude_feed(arxiv, part, own, state, earlier.get(name, ()))
        with store.transaction():
            store.runs.set_source(outcome.state)
            for day in outcome.proved:
                store.runs.set_day(day)
        yield outcome.report


@dataclass(frozen=True, slots=True)
class Asking:
    """Runs plans within a budget of requests, and counts the requests of each source."""

    policy_for: Callable[[Sequence[str]], CrawlPolicy]
    budget: int
    step: Step
    tally: Counter[str] = field(default_factory=Counter)

    def __call__(self, plans: Sequence[Plan]) -> Iterator[CrawlItem]:
        """
        Items as they come, each to be stored at once.

        A crawl that dies is one more failure, of every part: no source may end without a status.
        """
        if not plans:
            return
        pages = [ask.url for plan in plans if isinstance(plan, PagePlan) for ask in plan.pages]
        policy = replace(self.policy_for(pages), budget=max(self.budget - self.tally.total(), 0))
        try:
            for item in crawl(plans, policy, tally=self.tally):
                yield item
                self.step(f"{item.source} {item.part}: {len(works_of(item))} works")
        except SourceTrouble as trouble:
            for plan in plans:
                yield _dead(plan, str(trouble))


def _dead(plan: Plan, reason: str) -> Failure:
    if isinstance(plan, WebPlan):
        return Failure(plan.source, "", reason)
    part = PAPERS if isinstance(plan, IdsPlan) else ""
    return Failure(SOURCE_OF[type(plan)], part, reason)


@dataclass(frozen=True, slots=True)
class _Open:
    """What became of the days and works that the first look left open."""

    not_asked: Sequence[date] = ()
    reports: Sequence[SourceReport] = ()
    late: int = 0
    stale: Sequence[SourceState] = ()
    looked_up: int = 0
    any_named: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """The two crawls of a run."""

    arxiv: ArxivContext
    store: Store
    web: Web
    ask: Asking

    def first(self, names: Sequence[str], *, feeds: bool) -> list[PapersResult] | None:
        """What the sources show now; the results of arXiv's feeds, None if they aren't asked."""
        plans: list[Plan] = []
        if feeds:
            plans.append(feeds_plan(self.arxiv, self.store.runs.sources()))
        plans += self.web.plans(names)
        results: list[PapersResult] = []
        for item in self.ask(plans):
            match item:
                case PapersAnswer():
                    self.store.works.save(item.works)
                    results.append(item.slim())
                case Failure(source="arxiv_rss") | Unchanged(source="arxiv_rss"):
                    results.append(item)
                case WebAnswer() | Failure() | Unchanged():
                    self.web.take(item)
        return results if feeds else None

    def second(self, ways: Sequence[str], *, closed: bool) -> _Open:
        """Fill the days that were missed, and look up the works that were only named."""
        stored = stored_days(self.store.runs, self.arxiv.categories) if ways else {}
        missing = missing_days(self.arxiv, stored)
        plans = self.web.look_up(closed=closed)
        gap, named = Gap(self.arxiv, self.store, missing), list[WebResult | PapersAnswer]()
        asked = bool(missing) and not closed
        days: list[Plan] = []
        if asked:
            days.append(gap_plan(self.arxiv, missing, self.store.runs.sources(), ways))
        for item in self.ask([*days, *plans]):
            match item:
                case WebAnswer() | Failure(source="page") | PapersAnswer(part="papers"):
                    named.append(item)
                case Failure(part=part) if part == PAPERS or is_paper_key(part):
                    named.append(item)
                case PapersAnswer() | Failure():
                    gap.take(item)
        second_way = gap.other_way(ways) if asked else None
        for item in self.ask([second_way] if second_way else []):
            if isinstance(item, PapersAnswer | Failure):
                gap.take(item)
        troubles = [it.reason for it in named if isinstance(it, Failure) and it.part == PAPERS]
        return _Open(
            not_asked=[] if asked else list(missing),
            reports=gap.conclude() if asked else (),
            late=len(gap.late),
            stale=recheck_feeds(self.arxiv, self.store) if missing else (),
            looked_up=self.web.looked_up(named),
            any_named=bool(named),
            trouble=troubles[-1] if troubles else None,
        )


def _report_open(report: Report, looked: _Open) -> None:
    if looked.not_asked:
        why = "our clock is wrong" if report.is_clock_wrong else "arXiv wants no more questions"
        report.notes.append(f"not asked for {span(looked.not_asked)}: {why}")
    for source in looked.reports:
        report.add_source(source)
    if looked.late:
        report.count("discover/late", looked.late)
        report.notes.append(f"{looked.late} papers came late, to days that were complete")
    stale = {state.source: state.reason for state in looked.stale}
    report.sources = [
        replace(source, word=SourceStatus.STALE, reason=stale[source.source], later=True)
        if source.source in stale
        else source
        for source in report.sources
    ]
    if looked.any_named:
        report.count("discover/looked-up", looked.looked_up)
    if looked.trouble:
        report.notes.append(f"papers named elsewhere not looked up: {looked.trouble}")


def _report_requests(report: Report, tally: Counter[str], budget: int) -> None:
    """How often each source was asked in this run, robots.txt and retries included."""
    for name, number in tally.items():
        report.count(f"requests/{name}", number)
    if tally:
        parts = ", ".join(f"{name} {number}" for name, number in tally.items())
        spent = "; the budget is spent" if tally.total() >= budget else ""
        report.notes.append(f"requests: {tally.total()} of at most {budget} ({parts}){spent}")
