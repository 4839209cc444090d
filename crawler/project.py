"""
The configuration of a spider that ``scrapy`` starts: services, allowed hosts and pauses.

The addresses are those of ``config/services.yaml``, or those the environment names in their place
(``LISTKEEPER_ARXIV_RSS_URL`` …): a loopback host is allowed only if it is one of them.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from catalog.address import read_address
from config import settings as config
from config.errors import ConfigTrouble
from config.secret import Secret, key_from
from config.settings import Services, Sources, is_loopback
from crawler.hosts import Hosts, page_address, page_refusal
from crawler.plans import PageAsk
from crawler.sources.registry import SOURCES

PAGES = "LISTKEEPER_PAGES_URL"
GITHUB_TOKEN = "LISTKEEPER_GITHUB_TOKEN"


@dataclass(frozen=True)
class Project:
    """``folder`` holds the YAML files; ``now`` (UTC) is the moment a crawl is for."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @cached_property
    def services(self) -> Services:
        return config.services(self.folder).addressed(self.environment)

    @cached_property
    def sources(self) -> Sources:
        return config.sources(self.folder)

    @property
    def days_off(self) -> frozenset[date]:
        return frozenset(config.calendar(self.folder).days_off)

    @property
    def pages(self) -> str | None:
        """Where pages are requested instead, in tests: on loopback only."""
        base = self.environment.get(PAGES, "").rstrip("/")
        if base and not is_loopback(base):
            raise ConfigTrouble(PAGES, f"is {base!r}", "only a loopback address may replace pages")
        return base or None

    @property
    def hosts(self) -> Hosts:
        """The services, and the hosts of ``sources.yaml`` unless pages are replaced."""
        hosts = Hosts.of([*self.services.services.values(), *filter(None, [self.pages])])
        if self.pages or self.services.pace(self.environment) < 1:
            return hosts
        modules = [SOURCES[name] for name in self.sources.also if name in SOURCES]
        names = [host for source in modules for host in getattr(source, "HOSTS", ())]
        return hosts.widened([*self.sources.addresses, *(f"https://{name}" for name in names)])

    def page_asks(self, urls: Iterable[str]) -> tuple[PageAsk, ...]:
        """The pages at these addresses; UsageError for one that is not of the public internet."""
        return tuple(self._page_ask(url) for url in urls)

    def _page_ask(self, url: str) -> PageAsk:
        address = read_address(url)
        if address is None:
            raise UsageError(f"{url!r} is no web address")
        refusal = page_refusal(address.url)
        if refusal or address.kind == "paper":
            raise UsageError(f"{url!r} {refusal or 'is a paper: use arxiv_papers'}")
        where = page_address(address.url, self.pages)
        return PageAsk(address.key, address.link_kind, address.url, where)


class ConfiguredServices:
    """Scrapy add-on: fills the settings that ``crawler/settings.py`` leaves open."""

    def update_settings(self, settings: BaseSettings) -> None:
        configure(settings)


def github_token(environment: Mapping[str, str]) -> Secret:
    return key_from(environment, GITHUB_TOKEN)


def project_of(settings: BaseSettings, as_of: str = "") -> Project:
    """The project of a crawl; ``as_of`` is its moment in ISO format, else it is now."""
    folder = Path(settings["CONFIG_FOLDER"])
    if not as_of:
        return Project(folder)
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"as_of={as_of!r} is no ISO date, e.g. 2024-11-12T06:47") from None
    return Project(folder, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def configure(settings: BaseSettings, pages: Iterable[str] = ()) -> None:
    """
    Fill the open settings from the project, and allow the hosts of the named ``pages``.

    Settings of the command line (``-s``) have priority.
    """
    if settings["ALLOWED_HOSTS"] is not None:
        return
    project = project_of(settings)
    services, hosts = project.services, project.hosts
    scale = services.pace(project.environment)
    urls = () if project.pages else tuple(pages)
    if urls:
        # Only the sandbox may be hurried.
        hosts, scale = hosts.widened(urls), 1.0
    contact = f" contact: {services.contact}" if services.contact else ""
    values = {
        "USER_AGENT": f"{services.user_agent}{contact}",
        "ALLOWED_HOSTS": sorted(hosts.public),
        "LOCAL_HOSTS": sorted(hosts.local),
        "PAUSES": services.pauses,
        "PACE_SCALE": scale,
    }
    for name, value in values.items():
        if settings[name] is None:
            settings.set(name, value, priority="project")
