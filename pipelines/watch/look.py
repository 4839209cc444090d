"""
Looking at what is listed: papers at arXiv, repositories at GitHub, pages where they are.

Each source alone: one that fails is named, and the others go on. Works of the store are left as
they are: being looked at makes no paper a candidate.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from catalog.address import Address
from catalog.errors import SourceTrouble
from catalog.paper import Fact, Miss, Paper, SourceReport, SourceStatus
from catalog.report import Report
from config.secret import key_from
from crawler.plans import IdsPlan, LinksPlan, PageAsk
from crawler.process import crawl
from pipelines.discover.lookup import page_ask
from pipelines.enrich import github
from pipelines.enrich.ask import NEVER, ask_each, keep
from pipelines.enrich.base import Age
from pipelines.enrich.registry import READERS
from pipelines.watch import links
from pipelines.workspace import Workspace, manners_for, pages_base

ARXIV = "arxiv"
PAPERS = Age(fact=timedelta(days=28), miss=timedelta(days=28), failed=timedelta(days=1))
PAGES = Age(fact=timedelta(days=28), miss=timedelta(days=28), failed=timedelta(days=1))
# Pages in one run: at one a second and host, a few minutes.
MOST_PAGES = 300
# GitHub answers 60 questions an hour to those without a token.
MOST_REPOSITORIES, WITH_TOKEN = 50, 1000
# For one page (seconds); a crawl ends in any case.
LONGEST, LONGEST_EACH = 60.0, 20.0


def look_at(
    workspace: Workspace,
    report: Report,
    papers: Mapping[str, Paper],
    addresses: Mapping[str, Address],
) -> None:
    """Ask for all that is due."""
    _papers(workspace, report, papers)
    repositories = [key for key, address in addresses.items() if address.kind == "repository"]
    _repositories(workspace, report, repositories)
    _pages(
        workspace,
        report,
        [address for address in addresses.values() if address.kind != "repository"],
    )


def _papers(workspace: Workspace, report: Report, papers: Mapping[str, Paper]) -> None:
    """Titles and notices, a hundred papers a request."""
    waiting = _due(workspace, "title", ARXIV, PAPERS, papers)
    if not waiting:
        return
    ids = tuple(papers[key].arxiv_id for key in waiting)
    answered: set[str] = set()
    trouble = ""
    try:
        plan = IdsPlan(workspace.services.services["arxiv_api"], ids, workspace.now)
        with workspace.progress("arxiv") as step:
            for batch in crawl([plan], workspace.manners):
                trouble = trouble or batch.trouble or ""
                looked_up = [item.work for item in batch.found if isinstance(item.work, Paper)]
                for paper in looked_up:
                    keep(workspace, _of_paper(workspace, paper))
                    answered.add(paper.key)
                step(f"{len(looked_up)} papers")
    except SourceTrouble as failure:
        trouble = str(failure)
    if trouble:
        report.sources.append(SourceReport(ARXIV, SourceStatus.BROKEN, trouble, later=True))
    else:
        missing = [key for key in waiting if key not in answered]
        keep(workspace, (Miss(key, "title", ARXIV, "not-found", workspace.now) for key in missing))
        report.count("watch/papers/unknown", len(missing))
    report.count("watch/papers/looked-at", len(answered))
    report.notes.append(f"{len(answered)} of {len(papers)} papers looked at")


def _of_paper(workspace: Workspace, paper: Paper) -> Iterator[Fact | Miss]:
    page = f"https://arxiv.org/abs/{paper.arxiv_id}"
    yield Fact(paper.key, "title", paper.title, ARXIV, page, workspace.now)
    for reader in READERS.values():
        yield from reader.told(paper, workspace.now)


def _repositories(workspace: Workspace, report: Report, keys: list[str]) -> None:
    token = key_from(workspace.environment, github.KEY)
    budget = WITH_TOKEN if token else MOST_REPOSITORIES
    before = report.counts.get("github/known", 0)
    problem = ask_each(workspace, report, github, keys, budget)
    looked = report.counts.get("github/known", 0) - before
    if problem:
        # What is left is asked about by the next run: nobody has to do anything.
        report.unfinished = True
    report.notes.append(
        f"{looked} of {len(keys)} repositories looked at" + (f"; {problem}" if problem else "")
    )


def _pages(workspace: Workspace, report: Report, addresses: list[Address]) -> None:
    by_key = {address.key: address for address in addresses}
    waiting = _due(workspace, "link", links.SOURCE, PAGES, by_key)
    now = waiting[:MOST_PAGES]
    base = pages_base(workspace)
    asks = tuple(page_ask(by_key[key], base) for key in now)
    looked = 0
    try:
        for key, facts in _looks(workspace, asks):
            keep(workspace, facts)
            looked += key in by_key
    except SourceTrouble as trouble:
        report.unfinished = True
        report.notes.append(f"pages: {trouble}")
    left = len(waiting) - looked
    if left:
        report.unfinished = True
    report.count("watch/pages/looked-at", looked)
    rest = f"; {left} are left for the next run" if left else ""
    report.notes.append(f"{looked} of {len(addresses)} pages looked at{rest}")


def _looks(
    workspace: Workspace, asks: tuple[PageAsk, ...]
) -> Iterator[tuple[str, list[Fact | Miss]]]:
    if not asks:
        return
    longest = LONGEST + LONGEST_EACH * len(asks)
    manners = manners_for(workspace, [ask.url for ask in asks])
    with workspace.progress("pages", total=len(asks)) as step:
        for batch in crawl([LinksPlan(asks)], manners, longest):
            if batch.look is not None:
                step(batch.part)
                yield batch.part, list(links.told(batch.part, batch.look, workspace.now))


def _due(
    workspace: Workspace, kind: str, source: str, age: Age, keys: Mapping[str, object]
) -> list[str]:
    """Those whose last answer has come of age, the oldest first."""
    facts = {
        key: fact
        for key, fact in workspace.store.facts.latest(kind, list(keys)).items()
        if fact.source == source
    }
    misses = {m.work_key: m for m in workspace.store.facts.misses(kind) if m.source == source}
    asked = workspace.store.facts.asked(kind, source)
    waiting = [key for key in keys if age.due(facts.get(key), misses.get(key), workspace.now)]
    return sorted(waiting, key=lambda key: (asked.get(key, NEVER), key))
