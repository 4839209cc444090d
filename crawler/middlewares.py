"""
How spiders go to the wire: the only module of the crawler that opens sockets.

Scrapy downloads; what it does by default is not what one wants towards services that ban and
answers that lie, so this module hardens it: an allow-list of hosts on every request (redirects
included), public addresses only, one turn at a time, retries that wait as they are asked to,
limits on size and time.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import uniform
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from scrapy.settings import Settings
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from crawler.hosts import is_public
from crawler.plans import Manners
from crawler.politeness import PATIENCE, AskedToWait, pace
from crawler.retry_after import wait_asked

MIB = 2**20
# Attempts in all, and seconds between them where the service names none (then jittered).
ATTEMPTS = 3
WAITS = (2.0, 4.0, 8.0)
# Failures that may pass. Any other 4xx says the same next time.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
PASSING_ERRORS = (
    OSError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
# Statuses that spiders see for themselves. Redirects are followed, through AllowedHosts.
SEEN_STATUSES = [304, *range(400, 600)]


def meta(group: str, *, interface: bool) -> dict[str, Any]:
    """
    What every request of ours carries: whose pace it keeps, and that we see refusals ourselves.

    A documented ``interface`` is used by its terms; robots.txt is about pages.
    """
    return {
        "group": group,
        "dont_obey_robotstxt": interface,
        "handle_httpstatus_list": SEEN_STATUSES,
    }


TOO_LARGE = f"the answer is larger than {16 * MIB} bytes"
# Groups that answered 403: for all spiders together, in a process that lives for one crawl.
CLOSED: set[str] = set()
# How many requests went out, of all spiders.
SPENT: Counter[str] = Counter()
OVERSPENT = "the run's budget of requests is spent: asked by the next run"
FORBIDDEN = "HTTP 403 Forbidden: not asked again in this run"


UNUSED_EXTENSIONS = (
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.throttle.AutoThrottle",
)
# AllowedHosts is stricter than the offsite filter, which start requests and their redirects pass;
# Robots keeps what it read, lets nobody pass who waits, and takes no answer for a no.
UNUSED_MIDDLEWARES = (
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
    "scrapy.downloadermiddlewares.retry.RetryMiddleware",
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware",
)


class Refused(IgnoreRequest):
    """An address that we do not ask, or a service that does not want us now."""

    def __init__(self, reason: str, *, later: bool = False, closed: bool = False) -> None:
        super().__init__(reason)
        self.why = Why(reason, later, closed)


class Why(NamedTuple):
    """Why a request failed; ``later``: ask another time, ``closed``: not again in this run."""

    reason: str
    later: bool = False
    closed: bool = False


def settings(manners: Manners) -> dict[str, Any]:
    """Scrapy's settings, hardened; every spider runs under them."""
    return {
        "MANNERS": manners,
        "USER_AGENT": manners.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "application/atom+xml, application/xml;q=0.9, */*;q=0.5"
        },
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # a proxy would resolve names behind our guard
        "METAREFRESH_ENABLED": False,
        "EXTENSIONS": dict.fromkeys(UNUSED_EXTENSIONS),
        "REFERRER_POLICY": "no-referrer",
        "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": 16 * MIB,
        "DOWNLOAD_WARNSIZE": 4 * MIB,
        "DOWNLOAD_TIMEOUT": 30,
        "DNS_TIMEOUT": 10,
        "DNS_RESOLVER": "crawler.middlewares.PublicOnly",
        "TWISTED_DNS_RESOLVER": "crawler.middlewares.PublicOnly",
        "REDIRECT_MAX_TIMES": 5,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,  # Turn waits, for all spiders and processes together
        "RETRY_ENABLED": False,  # PatientRetry is in its place
        "DOWNLOADER_MIDDLEWARES": {
            **dict.fromkeys(UNUSED_MIDDLEWARES),
            "crawler.middlewares.AllowedHosts": 50,
            "crawler.robots.Robots": 100,
            "crawler.middlewares.PatientRetry": 550,
            "crawler.middlewares.Turn": 1000,
        },
        "LOG_ENABLED": manners.verbose,
        "LOG_INSTALL_ROOT_HANDLER": manners.verbose,
        "LOG_LEVEL": "INFO",
    }


class AllowedHosts:
    """Refuses every request, first or redirected, to a host that is not configured."""

    def __init__(self, manners: Manners) -> None:
        self.hosts = manners.hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AllowedHosts":
        return cls(crawler.settings["MANNERS"])

    def process_request(self, request: Request) -> None:
        refusal = self.hosts.refusal(request.url)
        if refusal:
            raise Refused(f"will not ask {request.url[:100]!r}: it {refusal}")


class PatientRetry:
    """
    Asks again what may pass, as late as the service wants.

    ``Retry-After`` in seconds or as a date is honoured up to PATIENCE; a longer wish is kept for
    the next run. After a 403 nothing is asked again, and Turn lets nobody else out.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.manners: Manners = crawler.settings["MANNERS"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PatientRetry":
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
        if not isinstance(exception, PASSING_ERRORS) or _is_untrusted(exception):
            return None
        return await self._again(request, describe(exception), None, later=False)

    async def _again(
        self, request: Request, reason: str, asked: float | None, *, later: bool
    ) -> Request:
        attempt = request.meta.get("attempt", 1)
        if asked is not None:
            await pace(self.manners, request.meta.get("group", "pages")).leave_alone(asked)
        if asked is not None and asked > PATIENCE:
            raise Refused(f"{reason}; asked to be left alone for {asked:.0f} s", later=True)
        if attempt >= ATTEMPTS:
            raise Refused(f"{reason}, {attempt} times", later=later)
        wait = WAITS[attempt - 1] * uniform(0.75, 1.25) if asked is None else asked
        await asyncio.sleep(wait * self.manners.scale)
        again: Request = request.replace(dont_filter=True)
        again.meta["attempt"] = attempt + 1
        return again


class Turn:
    """
    Lets one request of a group out at a time, with the group's pause between them.

    After a 403 the whole group is left alone: asking on counts as an attack. That is looked for
    again when the turn has come, because requests wait here while another is being refused.
    """

    def __init__(self, manners: Manners) -> None:
        self.manners = manners

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Turn":
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


def _spend(manners: Manners) -> None:
    """One request more, as far as the run's budget goes."""
    if manners.most is not None and SPENT.total() >= manners.most:
        raise Refused(OVERSPENT, later=True)
    SPENT["requests"] += 1


def _refuse_closed(request: Request) -> None:
    if request.meta.get("group") in CLOSED:
        raise Refused(FORBIDDEN, closed=True)


class PublicOnly(CachingThreadedResolver):
    """Resolves names to public addresses only: the address that is checked is the one used."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicOnly":
        resolver: PublicOnly = super().from_crawler(crawler, reactor)
        resolver.local = crawler.settings["MANNERS"].hosts.local_names
        return resolver

    local: frozenset[str] = frozenset()

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802
        answer: Deferred[str] = super().getHostByName(name, timeout)
        return answer if name in self.local else answer.addCallback(_only_public, name)


def _only_public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} is {address}, which is not a public address")
    return address


def _headers(response: Response) -> dict[str, str]:
    """The headers that say when to come again."""
    names = ("retry-after", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset")
    told = {name: response.headers.get(name) for name in names}
    return {name: value.decode("latin-1") for name, value in told.items() if value}


def _words(response: Response) -> str:
    """The first words of an error page, as far as they are words."""
    text = " ".join(response.body[:200].decode("utf-8", "replace").split())
    return repr(text[:60]) if text and not text.startswith("<") else "no reason given"


def describe(exception: BaseException) -> str:
    """What went wrong on the wire, in words."""
    if isinstance(exception, DownloadTimeoutError):
        return "no whole answer in 30 s"
    if isinstance(exception, ResponseDataLossError):
        return "the answer broke off"
    if isinstance(exception, CannotResolveHostError):
        return "the name has no public address"
    if isinstance(exception, DownloadConnectionRefusedError):
        return "nobody answers there (connection refused)"
    if isinstance(exception, IgnoreRequest) and "redirections" in str(exception):
        return "redirects without end"
    if _is_untrusted(exception):
        return "its certificate is not to be trusted"
    if isinstance(exception, DownloadFailedError):
        return "the connection was closed without a whole answer"
    text = " ".join(str(exception).split())[:160]
    return f"{type(exception).__name__}: {text}" if text else type(exception).__name__


def _is_untrusted(exception: BaseException) -> bool:
    """Whether OpenSSL, or who compares the names, refused a certificate; Scrapy keeps the words."""
    text = str(exception)
    return "certificate verify failed" in text or "VerificationError" in text


def why_failed(failure: Failure) -> Why:
    """The reason of a failed request, as far as the wire tells."""
    trouble = failure.value
    if isinstance(trouble, Refused):
        return trouble.why
    if trouble is None:
        return Why("failed without a reason")
    if isinstance(trouble, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(trouble):
        return Why(TOO_LARGE)
    return Why(describe(trouble))


def crawler_settings(manners: Manners) -> Settings:
    """The settings as Scrapy wants them."""
    return Settings(settings(manners))
