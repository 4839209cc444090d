"""
What is done with each part of a large file: find candidates, apply the rules, compare two versions.

Each is a function of the part's lines and travels to other processes, which compile the rules once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Literal

import orjson

from catalog.paper import Found, Verdict
from catalog.rows import read_rows
from config.rules import ListRules
from pipelines.bulk.records import WatchedRecords, abstract_of, found, title_of
from pipelines.rules.ruleset import Ruleset, compile_rules, fingerprint_of

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
    """A paper, and the verdicts of the lists that let it in."""

    found: Found
    verdicts: Mapping[str, Verdict]


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
        for fields in self.watched.read(lines):
            judged += 1
            verdicts = proposed(title_of(fields), partial(abstract_of, fields))
            item = found(fields, self.now, self.days_off) if verdicts else None
            if item and self.since <= (item.sighting.announced or self.since) <= self.until:
                papers.append(ProposedPaper(item, verdicts))
        return JudgedPart(sum(map(bool, lines)), judged, tuple(papers))


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
    for row in read_rows(lines, name):
        verdict = ruleset.weigh(list_name, row.title, row.abstract)
        result = {
            "arxiv_id": row.arxiv_id,
            "section": verdict.section,
            "score": verdict.score,
            "evidence": verdict.evidence
            if evidence == "all" or (evidence == "candidates" and verdict.is_near)
            else None,
            "runner_up": verdict.runner_up,
        }
        yield orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)
