"""
GitHub's API: search, repositories, their READMEs, releases and issues.

Repositories of ``data/pages.json`` can be renamed, blocked, or over the rate limit.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

from sandbox.clock import moment
from sandbox.conditional import answer_conditionally
from sandbox.faults import Fault
from sandbox.messages import Request, Response, from_json, text
from sandbox.services.pages import load_pages
from sandbox.state import SandboxState

BLOCKED = {"message": "Repository access blocked", "block": {"reason": "dmca"}}
LIMITED = {
    "message": "API rate limit exceeded for 127.0.0.1.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
}

MISSING = {"message": "Not Found", "status": "404"}


def answer_repository(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    owner_name, _, rest = _split(request.path)
    for full_name, repository in load_pages()["repositories"].items():
        if owner_name == repository.get("was", "-").lower():
            return redirect_to_number(request, full_name, rest, fault)
        if owner_name == full_name.lower():
            return refusal(repository) or _part(request, full_name, repository, rest)
    return from_json(404, MISSING)


def answer_by_number(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    """Answer for a repository by its number."""
    number, _, rest = request.path.strip("/").partition("/")
    for full_name, repository in load_pages()["repositories"].items():
        if number == str(repository_number(full_name)):
            return _part(request, full_name, repository, rest)
    return from_json(404, MISSING)


def _split(path: str) -> tuple[str, str, str]:
    owner, _, rest = path.strip("/").partition("/")
    name, slash, rest = rest.partition("/")
    return f"{owner}/{name}".lower(), slash, rest


def _part(request: Request, full_name: str, repository: dict[str, Any], rest: str) -> Response:
    if not rest:
        return answer_conditionally(request, from_json(200, _to_json(full_name, repository)))
    if rest == "readme" and "readme" in repository:
        return text(200, repository["readme"], "application/vnd.github.raw+json; charset=utf-8")
    if rest == "releases":
        return answer_conditionally(request, from_json(200, repository.get("releases", [])))
    if rest == "issues":
        label = request.query.get("labels")
        issues = [issue for issue in repository.get("issues", []) if _has_label(issue, label)]
        return answer_conditionally(request, from_json(200, issues))
    return from_json(404, MISSING)


def _has_label(issue: dict[str, Any], label: str | None) -> bool:
    return label is None or label in [label_of["name"] for label_of in issue["labels"]]


def answer_search(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    """Return repositories with every word of the query, its minimum of stars and its start day."""
    query = request.query.get("q", "")
    if not query:
        return from_json(422, {"message": "Validation Failed"})
    since = re.search(r"created:>(\d{4}-\d\d-\d\d)", query)
    min_stars = re.search(r"stars:>=(\d+)", query)
    words = [word for word in query.lower().split() if ":" not in word]
    items = [
        _to_json(full_name, repository)
        for full_name, repository in load_pages()["repositories"].items()
        if all(word in f"{full_name} {repository.get('description')}".lower() for word in words)
        and repository.get("stars", 0) >= int(min_stars[1] if min_stars else 0)
        and _created(repository) <= state.now()
        and (since is None or repository.get("created_at", "2020") > since[1])
    ]
    items.sort(key=lambda item: -item["stargazers_count"])
    return from_json(200, {"total_count": len(items), "incomplete_results": False, "items": items})


def _created(repository: dict[str, Any]) -> datetime:
    return moment(repository.get("created_at", "2020-01-01T00:00:00Z"))


def _to_json(full_name: str, repository: dict[str, Any]) -> dict[str, Any]:
    return {
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "description": repository.get("description"),
        "homepage": repository.get("homepage"),
        "stargazers_count": repository.get("stars", 0),
        "created_at": repository.get("created_at", "2020-01-01T00:00:00Z"),
        "archived": repository.get("archived", False),
        "fork": False,
        "private": False,
    }


def repository_number(full_name: str) -> int:
    """Return a repository's number, which survives a rename."""
    digest = hashlib.sha1(full_name.lower().encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % 10**9


def redirect_to_number(
    request: Request, full_name: str, rest: str, fault: Fault | None
) -> Response:
    """
    Redirect from the old name of a repository to its number.

    By the fault ``moved-in-words`` only the body says where; ``nowhere``: nothing does.
    """
    base = f"http://{request.headers.get('host', '127.0.0.1')}"
    url = "/".join(filter(None, (f"{base}/repositories/{repository_number(full_name)}", rest)))
    error = {
        "message": "Moved Permanently",
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-"
        "rest-api#follow-redirects",
    }
    if fault and fault.name == "moved-in-words":
        return from_json(301, {**error, "url": None} if fault.argument == "nowhere" else error)
    answer = from_json(301, error)
    return Response(301, answer.body, {**answer.headers, "location": url})


def refusal(repository: dict[str, Any]) -> Response | None:
    """Return the error of a blocked or rate-limited repository, or None."""
    if repository.get("status") == 451:
        return from_json(451, BLOCKED)
    if repository.get("status") == 403:
        answer = from_json(403, LIMITED)
        left = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"}
        return Response(403, answer.body, {**answer.headers, **left})
    return None
