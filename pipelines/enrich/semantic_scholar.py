"""
Citation counts from Semantic Scholar, up to 500 papers a request, through its Python package.

The package turns several failures into an empty answer and leaves out unknown papers. So our own
requester takes the place of its own and raises on failure, and answers are matched by arXiv id,
never by position.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from semanticscholar import AsyncSemanticScholar
from semanticscholar.ApiRequester import ApiRequester

from catalog.paper import Fact, Miss, Paper
from config.secret import Secret
from pipelines.enrich.citations import judged
from pipelines.enrich.client import Client, RequestFailed, error_of, value_of
from pipelines.enrich.scholar_venue import venues

SOURCE = "semanticscholar"
IDS_PER_REQUEST = 500
FIELDS = ["title", "externalIds", "citationCount", "url", "year", "venue", "publicationVenue"]
# A request refused as bad or too large is repeated in halves: one refused paper must not cost the
# others their counts for a year.
REFUSED = frozenset({400, 413})
REFUSALS = 40
# At DEBUG the package logs the key in clear; its warnings repeat our misses.
logging.getLogger("semanticscholar").setLevel(logging.ERROR)


@dataclass(slots=True)
class Scholar:
    """
    The service: its base address, the client to ask it with, and a key if there is one.

    ``refused`` is how the key was refused, if it was; it isn't sent again then. ``venues`` collects
    the venues that the answers contain.
    """

    base: str
    client: Client
    key: Secret
    refused: str = field(default="", init=False)
    venues: list[Fact | Miss] = field(default_factory=list, init=False)

    async def counts(self, papers: Sequence[Paper], now: datetime) -> list[Fact | Miss]:
        """A fact or a miss for each of up to 500 papers; RequestFailed if there's no answer."""
        troubles: list[RequestFailed] = []
        answers = await self._counts(papers, now, troubles)
        if troubles and all(getattr(answer, "reason", "") == "refused" for answer in answers):
            raise troubles[0]
        return answers

    async def _counts(
        self, papers: Sequence[Paper], now: datetime, troubles: list[RequestFailed]
    ) -> list[Fact | Miss]:
        try:
            answers = await self._ask([f"ARXIV:{paper.arxiv_id}" for paper in papers])
        except RequestFailed as trouble:
            if trouble.status in {401, 403} and self.key:
                # A refused key must not stop the job: the anonymous pool is slower, not closed.
                self.refused, self.key = f"HTTP {trouble.status}", Secret("")
                return await self._counts(papers, now, troubles)
            troubles.append(trouble)
            if trouble.status not in REFUSED or len(troubles) > REFUSALS:
                raise
            if len(papers) == 1:
                return [Miss(papers[0].key, "citations", SOURCE, "refused", now, trouble.reason)]
            half = len(papers) // 2
            first = await self._counts(papers[:half], now, troubles)
            return first + await self._counts(papers[half:], now, troubles)
        matched = list(match(papers, answers, now))
        self.venues += venues(matched, answers, now)
        return matched

    async def _ask(self, ids: list[str]) -> list[dict[str, Any]]:
        # The package configures the root logger unless somebody has.
        logging.getLogger().addHandler(logging.NullHandler())
        service = AsyncSemanticScholar(
            api_url=self.base, api_key=self.key.reveal() or None, retry=False
        )
        service._requester = _Honest(self.client)
        return [dict(paper.raw_data) for paper in await service.get_papers(ids, fields=FIELDS)]


class _Honest(ApiRequester):  # type: ignore[misc]
    """Asks through our client; raises RequestFailed where the package would return nothing."""

    def __init__(self, client: Client) -> None:
        super().__init__(timeout=30, retry=False)
        self._client = client

    async def get_data_async(
        self, url: str, parameters: str, headers: dict[str, str], payload: Any = None
    ) -> list[dict[str, Any] | None]:
        answer = await self._client.ask("POST", url, parameters.lstrip("&"), headers, payload)
        data = value_of(answer.body)
        if answer.status == 400 and error_of(data) == "No valid paper ids given":
            return [None] * len(payload["ids"])
        if answer.status in {401, 403}:
            key = "the API key was refused" if headers else "refused without a key"
            raise RequestFailed(f"HTTP {answer.status}: {key}", status=answer.status)
        if answer.status != 200:
            raise RequestFailed(f"HTTP {answer.status}: {error_of(data)}", status=answer.status)
        if not isinstance(data, list):
            raise RequestFailed(f"HTTP 200, but {error_of(data)}")
        if not data:
            raise RequestFailed("HTTP 200 with an empty list for papers that were asked for")
        return [usable(item) for item in data]


# Fields in the types the package and we can work with; anything else is left out.
PLAIN: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "citationCount": (int, float, str),
    "url": str,
    "year": int,
    "venue": str,
}


def usable(item: object) -> dict[str, Any] | None:
    """An item in the shape the package can build a paper from; None for nulls and nonsense."""
    if not isinstance(item, dict):
        return None
    fields = {name: item[name] for name, kind in PLAIN.items() if isinstance(item.get(name), kind)}
    ids = item.get("externalIds")
    ids = ids if isinstance(ids, dict) else {}
    fields |= {"paperId": str(item.get("paperId")), "externalIds": ids}
    published = item.get("publicationVenue")
    if isinstance(published, dict):
        names = ("name", "alternate_names")
        fields["publicationVenue"] = {name: published.get(name) for name in names}
    return fields


def match(
    papers: Sequence[Paper], answers: Sequence[dict[str, Any]], now: datetime
) -> Iterator[Fact | Miss]:
    """A fact or a miss for each paper, whatever order the answers came in."""
    by_id = {str(answer["externalIds"].get("ArXiv")): answer for answer in answers}
    for paper in papers:
        answer = by_id.get(paper.arxiv_id)
        if answer is None:
            yield Miss(paper.key, "citations", SOURCE, "not-found", now)
            continue
        page = answer.get("url")
        is_theirs = isinstance(page, str) and page.startswith("https://www.semanticscholar.org/")
        yield judged(
            paper,
            answer.get("title"),
            answer.get("year"),
            answer.get("citationCount"),
            source=SOURCE,
            url=page if is_theirs else None,
            now=now,
        )
