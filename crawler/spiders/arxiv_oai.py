"""
Everything that changed since a day, from arXiv's OAI-PMH: for long gaps, and for the past.

One set for each category, page by page. The query API lists what was submitted in a window; OAI-PMH
lists what was announced, cross-listed or replaced, so that after a week without a run the store is
the same as with daily runs. Tokens expire at midnight UTC: a list cut there starts again.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import scrapy
from scrapy.http import Response
from twisted.python import failure as twisted

from catalog.sightings import AnnounceType, Found, Sighting
from crawler.calendar import expected_day, is_announcement_day
from crawler.failures import request_meta, why_failed, why_wrong_clock
from crawler.items import CrawlItem, Failure, PapersAnswer
from crawler.parsers.arxiv import NoFeed
from crawler.parsers.oai import NO_RECORDS, Record, Records, read_records
from crawler.plans import OaiPlan
from crawler.project import Project
from crawler.spiders.base import PlanSpider, categories_of, day_of, words_of_trouble

NAME = "arxiv_oai"
GROUP = "arxiv"
# Archives whose sets stand below the one of physics; every other archive is a group of its own.
PHYSICS = frozenset(
    [
        "astro-ph",
        "cond-mat",
        "gr-qc",
        "hep-ex",
        "hep-lat",
        "hep-ph",
        "hep-th",
        "math-ph",
        "nlin",
        "nucl-ex",
        "nucl-th",
        "physics",
        "quant-ph",
    ]
)
# Moderation holds a paper for days at most. A single version whose record is younger than that
# was announced on the day of the record; an older one was changed in some other way.
HELD = timedelta(days=10)
# How often a list may begin anew after its token died.
RESTARTS = 1


def set_of(category: str) -> str:
    """The set that holds a category, or a whole archive: ``cs:cs:CL``, ``physics:hep-th``."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in PHYSICS else archive
    if not subject:
        return group if group == archive else f"{group}:{archive}"
    return f"{group}:{archive}:{subject}"


class ArxivOaiSpider(PlanSpider):
    """The records of some sets; an answer for each page, under the category of the request."""

    name = NAME
    arguments = ("categories", "since", "until")

    def __init__(self, plan: OaiPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    @classmethod
    def plan_of(
        cls, project: Project, since: str = "", until: str = "", categories: str = ""
    ) -> OaiPlan:
        """``since`` and ``until``: days like 2024-11-11; ``categories``: else the configured."""
        return OaiPlan(
            project.services.services["arxiv_oai"],
            categories_of(project, categories),
            day_of(since, "since"),
            project.days_off,
            project.now,
            until=day_of(until, "until") if until else None,
        )

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for category in self.plan.categories:
            yield self._begin(category, RESTARTS)

    def _begin(self, category: str, restarts: int) -> scrapy.Request:
        plan = self.plan
        query = {
            "verb": "ListRecords",
            "metadataPrefix": "arXivRaw",
            "set": set_of(category),
            "from": plan.since.isoformat(),
        }
        until = {"until": plan.until.isoformat()} if plan.until else {}
        return self._ask(query | until, category, restarts)

    def _ask(self, query: dict[str, str], category: str, restarts: int) -> scrapy.Request:
        return scrapy.Request(
            f"{self.plan.base}/oai?{urlencode(query)}",
            callback=self.read,
            errback=self.failed,
            cb_kwargs={"category": category, "restarts": restarts},
            meta=request_meta(GROUP, interface=True),
            dont_filter=True,
        )

    def read(
        self, response: Response, category: str, restarts: int
    ) -> Iterator[CrawlItem | scrapy.Request]:
        try:
            page = read_records(response.body)
        except NoFeed as trouble:
            yield Failure(NAME, category, words_of_trouble(response, trouble))
            return
        if wrong := why_wrong_clock(response, self.plan.now):
            yield Failure(NAME, category, wrong)
        elif response.status != 200:
            yield Failure(NAME, category, f"answered with HTTP {response.status}")
        elif page.error == "badResumptionToken" and restarts:
            yield self._begin(category, restarts - 1)
        elif page.error and page.error != NO_RECORDS:
            yield Failure(NAME, category, f"refused: {page.error} ({page.message})")
        else:
            yield self._answer(page, category)
            if page.token:
                query = {"verb": "ListRecords", "resumptionToken": page.token}
                yield self._ask(query, category, restarts)

    def _answer(self, page: Records, category: str) -> PapersAnswer:
        found = tuple(found_of(record, self.plan) for record in page.records)
        ids = tuple(item.sighting.raw_link for item in found)
        return PapersAnswer(NAME, category, found, ids, odd=page.odd)

    def failed(self, failure: twisted.Failure) -> Iterator[Failure]:
        why = why_failed(failure)
        part = failure.request.cb_kwargs["category"]  # type: ignore[attr-defined]
        yield Failure(NAME, part, why.reason, why.later, why.closed)


def found_of(record: Record, plan: OaiPlan) -> Found:
    """
    A record as the feeds would have shown it.

    New: first announced on the plan's first day or later. Otherwise something of it changed: it was
    replaced, or, where its last version is older than that, most likely cross-listed.
    """
    paper, first = record.paper, first_day(record, plan)
    kind: AnnounceType
    if first >= (plan.first or plan.since):
        kind, version, day = "new", 1, first
    else:
        version, day = paper.version, record.stamp
        kind = "replace" if _is_replaced(record, plan) else "cross"
    link = f"{paper.arxiv_id}v{paper.version}"
    sighting = Sighting(NAME, paper.key, plan.now, kind, version, day, link)
    return Found(replace(paper, announced=None if kind == "replace" else day), sighting)


def _is_replaced(record: Record, plan: OaiPlan) -> bool:
    since = plan.first or plan.since
    return len(record.versions) > 1 and expected_day(record.versions[-1], plan.days_off) >= since


def first_day(record: Record, plan: OaiPlan) -> date:
    """The day a paper was first announced, as well as its record tells."""
    if not record.versions:
        return record.stamp
    usual = expected_day(record.versions[0], plan.days_off)
    held = (
        len(record.versions) == 1
        and usual < record.stamp <= usual + HELD
        and is_announcement_day(record.stamp, plan.days_off)
    )
    return record.stamp if held else usual
