"""
Single papers of Hugging Face, under ``/api/papers/ID``: upvotes, discussion, repository.

It knows two of every three papers of the catalogue, from the day they were announced.
"""

import hashlib
from typing import Any

from sandbox.answer import Answer, Ask, from_json
from sandbox.catalogue import Paper
from sandbox.faults import Fault
from sandbox.state import World


def answer(world: World, ask: Ask, fault: Fault | None) -> Answer:
    wanted = ask.path.strip("/")
    paper = world.papers.get(wanted)
    if paper and _number(paper) % 3 and paper.first.submitted <= world.now():
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
