"""
A digest: numbered candidates of a list with the facts to decide on each. Plain values only.

``as_json`` is the ``.json`` file next to the Markdown, and what the store keeps.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from catalog.facts import Evidence
from config.rules import DIGESTS, ListRules, short_name

# Fields that change without being news.
VOLATILE = dict.fromkeys(
    (
        *("citations_as_of", "trend", "upvotes", "stars", "stars_gained"),
        *("tldr", "affiliations"),
    )
)
# An estimate by words and ticks (benchmarks/reading.py): 25 take ten minutes with what is folded.
SECONDS_A_CANDIDATE = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A work with the proposed section and the reasons; ``entry`` is the entry as proposed.

    ``lacked`` says what the runner-up lacked, or for a near miss what the work lacked. ``kind`` is
    ``paper`` or the kind of link; ``url`` the address of a link. ``score`` orders the digest and is
    made from ``rules`` and ``learned``: each is compared with the works of the same run
    (``rules_above`` and ``learned_above``, in standard deviations from their mean). ``by`` says who
    proposes the work; a ``likeness`` of ``line`` is enough. ``changed`` says what is new about a
    rejected work, ``lost`` is a deleted repository that the paper names, ``archived`` an archived
    one, and ``stars_gained`` the number of new stars in a number of days. ``blanks`` are the fields
    of the list's form that a person fills in. ``times_shown`` and ``times_named`` count the digests
    of earlier weeks that showed the work, or only named it; ``changed`` says what is new since.
    ``tldr`` is Semantic Scholar's machine-made summary, ``affiliations`` where the authors work.
    ``by_section`` is the entry in each other form of the list: a text, and the sections that write
    it, "" for all that have no form of their own; empty where all sections write the same.
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
    blanks: tuple[str, ...] = ()
    rules_above: float | None = None
    learned_above: float | None = None
    share_of_rules: float = 1.0
    by: str = "words"
    likeness: float | None = None
    line: float | None = None
    telling: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    other_sections: tuple[str, ...] = ()
    version: int = 0
    times_shown: int = 0
    times_named: int = 0
    tldr: str = ""
    affiliations: str = ""
    by_section: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_new(self) -> bool:
        return not self.times_shown and not self.times_named


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The status of a source, for the head of the digest; ``look`` as in ``SourceReport``."""

    source: str
    word: str
    reason: str
    look: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """
    One page of candidates.

    ``base_hash`` is of the list it was made against; ``waiting`` are keys of candidates for the
    next page; ``routed`` are works that fit another list better, each with that list and section;
    ``second_chances`` were rejected and have changed since. ``balance`` names sections with few
    entries and no candidates, ``watch`` changes of listed works: neither is a reason to rewrite a
    page. ``named`` are the works of ``waiting`` with section and title; ``reserve`` are keys of
    works without room; ``shelved`` are those that went to the shelf, each with the reason.
    ``unattended`` counts the last digests from which nobody decided anything. ``has_stars`` is
    whether the list marks its editors' picks, ``has_model`` whether a model had a part in it.
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
    named: tuple[tuple[str, str, str], ...] = ()
    reserve: tuple[str, ...] = ()
    shelved: tuple[tuple[str, str], ...] = ()
    unattended: int = 0
    has_stars: bool = True
    has_model: bool = True

    @property
    def items(self) -> tuple[Candidate, ...]:
        """Everything on the page that can be ticked."""
        return (*self.candidates, *self.near_misses, *self.second_chances)

    @property
    def minutes(self) -> int:
        return max(1, round(len(self.candidates) * SECONDS_A_CANDIDATE / 60))

    @property
    def fingerprint(self) -> str:
        """
        A hash of the news: candidates, facts, near misses, and each source's status.

        Times, reasons, upvotes and the list's bytes are left out: a run with the same results
        writes nothing, even if the list was edited meanwhile. A quiet source is no news either.
        """
        news = asdict(self) | {
            "made_at": None,
            "base_hash": None,
            "word": _notable(self.word),
            "sources": sorted({(s.source, s.word) for s in self.sources if _notable(s.word)}),
            "balance": None,
            "watch": None,
            "reserve": None,
            "candidates": [_news_of(c) for c in self.candidates],
            "near_misses": [_news_of(c) for c in self.near_misses],
            "second_chances": [_news_of(c) for c in self.second_chances],
        }
        del news["has_stars"], news["has_model"]
        return hashlib.sha256(orjson.dumps(news)).hexdigest()


def _news_of(candidate: Candidate) -> dict[str, Any]:
    news = asdict(candidate) | VOLATILE
    if not candidate.by_section:
        del news["by_section"]
    return news


def _notable(word: str) -> str:
    return "" if word in ("OK", "QUIET") else word


def as_json(digest: Digest) -> dict[str, Any]:
    """The digest for machines, with the fingerprint that tells whether there is news."""
    return asdict(digest) | {
        "made_at": digest.made_at.isoformat(),
        "fingerprint": digest.fingerprint,
    }


def from_json(body: Mapping[str, Any]) -> Digest:
    """A stored digest; fields that an older version did not write get their defaults."""
    tuples = ("kept_out", "routed", "named", "shelved")
    pairs = {name: tuple(map(tuple, body.get(name, ()))) for name in tuples}
    works = {
        name: tuple(map(_candidate_from_json, body.get(name, ())))
        for name in ("candidates", "near_misses", "second_chances")
    }
    sources = tuple(SourceLine(**row) for row in body["sources"])
    made_at = datetime.fromisoformat(body["made_at"])
    return Digest(
        **_fields(Digest, body) | pairs | works | {"sources": sources, "made_at": made_at}
    )


def _candidate_from_json(row: Mapping[str, Any]) -> Candidate:
    why = tuple(Evidence(**evidence) for evidence in row["why"])
    texts = tuple((text, tuple(names)) for text, names in row.get("by_section", ()))
    return Candidate(**_fields(Candidate, row) | {"why": why, "by_section": texts})


def _fields(kind: type[Digest] | type[Candidate], row: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name in names
    }


def week_of(now: datetime) -> str:
    """The ISO week of a moment, e.g. 2024-W46."""
    year, number, _ = now.isocalendar()
    return f"{year}-W{number:02}"


def digest_path(root: Path, lists: Sequence[ListRules], rules: ListRules, name: str) -> Path:
    """The Markdown file of a digest; its name has the list's only where lists share a folder."""
    folder = Path(rules.digests or DIGESTS)
    shared = any(Path(peer.digests or DIGESTS) == folder for peer in lists if peer is not rules)
    return root / folder / (f"{short_name(rules.file)}-{name}.md" if shared else f"{name}.md")
