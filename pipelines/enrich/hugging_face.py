"""
A paper's upvotes, comments and repository at Hugging Face.

One API request for each paper; never its web page, since opening the page of a paper that Hugging
Face doesn't have yet creates it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from catalog.address import repository
from catalog.facts import Fact, FactKind, Miss
from catalog.paper import bare_key
from crawler.parsers.bodies import error_of, said, shape_of, value_of, whole_number
from pipelines.enrich.base import Age, ServiceAccess
from pipelines.enrich.client import not_understood, refused

SOURCE = "huggingface"
SERVICE = "huggingface"
KIND: FactKind = "upvotes"
KEY = ""
# Requests in one run; the service allows a hundred a minute.
MAX_REQUESTS_PER_RUN = 40
# Most upvotes come in the first days. A missing paper may be added later.
AGE = Age(fact=timedelta(days=7), miss=timedelta(days=7), failed=timedelta(days=1))
REMEMBERS: tuple[FactKind, ...] = ()


async def ask(service: ServiceAccess, key: str, now: datetime) -> list[Fact | Miss]:
    """Facts of one paper, or the reason why there are none."""
    arxiv_id = bare_key(key)
    answer = await service.client.ask(
        "GET", f"{service.base}/api/papers/{arxiv_id}", "", {"Accept": "application/json"}, None
    )
    if answer.status == 404:
        return [Miss(key, "upvotes", SOURCE, "not-found", now)]
    if answer.status != 200:
        raise refused(answer)
    data = value_of(answer.body)
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise not_understood(error_of(data))
    return list(read(key, data, now))


def read(key: str, data: object, now: datetime) -> Iterator[Fact | Miss]:
    """
    Facts in an answer of the API or an entry of the daily papers, whatever it holds.

    Another paper's answer is a miss, and so is an invalid number.
    """
    outer = data if isinstance(data, dict) else {}
    paper = outer.get("paper", outer)
    paper = paper if isinstance(paper, dict) else {}
    arxiv_id = bare_key(key)
    theirs = paper.get("id")
    if theirs != arxiv_id:
        reason = "wrong-paper" if isinstance(theirs, str) else "nonsense"
        theirs = theirs if isinstance(theirs, str) else shape_of(theirs)
        yield Miss(key, "upvotes", SOURCE, reason, now, said(theirs, 80))
        return
    page = f"https://huggingface.co/papers/{arxiv_id}"
    upvotes = whole_number(paper.get("upvotes"))
    if upvotes is None:
        yield Miss(key, "upvotes", SOURCE, "nonsense", now, shape_of(paper.get("upvotes")))
    else:
        yield Fact(key, "upvotes", str(upvotes), SOURCE, page, now)
    comments = paper.get("comments")
    number = len(comments) if isinstance(comments, list) else outer.get("numComments")
    discussion = whole_number(number)
    if discussion is not None:
        yield Fact(key, "discussion", str(discussion), SOURCE, f"{page}#community", now)
    named = paper.get("githubRepo")
    names = repository(named) if isinstance(named, str) else None
    if names:
        name = "/".join(names)
        yield Fact(key, "code", name, SOURCE, f"https://github.com/{name}", now)
