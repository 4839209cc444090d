"""Reads one page of arXiv's query API: bytes in, papers out, or the error it carries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalog.arxiv_id import ArxivId
from catalog.paper import Paper
from crawler.parsers.arxiv import HARMLESS, NoFeed, fold, parse


@dataclass(frozen=True, slots=True)
class Page:
    """Papers of a page; ``total`` is how many the whole query has."""

    papers: tuple[Paper, ...]
    total: int
    odd: tuple[str, ...] = ()


def read_page(body: bytes, url: str) -> Page:
    """Read an API answer; NoFeed if it is broken, an error entry, or no Atom at all."""
    if not body.strip():
        raise NoFeed("answered with nothing")
    parsed = parse(body, "application/atom+xml", url)
    if not parsed.get("version"):
        raise NoFeed(f"answered with something that is no feed: {body[:60]!r}")
    if parsed.get("bozo") and not isinstance(parsed.get("bozo_exception"), HARMLESS):
        raise NoFeed(f"is not well-formed ({fold(str(parsed.get('bozo_exception')))})")
    for entry in parsed.entries:
        if "/api/errors" in entry.get("id", ""):
            raise NoFeed(f"refused the question: {fold(entry.get('summary', ''))[:200]}")
    papers = [_paper(entry) for entry in parsed.entries]
    odd = [
        entry.get("id", "?")
        for entry, paper in zip(parsed.entries, papers, strict=True)
        if paper is None
    ]
    total = str(parsed.feed.get("opensearch_totalresults", "")).strip()
    if not total.isdigit():
        raise NoFeed("does not say how many results there are")
    return Page(tuple(filter(None, papers)), int(total), tuple(odd))


def _paper(entry: Any) -> Paper | None:
    arxiv_id = ArxivId.parse(entry.get("id", ""))
    title = fold(entry.get("title", ""))
    if arxiv_id is None or not title:
        return None
    text = _texts(entry)
    return Paper(
        arxiv_id=arxiv_id.base,
        version=arxiv_id.version or 1,
        title=title,
        abstract=text("summary"),
        authors=tuple(fold(a.get("name", "")) for a in entry.get("authors", ()) if a.get("name")),
        categories=_categories(entry),
        published=_moment(entry.get("published")),
        updated=_moment(entry.get("updated")),
        comments=text("arxiv_comment"),
        journal_ref=text("arxiv_journal_ref"),
        doi=text("arxiv_doi"),
    )


def _texts(entry: Any) -> Callable[[str], str | None]:
    return lambda name: fold(entry.get(name, "")) or None


def _categories(entry: Any) -> tuple[str, ...]:
    """All categories, the primary one first."""
    primary = entry.get("arxiv_primary_category", {}).get("term")
    terms = [tag.term for tag in entry.get("tags", ()) if tag.get("term")]
    ordered = [primary, *terms] if primary else terms
    return tuple(dict.fromkeys(ordered))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
