"""
``listkeeper discover``: today's feeds, and the days that were missed.

A day is stored for a category when an answer proved it: the feed of that day, or the query API
afterwards. What is not proved is asked for again by the next run, whoever starts it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import click

from catalog.errors import SourceTrouble, UsageTrouble
from catalog.paper import SourceReport, Word
from catalog.store import SourceState
from catalog.store.runs import StoredDay
from cli.lock import lock
from cli.options import with_world
from cli.progress import Step, progress
from cli.report import Report, keep, show
from cli.world import World
from crawler import SOURCES
from crawler.announcements import announcement_days, feed_day, window
from crawler.batch import ApiPlan, Batch, Plan, RssPlan
from crawler.crawl import crawl
from crawler.judgement import Judgement, judge_feed, judge_window, unusual

DAY = timedelta(days=1)


def discover(
    world: World, report: Report, since: date | None = None, only: Collection[str] = SOURCES
) -> None:
    """Ask the sources and keep what they show; the report gets a word for each."""
    _begin(world, report, since)
    with progress("discover", quiet=world.quiet, total=len(world.sources.arxiv.feeds)) as step:
        closed = False
        answers = _read_feeds(world, step) if "arxiv_rss" in only else {}
        for part, batches in answers.items():
            closed = closed or any(batch.closed for batch in batches)
            _conclude_feed(world, report, part, batches)
        missing = missing_days(world) if "arxiv_api" in only else {}
        if missing and not closed:
            _fill(world, report, missing, step)
        elif missing:
            report.notes.append(f"not asked for {_span(missing)}: arXiv wants no more questions")


def _begin(world: World, report: Report, since: date | None) -> None:
    """Note from which day on nothing may be missed: the first run's, or the one asked for."""
    today = feed_day(world.now)
    start = (since or today) - DAY
    for category in _categories(world):
        days = world.store.runs.days(f"arxiv/{category}")
        if not days or (since is not None and start < min(days)):
            day = StoredDay(f"arxiv/{category}", start, "begin", 0, world.now)
            world.store.runs.set_day(day)
            first = not days
            if first and since is None and category == _categories(world)[0]:
                report.notes.append(
                    f"first run: nothing is looked for before {today:%-d %B %Y}; "
                    "`listkeeper discover --since DATE` looks further back"
                )


def _categories(world: World) -> list[str]:
    """Every category that some feed asks for, once, in order."""
    named = [name for feed in world.sources.arxiv.feeds for name in feed.split("+")]
    return list(dict.fromkeys(named))


def _read_feeds(world: World, step: Step) -> dict[str, list[Batch]]:
    states = world.store.runs.sources()
    feeds = {
        feed: (states[f"arxiv_rss/{feed}"].etag if f"arxiv_rss/{feed}" in states else None)
        for feed in world.sources.arxiv.feeds
    }
    plan = RssPlan(world.services.services["arxiv_rss"], feeds, world.now)
    answers: dict[str, list[Batch]] = {feed: [] for feed in feeds}
    for batch in _crawl(world, "arxiv_rss", plan, step):
        for part in [batch.part] if batch.part else feeds:
            answers[part].append(replace(batch, part=part))
    silent = "the spider ended without an answer"
    return {
        feed: batches or [Batch("arxiv_rss", feed, trouble=silent)]
        for feed, batches in answers.items()
    }


def _crawl(world: World, source: str, plan: Plan, step: Step) -> Iterable[Batch]:
    """
    Batches as they come, stored, and then without what they found.

    A crawl that dies is one more broken answer, of every part: no source may end without a word.
    """
    try:
        for batch in crawl([plan], world.manners):
            world.store.works.save(batch.found)
            yield batch.slim()
            step(f"{batch.part}: {len(batch.found)} papers")
    except SourceTrouble as trouble:
        yield Batch(source, "", trouble=str(trouble))


def _conclude_feed(world: World, report: Report, part: str, batches: Sequence[Batch]) -> None:
    """Say the feed's word, and keep where it stands and which day it proved, together."""
    source = f"arxiv_rss/{part}"
    state = world.store.runs.source(source)
    judged = judge_feed(batches, state, feed_day(world.now), world.days_off)
    remark = _remark(world, judged.report)
    said = replace(judged.report, reason=judged.report.reason + (f"; {remark}" if remark else ""))
    with world.store.transaction():
        world.store.runs.set_source(_next_state(world, state, batches, judged))
        if judged.proves:
            for category in part.split("+"):
                _prove(world, category, judged.proves, "feed", said.counts["found"])
    _add(report, said)


def _next_state(
    world: World, old: SourceState | None, batches: Sequence[Batch], judged: Judgement
) -> SourceState:
    word, source = judged.report.word, judged.report.source
    bad = word in {Word.BROKEN, Word.STALE}
    ids = tuple(sorted({arxiv_id for batch in batches for arxiv_id in batch.ids}))
    whole = word is not Word.BROKEN
    return SourceState(
        source=source,
        # A tag is kept only with what it stands for: a broken answer is asked for again.
        etag=(batches[0].etag or (old.etag if old else None)) if whole else None,
        batch=ids if ids and whole else (old.batch if old else ()),
        day=judged.proves or (old.day if old else None),
        word=word,
        reason=judged.report.reason,
        streak=(old.streak if old else 0) + 1 if bad else 0,
        at=world.now,
    )


def _prove(world: World, category: str, day: date, proof: str, found: int) -> None:
    world.store.runs.set_day(StoredDay(f"arxiv/{category}", day, proof, found, world.now))


def _remark(world: World, said: SourceReport) -> str | None:
    """How far today's count is from the last runs' of the same source."""
    if said.word is not Word.OK or not said.counts["found"]:
        return None
    earlier = [
        source["counts"].get("found", 0)
        for run in world.store.runs.recent(most=40)
        for source in run.report.get("sources", ())
        if source["source"] == said.source and source["word"] == Word.OK
    ]
    return unusual(said.counts["found"], [count for count in earlier if count])


def missing_days(world: World) -> dict[date, list[str]]:
    """Announcement days before today that are not proved, each with the categories that lack it."""
    today = feed_day(world.now)
    missing: dict[date, list[str]] = defaultdict(list)
    for category in _categories(world):
        days = world.store.runs.days(f"arxiv/{category}")
        first = max(min(days), today - DAY * world.sources.arxiv.look_back_days) if days else today
        for day in announcement_days(first, today - DAY, world.days_off):
            if day not in days:
                missing[day].append(category)
    return dict(sorted(missing.items()))


def _fill(world: World, report: Report, missing: dict[date, list[str]], step: Step) -> None:
    """Ask the query API for what was announced on the missing days."""
    categories = tuple(dict.fromkeys(name for names in missing.values() for name in names))
    start, end = window(missing, world.sources.arxiv.overlap_days)
    base = world.services.services["arxiv_api"]
    plan = ApiPlan(base, categories, start, end, world.days_off, world.now)
    batches = list(_crawl(world, "arxiv_api", plan, step))
    judged = judge_window(batches, missing)
    if judged.report.word is Word.OK:
        with world.store.transaction():
            for day, names in missing.items():
                for category in names:
                    _prove(world, category, day, "api", judged.report.counts["found"])
    _add(report, judged.report)


def _add(report: Report, said: SourceReport) -> None:
    report.sources.append(said)
    for name, number in said.counts.items():
        report.count(f"{said.source}/{name}", number)


def _span(days: Iterable[date]) -> str:
    return ", ".join(f"{day:%a %-d %b}" for day in sorted(days))


def day_of(text: str | None, option: str) -> date | None:
    """A day that an option names."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageTrouble(option, f"{text!r} is no day", "write e.g. 2024-11-04") from None


@click.command("discover")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--since", metavar="DATE", help="Miss nothing from this day on, e.g. 2024-11-04.")
@with_world
def discover_command(
    world: World, *, as_json: bool, sources: tuple[str, ...], since: str | None
) -> int:
    """Look for new works at the sources, and fill the days that were missed."""
    for name in sources:
        if name not in SOURCES:
            known = ", ".join(SOURCES)
            raise UsageTrouble("--source", f"no source is called {name!r}", f"known: {known}")
    first = day_of(since, "--since")
    if first and first > feed_day(world.now):
        raise UsageTrouble("--since", f"{first} has not come yet", "name a day of the past")
    report = Report("discover", world.now)
    world.check_lists()
    with lock(world.state, "discover"):
        discover(world, report, first, sources or SOURCES)
        keep(world.store, report)
    return show(report, as_json=as_json)
