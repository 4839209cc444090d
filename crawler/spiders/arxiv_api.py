"""
Missed announcement days, and single papers, from arXiv's query API.

A window of submission times, oldest first, page by page. A window with more papers than the API
returns is halved until it fits. An empty page that should hold papers is requested once more: the
API is sometimes falsely empty.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import scrapy
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from catalog.paper import Found, Paper, Sighting
from crawler.calendar import announcement_days, expected_day, window
from crawler.failures import request_meta, why_ahead, why_failed
from crawler.items import Batch
from crawler.parsers.arxiv import NoFeed, Page, read_page
from crawler.plans import ApiPlan, IdsPlan
from crawler.project import Project
from crawler.spiders.base import PlanSpider, categories_of, day_of, words

NAME = "arxiv_api"
GROUP = "arxiv"
# Submission times are known to the minute; a slice of one cannot be cut further.
MINUTE = timedelta(minutes=1)
# Ids in one address: 100 make about 1.2 kB.
IDS_AT_ONCE = 100


Times = tuple[datetime, datetime]


class _ApiSpider(PlanSpider):
    """What both spiders share: how a page is requested and what may be wrong with it."""

    def ask(self, base: str, query: dict[str, Any], **arguments: Any) -> scrapy.Request:
        return scrapy.Request(
            f"{base}/api/query?{urlencode(query)}",
            callback=self.read,
            errback=self.failed,
            cb_kwargs=arguments,
            meta=request_meta(GROUP, interface=True),
            dont_filter=True,
        )

    def page(self, response: Response) -> Page | Batch:
        """The page, or a Batch that says why it is none."""
        try:
            page = read_page(response.body, response.url)
        except NoFeed as trouble:
            return Batch(NAME, self.part, trouble=f"HTTP {response.status}: {trouble}")
        if response.status != 200:
            return Batch(NAME, self.part, trouble=f"answered with HTTP {response.status}")
        return page

    def failed(self, failure: Failure) -> Iterator[Batch]:
        why = why_failed(failure)
        yield Batch(NAME, self.part, trouble=why.reason, later=why.later, closed=why.closed)

    # What each spider does with a response.
    read: Callable[..., Iterator[Batch | scrapy.Request]]
    part = "papers"


class ArxivWindowSpider(_ApiSpider):
    """Every paper of some categories that was submitted within a window."""

    name = NAME
    arguments = ("categories", "since", "until")

    def __init__(self, plan: ApiPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.part = f"{plan.start:%Y-%m-%d} to {plan.end:%Y-%m-%d}"

    @classmethod
    def plan_of(
        cls, project: Project, since: str = "", until: str = "", categories: str = ""
    ) -> ApiPlan:
        """``since``, ``until``: announcement days, 2024-11-11; ``categories``: else configured."""
        first = day_of(since, "since")
        days = announcement_days(
            first, day_of(until, "until") if until else first, project.days_off
        )
        if not days:
            raise UsageError(f"arXiv announced nothing from {since} to {until or since}")
        start, end = window(days, 0)
        return ApiPlan(
            project.services.services["arxiv_api"],
            categories_of(project, categories),
            start,
            end,
            project.days_off,
            project.now,
        )

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield self._next((self.plan.start, self.plan.end), 0, again=True)

    def _next(self, times: Times, start: int, *, again: bool) -> scrapy.Request:
        plan, (first, last) = self.plan, times
        categories = " OR ".join(f"cat:{category}" for category in plan.categories)
        query = {
            # The service groups from the right: parentheses round everything.
            "search_query": f"({categories}) AND submittedDate:"
            f"[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]",
            "start": start,
            "max_results": plan.page,
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }
        return self.ask(plan.base, query, times=times, start=start, again=again)

    def read(
        self, response: Response, *, times: Times, start: int, again: bool
    ) -> Iterator[Batch | scrapy.Request]:
        page = self.page(response)
        if ahead := why_ahead(response, self.plan.now):
            page = Batch(NAME, self.part, trouble=ahead)
        if isinstance(page, Batch):
            yield page
            return
        if page.total > self.plan.deepest and (halves := _halves(*times)):
            for half in halves:
                yield self._next(half, 0, again=True)
            return
        got = start + len(page.papers) + len(page.odd)
        short = got < min(page.total, start + self.plan.page) or not page.total
        if short and again:
            yield self._next(times, start, again=False)
            return
        yield self._batch(page, self._why_short(page, got, start, times))
        if not short and got < min(page.total, self.plan.deepest):
            yield self._next(times, got, again=True)

    def _why_short(self, page: Page, got: int, start: int, times: Times) -> str | None:
        if not page.total:
            # A slice of a window may be empty, a whole window is not.
            full = times == (self.plan.start, self.plan.end)
            return "says that nothing was submitted at all, twice" if full else None
        if got < min(page.total, start + self.plan.page):
            return f"stopped after {got} of {page.total} papers, twice"
        if page.total > self.plan.deepest:
            return (
                f"has {page.total} papers in a minute; more than {self.plan.deepest} cannot be had"
            )
        return None

    def _batch(self, page: Page, trouble: str | None) -> Batch:
        papers = tuple(
            _found(paper, paper.published, self.plan) for paper in page.papers if paper.published
        )
        ids = tuple(item.sighting.raw_link for item in papers)
        return Batch(NAME, self.part, papers, ids, trouble=trouble, total=page.total, odd=page.odd)


class ArxivPapersSpider(_ApiSpider):
    """Single papers by their ids; one that arXiv does not know is simply not in the answer."""

    name = "arxiv_papers"
    arguments = ("ids",)

    def __init__(self, plan: IdsPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    @classmethod
    def plan_of(cls, project: Project, ids: str = "") -> IdsPlan:
        """``ids``: arXiv ids, separated by commas."""
        base = project.services.services["arxiv_api"]
        return IdsPlan(base, words(ids, "ids"), project.now)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for start in range(0, len(self.plan.ids), IDS_AT_ONCE):
            ids = self.plan.ids[start : start + IDS_AT_ONCE]
            yield self.ask(self.plan.base, {"id_list": ",".join(ids), "max_results": len(ids)})

    def read(self, response: Response, **arguments: Any) -> Iterator[Batch | scrapy.Request]:
        page = self.page(response)
        if isinstance(page, Batch):
            yield page
            return
        papers = tuple(_mention(paper, self.plan.now) for paper in page.papers)
        yield Batch(NAME, self.part, papers, tuple(item.sighting.raw_link for item in papers))


def _halves(first: datetime, last: datetime) -> list[Times]:
    """Two slices that hold every minute of one, both ends included; none if it is but one."""
    minutes = int((last - first) / MINUTE)
    if minutes < 1:
        return []
    middle = first + MINUTE * (minutes // 2)
    return [(first, middle), (middle + MINUTE, last)]


def _found(paper: Paper, published: datetime, plan: ApiPlan) -> Found:
    """A paper of the window: version 1 was announced then, whatever version stands now."""
    day = expected_day(published, plan.days_off)
    link = f"{paper.arxiv_id}v{paper.version}"
    sighting = Sighting(NAME, paper.key, plan.now, "new", 1, day, link)
    return Found(replace(paper, announced=day), sighting)


def _mention(paper: Paper, now: datetime) -> Found:
    link = f"{paper.arxiv_id}v{paper.version}"
    return Found(paper, Sighting(NAME, paper.key, now, "mention", paper.version, None, link))
