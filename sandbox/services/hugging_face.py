"""
Hugging Face: the daily papers, the shelves of the hub, and its blog.

Every third paper of the catalogue (of a crowd, every thirtieth) is featured on the morning after
its announcement; upvotes are made up and grow by the day. ``hub.json`` holds models, datasets,
spaces and collections.

Single papers of Hugging Face, under ``/api/papers/ID``: upvotes, discussion, repository.

It knows two of every three papers of the catalogue, from the day they were announced.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from sandbox.answer import Answer, Ask, from_json
from sandbox.calendar import announced_at, feed_day
from sandbox.catalogue import Paper
from sandbox.clock import moment
from sandbox.conditional import fresh_or_not
from sandbox.faults import Fault
from sandbox.generator import FIRST_NUMBER
from sandbox.services.feeds import answer_feed
from sandbox.state import SandboxState

LATER = timedelta(hours=20)
INVENTED = "2411.99"


@cache
def _known() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((files("sandbox") / "hub.json").read_text("utf-8"))
    return told


def answer_daily(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    limit, page = int(ask.query.get("limit", "50")), int(ask.query.get("p", "0"))
    if limit > 100:
        return from_json(400, {"error": "limit must be at most 100"})
    featured = sorted(_featured(state), key=lambda pair: (pair[1], pair[0].id), reverse=True)
    some = featured[page * limit : (page + 1) * limit]
    told = [_entry(state, paper, at) for paper, at in some]
    return fresh_or_not(ask, from_json(200, told))


def _featured(state: SandboxState) -> Iterator[tuple[Paper, datetime]]:
    day = feed_day(state.now())
    lately = {paper for back in range(8) for paper in state.papers.on(day - timedelta(days=back))}
    for paper in lately:
        at = announced_at(paper.first.announced) + LATER
        # Of a crowd one in thirty: some forty a day, as there are.
        one_in = 30 if int(paper.id[-5:]) > FIRST_NUMBER else 3
        if paper.id.startswith(INVENTED) or int(paper.id.replace(".", "")) % one_in:
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
    if repo := _known()["code"].get(paper.id):
        inner |= {"githubRepo": repo, "githubStars": 12 + days}
    return {
        "paper": inner,
        "publishedAt": published,
        "title": paper.first.title,
        "summary": paper.first.abstract,
        "numComments": 0,
        "isAuthorParticipating": False,
    }


def answer_shelf(shelf: str, state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    """What stands on one shelf of a person or an organisation, newest first."""
    owner = ask.query.get("author") or ask.query.get("owner")
    shelved = _known()["shelves"].get(shelf, [])
    there = [one for one in shelved if _owner(one) == owner and _since(one) <= state.now()]
    return fresh_or_not(ask, from_json(200, there[: int(ask.query.get("limit", "100"))]))


def _since(item: dict[str, Any]) -> datetime:
    return moment(item.get("createdAt") or item["lastUpdated"])


def _owner(item: dict[str, Any]) -> str:
    return str(item.get("slug") or item["id"]).partition("/")[0]


def answer_blog(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    answer = answer_feed(state, ask, "huggingface.co/blog/feed.xml")
    return answer or from_json(404, {"error": "Not Found"})


def answer(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    wanted = ask.path.strip("/")
    paper = state.papers.get(wanted)
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
