"""The stage that collects facts about candidates from other services."""

from collections.abc import Mapping

from catalog.errors import SourceTrouble
from catalog.moments import age_of
from catalog.paper import Paper, bare_key
from catalog.report import Report
from catalog.sightings import SourceStatus
from crawler.items import trouble_of, works_of
from crawler.plans import IdsPlan
from crawler.process import crawl
from pipelines.candidates import Snapshots
from pipelines.enrich.ask import ask_others
from pipelines.enrich.base import EnrichContext
from pipelines.enrich.bisection import refusal_of, refused_papers
from pipelines.enrich.counts import REFUSED_AGAIN, ask_for_counts, held_counts
from pipelines.second_chances import rejected
from pipelines.workspace import Workspace


def enrich(workspace: Workspace, report: Report, snapshots: Snapshots) -> None:
    """
    Collect facts for the candidates of all lists, each asked for once.

    Counts and venues of rejected works as well: these may give them a second chance.
    """
    papers: dict[str, Paper] = {}
    refused: set[str] = set()
    for rules in workspace.lists:
        for work, _ in snapshots.candidates(rules).candidates:
            if isinstance(work, Paper):
                papers[work.key] = work
        decided = snapshots.current(rules).lists[rules.list].decided
        refused |= rejected(decided, workspace.now).keys()
    context = EnrichContext.of(workspace)
    stored = context.store.works.get_many(refused - papers.keys())
    rejected_papers = {key: work for key, work in stored.items() if isinstance(work, Paper)}
    renewed = look_up_replaced(context, report, papers | rejected_papers)
    if renewed:
        snapshots.drop()
    ask_others(context, report, papers, renewed & rejected_papers.keys())
    asked = ask_for_counts(context, report, (papers | rejected_papers).values())
    waiting = held_counts(context.store.facts)
    report.needs_person += [waiting[key] for key in waiting if key in asked and key in papers]


def look_up_replaced(
    context: EnrichContext, report: Report, papers: Mapping[str, Paper]
) -> set[str]:
    """
    Ask arXiv about replaced papers, since feeds lack the comments that tell withdrawal and venue.

    Each new version is looked up once, all in one request. Returns the keys of updated works.
    """
    looked_up = context.store.works.looked_up("arxiv_api", papers)
    replaced = {
        key: paper.arxiv_id
        for key, paper in papers.items()
        if paper.version > 1 and looked_up.get(key, 0) < paper.version
    }
    bad = {it.work_key: it.seen_at for it in refused_papers(context.store.facts)}
    ids = tuple(name for key, name in replaced.items() if key not in bad)
    alone = tuple(
        name
        for key, name in replaced.items()
        if key in bad and age_of(bad[key], context.now) >= REFUSED_AGAIN
    )
    is_broken = any(source.word is SourceStatus.BROKEN for source in report.sources)
    if not (ids or alone) or is_broken:
        return set()
    renewed: set[str] = set()
    plan = IdsPlan(context.services["arxiv_api"], ids, context.now, alone)
    try:
        for batch in crawl([plan], context.policy):
            context.store.works.save(works_of(batch))
            renewed |= {item.work.key for item in works_of(batch)}
            report.count("enrich/replaced", len(works_of(batch)))
            if miss := refusal_of(batch, context.now):
                context.store.facts.record(miss)
                report.notes.append(f"{bare_key(miss.work_key)}: {miss.detail}")
            elif reason := trouble_of(batch):
                report.notes.append(f"replaced candidates not looked up: {reason}")
    except SourceTrouble as trouble:
        report.notes.append(f"replaced candidates not looked up: {trouble}")
    return renewed
