"""The week's pull requests and issues: which there are, and what we wrote into them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from catalog.store.engine import Database
from catalog.tables import publications


@dataclass(frozen=True, slots=True)
class Publication:
    """
    One week's thread of a list.

    ``form`` is pr or issue; ``number`` is 0 until the forge has given one. ``state`` is opening,
    open, merged or closed. ``body_hash`` is of the body as we wrote it, ``head`` the commit that
    we pushed last; ``comment`` is the number of our status comment, ``status_hash`` of its text;
    ``read_until`` is the time of the newest comment that was read, ``at`` when this was stored.
    """

    list_name: str
    week: str
    form: str
    number: int
    state: str
    author: str
    url: str
    branch: str
    body_hash: str
    head: str
    comment: int
    status_hash: str
    opened_at: datetime
    reminded_at: datetime | None
    read_until: datetime | None
    at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in ("opening", "open")


class Publications:
    """One publication by list and week."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, publication: Publication) -> None:
        self._database.upsert(publications, [asdict(publication)], ["list_name", "week"])

    def of(self, list_name: str) -> Sequence[Publication]:
        """The publications of a list, newest week first."""
        query = (
            select(publications)
            .where(publications.c.list_name == list_name)
            .order_by(publications.c.week.desc())
        )
        with self._database.read_once() as connection:
            return [_publication(row) for row in connection.execute(query).mappings()]


def _publication(row: RowMapping) -> Publication:
    return Publication(**row)
