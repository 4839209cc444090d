"""
``listkeeper backfill``: what arXiv announced in the past, week by week, the newest first.

A week that is stored is not asked for again: killed and started once more, it goes on where it
was. Between two weeks nothing is locked, and arXiv is asked at the same pace by all, so the daily
run goes its way meanwhile. The works are judged as any others; only those of the last weeks are
candidates, so that the digest is not flooded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from time import monotonic

from catalog.address import identity
from catalog.arxiv_id import ArxivId
from catalog.errors import SourceTrouble
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Found, Paper, SourceReport, SourceStatus
from catalog.report import Report
from catalog.store.lock import lock
from catalog.store.runs import StoredDay
from config.rules import ListRules
from crawler.calendar import announcement_days, feed_day, window
from crawler.health import judge_window, span
from crawler.items import Batch
from crawler.plans import ApiPlan, OaiPlan
from crawler.process import crawl
from pipelines.candidates import FRESH_DAYS as FRESH
from pipelines.discover.arxiv import categories
from pipelines.workspace import Workspace

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Papers a request; the API allows more, but its pages then take long.
PAPERS_PER_PAGE = 500
# How long to wait for another command to end before a week is stored (seconds).
MAX_LOCK_WAIT_S = 3_600.0
# Works of the past that are named at the end, for each list.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A week: what to ask, and which days are stored under which names when it was answered.

    ``marks`` are those days, ``proof`` what proves them.
    """

    plan: ApiPlan | OaiPlan
    marks: tuple[date, ...]
    prefix: str
    proof: str


def pieces_by_api(workspace: Workspace, since: date, until: date) -> list[Piece]:
    """The weeks whose days are not all proved, by the days on which papers were sent."""
    stored = _proved(workspace)
    days = announcement_days(since, until, workspace.days_off)
    weeks = [tuple(some) for _, some in groupby(days, key=lambda day: day.isocalendar()[:2])]
    todo = [week for week in weeks if not stored.issuperset(week)]
    plans = [
        _api_plan(workspace, week, before) for before, week in zip([(), *todo], todo, strict=False)
    ]
    return [
        Piece(plan, week, "past", "api")
        for plan, week in zip(reversed(plans), reversed(todo), strict=True)
    ]


def _api_plan(workspace: Workspace, week: Sequence[date], before: Sequence[date]) -> ApiPlan:
    """
    A week, by when papers were sent.

    Weeks stand side by side: what moderation held back was sent in the one before, and is found
    there. Where that one is not asked for, this one reaches back some days.
    """
    side_by_side = bool(before) and week[0] - before[-1] <= WEEK
    overlap = 0 if side_by_side else workspace.sources.arxiv.overlap_days
    start, end = window(week, overlap)
    base = workspace.services.services["arxiv_api"]
    names = tuple(categories(workspace))
    return ApiPlan(base, names, start, end, workspace.days_off, workspace.now, page=PAPERS_PER_PAGE)


def pieces_by_oai(workspace: Workspace, since: date) -> list[Piece]:
    """
    The weeks from the first day up to now, by the days of the records.

    A record bears the day of its last change: what was announced in a month of the past is known
    whole only when everything that changed since was read, and a week only when it is over.
    """
    done = [workspace.store.runs.days(f"oai/{category}") for category in categories(workspace)]
    today, pieces = feed_day(workspace.now), []
    monday = since - timedelta(days=since.weekday())
    while monday <= today:
        sunday = monday + WEEK - DAY
        if not all(monday in days and days[monday].at.date() > sunday + DAY for days in done):
            plan = OaiPlan(
                workspace.services.services["arxiv_oai"],
                tuple(categories(workspace)),
                monday,
                workspace.days_off,
                workspace.now,
                until=min(sunday, today),
                first=since,
            )
            pieces.append(Piece(plan, (monday,), "oai", "oai"))
        monday += WEEK
    return pieces[::-1]


def _proved(workspace: Workspace) -> set[date]:
    """The days that are stored for every category, by the daily run or by this command."""
    each = []
    for category in categories(workspace):
        daily = workspace.store.runs.days(f"arxiv/{category}").items()
        proved = {day for day, stored in daily if stored.proof != "begin"}
        each.append(proved | workspace.store.runs.days(f"past/{category}").keys())
    return set.intersection(*each) if each else set()


def backfill(workspace: Workspace, report: Report, since: date, until: date, way: str) -> None:
    """Ask for every week that is not stored, and judge what came."""
    by_api = way == "arxiv_api"
    todo = pieces_by_api(workspace, since, until) if by_api else pieces_by_oai(workspace, since)
    found: set[str] = set()
    said: SourceReport | None = None
    with workspace.progress("backfill", total=len(todo)) as step:
        began = monotonic()
        for number, piece in enumerate(todo, 1):
            batches = _ask(workspace, piece)
            said = judge_window(
                [batch.slim() for batch in batches], _days_of(workspace, piece)
            ).report
            found |= _store(workspace, piece, batches, until, said)
            if said.word is SourceStatus.BROKEN:
                break
            left = (monotonic() - began) / number * (len(todo) - number)
            step(
                f"{span(_days_of(workspace, piece))}: {said.counts['found']} papers, {_left(left)}"
            )
    _conclude(workspace, report, said, (since, until), todo)
    if not by_api and (said is None or said.word is SourceStatus.OK):
        days = announcement_days(since, until, workspace.days_off)
        with lock(workspace.state, "backfill", patience=MAX_LOCK_WAIT_S):
            _mark(workspace, "past", days, "oai", len(found))
    report.count("backfill/found", len(found))


def _left(seconds: float) -> str:
    return f"about {max(round(seconds / 60), 1)} min left" if seconds > 0 else "done"


def _days_of(workspace: Workspace, piece: Piece) -> list[date]:
    if isinstance(piece.plan, OaiPlan):
        last = piece.plan.until or piece.plan.since
        return announcement_days(piece.plan.since, last, workspace.days_off)
    return list(piece.marks)


def _ask(workspace: Workspace, piece: Piece) -> list[Batch]:
    try:
        return list(crawl([piece.plan], workspace.crawl_policy))
    except SourceTrouble as trouble:
        name = "arxiv_oai" if isinstance(piece.plan, OaiPlan) else "arxiv_api"
        return [Batch(name, "", trouble=str(trouble))]


def _store(
    workspace: Workspace, piece: Piece, batches: Sequence[Batch], until: date, said: SourceReport
) -> set[str]:
    """Keep a week's papers and that it is whole, together; the keys of the papers."""
    items = [item for batch in batches for item in batch.found if _is_of_the_past(item, until)]
    with lock(workspace.state, "backfill", patience=MAX_LOCK_WAIT_S), workspace.store.transaction():
        workspace.store.works.save(items)
        if said.word is SourceStatus.OK:
            _mark(workspace, piece.prefix, piece.marks, piece.proof, len(items))
    return {item.work.key for item in items}


def _is_of_the_past(item: Found, until: date) -> bool:
    """First announced up to the last day: what only changed since is nobody's news."""
    seen = item.sighting
    return seen.announce_type == "new" and seen.announced is not None and seen.announced <= until


def _mark(workspace: Workspace, prefix: str, days: Sequence[date], proof: str, found: int) -> None:
    with workspace.store.transaction():
        for category in categories(workspace):
            for day in days:
                name = f"{prefix}/{category}"
                workspace.store.runs.set_day(StoredDay(name, day, proof, found, workspace.now))


def _conclude(
    workspace: Workspace,
    report: Report,
    said: SourceReport | None,
    days: tuple[date, date],
    todo: Sequence[Piece],
) -> None:
    first, last = days
    report.count("backfill/weeks", len(todo))
    if said is None:
        report.notes.append(f"{first} to {last} is stored already")
        return
    report.add_source(said)
    if said.word is SourceStatus.BROKEN:
        report.notes.append("stopped there; what came before is kept: start it again later")


def tell(workspace: Workspace, report: Report, since: date, until: date) -> None:
    """How many works of these days the rules propose, and the strongest that are no candidates."""
    fresh = (workspace.now - timedelta(days=FRESH)).date()
    for rules in workspace.lists:
        past = list(_proposed(workspace, rules, since, until))
        old = [line for day, line in past if day < fresh]
        report.count("backfill/proposed", len(past))
        report.notes.append(
            f"{rules.list}: {len(past)} papers of these days are proposed and not in the list; "
            f"{len(past) - len(old)} of the last {FRESH} days are candidates"
        )
        if old:
            report.notes.append("the strongest of the older ones, for `listkeeper add`:")
            report.notes += old[:NAMED]


def _proposed(
    workspace: Workspace, rules: ListRules, since: date, until: date
) -> Iterator[tuple[date, str]]:
    listed = {identity(key) for key in listed_keys(parse(workspace.list_path(rules).read_bytes()))}
    decided = workspace.store.decisions.latest(rules.list)
    for work, verdict in workspace.store.verdicts.proposed(rules.list):
        if not isinstance(work, Paper) or work.announced is None:
            continue
        if not since <= work.announced <= until or identity(work.key) in listed | decided.keys():
            continue
        where = f"{verdict.section} ({verdict.score:.2f})"
        arxiv_id = ArxivId.parse(work.arxiv_id)
        yield work.announced, f"  arxiv.org/abs/{arxiv_id}  {where}  {work.title[:100]}"
