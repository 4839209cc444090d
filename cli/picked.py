"""Writes what was accepted on the review page into the lists, as shown, and takes it back."""

import hashlib
from collections.abc import Sequence

from catalog.errors import ListConflict
from catalog.errors import Trouble as AnyTrouble
from catalog.store import Intent
from cli.apply import PATIENCE, diff, undo
from cli.lock import lock
from cli.report import Report
from cli.stock import Stock
from cli.writing import write_list
from config.rules import ListRules
from output.applying import Applying, applying
from output.picks import as_ticks, waiting, with_texts
from output.review.desk import Plan
from output.review.trouble import Trouble


class Picked:
    """The change that the choices mean for each list."""

    def __init__(self, stock: Stock, who: str) -> None:
        self._stock, self._world, self._who = stock, stock.world, who

    def plans(self) -> Sequence[Plan]:
        return [plan for rules in self._world.lists if (plan := self._plan(rules)[0])]

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan of that token, if it is still the one."""
        with lock(self._world.state, "review", patience=PATIENCE):
            for rules in self._world.lists:
                plan, made, current = self._plan(rules)
                if plan is not None and made is not None and plan.token == token:
                    return self._write(rules, plan, made, current)
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

    def _plan(self, rules: ListRules) -> tuple[Plan | None, Applying | None, bytes]:
        decided = self._world.store.decisions.latest(rules.list)
        picks = waiting(decided)
        path = self._world.list_path(rules)
        current = path.read_bytes()
        if not picks:
            return None, None, current
        works = self._world.store.works.get_many([one.work_key for one in picks])
        known = [
            {"key": key, "entry": self._stock.candidate(self._stock.item_of(rules, work)).entry}
            for key, work in works.items()
        ]
        token = hashlib.sha256(current + repr(picks).encode()).hexdigest()
        ticked = as_ticks(picks, rules.list, "")
        now = self._stock.now
        try:
            made = applying(ticked, known, current, decided, who=self._who, at=now, name=str(path))
        except AnyTrouble as trouble:
            return Plan(rules.list, str(path), "", 0, (), (str(trouble),), ""), None, current
        change = diff(current, made.new, path.name)
        plan = Plan(rules.list, str(path), change, len(made.added), made.notes, made.unclear, token)
        return plan, with_texts(made, picks), current

    def _write(self, rules: ListRules, plan: Plan, made: Applying, current: bytes) -> Sequence[str]:
        now = self._stock.now
        intent = Intent("apply", rules.list, plan.path, current, made.new, made.decisions, now)
        if made.new == current:
            self._world.store.decisions.add(made.decisions)
        else:
            write_list(self._world.at(now), intent)
        self._stock.written()
        entries = "entry" if plan.added == 1 else "entries"
        return [*made.notes, *made.unclear, f"{plan.added} {entries} written to {plan.path}"]
