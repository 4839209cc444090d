"""One person's review session: what the page shows, and what a decision does."""

import copy
import gc
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from catalog.errors import ListConflict
from catalog.facts import Act, Decision, Fact
from output.apply.plan import REVIEW, entry_text, in_section
from output.commit_command import commit_command
from output.digest.model import SourceLine, week_of
from output.digest.pages import Pages
from output.digest.ticks import Tick
from output.digest.week_state import week_record
from output.review.errors import ReviewTrouble
from output.review.focus import focus_on, note_on, state_token
from output.review.model import Clash, DecisionForm, Focus, LastWrite, Plan, WorklistLine
from output.review.worklist import Worklist, WorklistItem
from output.review.write_plans import WritePlans, recover_writes, token_of
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from output.review.rules_trial import RulesTrial
    from output.review.statistics import Statistics

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
        self.recovered = recover_writes(workspace)
        self._worklist = Worklist(workspace, size)
        self._writes = WritePlans(self._worklist, user)
        self._decided_at: list[float] = []
        # One for all people. The pages of rules and charts load their modules when they open.
        self._trial = cache(partial(_trial, self._worklist))
        # Other lazy imports and first reads happen now, not during the first request.
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
        None comes first either, since hardly anything that was loaded is garbage; from here on
        they are made again where a command had put them off.
        """
        gc.freeze()
        gc.enable()

    def lines(self, *, fresh: bool = True) -> Sequence[WorklistLine]:
        """The worklist; not ``fresh`` where it was brought up to date a moment ago."""
        if fresh:
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

    def rest_boxes(self) -> Sequence[tuple[str, int]]:
        """The digest files whose box for the rest is ticked, and how many works that rejects."""
        return list(self._worklist.rest_boxes())

    def focus(self, work_id: str) -> Focus | None:
        """Everything the page shows about one work; None for an unknown id."""
        item = self._worklist.items.get(work_id)
        return focus_on(self._store, self._worklist, item) if item else None

    def has_stars(self) -> bool:
        """Whether any list marks its editors' picks."""
        return any(map(self._worklist.has_stars, self._worklist.workspace.lists))

    @property
    def trial(self) -> "RulesTrial":
        return self._trial()

    def statistics(self) -> "Statistics":
        from output.review.statistics import collect_statistics

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
        workspace, now = self._worklist.workspace, self._worklist.now
        pages = (
            (Pages(self._store, workspace.root, workspace.every_list, rules), rules)
            for rules in workspace.lists
        )
        return " ".join(filter(None, (week_record(*each, now) for each in pages)))

    def commit_command(self) -> str:
        """The command that commits the week; empty where there is nothing to commit."""
        return commit_command(self._worklist.workspace, week_of(self.now))

    def keep_note(self, work_id: str, note: str) -> None:
        """Keep what somebody wrote about a work; ReviewTrouble for an unknown one."""
        item = self._worklist.items.get(work_id)
        if item is None:
            raise ReviewTrouble("this work is no longer a candidate: it was removed")
        text = " ".join(note.split())[:MAX_REASON_LETTERS]
        if text != note_on(self._store, item.work.key):
            fact = Fact(item.work.key, "note", text, self.user[:64], None, self._worklist.now)
            self._store.facts.record(fact)

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
            if last and state_token(decisions) != form.seen:
                return Clash(last, form, state_token(decisions))
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
        return LastWrite(
            token_of(newest),
            newest.list_name,
            newest.entries,
            newest.at,
            is_edit=newest.kind == "edit",
        )

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
            entry=self._edited_entry(item, form, section or "") if picked else None,
        )

    def _edited_entry(self, item: WorklistItem, form: DecisionForm, section: str) -> str | None:
        """The entry if it differs from the proposed one; ReviewTrouble if it isn't an entry."""
        key, shown = item.work.key, self._worklist.as_shown(item)
        proposed = shown.entry
        tick = Tick(0, key, "accept", form.starred, "", section, form.entry)
        tick = in_section(tick, proposed, shown.by_section)
        text = entry_text(tick, proposed, item.rules.form)
        if isinstance(text, ListConflict):
            raise ReviewTrouble(text.matter)
        return None if text == proposed else text


def _trial(worklist: Worklist) -> "RulesTrial":
    from output.review.rules_trial import RulesTrial

    return RulesTrial(worklist)
