"""Works as candidates of a digest: the verdict on each with the stored facts and its entry."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.address import label_for, read_address
from catalog.facts import Fact, Verdict
from catalog.markdown.entry import Extra
from catalog.paper import Link, Paper, Work
from catalog.store import Store
from config.form import PLAZA, Form
from output.digest.model import Candidate
from output.entries import entry_of, entry_of_link, extra_of, with_extras
from output.forms import ExtraFields, blanks, written, written_by_section
from output.sparkline import sparkline
from pipelines.candidates import CandidateSet
from pipelines.enrich.repositories import is_archived, key_of, living_codes
from pipelines.enrich.trends import growth, trends
from pipelines.likeness import Likeness
from pipelines.rank.score import DIGITS, Strength
from pipelines.showings import Standing

# Links of one paper that its entry shows besides its code.
MAX_EXTRAS = 3
MAX_LIKELY_SECTIONS = 2
FACTS = ("citations", "code", "upvotes", "stars", "venue", "tldr", "affiliations")
# Points of a sparkline: as many as a line of the page has room for.
TREND_POINTS = 8

Judged = tuple[Work, Verdict]


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """
    What the enrichers found of a work, for its candidate and its entry.

    ``trend`` is a sparkline of citations, ``lost`` a deleted repository that the paper names,
    ``archived`` says so of a living one, ``stars_gained`` are new stars in a number of days.
    """

    citation: Fact | None = None
    code: Fact | None = None
    upvotes: Fact | None = None
    venue: Fact | None = None
    stars: Fact | None = None
    tldr: Fact | None = None
    affiliations: Fact | None = None
    trend: str = ""
    lost: str = ""
    archived: bool = False
    stars_gained: tuple[int, int] | None = None

    def of_candidate(self) -> dict[str, Any]:
        """The fields of a candidate; a count of zero is shown here, but not in the entry."""
        cited = self.citation
        return {
            "citations": _count(cited),
            "citations_source": cited.source if cited else None,
            "citations_as_of": cited.seen_at.date().isoformat() if cited else None,
            "code": self.code.value if self.code else None,
            "upvotes": _count(self.upvotes),
            "venue": self.venue.value if self.venue else None,
            "stars": _count(self.stars),
            "tldr": self.tldr.value if self.tldr else "",
            "affiliations": self.affiliations.value if self.affiliations else "",
            "trend": self.trend,
            "lost": self.lost,
            "archived": self.archived,
            "stars_gained": self.stars_gained if self.stars else None,
        }


NOTHING_KNOWN = KnownFacts()


@dataclass(frozen=True, slots=True)
class Likely:
    """
    What the list's model says of a work, and who proposes it: words, likeness or both.

    ``sections`` are further choices: the model's where they differ, then the catch-all.
    """

    by: str
    likeness: Likeness
    line: float | None
    sections: tuple[str, ...] = ()


def numbered(
    store: Store,
    now: datetime,
    current: CandidateSet,
    works: list[Judged],
    strong: Mapping[str, Strength] | None = None,
    *,
    form: Form = PLAZA,
    seen: Mapping[str, Standing] | None = None,
) -> Iterator[Candidate]:
    """Works as a digest shows them, with stored facts; without strengths scored by the rules."""
    facts = known_facts(store, now, [work.key for work, _ in works])
    for number, (work, verdict) in enumerate(works, 1):
        yield candidate(
            number,
            work,
            verdict,
            facts[work.key],
            strength=(strong or {}).get(work.key),
            url=current.shown.get(work.key, ""),
            form=form,
            likely=_likely(current, work, verdict),
            standing=(seen or {}).get(work.key),
            extras=[_extra(current, link) for link in current.tied.get(work.key, ())[:MAX_EXTRAS]],
        )


def known_facts(store: Store, now: datetime, keys: Sequence[str]) -> dict[str, KnownFacts]:
    """What is stored of each work."""
    latest = store.facts.latest_of(FACTS, keys)
    history = store.facts.history_of("citations", keys)
    repositories = {key_of(code.value) for code in latest["code"].values()}
    states = store.facts.latest("repository", repositories)
    alive = living_codes(latest["code"], states)
    grown = {key: trend for key, trend in trends(history).items() if trend.moved}
    lost = {key: code.value for key, code in latest["code"].items() if key not in alive}
    gained = _stars_gained(store, now, latest["stars"])
    return {
        key: KnownFacts(
            citation=latest["citations"].get(key),
            code=alive.get(key),
            upvotes=latest["upvotes"].get(key),
            venue=latest["venue"].get(key),
            stars=latest["stars"].get(key),
            tldr=latest["tldr"].get(key),
            affiliations=latest["affiliations"].get(key),
            trend=sparkline(grown[key].levels(TREND_POINTS)) if key in grown else "",
            lost=lost.get(key, ""),
            archived=key in alive and is_archived(alive[key], states),
            stars_gained=gained.get(key),
        )
        for key in keys
    }


def candidate(
    number: int,
    work: Work,
    verdict: Verdict,
    facts: KnownFacts = NOTHING_KNOWN,
    *,
    url: str = "",
    extras: Sequence[Extra] = (),
    strength: Strength | None = None,
    form: Form = PLAZA,
    likely: Likely | None = None,
    standing: Standing | None = None,
) -> Candidate:
    """
    A work as a digest shows it.

    ``url`` is the address in a link's entry; ``extras`` are further links of a paper.
    """
    shown = url or work.url if isinstance(work, Link) else ""
    if isinstance(work, Link):
        entry = entry_of_link(work, shown, extras)
    else:
        entry = with_extras(entry_of(work, citation=facts.citation, code=facts.code), extras)
    place = verdict.section or verdict.runner_up
    known = ExtraFields(facts.venue.value if facts.venue else "")
    return Candidate(
        number=number,
        section=verdict.section,
        why=verdict.evidence,
        runner_up=verdict.runner_up,
        lacked=verdict.lacked,
        entry=written(form, entry, work, place, known),
        by_section=written_by_section(form, entry, work, known),
        blanks=blanks(form, place),
        url=shown,
        times_shown=standing.times if standing else 0,
        times_named=standing.named if standing else 0,
        changed=standing.changed if standing else "",
        **_of_work(work),
        **facts.of_candidate(),
        **_standing(strength or Strength(verdict.score)),
        **_of_likeness(likely),
    )


def _of_work(work: Work) -> dict[str, Any]:
    # A link in the shape of a paper, as far as it has one.
    paper = work if isinstance(work, Paper) else Paper("", 1, work.title, work.description)
    return {
        "key": work.key,
        "title": work.title,
        "abstract": paper.abstract or "",
        "authors": paper.authors,
        "categories": paper.categories,
        "announced": paper.announced.isoformat() if paper.announced else "",
        "kind": work.kind if isinstance(work, Link) else "paper",
        "version": work.version if isinstance(work, Paper) else 0,
    }


def _standing(strong: Strength) -> dict[str, Any]:
    """The score, and with a model how a work compares with the others of its run."""
    scores = {"score": strong.score, "rules": round(strong.rules, DIGITS), "learned": None}
    if strong.learned is None:
        return scores
    return scores | {
        "learned": round(strong.learned, DIGITS),
        "rules_above": round(strong.rules_above, DIGITS),
        "learned_above": round(strong.learned_above, DIGITS),
        "share_of_rules": strong.share,
    }


def _of_likeness(likely: Likely | None) -> dict[str, Any]:
    if likely is None:
        return {}
    return {
        "by": likely.by,
        "likeness": likely.likeness.chance,
        "line": None if likely.line is None else round(likely.line, DIGITS),
        "telling": likely.likeness.words,
        "nearest": likely.likeness.nearest,
        "other_sections": likely.sections,
    }


def _likely(current: CandidateSet, work: Work, verdict: Verdict) -> Likely | None:
    """What the model says of a work; None where it hasn't seen it."""
    found = current.likeness
    said = found.of.get(work.key) if found else None
    if found is None or said is None:
        return None
    by_words = work.key not in current.by_likeness
    by = (found.by(work.key, verdict) if by_words else "likeness") or "words"
    names = [name for name, _ in said.sections[:MAX_LIKELY_SECTIONS]]
    others = dict.fromkeys([*names, *filter(None, [current.catch_all])])
    shown = (verdict.section, verdict.runner_up)
    return Likely(by, said, found.line, tuple(name for name in others if name not in shown))


def _stars_gained(store: Store, now: datetime, keys: Collection[str]) -> dict[str, tuple[int, int]]:
    """The new stars of each repository, and in how many days."""
    history = store.facts.history_of("stars", keys)
    grown = {key: growth(trend, now) for key, trend in trends(history).items()}
    return {key: (stars.gain, stars.days) for key, stars in grown.items() if stars}


def _extra(current: CandidateSet, link: Link) -> Extra:
    """A model or repository of a paper, as a further link of its entry."""
    address = read_address(current.shown.get(link.key, link.url))
    return extra_of(address) if address else Extra("link", label_for(link.url), link.url)


def _count(fact: Fact | None) -> int | None:
    return fact.count if fact else None
