"""Verdicts of the rules, and the works without a current one."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, func, select

from catalog.paper import Evidence, Verdict, Work
from catalog.store.engine import Database
from catalog.store.works import text_digest, work_of
from catalog.tables import verdicts, works


class Verdicts:
    """The newest verdict of each list on each work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def backlog(self, list_name: str, fingerprint: str, most: int) -> list[Work]:
        """At most ``most`` works without a verdict of these rules on their current text."""
        same = and_(
            verdicts.c.work_key == works.c.key,
            verdicts.c.list_name == list_name,
            verdicts.c.fingerprint == fingerprint,
            verdicts.c.text_digest == works.c.text_digest,
        )
        unjudged = (
            select(works)
            .outerjoin(verdicts, same)
            .where(verdicts.c.work_key.is_(None))
            .order_by(works.c.key)
            .limit(most)
        )
        with self._database.read() as connection:
            return [work_of(row) for row in connection.execute(unjudged).mappings()]

    def save(self, list_name: str, judged: Sequence[tuple[Work, Verdict]], at: datetime) -> None:
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
        self._database.upsert(verdicts, rows, ["list_name", "work_key"])

    def first_judged(self, list_name: str, fingerprint: str) -> datetime | None:
        """When rules with this fingerprint first judged a work; None if they never did."""
        earliest = select(func.min(verdicts.c.judged_at)).where(
            verdicts.c.list_name == list_name, verdicts.c.fingerprint == fingerprint
        )
        with self._database.read() as connection:
            return connection.execute(earliest).scalar()

    def proposed(self, list_name: str) -> Iterator[tuple[Work, Verdict]]:
        """Works with a section in the list, best first."""
        yield from self._judged(verdicts.c.list_name == list_name, verdicts.c.section.is_not(None))

    def near_misses(self, list_name: str) -> Iterator[tuple[Work, Verdict]]:
        """Works without a section but with a matching word, nearest first."""
        yield from self._judged(
            verdicts.c.list_name == list_name, verdicts.c.section.is_(None), verdicts.c.score > 0
        )

    def get(self, list_name: str, key: str) -> Verdict | None:
        judged = list(self._judged(verdicts.c.list_name == list_name, verdicts.c.work_key == key))
        return judged[0][1] if judged else None

    def _judged(self, *conditions: ColumnElement[bool]) -> list[tuple[Work, Verdict]]:
        query = (
            select(works, *_verdict_columns())
            .join(verdicts, verdicts.c.work_key == works.c.key)
            .where(*conditions)
            .order_by(verdicts.c.score.desc(), works.c.key)
        )
        with self._database.read() as connection:
            return [
                (work_of(row), _verdict_of(row)) for row in connection.execute(query).mappings()
            ]


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
