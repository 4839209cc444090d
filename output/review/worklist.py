"""
The works on the review page, held in memory with their verdicts and decisions.

The worklist is read once, and again when a run ended or a list was edited. A new decision costs
reading that decision only.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalog.errors import ComeBackLater
from catalog.facts import Decision, Verdict
from catalog.markdown.entry import STAR
from catalog.markdown.listfile import parse
from catalog.paper import Paper, Work
from catalog.rows.digests import KeptDigest
from catalog.sightings import Sighting
from catalog.store.verdicts import NearMiss
from config.rules import ListRules
from output.apply.plan import waiting
from output.digest.build import MAX_NEAR_MISSES, last_said
from output.digest.candidates import numbered
from output.digest.markdown import seen_in_words
from output.digest.model import Candidate, SourceLine, week_of
from output.forms import has_stars
from output.review.digest_file import DigestFiles
from output.review.model import SHELVES, Shelf, Similar, WorklistLine
from pipelines.candidates import CandidateSet, Snapshots
from pipelines.page_size import page_size
from pipelines.rank.order import has_model, strengths
from pipelines.rank.score import DIGITS, Strength
from pipelines.second_chances import second_chances
from pipelines.showings import Choice, History, Standing, choose, seen_of
from pipelines.workspace import Workspace

# Titles below this likeness (of 100) belong to different works.
MIN_LIKENESS, MAX_SIMILAR = 70, 3
# Of thousands; some of them are listed, decided or old.
NEAR_MISSES_READ = 20 * MAX_NEAR_MISSES
# Works that were picked long ago, or by hand, have no verdict.
NO_VERDICT = Verdict(None, 0.0)


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """
    A work of the worklist, for one list.

    ``open_since`` is the number of decisions on the work when the worklist was read; those are
    history, and later ones are in force.
    """

    rules: ListRules
    work: Work
    verdict: Verdict
    shelf: Shelf
    strength: Strength
    sources: tuple[str, ...] = ()
    open_since: int = 0
    changed: str = ""
    seen: Standing | None = None

    @property
    def id(self) -> str:
        """Short and safe in an address, the same in every run."""
        return _id(_key(self.rules.list, self.work.key))

    @property
    def section(self) -> str:
        return self.verdict.section or self.verdict.runner_up or ""


class Worklist:
    """
    The works of all lists. The best ``size`` of a list are this week's, the rest are carried over.

    Without a size it is the one of the list's next digest.

    Call ``refresh`` before reading: it picks up decisions, runs and edits made elsewhere.
    """

    def __init__(self, workspace: Workspace, size: int | None) -> None:
        self.workspace, self._size = workspace, size
        self._started = time.monotonic()
        self.items: dict[str, WorklistItem] = {}
        self.sources: list[SourceLine] = []
        self._candidate_sets: dict[str, CandidateSet] = {}
        self._decisions: dict[str, list[Decision]] = {}
        self._lines: dict[str, WorklistLine] = {}
        self._shown: dict[str, Candidate] = {}
        self._titles: dict[str, _Titles] = {}
        self._history: dict[str, History] = {}
        self._files = DigestFiles(workspace)
        # Whether there may be decisions that the digest files do not show yet.
        self._unwritten = True
        # What is unclear in the digest files, since they were last read.
        self.questions: list[str] = []
        self._seen: dict[str, Mapping[str, Standing]] = {}
        self._newest_decision = 0
        self._last_by_user: dict[str, tuple[int, str]] = {}
        self._seen_state: tuple[object, ...] = ()

    @property
    def now(self) -> datetime:
        """The run's start plus the time that passed since."""
        return self.workspace.now + timedelta(seconds=time.monotonic() - self._started)

    def refresh(self, user: str = "") -> None:
        """Pick up what other people, runs and editors have changed; ``user`` made the ticks."""
        if user and (self._unwritten or self._files.are_changed(self.now)):
            self._read_files(user)
        self._read_decisions()
        state = self._state()
        if state != self._seen_state:
            self._read_works()
        self._seen_state = state

    def _read_files(self, user: str) -> None:
        """
        Make decisions of new ticks, unless another command is at work.

        It may be about to make its own of the same ticks, or to write the same page.
        """
        with suppress(ComeBackLater), self.workspace.lock("review", patience=0.0):
            new, questions = self._files.new_decisions(user, self.now)
            # Each is a decision of its own, and an undo takes back one.
            if new:
                self.workspace.store.decisions.add(
                    [
                        replace(one, at=one.at + timedelta(microseconds=n))
                        for n, one in enumerate(new)
                    ]
                )
            if new or self._unwritten:
                self._files.write(self.now)
                self._unwritten = False
            if new or questions:
                self.questions = questions

    def rest_boxes(self) -> Iterator[tuple[str, int]]:
        """Pages whose box for the rest is ticked, each with the works that are open here."""
        for box in self._files.rest_boxes:
            ids = (_id(_key(box.list_name, key)) for key in box.keys)
            items = [item for work_id in ids if (item := self.items.get(work_id))]
            if left := sum(self.in_force(item) is None for item in items):
                yield box.page, left

    def list_changed(self) -> None:
        """Note that this session wrote the list: apart from decisions, the works stay the same."""
        self._read_decisions()
        self._titles.clear()
        self._seen_state = self._state()

    def write_files(self) -> None:
        """Bring the ticks of the digest files up to date, now or after the command at work."""
        self._unwritten = self._files.are_there
        if not self._unwritten:
            return
        with suppress(ComeBackLater), self.workspace.lock("review", patience=0.0):
            self._files.write(self.now)
            self._unwritten = False

    def add_decision(self, decision: Decision) -> None:
        """Store a decision. Call it inside the transaction in which ``refresh`` was called."""
        self.workspace.store.decisions.add([decision])
        self._read_new_decisions()

    @property
    def newest_decision(self) -> int:
        """The number of the newest decision read so far."""
        return self._newest_decision

    def decided_since(self, user: str, number: int) -> str | None:
        """The id of the work that a user decided on last, if that was after decision ``number``."""
        last, key = self._last_by_user.get(user, (0, ""))
        return _id(key) if last > number and _id(key) in self.items else None

    def decisions_on(self, item: WorklistItem) -> list[Decision]:
        return self._decisions.get(_key(item.rules.list, item.work.key), [])

    def in_force(self, item: WorklistItem) -> Decision | None:
        """The decision made on this page's work; None while the work is open."""
        decisions = self.decisions_on(item)
        if len(decisions) > item.open_since and decisions[-1].act != "undo":
            return decisions[-1]
        return None

    def lines(self) -> Sequence[WorklistLine]:
        if not self._lines:
            self._lines = {key: self._line(key, item) for key, item in self.items.items()}
        return tuple(self._lines.values())

    def line(self, work_id: str) -> WorklistLine:
        self.lines()
        return self._lines[work_id]

    def item_of(self, rules: ListRules, work: Work) -> WorklistItem:
        """The item of a work; a bare one if the work has left the worklist."""
        bare = WorklistItem(rules, work, NO_VERDICT, "week", Strength(0.0))
        return self.items.get(bare.id, bare)

    def latest(self, rules: ListRules) -> dict[str, Decision]:
        """The decision in force for each work of a list."""
        newest = (decisions[-1] for decisions in self._decisions.values())
        return {last.work_key: last for last in newest if last.list_name == rules.list}

    def candidate(self, item: WorklistItem) -> Candidate:
        """The work as a digest shows it, with the newest facts."""
        (shown,) = self._candidates(item.rules, [item])
        return shown

    def as_shown(self, item: WorklistItem) -> Candidate:
        """The work as the page showed it last, because that is what a person decides on."""
        (shown,) = self.all_shown(item.rules, [item])
        return shown

    def all_shown(self, rules: ListRules, items: Sequence[WorklistItem]) -> list[Candidate]:
        """``as_shown`` for many works of a list; those not shown yet are read in one go."""
        unread = [item for item in items if item.id not in self._shown]
        if unread:
            self._candidates(rules, unread)
        return [self._shown[item.id] for item in items]

    def _candidates(self, rules: ListRules, items: Sequence[WorklistItem]) -> list[Candidate]:
        pairs = [(item.work, item.verdict) for item in items]
        strong = {item.work.key: item.strength for item in items}
        shown = list(
            numbered(
                self.workspace.store,
                self.workspace.now,
                self._candidate_sets[rules.list],
                pairs,
                strong,
                form=rules.form,
                seen=self._seen.get(rules.list),
            )
        )
        self._shown |= {item.id: candidate for item, candidate in zip(items, shown, strict=True)}
        return shown

    def has_stars(self, rules: ListRules) -> bool:
        """Whether a list marks its editors' picks."""
        return has_stars(rules.form, self._candidate_sets[rules.list].base)

    def similar(self, item: WorklistItem) -> Iterator[Similar]:
        """Entries of the list with nearly the same title, the most alike first."""
        name = item.rules.list
        if name not in self._titles:
            self._titles[name] = _Titles(self.workspace.list_path(item.rules).read_bytes())
        yield from self._titles[name].similar_to(item.work.title)

    def _state(self) -> tuple[object, ...]:
        """A value that changes when a run ends or a list is edited."""
        files = (self.workspace.list_path(rules).stat() for rules in self.workspace.lists)
        return self.workspace.store.runs.number(), *((f.st_mtime_ns, f.st_size) for f in files)

    def _read_decisions(self) -> None:
        """Read new decisions; rows are only ever added."""
        if self.workspace.store.decisions.number() == self._newest_decision:
            return
        self._read_new_decisions()

    def _read_new_decisions(self) -> None:
        for number, decision in self.workspace.store.decisions.after(self._newest_decision):
            key = _key(decision.list_name, decision.work_key)
            self._decisions.setdefault(key, []).append(decision)
            self._newest_decision, self._last_by_user[decision.who] = number, (number, key)
            item = self.items.get(_id(key))
            if item and self._lines:
                self._lines[item.id] = self._line(item.id, item)

    def _read_works(self) -> None:
        workspace = self.workspace.at(self.now)
        snapshots = workspace.snapshots()
        # A model compares near misses with all others; for the rules' order the best are enough.
        by_model = any(has_model(workspace, rules) for rules in workspace.lists)
        snapshots.near = None if by_model else NEAR_MISSES_READ
        fresh = {
            item.id: item for rules in workspace.lists for item in self._of_list(snapshots, rules)
        }
        # Works decided in this session stay visible until it ends.
        decided = {key: item for key, item in self.items.items() if self.in_force(item)}
        order = {rules.list: place for place, rules in enumerate(workspace.lists)}
        both = {**decided, **fresh}
        self.items = dict(sorted(both.items(), key=lambda pair: _sort_key(order, pair[1])))
        self.sources = [
            SourceLine(s.source, str(s.word), s.reason) for s in last_said(workspace.store)
        ]
        self._titles.clear()
        self._lines.clear()
        self._shown.clear()

    def _of_list(self, snapshots: Snapshots, rules: ListRules) -> Iterator[WorklistItem]:
        workspace = self.workspace.at(self.now)
        current = self._candidate_sets[rules.list] = snapshots.candidates(rules)
        again = second_chances(workspace.store, rules, current.base, workspace.now)
        strong = strengths(
            workspace,
            rules,
            [*current.candidates, *((w, v) for w, v, _ in again)],
            current.near_misses,
            current.likeness,
        )
        best = sorted(current.near_misses, key=lambda one: (-strong[one.key].score, one.key))
        best = best[:MAX_NEAR_MISSES]
        if current.near_from and not _are_best(best, current.near_from, strong):
            snapshots.near = None
            snapshots.drop()
            yield from self._of_list(snapshots, rules)
            return
        near = current.in_full(workspace.store, rules.list, best)
        choice = self._choice(rules, current, strong)
        placed: list[tuple[Shelf, Work, Verdict, str]] = [
            *(("week", work, verdict, "") for work, verdict in choice.shown),
            *(("waiting", work, verdict, "") for work, verdict in choice.named),
            *(("shelf", work, verdict, why) for work, verdict, why in choice.shelf),
            *(("near", work, verdict, "") for work, verdict in near),
            *(("second", work, verdict, why) for work, verdict, why in again),
        ]
        # Only of what is shown: near misses come by the thousand.
        sources = _sources(snapshots.sightings_of({work.key for _, work, _, _ in placed}))
        for shelf, work, verdict, changed in placed:
            yield WorklistItem(
                rules,
                work,
                verdict,
                shelf,
                strong[work.key],
                tuple(sources.get(work.key, ())),
                len(self._decisions.get(_key(rules.list, work.key), ())),
                changed,
                self._seen[rules.list].get(work.key),
            )
        yield from self._pending_picks(rules)

    def _choice(
        self, rules: ListRules, current: CandidateSet, strong: Mapping[str, Strength]
    ) -> Choice:
        """The week's candidates: those of its digest, or those that it would have."""
        store, week = self.workspace.store, week_of(self.now)
        every = store.digests.all()
        history, seen = seen_of(store, rules.list, current.candidates, week, every)
        self._seen[rules.list], self._history[rules.list] = seen, history
        scores = {key: strength.score for key, strength in strong.items()}
        digests = (store.digests.get(rules.list, n) for n in store.digests.names(rules.list, week))
        shown = {str(item["key"]) for d in digests if d for item in d.body.get("candidates", ())}
        if not shown:
            return choose(current, seen, scores, self._size or self._usual_size(rules, week, every))
        judged = [pair for pair in current.candidates if pair[0].key in shown]
        rest = choose(current, seen, scores, 0, held=shown)
        return replace(
            rest,
            shown=tuple(pair for pair in judged if not seen[pair[0].key].shelved),
            shelf=(
                *((w, v, seen[w.key].shelved) for w, v in judged if seen[w.key].shelved),
                *rest.shelf,
            ),
        )

    def _usual_size(self, rules: ListRules, week: str, digests: Sequence[KeptDigest]) -> int:
        own = (digest for digest in digests if digest.list_name == rules.list)
        return page_size(own, self.workspace.store.decisions.all(rules.list), week).shown

    def weeks_of(self, item: WorklistItem) -> tuple[tuple[str, str], ...]:
        """The weeks whose digests had a work, and whether they showed or only named it."""
        showings = self._history.get(item.rules.list, History()).showings(item.work.key)
        return tuple(
            (showing.week, "shown in the digest" if showing.look else "named in the digest")
            for showing in showings
        )

    def _pending_picks(self, rules: ListRules) -> Iterator[WorklistItem]:
        """Works that were accepted on the page earlier and aren't in the list yet."""
        store = self.workspace.store
        picks = waiting(store.decisions.latest(rules.list))
        works = store.works.get_many([pick.work_key for pick in picks])
        for pick in picks:
            if pick.work_key in works:
                stored = store.verdicts.get(rules.list, pick.work_key)
                verdict = stored or Verdict(pick.section, 1.0)
                strength = Strength(verdict.score)
                yield WorklistItem(rules, works[pick.work_key], verdict, "week", strength)

    def _line(self, work_id: str, item: WorklistItem) -> WorklistLine:
        last = self.in_force(item)
        return WorklistLine(
            id=work_id,
            list_name=item.rules.list,
            title=item.work.title,
            section=(last.section if last and last.section else item.section),
            shelf=item.shelf,
            kind="paper" if isinstance(item.work, Paper) else item.work.kind,
            sources=item.sources,
            score=item.strength.score,
            act=last.act if last else None,
            user=last.who if last else "",
            seen=_seen_in_words(item),
            starred=bool(last and last.act == "pick" and last.entry and STAR in last.entry),
        )


def _sources(sightings: Iterable[Sighting]) -> Mapping[str, Mapping[str, None]]:
    """The sources that named each work, in order, by the work's key."""
    by_key: dict[str, dict[str, None]] = {}
    for sighting in sightings:
        by_key.setdefault(sighting.work_key, {})[sighting.source] = None
    return by_key


def _are_best(near: Sequence[NearMiss], near_from: float, strong: Mapping[str, Strength]) -> bool:
    """Whether a page's near misses are the best even if those below a score were not read."""
    is_full = len(near) == MAX_NEAR_MISSES
    return is_full and strong[near[-1].key].score > round(near_from, DIGITS)


def _seen_in_words(item: WorklistItem) -> str:
    """What people have seen of a work in earlier weeks; empty for one that isn't a candidate."""
    if item.seen is None:
        return ""
    return seen_in_words(item.seen.times, item.seen.named)


class _Titles:
    """The titles of a list's entries, folded for comparison."""

    def __init__(self, body: bytes) -> None:
        from rapidfuzz import utils

        self._entries = parse(body).entries
        self._folded = [utils.default_process(entry.title) for entry in self._entries]

    def similar_to(self, title: str) -> Iterator[Similar]:
        from rapidfuzz import fuzz, process, utils

        matches = process.extract(
            utils.default_process(title),
            self._folded,
            scorer=fuzz.token_set_ratio,
            score_cutoff=MIN_LIKENESS,
            limit=MAX_SIMILAR,
        )
        for _, likeness, place in matches:
            entry = self._entries[place]
            yield Similar(entry.title, entry.section or "", entry.line, round(likeness))


def _key(list_name: str, work_key: str) -> str:
    return f"{list_name}\0{work_key}"


def _id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _sort_key(order: Mapping[str, int], item: WorklistItem) -> tuple[int, int, bool, int, float]:
    """By list, shelf, new ones first, and section, each in its own order, then best first."""
    names = [section.name for section in item.rules.sections]
    section = names.index(item.section) if item.section in names else len(names)
    is_old = item.seen is not None and not item.seen.is_new
    shelf = list(SHELVES).index(item.shelf)
    return order[item.rules.list], shelf, is_old, section, -item.strength.score
