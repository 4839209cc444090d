"""
Citation counts from OpenAlex, by the DOI that arXiv gives each paper, up to 50 a request.

The second source, for papers that Semantic Scholar doesn't have. Its counts of preprints are far
lower, so they are never mixed with others, and shown as OpenAlex's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from catalog.paper import Fact, Miss, Paper
from config.secret import Secret
from pipelines.enrich.citations import judged
from pipelines.enrich.client import Client, RequestFailed, error_of, value_of

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

    async def counts(self, papers: Sequence[Paper], now: datetime) -> list[Fact | Miss]:
        """A fact or a miss for each of up to 50 papers; RequestFailed if there's no answer."""
        dois = "|".join(f"{DOI}{paper.arxiv_id.lower()}" for paper in papers)
        query = {"filter": f"doi:{dois}", "select": FIELDS, "per_page": str(PER_PAGE)}
        if self.key:
            query["api_key"] = self.key.reveal()
        answer = await self.client.ask("GET", f"{self.base}/works", urlencode(query), {}, None)
        if answer.status in {401, 403} and self.key:
            self.refused, self.key = f"HTTP {answer.status}", Secret("")
            return await self.counts(papers, now)
        data = value_of(answer.body)
        results = data.get("results") if isinstance(data, dict) else None
        if answer.status != 200 or not isinstance(results, list):
            raise RequestFailed(f"HTTP {answer.status}: {error_of(data)}", status=answer.status)
        return list(match(papers, results, now))


def match(papers: Sequence[Paper], results: list[Any], now: datetime) -> Iterator[Fact | Miss]:
    """A fact or a miss for each paper, matched by DOI, whatever else the answer holds."""
    works = [work for work in results if isinstance(work, dict)]
    by_doi = {str(work.get("doi")).lower().partition("doi.org/")[2]: work for work in works}
    for paper in papers:
        work = by_doi.get(f"{DOI}{paper.arxiv_id.lower()}")
        if work is None:
            yield Miss(paper.key, "citations", SOURCE, "not-found", now)
            continue
        page = _WORK.fullmatch(str(work.get("id")))
        yield judged(
            paper,
            work.get("title"),
            work.get("publication_year"),
            work.get("cited_by_count"),
            source=SOURCE,
            url=page[0] if page else None,
            now=now,
        )
