"""
Everything a command works with: configuration, folders, the clock, the store, and manners.

Read once when a command starts; what somebody changes meanwhile counts for the next one.
"""

import getpass
import os
import shlex
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
from config.secret import Secret, key_from
from config.settings import is_loopback
from crawler.politeness import CrawlPolicy

if TYPE_CHECKING:
    from catalog.store import Store
    from config.rules import ListRules
    from config.settings import Calendar, Services, Sources
    from crawler.hosts import Hosts
    from pipelines.rules.ruleset import Ruleset


# Variables that hold API keys.
SCHOLAR_KEY = "LISTKEEPER_SEMANTIC_SCHOLAR_KEY"
OPENALEX_KEY = "LISTKEEPER_OPENALEX_KEY"
# Beside the modules of ``config``, the YAML that came with the program. Everything that takes
# time to import is imported when it is asked for: `list cat` needs none of it.
PACKAGED = Path(errors.__file__).parent

PAGES = "LISTKEEPER_PAGES_URL"

Step = Callable[[str], None]


class Progress(Protocol):
    """Shows long work: gives a function that moves on by one and says at what."""

    def __call__(self, title: str, *, total: int | None = None) -> AbstractContextManager[Step]: ...


@contextmanager
def silent(title: str, *, total: int | None = None) -> Iterator[Step]:
    """Show nothing."""
    yield lambda _text: None


@dataclass(frozen=True)
class Workspace:
    """
    ``config_dir`` is where the YAML is, ``root`` what its paths are relative to.

    ``now`` is the run's moment (UTC): the only clock. ``only`` names one list, or is None.
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
        """The configured lists, whichever of them was asked for."""
        from config.rules import load_lists

        return load_lists(self.config_dir)

    @cached_property
    def lists(self) -> tuple["ListRules", ...]:
        """The configured lists, or the one that was asked for."""
        found = self.every_list
        if self.only is None:
            return found
        chosen = tuple(rules for rules in found if rules.list == self.only)
        if not chosen:
            names = ", ".join(rules.list for rules in found)
            raise UsageTrouble("--list", f"no list is called {self.only!r}", f"known: {names}")
        return chosen

    @cached_property
    def rules(self) -> "Ruleset":
        from pipelines.rules.ruleset import compile_rules

        return compile_rules(self.lists)

    @cached_property
    def store(self) -> "Store":
        from catalog.store import Store

        return Store(self.state / "listkeeper.db")

    @cached_property
    def manners(self) -> "CrawlPolicy":
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

    def at(self, now: datetime) -> "Workspace":
        """The same workspace at another moment, with the store and all that was read."""
        later = replace(self, now=now)
        later.__dict__.update(self.__dict__ | {"now": now})
        return later

    def _hosts(self) -> "Hosts":
        """The services, and the hosts of feeds and lists that are named; loopback in tests."""
        from crawler.hosts import Hosts

        base = pages_base(self)
        hosts = Hosts.of([*self.services.services.values(), *([base] if base else [])])
        # Who is in a hurry is a test: it must not get out.
        hurried = self.services.pace(self.environment) < 1
        return hosts if base or hurried else hosts.widened(self._addresses())

    def _addresses(self) -> list[str]:
        """What is named in ``sources.yaml``, and what its sources name themselves."""
        from crawler.sources.registry import SOURCES

        known = [SOURCES[name] for name in self.sources.also if name in SOURCES]
        own = [host for source in known for host in getattr(source, "HOSTS", ())]
        return [*self.sources.addresses, *(f"https://{host}" for host in own)]

    @property
    def scholar_key(self) -> Secret:
        return key_from(self.environment, SCHOLAR_KEY)

    @property
    def openalex_key(self) -> Secret:
        return key_from(self.environment, OPENALEX_KEY)

    def check_lists(self) -> None:
        """Find mistakes in the lists' configuration before anybody is asked anything."""
        for rules in self.lists:
            self.list_path(rules)

    def list_path(self, rules: "ListRules") -> Path:
        """The list's file, checked to be one inside the root."""
        from config.rules import resolve_list_file

        return resolve_list_file(self.root, rules)


def program() -> str:
    """The command as this environment has it, by its whole path: cron knows no PATH of ours."""
    beside = Path(sys.executable).with_name("listkeeper")
    return shlex.quote(str(beside)) if beside.exists() else "listkeeper"


def who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def pages_base(workspace: Workspace) -> str | None:
    """Where pages are asked for instead, for tests: on loopback only."""
    base = workspace.environment.get(PAGES, "").rstrip("/")
    if base and not is_loopback(base):
        raise ConfigTrouble(PAGES, f"is {base!r}", "only a loopback address may stand in for pages")
    return base or None


def manners_for(workspace: Workspace, pages: Sequence[str]) -> CrawlPolicy:
    """Ours, allowed to go to exactly the hosts of these pages, too."""
    if pages_base(workspace):
        return workspace.manners
    # Only the sandbox may be hurried.
    scale = 1.0 if pages else workspace.manners.scale
    return replace(workspace.manners, hosts=workspace.manners.hosts.widened(pages), scale=scale)


def files_or_configured(workspace: "Workspace", files: tuple[Path, ...]) -> list[Path]:
    """The files that were named, else those of the configured lists."""
    return list(files) or [workspace.list_path(rules) for rules in workspace.lists]


def read(path: Path) -> bytes:
    """The bytes of a list file, or of standard input for ``-``."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as trouble:
        reason = (trouble.strerror or str(trouble)).lower()
        raise UsageTrouble(str(path), f"cannot be read: {reason}", "name a list file") from None
