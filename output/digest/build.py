"""
``listkeeper digest``: the week's candidates as a page for a person.

A page that somebody has ticked or applied is theirs: what is new goes to a further page of the
same week. A run that found nothing new leaves every file as it is, to the byte.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from pathlib import Path

import orjson

from catalog.address import label_for, read_address
from catalog.files import write_whole
from catalog.markdown.entry import Extra
from catalog.paper import Link, SourceReport, SourceStatus, Verdict, Work, bare_key, overall_status
from catalog.report import Report
from catalog.store.digests import KeptDigest, hash_of
from config.rules import ListRules
from output.digest.markdown import page
from output.digest.model import Candidate, Digest, SourceLine, as_json, candidate, from_json
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
NEAR_MISSES = 10
# Parts of one source that did well and still have a line each.
MOST_LINES = 4
# Links of one paper that its entry shows beside its code.
MOST_EXTRAS = 3
FACTS = ("citations", "code", "upvotes", "stars", "venue")
# Signs of a trend: as many as a line of the page has room for.
TREND = 8

Judged = tuple[Work, Verdict]


@dataclass(frozen=True, slots=True)
class DigestFile:
    """Where a page goes: its name, its file, and the works that older pages still hold."""

    name: str
    path: Path
    kept: KeptDigest | None
    held: frozenset[str]


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
    Write a page for each list, headed by how the sources did; the report says what and why.

    ``html`` writes its twin for a browser beside it; one that is there is kept up to date.
    """
    for rules in workspace.lists:
        place = _place(workspace, rules, week or week_of(workspace))
        found = snapshots.candidates(rules)
        made = _make(workspace, rules, found, sources, place, size)
        if html:
            _write_missing_twins(workspace, report, rules, place)
        if place.held and not made.candidates:
            report.notes.append(f"{rules.list}: nothing new since this week's digest was ticked")
            continue
        _write(workspace, report, place, made, found.base, html=html)
        report.count("digest/candidates", len(made.candidates))
        report.count("digest/carried-over", len(made.waiting))
        more = f", {len(made.waiting)} more wait" if made.waiting else ""
        report.notes.append(
            f"{rules.list}: {len(made.candidates)} candidates in {place.path.name}{more}"
        )


def week_of(workspace: Workspace) -> str:
    """The ISO week of the run's moment, e.g. 2024-W46."""
    year, number, _ = workspace.now.isocalendar()
    return f"{year}-W{number:02}"


def digest_folder(workspace: Workspace, rules: ListRules) -> Path:
    return workspace.root / (rules.digests or "digests")


def _place(workspace: Workspace, rules: ListRules, week: str) -> DigestFile:
    """The first page of the week that nobody has worked on yet."""
    held: set[str] = set()
    for name in _names(week):
        path = path_of(workspace, rules, name)
        kept = workspace.store.digests.get(rules.list, name)
        if kept is None or not _is_theirs(workspace, path, kept):
            return DigestFile(name, path, kept, frozenset(held))
        held |= _keys(kept)
    raise AssertionError("unreachable: there is always a further name")


def _keys(kept: KeptDigest) -> set[str]:
    """What a page holds: what it shows, and what waits behind it for the next week's."""
    return {*(item["key"] for item in kept.items), *kept.body["waiting"]}


def _names(week: str) -> Iterator[str]:
    yield week
    number = 2
    while True:
        yield f"{week}-{number}"
        number += 1


def path_of(workspace: Workspace, rules: ListRules, name: str) -> Path:
    folder = digest_folder(workspace, rules)
    alone = all(
        other is rules or digest_folder(workspace, other) != folder for other in workspace.lists
    )
    return folder / (f"{name}.md" if alone else f"{Path(rules.file).stem}-{name}.md")


def _is_theirs(workspace: Workspace, path: Path, kept: KeptDigest) -> bool:
    """Whether a person has changed the page, or applied it."""
    applied = any(
        decision.digest == kept.name for decision in workspace.store.decisions.all(kept.list_name)
    )
    if applied:
        return True
    return path.exists() and hash_of(path.read_bytes()) != kept.body["page"]


def _make(
    workspace: Workspace,
    rules: ListRules,
    found: CandidateSet,
    sources: Sequence[SourceReport],
    place: DigestFile,
    size: int,
) -> Digest:
    again = [] if place.held else second_chances(workspace.store, rules, found.base, workspace.now)
    judged = [(work, verdict) for work, verdict, _ in again]
    works = [*found.candidates, *found.near_misses, *judged]
    strong = strengths(Ranking.of(workspace, rules), workspace.store, works)
    best = _best(found.candidates, strong, place)
    chosen = sorted(best[:size], key=lambda pair: _order(rules, pair[1]))
    near = _best(found.near_misses, strong, place)[:NEAR_MISSES]
    shown = list(numbered(workspace, found, [*chosen, *near, *judged], strong))
    chances = zip(shown[len(chosen) + len(near) :], again, strict=True)
    return Digest(
        list_name=rules.list,
        name=place.name,
        made_at=workspace.now,
        base_hash=hash_of(found.base),
        word=str(overall_status(list(sources))),
        sources=tuple(head_lines(sources)),
        candidates=tuple(shown[: len(chosen)]),
        near_misses=tuple(shown[len(chosen) : len(chosen) + len(near)]),
        kept_out=_kept_out(found),
        waiting=tuple(work.key for work, _ in best[size:]),
        routed=tuple((work.title[:120], where) for work, where in found.routed),
        second_chances=tuple(replace(item, changed=why) for item, (_, _, why) in chances),
        balance=balance(rules, found),
        watch=watch_lines(workspace.store, workspace.list_path(rules), workspace.now)
        if month_begins(place.name)
        else (),
    )


def _best(
    some: Iterable[Judged], strong: Mapping[str, Strength], place: DigestFile
) -> list[Judged]:
    """Those that no older page holds, the strongest first."""
    return sorted(
        (pair for pair in some if pair[0].key not in place.held),
        key=lambda pair: (-strong[pair[0].key].score, pair[0].key),
    )


def head_lines(sources: Sequence[SourceReport]) -> Iterator[SourceLine]:
    """
    How the sources did: first what deserves a look, then the rest.

    Of a source with many parts, those that did well are one line.
    """
    bad = [s for s in sources if s.look or s.word in (SourceStatus.BROKEN, SourceStatus.STALE)]
    yield from (SourceLine(s.source, str(s.word), s.reason) for s in bad)
    good = [s for s in sources if s not in bad]
    for name, some in groupby(good, key=lambda s: s.source.partition("/")[0]):
        parts = list(some)
        if len(parts) <= MOST_LINES:
            yield from (SourceLine(s.source, str(s.word), s.reason) for s in parts)
            continue
        new = sum(part.counts.get("new", 0) for part in parts)
        yield SourceLine(name, str(overall_status(parts)), f"{len(parts)} read, {new} new")


def _order(rules: ListRules, verdict: Verdict) -> int:
    """The place of a section in the list; within one the strongest stay first."""
    names = [section.name for section in rules.sections]
    return names.index(verdict.section or names[0])


def numbered(
    workspace: Workspace,
    found: CandidateSet,
    works: list[Judged],
    strong: Mapping[str, Strength] | None = None,
) -> Iterator[Candidate]:
    """Works as a digest shows them; without strengths by the rules alone."""
    keys = [work.key for work, _ in works]
    latest = {kind: workspace.store.facts.latest(kind, keys) for kind in FACTS}
    history = (pair for key in keys for pair in workspace.store.facts.history("citations", key))
    homes = {key_of(code.value) for code in latest["code"].values()}
    states = workspace.store.facts.latest("repository", homes)
    alive = living_codes(latest["code"], states)
    archived = {key for key, code in alive.items() if is_archived(code, states)}
    grown = {key: trend for key, trend in trends(history).items() if trend.moved}
    lost = {key: code.value for key, code in latest["code"].items() if key not in alive}
    gained = _stars_gained(workspace, latest["stars"])
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
            trend=sparkline(grown[work.key].levels(TREND)) if work.key in grown else "",
            url=found.shown.get(work.key, ""),
            extras=[_extra(found, link) for link in found.tied.get(work.key, ())[:MOST_EXTRAS]],
        )


def _stars_gained(workspace: Workspace, stars: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many stars each of these repositories gained lately, and in how many days."""
    history = (pair for key in stars for pair in workspace.store.facts.history("stars", key))
    told = {key: growth(trend, workspace.now) for key, trend in trends(history).items()}
    return {key: (one.gain, one.days) for key, one in told.items() if one}


def _extra(found: CandidateSet, link: Link) -> Extra:
    """A model or repository of a paper, as a further link of its entry."""
    address = read_address(found.shown.get(link.key, link.url))
    return extra_of(address) if address else Extra("link", label_for(link.url), link.url)


def _kept_out(found: CandidateSet) -> tuple[tuple[str, str], ...]:
    return tuple((f"{bare_key(work.key)} {work.title[:120]}", why) for work, why in found.kept_out)


def _write(
    workspace: Workspace,
    report: Report,
    place: DigestFile,
    made: Digest,
    base: bytes,
    *,
    html: bool,
) -> None:
    """Keep the digest, then write its files; nothing where there is no news."""
    machine, twin = place.path.with_suffix(".json"), place.path.with_suffix(".html")
    if place.kept and place.kept.body["fingerprint"] == made.fingerprint:
        made = replace(made, made_at=place.kept.made_at)
        if html and not twin.exists():
            _write_twin(report, twin, made)
        if place.path.exists() and machine.exists():
            return
    text = page(made).encode()
    body = as_json(made) | {"page": hash_of(text)}
    workspace.store.digests.save(KeptDigest(made.list_name, made.name, made.made_at, base, body))
    write_whole(place.path, text)
    write_whole(machine, orjson.dumps(as_json(made), option=orjson.OPT_INDENT_2) + b"\n")
    report.files += [str(place.path), str(machine)]
    if html or twin.exists():
        _write_twin(report, twin, made)


def _write_missing_twins(
    workspace: Workspace, report: Report, rules: ListRules, place: DigestFile
) -> None:
    """Of the week's pages that people have worked on: they stay, and their twins show them."""
    week = place.name[: len("2024-W46")]
    for name in takewhile(lambda name: name != place.name, _names(week)):
        kept = workspace.store.digests.get(rules.list, name)
        twin = path_of(workspace, rules, name).with_suffix(".html")
        if kept and not twin.exists():
            _write_twin(report, twin, from_json(kept.body))


def _write_twin(report: Report, path: Path, made: Digest) -> None:
    from output.digest.html import html_page

    write_whole(path, html_page(made).encode())
    report.files.append(str(path))


def last_said(workspace: Workspace) -> list[SourceReport]:
    """What each source said when it was last asked."""
    said: dict[str, SourceReport] = {}
    for run in workspace.store.runs.recent(most=20):
        for source in run.report.get("sources", ()):
            report = SourceReport(**{**source, "word": SourceStatus(source["word"])})
            said.setdefault(report.source, report)
    return list(said.values())
