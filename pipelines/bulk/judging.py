"""
What is done with each part of a large file: find candidates, apply the rules, compare two versions.

Each is a function of the part's lines and travels to other processes, which compile the rules once.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, TypeVar

import orjson

from catalog.errors import UsageTrouble
from catalog.facts import Evidence, Verdict
from catalog.paper import Paper
from catalog.paper_rows import read_rows
from catalog.sightings import Sighting
from config.rules import ListRules
from pipelines.bulk.files import count_records
from pipelines.bulk.records import WatchedRecords, found
from pipelines.rules.ruleset import Judgement, Ruleset, compile_rules, fingerprint_of

# Rows that are weighed together: enough for the processor, and no memory to speak of.
ROWS_TOGETHER = 50
# Records of a snapshot: most are refused before they are weighed.
RECORDS_TOGETHER = 400
Read = TypeVar("Read")
Whose = Literal["all", "candidates", "none"]


@dataclass(frozen=True, slots=True)
class RulesToSend:
    """The rules of some lists; two are equal where they judge alike."""

    fingerprints: tuple[str, ...]
    lists: tuple[ListRules, ...] = field(compare=False)

    @classmethod
    def of(cls, lists: Sequence[ListRules]) -> "RulesToSend":
        return cls(tuple(map(fingerprint_of, lists)), tuple(lists))


@lru_cache(maxsize=4)
def compiled(rules: RulesToSend) -> Ruleset:
    return compile_rules(rules.lists)


@dataclass(frozen=True, slots=True)
class ProposedPaper:
    """A paper, its sighting, and the verdicts of the lists that let it in."""

    paper: Paper
    sighting: Sighting
    verdicts: Mapping[str, Verdict]

    def __reduce__(self) -> tuple[Any, ...]:
        # As plain values it travels to another process four times as fast.
        verdicts = [
            (name, _VERDICT(verdict), [_EVIDENCE(place) for place in verdict.evidence])
            for name, verdict in self.verdicts.items()
        ]
        return _arrived, (_PAPER(self.paper), _SIGHTING(self.sighting), verdicts)


_PAPER, _SIGHTING, _EVIDENCE = (
    attrgetter(*(one.name for one in fields(kind))) for kind in (Paper, Sighting, Evidence)
)
_VERDICT = attrgetter("section", "score", "runner_up", "lacked", "fingerprint")


def _arrived(
    paper: tuple[Any, ...], sighting: tuple[Any, ...], verdicts: list[tuple[Any, ...]]
) -> ProposedPaper:
    by_list = {
        name: Verdict(section, score, tuple([Evidence(*place) for place in evidence]), *rest)
        for name, (section, score, *rest), evidence in verdicts
    }
    return ProposedPaper(Paper(*paper), Sighting(*sighting), by_list)


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """The papers of a part that are proposed, and of how many: all records, and those judged."""

    records: int
    judged: int
    proposed: tuple[ProposedPaper, ...]


@dataclass(frozen=True, slots=True)
class FindCandidates:
    """Finds the papers that the rules of a list let in, among those announced in these days."""

    rules: RulesToSend
    watched: WatchedRecords
    now: datetime
    days_off: frozenset[date]
    since: date
    until: date

    def __call__(self, lines: Sequence[bytes]) -> JudgedPart:
        proposed = compiled(self.rules).proposed
        judged, papers = 0, []
        with without_collector():
            for records in batched(self.watched.read(lines), RECORDS_TOGETHER):
                judged += len(records)
                for record, verdicts in zip(records, proposed(records), strict=True):
                    item = found(record, self.now, self.days_off) if verdicts else None
                    if item and self.since <= (item[0].announced or self.since) <= self.until:
                        papers.append(ProposedPaper(*item, verdicts))
        return JudgedPart(count_records(lines), judged, tuple(papers))


@dataclass(frozen=True, slots=True)
class ApplyRules:
    """Applies the rules of one list; gives a line of JSON for each row, in the same order."""

    rules: RulesToSend
    list_name: str
    evidence: Whose = "all"

    def __call__(self, lines: Iterable[bytes]) -> bytes:
        ruleset = compiled(self.rules)
        return b"".join(applied(ruleset, self.list_name, lines, "", self.evidence))


def applied(
    ruleset: Ruleset, list_name: str, lines: Iterable[bytes], name: str, evidence: Whose = "all"
) -> Iterator[bytes]:
    """Give a line of JSON for each row, in the same order."""
    for rows in batched(read_rows(lines, name)):
        with without_collector():
            texts = [(row.title, row.abstract) for row in rows]
            judged = zip(rows, ruleset.weigh_all(list_name, texts), strict=True)
            told = [_told(row.arxiv_id, judgement, evidence) for row, judgement in judged]
        yield from told


def _told(arxiv_id: str | None, judgement: Judgement, evidence: Whose) -> bytes:
    is_shown = evidence == "all" or (evidence == "candidates" and judgement.is_near)
    result = {
        "arxiv_id": arxiv_id,
        "section": judgement.section,
        "score": judgement.score,
        "evidence": [
            {"field": where, "word": word, "start": start, "end": end}
            for where, word, start, end in judgement.places
        ]
        if is_shown
        else None,
        "runner_up": judgement.runner_up,
    }
    return orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


@contextmanager
def without_collector() -> Iterator[None]:
    """
    Runs without Python's collector of objects that hold each other.

    Judging and storing make no such objects, but so many others that looking through them took a
    quarter of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def batched(rows: Iterable[Read], size: int = ROWS_TOGETHER) -> Iterator[list[Read]]:
    """Rows to be weighed together; those before a wrong one come before its trouble."""
    batch: list[Read] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
    except UsageTrouble:
        yield batch
        raise
    yield batch
