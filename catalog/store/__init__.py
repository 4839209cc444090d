"""
The store: works, verdicts, facts, decisions and runs in one database. All SQL is in this package.

The database is a file in the state folder, or on a PostgreSQL server that several folders share.
Every method is one transaction; ``with store.transaction():`` joins several into one. Errors are
StoreTrouble (damaged, full, foreign) or ComeBackLater (locked, or out of reach).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import finalize

from catalog.store.decisions import Decisions
from catalog.store.digests import Digests
from catalog.store.engine import Database, Size, check, open_engine, shrink, size_of
from catalog.store.facts import Facts
from catalog.store.home import home_of
from catalog.store.intents import Intent, Intents, UndoableWrite
from catalog.store.lock import check_held, holder, lock
from catalog.store.named import Named
from catalog.store.properties import Properties
from catalog.store.publications import Publications
from catalog.store.runs import Runs
from catalog.store.trimmed import Trimmed
from catalog.store.verdicts import Verdicts
from catalog.store.works import Saved, Works
from catalog.tables import metadata, sightings, trimmed, verdicts, works
from config.secret import Secret

if TYPE_CHECKING:
    from catalog.store.backup import Backup
    from catalog.store.memory import Memory

__all__ = ["Intent", "Saved", "Store", "UndoableWrite", "is_there"]

NOWHERE = Secret("")


class Store:
    """
    The store of a state folder; created if missing.

    ``path`` is its file there. With the ``address`` of a PostgreSQL database that takes the place
    of the file; ``name`` is the one that counts, in words for people.
    """

    def __init__(self, path: Path, address: Secret = NOWHERE) -> None:
        self.state, self._address = path.parent, address
        self.name = str(path)
        if address:
            from catalog.store.postgres import DatabaseAddress, open_postgres

            server = DatabaseAddress.parse(address)
            self.name = str(server)
            self._database = Database(open_postgres(server), home_of(self.state))
        else:
            self._database = Database(open_engine(path))
            # SQLite folds the log into the file when the last connection closes: also at the end
            # of a process that leaves its objects as they are.
            finalize(self, self._database.engine.dispose)
        self.works = Works(self._database)
        self.verdicts = Verdicts(self._database)
        self.trimmed = Trimmed(self._database, self.works, self.verdicts)
        self.facts = Facts(self._database)
        self.decisions = Decisions(self._database)
        self.digests = Digests(self._database)
        self.intents = Intents(self._database)
        self.named = Named(self._database)
        self.runs = Runs(self._database)
        self.publications = Publications(self._database)
        self.properties = Properties(self._database)

    @cached_property
    def backup(self) -> "Backup":
        """Its export and import, which few commands need."""
        from catalog.store.backup import Backup

        return Backup(self._database)

    @cached_property
    def memory(self) -> "Memory":
        """What a run must remember, as files; for lists that live in their own repository."""
        from catalog.store.memory import Memory

        return Memory(self._database)

    @property
    def is_file(self) -> bool:
        """Whether the store is this folder's alone."""
        return not self._address

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all writes inside together, or none."""
        with self._database.begin():
            yield

    def lock(self, command: str, *, patience: float = 0.0) -> AbstractContextManager[None]:
        """One command at a time in the folder, and in all that share the database."""
        return lock(self.state, command, patience=patience, address=self._address)

    def holder(self) -> str | None:
        """Who holds that lock at this moment, as a phrase; None if nobody does."""
        return holder(self.state, self._address)

    def check(self) -> list[str]:
        """Problems that the database itself finds."""
        if self._database.engine.dialect.name == "postgresql":
            from catalog.store import postgres

            return postgres.check(self._database.engine, metadata.sorted_tables)
        return check(self._database.engine)

    def size(self) -> Size:
        """The room that the store takes."""
        if self.is_file:
            return size_of(self._database.engine, Path(self.name))
        from catalog.store import postgres

        return postgres.size_of(self._database.engine)

    def shrink(self) -> int:
        """
        Give back empty room when that pays, or let the server use it; returns the bytes.

        RuntimeError unless this process holds the lock: nobody else may be at work.
        """
        check_held(self.state)
        if self.is_file:
            return shrink(self._database.engine, Path(self.name))
        if self.trimmed.lately:
            from catalog.store import postgres

            postgres.tidy(self._database.engine, (works, sightings, verdicts, trimmed))
        return 0

    def close(self) -> None:
        """Let go of the file; a connection to a server stays for who opens the store next."""
        if self.is_file:
            self._database.engine.dispose()


def is_there(path: Path, address: Secret = NOWHERE) -> bool:
    """Whether there is a store: opening it would make one."""
    if not address:
        return path.exists()
    from catalog.store import postgres

    return postgres.is_there(postgres.DatabaseAddress.parse(address))
