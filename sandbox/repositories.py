"""What GitHub answers about repositories that are not simply there: moved, blocked, or too many."""

import hashlib
from typing import Any

from sandbox.answer import Answer, Ask, from_json

BLOCKED = {"message": "Repository access blocked", "block": {"reason": "dmca"}}
LIMITED = {
    "message": "API rate limit exceeded for 127.0.0.1.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
}


def number_of(full_name: str) -> int:
    """The number of a repository, which stays when its name changes."""
    digest = hashlib.sha1(full_name.lower().encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % 10**9


def moved(ask: Ask, full_name: str) -> Answer:
    """The old name of a repository leads to its number."""
    base = f"http://{ask.headers.get('host', '127.0.0.1')}"
    url = f"{base}/repositories/{number_of(full_name)}"
    told = {
        "message": "Moved Permanently",
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-"
        "rest-api#follow-redirects",
    }
    answer = from_json(301, told)
    return Answer(301, answer.body, {**answer.headers, "location": url})


def refused(told: dict[str, Any]) -> Answer | None:
    """A repository that is blocked, or asked about once too often in this hour."""
    if told.get("status") == 451:
        return from_json(451, BLOCKED)
    if told.get("status") == 403:
        answer = from_json(403, LIMITED)
        left = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"}
        return Answer(403, answer.body, {**answer.headers, **left})
    return None
