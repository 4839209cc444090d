"""
Repositories by topic and search, with their stars, and releases of watched repositories.

A repository is judged by its description and the beginning of its README, which is read once:
when the repository is new, or in a later run where that could not be. One without README is judged
by its description. GitHub's token, where there is one, goes to GitHub only.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from catalog.address import MAX_ADDRESS_CHARS, repository
from catalog.arxiv_id import ArxivId
from catalog.paper import Link, Work
from catalog.sightings import Found, Sighting
from crawler.items import WebAnswer
from crawler.parsers.bodies import error_of, said, whole_number
from crawler.parsers.html import papers_in, shorten, words_of
from crawler.sources.base import NoAnswer, SourceContext, SourceItem, SourceRequest, SourceResponse
from crawler.sources.collector import Collector, day_of, is_gap, text_of

NAME = "github"
SOURCE = "github"
JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
# Without a token GitHub answers 60 requests an hour. What is left the next runs ask for.
MAX_READMES = 15
# A search shows as many at once, releases as many.
RESULTS_PER_PAGE, MAX_RELEASES = 100, 10
_RELEASE = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/releases/[^\s<>\"]{1,300}", re.ASCII)
# The beginning of a README says what it is about.
MAX_README_CHARS = 1500


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    base, settings = setting.services["github"], setting.sources.github
    since = (setting.now - timedelta(days=setting.sources.oldest_days)).date()
    for search in settings.searches:
        query = f"{search.query} created:>{since} stars:>={search.stars}"
        parameters = urlencode(
            {"q": query, "sort": "stars", "order": "desc", "per_page": RESULTS_PER_PAGE}
        )
        url = f"{base}/search/repositories?{parameters}"
        # The address holds the day, so a tag of yesterday would never fit.
        question = _question(setting, search.name, url, "search")
        yield replace(question, etag=None, modified=None)
    for watched in settings.watched:
        url = f"{base}/repos/{watched}/releases?per_page={MAX_RELEASES}"
        yield _question(setting, f"releases/{watched}", url, "releases")


def _question(setting: SourceContext, part: str, url: str, kind: str) -> SourceRequest:
    return setting.question(
        NAME, part, url, group=SOURCE, accept=JSON, interface=True, signed=True, kind=kind
    )


def read(answer: SourceResponse) -> Iterator[SourceItem]:
    if answer.question.kind == "readme":
        yield _readme(answer)
    elif answer.question.kind == "releases":
        yield _releases(answer)
    else:
        yield from _search(answer)


def _search(answer: SourceResponse) -> Iterator[SourceItem]:
    result, question = answer.json(), answer.question
    if not isinstance(result, dict) or not isinstance(result.get("items"), list):
        raise NoAnswer(f"answered with JSON that is no result of a search: {error_of(result)}")
    seen = Collector.of(NAME, answer)
    seen.total = len(result["items"])
    seen.part_only += _why_part(result)
    # Repositories grow older than the search asks for.
    seen.may_be_empty = result.get("total_count") == 0 and not seen.part_only
    for item in result["items"]:
        _see(seen, item)
    new = [key for key in seen.works if key not in question.previous]
    unread = new + [key for key in question.open if key in seen.works and key not in new]
    seen.open += unread[MAX_READMES:]
    yield seen.answer()
    for key in unread[:MAX_READMES]:
        yield _ask_readme(question, seen.works[key].work)


def _why_part(result: dict[str, Any]) -> Iterator[str]:
    """Why the search has more than it shows."""
    total, shown = whole_number(result.get("total_count")), len(result["items"])
    if total is not None and total > shown:
        yield f"{shown} of {total:,}, the most starred; narrow the query or raise stars"
    if result.get("incomplete_results"):
        yield "the search ran out of time: its result is a part"


def _see(seen: Collector, item: Any) -> None:
    name = item.get("full_name") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(name, str):
        seen.strange(item, "a result that is no repository")
        return
    names = repository(f"https://github.com/{name}")
    if names is None or "/".join(names) != name or any(item.get(closed) for closed in _CLOSED):
        seen.odd.append(f"a result that is no repository of its own ({said(name, 60)!r})")
        return
    if seen.is_old(day_of(item.get("created_at"))):
        return
    described = shorten(words_of(text_of(item.get("description"))))
    url = f"https://github.com/{name}"
    key = seen.link(url, names[1], described, None, "repository")
    stars = whole_number(item.get("stargazers_count"))
    if key and stars is not None:
        seen.fact(key, "stars", str(stars), SOURCE, url)
    home = ArxivId.parse(text_of(item.get("homepage"))[:MAX_ADDRESS_CHARS])
    papers = (home.base,) if home else papers_in(text_of(item.get("description")))
    if key and papers:
        seen.fact(key, "paper", papers[0], SOURCE, url)


_CLOSED = ("private", "fork", "archived", "disabled")


def _ask_readme(question: SourceRequest, work: Work) -> SourceRequest:
    base = question.url.partition("/search/")[0]
    name = work.key.removeprefix("link:https://github.com/")
    described = work.description if isinstance(work, Link) else ""
    return replace(
        question,
        url=f"{base}/repos/{name}/readme",
        accept=RAW,
        kind="readme",
        page=question.page + 1,
        note=described or "",
        detail="README",
        about=work.key,
    )


def _readme(answer: SourceResponse) -> WebAnswer:
    """The same repository again, with the beginning of its README."""
    question = answer.question
    name = re.sub(r".*/repos/(.+)/readme", r"\1", question.url)
    url = f"https://github.com/{name}"
    text = answer.body[:100_000].decode("utf-8", "replace")
    lines = words_of(_MARKS.sub(" ", text), MAX_README_CHARS)
    link = Link(url, "repository", name.rpartition("/")[2], f"{question.note}\n\n{lines}")
    seen = Sighting(NAME, link.key, answer.now, "mention", 1, None, url)
    return WebAnswer(NAME, question.part, (Found(link, seen),), (link.key,))


_MARKS = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|[#*`|\[\]]+")


def _releases(answer: SourceResponse) -> WebAnswer:
    releases, question = answer.json(), answer.question
    if not isinstance(releases, list):
        raise NoAnswer(f"answered with JSON that is no list of releases: {error_of(releases)}")
    seen = Collector.of(NAME, answer)
    seen.total = len(releases)
    name = question.part.rpartition("/")[2]
    for item in releases:
        if not isinstance(item, dict) or not isinstance(item.get("html_url"), str):
            seen.strange(item, "an item that is no release")
            continue
        if item.get("draft") or item.get("prerelease"):
            seen.odd.append("a release that is not out")
            continue
        # A repository that was renamed shows its new name.
        if not _RELEASE.fullmatch(item["html_url"]):
            seen.odd.append(f"a release elsewhere ({said(item['html_url'], 100)!r})")
            continue
        day = day_of(item.get("published_at"))
        if not seen.is_old(day):
            called = words_of(text_of(item.get("name")), 200) or text_of(item.get("tag_name"))
            title = called if name.casefold() in called.casefold() else f"{name} {called}"
            text = words_of(text_of(item.get("body")))
            seen.link(item["html_url"], title, text, day, "page")
    if is_gap(seen, question, MAX_RELEASES):
        seen.part_only.append(f"the newest {MAX_RELEASES} releases; older ones were not read")
    return seen.answer()
