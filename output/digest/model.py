"""
A digest: numbered candidates that one page puts before a person, with all they need to decide.

Plain values only. ``as_json`` is the ``.json`` beside the Markdown, and what the store keeps.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from catalog.markdown.entry import Extra
from catalog.markdown.entry_writer import render
from catalog.paper import Evidence, Fact, Link, Paper, Verdict, Work
from output.entries import entry_of, entry_of_link, with_extras
from pipelines.rank.score import DIGITS, Strength

# What changes without being news.
PASSING = dict.fromkeys(("citations_as_of", "trend", "upvotes", "stars", "stars_gained"))
# A maintainer's ten minutes are for 25 candidates.
SECONDS_A_CANDIDATE = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A work with its place and the reasons for it; ``entry`` as it would stand in the list.

    ``lacked`` says what the runner-up lacked, or for a near miss what the work did. ``kind`` is
    ``paper`` or the kind of link; ``url`` the address of what is no paper. ``score`` orders the
    digest; ``rules`` and ``learned`` are what it was made from. ``changed`` says what is new about
    a work that was rejected once, ``lost`` is a repository that it names and that is gone,
    ``archived`` that nobody works on its code any more, ``stars_gained`` how many stars in how
    many days.
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
    kind: str = "paper"
    url: str = ""
    upvotes: int | None = None
    venue: str | None = None
    stars: int | None = None
    rules: float | None = None
    learned: float | None = None
    changed: str = ""
    trend: str = ""
    lost: str = ""
    archived: bool = False
    stars_gained: tuple[int, int] | None = None


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
    found no room and stand in the next week's page; ``routed`` are works that fit another list
    better, each with where. ``second_chances`` were rejected, and something about them changed
    since; ``balance`` names sections that have few entries and get none, ``watch``
    what changed about listed works: neither alone is a reason to write a page anew.
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
    routed: tuple[tuple[str, str], ...] = ()
    second_chances: tuple[Candidate, ...] = ()
    balance: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        return max(1, round(len(self.candidates) * SECONDS_A_CANDIDATE / 60))

    @property
    def fingerprint(self) -> str:
        """
        Tells whether there is news: candidates, facts, near misses, and each source's word.

        Times, reasons and the list's own state are left out: a run that found the same again
        writes nothing, also when somebody has edited the list meanwhile. Nor is it news that a
        source has none, or that somebody likes a work.
        """
        news = asdict(self) | {
            "made_at": None,
            "base_hash": None,
            "word": _spoken(self.word),
            "sources": sorted({(s.source, s.word) for s in self.sources if _spoken(s.word)}),
            "balance": None,
            "watch": None,
            "candidates": [asdict(c) | PASSING for c in self.candidates],
            "near_misses": [asdict(c) | PASSING for c in self.near_misses],
            "second_chances": [asdict(c) | PASSING for c in self.second_chances],
        }
        return hashlib.sha256(orjson.dumps(news)).hexdigest()


def _spoken(word: str) -> str:
    return "" if word in ("OK", "QUIET") else word


def candidate(
    number: int,
    work: Work,
    verdict: Verdict,
    *,
    citation: Fact | None = None,
    code: Fact | None = None,
    upvotes: Fact | None = None,
    venue: Fact | None = None,
    stars: Fact | None = None,
    url: str = "",
    extras: Sequence[Extra] = (),
    strength: Strength | None = None,
    trend: str = "",
    lost: str = "",
    archived: bool = False,
    stars_gained: tuple[int, int] | None = None,
) -> Candidate:
    """
    A work as a digest shows it. A known zero is shown, but stands in the list as unknown.

    ``url`` is the address as a link's entry shows it; ``extras`` are further links of a paper.
    """
    paper = _as_paper(work)
    strong = strength or Strength(verdict.score)
    shown = url or work.url if isinstance(work, Link) else ""
    if isinstance(work, Link):
        entry = entry_of_link(work, shown, extras)
    else:
        entry = with_extras(entry_of(work, citation=citation, code=code), extras)
    return Candidate(
        number=number,
        key=work.key,
        title=work.title,
        abstract=paper.abstract or "",
        authors=paper.authors,
        categories=paper.categories,
        announced=paper.announced.isoformat() if paper.announced else "",
        section=verdict.section,
        score=strong.score,
        why=verdict.evidence,
        runner_up=verdict.runner_up,
        lacked=verdict.lacked,
        entry=render(entry),
        citations=citation.count if citation else None,
        citations_source=citation.source if citation else None,
        citations_as_of=citation.seen_at.date().isoformat() if citation else None,
        code=code.value if code else None,
        kind=work.kind if isinstance(work, Link) else "paper",
        url=shown,
        upvotes=upvotes.count if upvotes else None,
        venue=venue.value if venue else None,
        stars=stars.count if stars else None,
        rules=round(strong.rules, DIGITS),
        learned=None if strong.learned is None else round(strong.learned, DIGITS),
        trend=trend,
        lost=lost,
        archived=archived,
        stars_gained=stars_gained if stars else None,
    )


def _as_paper(work: Work) -> Paper:
    """A link in the shape of a paper, as far as it has one."""
    return work if isinstance(work, Paper) else Paper("", 1, work.title, work.description)


def from_json(body: Mapping[str, Any]) -> Digest:
    """A kept digest again; what older ones do not know is left empty."""

    def known(kind: type[Digest] | type[Candidate], told: Mapping[str, Any]) -> dict[str, Any]:
        names = {one.name for one in fields(kind)}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in told.items()
            if name in names
        }

    def works(told: Iterable[Mapping[str, Any]]) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(**known(Candidate, one) | {"why": tuple(Evidence(**e) for e in one["why"])})
            for one in told
        )

    pairs = {name: tuple(map(tuple, body.get(name, ()))) for name in ("kept_out", "routed")}
    shelves = {
        name: works(body.get(name, ())) for name in ("candidates", "near_misses", "second_chances")
    }
    sources = tuple(SourceLine(**one) for one in body["sources"])
    made_at = datetime.fromisoformat(body["made_at"])
    return Digest(
        **known(Digest, body) | pairs | shelves | {"sources": sources, "made_at": made_at}
    )


def as_json(digest: Digest) -> dict[str, Any]:
    """The digest for machines, with the fingerprint that tells whether there is news."""
    return asdict(digest) | {
        "made_at": digest.made_at.isoformat(),
        "fingerprint": digest.fingerprint,
    }
