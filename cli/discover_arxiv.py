"""
What arXiv announced: the days that its feeds prove, and those still missing.

A day is stored for a category when an answer proved it: the feed of that day, or the query API
or OAI-PMH afterwards (``gaps.py``). What is not proved is asked for again by the next run, whoever
starts it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from catalog.paper import Paper, SourceReport, Word
from catalog.store.runs import SourceState, StoredDay
from cli.report import Report
from cli.usual import usual
from cli.world import World
from crawler.calendar import announcement_days, feed_day
from crawler.health import Judgement, judge_feed, unusual
from crawler.items import Batch
from crawler.plans import RssPlan

DAY = timedelta(days=1)
# How long before the table of days off runs out to say so.
AHEAD = timedelta(days=30)


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
                    f"first run: arXiv is read from {today:%-d %B %Y} on; "
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
    earlier = usual(world, "found", (Word.OK,))
    for part, told in answers.items():
        conclude = told or [Batch("arxiv_rss", part, trouble=silent)]
        _conclude_feed(world, report, part, conclude, earlier.get(f"arxiv_rss/{part}", ()))
    return any(batch.closed for batch in batches)


def _conclude_feed(
    world: World, report: Report, part: str, batches: Sequence[Batch], earlier: Sequence[int]
) -> None:
    """Say the feed's word, and keep where it stands and which day it proved, together."""
    source = f"arxiv_rss/{part}"
    state = world.store.runs.source(source)
    judged = judge_feed(batches, state, feed_day(world.now), world.days_off)
    remark = _remark(judged.report, earlier)
    reason = judged.report.reason + (f"; {remark}" if remark else "")
    said = replace(judged.report, reason=reason, look=remark is not None)
    with world.store.transaction():
        world.store.runs.set_source(_next_state(world, state, batches, judged))
        if judged.proves:
            for category in part.split("+"):
                prove(world, category, judged.proves, "feed", said.counts["found"])
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


def prove(world: World, category: str, day: date, proof: str, found: int) -> None:
    world.store.runs.set_day(StoredDay(f"arxiv/{category}", day, proof, found, world.now))


def _remark(said: SourceReport, earlier: Sequence[int]) -> str | None:
    """How far today's count is from the last runs' of the same source."""
    if said.word is not Word.OK or not said.counts["found"]:
        return None
    return unusual(said.counts["found"], earlier)


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


def doubt_feeds(world: World, report: Report) -> None:
    """
    Take back what today's feeds proved, where it may have been the batch of the day before.

    A stale feed is known by its papers, which stood in the last one. Where the last one could not
    be read, only what fills that day can tell: papers that were announced then. As long as that
    day is missing, today's feed proves nothing, and the next run asks for both.
    """
    today = feed_day(world.now)
    before = max((day for day in missing_days(world)), default=None)
    last = _last_announcement(world, today)
    for feed in world.sources.arxiv.feeds:
        state = world.store.runs.source(f"arxiv_rss/{feed}")
        if state is None or state.day != today or state.word is not Word.OK:
            continue
        if before == last and last is not None:
            _take_back(world, feed, today)
        elif _is_of_the_day_before(world, state, today):
            reason = "shows the batch of the day before, which could not be read then"
            stale = replace(state, word=Word.STALE, reason=reason, day=last, streak=1)
            _take_back(world, feed, today)
            world.store.runs.set_source(stale)
            report.sources = [
                replace(said, word=Word.STALE, reason=reason, later=True)
                if said.source == state.source
                else said
                for said in report.sources
            ]


def _last_announcement(world: World, today: date) -> date | None:
    days = announcement_days(today - 14 * DAY, today - DAY, world.days_off)
    return days[-1] if days else None


def _is_of_the_day_before(world: World, state: SourceState, today: date) -> bool:
    """Whether every first version it shows was announced earlier, by who knows when it was sent."""
    keys = {f"arxiv:{one.removesuffix('v1')}" for one in state.batch if one.endswith("v1")}
    days = [
        work.announced
        for work in world.store.works.get_many(keys).values()
        if isinstance(work, Paper)
    ]
    return bool(days) and all(day is not None and day < today for day in days)


def _take_back(world: World, feed: str, day: date) -> None:
    for category in feed.split("+"):
        world.store.runs.forget_day(f"arxiv/{category}", day)
