"""
One person's review session: what the page shows, and what a decision does.

``ReviewSession`` shows the worklist and stores decisions. ``WritePlans`` shows the change that the
accepted works mean for each list, writes exactly that change, and undoes the last write.
"""

import copy
import gc
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from catalog.errors import ComeBackLater, ListConflict
from catalog.paper import Act, Decision, Fact, FactKind, Paper, Work
from catalog.report import Report
from catalog.store.digests import hash_of
from catalog.store.intents import Intent, UndoableWrite
from catalog.store.lock import LOCK_TIMEOUT_S
from config.errors import Trouble as AnyTrouble
from config.rules import ListRules
from output.apply import (
    REVIEW,
    Applying,
    applying,
    as_ticks,
    entry_text,
    take_out,
    waiting,
    with_texts,
)
from output.digest.markdown import arithmetic, proposed
from output.digest.model import Candidate, SourceLine
from output.digest.pages import Pages
from output.digest.ticks import Tick
from output.digest.week_state import week_state
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from output.review.errors import ReviewTrouble
from output.review.model import (
    Clash,
    DecisionForm,
    Focus,
    LastWrite,
    Plan,
    WorkDetails,
    WorklistLine,
)
from output.review.rules_trial import RulesTrial
from output.review.statistics import Statistics, collect_statistics
from output.review.worklist import Worklist, WorklistItem
from pipelines.enrich.trends import trends
from pipelines.workspace import Workspace

# A longer time between two decisions is a pause (seconds); so many times make a pace.
MAX_GAP_S, MIN_GAPS = 180.0, 3
# Acts that this page stores; any other act was done to the list itself.
PAGE_ACTS = ("pick", "reject", "later")
MAX_REASON_LETTERS = 300


class ReviewSession:
    """
    The worklist of one person. Not thread-safe: one thread creates and uses it.

    Raises ReviewTrouble, with words for the page's user, for requests that can't be carried out.
    """

    def __init__(self, workspace: Workspace, user: str, size: int | None = None) -> None:
        self.user = self._owner = user
        self._store = workspace.store
        self.recovered = _recover(workspace)
        self._worklist = Worklist(workspace, size)
        self._writes = WritePlans(self._worklist, user)
        self._decided_at: list[float] = []
        self.trial = RulesTrial(self._worklist)
        # Lazy imports and first reads happen now, not during the first request.
        for line in self.lines()[:1]:
            self.focus(line.id)

    def of_person(self, name: str) -> "ReviewSession":
        """The same worklist for another person, with their own name, pace and undo."""
        other = copy.copy(self)
        other.user, other._decided_at = name, []
        other._writes = WritePlans(self._worklist, name)
        return other

    def freeze_memory(self) -> None:
        """
        Exempt everything loaded so far from garbage collection.

        With 5,000 works a collection takes 0.1 s, in the middle of any answer, and frees nothing.
        """
        gc.collect()
        gc.freeze()

    def lines(self) -> Sequence[WorklistLine]:
        # Ticks in the digest's file are the owner's, whoever looks at the page.
        self._worklist.refresh(self._owner)
        return self._worklist.lines()

    def write_files(self) -> None:
        """Make the decisions ticks of the digest files; a page asked for needn't wait for it."""
        with suppress(OSError):
            # A full disk, say: the decision is stored, and the next one tries again.
            self._worklist.write_files()

    def questions(self) -> Sequence[str]:
        """What somebody ticked in a digest file that is no clear answer."""
        return self._worklist.questions

    def focus(self, work_id: str) -> Focus | None:
        """Everything the page shows about one work; None for an unknown id."""
        item = self._worklist.items.get(work_id)
        if item is None:
            return None
        shown = self._worklist.candidate(item)
        decisions = self._worklist.decisions_on(item)
        current = decisions[item.open_since :]
        return Focus(
            line=self._worklist.line(work_id),
            candidate=replace(shown, changed=item.changed),
            entry=next((d.entry for d in reversed(current) if d.entry), shown.entry),
            sections=tuple(section.name for section in item.rules.sections),
            similar=tuple(self._worklist.similar(item)),
            decisions=tuple(decisions),
            links=tuple(_links(shown, item.work)),
            arithmetic=arithmetic(shown),
            proposed=proposed(shown),
            trend=self._trend(item),
            seen=_token(decisions),
            about=self._details(item, shown),
            note=self._note(item.work.key),
            weeks=self._worklist.weeks_of(item),
        )

    def _trend(self, item: WorklistItem) -> tuple[int, ...]:
        by_key = trends(self._store.facts.history("citations", item.work.key))
        return tuple(
            level for trend in by_key.values() for level in trend.levels() if level is not None
        )

    def _details(self, item: WorklistItem, shown: Candidate) -> WorkDetails:
        if not isinstance(item.work, Paper):
            return WorkDetails(venue=shown.venue or "")
        kinds: tuple[FactKind, ...] = ("venue-words", "licence", "discussion")
        facts = {kind: self._store.facts.latest(kind, [item.work.key]) for kind in kinds}
        words, licence, comments = (facts[kind].get(item.work.key) for kind in kinds)
        # Built from the parsed id: an address that a service sent is never shown as a link.
        address = f"https://huggingface.co/papers/{item.work.arxiv_id}#community"
        return WorkDetails(
            venue=shown.venue or "",
            venue_words=words.value if words else "",
            licence=licence.value if licence else "",
            discussion=address if comments and comments.count else "",
            comments=comments.count if comments else 0,
        )

    def statistics(self) -> Statistics:
        workspace = self._worklist.workspace
        lists = [(rules, workspace.list_path(rules)) for rules in workspace.lists]
        return collect_statistics(self._store, lists, self._worklist.now)

    def sources(self) -> Sequence[SourceLine]:
        return self._worklist.sources

    @property
    def now(self) -> datetime:
        return self._worklist.now

    def pace(self) -> float:
        """How long this person takes for a work (seconds); 0 while that is unknown."""
        gaps = [after - before for before, after in pairwise(self._decided_at)]
        own = [gap for gap in gaps if gap <= MAX_GAP_S]
        return median(own) if len(own) >= MIN_GAPS else 0.0

    def record(self) -> str:
        """How the week's digests ended, in words; empty while one is open."""
        workspace = self._worklist.workspace
        states = [
            week_state(
                Pages(self._store, workspace.root, workspace.every_list, rules),
                rules,
                self._worklist.now,
            )
            for rules in workspace.lists
        ]
        return " ".join(f"{state.page}: {state.record}" for state in states if state.record)

    def keep_note(self, work_id: str, note: str) -> None:
        """Keep what somebody wrote about a work; ReviewTrouble for an unknown one."""
        item = self._worklist.items.get(work_id)
        if item is None:
            raise ReviewTrouble("this work is no longer a candidate: it was removed")
        text = " ".join(note.split())[:MAX_REASON_LETTERS]
        if text != self._note(item.work.key):
            fact = Fact(item.work.key, "note", text, self.user[:64], None, self._worklist.now)
            self._store.facts.record(fact)

    def _note(self, key: str) -> str:
        fact = self._store.facts.latest("note", [key]).get(key)
        return fact.value if fact else ""

    def decide_several(self, ids: Sequence[str], act: Act, reason: str = "") -> int:
        """Decide on open works at one moment, so that one undo takes all back; how many."""
        with self._store.transaction():
            self._worklist.refresh()
            now = self._worklist.now
            items = [
                item
                for work_id in dict.fromkeys(ids)
                if (item := self._worklist.items.get(work_id))
                and self._worklist.in_force(item) is None
            ]
            for item in items:
                self._worklist.add_decision(
                    Decision(
                        list_name=item.rules.list,
                        work_key=item.work.key,
                        act=act,
                        who=self.user,
                        at=now,
                        section=item.section if act == "pick" else None,
                        reason=reason,
                        digest=REVIEW,
                    )
                )
        return len(items)

    def seen(self) -> str:
        """The number of the newest decision, for the page's Undo button."""
        return str(self._worklist.newest_decision)

    def decide(self, form: DecisionForm) -> Clash | None:
        """Store a decision; a Clash, and nothing stored, if the page was stale."""
        # One transaction: nobody else can decide between the check and the write.
        with self._store.transaction():
            self._worklist.refresh()
            item = self._worklist.items.get(form.id)
            if item is None:
                raise ReviewTrouble("this work is no longer a candidate: it was removed")
            decisions = self._worklist.decisions_on(item)
            last = self._worklist.in_force(item)
            decision = self._decision(item, form)
            if last and replace(last, at=decision.at) == decision:
                return None
            if last and _token(decisions) != form.seen:
                return Clash(last, form, _token(decisions))
            if last and last.act not in PAGE_ACTS:
                raise ReviewTrouble(
                    "this work is already in the list: undo the last write, or use "
                    "`listkeeper list remove`"
                )
            self._worklist.add_decision(decision)
        self._decided_at.append(time.monotonic())
        return None

    def undo(self, seen: str) -> str | None:
        """
        Undo the user's newest decision; the id of its work, or None if there is none.

        ``seen`` is what ``seen()`` gave the page. If the user has decided something since, nothing
        is undone, and the id is that of the work decided on since.
        """
        with self._store.transaction():
            self._worklist.refresh()
            number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0
            if newer := self._worklist.decided_since(self.user, number):
                return newer
            undoable = [
                (last.at, work_id, item)
                for work_id, item in self._worklist.items.items()
                if (last := self._worklist.in_force(item)) and self._can_undo(last)
            ]
            if not undoable:
                return None
            at, work_id, _ = max(undoable, key=lambda row: row[:2])
            now = self._worklist.now
            for moment, _, item in undoable:
                # What was decided at one moment was one action.
                if moment == at:
                    self._worklist.add_decision(
                        Decision(item.rules.list, item.work.key, "undo", self.user, now)
                    )
        return work_id

    def _can_undo(self, last: Decision) -> bool:
        return last.who == self.user and last.act in PAGE_ACTS

    def plans(self) -> Sequence[Plan]:
        return self._writes.plans()

    def apply(self, token: str) -> Sequence[str]:
        return self._writes.apply(token)

    def undo_write(self, token: str) -> Sequence[str]:
        return self._writes.undo(token)

    def notes(self, token: str) -> Sequence[str]:
        return self._writes.notes(token)

    def last_write(self) -> LastWrite | None:
        newest = self._writes.newest()
        if newest is None:
            return None
        return LastWrite(token_of(newest), newest.list_name, newest.entries, newest.at)

    def _decision(self, item: WorklistItem, form: DecisionForm) -> Decision:
        picked = form.act == "pick"
        section = (form.section or item.section) if picked else None
        if picked and section not in {s.name for s in item.rules.sections}:
            raise ReviewTrouble(f"{item.rules.list} has no section {section!r}: choose another")
        return Decision(
            list_name=item.rules.list,
            work_key=item.work.key,
            act=form.act,
            who=self.user,
            at=self._worklist.now,
            section=section,
            reason=form.reason[:MAX_REASON_LETTERS] if form.act == "reject" else "",
            digest=REVIEW,
            entry=self._edited_entry(item, form) if picked else None,
        )

    def _edited_entry(self, item: WorklistItem, form: DecisionForm) -> str | None:
        """The entry if it differs from the proposed one; ReviewTrouble if it isn't an entry."""
        key, proposed = item.work.key, self._worklist.as_shown(item).entry
        tick = Tick(0, key, "accept", starred=form.starred, reason="", section="", entry=form.entry)
        text = entry_text(tick, proposed, item.rules.form)
        if isinstance(text, ListConflict):
            raise ReviewTrouble(text.matter)
        return None if text == proposed else text


def _recover(workspace: Workspace) -> Sequence[str]:
    """
    Finish what a killed command left open; returns what was done, in words.

    While another command is at work, its writes are its own: they stay open.
    """
    report = Report("review", workspace.now)
    with suppress(ComeBackLater), workspace.lock("review", patience=0.0):
        recover(workspace, report)
    return _lines(report)


def _lines(report: Report) -> Sequence[str]:
    return [*report.notes, *report.needs_person]


class WritePlans:
    """The pending change of each list; a plan is computed again only if its input changes."""

    def __init__(self, worklist: Worklist, user: str) -> None:
        self._worklist, self._workspace, self._user = worklist, worklist.workspace, user
        self._cached: dict[str, _CachedPlan] = {}
        # The same form sent twice must act once.
        self._last = _LastAction("", (), 0)

    def plans(self) -> Sequence[Plan]:
        self._worklist.refresh()
        return [cached.plan for rules in self._workspace.lists if (cached := self._plan(rules))]

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan with that token, if it is still current; returns notes for the user."""
        report = Report("review", self._workspace.now)
        with self._workspace.lock("review", patience=LOCK_TIMEOUT_S):
            recover(self._workspace, report)
            self._worklist.refresh()
            if notes := self.notes(token):
                return notes
            for rules in self._workspace.lists:
                cached = self._plan(rules)
                if cached and cached.change and cached.plan.token == token:
                    written = self._write(rules, cached.plan, cached.change, cached.input.current)
                    return self._remember(token, [*_lines(report), *written])
        raise ReviewTrouble(
            "the list or the decisions have changed since this page was loaded, so nothing was "
            "written; look at the change again"
        )

    def newest(self) -> UndoableWrite | None:
        """The last write, which can be undone."""
        return self._workspace.store.intents.newest([rules.list for rules in self._workspace.lists])

    def undo(self, token: str) -> Sequence[str]:
        """Undo the write with that token, if it is still the newest; returns notes for the user."""
        workspace = self._workspace.at(self._worklist.now)
        report = Report("undo", workspace.now)
        with workspace.lock("review", patience=LOCK_TIMEOUT_S):
            recover(workspace, report)
            self._worklist.refresh()
            if notes := self.notes(token):
                return notes
            newest = self.newest()
            if newest is None or token_of(newest) != token:
                raise ReviewTrouble(
                    "the list was written or a write was undone since this page was loaded, so "
                    "nothing was changed; look again"
                )
            (rules,) = (rules for rules in workspace.lists if rules.list == newest.list_name)
            try:
                path = workspace.list_path(rules)
                target = ListTarget(rules.list, path, self._user, workspace.now)
                take_out(workspace.store, report, target, rules.form)
            except ListConflict as trouble:
                raise ReviewTrouble(str(trouble)) from trouble
        self._worklist.list_changed()
        return self._remember(token, _lines(report))

    def notes(self, token: str) -> Sequence[str]:
        """The result of the action with that token, as long as nothing was decided since."""
        last, newest = self._last, self._worklist.newest_decision
        return last.notes if (last.token, last.newest_decision) == (token, newest) else ()

    def _remember(self, token: str, notes: Sequence[str]) -> Sequence[str]:
        self._last = _LastAction(token, tuple(notes), self._worklist.newest_decision)
        return self._last.notes

    def _plan(self, rules: ListRules) -> "_CachedPlan | None":
        latest = self._worklist.latest(rules)
        picks = tuple(waiting(latest))
        if not picks:
            return None
        current = self._workspace.list_path(rules).read_bytes()
        shown = self._shown_entries(rules, picks)
        source = _PlanInput(current, picks, tuple(shown.values()))
        cached = self._cached.get(rules.list)
        if cached is None or cached.input != source:
            plan, change = self._build(rules, latest, picks, shown, current)
            cached = self._cached[rules.list] = _CachedPlan(source, plan, change)
        return cached

    def _shown_entries(self, rules: ListRules, picks: Sequence[Decision]) -> dict[str, str]:
        """By key, the entry that the page showed for each picked work."""
        works = self._workspace.store.works.get_many([pick.work_key for pick in picks])
        items = [self._worklist.item_of(rules, work) for work in works.values()]
        candidates = self._worklist.all_shown(rules, items)
        return {shown.key: shown.entry for shown in candidates}

    def _build(
        self,
        rules: ListRules,
        latest: Mapping[str, Decision],
        picks: Sequence[Decision],
        shown: Mapping[str, str],
        current: bytes,
    ) -> tuple[Plan, Applying | None]:
        path, now = self._workspace.list_path(rules), self._worklist.now
        ticked = as_ticks(picks, rules.list, "")
        try:
            change = applying(
                ticked,
                shown,
                current,
                latest,
                user=self._user,
                at=now,
                name=str(path),
                form=rules.form,
            )
        except AnyTrouble as trouble:
            return Plan(rules.list, str(path), "", 0, (), (str(trouble),), ""), None
        # The token names the exact bytes that are shown: only those may be written.
        token = hash_of(current + change.new + repr(picks).encode())
        diff = patch(current, change.new, path.name)
        added = len(change.added)
        plan = Plan(rules.list, str(path), diff, added, change.notes, change.unclear, token)
        return plan, with_texts(change, picks)

    def _write(
        self, rules: ListRules, plan: Plan, change: Applying, current: bytes
    ) -> Sequence[str]:
        now = self._worklist.now
        decisions = tuple(replace(decision, at=now) for decision in change.decisions)
        intent = Intent("apply", rules.list, plan.path, current, change.new, decisions, now)
        if change.new == current:
            self._workspace.store.decisions.add(decisions)
        else:
            write_list(self._workspace.store, intent)
        self._worklist.list_changed()
        entries = "entry" if plan.added == 1 else "entries"
        written = f"{plan.added} {entries} written to {plan.path}"
        return [*change.notes, *change.unclear, written]


class _PlanInput(NamedTuple):
    """Everything a plan depends on."""

    current: bytes
    picks: tuple[Decision, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _CachedPlan:
    """A plan and the change that carries it out; no change if it can't be carried out."""

    input: _PlanInput
    plan: Plan
    change: Applying | None


class _LastAction(NamedTuple):
    """The last write or undo: its token, its notes, and the newest decision afterwards."""

    token: str
    notes: Sequence[str]
    newest_decision: int


def token_of(write: UndoableWrite) -> str:
    return f"batch-{write.number}"


def _token(decisions: Sequence[Decision]) -> str:
    """Names the state that a page shows: the number of decisions and the newest one."""
    last = repr(decisions[-1]) if decisions else ""
    return hashlib.sha256(f"{len(decisions)}{last}".encode()).hexdigest()[:16]


def _links(shown: Candidate, work: Work) -> Iterator[tuple[str, str]]:
    """Links for further reading, built from parsed ids and canonical addresses."""
    if isinstance(work, Paper):
        yield f"arXiv:{work.arxiv_id}", f"https://arxiv.org/abs/{work.arxiv_id}"
        yield "PDF", f"https://arxiv.org/pdf/{work.arxiv_id}"
    else:
        yield work.url.removeprefix("https://").partition("/")[0], work.url
    if shown.code:
        archived = ", archived" if shown.archived else ""
        yield f"Code: {shown.code}{archived}", f"https://github.com/{shown.code}"
