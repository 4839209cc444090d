"""
How a crawl behaves: allowed hosts, and a pause after each request over all our processes together.

Each group of hosts (all of arXiv is one) has two small files in the state folder: a lock, which a
request holds, so that there is one connection at a time; and a note of when the last response
ended, and until when the service wants to be left alone, which the next run respects too. A note is
replaced whole, so that a killed process never loses a service's wish. The pause counts from the end
of a response, so the gap that the server sees is never shorter.

How long a service wants to be left alone is read from ``Retry-After`` and similar headers.
"""

import asyncio
import fcntl
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from config.plain_files import read_file
from crawler.hosts import Hosts
from crawler.network import Network

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

POLL_SECONDS = 0.02
# A service may ask to be left alone for this long within a run (seconds); beyond, the next run.
MAX_WAIT_S = 300.0

# What a nonsensical or boundless wish is taken for (seconds): a day.
MAX_RETRY_AFTER_S = 86_400.0
# No time that a clock can show is later (seconds since 1970; about the year 33,000).
MAX_MOMENT_S = 1e12


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """
    How a crawl behaves on the network.

    ``pauses`` in seconds by group of hosts, ``scale`` below 1 only against the sandbox,
    ``folder`` where processes agree on whose turn it is. After ``budget`` requests a crawl sends
    no more. ``network`` learns from every request of a run, whichever crawl or client sends it.
    """

    user_agent: str
    hosts: Hosts
    folder: Path
    pauses: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0
    verbose: bool = False
    budget: int | None = None
    network: Network = field(default_factory=Network)

    @classmethod
    def from_settings(cls, settings: "BaseSettings") -> "CrawlPolicy":
        """The policy that Scrapy's settings describe; no host is allowed unless named there."""
        scale, budget = settings["PACE_SCALE"], settings["REQUEST_BUDGET"]
        public, local = settings.getlist("ALLOWED_HOSTS"), settings.getlist("LOCAL_HOSTS")
        return cls(
            user_agent=settings["USER_AGENT"] or "",
            hosts=Hosts(frozenset(public), frozenset(local)),
            folder=Path(settings["PACE_FOLDER"]),
            pauses={group: float(pause) for group, pause in settings.getdict("PAUSES").items()},
            scale=1.0 if scale is None else float(scale),
            verbose=settings.getbool("LOG_ENABLED"),
            budget=None if budget is None else int(budget),
        )

    def to_settings(self) -> dict[str, Any]:
        """The same values as Scrapy's settings."""
        return {
            "USER_AGENT": self.user_agent,
            "ALLOWED_HOSTS": sorted(self.hosts.public),
            "LOCAL_HOSTS": sorted(self.hosts.local),
            "PACE_FOLDER": str(self.folder),
            "PAUSES": self.pauses,
            "PACE_SCALE": self.scale,
            "REQUEST_BUDGET": self.budget,
            "LOG_ENABLED": self.verbose,
            "LOG_INSTALL_ROOT_HANDLER": self.verbose,
        }


class AskedToWait(Exception):
    """The service asked to be left alone longer than a run waits. ``seconds`` are left."""

    def __init__(self, group: str, seconds: float) -> None:
        super().__init__(f"{group} asked to be left alone for another {seconds:.0f} s")
        self.group, self.seconds = group, seconds


class PaceTrouble(Exception):
    """Our own file of a group's pace cannot be used: no matter of the service, nor of time."""

    def __init__(self, trouble: OSError) -> None:
        reason = trouble.strerror or str(trouble)
        super().__init__(f"{trouble.filename}: cannot be used ({reason}); check this path")


@contextmanager
def _own_files() -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise PaceTrouble(trouble) from trouble


@dataclass(frozen=True, slots=True)
class Pace:
    """
    The pace of one group. ``pause`` in seconds; ``scale`` below 1 hurries, for the sandbox.

    Clock and sleep are real unless given: this is about the wire, not about the run's date.
    """

    folder: Path
    group: str
    pause: float
    scale: float = 1.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until it is our turn; the pause begins when the block ends."""
        async with self._locked():
            await self._wait()
            try:
                yield
            finally:
                self._write(ended=self.clock())

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        path = self.folder / f"{self.group}.lock"
        with _own_files():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = open(path, "a", opener=_without_waiting)  # noqa: SIM115
        with file:
            while not _try(file):
                await self.sleep(POLL_SECONDS)
            yield

    async def _wait(self) -> None:
        with _own_files():
            record = _read(self._note)
        now = self.clock()
        asked = record.get("not_before", 0.0) - now
        if asked > MAX_RETRY_AFTER_S:
            # No service may ask for more than a day: the clock was wrong when this was noted.
            asked = 0.0
        if asked > MAX_WAIT_S * self.scale:
            raise AskedToWait(self.group, asked)
        pause = self.pause * self.scale
        # A clock that was set back must not make us wait for the future.
        rest = min(record.get("ended", 0.0) + pause - now, pause)
        await self.sleep(max(asked, rest, 0.0))

    async def leave_alone(self, seconds: float) -> None:
        """Note that the service asked for this much quiet; kept for other processes and runs."""
        async with self._locked():
            self._write(not_before=self.clock() + seconds * self.scale)

    @property
    def _note(self) -> Path:
        return self.folder / f"{self.group}.json"

    def _write(self, **news: float) -> None:
        # Nobody else writes it: whoever writes holds the lock.
        beside = self._note.with_suffix(".new")
        with _own_files():
            text = json.dumps(_read(self._note) | news)
            with open(beside, "w", opener=_without_waiting) as file:
                file.write(text)
            beside.replace(self._note)


def pace(manners: "CrawlPolicy", group: str, at_least: float = 0.0) -> Pace:
    """The pace of a group of hosts; 1 s between requests where none is configured."""
    pause = max(manners.pauses.get(group, 1.0), at_least)
    return Pace(manners.folder, group, pause, manners.scale)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody reads is an error, and not waited for."""
    return os.open(path, flags | os.O_NONBLOCK, 0o666)


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(note: Path) -> dict[str, float]:
    """What a note says; nothing where there is none, or one that cannot be understood."""
    try:
        record = json.loads(read_file(note) or "{}")
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    items = record.items() if isinstance(record, dict) else ()
    return {name: float(value) for name, value in items if _is_moment(value)}


def _is_moment(value: object) -> bool:
    """Whether a kept value can be a time: NaN and numbers beyond all calendars are none."""
    return isinstance(value, int | float) and abs(value) < MAX_MOMENT_S


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """
    How long a service wants to be left alone, by any of the headers that say it.

    ``Retry-After``; Hugging Face's ``RateLimit: "api";r=0;t=SECONDS``; GitHub's
    ``x-ratelimit-reset`` (a moment), where nothing remains.
    """
    asked = seconds_asked(headers.get("retry-after"), now)
    if asked is not None:
        return asked
    left = re.search(r"\br=0\b.*?\bt=(\d{1,9})", headers.get("ratelimit", ""))
    if left:
        return seconds_asked(left[1], now)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"\d{1,11}", reset):
        return min(max(int(reset) - now.timestamp(), 0.0), MAX_RETRY_AFTER_S)
    return None


def seconds_asked(value: str | None, now: datetime) -> float | None:
    """Seconds from now; 0 for a moment that has passed, None where nothing readable is asked."""
    if not value:
        return None
    text = value.strip()
    if re.fullmatch("-?[0-9]+", text):
        return min(max(float(int(text[:12])), 0.0), MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)
