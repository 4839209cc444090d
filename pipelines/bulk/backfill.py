"""
``backfill --snapshot``: the candidates of all of arXiv, from a file of its metadata.

Only what the rules of a list let in is stored, with its verdicts. The papers of a part of the file
are stored together with the note how far the file is read, so after a stop the same command goes on
where it was, and what is stored in the end is the same. Between two parts nothing is locked.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from time import monotonic

import orjson

from catalog.report import Report
from catalog.sightings import Found
from catalog.store import Store
from pipelines.bulk.files import PART_BYTES, FilePart, opened, parts, unread, without_records
from pipelines.bulk.judging import (
    FindCandidates,
    JudgedPart,
    ProposedPaper,
    RulesToSend,
    without_collector,
)
from pipelines.bulk.records import WatchedRecords
from pipelines.bulk.workers import Spread
from pipelines.discover.backfill import MAX_LOCK_WAIT_S, time_left
from pipelines.discover.days import ArxivContext
from pipelines.workspace import Step, Workspace

# A file is known again by its length and so many bytes at either end.
ENDS_BYTES = 1 << 16
# A line of progress for so much of the file.
SHARES = 100


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """How far a file is read, and what was found up to there. ``until`` is where a part ends."""

    until: int = 0
    records: int = 0
    judged: int = 0
    proposed: int = 0
    whole: bool = False

    def plus(self, until: int, part: JudgedPart) -> "ReadSoFar":
        return ReadSoFar(
            until,
            self.records + part.records,
            self.judged + part.judged,
            self.proposed + len(part.proposed),
        )


def backfill_snapshot(
    workspace: Workspace, report: Report, file: str, days: tuple[date, date], spread: Spread
) -> None:
    """Judge every record of the file that isn't judged yet, and store what is proposed."""
    arxiv = ArxivContext.of(workspace)
    task = FindCandidates(
        RulesToSend.of(workspace.lists),
        WatchedRecords.of(arxiv.categories),
        workspace.now,
        arxiv.days_off,
        *days,
    )
    store = JudgedStore(workspace.store, f"snapshot/{_known_by(file, task)}", workspace.now)
    so_far = store.read()
    if so_far.whole:
        report.notes.append(f"{file} is judged already by these rules")
    else:
        if so_far.until:
            report.notes.append(f"went on after {so_far.records:,} records")
        todo = (part for part in parts(file) if part.end > so_far.until)
        with workspace.progress("backfill") as step:
            so_far = _judge(spread(task, todo), store, so_far, step)
    if not so_far.records:
        raise without_records(file)
    report.count("backfill/records", so_far.records)
    report.count("backfill/judged", so_far.judged)
    report.count("backfill/found", so_far.proposed)


def _judge(
    results: Iterable[tuple[FilePart, JudgedPart]],
    store: "JudgedStore",
    so_far: ReadSoFar,
    step: Step,
) -> ReadSoFar:
    began, first, shown = monotonic(), None, -1
    for part, result in results:
        so_far = so_far.plus(part.end, result)
        with without_collector():
            store.keep(result.proposed, so_far)
        first = part.done if first is None else first
        if int(part.done * SHARES) > shown:
            shown = int(part.done * SHARES)
            step(f"{part.done:.0%}, {_left(part.done - first, 1 - first, began)}{_told(so_far)}")
    so_far = replace(so_far, whole=True)
    if so_far.records:
        store.keep((), so_far)
    return so_far


def _left(read: float, of: float, began: float) -> str:
    return f"{time_left((monotonic() - began) / read * (of - read))}: " if read > 0 else ""


def _told(so_far: ReadSoFar) -> str:
    return f"{so_far.records:,} records, {so_far.proposed:,} proposed"


def _known_by(file: str, task: FindCandidates) -> str:
    """Sixteen letters for a file, the rules, and everything else that its candidates hang on."""
    try:
        with opened(file) as source:
            length = source.seek(0, os.SEEK_END)
            source.seek(0)
            head = source.read(ENDS_BYTES)
            source.seek(max(length - ENDS_BYTES, 0))
            tail = source.read(ENDS_BYTES)
    except OSError as trouble:
        raise unread(file, trouble) from trouble
    asked = (length, PART_BYTES, task.rules.fingerprints, sorted(task.watched.categories))
    content = repr((*asked, task.since, task.until)).encode()
    return hashlib.sha256(content + head + tail).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class JudgedStore:
    """Keeps proposed papers together with how far the file is read, under the name ``note``."""

    store: Store
    note: str
    now: datetime

    def read(self) -> ReadSoFar:
        value = self.store.properties.get(self.note)
        return ReadSoFar(**orjson.loads(value)) if value else ReadSoFar()

    def keep(self, papers: Sequence[ProposedPaper], so_far: ReadSoFar) -> None:
        store = self.store
        with store.lock("backfill", patience=MAX_LOCK_WAIT_S), store.transaction():
            store.works.save([Found(paper.paper, paper.sighting) for paper in papers])
            for name in {name for paper in papers for name in paper.verdicts}:
                judged = [(p.paper, p.verdicts[name]) for p in papers if name in p.verdicts]
                store.verdicts.save(name, judged, self.now)
            store.properties.set(self.note, orjson.dumps(asdict(so_far)).decode())
