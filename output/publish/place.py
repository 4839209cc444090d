"""Where the week of a list goes, and what a command has to report of it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from catalog.branches import Branches
from catalog.facts import Decision
from catalog.rows.runs import StoredDay
from catalog.store import Store
from catalog.store.publications import Publication
from config.patterns import lazy_regex
from config.publish import Publishing
from config.rules import ListRules
from output.digest.pages import Pages
from output.publish.forge import Forge

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Signs a decision whose person the forge didn't name.
UNNAMED = "github"
ANONYMOUS_CHARS = 12
# The "source" of days on which a question was asked: the state branch keeps them, too.
ASKED = "asked"
ASKED_CHARS = 16
WEEK = lazy_regex(r"\d{4}-W\d\d(-\d+)?")


@dataclass
class PublishReport:
    """What a command did and found, for its report."""

    notes: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    decided: int = 0
    opened: int = 0


@dataclass(frozen=True)
class Place:
    """
    Where the week of one list goes.

    ``prefix`` is the folder of the checkout in the repository, empty or with a slash at its end;
    ``list_path`` is relative to the repository. ``save_state`` makes what is stored durable outside
    this machine, before anything is said to the forge.
    """

    store: Store
    forge: Forge
    branches: Branches
    settings: Publishing
    rules: ListRules
    pages: Pages
    prefix: str
    list_path: str
    branch_prefix: str
    now: datetime
    save_state: Callable[[], object] = lambda: None

    @property
    def name(self) -> str:
        return self.rules.list

    @property
    def sections(self) -> Sequence[str]:
        return [section.name for section in self.rules.sections]

    def digest_path(self, name: str) -> str:
        """The page of a digest, relative to the repository."""
        return self.prefix + inside(self.pages.root, self.pages.path(name))

    def url(self, branch: str, path: str) -> str:
        return f"https://github.com/{self.settings.repository}/blob/{quote(branch)}/{quote(path)}"

    def keep(self, publication: Publication) -> None:
        self.store.publications.save(replace(publication, at=self.now))

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Store decisions, each signed as the settings want it."""
        self.store.decisions.add(
            [replace(decision, who=self.signed(decision.who)) for decision in decisions]
        )

    def signed(self, login: str) -> str:
        """
        How somebody is named in what is kept: by login, or by a hash that differs by repository.

        The hash keeps a name out of sight; who tries all logins finds it.
        """
        if self.settings.who != "anonymous" or login in ("", UNNAMED):
            return login
        named = f"{self.settings.repository.lower()}/{login.lower()}"
        return f"anon-{hashlib.sha256(named.encode()).hexdigest()[:ANONYMOUS_CHARS]}"

    def ask(self, report: "PublishReport", questions: Iterable[str]) -> None:
        """Ask people; see ``ask``."""
        ask(self.store, self.now, report, questions)

    def decided(self) -> Mapping[str, Decision]:
        return self.store.decisions.latest(self.name)


class Reported(Protocol):
    """Where a command says what it did, and what needs a person."""

    notes: list[str]
    needs_person: list[str]


def ask(store: Store, now: datetime, report: Reported, questions: Iterable[str]) -> None:
    """
    Ask people: the first time a question needs a person, later it's a note.

    A job that fails every day because of a remark that somebody left for good is no help.
    """
    for question in questions:
        source = f"{ASKED}/{hashlib.sha256(question.encode()).hexdigest()[:ASKED_CHARS]}"
        before = store.runs.days(source)
        if before:
            report.notes.append(f"{question} (asked on {min(before):%Y-%m-%d})")
            continue
        report.needs_person.append(question)
        store.runs.set_day(StoredDay(source, now.date(), ASKED, 0, now))


def last_day(now: datetime, on: str) -> datetime:
    """The newest such day of the week, at most six days ago; ``now`` itself on that day."""
    return now - timedelta(days=(now.weekday() - WEEKDAYS.index(on)) % len(WEEKDAYS))


def fork_of(settings: Publishing, environment: Mapping[str, str]) -> str | None:
    """The repository this runs in, if it is another than the one that publishes."""
    here, named = environment.get("GITHUB_REPOSITORY", ""), settings.repository
    return here if here and named and here.lower() != named.lower() else None


def inside(root: Path, path: Path) -> str:
    """A path relative to a folder that it is in, with slashes."""
    return path.resolve().relative_to(root.resolve()).as_posix()


def weeks_of(place: Place) -> Sequence[Publication]:
    """The publications of digests, newest week first."""
    every = place.store.publications.of(place.name)
    return [publication for publication in every if WEEK.fullmatch(publication.week)]
