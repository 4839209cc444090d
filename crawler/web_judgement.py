"""
The word of a source that shows links, and where it stands afterwards.

OK: read, and something was new. QUIET: read, and everything was there before. BROKEN: could not
be read, or is empty where it never was. A feed may be silent for long; one that is silent three
times as long as it usually is deserves a look, whatever its word, and so does one whose answer is
a fifth as long as in the last ten runs, or five times as long.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from statistics import median

from catalog.paper import SourceReport, Word
from catalog.store.runs import SourceState
from crawler.health import unusual
from crawler.plans import Batch

# Days to remember on which there was something new; with fewer gaps nothing is usual.
NEWS, LEAST_GAPS = 12, 3
# Silence of this many usual intervals is worth a look.
SILENT = 3
# Services that fail for hours (YouTube's feeds do) need no person before the third run.
PATIENCE = 3


def judge_web(
    source: str,
    batches: Sequence[Batch],
    state: SourceState | None,
    now: datetime,
    earlier: Sequence[int] = (),
) -> SourceReport:
    """
    The word for one part of a source, from its answers of this run.

    ``earlier`` is how many items it had in the last runs.
    """
    counts = _counts(batches, state)
    broken = next((batch for batch in batches if batch.trouble), None)
    if broken:
        return _broken(source, broken, counts, state)
    had = len(state.batch) if state else 0
    if had and not counts["items"] and not any(batch.unchanged for batch in batches):
        reason = f"is empty, and had {had} works before"
        return _broken(source, replace(batches[0], trouble=reason), counts, state)
    silence = silent(news_of(batches, state, now), now.date())
    count = unusual(counts["items"], earlier) if counts["items"] else None
    word = Word.OK if counts["new"] else Word.QUIET
    reason = "; ".join(filter(None, (_says(batches, counts, state), silence, count)))
    return SourceReport(source, word, reason, counts, look=bool(silence or count))


def _says(batches: Sequence[Batch], counts: dict[str, int], state: SourceState | None) -> str:
    newest = f", the newest is of {state.news[-1]:%-d %B}" if state and state.news else ""
    if any(batch.unchanged for batch in batches):
        return f"unchanged{newest}"
    items = "1 item" if counts["items"] == 1 else f"{counts['items']:,} items"
    if not counts["new"]:
        return f"{items}, nothing new{newest}" if counts["items"] else "nothing there"
    old = f", {counts['old']} too old" if counts["old"] else ""
    return f"{items}, {counts['new']} new{old}"


def _broken(
    source: str, broken: Batch, counts: dict[str, int], state: SourceState | None
) -> SourceReport:
    streak = (state.streak if state else 0) + 1
    row = f"; {streak} times in a row" if streak > 1 else ""
    kept = f"; {counts['found']} whole items kept" if counts["found"] else ""
    later = broken.later or streak < PATIENCE
    return SourceReport(source, Word.BROKEN, f"{broken.trouble}{kept}{row}", counts, later)


def _counts(batches: Sequence[Batch], state: SourceState | None) -> dict[str, int]:
    ids = {key for batch in batches for key in batch.ids}
    return {
        "items": sum(batch.total or 0 for batch in batches),
        "found": len(ids),
        "new": len(ids - set(state.batch if state else ())),
        "odd": sum(len(batch.odd) for batch in batches),
        "old": sum(batch.old for batch in batches),
    }


def next_web_state(
    said: SourceReport,
    batches: Sequence[Batch],
    old: SourceState | None,
    left_over: Collection[str],
    now: datetime,
) -> SourceState:
    """
    What to remember of a part of a source.

    A tag is kept only with what it stands for: not with a broken answer, and not while works that
    were named there are still to be looked up. Those are new again in the next run.
    """
    whole = said.word is not Word.BROKEN
    ids = tuple(sorted({key for batch in batches for key in batch.ids} - set(left_over)))
    unchanged = any(batch.unchanged for batch in batches)
    tag, modified = (batches[0].etag, batches[0].modified) if batches else (None, None)
    if unchanged and old:
        tag, modified = old.etag, old.modified
    keep = whole and not left_over
    return SourceState(
        source=said.source,
        etag=tag if keep else None,
        batch=ids if whole and not unchanged else (old.batch if old else ()),
        day=None,
        word=said.word,
        reason=said.reason,
        streak=0 if whole else (old.streak if old else 0) + 1,
        at=now,
        modified=modified if keep else None,
        news=news_of(batches, old, now) if whole else (old.news if old else ()),
    )


def news_of(batches: Sequence[Batch], old: SourceState | None, now: datetime) -> tuple[date, ...]:
    """The last days on which there was something new: as the items say, else as we saw it."""
    known = set(old.news if old else ())
    told = {day for batch in batches for day in batch.days}
    ids = {key for batch in batches for key in batch.ids}
    if not told and ids - set(old.batch if old else ()):
        told = {now.date()}
    return tuple(sorted(known | told)[-NEWS:])


def silent(news: Sequence[date], today: date) -> str | None:
    """A remark when nothing came for three times as long as usual."""
    gaps = [(after - before).days for before, after in pairwise(news)]
    if len(gaps) < LEAST_GAPS:
        return None
    usual = max(median(gaps), 1)
    since = (today - news[-1]).days
    if since <= SILENT * usual:
        return None
    return f"silent for {since} days, usually something comes every {_days(usual)}"


def _days(number: float) -> str:
    return "day" if number == 1 else f"{number:g} days"
