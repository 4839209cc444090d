"""
What arXiv announced: the days that its feeds prove, and those still missing.

A day is stored for a category when an answer proved it: the feed of that day, or the query API
or OAI-PMH afterwards. What is not proved is asked for again by the next run, whoever starts it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from catalog.paper import Found, SourceReport, Word
from catalog.store import SourceState
from catalog.store.runs import StoredDay
from cli.report import Report
from cli.world import World
from crawler.announcements import announcement_days, feed_day, window
from crawler.batch import ApiPlan, Batch, OaiPlan, RssPlan
from crawler.judgement import Judgement, judge_feed, judge_window, unusual

DAY = timedelta(days=1)
# How long before the table of days off runs out to say so.
AHEAD = timedelta(days=30)
# More missing days than this are asked of OAI-PMH.
MOST_BY_API = 3
# Who is asked for missing days, and what such a day is then proved by.
GAPS = {"arxiv_api": "api", "arxiv_oai": "oai"}


def begin(world: World, report: Report, since: date | None) -> None:
    """Note from which day on nothing may be missed: the first run's, or the one asked for."""
    today = feed_day(world.now)
    start = (since or today) - DAY
    for category in categories(world):
        days = world.store.runs.days(f"arxiv/{category}")
        if not days or (since is not None and start < min(days)):
            day = StoredDay(f"arxiv/{category}", start, "begin", 0, world.now)
            world.store.runs.set_day(day)
            first = not days
            if first and since is None and category == categories(world)[0]:
                report.notes.append(
                    f"first run: nothing is looked for before {today:%-d %B %Y}; "
                    "`listkeeper discover --since DATE` looks further back"
                )


def categories(world: World) -> list[str]:
    """Every category that some feed asks for, once, in order."""
    named = [name for feed in world.sources.arxiv.feeds for name in feed.split("+")]
    return list(dict.fromkeys(named))


def calendar_warning(world: World) -> str | None:
    """A line before the table of days off runs out, and for as long as it has run out."""
    until = world.calendar.known_until
    if world.now.date() + AHEAD < until:
        return None
    return f"arXiv's days off are known until {until} only: add the next ones to calendar.yaml"


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
    for category in categories(world):
        days = world.store.runs.days(f"arxiv/{category}")
        first = max(min(days), today - DAY * world.sources.arxiv.look_back_days) if days else today
        for day in announcement_days(first, today - DAY, world.days_off):
            if day not in days:
                missing[day].append(category)
    return dict(sorted(missing.items()))


def gap_plan(
    world: World, missing: dict[date, list[str]], ways: Sequence[str] = tuple(GAPS)
) -> ApiPlan | OaiPlan:
    """
    What to ask for the missing days: the query API for a few, OAI-PMH for more.

    The API tells what was sent in a window, 200 papers a request; OAI-PMH everything that was
    announced, cross-listed or replaced since, 2,500 a request. Where one failed in the last run,
    the other is asked; ``ways`` may name only one of them.
    """
    categories = tuple(dict.fromkeys(name for names in missing.values() for name in names))
    services = world.services.services
    if ways[0] == "arxiv_oai" or (len(ways) > 1 and _by_oai(world, missing)):
        since = min(missing) - DAY
        return OaiPlan(services["arxiv_oai"], categories, since, world.days_off, world.now)
    start, end = window(missing, world.sources.arxiv.overlap_days)
    return ApiPlan(services["arxiv_api"], categories, start, end, world.days_off, world.now)


def _by_oai(world: World, missing: Collection[date]) -> bool:
    many = len(missing) > MOST_BY_API
    usual, other = ("arxiv_oai", "arxiv_api") if many else ("arxiv_api", "arxiv_oai")
    states = world.store.runs.sources()
    failed = [name for name in (usual, other) if name in states and states[name].streak]
    return many != (failed == [usual])


def came_late(world: World, missing: Collection[date], found: Sequence[Found]) -> list[str]:
    """Papers nobody knew that were announced on a day which was complete; before they are kept."""
    begin = min((min(days) for days in _stored(world) if days), default=date.max)
    new = {
        item.work.key
        for item in found
        if item.sighting.announce_type == "new"
        and item.sighting.announced is not None
        and begin < item.sighting.announced
        and item.sighting.announced not in missing
        and item.sighting.announced < feed_day(world.now)
    }
    return sorted(new - world.store.works.get_many(new).keys())


def _stored(world: World) -> list[dict[date, StoredDay]]:
    return [world.store.runs.days(f"arxiv/{category}") for category in categories(world)]


def conclude_gap(
    world: World, report: Report, missing: dict[date, list[str]], batches: Sequence[Batch]
) -> None:
    """Say the word of who was asked, and keep the days that it proved."""
    said = judge_window(batches, missing).report
    with world.store.transaction():
        world.store.runs.set_source(_gap_state(world, said))
        if said.word is Word.OK:
            proof = GAPS[said.source]
            for day, names in missing.items():
                for category in names:
                    _prove(world, category, day, proof, said.counts["found"])
    report.add_source(said)


def _gap_state(world: World, said: SourceReport) -> SourceState:
    """How it went; a streak of failures sends the next run another way."""
    old = world.store.runs.source(said.source)
    streak = (old.streak if old else 0) + 1 if said.word is Word.BROKEN else 0
    return SourceState(said.source, None, (), None, said.word, said.reason, streak, world.now)
