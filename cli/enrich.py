"""
``listkeeper enrich``: facts about candidates from elsewhere, as far as they are due.

A service that fails is named in the report and changes nothing: the digest then says "as of".
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

from catalog.arxiv_id import ArxivId
from catalog.errors import SourceTrouble
from catalog.paper import Fact, Miss, Paper, SourceReport, Word
from cli.candidates import shelf
from cli.lock import lock
from cli.options import with_world
from cli.progress import progress
from cli.report import Report, keep, show
from cli.world import World
from crawler.batch import IdsPlan
from crawler.crawl import crawl
from crawler.fetch import pace
from pipelines.citations import due, settle
from pipelines.enrich.client import Client, Trouble
from pipelines.enrich.code import code_of
from pipelines.enrich.semantic_scholar import BATCH, SOURCE, Scholar


def enrich(world: World, report: Report) -> None:
    """Facts for the candidates of all lists, each asked for once."""
    papers: dict[str, Paper] = {}
    for rules in world.lists:
        for work, _ in shelf(world, rules).candidates:
            if isinstance(work, Paper):
                papers[work.key] = work
    for paper in papers.values():
        code = code_of(paper, world.now)
        if code:
            world.store.facts.record(code)
            report.count("enrich/code", 1)
    look_up_replaced(world, report, papers)
    count_citations(world, report, papers.values())


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


def count_citations(world: World, report: Report, papers: Iterable[Paper]) -> None:
    """Ask for the counts that are due, in batches; store facts, holds and misses as they come."""
    asked = world.store.facts.asked("citations", SOURCE)
    waiting = [paper for paper in papers if due(_age_from(paper), asked.get(paper.key), world.now)]
    # The oldest look first: what a budget or an outage cuts off is next in line next time.
    waiting.sort(
        key=lambda paper: (asked.get(paper.key, datetime.min.replace(tzinfo=UTC)), paper.key)
    )
    batches = [waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)]
    if not batches:
        report.notes.append("citations: none is due")
        return
    with progress("citations", quiet=world.quiet, total=len(batches)) as step:
        scholar = _scholar(world)
        for batch in batches:
            try:
                answers = asyncio.run(scholar.counts(batch, world.now))
            except Trouble as trouble:
                reason = f"{trouble.reason}; counts stay as they were"
                report.sources.append(
                    SourceReport("semantic_scholar", Word.BROKEN, reason, later=trouble.later)
                )
                return
            _store(world, report, answers)
            step(f"{len(batch)} papers")
        known = report.counts.get("citations/known", 0)
        report.count("citations/asked", len(waiting))
        report.count("citations/requests", scholar.client.requests)
        # A service that answers is no news: a quiet day stays a quiet day.
        report.notes.append(f"citations: {known} of {len(waiting)} papers known")


def _scholar(world: World) -> Scholar:
    client = Client(world.manners.hosts, pace(world.manners, "semantic_scholar"))
    return Scholar(world.services.services["semantic_scholar"], client, world.scholar_key)


def _store(world: World, report: Report, answers: Sequence[Fact | Miss]) -> None:
    """Keep the answers of one request together: a killed run asks for the next batch only."""
    with world.store.transaction():
        known = world.store.facts.latest("citations", [answer.work_key for answer in answers])
        for answer in answers:
            if isinstance(answer, Miss):
                world.store.facts.miss(answer)
                report.count(f"citations/miss/{answer.reason}", 1)
                continue
            fact = settle(known.get(answer.work_key), answer)
            world.store.facts.record(fact)
            report.count("citations/known", 1)
            if fact.held:
                old = known[answer.work_key]
                report.count("citations/held", 1)
                report.needs_person.append(
                    f"{fact.work_key}: {old.count} citations on {old.seen_at:%-d %B}, now "
                    f"{fact.count}: held (`listkeeper citations show --held`)"
                )


def _age_from(paper: Paper) -> datetime:
    """When a paper appeared: as it says itself, else the month in its id."""
    if paper.published:
        return paper.published
    arxiv_id = ArxivId.parse(paper.arxiv_id)
    year, month = arxiv_id.announced_month if arxiv_id else (1991, 1)
    return datetime(year, month, 1, tzinfo=UTC)


@click.command("enrich")
@with_world
def enrich_command(world: World, *, as_json: bool) -> int:
    """Ask for citations and other facts about the candidates."""
    report = Report("enrich", world.now)
    with lock(world.state, "enrich"):
        enrich(world, report)
        keep(world.store, report)
    return show(report, as_json=as_json)
