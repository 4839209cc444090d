"""
The store: works, verdicts, facts, decisions and runs in one database. All SQL is in this package.

Every method is one transaction; ``with store.transaction():`` joins several into one. Errors are
StoreTrouble (damaged, full, foreign) or ComeBackLater (locked).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.store.backup import Moving
from catalog.store.decisions import Decisions
from catalog.store.digests import Digests
from catalog.store.engine import Database, check, open_engine
from catalog.store.facts import Facts
from catalog.store.intents import Intent, Intents, UndoableWrite
from catalog.store.memory import Memory
from catalog.store.named import Named
from catalog.store.publications import Publications
from catalog.store.runs import Runs, SourceState
from catalog.store.verdicts import Verdicts
from catalog.store.works import Saved, Works

__all__ = ["Intent", "Saved", "SourceState", "Store", "UndoableWrite"]


class Store:
    """The store in a state folder; created if missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(open_engine(path))
        self.works = Works(self._database)
        self.verdicts = Verdicts(self._database)
        self.facts = Facts(self._database)
        self.decisions = Decisions(self._database)
        self.digests = Digests(self._database)
        self.intents = Intents(self._database)
        self.named = Named(self._database)
        self.runs = Runs(self._database)
        self.publications = Publications(self._database)
        self.moving = Moving(self._database)
        self.memory = Memory(self._database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all writes inside together, or none."""
        with self._database.begin():
            yield

    def check(self) -> list[str]:
        """Problems that the database itself finds in the file."""
        return check(self._database.engine)

    def close(self) -> None:
        self._database.engine.dispose()
