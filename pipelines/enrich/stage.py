"""The stage that asks other services about works."""

from catalog.errors import SourceTrouble
from catalog.paper import Paper, SourceStatus
from catalog.report import Report
from crawler.items import trouble_of, works_of
from crawler.plans import IdsPlan
from crawler.process import crawl
from pipelines.candidates import rejected, shelf
from pipelines.enrich.ask import ask_others
from pipelines.enrich.counts import ask_for_counts, held
from pipelines.workspace import Workspace


def enrich(workspace: Workspace, report: Report) -> None:
    """
    Facts for the candidates of all lists, each asked for once.

    Counts and venues of rejected works as well: by these they may get a second chance.
    """
    papers: dict[str, Paper] = {}
    refused: set[str] = set()
    for rules in workspace.lists:
        for work, _ in shelf(workspace, rules).candidates:
            if isinstance(work, Paper):
                papers[work.key] = work
        refused |= rejected(workspace, rules).keys()
    found = workspace.store.works.get_many(refused - papers.keys())
    others = {key: work for key, work in found.items() if isinstance(work, Paper)}
    renewed = look_up_replaced(workspace, report, papers | others)
    ask_others(workspace, report, papers, renewed & others.keys())
    asked = ask_for_counts(workspace, report, (papers | others).values())
    waiting = held(workspace)
    report.needs_person += [waiting[key] for key in waiting if key in asked and key in papers]


def look_up_replaced(workspace: Workspace, report: Report, papers: dict[str, Paper]) -> set[str]:
    """
    Ask arXiv about works that were replaced since: a withdrawal or venue stands in the comments.

    Feeds have no comments. Each new version is looked up once, all in one request; whom it told of.
    """
    told = workspace.store.works.looked_up("arxiv_api", papers)
    replaced = tuple(
        paper.arxiv_id
        for key, paper in papers.items()
        if paper.version > 1 and told.get(key, 0) < paper.version
    )
    refused = any(source.word is SourceStatus.BROKEN for source in report.sources)
    if not replaced or refused:
        return set()
    found: set[str] = set()
    plan = IdsPlan(workspace.services.services["arxiv_api"], replaced, workspace.now)
    try:
        for batch in crawl([plan], workspace.manners):
            works = works_of(batch)
            workspace.store.works.save(works)
            found |= {one.work.key for one in works}
            report.count("enrich/replaced", len(works))
            if trouble := trouble_of(batch):
                report.notes.append(f"replaced candidates not looked up: {trouble}")
    except SourceTrouble as died:
        report.notes.append(f"replaced candidates not looked up: {died}")
    return found
