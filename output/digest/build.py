"""
``listkeeper digest``: writes the week's candidates of each list as a page.

A page that somebody ticked or applied is never rewritten: new candidates go to a further page of
the same week. A run without news leaves every file as it is, to the byte.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from catalog.facts import Decision, Verdict
from catalog.paper import Work, bare_key
from catalog.report import Report
from catalog.rows.digests import KeptDigest, hash_of, week_in
from catalog.sightings import SourceReport, SourceStatus, overall_status, told_once
from catalog.store import Store
from catalog.store.verdicts import NearMiss
from config.rules import ListRules
from output.digest.candidates import numbered
from output.digest.model import (
    Candidate,
    Digest,
    SourceLine,
    from_json,
    week_of,
)
from output.digest.pages import (
    HTML_TWIN,
    DigestFile,
    Pages,
    adopt_kept,
    finish_pages,
    write_missing_twins,
    write_page,
)
from output.forms import has_stars
from pipelines.candidates import CandidateSet, Snapshots, balance
from pipelines.page_size import page_size
from pipelines.rank.order import strengths
from pipelines.rank.score import Strength
from pipelines.second_chances import second_chances
from pipelines.showings import (
    NO_ROOM,
    Choice,
    choose,
    seen_of,
)
from pipelines.workspace import Workspace

MAX_NEAR_MISSES = 10
# Healthy parts of one source that still get a line each.
MAX_SOURCE_LINES = 4
MAX_SHOWN_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Material:
    """
    Everything that a page is built from.

    ``again`` are rejected works that have changed, ``decided`` candidates of the page as it was
    that somebody has decided on meanwhile: they keep their places. ``why_so_many`` says where the
    page's size comes from, empty where it was asked for or is the usual one.
    """

    rules: ListRules
    sources: Sequence[SourceReport]
    current: CandidateSet
    again: Sequence[tuple[Work, Verdict, str]]
    strong: Mapping[str, Strength]
    balance: tuple[str, ...]
    watch: tuple[str, ...]
    choice: Choice
    decided: Sequence[Candidate] = ()
    shelved: tuple[tuple[str, str], ...] = ()
    unattended: int = 0
    why_so_many: str = ""


def digest(
    workspace: Workspace,
    report: Report,
    sources: Sequence[SourceReport],
    snapshots: Snapshots,
    *,
    week: str | None = None,
    size: int | None = None,
    twins: Collection[str] = (),
    more: bool = False,
) -> None:
    """
    Write a page for each list, with the status of the sources at its head.

    ``size`` is the most candidates on a page; by default it follows what editors took from earlier
    digests. ``twins`` are the endings of what is wanted beside the page, ``.json`` for machines and
    ``.html`` for browsers; an existing one is always kept up to date. ``more`` shows further
    candidates on a page of their own, also in a week that is done.
    """
    store, now = workspace.store, workspace.now
    week = week or week_of(now)
    for rules in workspace.lists:
        pages = Pages(store, workspace.root, workspace.every_list, rules)
        finish_pages(pages)
        adopt_kept(pages, week)
        place = pages.further(week) if more else pages.place(week)
        current = snapshots.candidates(rules)
        if HTML_TWIN in twins:
            report.files += write_missing_twins(pages, place)
        material = _material(workspace, rules, sources, current, pages, place, size)
        if place.is_after_a_record and not more:
            report.notes.append(f"{rules.list}: {_kept(place)}; {_later(material.choice)}")
            continue
        built = _build(material, place, store, now)
        if (place.kept or more) and not built.candidates:
            why = f"; {_kept(place)}" if place.kept else ""
            report.notes.append(f"{rules.list}: nothing new{why}")
            continue
        report.files += write_page(store, place, built, current.base, twins)
        report.count("digest/candidates", len(built.candidates))
        report.count("digest/carried-over", len(built.waiting))
        report.notes.append(f"{rules.list}: {_summary(built, place.path.name)}")
        if material.why_so_many and len(built.candidates) > 1:
            report.notes.append(f"{rules.list}: {material.why_so_many}")
        if place.kept:
            report.notes.append(f"{rules.list}: {_kept(place)}; the rest is in {place.path.name}")


def _material(
    workspace: Workspace,
    rules: ListRules,
    sources: Sequence[SourceReport],
    current: CandidateSet,
    pages: Pages,
    place: DigestFile,
    size: int | None,
) -> Material:
    store, now = workspace.store, workspace.now
    chances = second_chances(store, rules, current.base, now)
    again = [chance for chance in chances if chance[0].key not in place.held]
    judged = [(work, verdict) for work, verdict, _ in again]
    strong = strengths(
        workspace,
        rules,
        [*current.candidates, *judged],
        current.near_misses,
        current.likeness,
    )
    digests = [digest for digest in store.digests.all() if digest.list_name == rules.list]
    decisions = store.decisions.latest(rules.list)
    decided = list(_decided(place, decisions))
    _, seen = seen_of(store, rules.list, current.candidates, week_in(place.name), digests)
    scores = {key: strength.score for key, strength in strong.items()}
    held = place.held | {candidate.key for candidate in decided}
    if place.week_is_done and place.stored:
        # What comes later is for the next week, not for a page that was asked for.
        own = {item.key for item in from_json(place.stored.body).items}
        held |= {work.key for work, _ in current.candidates if work.key not in own}
    taken = [candidate.section for candidate in decided]
    every_decision = store.decisions.all(rules.list)
    usual = page_size(digests, every_decision, week_in(place.name))
    choice = choose(current, seen, scores, size or usual.shown, held=held, taken=taken)
    before = [digest for digest in digests if week_in(digest.name) < week_in(place.name)]
    return Material(
        rules,
        sources,
        current,
        again,
        strong,
        balance(rules, current),
        _watch_lines(workspace, rules, place.name),
        choice,
        decided,
        tuple(_newly_shelved(before, choice)),
        _unattended(before, every_decision),
        "" if size else usual.why,
    )


def _watch_lines(workspace: Workspace, rules: ListRules, week: str) -> tuple[str, ...]:
    """What a person should look at in the list, once a month."""
    from pipelines.watch.stage import month_begins, watch_lines

    if not month_begins(week):
        return ()
    return watch_lines(workspace.store, workspace.list_path(rules), workspace.now)


def _decided(place: DigestFile, decisions: Mapping[str, Decision]) -> Iterator[Candidate]:
    """The candidates of the stored page that have a decision in force."""
    for item in from_json(place.stored.body).candidates if place.stored else ():
        decision = decisions.get(item.key)
        if decision is not None and decision.act != "undo":
            yield item


def _newly_shelved(before: Sequence[KeptDigest], choice: Choice) -> Iterator[tuple[str, str]]:
    """Works that an earlier digest of the last week showed or named, and that went to the shelf."""
    last = max((week_in(digest.name) for digest in before), default="")
    known: set[str] = set()
    for digest in before:
        if week_in(digest.name) == last:
            body = from_json(digest.body)
            known |= {*(item.key for item in body.candidates), *body.waiting}
    for work, _, why in choice.shelf:
        if work.key in known:
            yield work.title[:MAX_SHOWN_TITLE_CHARS], why


def _unattended(before: Sequence[KeptDigest], decisions: Sequence[Decision]) -> int:
    """How many of the last digests in a row nobody has decided anything from."""
    keys = {decision.work_key for decision in decisions if decision.act != "undo"}
    number = 0
    for digest in sorted(before, key=lambda digest: digest.made_at, reverse=True):
        shown = {str(item["key"]) for item in digest.body.get("candidates", ())}
        if shown & keys:
            break
        number += bool(shown)
    return number


def _later(choice: Choice) -> str:
    """What came after the week's digest was done."""
    open_ones = len(choice.shown) + len(choice.named)
    if not open_ones:
        return "nothing else is open"
    what = "1 candidate waits" if open_ones == 1 else f"{open_ones} candidates wait"
    return f"{what} for the next week's (`listkeeper digest --more` shows them now)"


def _build(material: Material, place: DigestFile, store: Store, now: datetime) -> Digest:
    rules, current, strong = material.rules, material.current, material.strong
    choice = material.choice
    best = _best(current.near_misses, strong, place.held)[:MAX_NEAR_MISSES]
    near = current.in_full(store, rules.list, best)
    judged = [(work, verdict) for work, verdict, _ in material.again]
    works = [*choice.shown, *near, *judged]
    shown = list(
        numbered(store, now, current, works, strong, form=rules.form, seen=choice.standings)
    )
    number = len(choice.shown)
    candidates = in_order(rules, [*material.decided, *shown[:number]])
    others = [
        *shown[number : number + len(near)],
        *(
            replace(item, changed=why)
            for item, (_, _, why) in zip(shown[number + len(near) :], material.again, strict=True)
        ),
    ]
    others = [replace(item, number=place) for place, item in enumerate(others, len(candidates) + 1)]
    return Digest(
        list_name=rules.list,
        name=place.name,
        made_at=now,
        base_hash=hash_of(current.base),
        word=str(overall_status(list(material.sources))),
        sources=tuple(head_lines(material.sources)),
        candidates=tuple(candidates),
        near_misses=tuple(others[: len(near)]),
        kept_out=tuple(
            (f"{bare_key(work.key)} {work.title[:MAX_SHOWN_TITLE_CHARS]}", why)
            for work, why in current.kept_out
        ),
        waiting=tuple(work.key for work, _ in choice.named),
        routed=tuple((work.title[:MAX_SHOWN_TITLE_CHARS], where) for work, where in current.routed),
        second_chances=tuple(others[len(near) :]),
        balance=material.balance,
        watch=material.watch,
        named=tuple(
            (work.key, verdict.section or "", work.title[:MAX_SHOWN_TITLE_CHARS])
            for work, verdict in choice.named
        ),
        reserve=tuple(sorted(work.key for work, _, why in choice.shelf if why == NO_ROOM)),
        shelved=material.shelved,
        unattended=material.unattended,
        has_stars=has_stars(rules.form, current.base),
        has_model=current.likeness is not None,
    )


def in_order(rules: ListRules, candidates: Iterable[Candidate]) -> list[Candidate]:
    """
    Candidates as a page shows them, numbered: new ones first, in the order of the list's sections.

    Of one section the best come first.
    """
    names = {section.name: place for place, section in enumerate(rules.sections)}
    ordered = sorted(
        candidates,
        key=lambda candidate: (
            not candidate.is_new,
            names.get(candidate.section or "", len(names)),
            -candidate.score,
            candidate.key,
        ),
    )
    return [replace(candidate, number=place) for place, candidate in enumerate(ordered, 1)]


def _best(
    near: Iterable[NearMiss], strong: Mapping[str, Strength], held: frozenset[str]
) -> list[NearMiss]:
    """Near misses that are on no earlier page, the highest score first."""
    return sorted(
        (missed for missed in near if missed.key not in held),
        key=lambda missed: (-strong[missed.key].score, missed.key),
    )


def head_lines(sources: Sequence[SourceReport]) -> Iterator[SourceLine]:
    """
    The status of each source, those that need a look first.

    The healthy parts of a source with many parts share one line.
    """
    sources = told_once(sources)
    bad = [s for s in sources if s.look or s.word in (SourceStatus.BROKEN, SourceStatus.STALE)]
    yield from (SourceLine(s.source, str(s.word), s.reason, s.look) for s in bad)
    good = [s for s in sources if s not in bad]
    for name, group in groupby(good, key=lambda s: s.source.partition("/")[0]):
        parts = list(group)
        if len(parts) <= MAX_SOURCE_LINES:
            yield from (SourceLine(s.source, str(s.word), s.reason) for s in parts)
            continue
        new = sum(part.counts.get("new", 0) for part in parts)
        yield SourceLine(name, str(overall_status(parts)), f"{len(parts)} read, {new} new")


def _kept(place: DigestFile) -> str:
    """The earlier pages of the week, and why they stay as they are."""
    return "; ".join(f"{file} stays as it is: {why}" for file, why in place.kept)


def _summary(built: Digest, file: str) -> str:
    number, waiting = len(built.candidates), len(built.waiting)
    candidates = "1 candidate" if number == 1 else f"{number} candidates"
    new = sum(candidate.is_new for candidate in built.candidates)
    seen = f" ({new} new, {number - new} shown before)" if new < number else ""
    return f"{candidates}{seen} in {file}" + (f", {waiting} more waiting" if waiting else "")


def last_said(store: Store) -> list[SourceReport]:
    """The last stored report of each source."""
    latest: dict[str, SourceReport] = {}
    for run in store.runs.recent(most=20):
        for source in run.report.get("sources", ()):
            report = SourceReport(**{**source, "word": SourceStatus(source["word"])})
            latest.setdefault(report.source, report)
    return list(latest.values())
