"""Writes what was accepted on the review page into the lists, as shown, and takes it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from catalog.errors import ListConflict
from catalog.paper import Decision
from catalog.store.digests import hash_of
from catalog.store.intents import Batch, Intent
from cli.apply import PATIENCE, take_out
from cli.lock import lock
from cli.report import Report
from cli.stock import Stock
from cli.writing import recover, write_list
from config.errors import Trouble as AnyTrouble
from config.rules import ListRules
from output.apply import Applying, applying, as_ticks, waiting, with_texts
from output.patch import patch
from output.review.model import Plan, Trouble


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


class _Done(NamedTuple):
    """What was done last: its token, what came of it, and the newest decision then."""

    token: str
    notes: Sequence[str]
    decided: int


class Picked:
    """The change that the choices mean for each list; made once, until something is another."""

    def __init__(self, stock: Stock, who: str) -> None:
        self._stock, self._world, self._who = stock, stock.world, who
        self._planned: dict[str, _Planned] = {}
        # The last that was done, by its token: the same form sent twice is done once.
        self._done = _Done("", (), 0)

    def plans(self) -> Sequence[Plan]:
        self._stock.refresh()
        return [found.plan for rules in self._world.lists if (found := self._plan(rules))]

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan of that token, if it is still the one."""
        with lock(self._world.state, "review", patience=PATIENCE):
            self._stock.refresh()
            if notes := self.notes(token):
                return notes
            for rules in self._world.lists:
                found = self._plan(rules)
                if found and found.made and found.plan.token == token:
                    return self._write(rules, found.plan, found.made, found.source.current)
        raise Trouble(
            "the list or the choices have changed since this page was made; nothing was written: "
            "look at the change again"
        )

    def batch(self) -> Batch | None:
        """What can be taken back: the newest of all that was written."""
        return self._world.store.intents.newest([rules.list for rules in self._world.lists])

    def undo(self, token: str) -> Sequence[str]:
        """Take the batch of that token back, if it is still the newest."""
        world = self._world.at(self._stock.now)
        report = Report("undo", world.now)
        with lock(world.state, "review", patience=PATIENCE):
            self._stock.refresh()
            if notes := self.notes(token):
                return notes
            recover(world, report)
            batch = self.batch()
            if batch is None or token_of(batch) != token:
                raise Trouble(
                    "something was written or taken out since this page was made; nothing was "
                    "changed: look again"
                )
            (rules,) = (rules for rules in world.lists if rules.list == batch.list_name)
            try:
                take_out(world, report, rules, self._who)
            except ListConflict as trouble:
                raise Trouble(str(trouble)) from trouble
        self._stock.written()
        return self._did(token, report.notes)

    def notes(self, token: str) -> Sequence[str]:
        """What came of that token, as long as nothing was decided since."""
        done = self._done
        return done.notes if (done.token, done.decided) == (token, self._stock.decided) else ()

    def _did(self, token: str, notes: Sequence[str]) -> Sequence[str]:
        self._done = _Done(token, tuple(notes), self._stock.decided)
        return self._done.notes

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
        told = [*made.notes, *made.unclear, f"{plan.added} {entries} written to {plan.path}"]
        return self._did(plan.token, told)


def token_of(batch: Batch) -> str:
    return f"batch-{batch.number}"
