"""
Citation counts from Semantic Scholar, up to 500 papers a request, through its Python package.

The package turns several failures into an empty answer and leaves out unknown papers. So our own
requester takes the place of its own and raises on failure. An answer has an item for each paper, in
their order, and null for a paper that the service does not know: anything else is not understood,
and says nothing about any paper.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from semanticscholar import AsyncSemanticScholar
from semanticscholar.ApiRequester import ApiRequester

from catalog.arxiv_id import ArxivId
from catalog.facts import Fact, Miss
from catalog.paper import Paper
from config.secret import Secret
from crawler.parsers.bodies import error_of, shape_of, value_of
from crawler.policy import API_ATTEMPTS
from pipelines.enrich.citations import judged
from pipelines.enrich.client import Client, RequestFailed, not_understood, refused
from pipelines.enrich.scholar_details import details
from pipelines.enrich.scholar_venue import venues

SOURCE = "semanticscholar"
IDS_PER_REQUEST = 500
FIELDS = [
    *("title", "externalIds", "citationCount", "url", "year", "venue", "publicationVenue", "tldr"),
    "authors.affiliations",
]
# A paper's page: its number, with or without the title before it.
_PAGE = re.compile(
    r"https://www\.semanticscholar\.org/paper/(?:[\w.~%-]{1,500}/)?[\w.~%-]{1,80}(?:[?#][\w=&-]{0,80})?",
    re.ASCII,
)
# At DEBUG the package logs the key in clear; its warnings repeat our misses.
logging.getLogger("semanticscholar").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Strange:
    """An item in the place of a paper that is neither a paper nor null; its shape in words."""

    shape: str


# What stands in the place of a paper: its fields; None, "never heard of it"; or something else.
Item = dict[str, Any] | Strange | None


@dataclass(slots=True)
class Scholar:
    """
    The service: its base address, the client to ask it with, and a key if there is one.

    ``refused`` is how the key was refused, if it was; it isn't sent again then. ``venues`` and
    ``details`` (summaries, affiliations) collect those that the answers contain.
    """

    base: str
    client: Client
    key: Secret
    refused: str = field(default="", init=False)
    source: str = field(default=SOURCE, init=False)
    venues: list[Fact | Miss] = field(default_factory=list, init=False)
    details: list[Fact | Miss] = field(default_factory=list, init=False)

    async def counts(
        self, papers: Sequence[Paper], now: datetime, attempts: int = API_ATTEMPTS
    ) -> list[Fact | Miss]:
        """A fact or a miss for each of up to 500 papers; RequestFailed if there's no answer."""
        try:
            items, shape = await self._ask(papers, attempts)
        except RequestFailed as trouble:
            if trouble.status in {401, 403} and self.key:
                # A refused key must not stop the job: the anonymous pool is slower, not closed.
                self.refused, self.key = f"HTTP {trouble.status}", Secret("")
                return await self.counts(papers, now, attempts)
            raise
        matched = list(match(papers, items, now))
        answers = [answer for answer, _ in matched]
        if not_ours(answers) * 2 > len(papers):
            raise not_understood(shape)
        self.venues += venues(matched, now)
        self.details += details(matched, now)
        return answers

    async def _ask(self, papers: Sequence[Paper], attempts: int) -> tuple[list[Item], str]:
        """An item for each paper, and the shape of the whole answer in words."""
        # The package configures the root logger unless somebody has.
        logging.getLogger().addHandler(logging.NullHandler())
        service = AsyncSemanticScholar(
            api_url=self.base, api_key=self.key.reveal() or None, retry=False
        )
        requester = service._requester = _Honest(self.client, attempts)
        await service.get_papers([f"ARXIV:{paper.arxiv_id}" for paper in papers], fields=FIELDS)
        return requester.items, requester.shape


class _Honest(ApiRequester):  # type: ignore[misc]
    """
    Asks through our client; raises RequestFailed where the package would return nothing.

    ``items`` is the last answer, with an item in the place of each paper; ``shape`` it in words.
    """

    def __init__(self, client: Client, attempts: int) -> None:
        super().__init__(timeout=30, retry=False)
        self._client, self._attempts = client, attempts
        self.items: list[Item] = []
        self.shape = ""

    async def get_data_async(
        self, url: str, parameters: str, headers: dict[str, str], payload: Any = None
    ) -> list[dict[str, Any] | None]:
        answer = await self._client.ask(
            "POST", url, parameters.lstrip("&"), headers, payload, self._attempts
        )
        data, asked = value_of(answer.body), len(payload["ids"])
        if answer.status == 400 and error_of(data) == "No valid paper ids given":
            self.items = [None] * asked
        elif answer.status in {401, 403}:
            key = "the API key was refused" if headers else "refused without a key"
            raise RequestFailed(f"HTTP {answer.status}: {key}", status=answer.status)
        elif answer.status != 200:
            raise refused(answer)
        elif not isinstance(data, list):
            raise not_understood(error_of(data))
        elif len(data) != asked:
            raise not_understood(f"{shape_of(data)}, where {asked} were asked for")
        else:
            self.items, self.shape = [usable(item) for item in data], shape_of(data)
        return [item if isinstance(item, dict) else None for item in self.items]


# Fields in the types the package and we can work with; anything else is left out.
PLAIN: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "citationCount": (int, float, str),
    "url": str,
    "year": int,
    "venue": str,
}


def usable(item: object) -> Item:
    """An item in the shape the package can build a paper from; None for null alone."""
    if item is None:
        return None
    if not isinstance(item, dict) or not isinstance(item.get("paperId") or item.get("title"), str):
        return Strange(shape_of(item))
    fields = {name: item[name] for name, kind in PLAIN.items() if isinstance(item.get(name), kind)}
    name = _arxiv_id(item.get("externalIds"))
    fields |= {"paperId": str(item.get("paperId"))[:80], "externalIds": {"ArXiv": name}}
    published = item.get("publicationVenue")
    if isinstance(published, dict):
        names = ("name", "alternate_names")
        fields["publicationVenue"] = {name: published.get(name) for name in names}
    summary = item.get("tldr")
    if isinstance(summary, dict) and isinstance(summary.get("text"), str):
        fields["tldr"] = {"model": "", "text": summary["text"]}
    fields["authors"] = list(_authors(item.get("authors")))
    return fields


def _authors(given: object) -> Iterator[dict[str, list[str]]]:
    """Where each author works, as far as it is text."""
    for author in given if isinstance(given, list) else ():
        places = author.get("affiliations") if isinstance(author, dict) else None
        texts = places if isinstance(places, list) else ()
        yield {"affiliations": [text for text in texts if isinstance(text, str)]}


def _arxiv_id(ids: object) -> str:
    """The arXiv id among the ids of an item, without version; empty where it has none."""
    name = ids.get("ArXiv") if isinstance(ids, dict) else None
    arxiv_id = ArxivId.parse(name) if isinstance(name, str) else None
    return arxiv_id.base if arxiv_id else ""


def match(
    papers: Sequence[Paper], items: Sequence[Item], now: datetime
) -> Iterator[tuple[Fact | Miss, Item]]:
    """
    A fact or a miss for each paper, and the item it is from: the one with its id or in its place.

    ``not-found`` is only what the service says it does not know, by null in the paper's place.
    """
    ids = [_id_of(item) for item in items]
    # An id twice: none of the two is believed, except in its own place.
    once = {name for name, times in Counter(ids).items() if name and times == 1}
    by_id = {name: item for name, item in zip(ids, items, strict=True) if name in once}
    for paper, own, own_id in zip(papers, items, ids, strict=True):
        item = own if own_id == paper.arxiv_id else by_id.get(paper.arxiv_id, own)
        yield _answer(paper, item, now), item


def _answer(paper: Paper, item: Item, now: datetime) -> Fact | Miss:
    """What the item in a paper's place says about it."""
    if item is None:
        return Miss(paper.key, "citations", SOURCE, "not-found", now)
    if isinstance(item, Strange):
        return Miss(paper.key, "citations", SOURCE, "not-understood", now, item.shape)
    other = _id_of(item)
    if other not in ("", paper.arxiv_id):
        return Miss(paper.key, "citations", SOURCE, "wrong-paper", now, f"answered with {other}")
    page = item.get("url")
    return judged(
        paper,
        item.get("title"),
        item.get("year"),
        item.get("citationCount"),
        source=SOURCE,
        url=page if isinstance(page, str) and _PAGE.fullmatch(page) else None,
        now=now,
    )


def _id_of(item: Item) -> str:
    return str(item["externalIds"]["ArXiv"]) if isinstance(item, dict) else ""


def not_ours(answers: Sequence[Fact | Miss]) -> int:
    """How many papers got an item that is no paper, or another one."""
    return sum(
        isinstance(answer, Miss)
        and (answer.reason == "not-understood" or answer.detail.startswith("answered with "))
        for answer in answers
    )
