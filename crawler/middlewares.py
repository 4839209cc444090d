"""
How requests go to the network: Scrapy's downloader middlewares, stricter than its own.

Services ban impolite clients and return broken responses. So every request (redirects included) is
checked against the allowed hosts, keeps the pace of its group of hosts, and is tried again no
earlier than the service wants.

robots.txt follows RFC 9309 and is read once a day per host. If it cannot be read (5xx, no
response), it forbids everything for now; 4xx means that there are no rules. Every request waits for
the rules of its host, whichever request asked for them first.
"""

import asyncio
import json
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    IgnoreRequest,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from catalog.files import write_whole
from catalog.sightings import NO_NETWORK
from config.plain_files import read_file
from crawler.failures import PASSING_ERRORS, Refused, describe, is_unreachable, is_untrusted
from crawler.hosts import Hosts
from crawler.network import Network
from crawler.parsers.bodies import reason_of, said, value_of
from crawler.policy import ATTEMPTS, MAX_ROBOTS_BYTES, OVERSPENT, PASSING_STATUSES, retry_wait
from crawler.politeness import (
    MAX_WAIT_S,
    AskedToWait,
    CrawlPolicy,
    PaceTrouble,
    pace,
    wait_asked,
)

# Counts in ``crawler.stats``: requests that were sent, second tries included.
REQUESTS, ROBOTS_REQUESTS = "pace/request_count", "robotstxt/request_count"
FORBIDDEN = "HTTP 403 Forbidden: not asked again in this run"
ROBOTS_FORBIDDEN = "its robots.txt does not allow programs to read it"
# RFC 9309: rules are stored no longer than a day; at least five redirects are followed, and after
# more there are no rules.
MAX_RULES_AGE_S = 24 * 3600
MAX_ROBOTS_REDIRECTS = 5
# A host that asks for longer pauses is read at this pace.
MAX_CRAWL_DELAY_S = 60.0


@dataclass
class CrawlState:
    """
    What middlewares remember during a crawl.

    ``closed`` are the groups of hosts that answered 403, ``requests`` how many were sent,
    ``rules`` and ``locks`` belong to a host's robots.txt, ``network`` is whether anybody was
    reached. Several crawlers of a process share one (``crawler.crawl_state``); a crawler alone
    has its own.
    """

    closed: set[str] = field(default_factory=set)
    requests: int = 0
    rules: dict[str, Protego | Refused] = field(default_factory=dict)
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    network: Network = field(default_factory=Network)

    @classmethod
    def of(cls, crawler: Crawler) -> "CrawlState":
        return getattr(crawler, "crawl_state", None) or cls()


class AllowedHostsMiddleware:
    """Refuses every request, first or redirected, to a host that is not configured."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AllowedHostsMiddleware":
        return cls(CrawlPolicy.from_settings(crawler.settings).hosts)

    def process_request(self, request: Request) -> None:
        refusal = self.hosts.refusal(request.url)
        if refusal:
            raise Refused(f"will not ask {request.url[:100]!r}: it {refusal}")


class RetryMiddleware:
    """
    Repeats requests whose failure may pass, as late as the service wants.

    ``Retry-After`` in seconds or as a date is honoured up to MAX_WAIT_S; a longer wait is left to
    the next run. After a 403 nothing is repeated, and PaceMiddleware sends nothing else.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.policy = CrawlPolicy.from_settings(crawler.settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RetryMiddleware":
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if request.meta.get("robots"):
            return response
        asked = wait_asked(_headers(response), datetime.now(UTC))
        if _is_of_detail(request, response, asked):
            return response
        if response.status == 403 and asked is None:
            reason = reason_of(value_of(response.body))
            raise Refused(f"{FORBIDDEN} ({reason})" if reason else FORBIDDEN, closed=True)
        if response.status not in PASSING_STATUSES and response.status != 403:
            return response
        reason = f"HTTP {response.status} ({_words(response)})"
        lasting = asked is None and response.status != 429
        return await self._again(request, reason, asked, lasting=lasting)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if not isinstance(exception, PASSING_ERRORS) or is_untrusted(exception):
            return None
        lasting = not isinstance(exception, DownloadConnectionRefusedError)
        return await self._again(request, describe(exception), None, lasting=lasting)

    async def _again(
        self, request: Request, reason: str, asked: float | None, *, lasting: bool
    ) -> Request:
        attempt = request.meta.get("attempt", 1)
        if asked is not None:
            await pace(self.policy, request.meta.get("group", "pages")).leave_alone(asked)
        if asked is not None and asked > MAX_WAIT_S:
            raise Refused(f"{reason}; asked to be left alone for {asked:.0f} s", later=True)
        if attempt >= request.meta.get("attempts", ATTEMPTS):
            self.crawler.stats.inc_value("retry/max_reached")
            times = f"{reason}, {attempt} times" if attempt > 1 else reason
            raise Refused(times, later=True, lasting=lasting)
        self.crawler.stats.inc_value("retry/count")
        wait = retry_wait(attempt) if asked is None else asked
        await asyncio.sleep(wait * self.policy.scale)
        again: Request = request.replace(dont_filter=True)
        again.meta["attempt"] = attempt + 1
        return again


class PaceMiddleware:
    """
    Sends one request of a group at a time, with the group's pause between them.

    After a 403 the whole group is left alone: further requests would count as an attack. This is
    checked again after the wait, because another request may have been refused meanwhile.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.policy = CrawlPolicy.from_settings(crawler.settings)
        self.state = CrawlState.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PaceMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        self._refuse(request)
        stack = AsyncExitStack()
        group, delay = request.meta.get("group", "pages"), request.meta.get("crawl_delay", 0.0)
        turn = pace(self.policy, group, at_least=delay).turn()
        try:
            await stack.enter_async_context(turn)
        except AskedToWait as trouble:
            raise Refused(str(trouble), later=True) from trouble
        except PaceTrouble as trouble:
            raise Refused(str(trouble)) from trouble
        request.meta["turn"] = stack
        self._refuse(request)
        self._spend(request)

    async def process_response(self, request: Request, response: Response) -> Response:
        self.state.network.reached = True
        asked = wait_asked(_headers(response), datetime.now(UTC))
        of_detail = _is_of_detail(request, response, asked)
        # A robots.txt that answers 403 means that there are no rules.
        page = "group" in request.meta and not request.meta.get("robots") and not of_detail
        if response.status == 403 and page and asked is None:
            self.state.closed.add(request.meta["group"])
        await self._end(request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        await self._end(request)
        if is_unreachable(exception):
            self.state.network.missed(request.meta.get("group", "pages"))
            if self.state.network.is_down:
                raise Refused(NO_NETWORK, later=True) from exception

    async def _end(self, request: Request) -> None:
        stack = request.meta.pop("turn", None)
        try:
            if stack is not None:
                await stack.aclose()
        except PaceTrouble as trouble:
            raise Refused(str(trouble)) from trouble

    def _refuse(self, request: Request) -> None:
        if self.state.network.is_down:
            raise Refused(NO_NETWORK, later=True)
        if request.meta.get("group") in self.state.closed:
            raise Refused(FORBIDDEN, closed=True)

    def _spend(self, request: Request) -> None:
        """Count one more request, if the run's budget allows it."""
        if self.policy.budget is not None and self.state.requests >= self.policy.budget:
            raise Refused(OVERSPENT, later=True)
        self.state.requests += 1
        self.stats.inc_value(ROBOTS_REQUESTS if request.meta.get("robots") else REQUESTS)


def _is_of_detail(request: Request, response: Response, asked: float | None) -> bool:
    """Whether a 403 is about the work that was asked for, not about who asks, or how often."""
    if response.status != 403 or not request.meta.get("detail") or asked is not None:
        return False
    told = response.body.lower()
    return not any(word in told for word in _ABOUT_US)


# GitHub says so where it refuses the asker, and not the repository.
_ABOUT_US = (b"rate limit", b"abuse", b"user-agent")


def _headers(response: Response) -> dict[str, str]:
    """The headers that say when to come again."""
    names = ("retry-after", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset")
    values = {name: response.headers.get(name) for name in names}
    return {name: value.decode("latin-1") for name, value in values.items() if value}


def _words(response: Response) -> str:
    """The reason that an error page gives, or its first words, as far as they are words."""
    if reason := reason_of(value_of(response.body)):
        return reason
    text = said(response.body[:200].decode("utf-8", "replace"), 60)
    return repr(text) if text and not text.startswith(("<", "{", "[")) else "no reason given"


class RobotsMiddleware:
    """Refuses what a host's robots.txt forbids, and passes on the pause it asks for."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.policy = CrawlPolicy.from_settings(crawler.settings)
        self.state = CrawlState.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        netloc = urlsplit(request.url).netloc
        async with self.state.locks[netloc]:
            if netloc not in self.state.rules:
                self.state.rules[netloc] = await self._rules(request)
        rules = self.state.rules[netloc]
        if isinstance(rules, Refused):
            raise rules
        agent = self.policy.user_agent
        if not rules.can_fetch(request.url, agent):
            raise Refused(ROBOTS_FORBIDDEN)
        request.meta["crawl_delay"] = min(rules.crawl_delay(agent) or 0.0, MAX_CRAWL_DELAY_S)

    async def _rules(self, request: Request) -> Protego | Refused:
        parts = urlsplit(request.url)
        stored = self._stored(parts.netloc)
        if stored is not None:
            return Protego.parse(stored)
        try:
            group = request.meta.get("group", "pages")
            response = await self._download(f"{parts.scheme}://{parts.netloc}/robots.txt", group)
        except (IgnoreRequest, CannotResolveHostError, *PASSING_ERRORS) as trouble:
            if self.state.network.is_down:
                return Refused(NO_NETWORK, later=True)
            return _unread(describe(trouble))
        status = response.status
        if status >= 500 or status == 429 or status < 200:
            return _unread(f"HTTP {status}")
        # 4xx and endless redirects: there are no rules.
        body = response.body[:MAX_ROBOTS_BYTES] if status == 200 else b""
        text = body.decode("utf-8", "replace")
        self._store(parts.netloc, text)
        return Protego.parse(text)

    async def _download(self, url: str, group: str) -> Response:
        """The response after redirects, each checked like any address; at the pace of its host."""
        meta = {
            "group": group,
            "dont_obey_robotstxt": True,
            "robots": True,
            "handle_httpstatus_all": True,
        }
        for _ in range(MAX_ROBOTS_REDIRECTS + 1):
            request = Request(
                url, meta=dict(meta), callback=NO_CALLBACK, headers={"Accept": "text/plain"}
            )
            response: Response = await self.crawler.engine.download_async(request)
            location = response.headers.get("Location")
            if not 300 < response.status < 400 or not location:
                break
            url = urljoin(url, location.decode("latin-1"))
        return response

    def _stored(self, netloc: str) -> str | None:
        """The rules as they were read within the last day."""
        try:
            stored = json.loads(read_file(self._path(netloc)))
            fresh = 0 <= time.time() - stored["at"] < MAX_RULES_AGE_S
            return str(stored["text"]) if fresh else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _store(self, netloc: str, text: str) -> None:
        rules = json.dumps({"at": time.time(), "text": text})
        write_whole(self._path(netloc), rules.encode())

    def _path(self, netloc: str) -> Path:
        return self.policy.folder / f"robots-{netloc.replace(':', '_')}.json"


def _unread(why: str) -> Refused:
    return Refused(f"its robots.txt cannot be read ({why}), which forbids all", later=True)
