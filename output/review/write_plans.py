"""
What writing the accepted works changes in each list: shown, written exactly so, and undone.

A plan is computed again only if its input changes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from catalog.errors import ComeBackLater, ListConflict
from catalog.facts import Decision
from catalog.report import Report
from catalog.rows.digests import hash_of
from catalog.store.intents import Intent, UndoableWrite
from catalog.store.lock import LOCK_TIMEOUT_S
from config.errors import Trouble as AnyTrouble
from config.rules import ListRules
from output.apply.plan import Applying, applying, as_ticks, waiting, with_texts
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from output.review.errors import ReviewTrouble
from output.review.model import Plan
from output.review.worklist import Worklist
from pipelines.workspace import Workspace


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
        from output.apply.undo import take_out

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
            if cached and cached.change and cached.input.differs_in_time_only(source):
                change: Applying | None = cached.change
                token = _token(current, cached.change.new, picks)
                plan = replace(cached.plan, token=token)
            else:
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
        token = _token(current, change.new, picks)
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

    def differs_in_time_only(self, other: "_PlanInput") -> bool:
        """Whether the picks were made at another time, as they are after an undone write."""
        if len(self.picks) != len(other.picks):
            return False
        picks = tuple(
            replace(mine, at=its.at) for mine, its in zip(self.picks, other.picks, strict=True)
        )
        return self._replace(picks=picks) == other


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


def _token(current: bytes, new: bytes, picks: Sequence[Decision]) -> str:
    """Names the exact bytes that are shown: only those may be written."""
    return hash_of(current + new + repr(picks).encode())


def token_of(write: UndoableWrite) -> str:
    return f"batch-{write.number}"


def recover_writes(workspace: Workspace) -> Sequence[str]:
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
