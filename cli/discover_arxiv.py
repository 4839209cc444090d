"""
What arXiv announced: the days that its feeds and its API prove, and those still missing.

A day is stored for a category when an answer proved it: the feed of that day, or the query API
afterwards. What is not proved is asked for again by the next run, whoever starts it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from catalog.paper import SourceReport, Word
from catalog.store import SourceState
from catalog.store.runs import StoredDay
from cli.report import Report
from cli.world import World
from crawler.announcements import announcement_days, feed_day, window
from crawler.batch import ApiPlan, Batch, RssPlan
from crawler.judgement import Judgement, judge_feed, judge_window, unusual

DAY = timedelta(days=1)


def begin(world: World, report: Report, since: date | None) -> None:
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


def feeds_plan(world: World) -> RssPlan:
    """The feeds, each with the tag of its last answer."""
    states = world.store.runs.sources()
    feeds = {
        feed: (states[f"arxiv_rss/{feed}"].etag if f"arxiv_rss/{feed}" in states else None)
        for feed in world.sources.arxiv.feeds
    }
    return RssPlan(world.services.services["arxiv_rss"], feeds, world.now)


def conclude_feeds(world: World, report: Report, batches: Sequence[Batch]) -> bool:
    """A word for each feed; whether arXiv wants no more questions."""
    answers: dict[str, list[Batch]] = {feed: [] for feed in world.sources.arxiv.feeds}
    for batch in batches:
        for part in [batch.part] if batch.part else answers:
            answers[part].append(replace(batch, part=part))
    silent = "the spider ended without an answer"
    for part, told in answers.items():
        conclude = told or [Batch("arxiv_rss", part, trouble=silent)]
        _conclude_feed(world, report, part, conclude)
    return any(batch.closed for batch in batches)


def _conclude_feed(world: World, report: Report, part: str, batches: Sequence[Batch]) -> None:
    """Say the feed's word, and keep where it stands and which day it proved, together."""
    source = f"arxiv_rss/{part}"
    state = world.store.runs.source(source)
    judged = judge_feed(batches, state, feed_day(world.now), world.days_off)
    remark = _remark(world, judged.report)
    reason = judged.report.reason + (f"; {remark}" if remark else "")
    said = replace(judged.report, reason=reason, look=remark is not None)
    with world.store.transaction():
        world.store.runs.set_source(_next_state(world, state, batches, judged))
        if judged.proves:
            for category in part.split("+"):
                _prove(world, category, judged.proves, "feed", said.counts["found"])
    report.add_source(said)


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


def window_plan(world: World, missing: dict[date, list[str]]) -> ApiPlan:
    """What to ask the query API for: everything that was announced on the missing days."""
    categories = tuple(dict.fromkeys(name for names in missing.values() for name in names))
    start, end = window(missing, world.sources.arxiv.overlap_days)
    base = world.services.services["arxiv_api"]
    return ApiPlan(base, categories, start, end, world.days_off, world.now)


def conclude_window(
    world: World, report: Report, missing: dict[date, list[str]], batches: Sequence[Batch]
) -> None:
    """Say the word of the API, and keep the days that it proved."""
    judged = judge_window(batches, missing)
    if judged.report.word is Word.OK:
        with world.store.transaction():
            for day, names in missing.items():
                for category in names:
                    _prove(world, category, day, "api", judged.report.counts["found"])
    report.add_source(judged.report)


def span(days: Iterable[date]) -> str:
    return ", ".join(f"{day:%a %-d %b}" for day in sorted(days))
