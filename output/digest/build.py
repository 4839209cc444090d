"""
``listkeeper digest``: writes the week's candidates of each list as a page.

A page that somebody ticked or applied is never rewritten: new candidates go to a further page of
the same week. A run without news leaves every file as it is, to the byte.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from catalog.address import label_for, read_address
from catalog.markdown.entry import Extra
from catalog.paper import (
    Link,
    SourceReport,
    SourceStatus,
    Verdict,
    Work,
    bare_key,
    overall_status,
    told_once,
)
from catalog.report import Report
from catalog.store import Store
from catalog.store.digests import hash_of
from config.form import PLAZA, Form
from config.rules import ListRules
from output.digest.model import (
    Candidate,
    Digest,
    Likely,
    SourceLine,
    candidate,
)
from output.digest.pages import (
    DigestFile,
    Pages,
    adopt_kept,
    finish_pages,
    write_missing_twins,
    write_page,
)
from output.entries import extra_of
from output.sparkline import sparkline
from pipelines.candidates import CandidateSet, Snapshots, balance, second_chances
from pipelines.enrich.repositories import is_archived, key_of, living_codes
from pipelines.enrich.trends import growth, trends
from pipelines.rank.score import Strength
from pipelines.rank.stage import Ranking, strengths
from pipelines.watch.stage import month_begins, watch_lines
from pipelines.workspace import Workspace

DEFAULT_SIZE = 25
MAX_NEAR_MISSES = 10
# Healthy parts of one source that still get a line each.
MAX_SOURCE_LINES = 4
# Links of one paper that its entry shows besides its code.
MAX_EXTRAS = 3
MAX_SHOWN_TITLE_CHARS = 120
FACTS = ("citations", "code", "upvotes", "stars", "venue")
# Points of a sparkline: as many as a line of the page has room for.
TREND_POINTS = 8

Judged = tuple[Work, Verdict]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a page is built from; ``again`` are rejected works that have changed."""

    rules: ListRules
    sources: Sequence[SourceReport]
    current: CandidateSet
    again: Sequence[tuple[Work, Verdict, str]]
    strong: Mapping[str, Strength]
    balance: tuple[str, ...]
    watch: tuple[str, ...]


def digest(
    workspace: Workspace,
    report: Report,
    sources: Sequence[SourceReport],
    snapshots: Snapshots,
    *,
    week: str | None = None,
    size: int = DEFAULT_SIZE,
    html: bool = False,
) -> None:
    """
    Write a page for each list, with the status of the sources at its head.

    ``html`` also writes an HTML page; an existing one is always kept up to date.
    """
    store, now = workspace.store, workspace.now
    for rules in workspace.lists:
        pages = Pages(store, workspace.root, workspace.every_list, rules)
        finish_pages(pages)
        adopt_kept(pages, week or week_of(now))
        place = pages.place(week or week_of(now))
        current = snapshots.candidates(rules)
        chances = second_chances(store, rules, current.base, now)
        again = [chance for chance in chances if chance[0].key not in place.held]
        judged = [(work, verdict) for work, verdict, _ in again]
        shown = [*current.candidates, *current.near_misses, *judged]
        material = Material(
            rules,
            sources,
            current,
            again,
            strengths(Ranking.of(workspace, rules), store, shown),
            balance(rules, current),
            watch_lines(store, workspace.list_path(rules), now) if month_begins(place.name) else (),
        )
        built = _build(material, place, store, now, size)
        if html:
            report.files += write_missing_twins(pages, place)
        if place.kept and not built.candidates:
            report.notes.append(f"{rules.list}: nothing new; {_kept(place)}")
            continue
        report.files += write_page(store, place, built, current.base, html=html)
        report.count("digest/candidates", len(built.candidates))
        report.count("digest/carried-over", len(built.waiting))
        report.notes.append(f"{rules.list}: {_summary(built, place.path.name)}")
        if place.kept:
            report.notes.append(f"{rules.list}: {_kept(place)}; the rest is in {place.path.name}")


def week_of(now: datetime) -> str:
    """The ISO week of a moment, e.g. 2024-W46."""
    year, number, _ = now.isocalendar()
    return f"{year}-W{number:02}"


def _build(material: Material, place: DigestFile, store: Store, now: datetime, size: int) -> Digest:
    rules, current, strong = material.rules, material.current, material.strong
    works = _best(current.candidates, strong, place.held)
    chosen = sorted(works[:size], key=lambda pair: _order(rules, pair[1]))
    near = _best(current.near_misses, strong, place.held)[:MAX_NEAR_MISSES]
    judged = [(work, verdict) for work, verdict, _ in material.again]
    shown = list(numbered(store, now, current, [*chosen, *near, *judged], strong, form=rules.form))
    chances = zip(shown[len(chosen) + len(near) :], material.again, strict=True)
    return Digest(
        list_name=rules.list,
        name=place.name,
        made_at=now,
        base_hash=hash_of(current.base),
        word=str(overall_status(list(material.sources))),
        sources=tuple(head_lines(material.sources)),
        candidates=tuple(shown[: len(chosen)]),
        near_misses=tuple(shown[len(chosen) : len(chosen) + len(near)]),
        kept_out=tuple(
            (f"{bare_key(work.key)} {work.title[:MAX_SHOWN_TITLE_CHARS]}", why)
            for work, why in current.kept_out
        ),
        waiting=tuple(work.key for work, _ in works[size:]),
        routed=tuple((work.title[:MAX_SHOWN_TITLE_CHARS], where) for work, where in current.routed),
        second_chances=tuple(replace(item, changed=why) for item, (_, _, why) in chances),
        balance=material.balance,
        watch=material.watch,
    )


def _best(
    judged: Iterable[Judged], strong: Mapping[str, Strength], held: frozenset[str]
) -> list[Judged]:
    """Works that are on no earlier page, the highest score first."""
    return sorted(
        (pair for pair in judged if pair[0].key not in held),
        key=lambda pair: (-strong[pair[0].key].score, pair[0].key),
    )


def _order(rules: ListRules, verdict: Verdict) -> int:
    """The position of a section in the list; works of one section stay in order of score."""
    names = [section.name for section in rules.sections]
    return names.index(verdict.section or names[0])


def head_lines(sources: Sequence[SourceReport]) -> Iterator[SourceLine]:
    """
    The status of each source, those that need a look first.

    The healthy parts of a source with many parts share one line.
    """
    sources = told_once(sources)
    bad = [s for s in sources if s.look or s.word in (SourceStatus.BROKEN, SourceStatus.STALE)]
    yield from (SourceLine(s.source, str(s.word), s.reason) for s in bad)
    good = [s for s in sources if s not in bad]
    for name, group in groupby(good, key=lambda s: s.source.partition("/")[0]):
        parts = list(group)
        if len(parts) <= MAX_SOURCE_LINES:
            yield from (SourceLine(s.source, str(s.word), s.reason) for s in parts)
            continue
        new = sum(part.counts.get("new", 0) for part in parts)
        yield SourceLine(name, str(overall_status(parts)), f"{len(parts)} read, {new} new")


def numbered(
    store: Store,
    now: datetime,
    current: CandidateSet,
    works: list[Judged],
    strong: Mapping[str, Strength] | None = None,
    *,
    form: Form = PLAZA,
) -> Iterator[Candidate]:
    """Works as a digest shows them, with stored facts; without strengths scored by the rules."""
    keys = [work.key for work, _ in works]
    latest = {kind: store.facts.latest(kind, keys) for kind in FACTS}
    history = (pair for key in keys for pair in store.facts.history("citations", key))
    repositories = {key_of(code.value) for code in latest["code"].values()}
    states = store.facts.latest("repository", repositories)
    alive = living_codes(latest["code"], states)
    archived = {key for key, code in alive.items() if is_archived(code, states)}
    grown = {key: trend for key, trend in trends(history).items() if trend.moved}
    lost = {key: code.value for key, code in latest["code"].items() if key not in alive}
    gained = _stars_gained(store, now, latest["stars"])
    for number, (work, verdict) in enumerate(works, 1):
        citation, _, upvotes, stars, venue = (latest[kind].get(work.key) for kind in FACTS)
        yield candidate(
            number,
            work,
            verdict,
            citation=citation,
            code=alive.get(work.key),
            upvotes=upvotes,
            stars=stars,
            stars_gained=gained.get(work.key),
            venue=venue,
            strength=(strong or {}).get(work.key),
            lost=lost.get(work.key, ""),
            archived=work.key in archived,
            trend=sparkline(grown[work.key].levels(TREND_POINTS)) if work.key in grown else "",
            url=current.shown.get(work.key, ""),
            form=form,
            likely=_likely(current, work, verdict),
            extras=[_extra(current, link) for link in current.tied.get(work.key, ())[:MAX_EXTRAS]],
        )


def _likely(current: CandidateSet, work: Work, verdict: Verdict) -> Likely | None:
    """What the model says of a work; None where it hasn't seen it."""
    found = current.likeness
    said = found.of.get(work.key) if found else None
    if found is None or said is None:
        return None
    let_in = verdict.section is not None and work.key not in current.by_likeness
    by = found.by(work.key, let_in=let_in) or "words"
    others = dict.fromkeys([*said.sections, *filter(None, [current.catch_all])])
    shown = (verdict.section, verdict.runner_up)
    return Likely(by, said, found.line, tuple(name for name in others if name not in shown))


def _stars_gained(store: Store, now: datetime, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The new stars of each repository, and in how many days."""
    history = (pair for key in keys for pair in store.facts.history("stars", key))
    grown = {key: growth(trend, now) for key, trend in trends(history).items()}
    return {key: (stars.gain, stars.days) for key, stars in grown.items() if stars}


def _extra(current: CandidateSet, link: Link) -> Extra:
    """A model or repository of a paper, as a further link of its entry."""
    address = read_address(current.shown.get(link.key, link.url))
    return extra_of(address) if address else Extra("link", label_for(link.url), link.url)


def _kept(place: DigestFile) -> str:
    """The earlier pages of the week, and why they stay as they are."""
    return "; ".join(f"{file} stays as it is: {why}" for file, why in place.kept)


def _summary(built: Digest, file: str) -> str:
    number, waiting = len(built.candidates), len(built.waiting)
    candidates = "1 candidate" if number == 1 else f"{number} candidates"
    return f"{candidates} in {file}" + (f", {waiting} more waiting" if waiting else "")


def last_said(store: Store) -> list[SourceReport]:
    """The last stored report of each source."""
    latest: dict[str, SourceReport] = {}
    for run in store.runs.recent(most=20):
        for source in run.report.get("sources", ()):
            report = SourceReport(**{**source, "word": SourceStatus(source["word"])})
            latest.setdefault(report.source, report)
    return list(latest.values())
