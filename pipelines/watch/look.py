"""
Looks at listed works: papers at arXiv, repositories at GitHub, pages at their own addresses.

A source that fails is named in the report, and the others go on. Works in the store don't change:
looking at a paper doesn't make it a candidate.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from catalog.address import Address
from catalog.errors import SourceTrouble
from catalog.facts import Fact, Miss
from catalog.paper import Paper, bare_key
from catalog.report import Report
from catalog.sightings import SourceReport, SourceStatus
from config.secret import key_from
from crawler.items import PageLook, trouble_of, works_of
from crawler.plans import IdsPlan, LinksPlan, PageAsk
from crawler.politeness import CrawlPolicy
from crawler.process import crawl
from pipelines.discover.lookup import page_ask
from pipelines.enrich import github
from pipelines.enrich.ask import ask_each, due_keys
from pipelines.enrich.base import Age, EnrichContext
from pipelines.enrich.bisection import ARXIV, refusal_of, refused_papers
from pipelines.enrich.registry import READERS
from pipelines.watch import links
from pipelines.workspace import Progress

PAPERS = Age(fact=timedelta(days=28), miss=timedelta(days=28), failed=timedelta(days=1))
PAGES = Age(fact=timedelta(days=28), miss=timedelta(days=28), failed=timedelta(days=1))
# Pages in one run: at one a second and host, a few minutes.
MAX_WATCHED_PAGES = 300
# GitHub answers 60 requests an hour without a token, 5,000 with one.
MAX_REPOSITORIES, MAX_REPOSITORIES_WITH_TOKEN = 50, 1000
# Limits of a crawl of pages (seconds): for the whole, plus for each page.
CRAWL_S, CRAWL_PER_PAGE_S = 60.0, 20.0


def look_at(
    context: EnrichContext,
    report: Report,
    papers: Mapping[str, Paper],
    addresses: Mapping[str, Address],
    *,
    pages_base: str | None,
    policy_for: Callable[[Sequence[str]], CrawlPolicy],
) -> None:
    """
    Ask about every paper and address that is due.

    ``pages_base`` stands in for all pages in tests; ``policy_for`` lets a crawl ask given pages.
    """
    _papers(context, report, papers)
    repositories = [key for key, address in addresses.items() if address.kind == "repository"]
    _repositories(context, report, repositories)
    pages = {key: address for key, address in addresses.items() if address.kind != "repository"}
    waiting = due_keys(context.store.facts, "link", links.SOURCE, PAGES, pages, context.now)
    asks = tuple(page_ask(pages[key], pages_base) for key in waiting[:MAX_WATCHED_PAGES])
    policy = policy_for([ask.url for ask in asks])
    answered, silent = _pages(context, report, asks, policy)
    left = len(waiting) - answered - silent
    if left:
        report.unfinished = True
    if context.policy.network.is_down:
        report.put_offline()
    report.count("watch/pages/looked-at", answered)
    rest = f"; {silent} did not answer" if silent else ""
    rest += f"; {left} are left for the next run" if left else ""
    report.notes.append(f"{answered} of {len(pages)} pages looked at{rest}")


def _papers(context: EnrichContext, report: Report, papers: Mapping[str, Paper]) -> None:
    """Titles and notices, a hundred papers a request."""
    store, now = context.store, context.now
    waiting = due_keys(store.facts, "title", ARXIV, PAPERS, papers, now)
    if not waiting:
        return
    bad = {miss.work_key for miss in refused_papers(store.facts)}
    ids = tuple(papers[key].arxiv_id for key in waiting if key not in bad)
    alone = tuple(papers[key].arxiv_id for key in waiting if key in bad)
    answered: set[str] = set()
    trouble = ""
    try:
        plan = IdsPlan(context.services["arxiv_api"], ids, now, alone)
        with context.progress("arxiv") as step:
            for batch in crawl([plan], context.policy):
                if miss := refusal_of(batch, now):
                    store.facts.record(miss)
                    report.notes.append(f"{bare_key(miss.work_key)}: {miss.detail}")
                    answered.add(miss.work_key)
                    continue
                trouble = trouble or trouble_of(batch) or ""
                answers = [item.work for item in works_of(batch) if isinstance(item.work, Paper)]
                store.facts.record(*(fact for paper in answers for fact in _of_paper(paper, now)))
                answered |= {paper.key for paper in answers}
                step(f"{len(answers)} papers")
    except SourceTrouble as failure:
        trouble = str(failure)
    if trouble:
        report.sources.append(SourceReport(ARXIV, SourceStatus.BROKEN, trouble, later=True))
    else:
        missing = [key for key in waiting if key not in answered]
        store.facts.record(*(Miss(key, "title", ARXIV, "not-found", now) for key in missing))
        report.count("watch/papers/unknown", len(missing))
    report.count("watch/papers/looked-at", len(answered))
    report.notes.append(f"{len(answered)} of {len(papers)} papers looked at")


def _of_paper(paper: Paper, now: datetime) -> Iterator[Fact | Miss]:
    page = f"https://arxiv.org/abs/{paper.arxiv_id}"
    yield Fact(paper.key, "title", paper.title, ARXIV, page, now)
    for reader in READERS.values():
        yield from reader.facts_of(paper, now)


def _repositories(context: EnrichContext, report: Report, keys: Sequence[str]) -> None:
    token = key_from(context.environment, github.KEY)
    budget = MAX_REPOSITORIES_WITH_TOKEN if token else MAX_REPOSITORIES
    asked = ask_each(context, github, keys, budget)
    asked.count(report, github.SOURCE)
    if asked.is_offline:
        report.add_offline(github.SOURCE)
    if asked.unfinished:
        # The next run asks about the rest: nobody has to do anything.
        report.unfinished = True
    report.notes.append(f"{asked.known} of {len(keys)} repositories looked at{asked.remark}")


def _pages(
    context: EnrichContext, report: Report, asks: Sequence[PageAsk], policy: CrawlPolicy
) -> tuple[int, int]:
    """Look at these pages and store what came of it; how many answered, and how many didn't."""
    answered: Counter[bool] = Counter()
    try:
        for page in _looks(asks, policy, context.progress):
            context.store.facts.record(*links.facts_of(page.part, page.look, context.now))
            answered[not page.look.trouble] += 1
    except SourceTrouble as trouble:
        report.unfinished = True
        report.notes.append(f"pages: {trouble}")
    return answered[True], answered[False]


def _looks(asks: Sequence[PageAsk], policy: CrawlPolicy, progress: Progress) -> Iterator[PageLook]:
    if not asks:
        return
    limit = CRAWL_S + CRAWL_PER_PAGE_S * len(asks)
    with progress("pages", total=len(asks)) as step:
        for batch in crawl([LinksPlan(tuple(asks))], policy, limit):
            if isinstance(batch, PageLook):
                step(batch.part)
                yield batch
