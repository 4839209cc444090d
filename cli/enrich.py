"""
``listkeeper enrich``: facts about candidates from elsewhere, as far as they are due.

A service that fails is named in the report and changes nothing: the digest then says "as of".
"""

import click

from catalog.errors import SourceTrouble
from catalog.paper import Paper, Word
from cli.candidates import shelf
from cli.counts import ask_for_counts, held
from cli.lock import lock
from cli.options import with_world
from cli.other_facts import ask_others
from cli.report import Report, keep, show
from cli.world import World
from crawler.batch import IdsPlan
from crawler.crawl import crawl


def enrich(world: World, report: Report) -> None:
    """Facts for the candidates of all lists, each asked for once."""
    papers: dict[str, Paper] = {}
    for rules in world.lists:
        for work, _ in shelf(world, rules).candidates:
            if isinstance(work, Paper):
                papers[work.key] = work
    look_up_replaced(world, report, papers)
    ask_others(world, report, papers)
    asked = ask_for_counts(world, report, papers.values())
    report.needs_person += [told for key, told in held(world).items() if key in asked]


def look_up_replaced(world: World, report: Report, papers: dict[str, Paper]) -> None:
    """
    Ask arXiv about candidates that were replaced since: a withdrawal stands in the comments.

    Feeds have no comments. Each new version of a candidate is looked up once, all in one request.
    """
    told = world.store.works.looked_up("arxiv_api", papers)
    replaced = tuple(
        paper.arxiv_id
        for key, paper in papers.items()
        if paper.version > 1 and told.get(key, 0) < paper.version
    )
    refused = any(source.word is Word.BROKEN for source in report.sources)
    if not replaced or refused:
        return
    plan = IdsPlan(world.services.services["arxiv_api"], replaced, world.now)
    try:
        for batch in crawl([plan], world.manners):
            world.store.works.save(batch.found)
            report.count("enrich/replaced", len(batch.found))
            if batch.trouble:
                report.notes.append(f"replaced candidates not looked up: {batch.trouble}")
    except SourceTrouble as trouble:
        report.notes.append(f"replaced candidates not looked up: {trouble}")


@click.command("enrich")
@with_world
def enrich_command(world: World, *, as_json: bool) -> int:
    """Ask for citations and other facts about the candidates."""
    report = Report("enrich", world.now)
    with lock(world.state, "enrich"):
        enrich(world, report)
        keep(world.store, report)
    return show(report, as_json=as_json)
