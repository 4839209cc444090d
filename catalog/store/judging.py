"""How far the rules of each list have come: what lies behind need not be looked at again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from catalog.rows.works import TRIMMED
from catalog.store.properties import counted
from catalog.tables import judging, trimmed, verdicts, works


@dataclass(frozen=True, slots=True)
class Judging:
    """
    The place that the rules of a list have reached.

    They have judged every text up to the number ``change``, and the title of every trimmed paper
    up to the key ``titles``, or all of them if that is None.
    """

    since: datetime | None = None
    change: int = 0
    titles: str | None = ""


def reached(connection: Connection, list_name: str, fingerprint: str) -> Judging:
    """The place that these rules have reached; the beginning if they never judged a work."""
    query = select(judging.c.since, judging.c.change, judging.c.titles).where(
        judging.c.list_name == list_name, judging.c.fingerprint == fingerprint
    )
    row = connection.execute(query).first()
    return Judging(*row) if row else Judging()


def begin(connection: Connection, list_name: str, fingerprint: str, at: datetime) -> Judging:
    """The same, noted with its first moment where these rules are new. Other rules' place goes."""
    place = reached(connection, list_name, fingerprint)
    if place.since is not None:
        return place
    connection.execute(delete(judging).where(judging.c.list_name == list_name))
    titles = "" if counted(connection, TRIMMED) else None
    row = {"since": at, "change": 0, "titles": titles}
    values = {"list_name": list_name, "fingerprint": fingerprint, **row}
    connection.execute(insert(judging).values(values))
    return Judging(at, 0, titles)


def move_on(connection: Connection, list_name: str, fingerprint: str, place: Judging) -> None:
    """Note the last text before the first one that these rules haven't judged."""
    first = (
        select(works.c.change)
        .outerjoin(verdicts, current(list_name, fingerprint))
        .where(works.c.change > place.change, verdicts.c.work_key.is_(None))
        .order_by(works.c.change)
        .limit(1)
    )
    waiting = connection.execute(first).scalar()
    newest = connection.execute(select(func.max(works.c.change))).scalar() or 0
    _note(connection, list_name, "change", newest if waiting is None else waiting - 1)


def note_titles(connection: Connection, list_name: str, last: str) -> None:
    """Note that the titles up to this key are judged."""
    more = select(trimmed.c.key).where(trimmed.c.key > last).limit(1)
    rest = connection.execute(more).first()
    _note(connection, list_name, "titles", last if rest else None)


def _note(connection: Connection, list_name: str, column: str, value: int | str | None) -> None:
    here = judging.c.list_name == list_name
    changed = judging.c[column].is_distinct_from(value)
    connection.execute(update(judging).where(here, changed).values({column: value}))


def current(list_name: str, fingerprint: str) -> ColumnElement[bool]:
    """The condition on which a verdict is that of these rules on a work's present text."""
    return and_(
        verdicts.c.work_key == works.c.key,
        verdicts.c.list_name == list_name,
        verdicts.c.fingerprint == fingerprint,
        verdicts.c.text_digest == works.c.text_digest,
    )
