"""
Citation counts from OpenAlex, by the DOI that arXiv gives each paper, up to 50 a request.

The second source, for papers that Semantic Scholar doesn't have. Its counts of preprints are far
lower, so they are never mixed with others, and shown as OpenAlex's. It leaves out works that it
does not know: an answer must be about works that were asked for, and as many as it says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from catalog.facts import Fact, Miss
from catalog.paper import Paper
from config.secret import Secret
from crawler.parsers.bodies import error_of, shape_of, value_of
from crawler.policy import API_ATTEMPTS
from pipelines.enrich.citations import judged
from pipelines.enrich.client import Client, not_understood, refused

SOURCE = "openalex"
# Values in one filter: 100 by newer pages of theirs, 50 by older ones.
IDS_PER_REQUEST = 50
PER_PAGE = 100
FIELDS = "id,doi,title,publication_year,cited_by_count"
DOI = "10.48550/arxiv."
# A DOI of arXiv can be missing for days after the announcement.
NOT_BEFORE = timedelta(days=14)
_WORK = re.compile(r"https://openalex\.org/(W[1-9]\d{0,14})")


@dataclass(slots=True)
class OpenAlex:
    """
    The service: its base address, the client to ask it with, and a key if there is one.

    The service wants the key in the address, so addresses must never be logged or reported.
    """

    base: str
    client: Client
    key: Secret
    refused: str = field(default="", init=False)
    source: str = field(default=SOURCE, init=False)

    async def counts(
        self, papers: Sequence[Paper], now: datetime, attempts: int = API_ATTEMPTS
    ) -> list[Fact | Miss]:
        """A fact or a miss for each of up to 50 papers; RequestFailed if there's no answer."""
        dois = "|".join(map(_doi, papers))
        query = {"filter": f"doi:{dois}", "select": FIELDS, "per_page": str(PER_PAGE)}
        if self.key:
            query["api_key"] = self.key.reveal()
        answer = await self.client.ask(
            "GET", f"{self.base}/works", urlencode(query), {}, None, attempts
        )
        if answer.status in {401, 403} and self.key:
            self.refused, self.key = f"HTTP {answer.status}", Secret("")
            return await self.counts(papers, now, attempts)
        if answer.status != 200:
            raise refused(answer)
        return list(match(papers, works_in(value_of(answer.body), papers), now))


def works_in(data: object, papers: Sequence[Paper]) -> dict[str, list[dict[str, Any]]]:
    """The works of an answer by their DOI; RequestFailed for one that isn't about these papers."""
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(results, list):
        raise not_understood(error_of(data))
    meta = data.get("meta")
    number = meta.get("count") if isinstance(meta, dict) else None
    if number is not None and number != len(results):
        raise not_understood(f"{len(results)} works, of which it counts {str(number)[:20]}")
    works: dict[str, list[dict[str, Any]]] = {_doi(paper): [] for paper in papers}
    for work in results:
        doi = work.get("doi") if isinstance(work, dict) else None
        name = doi.lower().partition("doi.org/")[2] if isinstance(doi, str) else ""
        if not isinstance(work, dict) or name not in works:
            raise not_understood(f"{shape_of(results)}, about works that were not asked for")
        works[name].append(work)
    return works


def _doi(paper: Paper) -> str:
    return f"{DOI}{paper.arxiv_id.lower()}"


def match(
    papers: Sequence[Paper], works: Mapping[str, Sequence[dict[str, Any]]], now: datetime
) -> Iterator[Fact | Miss]:
    """A fact or a miss for each paper; of a DOI with several works none is believed."""
    for paper in papers:
        found = works.get(_doi(paper), ())
        if not found:
            yield Miss(paper.key, "citations", SOURCE, "not-found", now)
        elif len(found) > 1:
            detail = f"{len(found)} works have its DOI"
            yield Miss(paper.key, "citations", SOURCE, "not-understood", now, detail)
        else:
            yield _judged(paper, found[0], now)


def _judged(paper: Paper, work: dict[str, Any], now: datetime) -> Fact | Miss:
    page = work.get("id")
    return judged(
        paper,
        work.get("title"),
        work.get("publication_year"),
        work.get("cited_by_count"),
        source=SOURCE,
        url=page if isinstance(page, str) and _WORK.fullmatch(page) else None,
        now=now,
    )
