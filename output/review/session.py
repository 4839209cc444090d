"""
The review page's desk with the store behind it: what is shown, and what a decision does.

Writes what was accepted on the review page into the lists, as shown, and takes it back.
"""

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from catalog.errors import ListConflict
from catalog.paper import Decision, FactKind, Paper, Work
from catalog.report import Report
from catalog.store.digests import hash_of
from catalog.store.intents import Intent, UndoableWrite
from catalog.store.lock import LOCK_TIMEOUT_S, lock
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
from output.digest.build import DEFAULT_SIZE
from output.digest.markdown import arithmetic
from output.digest.model import Candidate, SourceLine
from output.digest.ticks import Tick
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
from output.review.statistics import Pictures, pictures
from output.review.worklist import Worklist, WorklistItem
from pipelines.enrich.trends import trends
from pipelines.workspace import Workspace

# What a person says here; everything else was done to the list itself.
SAID = ("pick", "reject", "later")
LONGEST_REASON = 300


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

    def __init__(self, stock: Worklist, who: str) -> None:
        self._stock, self._workspace, self._who = stock, stock.workspace, who
        self._planned: dict[str, _Planned] = {}
        # The last that was done, by its token: the same form sent twice is done once.
        self._done = _Done("", (), 0)

    def plans(self) -> Sequence[Plan]:
        self._stock.refresh()
        return [found.plan for rules in self._workspace.lists if (found := self._plan(rules))]

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan of that token, if it is still the one."""
        with lock(self._workspace.state, "review", patience=LOCK_TIMEOUT_S):
            self._stock.refresh()
            if notes := self.notes(token):
                return notes
            for rules in self._workspace.lists:
                found = self._plan(rules)
                if found and found.made and found.plan.token == token:
                    return self._write(rules, found.plan, found.made, found.source.current)
        raise ReviewTrouble(
            "the list or the choices have changed since this page was made; nothing was written: "
            "look at the change again"
        )

    def batch(self) -> UndoableWrite | None:
        """What can be taken back: the newest of all that was written."""
        return self._workspace.store.intents.newest([rules.list for rules in self._workspace.lists])

    def undo(self, token: str) -> Sequence[str]:
        """Take the batch of that token back, if it is still the newest."""
        workspace = self._workspace.at(self._stock.now)
        report = Report("undo", workspace.now)
        with lock(workspace.state, "review", patience=LOCK_TIMEOUT_S):
            self._stock.refresh()
            if notes := self.notes(token):
                return notes
            recover(workspace, report)
            batch = self.batch()
            if batch is None or token_of(batch) != token:
                raise ReviewTrouble(
                    "something was written or taken out since this page was made; nothing was "
                    "changed: look again"
                )
            (rules,) = (rules for rules in workspace.lists if rules.list == batch.list_name)
            try:
                path = workspace.list_path(rules)
                target = ListTarget(rules.list, path, self._who, workspace.now)
                take_out(workspace.store, report, target)
            except ListConflict as trouble:
                raise ReviewTrouble(str(trouble)) from trouble
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
        current = self._workspace.list_path(rules).read_bytes()
        known = self._known(rules, picks)
        source = _Source(current, picks, tuple(item["entry"] for item in known))
        found = self._planned.get(rules.list)
        if found is None or found.source != source:
            made = self._made(rules, latest, picks, known, current)
            found = self._planned[rules.list] = _Planned(source, *made)
        return found

    def _known(self, rules: ListRules, picks: Sequence[Decision]) -> list[dict[str, Any]]:
        """Each pick's work with the entry that was shown for it."""
        works = self._workspace.store.works.get_many([one.work_key for one in picks])
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
        path, now = self._workspace.list_path(rules), self._stock.now
        ticked = as_ticks(picks, rules.list, "")
        try:
            entries = {item["key"]: item["entry"] for item in known}
            made = applying(
                ticked, entries, current, latest, user=self._who, at=now, name=str(path)
            )
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
            self._workspace.store.decisions.add(decisions)
        else:
            write_list(self._workspace.store, intent)
        self._stock.written()
        entries = "entry" if plan.added == 1 else "entries"
        told = [*made.notes, *made.unclear, f"{plan.added} {entries} written to {plan.path}"]
        return self._did(plan.token, told)


def token_of(batch: UndoableWrite) -> str:
    return f"batch-{batch.number}"


def laid_out(workspace: Workspace, who: str, size: int = DEFAULT_SIZE) -> "ReviewSession":
    """
    The desk for a long day.

    What lies on it stays, and need not be looked through again and again for what could be thrown
    away: with 5,000 works that look takes a tenth of a second, in the middle of any answer.
    """
    desk = ReviewSession(workspace, who, size)
    gc.collect()
    gc.freeze()
    return desk


class ReviewSession:
    """The desk of one person. Not for several threads: the page is served by one."""

    def __init__(self, workspace: Workspace, who: str, size: int = DEFAULT_SIZE) -> None:
        self.who = who
        self._store = workspace.store
        recover(workspace, Report("review", workspace.now))
        self._stock = Worklist(workspace, size)
        self._picked = Picked(self._stock, who)
        self.bench = RulesTrial(self._stock)
        # What is only imported or read once is, before anybody waits for it.
        for line in self.lines()[:1]:
            self.focus(line.id)

    def lines(self) -> Sequence[WorklistLine]:
        self._stock.refresh()
        return self._stock.lines()

    def focus(self, work_id: str) -> Focus | None:
        item = self._stock.items.get(work_id)
        if item is None:
            return None
        shown = self._stock.candidate(item)
        mine = self._stock.of_work(item)
        ours = mine[item.open_since :]
        return Focus(
            line=self._stock.line(work_id),
            candidate=replace(shown, changed=item.changed),
            entry=next((one.entry for one in reversed(ours) if one.entry), shown.entry),
            sections=tuple(section.name for section in item.rules.sections),
            similar=tuple(self._stock.similar(item)),
            decisions=tuple(mine),
            links=tuple(_links(shown, item.work)),
            arithmetic=arithmetic(shown),
            trend=self._trend(item),
            seen=_token(mine),
            about=self._about(item, shown),
        )

    def _trend(self, item: WorklistItem) -> tuple[int, ...]:
        known = trends(self._store.facts.history("citations", item.work.key))
        return tuple(
            level for trend in known.values() for level in trend.levels() if level is not None
        )

    def _about(self, item: WorklistItem, shown: Candidate) -> WorkDetails:
        if not isinstance(item.work, Paper):
            return WorkDetails(venue=shown.venue or "")
        kinds: tuple[FactKind, ...] = ("venue-words", "licence", "discussion")
        known = {kind: self._store.facts.latest(kind, [item.work.key]) for kind in kinds}
        words, licence, said = (known[kind].get(item.work.key) for kind in kinds)
        # The address is made from our own id: what a service sent is not a link of ours.
        talk = f"https://huggingface.co/papers/{item.work.arxiv_id}#community"
        return WorkDetails(
            venue=shown.venue or "",
            venue_words=words.value if words else "",
            licence=licence.value if licence else "",
            discussion=talk if said and said.count else "",
            comments=said.count if said else 0,
        )

    def pictures(self) -> Pictures:
        return pictures(self._stock.workspace.at(self._stock.now))

    def sources(self) -> Sequence[SourceLine]:
        return self._stock.said

    def decide(self, wish: DecisionForm) -> Clash | None:
        # One transaction: between the look and the decision nobody else decides.
        with self._store.transaction():
            self._stock.refresh()
            item = self._stock.items.get(wish.id)
            if item is None:
                raise ReviewTrouble("this work is no longer on the desk: it was taken out")
            mine, last = self._stock.of_work(item), self._stock.in_force(item)
            made = self._decision(item, wish)
            if last and replace(last, at=made.at) == made:
                return None
            if last and _token(mine) != wish.seen:
                return Clash(last, wish, _token(mine))
            if last and last.act not in SAID:
                raise ReviewTrouble(
                    "this work is in the list by now: take the last batch out again, or use "
                    "`listkeeper list remove`"
                )
            self._stock.keep(item, made)
        return None

    def take_back(self, seen: str) -> str | None:
        with self._store.transaction():
            self._stock.refresh()
            known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0
            if meanwhile := self._stock.said_since(self.who, known):
                return meanwhile
            decided = [
                (last.at, number, item)
                for number, item in self._stock.items.items()
                if (last := self._stock.in_force(item)) and self._is_mine(last)
            ]
            if not decided:
                return None
            _, number, item = max(decided, key=lambda one: one[:2])
            now = self._stock.now
            made = Decision(item.rules.list, item.work.key, "undo", self.who, now)
            self._stock.keep(item, made)
        return number

    def _is_mine(self, last: Decision) -> bool:
        return last.who == self.who and last.act in SAID

    def plans(self) -> Sequence[Plan]:
        return self._picked.plans()

    def apply(self, token: str) -> Sequence[str]:
        return self._picked.apply(token)

    def undo_batch(self, token: str) -> Sequence[str]:
        return self._picked.undo(token)

    def notes(self, token: str) -> Sequence[str]:
        return self._picked.notes(token)

    def batch(self) -> LastWrite | None:
        found = self._picked.batch()
        if found is None:
            return None
        return LastWrite(token_of(found), found.list_name, found.entries, found.at)

    def seen(self) -> str:
        return str(self._stock.decided)

    def _decision(self, item: WorklistItem, wish: DecisionForm) -> Decision:
        picked = wish.act == "pick"
        section = (wish.section or item.section) if picked else None
        if picked and section not in {one.name for one in item.rules.sections}:
            raise ReviewTrouble(f"{section!r} is no section of {item.rules.list}: choose one")
        return Decision(
            list_name=item.rules.list,
            work_key=item.work.key,
            act=wish.act,
            who=self.who,
            at=self._stock.now,
            section=section,
            reason=wish.reason[:LONGEST_REASON] if wish.act == "reject" else "",
            digest=REVIEW,
            entry=self._text(item, wish) if picked else None,
        )

    def _text(self, item: WorklistItem, wish: DecisionForm) -> str | None:
        """The text that differs from the proposed one; Trouble where it is no entry any more."""
        key, ours = item.work.key, self._stock.as_shown(item).entry
        tick = Tick(0, key, "accept", starred=wish.starred, reason="", section="", entry=wish.entry)
        text = entry_text(tick, ours)
        if isinstance(text, ListConflict):
            raise ReviewTrouble(text.matter)
        return None if text == ours else text


def _token(decisions: Sequence[Decision]) -> str:
    """Names the state that a page shows: the number of decisions and the newest one."""
    last = repr(decisions[-1]) if decisions else ""
    return hashlib.sha256(f"{len(decisions)}{last}".encode()).hexdigest()[:16]


def _links(shown: Candidate, work: Work) -> Iterator[tuple[str, str]]:
    """Where to read on: built from parsed ids and canonical addresses."""
    if isinstance(work, Paper):
        yield f"arXiv:{work.arxiv_id}", f"https://arxiv.org/abs/{work.arxiv_id}"
        yield "PDF", f"https://arxiv.org/pdf/{work.arxiv_id}"
    else:
        yield work.url.removeprefix("https://").partition("/")[0], work.url
    if shown.code:
        archived = ", archived" if shown.archived else ""
        yield f"Code: {shown.code}{archived}", f"https://github.com/{shown.code}"
