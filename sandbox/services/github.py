"""
GitHub's API: search, repositories, their READMEs, releases and issues.

What GitHub answers about repositories that are not simply there: moved, blocked, or too many.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

from sandbox.answer import Answer, Ask, from_json, text
from sandbox.clock import moment
from sandbox.conditional import fresh_or_not
from sandbox.faults import Fault
from sandbox.services.pages import known
from sandbox.state import SandboxState

BLOCKED = {"message": "Repository access blocked", "block": {"reason": "dmca"}}
LIMITED = {
    "message": "API rate limit exceeded for 127.0.0.1.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
}

MISSING = {"message": "Not Found", "status": "404"}


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


def answer_repository(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    owner_name, _, rest = _split(ask.path)
    for full_name, told in known()["repositories"].items():
        if owner_name == told.get("was", "-").lower():
            return moved(ask, full_name)
        if owner_name == full_name.lower():
            return refused(told) or _part(ask, full_name, told, rest)
    return from_json(404, MISSING)


def answer_by_number(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    """A repository under the number that it keeps when it is renamed."""
    for full_name, told in known()["repositories"].items():
        if ask.path.strip("/") == str(number_of(full_name)):
            return from_json(200, _repository(full_name, told))
    return from_json(404, MISSING)


def _split(path: str) -> tuple[str, str, str]:
    owner, _, rest = path.strip("/").partition("/")
    name, slash, rest = rest.partition("/")
    return f"{owner}/{name}".lower(), slash, rest


def _part(ask: Ask, full_name: str, told: dict[str, Any], rest: str) -> Answer:
    if not rest:
        return fresh_or_not(ask, from_json(200, _repository(full_name, told)))
    if rest == "readme" and "readme" in told:
        return text(200, told["readme"], "application/vnd.github.raw+json; charset=utf-8")
    if rest == "releases":
        return fresh_or_not(ask, from_json(200, told.get("releases", [])))
    if rest == "issues":
        label = ask.query.get("labels")
        issues = [one for one in told.get("issues", []) if _has(one, label)]
        return fresh_or_not(ask, from_json(200, issues))
    return from_json(404, MISSING)


def _has(issue: dict[str, Any], label: str | None) -> bool:
    return label is None or label in [one["name"] for one in issue["labels"]]


def answer_search(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    """Repositories that say every word of the query, with its stars and since its day."""
    query = ask.query.get("q", "")
    if not query:
        return from_json(422, {"message": "Validation Failed"})
    since = re.search(r"created:>(\d{4}-\d\d-\d\d)", query)
    least = re.search(r"stars:>=(\d+)", query)
    words = [word for word in query.lower().split() if ":" not in word]
    items = [
        _repository(full_name, told)
        for full_name, told in known()["repositories"].items()
        if all(word in f"{full_name} {told.get('description')}".lower() for word in words)
        and told.get("stars", 0) >= int(least[1] if least else 0)
        and _created(told) <= state.now()
        and (since is None or told.get("created_at", "2020") > since[1])
    ]
    items.sort(key=lambda item: -item["stargazers_count"])
    return from_json(200, {"total_count": len(items), "incomplete_results": False, "items": items})


def _created(told: dict[str, Any]) -> datetime:
    return moment(told.get("created_at", "2020-01-01T00:00:00Z"))


def _repository(full_name: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "description": told.get("description"),
        "homepage": told.get("homepage"),
        "stargazers_count": told.get("stars", 0),
        "created_at": told.get("created_at", "2020-01-01T00:00:00Z"),
        "archived": told.get("archived", False),
        "fork": False,
        "private": False,
    }
