"""
Missed announcement days, and single papers, from arXiv's query API.

A window of submission times, oldest first, page by page. A window with more papers than the API
returns is halved until it fits. An empty page that should hold papers is requested once more: the
API is sometimes falsely empty. A whole window without a paper is believed once the API names the
newest paper before it: small categories have such weeks.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import scrapy
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python import failure as twisted

from catalog.paper import Paper, paper_key
from catalog.sightings import Found, Sighting
from crawler.calendar import announcement_days, expected_day, window
from crawler.failures import request_meta, why_failed, why_wrong_clock
from crawler.items import CrawlItem, Failure, PapersAnswer
from crawler.parsers.arxiv import NoFeed, Page, read_page
from crawler.parsers.bodies import reason_of, value_of
from crawler.plans import ApiPlan, IdsPlan
from crawler.policy import ATTEMPTS, REFUSED_ALONE
from crawler.project import Project
from crawler.spiders.base import PlanSpider, categories_of, day_of, words

NAME = "arxiv_api"
GROUP = "arxiv"
# Submission times are known to the minute; a slice of one cannot be cut further.
MINUTE = timedelta(minutes=1)
# How far back the newest paper before an empty window is looked for.
NEWEST_WITHIN = timedelta(days=5 * 365)
# Ids in one address: 100 make about 1.2 kB.
IDS_AT_ONCE = 100


# Refused lists of ids: before the first answer (then it is arXiv that refuses), and in all.
MAX_UNANSWERED, MAX_REFUSALS = 8, 20
# Attempts for a part of a list that was refused; a paper alone gets a second chance.
PART_ATTEMPTS, ALONE_ATTEMPTS = 1, 2

Times = tuple[datetime, datetime]


class _ApiSpider(PlanSpider):
    """What both spiders share: how a page is requested and what may be wrong with it."""

    def ask(
        self,
        base: str,
        query: dict[str, Any],
        read: Callable[..., Iterator[CrawlItem | scrapy.Request]] | None = None,
        **told: Any,
    ) -> scrapy.Request:
        return scrapy.Request(
            f"{base}/api/query?{urlencode(query)}",
            callback=read or self.read,
            errback=self.failed,
            cb_kwargs=told,
            meta=request_meta(GROUP, interface=True),
            dont_filter=True,
        )

    def page(self, response: Response) -> Page | Failure:
        """The page, or the reason why there is none."""
        try:
            page = read_page(response.body, response.url)
        except NoFeed as trouble:
            reason = reason_of(value_of(response.body)) or trouble
            return Failure(NAME, self.part, f"HTTP {response.status}: {reason}")
        if response.status != 200:
            return Failure(NAME, self.part, f"answered with HTTP {response.status}")
        return page

    def failed(self, failure: twisted.Failure) -> Iterator[CrawlItem | scrapy.Request]:
        why = why_failed(failure)
        yield Failure(NAME, self.part, why.reason, why.later, why.closed)

    # What each spider does with a response.
    read: Callable[..., Iterator[CrawlItem | scrapy.Request]]
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
        query = self._query(times) | {"start": start}
        return self.ask(self.plan.base, query, times=times, start=start, again=again)

    def _query(self, times: Times) -> dict[str, Any]:
        plan, (first, last) = self.plan, times
        categories = " OR ".join(f"cat:{category}" for category in plan.categories)
        return {
            # The service groups from the right: parentheses round everything.
            "search_query": f"({categories}) AND submittedDate:"
            f"[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]",
            "start": 0,
            "max_results": plan.page,
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }

    def read(
        self, response: Response, *, times: Times, start: int, again: bool
    ) -> Iterator[CrawlItem | scrapy.Request]:
        page = self.page(response)
        if wrong := why_wrong_clock(response, self.plan.now):
            page = Failure(NAME, self.part, wrong)
        if isinstance(page, Failure):
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
        if not page.total and times == (self.plan.start, self.plan.end):
            yield self._newest()
            return
        yield self._answer(page, self._why_short(page, got, start))
        if not short and got < min(page.total, self.plan.deepest):
            yield self._next(times, got, again=True)

    def _newest(self) -> scrapy.Request:
        """Ask for the newest paper up to the window's end: a page with a paper is no false one."""
        times = (self.plan.start - NEWEST_WITHIN, self.plan.end)
        query = self._query(times) | {"max_results": 1, "sortOrder": "descending"}
        return self.ask(self.plan.base, query, self.read_newest)

    def read_newest(self, response: Response) -> Iterator[CrawlItem]:
        page = self.page(response)
        if isinstance(page, Failure):
            yield page
            return
        days = [paper.published for paper in page.papers if paper.published]
        if days and days[0] < self.plan.start:
            yield PapersAnswer(NAME, self.part, total=0, newest=days[0].date())
            return
        but = f", but knows a paper of {days[0]:%-d %b %Y}" if days else ""
        reason = f"says that nothing was submitted at all, twice{but}"
        yield PapersAnswer(NAME, self.part, broken=reason, odd=page.odd, total=0)

    def _why_short(self, page: Page, got: int, start: int) -> str | None:
        # A slice of a window may be empty.
        if got < min(page.total, start + self.plan.page):
            return f"stopped after {got} of {page.total} papers, twice"
        if page.total > self.plan.deepest:
            return (
                f"has {page.total} papers in a minute; more than {self.plan.deepest} cannot be had"
            )
        return None

    def _answer(self, page: Page, trouble: str | None) -> PapersAnswer:
        found = tuple(
            _found(paper, paper.published, self.plan) for paper in page.papers if paper.published
        )
        ids = tuple(item.sighting.raw_link for item in found)
        return PapersAnswer(
            NAME, self.part, found, ids, broken=trouble, odd=page.odd, total=page.total
        )


class ArxivPapersSpider(_ApiSpider):
    """
    Single papers by their ids; one that arXiv does not know is simply not in the answer.

    A list that arXiv lastingly refuses, or answers with something else, is asked for in halves
    until the paper that it is about is alone: a failure under the paper's key. Where no list is
    answered at all, it is arXiv that fails.
    """

    name = "arxiv_papers"
    arguments = ("ids",)

    def __init__(self, plan: IdsPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.open = 0
        self.is_answered = False
        self.refusals: list[Failure] = []
        self.alone: list[tuple[str, str]] = []
        self.trouble: Failure | None = None

    @classmethod
    def plan_of(cls, project: Project, ids: str = "") -> IdsPlan:
        """``ids``: arXiv ids, separated by commas."""
        base = project.services.services["arxiv_api"]
        return IdsPlan(base, words(ids, "ids"), project.now)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        ids = self.plan.ids
        lists = [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
        for some in [*lists, *((name,) for name in self.plan.alone)]:
            yield self._request(some)

    def _request(self, ids: Sequence[str], attempts: int = ATTEMPTS) -> scrapy.Request:
        self.open += 1
        query = {"id_list": ",".join(ids), "max_results": len(ids)}
        request = self.ask(self.plan.base, query, ids=tuple(ids))
        request.meta["attempts"] = attempts
        return request

    def read(
        self, response: Response, ids: tuple[str, ...]
    ) -> Iterator[CrawlItem | scrapy.Request]:
        page = self.page(response)
        asked = set(ids)
        if isinstance(page, Page):
            papers = [paper for paper in page.papers if paper.arxiv_id in asked]
            if papers or not (page.papers or page.odd or page.total):
                self.is_answered = True
                found = tuple(_mention(paper, self.plan.now) for paper in papers)
                yield PapersAnswer(
                    NAME, self.part, found, tuple(item.sighting.raw_link for item in found)
                )
                yield from self._end()
                return
            page = Failure(NAME, self.part, _strange(page))
        yield from self._refused(ids, page, lasting=response.status not in {401, 403, 429})

    def failed(self, failure: twisted.Failure) -> Iterator[CrawlItem | scrapy.Request]:
        why = why_failed(failure)
        ids = failure.request.cb_kwargs["ids"]  # type: ignore[attr-defined]
        trouble = Failure(NAME, self.part, why.reason, why.later, why.closed)
        yield from self._refused(ids, trouble, lasting=why.lasting)

    def _refused(
        self, ids: tuple[str, ...], trouble: Failure, *, lasting: bool
    ) -> Iterator[CrawlItem | scrapy.Request]:
        """Ask for a list in halves, or note what cannot be had."""
        self.refusals.append(trouble)
        most = MAX_REFUSALS if self.is_answered else MAX_UNANSWERED
        if not lasting or len(self.refusals) > most:
            self.trouble = self.trouble or trouble
        elif len(ids) == 1:
            self.alone.append((ids[0], trouble.reason))
        else:
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                yield self._request(half, PART_ATTEMPTS if len(half) > 1 else ALONE_ATTEMPTS)
        yield from self._end()

    def _end(self) -> Iterator[Failure]:
        """After the last answer: what was refused, and whether all of it was."""
        self.open -= 1
        if self.open:
            return
        if not self.is_answered and not self.trouble and self.alone:
            self.trouble = self.refusals[0]
        if self.trouble:
            yield self.trouble
        for name, reason in self.alone if self.is_answered else ():
            yield Failure(NAME, paper_key(name), f"{REFUSED_ALONE} ({reason})", lasting=True)


def _strange(page: Page) -> str:
    """Why a page is no answer about single papers."""
    if page.papers:
        return f"answered about other papers ({page.papers[0].arxiv_id} …)"
    return f"says there are {page.total} papers, and shows none that can be read"


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
