"""
What the YAML files beside this one may say, as types. Lists and their rules are in ``rules.py``.

Every service has an environment override; a loopback address can only come from there.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from config.errors import ConfigTrouble
from config.patterns import lazy_regex
from config.strict import Check, Limits
from config.validation import Mistake, Wrong, did_you_mean, shown
from config.yaml_reader import read

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HubKind = Literal["models", "datasets", "spaces", "collections"]
HUB_KINDS: tuple[HubKind, ...] = ("models", "datasets", "spaces", "collections")
# Where services are asked; a file of settings names each of them, perhaps a mirror.
ADDRESSES = {
    "arxiv_rss": "https://rss.arxiv.org",
    "arxiv_api": "https://export.arxiv.org",
    "arxiv_oai": "https://oaipmh.arxiv.org",
    "semantic_scholar": "https://api.semanticscholar.org",
    "openalex": "https://api.openalex.org",
    "huggingface": "https://huggingface.co",
    "github": "https://api.github.com",
}
# Seconds between requests where services.yaml names none: arXiv's terms, and what the others bear.
PAUSES = {"arxiv": 3.0, "semantic_scholar": 1.5, "openalex": 1.0}
# Days after which only the title is kept of what no list wanted.
KEEP_DAYS = 60
CATEGORY = lazy_regex(r"[a-z][a-z-]*(?:\.[A-Za-z-]{2,})?")


def _public_https(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") or "." not in host or _is_address(host):
        raise ValueError("must be a public https address (loopback: by environment only)")
    return url.rstrip("/")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _feed(categories: str) -> str:
    for category in categories.split("+"):
        if not CATEGORY.fullmatch(category):
            raise ValueError(f"{category!r} is no arXiv category; write e.g. cs.CL+cs.LG")
    return categories


def _time_of_day(text: str) -> str:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError('must be a time like "06:47"')
    if match[2] in {"00", "30"}:
        raise ValueError("must not be on the full or half hour, when services are busiest")
    if int(match[1]) < 6:
        raise ValueError("must be 06:00 UTC or later: before, feeds show the day before")
    return text


HttpsUrl = Annotated[str, Check(_public_https)]


def _for_header(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise Wrong(
            "must be one line of plain letters (ASCII): it is sent with every request",
            "write a mail address or the address of a page",
        )
    return text


HeaderText = Annotated[str, Check(_for_header)]


def _with_usual(pauses: dict[str, float]) -> dict[str, float]:
    return PAUSES | pauses


@dataclass(frozen=True, kw_only=True)
class Services:
    """``services.yaml``: base addresses by service, pauses in seconds by group of hosts."""

    user_agent: Annotated[HeaderText, Limits(min_length=3, max_length=200)]
    contact: Annotated[HeaderText, Limits(max_length=200)] = ""
    services: dict[str, HttpsUrl]
    pauses: Annotated[dict[str, Annotated[float, Limits(ge=0, le=3600)]], Check(_with_usual)]

    def mistakes(self) -> Iterator[Mistake]:
        """Services that nobody asks, else those that are missing."""
        unknown = [name for name in self.services if name not in ADDRESSES]
        for name in unknown:
            hint = did_you_mean(name, list(ADDRESSES))
            yield Mistake(("services", name), f"unknown key {shown(name)}", hint)
        missing = [] if unknown else [name for name in ADDRESSES if name not in self.services]
        for name in missing:
            yield Mistake(("services", name), "is missing", f"write:  {name}: {ADDRESSES[name]}")

    def addressed(self, environment: Mapping[str, str]) -> "Services":
        """With the addresses that the environment puts in place of these."""
        replaced = {
            name: environment.get(f"LISTKEEPER_{name.upper()}_URL", url).rstrip("/")
            for name, url in self.services.items()
        }
        return replace(self, services=replaced)

    def pace(self, environment: Mapping[str, str]) -> float:
        """
        How long a second is when waiting: 1, or less by LISTKEEPER_PACE.

        Less is for the sandbox: it is refused while any service is out in the world.
        """
        text = environment.get("LISTKEEPER_PACE", "1")
        try:
            pace = float(text)
        except ValueError:
            raise ConfigTrouble("LISTKEEPER_PACE", f"must be a number, is {text!r}") from None
        outside = [url for url in self.services.values() if not is_loopback(url)]
        if not 0 <= pace <= 1 or (pace < 1 and outside):
            raise ConfigTrouble(
                "LISTKEEPER_PACE",
                f"is {text}, but {outside[0] if outside else 'a pace'} must be waited for",
                "leave it unset; only loopback addresses may be hurried",
            )
        return pace


def is_loopback(url: str) -> bool:
    """Whether an address is on this very machine."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


@dataclass(frozen=True, kw_only=True)
class Arxiv:
    """How arXiv is read: categories joined by plus, one feed a line; days, as numbers."""

    feeds: Annotated[list[Annotated[str, Check(_feed)]], Limits(min_length=1, max_length=50)]
    overlap_days: Annotated[int, Limits(ge=0, le=60)] = 7
    look_back_days: Annotated[int, Limits(ge=1, le=365)] = 365


def _whole_address(url: str) -> str:
    _public_https(url)
    return url


def _below(text: str) -> str:
    if Path(text).is_absolute() or ".." in Path(text).parts or not text.strip():
        raise ValueError("must be a path inside the folder that holds config/")
    return text


def _repository(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}", text):
        raise ValueError("must be a repository like owner/name")
    return text


WebAddress = Annotated[str, Limits(max_length=500), Check(_whole_address)]
PartName = Annotated[str, Limits(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Below = Annotated[str, Check(_below)]
Repository = Annotated[str, Check(_repository)]
Days = Annotated[int, Limits(ge=1, le=60)]


@dataclass(frozen=True, kw_only=True)
class NamedAddress:
    """An address, and what reports call it."""

    name: PartName
    url: WebAddress


@dataclass(frozen=True, kw_only=True)
class FeedAddress(NamedAddress):
    """A feed of a blog, a channel or a newsletter; ``kind`` is of items that do not tell it."""

    kind: Literal["blog", "page", "post", "video"] = "blog"


@dataclass(frozen=True, kw_only=True)
class HubPeople:
    """Whose models, datasets, spaces and collections are watched, and every how many days."""

    kinds: Annotated[list[HubKind], Limits(min_length=1)] = field(
        default_factory=lambda: list(HUB_KINDS)
    )
    organisations: Annotated[
        list[Annotated[str, Limits(pattern=r"^[A-Za-z0-9._-]{1,96}$")]], Limits(max_length=40)
    ] = field(default_factory=list)
    every_days: Days = 7


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search for repositories, as GitHub understands it; created lately, with these stars."""

    name: PartName
    query: Annotated[str, Limits(min_length=2, max_length=200)]
    stars: Annotated[int, Limits(ge=0)] = 20


@dataclass(frozen=True, kw_only=True)
class Github:
    """Searches for repositories, and repositories whose releases are watched."""

    searches: Annotated[list[Search], Limits(max_length=10)] = field(default_factory=list)
    watched: Annotated[list[Repository], Limits(max_length=40)] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Where people put addresses they suggest: a file, a folder, issues with a label."""

    file: Below | None = None
    folder: Below | None = None
    issues: Repository | None = None
    label: Annotated[str, Limits(max_length=50)] = "suggestion"


@dataclass(frozen=True, kw_only=True)
class OtherLists:
    """Other curated lists: files in checkouts, and raw files by their address."""

    files: Annotated[list[Below], Limits(max_length=40)] = field(default_factory=list)
    addresses: Annotated[list[NamedAddress], Limits(max_length=40)] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """
    ``sources.yaml``: where new works are looked for.

    ``also`` names sources that need no settings. What is older than ``oldest_days`` is no news.
    A run makes no more than ``most_requests``. After ``keep_days`` only the title is kept of what
    no list wanted.
    """

    arxiv: Arxiv
    also: Annotated[list[str], Limits(max_length=40)] = field(default_factory=list)
    oldest_days: Annotated[int, Limits(ge=1, le=365)] = 60
    keep_days: Annotated[int, Limits(ge=7, le=36_500)] = KEEP_DAYS
    most_requests: Annotated[int, Limits(ge=1, le=10_000)] = 500
    feeds: Annotated[list[FeedAddress], Limits(max_length=100)] = field(default_factory=list)
    # Made when a file lacks them: a default that is a model would be built at every start.
    hf_hub: HubPeople = field(default_factory=HubPeople)
    github: Github = field(default_factory=Github)
    inbox: Inbox = field(default_factory=Inbox)
    lists: OtherLists = field(default_factory=OtherLists)

    @property
    def addresses(self) -> list[str]:
        """Every address that is named here: these hosts may be asked."""
        return [named.url for named in (*self.feeds, *self.lists.addresses)]

    def wants(self, source: str) -> bool:
        """Whether anything is configured for a source."""
        own = getattr(self, source, None)
        usual = Sources(arxiv=self.arxiv)
        return source in self.also or own != getattr(usual, source, None)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """``calendar.yaml``: working days (US Eastern) on which arXiv announces nothing."""

    days_off: list[date]
    known_until: date


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command that starts by itself: which days, and when (UTC)."""

    name: Annotated[str, Limits(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    command: Annotated[
        str, Limits(pattern=r"^(run|discover|watch|citations refresh)( --?[a-z0-9 -]+)?$")
    ]
    days: Annotated[list[Weekday], Limits(min_length=1)]
    at: Annotated[str, Check(_time_of_day)]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """``schedule.yaml``: the jobs."""

    jobs: list[Job]


def services(folder: Path) -> Services:
    return read(folder / "services.yaml", Services)


def sources(folder: Path) -> Sources:
    return read(folder / "sources.yaml", Sources)


def calendar(folder: Path) -> Calendar:
    return read(folder / "calendar.yaml", Calendar)


def schedule(folder: Path) -> Schedule:
    return read(folder / "schedule.yaml", Schedule)
