"""Verdicts of the rules, and the works without a current one."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, RowMapping, Select, or_, select

from catalog.facts import Evidence, Verdict
from catalog.paper import Work
from catalog.rows.works import work_of
from catalog.sightings import Sighting
from catalog.store.engine import Database
from catalog.store.judging import begin, current, move_on, reached
from catalog.store.works import SIGHTING, in_chunks, sighted_since, text_digest
from catalog.tables import sightings, verdicts, works

HAS_SECTION = verdicts.c.section.is_not(None)
IS_NEAR = (verdicts.c.section.is_(None), verdicts.c.score > 0)
SPOKEN_FOR = or_(HAS_SECTION, verdicts.c.score > 0)


class ProposedTitle(NamedTuple):
    """A paper that is proposed for a section, without its text."""

    key: str
    title: str
    announced: date
    section: str
    score: float


class NearMiss(NamedTuple):
    """
    A near miss in short: there are thousands, and pages show ten.

    ``text`` is the digest of the text that was judged.
    """

    key: str
    score: float
    runner_up: str | None
    text: str


class Recent(NamedTuple):
    """
    What the rules of a list propose, or nearly propose, of the works of some time.

    ``sightings`` are the first announcements and mentions of all of these in that time.
    ``near_from`` is the score above which all near misses are among these; 0 for every one.
    """

    proposed: list[tuple[Work, Verdict]]
    near_misses: list[NearMiss]
    sightings: list[Sighting]
    near_from: float = 0.0


class Verdicts:
    """The newest verdict of each list on each work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def backlog(self, list_name: str, fingerprint: str, most: int) -> list[Work]:
        """
        At most ``most`` works without a verdict of these rules on their current text.

        They come in the order in which their texts did.
        """
        with self._database.read() as connection:
            place = reached(connection, list_name, fingerprint)
            unjudged = (
                select(works)
                .outerjoin(verdicts, current(list_name, fingerprint))
                .where(works.c.change > place.change, verdicts.c.work_key.is_(None))
                .order_by(works.c.change)
                .limit(most)
            )
            return [work_of(row) for row in connection.execute(unjudged).mappings()]

    def save(self, list_name: str, judged: Sequence[tuple[Work, Verdict]], at: datetime) -> None:
        """Store verdicts of one list's rules."""
        if not judged:
            return
        rows = [
            {
                "list_name": list_name,
                "work_key": work.key,
                "fingerprint": verdict.fingerprint,
                "text_digest": text_digest(*text_of(work)),
                "section": verdict.section,
                "score": verdict.score,
                "evidence": [[e.field, e.word, e.start, e.end] for e in verdict.evidence],
                "runner_up": verdict.runner_up,
                "lacked": verdict.lacked,
                "judged_at": at,
            }
            for work, verdict in judged
        ]
        fingerprint = judged[0][1].fingerprint
        with self._database.begin() as connection:
            place = begin(connection, list_name, fingerprint, at)
            self._database.upsert(verdicts, rows, ["list_name", "work_key"])
            move_on(connection, list_name, fingerprint, place)

    def first_judged(self, list_name: str, fingerprint: str) -> datetime | None:
        """When rules with this fingerprint first judged a work; None if others did since."""
        with self._database.read_once() as connection:
            return reached(connection, list_name, fingerprint).since

    def proposed(self, list_name: str) -> Iterator[tuple[Work, Verdict]]:
        """Works with a section in the list, best first."""
        yield from _by_score(self._judged(verdicts.c.list_name == list_name, HAS_SECTION))

    def titles_proposed(self, list_name: str, since: date, until: date) -> list[ProposedTitle]:
        """
        Of the proposed papers announced in these days their titles, best first.

        All of arXiv has more than memory should hold of their texts.
        """
        columns = (works.c.key, works.c.title, works.c.announced)
        query = (
            select(*columns, verdicts.c.section, verdicts.c.score)
            .join(verdicts, verdicts.c.work_key == works.c.key)
            .where(verdicts.c.list_name == list_name, HAS_SECTION)
            .where(works.c.kind == "paper", works.c.announced.between(since, until))
            .order_by(verdicts.c.score.desc(), works.c.key)
        )
        with self._database.read_once() as connection:
            return [ProposedTitle(*row) for row in connection.execute(query)]

    def near_misses(self, list_name: str) -> Iterator[tuple[Work, Verdict]]:
        """Works without a section but with a matching word, nearest first."""
        yield from _by_score(self._judged(verdicts.c.list_name == list_name, *IS_NEAR))

    def proposed_keys(self, list_name: str) -> set[str]:
        """The keys of works with a section in the list."""
        query = select(verdicts.c.work_key).where(verdicts.c.list_name == list_name, HAS_SECTION)
        with self._database.read_once() as connection:
            return set(connection.execute(query).scalars())

    def recent(
        self, list_name: str, since: date, also: Collection[str], near: int | None = None
    ) -> Recent:
        """
        The works that were sighted since a day, or are among ``also``, best first.

        With ``near`` reading ends once so many near misses came, the best ones.
        """
        of, seen = verdicts.c, sightings.c
        in_short = (of.work_key, of.score, of.runner_up, of.text_digest, of.section.is_not(None))
        # As an outer join: SQLite would begin with all verdicts of the list, not with these days.
        judged = sightings.outerjoin(
            verdicts, (of.list_name == list_name) & (of.work_key == seen.work_key)
        )
        sighted = (
            select(*in_short, seen.id, *SIGHTING)
            .select_from(judged)
            .where(SPOKEN_FOR, *sighted_since(since))
        )
        if near is not None:
            sighted = sighted.order_by(of.section.is_(None), of.score.desc())
        proposed: set[str] = set()
        nearly: dict[str, NearMiss] = {}
        found: list[tuple[int, Sighting]] = []
        with self._database.read() as connection:
            rows, near_from = _until(connection.execute(sighted), near)
            known = {row[0] for row in rows}
            for chunk in in_chunks(set(also) - known):
                query = select(*in_short).where(of.list_name == list_name, SPOKEN_FOR)
                rows += connection.execute(query.where(of.work_key.in_(chunk)))
        for key, score, runner_up, text, is_proposed, *sighting in rows:
            if is_proposed:
                proposed.add(key)
            else:
                nearly[key] = NearMiss(key, score, runner_up, text)
            if sighting:
                found.append((sighting[0], Sighting(*sighting[1:])))
        in_full = (
            self._judged(of.list_name == list_name, HAS_SECTION, of.work_key.in_(chunk))
            for chunk in in_chunks(proposed)
        )
        return Recent(
            _by_score(pair for pairs in in_full for pair in pairs),
            sorted(nearly.values(), key=lambda one: (-one.score, one.key)),
            [sighting for _, sighting in sorted(found, key=itemgetter(0))],
            near_from,
        )

    def near_misses_of(
        self, list_name: str, keys: Collection[str]
    ) -> dict[str, tuple[Work, Verdict]]:
        """Those of these works that are near misses, in full, by key."""
        of_list = verdicts.c.list_name == list_name
        parts = (
            self._judged(of_list, verdicts.c.work_key.in_(chunk), *IS_NEAR)
            for chunk in in_chunks(keys)
        )
        return {work.key: (work, verdict) for part in parts for work, verdict in part}

    def get(self, list_name: str, key: str) -> Verdict | None:
        judged = list(self._judged(verdicts.c.list_name == list_name, verdicts.c.work_key == key))
        return judged[0][1] if judged else None

    def _judged(self, *conditions: ColumnElement[bool]) -> list[tuple[Work, Verdict]]:
        query = _joined(*conditions)
        with self._database.read_once() as connection:
            return [
                (work_of(row), _verdict_of(row)) for row in connection.execute(query).mappings()
            ]


def _until(result: Result[Any], near: int | None) -> tuple[list[Any], float]:
    """The rows, until there are so many of near misses; the score at which reading ended, or 0."""
    if near is None:
        return list(result.all()), 0.0
    rows: list[Any] = []
    while len(rows) < near or rows[-near][4]:
        some = result.fetchmany(near)
        if not some:
            return rows, 0.0
        rows += some
    result.close()
    return rows, rows[-1][1]


def _by_score(judged: Iterable[tuple[Work, Verdict]]) -> list[tuple[Work, Verdict]]:
    return sorted(judged, key=lambda pair: (-pair[1].score, pair[0].key))


def _joined(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Works with their verdicts."""
    return (
        select(works, *_verdict_columns())
        .join(verdicts, verdicts.c.work_key == works.c.key)
        .where(*conditions)
    )


def text_of(work: Work) -> tuple[str, str | None]:
    """Title and abstract, or the description of a link."""
    return work.title, getattr(work, "abstract", None) or getattr(work, "description", None)


def _verdict_columns() -> list[ColumnElement[object]]:
    names = ("section", "score", "evidence", "runner_up", "lacked", "fingerprint")
    return [verdicts.c[name].label(f"verdict_{name}") for name in names]


def _verdict_of(row: RowMapping) -> Verdict:
    return Verdict(
        section=row["verdict_section"],
        score=row["verdict_score"],
        evidence=tuple(Evidence(*item) for item in row["verdict_evidence"]),
        runner_up=row["verdict_runner_up"],
        lacked=row["verdict_lacked"],
        fingerprint=row["verdict_fingerprint"],
    )
