"""
What lies on the review page's desk: works with their verdicts and decisions, kept at hand.

Read once. Again when a run or an editor has changed something; somebody else's decision costs
reading that decision only, and one's own costs nothing.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.markdown.listfile import parse
from catalog.paper import Decision, Paper, Verdict, Work
from config.rules import ListRules
from output.apply import waiting
from output.digest.build import last_said, numbered
from output.digest.model import Candidate, SourceLine
from output.review.model import Shelf, Similar, WorklistLine
from pipelines.candidates import FRESH_DAYS as PATIENCE_DAYS
from pipelines.candidates import CandidateSet, Snapshots, second_chances
from pipelines.rank.score import Strength
from pipelines.rank.stage import Ranking, strengths
from pipelines.workspace import Workspace

# Titles less alike than this are another work (of 100).
ALIKE, MOST_SIMILAR = 70, 3
SHELVES: tuple[Shelf, ...] = ("week", "waiting", "near", "second")
# A verdict is missing where a work was picked long ago, or by hand.
NO_VERDICT = Verdict(None, 0.0)


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """
    A work on the desk, for one list.

    ``open_since`` is how many decisions there were when it was laid out as an open one: what was
    said before then is history.
    """

    rules: ListRules
    work: Work
    verdict: Verdict
    shelf: Shelf
    strength: Strength
    sources: tuple[str, ...] = ()
    open_since: int = 0
    changed: str = ""

    @property
    def id(self) -> str:
        """Short and safe in an address, the same in every run."""
        return _id(_key(self.rules.list, self.work.key))

    @property
    def section(self) -> str:
        return self.verdict.section or self.verdict.runner_up or ""


class Worklist:
    """Everything on the desk. ``size`` works are this week's, the others are carried over."""

    def __init__(self, workspace: Workspace, size: int) -> None:
        self.workspace, self._size = workspace, size
        self._started = time.monotonic()
        self.items: dict[str, WorklistItem] = {}
        self.said: list[SourceLine] = []
        self._found: dict[str, CandidateSet] = {}
        self._decisions: dict[str, list[Decision]] = {}
        self._lines: dict[str, WorklistLine] = {}
        self._shown: dict[str, Candidate] = {}
        self._titles: dict[str, _Titles] = {}
        self._decided = 0
        self._last_of: dict[str, tuple[int, str]] = {}
        self._outside: tuple[object, ...] = ()

    @property
    def now(self) -> datetime:
        """The run's clock, going on: a person takes their time."""
        return self.workspace.now + timedelta(seconds=time.monotonic() - self._started)

    def refresh(self) -> None:
        """See what others have done since the last look."""
        self._read_decisions()
        outside = self._state()
        if outside != self._outside:
            self._lay_out()
        self._outside = outside

    def written(self) -> None:
        """The list was changed by ourselves: no work came or went but by decisions."""
        self._read_decisions()
        self._titles.clear()
        self._outside = self._state()

    def keep(self, item: WorklistItem, made: Decision) -> None:
        """A decision, for good. Inside the transaction in which ``refresh`` was called."""
        self.workspace.store.decisions.add([made])
        self._read_decisions()

    @property
    def decided(self) -> int:
        """The number of the newest decision that is known."""
        return self._decided

    def said_since(self, who: str, number: int) -> str | None:
        """The work on the desk that a person decided on last, if after that decision."""
        last, key = self._last_of.get(who, (0, ""))
        return _id(key) if last > number and _id(key) in self.items else None

    def of_work(self, item: WorklistItem) -> list[Decision]:
        return self._decisions.get(_key(item.rules.list, item.work.key), [])

    def in_force(self, item: WorklistItem) -> Decision | None:
        """What was decided on an open work; None while it is open."""
        mine = self.of_work(item)
        return mine[-1] if len(mine) > item.open_since and mine[-1].act != "undo" else None

    def lines(self) -> Sequence[WorklistLine]:
        if not self._lines:
            self._lines = {number: self._line(number, one) for number, one in self.items.items()}
        return tuple(self._lines.values())

    def line(self, number: str) -> WorklistLine:
        self.lines()
        return self._lines[number]

    def item_of(self, rules: ListRules, work: Work) -> WorklistItem:
        """The work on the desk, or one that is not there any more."""
        found = WorklistItem(rules, work, NO_VERDICT, "week", Strength(0.0))
        return self.items.get(found.id, found)

    def latest(self, rules: ListRules) -> dict[str, Decision]:
        """The decision in force for each work of a list."""
        mine = (said for said in self._decisions.values() if said[-1].list_name == rules.list)
        return {said[-1].work_key: said[-1] for said in mine}

    def candidate(self, item: WorklistItem) -> Candidate:
        """The work as a digest shows it, with what is known now."""
        (shown,) = self._candidates(item.rules, [item])
        return shown

    def as_shown(self, item: WorklistItem) -> Candidate:
        """The work as it was shown last: what a person decides on is what they saw."""
        (shown,) = self.all_shown(item.rules, [item])
        return shown

    def all_shown(self, rules: ListRules, items: Sequence[WorklistItem]) -> list[Candidate]:
        """The same of many works of a list; what was not shown yet is read for all at once."""
        unread = [item for item in items if item.id not in self._shown]
        if unread:
            self._candidates(rules, unread)
        return [self._shown[item.id] for item in items]

    def _candidates(self, rules: ListRules, items: Sequence[WorklistItem]) -> list[Candidate]:
        pairs = [(item.work, item.verdict) for item in items]
        strong = {item.work.key: item.strength for item in items}
        made = list(
            numbered(
                self.workspace.store, self.workspace.now, self._found[rules.list], pairs, strong
            )
        )
        self._shown |= {item.id: one for item, one in zip(items, made, strict=True)}
        return made

    def similar(self, item: WorklistItem) -> Iterator[Similar]:
        """Entries of the list whose titles are nearly the same."""
        name = item.rules.list
        if name not in self._titles:
            self._titles[name] = _Titles(self.workspace.list_path(item.rules).read_bytes())
        yield from self._titles[name].like(item.work.title)

    def _state(self) -> tuple[object, ...]:
        """Other than before, when a run has ended or a list was edited."""
        files = (self.workspace.list_path(rules).stat() for rules in self.workspace.lists)
        return self.workspace.store.runs.number(), *((f.st_mtime_ns, f.st_size) for f in files)

    def _read_decisions(self) -> None:
        """What was decided since the last look; rows are only ever added."""
        if self.workspace.store.decisions.number() == self._decided:
            return
        for number, one in self.workspace.store.decisions.after(self._decided):
            key = _key(one.list_name, one.work_key)
            self._decisions.setdefault(key, []).append(one)
            self._decided, self._last_of[one.who] = number, (number, key)
            item = self.items.get(_id(key))
            if item and self._lines:
                self._lines[item.id] = self._line(item.id, item)

    def _lay_out(self) -> None:
        workspace = self.workspace.at(self.now)
        snapshots = workspace.snapshots()
        laid = [
            item for rules in workspace.lists for item in self._of_list(workspace, snapshots, rules)
        ]
        fresh = {item.id: item for item in laid}
        # What was decided here stays in sight until the page is started again.
        kept = {n: item for n, item in self.items.items() if self.in_force(item)}
        order = {rules.list: place for place, rules in enumerate(workspace.lists)}
        both = {**kept, **fresh}
        self.items = dict(sorted(both.items(), key=lambda pair: _place(order, pair[1])))
        self.said = [
            SourceLine(s.source, str(s.word), s.reason) for s in last_said(workspace.store)
        ]
        self._titles.clear()
        self._lines.clear()
        self._shown.clear()

    def _of_list(
        self, workspace: Workspace, snapshots: Snapshots, rules: ListRules
    ) -> Iterator[WorklistItem]:
        found = self._found[rules.list] = snapshots.candidates(rules)
        again = second_chances(workspace.store, rules, found.base, workspace.now)
        judged = [*found.candidates, *found.near_misses, *((w, v) for w, v, _ in again)]
        strong = strengths(Ranking.of(workspace, rules), workspace.store, judged)
        sources = self._sources(workspace)

        def item(work: Work, verdict: Verdict, name: Shelf, changed: str = "") -> WorklistItem:
            since = len(self._decisions.get(_key(rules.list, work.key), ()))
            strength, seen = strong.get(work.key, Strength(verdict.score)), sources.get(work.key)
            return WorklistItem(
                rules, work, verdict, name, strength, tuple(seen or ()), since, changed
            )

        best = sorted(found.candidates, key=lambda pair: (-strong[pair[0].key].score, pair[0].key))
        near = sorted(found.near_misses, key=lambda pair: (-strong[pair[0].key].score, pair[0].key))
        for place, (work, verdict) in enumerate(best):
            yield item(work, verdict, "week" if place < self._size else "waiting")
        for work, verdict in near[: self._size]:
            yield item(work, verdict, "near")
        for work, verdict, why in again:
            yield item(work, verdict, "second", why)
        yield from self._picked(workspace, rules)

    def _picked(self, workspace: Workspace, rules: ListRules) -> Iterator[WorklistItem]:
        """What was accepted here before and is not in the list yet."""
        picks = waiting(workspace.store.decisions.latest(rules.list))
        works = workspace.store.works.get_many([one.work_key for one in picks])
        for one in picks:
            if one.work_key in works:
                verdict = workspace.store.verdicts.get(rules.list, one.work_key)
                told = verdict or Verdict(one.section, 1.0)
                yield WorklistItem(rules, works[one.work_key], told, "week", Strength(told.score))

    def _sources(self, workspace: Workspace) -> Mapping[str, Mapping[str, None]]:
        found: dict[str, dict[str, None]] = {}
        since = (workspace.now - timedelta(days=PATIENCE_DAYS)).date()
        for sighting in workspace.store.works.sighted(since):
            found.setdefault(sighting.work_key, {})[sighting.source] = None
        return found

    def _line(self, number: str, item: WorklistItem) -> WorklistLine:
        last = self.in_force(item)
        return WorklistLine(
            id=number,
            list_name=item.rules.list,
            title=item.work.title,
            section=(last.section if last and last.section else item.section),
            shelf=item.shelf,
            kind="paper" if isinstance(item.work, Paper) else item.work.kind,
            sources=item.sources,
            score=item.strength.score,
            act=last.act if last else None,
            who=last.who if last else "",
        )


class _Titles:
    """The titles of a list's entries, ready to be compared."""

    def __init__(self, body: bytes) -> None:
        from rapidfuzz import utils

        self._entries = parse(body).entries
        self._folded = [utils.default_process(entry.title) for entry in self._entries]

    def like(self, title: str) -> Iterator[Similar]:
        from rapidfuzz import fuzz, process, utils

        found = process.extract(
            utils.default_process(title),
            self._folded,
            scorer=fuzz.token_set_ratio,
            score_cutoff=ALIKE,
            limit=MOST_SIMILAR,
        )
        for _, likeness, place in found:
            entry = self._entries[place]
            yield Similar(entry.title, entry.section or "", entry.line, round(likeness))


def _key(list_name: str, work_key: str) -> str:
    return f"{list_name}\0{work_key}"


def _id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _place(order: Mapping[str, int], item: WorklistItem) -> tuple[int, int, int, float]:
    """By list, shelf, section as the list has them, then best first."""
    names = [section.name for section in item.rules.sections]
    section = names.index(item.section) if item.section in names else len(names)
    return order[item.rules.list], SHELVES.index(item.shelf), section, -item.strength.score
