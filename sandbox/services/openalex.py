"""
OpenAlex's look-ups of works by DOI: up to 100 in one filter, or one by its address.

It has every second paper of Semantic Scholar, with a third of the citations, and the counts set by
``/__openalex``.
"""

import hashlib
from typing import Any

from sandbox.faults import Fault
from sandbox.messages import Request, Response, from_json
from sandbox.papers.catalogue import Paper
from sandbox.services.semantic_scholar import plain_title
from sandbox.state import SandboxState

MAX_PAGE_SIZE = 100
FIELDS = frozenset(
    {
        "id",
        "doi",
        "title",
        "display_name",
        "publication_year",
        "publication_date",
        "ids",
        "language",
        "type",
        "indexed_in",
        "cited_by_count",
        "is_retracted",
        "counts_by_year",
        "updated_date",
    }
)
ARXIV_DOI = "10.48550/arxiv."
DOI_PAGE = "https://doi.org/"


def answer(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    fields = [name for name in request.query.get("select", "").split(",") if name]
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        return _error(403, f"{unknown[0]} is not a valid select field")
    works = _by_doi(state)
    if request.path not in ("", "/"):
        name = request.path.removeprefix("/").removeprefix("doi:").removeprefix(DOI_PAGE)
        work = works.get(name.lower())
        return from_json(200, _select(work, fields)) if work else _error(404, "")
    key, _, values = request.query.get("filter", "").partition(":")
    dois = values.lower().split("|")
    if key != "doi" or len(dois) > MAX_PAGE_SIZE:
        return _error(403, f"Maximum number of values exceeded for {key}: {len(dois)}")
    matches = [works[doi] for doi in dict.fromkeys(dois) if doi in works]
    meta = {
        "count": len(matches),
        "db_response_time_ms": 17,
        "page": 1,
        "per_page": int(request.query.get("per_page", "25")),
        "groups_count": None,
    }
    shown = matches[: meta["per_page"] or 0]
    return from_json(200, {"meta": meta, "results": [_select(work, fields) for work in shown]})


def _error(status: int, message: str) -> Response:
    errors = {403: "Invalid query parameters error.", 404: "Not Found"}
    return from_json(status, {"error": errors[status], "message": message})


def _by_doi(state: SandboxState) -> dict[str, dict[str, Any]]:
    return {
        f"{ARXIV_DOI}{paper.id}".lower(): _work(paper, count)
        for paper in state.papers
        if (count := _count(state, paper)) is not None
    }


def _count(state: SandboxState, paper: Paper) -> int | None:
    if paper.id in state.openalex:
        return state.openalex[paper.id]
    indexed = paper.cited is not None and _number(paper) % 2 == 0
    return (paper.cited or 0) // 3 if indexed else None


def _work(paper: Paper, count: int) -> dict[str, Any]:
    address = f"https://openalex.org/W44{_number(paper) % 10**8:08}"
    title = plain_title(paper.first.title)
    day = paper.first.submitted.date()
    doi = f"{DOI_PAGE}{ARXIV_DOI}{paper.id}"
    return {
        "id": address,
        "doi": doi,
        "title": title,
        "display_name": title,
        "publication_year": day.year,
        "publication_date": day.isoformat(),
        "ids": {"openalex": address, "doi": doi},
        "language": "en",
        "type": "preprint",
        "indexed_in": ["arxiv", "datacite"],
        "cited_by_count": count,
        "is_retracted": False,
        "counts_by_year": [{"year": day.year, "cited_by_count": count}] if count else [],
        "updated_date": f"{day.isoformat()}T01:58:51.020947",
    }


def _number(paper: Paper) -> int:
    digest = hashlib.sha1(f"work {paper.id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")


def _select(work: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    return {name: work[name] for name in fields} if fields else work
