"""
The workspace of one command: configuration, folders, the clock, the store, the crawl policy.

Configuration is read once, at first use; later changes count for the next command. Slow imports
are inside the properties that need them: ``list cat`` needs none.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from catalog.errors import UsageTrouble
from config import errors
from config.errors import ConfigTrouble
from config.plain_files import MAX_READ_BYTES, read_file, read_whole
from config.secret import Secret, key_from

if TYPE_CHECKING:
    from catalog.rows.glance import Glance
    from catalog.store import Store
    from config.rules import ListRules
    from config.settings import Calendar, Services, Sources
    from crawler.hosts import Hosts
    from crawler.politeness import CrawlPolicy
    from pipelines.candidates import Snapshots
    from pipelines.rules.ruleset import Ruleset


# Variables that hold API keys.
SCHOLAR_KEY = "LISTKEEPER_SEMANTIC_SCHOLAR_KEY"
OPENALEX_KEY = "LISTKEEPER_OPENALEX_KEY"
# The PostgreSQL database that takes the place of the state folder's file.
DATABASE_URL = "LISTKEEPER_DATABASE_URL"
# The default YAML files, which are in the package ``config``.
PACKAGED = Path(errors.__file__).parent

PAGES = "LISTKEEPER_PAGES_URL"

Step = Callable[[str], None]


class Progress(Protocol):
    """Shows how far long work is: gives a function that advances by one step, with its name."""

    def __call__(self, title: str, *, total: int | None = None) -> AbstractContextManager[Step]: ...


@contextmanager
def silent(title: str, *, total: int | None = None) -> Iterator[Step]:
    """Show nothing."""
    yield lambda _text: None


@dataclass(frozen=True)
class Workspace:
    """
    ``config_dir`` holds the YAML files, ``root`` is the folder that their paths are relative to.

    ``now`` is the run's moment (UTC), the only clock. ``only`` names one list, or is None.
    """

    config_dir: Path
    root: Path
    state: Path
    now: datetime
    only: str | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    verbose: bool = False
    progress: Progress = silent

    @cached_property
    def services(self) -> "Services":
        from config import settings

        return settings.services(self.config_dir).addressed(self.environment)

    @cached_property
    def sources(self) -> "Sources":
        from config import settings

        return settings.sources(self.config_dir)

    @cached_property
    def calendar(self) -> "Calendar":
        from config import settings

        return settings.calendar(self.config_dir)

    @property
    def days_off(self) -> frozenset[date]:
        return frozenset(self.calendar.days_off)

    @cached_property
    def every_list(self) -> tuple["ListRules", ...]:
        """All configured lists, even if ``only`` names one."""
        from config.rules import load_lists

        return load_lists(self.config_dir)

    @cached_property
    def lists(self) -> tuple["ListRules", ...]:
        """The configured lists, or the one that ``only`` names; UsageTrouble if there's none."""
        if self.only is None:
            return self.every_list
        chosen = tuple(rules for rules in self.every_list if rules.list == self.only)
        if not chosen:
            names = ", ".join(rules.list for rules in self.every_list)
            raise UsageTrouble("--list", f"no list is called {self.only!r}", f"known: {names}")
        return chosen

    @cached_property
    def rules(self) -> "Ruleset":
        from pipelines.rules.ruleset import compile_rules

        return compile_rules(self.lists)

    @cached_property
    def store(self) -> "Store":
        from catalog.store import Store

        return Store(self.store_path, self.database)

    @cached_property
    def glance(self) -> "Store | Glance":
        """
        The store, for commands that only look.

        Its file is read without SQLAlchemy, unless it is to be made, brought up to date or mended.
        """
        if not self.database and "store" not in self.__dict__:
            from catalog.rows.glance import open_glance

            if glance := open_glance(self.store_path):
                return glance
        return self.store

    @property
    def database(self) -> Secret:
        """The address of a PostgreSQL database; empty where the store is a file."""
        return key_from(self.environment, DATABASE_URL)

    @property
    def store_path(self) -> Path:
        return self.state / "listkeeper.db"

    @property
    def store_name(self) -> str:
        """The store's file, or its database without the password, for people."""
        if not self.database:
            return str(self.store_path)
        from catalog.store.postgres import DatabaseAddress

        return str(DatabaseAddress.parse(self.database))

    @property
    def has_store(self) -> bool:
        """Whether a store is there: opening it would create one. StoreTrouble where one is lost."""
        if not self.database:
            from catalog.files import refuse_lost_store

            if self.store_path.exists():
                return True
            refuse_lost_store(self.store_path)
            return False
        from catalog.store import is_there

        return is_there(self.store_path, self.database)

    @property
    def existing_store(self) -> "Store | None":
        """The store, or None before there is one: who only looks must not create it."""
        return self.store if self.has_store else None

    def lock(self, command: str, *, patience: float | None = None) -> AbstractContextManager[None]:
        """
        One command at a time in this folder, and in all that share its database.

        ``patience`` is how long to wait for the one at work (seconds); else for a moment.
        """
        from catalog.store.lock import MOMENT_S, lock

        wait = MOMENT_S if patience is None else patience
        return lock(self.state, command, patience=wait, address=self.database)

    @cached_property
    def crawl_policy(self) -> "CrawlPolicy":
        from crawler.politeness import CrawlPolicy

        contact = f" contact: {self.services.contact}" if self.services.contact else ""
        return CrawlPolicy(
            user_agent=f"{self.services.user_agent}{contact}",
            hosts=self._hosts(),
            folder=self.state / "pace",
            pauses=self.services.pauses,
            scale=self.services.pace(self.environment),
            verbose=self.verbose,
        )

    def snapshots(self) -> "Snapshots":
        """What candidates follow from, read once for the stages that share the result."""
        from pipelines.candidates import Snapshots
        from pipelines.likeness import likeness_path, read_likenesses

        return Snapshots(
            self.store,
            self.lists,
            self.every_list,
            self.list_path,
            self.now,
            lambda rules: read_likenesses(likeness_path(self.state, rules.file)),
        )

    def at(self, now: datetime) -> "Workspace":
        """The same workspace at another moment, with the same store and configuration."""
        later = replace(self, now=now)
        later.__dict__.update(self.__dict__ | {"now": now})
        return later

    def _hosts(self) -> "Hosts":
        """The hosts of services, feeds and lists in the configuration; loopback in tests."""
        from crawler.hosts import Hosts

        base = self.pages_base
        hosts = Hosts.of([*self.services.services.values(), *([base] if base else [])])
        # Only tests shorten the pauses, and tests must not reach the internet.
        in_test = base or self.services.pace(self.environment) < 1
        return hosts if in_test else hosts.widened(self._addresses())

    def _addresses(self) -> list[str]:
        """The addresses in ``sources.yaml``, and the hosts that its sources need."""
        from crawler.sources.registry import SOURCES

        used = [SOURCES[name] for name in self.sources.also if name in SOURCES]
        hosts = [host for source in used for host in getattr(source, "HOSTS", ())]
        return [*self.sources.addresses, *(f"https://{host}" for host in hosts)]

    @property
    def scholar_key(self) -> Secret:
        return key_from(self.environment, SCHOLAR_KEY)

    @property
    def pages_base(self) -> str | None:
        """The address that stands in for all pages in tests; only loopback is allowed."""
        base = self.environment.get(PAGES, "").rstrip("/")
        if not base:
            return None
        from config.settings import is_loopback

        if not is_loopback(base):
            raise ConfigTrouble(
                PAGES, f"is {base!r}", "only a loopback address may stand in for pages"
            )
        return base

    def policy_for(self, pages: Sequence[str]) -> "CrawlPolicy":
        """The crawl policy, extended to exactly the hosts of these pages."""
        policy = self.crawl_policy
        if self.pages_base:
            return policy
        # Pauses may be shortened in the sandbox only.
        return replace(
            policy, hosts=policy.hosts.widened(pages), scale=1.0 if pages else policy.scale
        )

    def check_lists(self) -> None:
        """Find mistakes in the lists' configuration before any request is made."""
        for rules in self.lists:
            self.list_path(rules)

    def list_path(self, rules: "ListRules") -> Path:
        """The list's file; ConfigTrouble if it's outside the root."""
        from config.rules import resolve_list_file

        return resolve_list_file(self.root, rules)

    def list_files(self, files: Sequence[Path] = ()) -> list[Path]:
        """These files, or those of the configured lists if there are none."""
        return list(files) or [self.list_path(rules) for rules in self.lists]

    def shown(self, path: Path) -> str:
        """A path from the root on, the same in each copy of the folder; the name of one outside."""
        if self.holds(path):
            return path.relative_to(self.root).as_posix()
        return path.name if path.is_absolute() else path.as_posix()

    def holds(self, path: Path) -> bool:
        """Whether the file is below the root."""
        return path.is_relative_to(self.root) and ".." not in path.parts


def has_config(folder: Path) -> bool:
    """Whether this folder holds a configuration, or at least the rules of a list."""
    return (folder / "services.yaml").is_file() or any((folder / "lists").glob("*.yaml"))


def program_path() -> str:
    """The full path of the command: cron doesn't know our PATH."""
    command = Path(sys.executable).with_name("listkeeper")
    return str(command) if command.exists() else "listkeeper"


def typed_command() -> str:
    """The command as a person starts it again: the full path only where it isn't in PATH."""
    found = shutil.which("listkeeper")
    path = program_path()
    return "listkeeper" if found and Path(found).resolve() == Path(path).resolve() else path


def user_name() -> str:
    """The login name, for decisions."""
    # Few commands decide, and the rest need not load what talks to terminals.
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def read(path: Path) -> bytes:
    """The bytes of a list file, or of standard input for ``-``."""
    try:
        if str(path) == "-":
            return read_whole(sys.stdin.buffer, MAX_READ_BYTES, "-")
        return read_file(path)
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        matter = f"cannot be read: {reason[0].lower()}{reason[1:]}"
        raise UsageTrouble(str(path), matter, "name a list file") from None
