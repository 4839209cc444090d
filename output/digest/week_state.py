"""How a list's week stands: its page, what is open on it, and what to do next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from catalog.errors import ListConflict
from catalog.facts import Decision
from catalog.rows.digests import KeptDigest, week_in
from catalog.sightings import NO_NETWORK, SourceStatus
from config.plain_files import read_file
from config.rules import ListRules
from output.digest.book import on_page, record_of
from output.digest.kept_pages import KeptPages
from output.digest.model import Digest, from_json, week_of
from output.digest.ticks import read_ticks

# A week has a page, seldom a second one.
LOOKED_BACK = 4


@dataclass(frozen=True, slots=True)
class WeekState:
    """
    One list's week.

    ``page`` is the newest page of the week, empty without one; ``open`` counts its candidates
    without a decision, ``ticked`` its works with a tick in the file and no decision, near misses
    too, ``picked`` accepted works that are not in the list yet. ``record`` says how a page ended;
    ``shelved`` counts what went to the shelf this week. ``earlier`` is the page of the last week
    before where ticks wait, ``waiting`` their number.
    """

    list_name: str
    page: str
    open: int
    ticked: int
    picked: int
    record: str
    shelved: int
    next: str
    earlier: str = ""
    waiting: int = 0

    def __str__(self) -> str:
        if not self.page:
            parts = ["no digest this week"]
        elif self.record:
            parts = [f"{self.page}: {self.record.rstrip('.')}"]
        else:
            parts = [f"{self.open} in {self.page}"]
        if self.ticked:
            parts.append(f"{self.ticked} ticked")
        if self.picked:
            parts.append(f"{self.picked} accepted and not written")
        if self.shelved:
            parts.append(f"{self.shelved} went to the shelf")
        if self.waiting:
            parts.append(f"{self.waiting} ticked in {self.earlier}")
        return f"{', '.join(parts)}, next: {self.next}"


def week_state(pages: KeptPages, rules: ListRules, now: datetime) -> WeekState:
    """How the week of a list stands."""
    decisions = pages.store.decisions.all(rules.list)
    latest = {decision.work_key: decision for decision in decisions}
    picked = sum(decision.act == "pick" for decision in latest.values())
    newest = _newest(pages, rules, now)
    earlier, waiting = ticks_before(pages, now, latest)
    first = _first(pages, rules, f"listkeeper apply {earlier}" if waiting else "")
    if newest is None:
        what = first or "listkeeper run"
        return WeekState(rules.list, "", 0, 0, picked, "", 0, what, earlier, waiting)
    digest = from_json(newest.body)
    record = record_of(newest, decisions)
    left = {item.key for item in digest.candidates if _is_open(latest.get(item.key))}
    ticked = _ticked(pages.path(newest.name), _unanswered(digest, latest))
    what = first or (
        "listkeeper apply" if ticked else _next(pages, 0 if record else len(left), picked, now)
    )
    page, shelved = _shown_path(pages, newest.name), len(digest.shelved)
    return WeekState(
        rules.list, page, len(left), ticked, picked, record, shelved, what, earlier, waiting
    )


def _first(pages: KeptPages, rules: ListRules, waiting: str) -> str:
    """What to do before anything else, if there is something."""
    if not (pages.root / rules.file).exists():
        return f"listkeeper doctor ({rules.file} is missing)"
    return waiting


def ticks_before(
    pages: KeptPages, now: datetime, latest: Mapping[str, Decision]
) -> tuple[str, int]:
    """The page of the last week before this one, and its ticks that nobody applied."""
    this = week_of(now)
    kept = pages.store.digests.latest(pages.rules.list, LOOKED_BACK)
    before = next((digest for digest in kept if week_in(digest.name) < this), None)
    if before is None:
        return "", 0
    ticked = _ticked(pages.path(before.name), _unanswered(from_json(before.body), latest))
    return (_shown_path(pages, before.name), ticked) if ticked else ("", 0)


def _unanswered(digest: Digest, latest: Mapping[str, Decision]) -> set[str]:
    again = {item.key for item in digest.second_chances}
    answers = on_page(latest, again, digest.made_at)
    return {item.key for item in digest.items if _is_open(answers.get(item.key))}


def week_record(pages: KeptPages, rules: ListRules, now: datetime) -> str:
    """The week's newest page and how it ended; empty while it is open, and without a page."""
    newest = _newest(pages, rules, now)
    if newest is None:
        return ""
    record = record_of(newest, pages.store.decisions.all(rules.list))
    return f"{_shown_path(pages, newest.name)}: {record}" if record else ""


def _newest(pages: KeptPages, rules: ListRules, now: datetime) -> KeptDigest | None:
    own = filter(None, map(pages.get, pages.store.digests.names(rules.list, week_of(now))))
    return max(own, key=lambda digest: digest.made_at, default=None)


def _shown_path(pages: KeptPages, name: str) -> str:
    path = pages.path(name)
    return str(path.relative_to(pages.root)) if path.is_relative_to(pages.root) else str(path)


def _ticked(path: Path, left: Collection[str]) -> int:
    """How many of these works have a tick in the file; what is wrong with it, `apply` says."""
    try:
        ticks = read_ticks(read_file(path).decode(), str(path)).ticks
    except (OSError, UnicodeDecodeError, ListConflict):
        return 0
    return len({tick.key for tick in ticks if tick.key in left})


def _is_open(decision: Decision | None) -> bool:
    return decision is None or decision.act == "undo"


def _next(pages: KeptPages, left: int, picked: int, now: datetime) -> str:
    if left:
        return "listkeeper review"
    if picked:
        return "listkeeper review, and write"
    sources = pages.store.runs.sources().values()
    newest = max((source.at for source in sources), default=None)
    last = [source for source in sources if source.at == newest]
    if last and all(source.word == SourceStatus.BROKEN for source in last):
        offline = any(source.reason.startswith(NO_NETWORK) for source in last)
        return f"listkeeper run (the last one {'had no network' if offline else 'failed'})"
    monday = now.date() + timedelta(days=7 - now.weekday())
    return f"the digest of Monday, {monday:%-d %B}"
