"""Sends the requests of one source, each once, and yields what the source reads in responses."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

import scrapy
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python import failure as twisted

from catalog.sightings import KEY_REFUSED
from crawler.failures import request_meta, why_failed, why_wrong_clock
from crawler.items import CrawlItem, Failure, Unchanged, WebAnswer
from crawler.parsers.arxiv import NoFeed
from crawler.parsers.bodies import reason_of, value_of
from crawler.plans import WebPlan
from crawler.policy import GITHUB_HEADERS
from crawler.project import GITHUB_TOKEN, Project, github_token
from crawler.sources.base import NoAnswer, SourceContext, SourceItem, SourceRequest, SourceResponse
from crawler.sources.registry import SOURCES
from crawler.spiders.base import PlanSpider

# Where GitHub says that a repository went, whatever its name is now.
_BY_NUMBER = re.compile(r"/repositories/\d{1,12}(?:/[a-z]{1,20})?")
# One question may lead to this many further ones: pages, and READMEs of what is new.
MOST_FURTHER = 40


class SourcesSpider(PlanSpider):
    """The questions of a plan; for each answer what the source makes of it."""

    name = "sources"
    arguments = ("source",)

    def __init__(self, plan: WebPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.further = 0

    @classmethod
    def plan_of(cls, project: Project, source: str = "") -> WebPlan:
        """``source``: a name of ``sources.yaml``, such as hf_daily."""
        if source not in SOURCES:
            raise UsageError(f"say which: -a source=…, one of {', '.join(SOURCES)}")
        context = SourceContext(
            project.sources,
            project.services.services,
            project.now,
            project.folder.parent,
            pages=project.pages,
        )
        module = SOURCES[source]
        questions = [item for item in module.ask(context) if isinstance(item, SourceRequest)]
        token = github_token(project.environment)
        return WebPlan(source, tuple(questions), module.read, project.now, token)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for question in self.plan.questions:
            yield self._request(question)

    def _request(self, question: SourceRequest, url: str = "") -> scrapy.Request:
        """``url``: where to ask, if elsewhere than in the question."""
        return scrapy.Request(
            url or question.url,
            headers=self._headers(question),
            callback=self.answered,
            errback=self.failed,
            cb_kwargs={"question": question},
            meta=request_meta(question.group, interface=question.interface)
            | ({"detail": question.detail} if question.detail else {}),
            dont_filter=True,
        )

    def _headers(self, question: SourceRequest) -> dict[str, str]:
        headers = {"Accept": question.accept}
        if question.signed:
            token = self.plan.token.reveal()
            headers |= GITHUB_HEADERS | ({"Authorization": f"Bearer {token}"} if token else {})
        if question.etag:
            headers["If-None-Match"] = question.etag
        if question.modified:
            headers["If-Modified-Since"] = question.modified
        return headers

    def answered(
        self, response: Response, question: SourceRequest
    ) -> Iterator[CrawlItem | scrapy.Request]:
        if wrong := why_wrong_clock(response, self.plan.now):
            # By a clock that is ahead everything is too old to be news, and would be forgotten.
            yield self._trouble(question, wrong)
            return
        if response.status == 304:
            yield Unchanged(self.plan.source, question.part)
            return
        if response.status != 200:
            lasting = 400 <= response.status < 500
            reason = f"answered with HTTP {response.status}{_said(response)}"
            if response.status == 401 and question.signed and self.plan.token:
                reason = f"{KEY_REFUSED} ({reason}): renew {GITHUB_TOKEN}, or unset it"
            yield self._trouble(question, reason, lasting=lasting)
            return
        kind = _header(response, "Content-Type") or ""
        answer = SourceResponse(question, response.body, kind, response.url, self.plan.now)
        try:
            yield from self._told(question, self.plan.read(answer), response)
        except (NoAnswer, NoFeed) as trouble:
            yield self._trouble(question, str(trouble))
        except Exception as bug:
            what = f"{type(bug).__name__}: {' '.join(str(bug).split())[:200]}"
            yield self._trouble(question, f"cannot be read, by a mistake of ours ({what})")

    def _told(
        self, question: SourceRequest, told: Iterable[SourceItem], response: Response
    ) -> Iterator[CrawlItem | scrapy.Request]:
        for item in told:
            if isinstance(item, Failure):
                yield item
            elif isinstance(item, WebAnswer):
                first = question.page == 0
                yield replace(
                    item,
                    etag=_header(response, "ETag") if first else None,
                    modified=_header(response, "Last-Modified") if first else None,
                )
            elif self.further < MOST_FURTHER:
                self.further += 1
                yield self._request(item)
            else:
                reason = f"more than {MOST_FURTHER} further requests; left for the next run"
                yield self._trouble(item, reason, later=True)

    def failed(self, failure: twisted.Failure) -> Iterator[CrawlItem | scrapy.Request]:
        why = why_failed(failure)
        request = failure.request  # type: ignore[attr-defined]
        question = request.cb_kwargs["question"]
        base, is_repository, _ = question.url.partition("/repos/")
        place = _moved_to(failure.value) if is_repository else ""
        if place and place not in request.url:
            yield self._request(question, base + place)
            return
        yield self._trouble(question, why.reason, later=why.later, closed=why.closed)

    def _trouble(
        self,
        question: SourceRequest,
        reason: str,
        *,
        later: bool = False,
        closed: bool = False,
        lasting: bool = False,
    ) -> Failure:
        told = question.detail, question.about, lasting
        return Failure(self.plan.source, question.part, reason, later, closed, *told)


def _moved_to(trouble: BaseException | None) -> str:
    """Where a renamed repository is, as the body of GitHub's redirection says; empty if nowhere."""
    told = value_of(trouble.response.body) if isinstance(trouble, HttpError) else None
    url = told.get("url") if isinstance(told, dict) else None
    match = _BY_NUMBER.search(url) if isinstance(url, str) else None
    return match[0] if match else ""


def _said(response: Response) -> str:
    """What a refusal in JSON says of itself, in brackets."""
    reason = reason_of(value_of(response.body))
    return f" ({reason})" if reason else ""


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
