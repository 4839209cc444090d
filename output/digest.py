"""
A digest: numbered candidates that one page puts before a person, with all they need to decide.

Plain values only. ``as_json`` is the ``.json`` beside the Markdown, and what the store keeps.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from catalog.entry import Citation, Entry, Extra, entry_for
from catalog.entry_writer import render
from catalog.paper import Evidence, Fact, Paper, Verdict

# A maintainer's ten minutes are for 25 candidates.
SECONDS_A_CANDIDATE = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A work with its place and the reasons for it; ``entry`` as it would stand in the list.

    ``lacked`` says what the runner-up lacked, or for a near miss what the work did.
    """

    number: int
    key: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    announced: str
    section: str | None
    score: float
    why: tuple[Evidence, ...]
    runner_up: str | None
    lacked: str
    entry: str
    citations: int | None
    citations_source: str | None
    citations_as_of: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How a source ended, for the head of the digest."""

    source: str
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Digest:
    """
    What one page puts before people.

    ``base_hash`` is of the list it was made against; ``waiting`` are the keys of candidates that
    found no room and stand in the next week's page.
    """

    list_name: str
    name: str
    made_at: datetime
    base_hash: str
    word: str
    sources: tuple[SourceLine, ...]
    candidates: tuple[Candidate, ...]
    near_misses: tuple[Candidate, ...]
    kept_out: tuple[tuple[str, str], ...]
    waiting: tuple[str, ...]

    @property
    def minutes(self) -> int:
        return max(1, round(len(self.candidates) * SECONDS_A_CANDIDATE / 60))

    @property
    def fingerprint(self) -> str:
        """
        Tells whether there is news: candidates, facts, near misses, and each source's word.

        Times, reasons and the list's own state are left out: a run that found the same again
        writes nothing, also when somebody has edited the list meanwhile.
        """
        news = asdict(self) | {
            "made_at": None,
            "base_hash": None,
            "sources": [(line.source, line.word) for line in self.sources],
            "candidates": [asdict(c) | {"citations_as_of": None} for c in self.candidates],
            "near_misses": [asdict(c) | {"citations_as_of": None} for c in self.near_misses],
        }
        return hashlib.sha256(orjson.dumps(news)).hexdigest()


def candidate(
    number: int,
    paper: Paper,
    verdict: Verdict,
    *,
    citation: Fact | None = None,
    code: Fact | None = None,
) -> Candidate:
    """A paper as a digest shows it. A known zero is shown, but stands in the list as unknown."""
    return Candidate(
        number=number,
        key=paper.key,
        title=paper.title,
        abstract=paper.abstract or "",
        authors=paper.authors,
        categories=paper.categories,
        announced=paper.announced.isoformat() if paper.announced else "",
        section=verdict.section,
        score=round(verdict.score, 3),
        why=verdict.evidence,
        runner_up=verdict.runner_up,
        lacked=verdict.lacked,
        entry=render(entry_of(paper, citation=citation, code=code)),
        citations=citation.count if citation else None,
        citations_source=citation.source if citation else None,
        citations_as_of=citation.seen_at.date().isoformat() if citation else None,
        code=code.value if code else None,
    )


def entry_of(paper: Paper, *, citation: Fact | None = None, code: Fact | None = None) -> Entry:
    """The entry that the list would get for a paper and what is known about it."""
    known = citation is not None and citation.count >= 1 and citation.url is not None
    pair = Citation(citation.count, citation.url) if citation and known else None
    extras = []
    if code is not None and code.url:
        owner, _, name = code.value.partition("/")
        extras.append(Extra("repo", name, code.url, owner))
    return entry_for(paper, citation=pair, extras=extras)


def as_json(digest: Digest) -> dict[str, Any]:
    """The digest for machines, with the fingerprint that tells whether there is news."""
    return asdict(digest) | {
        "made_at": digest.made_at.isoformat(),
        "fingerprint": digest.fingerprint,
    }
