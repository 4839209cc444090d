"""
The daily papers of Hugging Face: papers in discussion, their upvotes and repositories.

The list grows during the day and holds some days: one request shows everything since the last
look, and further pages are asked for only where there is a gap.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from catalog.address import repository
from catalog.arxiv_id import ArxivId
from catalog.paper import paper_key
from crawler.parsers.bodies import error_of, said, whole_number
from crawler.sources.base import (
    JSON,
    NoAnswer,
    SourceContext,
    SourceItem,
    SourceRequest,
    SourceResponse,
)
from crawler.sources.collector import Collector, day_of, text_of

NAME = "hf_daily"
SOURCE = "huggingface"
# The service gives at most this many at once; deeper than this no gap is filled.
PAPERS_PER_PAGE, MAX_DAILY_PAGES = 100, 10


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    url = f"{setting.services['huggingface']}/api/daily_papers?limit={PAPERS_PER_PAGE}"
    yield setting.question(NAME, "", url, group=SOURCE, accept=JSON, interface=True)


def read(answer: SourceResponse) -> Iterator[SourceItem]:
    entries = answer.json()
    if not isinstance(entries, list):
        raise NoAnswer(f"answered with JSON that is no list of papers: {error_of(entries)}")
    question = answer.question
    seen = Collector.of(NAME, answer)
    seen.total = len(entries)
    for entry in entries:
        _see(seen, entry)
    gap = question.previous.isdisjoint(seen.keys) and bool(question.previous)
    more = gap and len(entries) >= PAPERS_PER_PAGE
    if more and question.page >= MAX_DAILY_PAGES:
        seen.part_only.append(f"{MAX_DAILY_PAGES + 1} pages were read, and more are there")
    yield seen.answer()
    if more and question.page < MAX_DAILY_PAGES:
        page = question.page + 1
        bare = question.url.partition("&p=")[0]
        yield replace(question, url=f"{bare}&p={page}", page=page, etag=None, modified=None)


def _see(seen: Collector, entry: Any) -> None:
    paper = entry.get("paper") if isinstance(entry, dict) else None
    name = paper.get("id") if isinstance(paper, dict) else None
    if not isinstance(paper, dict) or not isinstance(name, str):
        seen.strange(entry, "an entry without a paper's id")
        return
    arxiv_id = ArxivId.parse(name)
    if arxiv_id is None or name not in (arxiv_id.base, str(arxiv_id)):
        seen.odd.append(f"an entry without an arXiv id ({said(name, 60)!r})")
        return
    day = day_of(paper.get("submittedOnDailyAt") or entry.get("publishedAt"))
    if seen.is_old(day):
        return
    key, page = paper_key(arxiv_id.base), f"https://huggingface.co/papers/{arxiv_id.base}"
    seen.paper(arxiv_id.base, day, page)
    upvotes = whole_number(paper.get("upvotes"))
    if upvotes is not None:
        seen.fact(key, "upvotes", str(upvotes), SOURCE, page)
    names = repository(text_of(paper.get("githubRepo")))
    if names:
        code = "/".join(names)
        seen.fact(key, "code", code, SOURCE, f"https://github.com/{code}")
