"""
How spiders go to the wire: the only module of the crawler that opens sockets.

Scrapy downloads; what it does by default is not what one wants towards services that ban and
answers that lie, so this module hardens it: an allow-list of hosts on every request (redirects
included), public addresses only, one turn at a time, retries that wait as they are asked to,
limits on size and time.

What hosts ask of programs: robots.txt by RFC 9309, read once a day a host.

Rules that cannot be read (5xx, no answer) forbid everything for now; 4xx means that there are
none. Every request waits for the rules of its host, whoever asked for them first.
"""

import asyncio
import json
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.failures import PASSING_ERRORS, Refused, describe, is_untrusted
from crawler.politeness import MAX_WAIT_S, AskedToWait, CrawlPolicy, pace, wait_asked

# Attempts in all, and seconds between them where the service names none (then jittered).
ATTEMPTS = 3
WAITS = (2.0, 4.0, 8.0)
# Failures that may pass. Any other 4xx says the same next time.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
# Groups that answered 403: for all spiders together, in a process that lives for one crawl.
CLOSED: set[str] = set()
# How many requests went out, of all spiders.
SPENT: Counter[str] = Counter()
OVERSPENT = "the run's budget of requests is spent: asked by the next run"
FORBIDDEN = "HTTP 403 Forbidden: not asked again in this run"

# RFC 9309: rules are kept no longer than a day, and half a megabyte of them is enough.
KEEP_SECONDS = 24 * 3600
LARGEST = 512 * 1024
# RFC 9309: at least so many redirects are followed; after more there are no rules.
MOST_HOPS = 5
# A host that wants longer pauses is not read in a hurry, nor for ever (seconds).
LONGEST_DELAY = 60.0
# By host: for all spiders together, in a process that lives for one crawl.
LOCKS: dict[str, asyncio.Lock] = {}
RULES: dict[str, Protego | Refused] = {}
ROBOTS_FORBIDDEN = "its robots.txt does not allow programs to read it"


class AllowedHostsMiddleware:
    """Refuses every request, first or redirected, to a host that is not configured."""

    def __init__(self, manners: CrawlPolicy) -> None:
        self.hosts = manners.hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AllowedHostsMiddleware":
        return cls(crawler.settings["MANNERS"])

    def process_request(self, request: Request) -> None:
        refusal = self.hosts.refusal(request.url)
        if refusal:
            raise Refused(f"will not ask {request.url[:100]!r}: it {refusal}")


class RetryMiddleware:
    """
    Asks again what may pass, as late as the service wants.

    ``Retry-After`` in seconds or as a date is honoured up to PATIENCE; a longer wish is kept for
    the next run. After a 403 nothing is asked again, and Turn lets nobody else out.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.manners: CrawlPolicy = crawler.settings["MANNERS"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RetryMiddleware":
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if request.meta.get("robots"):
            return response
        asked = wait_asked(_headers(response), datetime.now(UTC))
        if response.status == 403 and asked is None:
            raise Refused(FORBIDDEN, closed=True)
        if response.status not in PASSING and response.status != 403:
            return response
        reason = f"HTTP {response.status} ({_words(response)})"
        throttled = response.status == 429 or asked is not None or response.status == 503
        return await self._again(request, reason, asked, later=throttled)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if not isinstance(exception, PASSING_ERRORS) or is_untrusted(exception):
            return None
        return await self._again(request, describe(exception), None, later=False)

    async def _again(
        self, request: Request, reason: str, asked: float | None, *, later: bool
    ) -> Request:
        attempt = request.meta.get("attempt", 1)
        if asked is not None:
            await pace(self.manners, request.meta.get("group", "pages")).leave_alone(asked)
        if asked is not None and asked > MAX_WAIT_S:
            raise Refused(f"{reason}; asked to be left alone for {asked:.0f} s", later=True)
        if attempt >= ATTEMPTS:
            raise Refused(f"{reason}, {attempt} times", later=later)
        wait = WAITS[attempt - 1] * uniform(0.75, 1.25) if asked is None else asked
        await asyncio.sleep(wait * self.manners.scale)
        again: Request = request.replace(dont_filter=True)
        again.meta["attempt"] = attempt + 1
        return again


class PaceMiddleware:
    """
    Lets one request of a group out at a time, with the group's pause between them.

    After a 403 the whole group is left alone: asking on counts as an attack. That is looked for
    again when the turn has come, because requests wait here while another is being refused.
    """

    def __init__(self, manners: CrawlPolicy) -> None:
        self.manners = manners

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PaceMiddleware":
        return cls(crawler.settings["MANNERS"])

    async def process_request(self, request: Request) -> None:
        _refuse_closed(request)
        held = AsyncExitStack()
        group, delay = request.meta.get("group", "pages"), request.meta.get("crawl_delay", 0.0)
        turn = pace(self.manners, group, at_least=delay).turn()
        try:
            await held.enter_async_context(turn)
        except AskedToWait as trouble:
            raise Refused(str(trouble), later=True) from trouble
        request.meta["turn"] = held
        _refuse_closed(request)
        _spend(self.manners)

    async def process_response(self, request: Request, response: Response) -> Response:
        throttled = wait_asked(_headers(response), datetime.now(UTC)) is not None
        if response.status == 403 and "group" in request.meta and not throttled:
            CLOSED.add(request.meta["group"])
        await self._end(request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        await self._end(request)

    async def _end(self, request: Request) -> None:
        held = request.meta.pop("turn", None)
        if held is not None:
            await held.aclose()


def _spend(manners: CrawlPolicy) -> None:
    """One request more, as far as the run's budget goes."""
    if manners.most is not None and SPENT.total() >= manners.most:
        raise Refused(OVERSPENT, later=True)
    SPENT["requests"] += 1


def _refuse_closed(request: Request) -> None:
    if request.meta.get("group") in CLOSED:
        raise Refused(FORBIDDEN, closed=True)


def _headers(response: Response) -> dict[str, str]:
    """The headers that say when to come again."""
    names = ("retry-after", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset")
    told = {name: response.headers.get(name) for name in names}
    return {name: value.decode("latin-1") for name, value in told.items() if value}


def _words(response: Response) -> str:
    """The first words of an error page, as far as they are words."""
    text = " ".join(response.body[:200].decode("utf-8", "replace").split())
    return repr(text[:60]) if text and not text.startswith("<") else "no reason given"


class RobotsMiddleware:
    """Refuses what a host's robots.txt forbids, and passes on the pause it asks for."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.manners: CrawlPolicy = crawler.settings["MANNERS"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        async with LOCKS.setdefault(parts.netloc, asyncio.Lock()):
            if parts.netloc not in RULES:
                RULES[parts.netloc] = await self._rules(parts.scheme, parts.netloc)
        rules = RULES[parts.netloc]
        if isinstance(rules, Refused):
            raise rules
        agent = self.manners.user_agent
        if not rules.can_fetch(request.url, agent):
            raise Refused(ROBOTS_FORBIDDEN)
        request.meta["crawl_delay"] = min(rules.crawl_delay(agent) or 0.0, LONGEST_DELAY)

    async def _rules(self, scheme: str, netloc: str) -> Protego | Refused:
        kept = self._kept(netloc)
        if kept is not None:
            return Protego.parse(kept)
        try:
            answer = await self._ask(f"{scheme}://{netloc}/robots.txt")
        except (IgnoreRequest, *PASSING_ERRORS) as trouble:
            return _unread(describe(trouble))
        if answer.status >= 500 or answer.status == 429 or answer.status < 200:
            return _unread(f"HTTP {answer.status}")
        # 4xx, and what is no answer at all or leads on for ever: there are no rules.
        text = answer.body[:LARGEST].decode("utf-8", "replace") if answer.status == 200 else ""
        self._keep(netloc, text)
        return Protego.parse(text)

    async def _ask(self, url: str) -> Response:
        """The answer, where it leads to in the end; each hop is checked like any address."""
        meta = {"dont_obey_robotstxt": True, "robots": True, "handle_httpstatus_all": True}
        for _ in range(MOST_HOPS + 1):
            asked = Request(url, meta=meta, callback=NO_CALLBACK, headers={"Accept": "text/plain"})
            answer: Response = await self.crawler.engine.download_async(asked)
            leads_to = answer.headers.get("Location")
            if not 300 < answer.status < 400 or not leads_to:
                break
            url = urljoin(url, leads_to.decode("latin-1"))
        return answer

    def _kept(self, netloc: str) -> str | None:
        """The rules as they were read within the last day."""
        try:
            kept = json.loads(self._path(netloc).read_text())
            fresh = 0 <= time.time() - kept["at"] < KEEP_SECONDS
            return str(kept["text"]) if fresh else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, netloc: str, text: str) -> None:
        self.manners.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(netloc)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"at": time.time(), "text": text}))
        fresh.replace(path)

    def _path(self, netloc: str) -> Path:
        return self.manners.folder / f"robots-{netloc.replace(':', '_')}.json"


def _unread(why: str) -> Refused:
    return Refused(f"its robots.txt cannot be read ({why}), which forbids all", later=True)
