"""
The state of a code repository (there, archived, moved or gone) and its stars, from GitHub.

GitHub answers 60 requests an hour, 5,000 with a token; with a token, unchanged answers are free. A
403 may be the limit or a refusal: the headers tell which. Only 404, 410 and 451 mean that a
repository is gone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from catalog.address import repository
from catalog.facts import Fact, FactKind, Miss
from catalog.paper import bare_key
from crawler.parsers.bodies import error_of, reason_of, value_of, whole_number
from crawler.policy import GITHUB_JSON_HEADERS
from pipelines.enrich.base import Age, ServiceAccess
from pipelines.enrich.client import ClientResponse, RequestFailed, not_understood
from pipelines.enrich.repositories import ARCHIVED, GITHUB_URL, GONE, MOVED, OK, key_of

SOURCE = "github"
SERVICE = "github"
KIND: FactKind = "repository"
KEY = "LISTKEEPER_GITHUB_TOKEN"
MAX_REQUESTS_PER_RUN = 20
AGE = Age(fact=timedelta(days=28), miss=timedelta(days=28), failed=timedelta(days=1))
REMEMBERS: tuple[FactKind, ...] = ("repository", "stars", "etag")
GONE_STATUS = frozenset({404, 410, 451})
MOVED_STATUS = frozenset({301, 302, 307, 308})
_ETAG = re.compile(r"[!-~]{1,200}")
_BY_NUMBER = re.compile(r"/repositories/(\d{1,12})/?")


async def ask(service: ServiceAccess, key: str, now: datetime) -> list[Fact | Miss]:
    """Facts of one repository; RequestFailed if GitHub wants no more requests now."""
    names = repository(bare_key(key))
    if names is None:
        return [Miss(key, "repository", SOURCE, "no-repository", now)]
    last = service.last.get(key, {})
    tag = _tag(last)
    answer, moved = await _get(service, "/repos/{}/{}".format(*names), tag), False
    if answer.status == 304 and tag:
        return [replace(fact, seen_at=now) for fact in last.values()]
    if answer.status in MOVED_STATUS:
        number = _number(answer)
        if number is None:
            return [Miss(key, "repository", SOURCE, "nonsense", now, "moved to nowhere")]
        answer, moved = await _get(service, f"/repositories/{number}"), True
    data = value_of(answer.body)
    name = _full_name(data)
    if answer.status == 200 and name is None:
        raise not_understood(error_of(data))
    if answer.status == 200 and not moved and key_of(name or "").lower() != key.lower():
        raise not_understood(f"it is about {name}, without a redirect to it")
    return list(read(key, answer.status, data, answer.headers, now))


def _tag(last: Mapping[str, Fact]) -> str:
    """The ETag of the last answer, if that answer is stored in full."""
    state, tag = last.get("repository"), last.get("etag")
    return tag.value if state and tag and state.seen_at == tag.seen_at else ""


async def _get(service: ServiceAccess, path: str, tag: str = "") -> ClientResponse:
    token = service.key.reveal()
    headers = {**GITHUB_JSON_HEADERS, **({"Authorization": f"Bearer {token}"} if token else {})}
    headers |= {"If-None-Match": tag} if tag else {}
    return await service.client.ask("GET", f"{service.base}{path}", "", headers, None)


def read(
    key: str, status: int, data: object, headers: Mapping[str, str], now: datetime
) -> Iterator[Fact | Miss]:
    """The facts in an answer about the repository of this key, or the reason for none."""
    if status in GONE_STATUS:
        yield Fact(key, "repository", f"{GONE} HTTP {status}", SOURCE, _page(key), now)
        return
    if status in {401, 403, 429}:
        if status == 401 or limited(data, headers):
            later = status != 401
            raise RequestFailed(
                f"HTTP {status}: {error_of(data)[:100]}", later=later, status=status
            )
        yield Miss(key, "repository", SOURCE, "refused", now, _refusal(status, data))
        return
    if status != 200:
        yield Miss(key, "repository", SOURCE, "failed", now, _refusal(status, data))
        return
    name = _full_name(data)
    if name is None or not isinstance(data, dict):
        yield Miss(key, "repository", SOURCE, "nonsense", now, error_of(data)[:80])
        return
    state = ARCHIVED if data.get("archived") is True else OK
    if key_of(name).lower() != key.lower():
        state = f"{MOVED} {name}"
    yield Fact(key, "repository", state, SOURCE, f"{GITHUB_URL}{name}", now)
    stars = whole_number(data.get("stargazers_count"))
    if stars is not None:
        yield Fact(key, "stars", str(stars), SOURCE, f"{GITHUB_URL}{name}", now)
    tag = headers.get("etag", "")
    # One that has moved is asked for at two addresses: its mark is of the second.
    if _ETAG.fullmatch(tag) and not state.startswith(MOVED):
        yield Fact(key, "etag", tag, SOURCE, f"{GITHUB_URL}{name}", now)


def limited(data: object, headers: Mapping[str, str]) -> bool:
    """Whether a refusal is about the number of requests, not about this repository."""
    message = error_of(data).lower()
    return (
        headers.get("x-ratelimit-remaining") == "0"
        or "retry-after" in headers
        or "rate limit" in message
        or "abuse" in message
    )


def _full_name(data: object) -> str | None:
    """Owner and name, if the answer has exactly these."""
    name = data.get("full_name") if isinstance(data, dict) else None
    names = repository(f"{GITHUB_URL}{name}") if isinstance(name, str) else None
    return name if names and "/".join(names) == name else None


def _refusal(status: int, data: object) -> str:
    reason = reason_of(data)
    return f"HTTP {status}: {reason}" if reason else f"HTTP {status}"


def _number(answer: ClientResponse) -> str | None:
    """The number of a repository that has moved; other addresses are not followed."""
    data = value_of(answer.body)
    url = data.get("url") if isinstance(data, dict) else None
    for address in (url, answer.headers.get("location")):
        match = _BY_NUMBER.search(address) if isinstance(address, str) else None
        if match:
            return match[1]
    return None


def _page(key: str) -> str:
    return bare_key(key)
