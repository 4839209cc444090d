"""
What arXiv announced: the days that its feeds prove, and those still missing.

A day is stored for a category when an answer proved it: the feed of that day, or the query API
or OAI-PMH afterwards (``gaps.py``). What is not proved is asked for again by the next run, whoever
starts it.

Announcement days that were missed: who is asked for them, and what becomes of the answers.

The query API for a few, OAI-PMH for more; where one fails, the other is asked in the same run, and
what neither could tell is asked for again by the next one.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from catalog.paper import Found, Paper, SourceReport, SourceStatus, paper_key
from catalog.report import Report
from catalog.store.runs import SourceState, StoredDay
from crawler.calendar import announcement_days, feed_day, is_announcement_day, window
from crawler.health import Judgement, judge_feed, judge_window, unusual
from crawler.items import Batch
from crawler.plans import ApiPlan, OaiPlan, RssPlan
from pipelines.workspace import Workspace

DAY = timedelta(days=1)
# How long before the table of days off runs out to say so.
AHEAD = timedelta(days=30)
# More missing days than this are asked of OAI-PMH.
MOST_BY_API = 3
# Who is asked for missing days, and what such a day is then proved by.
GAPS = {"arxiv_api": "api", "arxiv_oai": "oai"}

STRIP = 30


def begin(workspace: Workspace, report: Report, since: date | None) -> None:
    """Note from which day on nothing may be missed: the first run's, or the one asked for."""
    today = feed_day(workspace.now)
    start = (since or today) - DAY
    for category in categories(workspace):
        days = workspace.store.runs.days(f"arxiv/{category}")
        if not days or (since is not None and start < min(days)):
            day = StoredDay(f"arxiv/{category}", start, "begin", 0, workspace.now)
            workspace.store.runs.set_day(day)
            first = not days
            if first and since is None and category == categories(workspace)[0]:
                report.notes.append(
                    f"first run: arXiv is read from {today:%-d %B %Y} on; "
                    "`listkeeper discover --since DATE` looks further back"
                )


def categories(workspace: Workspace) -> list[str]:
    """Every category that some feed asks for, once, in order."""
    named = [name for feed in workspace.sources.arxiv.feeds for name in feed.split("+")]
    return list(dict.fromkeys(named))


def calendar_warning(workspace: Workspace) -> str | None:
    """A line before the table of days off runs out, and for as long as it has run out."""
    until = workspace.calendar.known_until
    if workspace.now.date() + AHEAD < until:
        return None
    return f"arXiv's days off are known until {until} only: add the next ones to calendar.yaml"


def feeds_plan(workspace: Workspace) -> RssPlan:
    """The feeds, each with the tag of its last answer."""
    states = workspace.store.runs.sources()
    feeds = {
        feed: (states[f"arxiv_rss/{feed}"].etag if f"arxiv_rss/{feed}" in states else None)
        for feed in workspace.sources.arxiv.feeds
    }
    return RssPlan(workspace.services.services["arxiv_rss"], feeds, workspace.now)


def conclude_feeds(workspace: Workspace, report: Report, batches: Sequence[Batch]) -> bool:
    """A word for each feed; whether arXiv wants no more questions."""
    answers: dict[str, list[Batch]] = {feed: [] for feed in workspace.sources.arxiv.feeds}
    for batch in batches:
        for part in [batch.part] if batch.part else answers:
            answers[part].append(replace(batch, part=part))
    silent = "the spider ended without an answer"
    earlier = workspace.store.runs.usual("found", (SourceStatus.OK,))
    for part, told in answers.items():
        conclude = told or [Batch("arxiv_rss", part, trouble=silent)]
        _conclude_feed(workspace, report, part, conclude, earlier.get(f"arxiv_rss/{part}", ()))
    return any(batch.closed for batch in batches)


def _conclude_feed(
    workspace: Workspace,
    report: Report,
    part: str,
    batches: Sequence[Batch],
    earlier: Sequence[int],
) -> None:
    """Say the feed's word, and keep where it stands and which day it proved, together."""
    source = f"arxiv_rss/{part}"
    state = workspace.store.runs.source(source)
    judged = judge_feed(batches, state, feed_day(workspace.now), workspace.days_off)
    remark = _remark(judged.report, earlier)
    reason = judged.report.reason + (f"; {remark}" if remark else "")
    said = replace(judged.report, reason=reason, look=remark is not None)
    with workspace.store.transaction():
        workspace.store.runs.set_source(_next_state(workspace, state, batches, judged))
        if judged.proves:
            for category in part.split("+"):
                prove(workspace, category, judged.proves, "feed", said.counts["found"])
    report.add_source(said)


def _next_state(
    workspace: Workspace, old: SourceState | None, batches: Sequence[Batch], judged: Judgement
) -> SourceState:
    word, source = judged.report.word, judged.report.source
    bad = word in {SourceStatus.BROKEN, SourceStatus.STALE}
    ids = tuple(sorted({arxiv_id for batch in batches for arxiv_id in batch.ids}))
    whole = word is not SourceStatus.BROKEN
    return SourceState(
        source=source,
        # A tag is kept only with what it stands for: a broken answer is asked for again.
        etag=(batches[0].etag or (old.etag if old else None)) if whole else None,
        batch=ids if ids and whole else (old.batch if old else ()),
        day=judged.proves or (old.day if old else None),
        word=word,
        reason=judged.report.reason,
        streak=(old.streak if old else 0) + 1 if bad else 0,
        at=workspace.now,
    )


def prove(workspace: Workspace, category: str, day: date, proof: str, found: int) -> None:
    workspace.store.runs.set_day(StoredDay(f"arxiv/{category}", day, proof, found, workspace.now))


def _remark(said: SourceReport, earlier: Sequence[int]) -> str | None:
    """How far today's count is from the last runs' of the same source."""
    if said.word is not SourceStatus.OK or not said.counts["found"]:
        return None
    return unusual(said.counts["found"], earlier)


def missing_days(workspace: Workspace) -> dict[date, list[str]]:
    """Announcement days before today that are not proved, each with the categories that lack it."""
    today = feed_day(workspace.now)
    missing: dict[date, list[str]] = defaultdict(list)
    for category in categories(workspace):
        days = workspace.store.runs.days(f"arxiv/{category}")
        first = (
            max(min(days), today - DAY * workspace.sources.arxiv.look_back_days) if days else today
        )
        for day in announcement_days(first, today - DAY, workspace.days_off):
            if day not in days:
                missing[day].append(category)
    return dict(sorted(missing.items()))


def doubt_feeds(workspace: Workspace, report: Report) -> None:
    """
    Take back what today's feeds proved, where it may have been the batch of the day before.

    A stale feed is known by its papers, which stood in the last one. Where the last one could not
    be read, only what fills that day can tell: papers that were announced then. As long as that
    day is missing, today's feed proves nothing, and the next run asks for both.
    """
    today = feed_day(workspace.now)
    before = max((day for day in missing_days(workspace)), default=None)
    last = _last_announcement(workspace, today)
    for feed in workspace.sources.arxiv.feeds:
        state = workspace.store.runs.source(f"arxiv_rss/{feed}")
        if state is None or state.day != today or state.word is not SourceStatus.OK:
            continue
        if before == last and last is not None:
            _take_back(workspace, feed, today)
        elif _is_of_the_day_before(workspace, state, today):
            reason = "shows the batch of the day before, which could not be read then"
            stale = replace(state, word=SourceStatus.STALE, reason=reason, day=last, streak=1)
            _take_back(workspace, feed, today)
            workspace.store.runs.set_source(stale)
            report.sources = [
                replace(said, word=SourceStatus.STALE, reason=reason, later=True)
                if said.source == state.source
                else said
                for said in report.sources
            ]


def _last_announcement(workspace: Workspace, today: date) -> date | None:
    days = announcement_days(today - 14 * DAY, today - DAY, workspace.days_off)
    return days[-1] if days else None


def _is_of_the_day_before(workspace: Workspace, state: SourceState, today: date) -> bool:
    """Whether every first version it shows was announced earlier, by who knows when it was sent."""
    keys = {paper_key(one.removesuffix("v1")) for one in state.batch if one.endswith("v1")}
    days = [
        work.announced
        for work in workspace.store.works.get_many(keys).values()
        if isinstance(work, Paper)
    ]
    return bool(days) and all(day is not None and day < today for day in days)


def _take_back(workspace: Workspace, feed: str, day: date) -> None:
    for category in feed.split("+"):
        workspace.store.runs.forget_day(f"arxiv/{category}", day)


def gap_plan(
    workspace: Workspace, missing: dict[date, list[str]], ways: Sequence[str] = tuple(GAPS)
) -> ApiPlan | OaiPlan:
    """
    What to ask for the missing days: the query API for a few, OAI-PMH for more.

    The API tells what was sent in a window, 200 papers a request; OAI-PMH everything that was
    announced, cross-listed or replaced since, 2,500 a request. Where one failed in the last run,
    the other is asked; ``ways`` may name only one of them.
    """
    names = tuple(dict.fromkeys(name for some in missing.values() for name in some))
    services = workspace.services.services
    if ways[0] == "arxiv_oai" or (len(ways) > 1 and _by_oai(workspace, missing)):
        since = min(missing) - DAY
        return OaiPlan(services["arxiv_oai"], names, since, workspace.days_off, workspace.now)
    start, end = window(missing, workspace.sources.arxiv.overlap_days)
    return ApiPlan(services["arxiv_api"], names, start, end, workspace.days_off, workspace.now)


def _by_oai(workspace: Workspace, missing: Collection[date]) -> bool:
    many = len(missing) > MOST_BY_API
    usual, other = ("arxiv_oai", "arxiv_api") if many else ("arxiv_api", "arxiv_oai")
    states = workspace.store.runs.sources()
    failed = [name for name in (usual, other) if name in states and states[name].streak]
    return many != (failed == [usual])


@dataclass
class Gap:
    """What was told about the missing days, by who told it."""

    workspace: Workspace
    missing: dict[date, list[str]]
    told: dict[str, list[Batch]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)

    def take(self, batch: Batch) -> None:
        """Store the papers of an answer at once, and remember how it was."""
        self.late.update(came_late(self.workspace, self.missing, batch.found))
        self.workspace.store.works.save(batch.found)
        self.told.setdefault(batch.source, []).append(batch.slim())

    def other_way(self, ways: Sequence[str]) -> ApiPlan | OaiPlan | None:
        """What to ask of whom after a failure; nothing where arXiv wants no more questions."""
        ((source, batches),) = self.told.items() or (("", []),)
        rest = [name for name in ways if name != source]
        failed = judge_window(batches, self.missing).report.word is SourceStatus.BROKEN
        if not source or not failed or not rest or any(batch.closed for batch in batches):
            return None
        return gap_plan(self.workspace, self.missing, rest)

    def conclude(self, report: Report) -> None:
        """Say the word of who was asked, and keep the days that were proved."""
        said = [judge_window(batches, self.missing).report for batches in self.told.values()]
        said = said or [judge_window([], self.missing).report]
        *failed, last = said
        with self.workspace.store.transaction():
            for one in said:
                self.workspace.store.runs.set_source(_state(self.workspace, one))
            if last.word is SourceStatus.OK:
                self._prove(last)
        if last.word is SourceStatus.OK:
            reasons = (f"{one.source} could not: {one.reason.partition(';')[0]}" for one in failed)
            report.add_source(replace(last, reason="; ".join([last.reason, *reasons])))
        else:
            for one in said:
                report.add_source(one)
        if self.late:
            report.count("discover/late", len(self.late))
            report.notes.append(f"{len(self.late)} papers came late, to days that were complete")

    def _prove(self, said: SourceReport) -> None:
        for day, names in self.missing.items():
            for category in names:
                prove(self.workspace, category, day, GAPS[said.source], said.counts["found"])


def came_late(workspace: Workspace, missing: Collection[date], found: Sequence[Found]) -> list[str]:
    """Papers nobody knew that were announced on a day which was complete; before they are kept."""
    stored = [workspace.store.runs.days(f"arxiv/{category}") for category in categories(workspace)]
    begin = min((min(days) for days in stored if days), default=date.max)
    new = {
        item.work.key
        for item in found
        if item.sighting.announce_type == "new"
        and item.sighting.announced is not None
        and begin < item.sighting.announced
        and item.sighting.announced not in missing
        and item.sighting.announced < feed_day(workspace.now)
    }
    return sorted(new - workspace.store.works.get_many(new).keys())


def _state(workspace: Workspace, said: SourceReport) -> SourceState:
    """How it went; a streak of failures sends the next run another way."""
    old = workspace.store.runs.source(said.source)
    streak = (old.streak if old else 0) + 1 if said.word is SourceStatus.BROKEN else 0
    return SourceState(said.source, None, (), None, said.word, said.reason, streak, workspace.now)


def days_strip(workspace: Workspace) -> list[tuple[date, str]]:
    """
    Each of the last days and what it is.

    ``feed``, ``api``, ``oai``: what proved it complete; ``quiet``, ``missing``, or ``before`` the
    first run. Of the categories the weakest proof counts.
    """
    today, names = feed_day(workspace.now), categories(workspace)
    stored = [workspace.store.runs.days(f"arxiv/{name}") for name in names]
    past = [workspace.store.runs.days(f"past/{name}") for name in names]
    first = min((min(days) for days in stored if days), default=None)
    last = [today - timedelta(days=back) for back in range(STRIP - 1, -1, -1)]
    both = [new | old for old, new in zip(past, stored, strict=True)]
    return [(day, _kind(workspace, both, day, first)) for day in last]


def _kind(
    workspace: Workspace, stored: Sequence[dict[date, StoredDay]], day: date, first: date | None
) -> str:
    proofs = {days[day].proof if day in days else None for days in stored}
    quiet = not is_announcement_day(day, workspace.days_off)
    if first is None or day <= first:
        return "before" if quiet or proofs & {None, "begin"} else _weakest(proofs)
    if quiet:
        return "quiet"
    return "missing" if None in proofs else _weakest(proofs)


def _weakest(proofs: set[str | None]) -> str:
    return next((proof for proof in ("oai", "api") if proof in proofs), "feed")
