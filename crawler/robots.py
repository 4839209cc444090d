"""
What hosts ask of programs: robots.txt by RFC 9309, read once a day a host.

Rules that cannot be read (5xx, no answer) forbid everything for now; 4xx means that there are
none. Every request waits for the rules of its host, whoever asked for them first.
"""

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.middlewares import PASSING_ERRORS, Refused, describe
from crawler.plans import Manners

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
FORBIDDEN = "its robots.txt does not allow programs to read it"


class Robots:
    """Refuses what a host's robots.txt forbids, and passes on the pause it asks for."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.manners: Manners = crawler.settings["MANNERS"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Robots":
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
            raise Refused(FORBIDDEN)
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
