"""
Citation counts from Semantic Scholar, up to 500 papers a request, through its Python package.

The package turns several failures into an empty answer and drops unknown papers from their
places; so its requester is replaced by one that tells a failure from an answer, and answers are
matched by arXiv id, never by position.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from semanticscholar import AsyncSemanticScholar
from semanticscholar.ApiRequester import ApiRequester

from catalog.paper import Fact, Miss, Paper
from config.secret import Secret
from pipelines.citations import YEARS_APART, believable, same_title
from pipelines.enrich.client import Client, Trouble

SOURCE = "semanticscholar"
BATCH = 500
FIELDS = ["title", "externalIds", "citationCount", "url", "year", "venue"]
# At DEBUG the package logs the key in clear; its warnings repeat our misses.
logging.getLogger("semanticscholar").setLevel(logging.ERROR)
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Scholar:
    """The service: its base address, the client to ask it with, and a key if there is one."""

    base: str
    client: Client
    key: Secret

    async def counts(self, papers: Sequence[Paper], now: datetime) -> list[Fact | Miss]:
        """A fact or a reasoned miss for each of up to 500 papers; Trouble if nobody answered."""
        try:
            answers = await self._ask([f"ARXIV:{paper.arxiv_id}" for paper in papers])
        except Trouble as trouble:
            if trouble.status not in {401, 403} or not self.key:
                raise
            # A refused key must not stop the job: the anonymous pool is slower, not closed.
            without = Scholar(self.base, self.client, Secret(""))
            return await without.counts(papers, now)
        return list(match(papers, answers, now))

    async def _ask(self, ids: list[str]) -> list[dict[str, Any]]:
        # The package configures the root logger unless somebody has.
        logging.getLogger().addHandler(logging.NullHandler())
        service = AsyncSemanticScholar(
            api_url=self.base, api_key=self.key.reveal() or None, retry=False
        )
        service._requester = _Honest(self.client)
        return [dict(paper.raw_data) for paper in await service.get_papers(ids, fields=FIELDS)]


class _Honest(ApiRequester):  # type: ignore[misc]
    """Asks through our client; raises Trouble where the package would say "nothing found"."""

    def __init__(self, client: Client) -> None:
        super().__init__(timeout=30, retry=False)
        self._client = client

    async def get_data_async(
        self, url: str, parameters: str, headers: dict[str, str], payload: Any = None
    ) -> list[dict[str, Any] | None]:
        answer = await self._client.ask("POST", url, parameters.lstrip("&"), headers, payload)
        data = _json(answer.body)
        if answer.status == 400 and _error(data) == "No valid paper ids given":
            return [None] * len(payload["ids"])
        if answer.status in {401, 403}:
            key = "the API key was refused" if headers else "refused without a key"
            raise Trouble(f"HTTP {answer.status}: {key}", status=answer.status)
        if answer.status != 200:
            raise Trouble(f"HTTP {answer.status}: {_error(data)}", status=answer.status)
        if not isinstance(data, list):
            raise Trouble(f"HTTP 200, but {_error(data)}")
        if not data:
            raise Trouble("HTTP 200 with an empty list for papers that were asked for")
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
    kept = {name: item[name] for name, kind in PLAIN.items() if isinstance(item.get(name), kind)}
    ids = item.get("externalIds")
    ids = ids if isinstance(ids, dict) else {}
    return {**kept, "paperId": str(item.get("paperId")), "externalIds": ids}


def match(
    papers: Sequence[Paper], answers: Sequence[dict[str, Any]], now: datetime
) -> Iterator[Fact | Miss]:
    """Facts and misses for the papers asked about, whatever order the answers came in."""
    by_id = {str(answer["externalIds"].get("ArXiv")): answer for answer in answers}
    for paper in papers:
        answer = by_id.get(paper.arxiv_id)
        yield _fact(paper, answer, now) if answer else _miss(paper, "not-found", now)


def _fact(paper: Paper, answer: dict[str, Any], now: datetime) -> Fact | Miss:
    title, count, year = answer.get("title"), answer.get("citationCount"), answer.get("year")
    if not isinstance(title, str) or not same_title(paper.title, title):
        return _miss(paper, "wrong-paper", now, f"ours: {paper.title}; theirs: {title}")
    if paper.published and isinstance(year, int) and abs(year - paper.published.year) > YEARS_APART:
        return _miss(paper, "wrong-paper", now, f"ours: {paper.published.year}; theirs: {year}")
    if not believable(count):
        return _miss(paper, "nonsense", now, f"a count of {count!r}")
    url = answer.get("url")
    page = (
        url if isinstance(url, str) and url.startswith("https://www.semanticscholar.org/") else None
    )
    return Fact(paper.key, "citations", str(count), SOURCE, page, now)


def _miss(paper: Paper, reason: str, now: datetime, detail: str = "") -> Miss:
    return Miss(paper.key, "citations", SOURCE, reason, now, detail[:500])


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"something that is no JSON: {body[:40]!r}"


def _error(data: object) -> str:
    """What an error answer says: services write ``error``, their gateway ``message``."""
    if isinstance(data, dict):
        return str(data.get("error") or data.get("message") or "an object without papers")[:160]
    return str(data)[:160]
