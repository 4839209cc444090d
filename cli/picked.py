"""Writes what was accepted on the review page into the lists, as shown, and takes it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from catalog.errors import ListConflict
from catalog.errors import Trouble as AnyTrouble
from catalog.paper import Decision
from catalog.store import Intent
from catalog.store.digests import hash_of
from cli.apply import PATIENCE, undo
from cli.lock import lock
from cli.report import Report
from cli.stock import Stock
from cli.writing import write_list
from config.rules import ListRules
from output.applying import Applying, applying
from output.patch import patch
from output.picks import as_ticks, waiting, with_texts
from output.review.desk import Plan
from output.review.trouble import Trouble


class _Source(NamedTuple):
    """What a plan is made from: while it is the same, so is the plan."""

    current: bytes
    picks: tuple[Decision, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A plan; ``made`` is None where it cannot be carried out."""

    source: _Source
    plan: Plan
    made: Applying | None


class Picked:
    """The change that the choices mean for each list; made once, until something is another."""

    def __init__(self, stock: Stock, who: str) -> None:
        self._stock, self._world, self._who = stock, stock.world, who
        self._planned: dict[str, _Planned] = {}

    def plans(self) -> Sequence[Plan]:
        self._stock.refresh()
        return [found.plan for rules in self._world.lists if (found := self._plan(rules))]

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan of that token, if it is still the one."""
        with lock(self._world.state, "review", patience=PATIENCE):
            self._stock.refresh()
            for rules in self._world.lists:
                found = self._plan(rules)
                if found and found.made and found.plan.token == token:
                    return self._write(rules, found.plan, found.made, found.source.current)
        raise Trouble(
            "the list or the choices have changed since this page was made; nothing was written: "
            "look at the change again"
        )

    def undo(self) -> Sequence[str]:
        report = Report("undo", self._stock.now)
        with lock(self._world.state, "review", patience=PATIENCE):
            try:
                undo(self._world.at(self._stock.now), report)
            except ListConflict as trouble:
                raise Trouble(str(trouble)) from trouble
        self._stock.written()
        return report.notes

    def _plan(self, rules: ListRules) -> _Planned | None:
        latest = self._stock.latest(rules)
        picks = tuple(waiting(latest))
        if not picks:
            return None
        current = self._world.list_path(rules).read_bytes()
        known = self._known(rules, picks)
        source = _Source(current, picks, tuple(item["entry"] for item in known))
        found = self._planned.get(rules.list)
        if found is None or found.source != source:
            made = self._made(rules, latest, picks, known, current)
            found = self._planned[rules.list] = _Planned(source, *made)
        return found

    def _known(self, rules: ListRules, picks: Sequence[Decision]) -> list[dict[str, Any]]:
        """Each pick's work with the entry that was shown for it."""
        works = self._world.store.works.get_many([one.work_key for one in picks])
        items = [self._stock.item_of(rules, work) for work in works.values()]
        shown = self._stock.all_shown(rules, items)
        return [{"key": one.key, "entry": one.entry} for one in shown]

    def _made(
        self,
        rules: ListRules,
        latest: Mapping[str, Decision],
        picks: Sequence[Decision],
        known: Sequence[Mapping[str, Any]],
        current: bytes,
    ) -> tuple[Plan, Applying | None]:
        path, now = self._world.list_path(rules), self._stock.now
        ticked = as_ticks(picks, rules.list, "")
        try:
            made = applying(ticked, known, current, latest, who=self._who, at=now, name=str(path))
        except AnyTrouble as trouble:
            return Plan(rules.list, str(path), "", 0, (), (str(trouble),), ""), None
        # The very bytes that are shown are the ones that may be written.
        token = hash_of(current + made.new + repr(picks).encode())
        change = patch(current, made.new, path.name)
        plan = Plan(rules.list, str(path), change, len(made.added), made.notes, made.unclear, token)
        return plan, with_texts(made, picks)

    def _write(self, rules: ListRules, plan: Plan, made: Applying, current: bytes) -> Sequence[str]:
        now = self._stock.now
        decisions = tuple(replace(one, at=now) for one in made.decisions)
        intent = Intent("apply", rules.list, plan.path, current, made.new, decisions, now)
        if made.new == current:
            self._world.store.decisions.add(decisions)
        else:
            write_list(self._world.at(now), intent)
        self._stock.written()
        entries = "entry" if plan.added == 1 else "entries"
        return [*made.notes, *made.unclear, f"{plan.added} {entries} written to {plan.path}"]
