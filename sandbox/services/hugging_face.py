"""
Hugging Face: the daily papers, single papers, the hub's shelves, and its blog.

Every third paper of the catalogue (of generated papers, one in ``featured``) is featured on the
morning after its announcement; upvotes are made up and grow by the day. ``/api/papers/ID`` has two
of every three papers from their submission on. ``data/hub.json`` holds models, datasets, spaces
and collections.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from sandbox.clock import moment
from sandbox.conditional import answer_conditionally
from sandbox.faults import Fault
from sandbox.messages import Request, Response, from_json
from sandbox.papers.calendar import announced_at, feed_day
from sandbox.papers.catalogue import Paper
from sandbox.papers.generator import FIRST_NUMBER
from sandbox.services.feeds import answer_feed
from sandbox.state import SandboxState

FEATURED_AFTER = timedelta(hours=20)
INVENTED_PREFIX = "2411.99"


@cache
def _load_hub() -> dict[str, Any]:
    hub: dict[str, Any] = json.loads((files("sandbox") / "data" / "hub.json").read_text("utf-8"))
    return hub


def answer_daily(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    limit, page = int(request.query.get("limit", "50")), int(request.query.get("p", "0"))
    if limit > 100:
        return from_json(400, {"error": "limit must be at most 100"})
    featured = sorted(_featured(state), key=lambda pair: (pair[1], pair[0].id), reverse=True)
    page_of_papers = featured[page * limit : (page + 1) * limit]
    entries = [_entry(state, paper, at) for paper, at in page_of_papers]
    return answer_conditionally(request, from_json(200, entries))


def _featured(state: SandboxState) -> Iterator[tuple[Paper, datetime]]:
    day = feed_day(state.now())
    recent = {paper for back in range(8) for paper in state.papers.on(day - timedelta(days=back))}
    for paper in recent:
        at = announced_at(paper.first.announced) + FEATURED_AFTER
        # One in thirty of a full day's generated papers: about forty a day, as on the real page.
        one_in = state.settings.featured if int(paper.id[-5:]) > FIRST_NUMBER else 3
        if paper.id.startswith(INVENTED_PREFIX) or int(paper.id.replace(".", "")) % one_in:
            continue
        if at <= state.now() < at + timedelta(days=5):
            yield paper, at


def _entry(state: SandboxState, paper: Paper, at: datetime) -> dict[str, Any]:
    days = (state.now() - at).days
    upvotes = int(paper.id.replace(".", "")) % 37 + 2 * days
    published = f"{paper.first.submitted:%Y-%m-%dT%H:%M:%S}.000Z"
    inner: dict[str, Any] = {
        "id": paper.id,
        "authors": [{"name": name, "hidden": False} for name in paper.first.authors],
        "publishedAt": published,
        "submittedOnDailyAt": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "title": paper.first.title,
        "summary": paper.first.abstract,
        "upvotes": upvotes,
    }
    if repo := _load_hub()["code"].get(paper.id):
        inner |= {"githubRepo": repo, "githubStars": 12 + days}
    return {
        "paper": inner,
        "publishedAt": published,
        "title": paper.first.title,
        "summary": paper.first.abstract,
        "numComments": 0,
        "isAuthorParticipating": False,
    }


def answer_shelf(
    shelf: str, state: SandboxState, request: Request, fault: Fault | None
) -> Response:
    """Return the items of a user or organisation on one shelf, newest first."""
    owner = request.query.get("author") or request.query.get("owner")
    shelved = _load_hub()["shelves"].get(shelf, [])
    visible = [item for item in shelved if _owner(item) == owner and _since(item) <= state.now()]
    return answer_conditionally(
        request, from_json(200, visible[: int(request.query.get("limit", "100"))])
    )


def _since(item: dict[str, Any]) -> datetime:
    return moment(item.get("createdAt") or item["lastUpdated"])


def _owner(item: dict[str, Any]) -> str:
    return str(item.get("slug") or item["id"]).partition("/")[0]


def answer_blog(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    answer = answer_feed(state, request, "huggingface.co/blog/feed.xml")
    return answer or from_json(404, {"error": "Not Found"})


def answer_paper(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    arxiv_id = request.path.strip("/")
    paper = state.papers.get(arxiv_id)
    if paper and _number(paper) % 3 and paper.first.submitted <= state.now():
        return from_json(200, record(paper))
    return from_json(404, {"error": "Paper not found"})


def record(paper: Paper) -> dict[str, Any]:
    day = f"{paper.first.submitted:%Y-%m-%dT%H:%M:%S}.000Z"
    return {
        "id": paper.id,
        "authors": [
            {"_id": f"{number:024x}", "name": name, "hidden": False}
            for number, name in enumerate(paper.first.authors)
        ],
        "publishedAt": day,
        "submittedOnDailyAt": day,
        "title": paper.first.title,
        "summary": paper.first.abstract,
        "upvotes": _number(paper) % 50,
        "discussionId": f"{_number(paper):024x}",
        "comments": [],
    }


def _number(paper: Paper) -> int:
    digest = hashlib.sha1(f"upvotes {paper.id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")
