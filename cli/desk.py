"""
The review page's desk: works, decisions and lists from the store, kept at hand.

What is shown is read once and again when a run, another person or an editor has changed
something; a decision is one commit and no reading.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from catalog.errors import ListConflict
from catalog.errors import Trouble as AnyTrouble
from catalog.listfile import parse
from catalog.paper import Decision, Paper, Verdict, Work
from catalog.store import Intent
from cli.apply import PATIENCE, diff, undo
from cli.candidates import PATIENCE as PATIENCE_DAYS
from cli.candidates import Shelf as Found
from cli.candidates import shelf
from cli.digest import SIZE, last_said, numbered
from cli.lock import lock
from cli.report import Report
from cli.world import World
from cli.writing import recover, write_list
from config.rules import ListRules
from output.applying import Applying, applying, entry_text
from output.digest import Candidate, SourceLine
from output.picks import REVIEW, as_ticks, waiting, with_texts
from output.review.desk import (
    Clash,
    Focus,
    Line,
    Plan,
    Shelf,
    Similar,
    Trouble,
    Wish,
)
from output.ticks import Tick

# Titles less alike than this are another work (of 100).
ALIKE, MOST_SIMILAR = 70, 3


@dataclass(frozen=True, slots=True)
class Item:
    """A work on the desk, for one list."""

    rules: ListRules
    work: Work
    verdict: Verdict
    shelf: Shelf
    sources: tuple[str, ...]

    @property
    def id(self) -> str:
        """Short and safe in an address, the same in every run."""
        return hashlib.sha256(f"{self.rules.list}\0{self.work.key}".encode()).hexdigest()[:12]

    @property
    def section(self) -> str:
        return self.verdict.section or self.verdict.runner_up or ""


class StoreDesk:
    """The desk of one person. Not for several threads: the page is served by one."""

    def __init__(self, world: World, who: str, size: int = SIZE) -> None:
        self.who = who
        self._world, self._size = world, size
        self._started = time.monotonic()
        self._items: dict[str, Item] = {}
        self._shelf: dict[str, Found] = {}
        self._decisions: dict[str, list[Decision]] = {}
        self._stamp: tuple[object, ...] = ()
        recover(world, Report("review", world.now))
        self._refresh()

    def lines(self) -> Sequence[Line]:
        self._refresh()
        return [self._line(number, item) for number, item in self._items.items()]

    def focus(self, work_id: str) -> Focus | None:
        item = self._items.get(work_id)
        if item is None:
            return None
        shown, history = self._candidate(item), self._trend(item)
        mine = self._of_work(item)
        return Focus(
            line=self._line(work_id, item),
            candidate=shown,
            entry=next((one.entry for one in reversed(mine) if one.entry), shown.entry),
            sections=tuple(section.name for section in item.rules.sections),
            similar=tuple(self._similar(item)),
            decisions=tuple(mine),
            links=tuple(_links(shown, item.work)),
            arithmetic=f"{shown.score:.2f} by the rules",
            trend=history,
            seen=_token(mine),
        )

    def sources(self) -> Sequence[SourceLine]:
        return self._said

    def decide(self, wish: Wish) -> Clash | None:
        self._refresh()
        item = self._items.get(wish.id)
        if item is None:
            raise Trouble("this work is no longer on the desk: it is in the list, or was taken out")
        mine = self._of_work(item)
        made = self._decision(item, wish)
        if mine and replace(mine[-1], at=made.at) == made:
            return None
        if mine and mine[-1].act != "undo" and _token(mine) != wish.seen:
            return Clash(mine[-1], wish, _token(mine))
        self._keep(made)
        return None

    def take_back(self) -> str | None:
        self._refresh()
        for number, item in sorted(self._items.items(), key=self._last_at, reverse=True):
            mine = self._of_work(item)
            if mine and mine[-1].who == self.who and mine[-1].act != "undo":
                self._keep(Decision(item.rules.list, item.work.key, "undo", self.who, self._now()))
                return number
        return None

    def plans(self) -> Sequence[Plan]:
        self._refresh()
        return [plan for rules in self._world.lists if (plan := self._plan(rules)[0])]

    def apply(self, token: str) -> Sequence[str]:
        with lock(self._world.state, "review", patience=PATIENCE):
            for rules in self._world.lists:
                plan, made, current = self._plan(rules)
                if plan is not None and made is not None and plan.token == token:
                    return self._write(rules, plan, made, current)
        raise Trouble(
            "the list or the choices have changed since this page was made; nothing was written: "
            "look at the change again"
        )

    def undo_batch(self) -> Sequence[str]:
        report = Report("undo", self._now())
        with lock(self._world.state, "review", patience=PATIENCE):
            try:
                undo(self._world.at(self._now()), report)
            except ListConflict as trouble:
                raise Trouble(str(trouble)) from trouble
        self._refresh()
        return report.notes

    # What is kept at hand

    def _now(self) -> datetime:
        """The world's clock, going on: a person takes their time."""
        return self._world.now + timedelta(seconds=time.monotonic() - self._started)

    def _refresh(self) -> None:
        stamp = self._seen_from_outside()
        if stamp == self._stamp:
            return
        kept = self._items
        self._decisions = {}
        for one in self._world.store.decisions.all():
            self._decisions.setdefault(f"{one.list_name}\0{one.work_key}", []).append(one)
        self._items = {item.id: item for item in self._read()}
        decided = {number: item for number, item in kept.items() if self._of_work(item)}
        self._items = {**decided, **self._items} if kept else self._items
        order = {rules.list: place for place, rules in enumerate(self._world.lists)}
        self._items = dict(sorted(self._items.items(), key=lambda pair: _place(order, pair[1])))
        self._said = [SourceLine(s.source, str(s.word), s.reason) for s in last_said(self._world)]
        self._stamp = stamp
        self.__dict__.pop("_titles", None)

    def _seen_from_outside(self) -> tuple[object, ...]:
        store = self._world.store
        files = (self._world.list_path(rules).stat() for rules in self._world.lists)
        times = tuple((file.st_mtime_ns, file.st_size) for file in files)
        return store.decisions.number(), store.runs.number(), times

    def _read(self) -> Iterator[Item]:
        sources: dict[str, dict[str, None]] = {}
        since = (self._world.now - timedelta(days=PATIENCE_DAYS)).date()
        for sighting in self._world.store.works.sighted(since):
            sources.setdefault(sighting.work_key, {})[sighting.source] = None
        for rules in self._world.lists:
            for name, work, verdict in self._shelves(rules):
                yield Item(rules, work, verdict, name, tuple(sources.get(work.key, ())))

    def _shelves(self, rules: ListRules) -> Iterator[tuple[Shelf, Work, Verdict]]:
        found = self._shelf[rules.list] = shelf(self._world, rules)
        chosen = {work.key for work, _ in found.candidates}
        for one in waiting(self._world.store.decisions.latest(rules.list)):
            work = self._world.store.works.get(one.work_key)
            if work is not None and one.work_key not in chosen:
                verdict = self._world.store.verdicts.get(rules.list, one.work_key)
                yield "week", work, verdict or Verdict(one.section, 1.0)
        for place, (work, verdict) in enumerate(found.candidates):
            yield ("week" if place < self._size else "waiting"), work, verdict
        for work, verdict in found.near_misses[: self._size]:
            yield "near", work, verdict

    # One work

    def _of_work(self, item: Item) -> list[Decision]:
        return self._decisions.get(f"{item.rules.list}\0{item.work.key}", [])

    def _line(self, number: str, item: Item) -> Line:
        mine = self._of_work(item)
        last = mine[-1] if mine and mine[-1].act != "undo" else None
        return Line(
            id=number,
            list_name=item.rules.list,
            title=item.work.title,
            section=(last.section if last and last.section else item.section),
            shelf=item.shelf,
            kind="paper" if isinstance(item.work, Paper) else item.work.kind,
            sources=item.sources,
            score=item.verdict.score,
            act=last.act if last else None,
            who=last.who if last else "",
        )

    def _candidate(self, item: Item) -> Candidate:
        return next(
            numbered(self._world, self._shelf[item.rules.list], [(item.work, item.verdict)])
        )

    def _trend(self, item: Item) -> str:
        return ""

    @cached_property
    def _titles(self) -> Mapping[str, list[tuple[str, str, int]]]:
        """Title, section and line of every entry, by list."""
        return {
            rules.list: [
                (entry.title, entry.section or "", entry.line)
                for entry in parse(self._world.list_path(rules).read_bytes()).entries
            ]
            for rules in self._world.lists
        }

    def _similar(self, item: Item) -> Iterator[Similar]:
        from rapidfuzz import fuzz, process, utils

        titles = self._titles[item.rules.list]
        found = process.extract(
            item.work.title,
            [title for title, _, _ in titles],
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            score_cutoff=ALIKE,
            limit=MOST_SIMILAR,
        )
        for title, likeness, place in found:
            _, section, line = titles[place]
            yield Similar(title, section, line, round(likeness))

    # Decisions and what they mean for the list

    def _decision(self, item: Item, wish: Wish) -> Decision:
        picked = wish.act == "pick"
        section = (wish.section or item.section) if picked else None
        if picked and section not in {one.name for one in item.rules.sections}:
            raise Trouble(f"{section!r} is no section of {item.rules.list}: choose one")
        return Decision(
            item.rules.list, item.work.key, wish.act, self.who, self._now(), section,
            wish.reason[:300] if wish.act == "reject" else "", REVIEW,
            self._text(item, wish) if picked else None,
        )  # fmt: skip

    def _text(self, item: Item, wish: Wish) -> str | None:
        """The text that differs from the proposed one; Trouble where it is no entry any more."""
        ours = self._candidate(item).entry
        tick = Tick(
            0,
            item.work.key,
            "accept",
            starred=wish.starred,
            reason="",
            section="",
            entry=wish.entry,
        )
        text = entry_text(tick, {"key": item.work.key, "entry": ours})
        if isinstance(text, ListConflict):
            raise Trouble(text.matter)
        return None if text == ours else text

    def _keep(self, made: Decision) -> None:
        self._world.store.decisions.add([made])
        self._decisions.setdefault(f"{made.list_name}\0{made.work_key}", []).append(made)
        self._stamp = self._seen_from_outside()

    def _last_at(self, pair: tuple[str, Item]) -> datetime:
        mine = self._of_work(pair[1])
        return mine[-1].at if mine else datetime.min.replace(tzinfo=self._world.now.tzinfo)

    def _plan(self, rules: ListRules) -> tuple[Plan | None, Applying | None, bytes]:
        decided = self._world.store.decisions.latest(rules.list)
        picks = waiting(decided)
        path = self._world.list_path(rules)
        current = path.read_bytes()
        if not picks:
            return None, None, current
        works = self._world.store.works.get_many([one.work_key for one in picks])
        known = [
            {"key": key, "entry": self._candidate(self._item_of(rules, work)).entry}
            for key, work in works.items()
        ]
        token = hashlib.sha256(current + repr(picks).encode()).hexdigest()
        ticked = as_ticks(picks, rules.list, "")
        try:
            made = applying(
                ticked, known, current, decided, who=self.who, at=self._now(), name=str(path)
            )
        except AnyTrouble as trouble:
            return Plan(rules.list, str(path), "", 0, (), (str(trouble),), ""), None, current
        change = diff(current, made.new, path.name)
        plan = Plan(rules.list, str(path), change, len(made.added), made.notes, made.unclear, token)
        return plan, with_texts(made, picks), current

    def _item_of(self, rules: ListRules, work: Work) -> Item:
        found = Item(rules, work, Verdict(None, 0.0), "week", ())
        return self._items.get(found.id, found)

    def _write(self, rules: ListRules, plan: Plan, made: Applying, current: bytes) -> Sequence[str]:
        now = self._now()
        intent = Intent("apply", rules.list, plan.path, current, made.new, made.decisions, now)
        if made.new == current:
            self._world.store.decisions.add(made.decisions)
        else:
            write_list(self._world.at(now), intent)
        self._refresh()
        entries = "entry" if plan.added == 1 else "entries"
        return [*made.notes, *made.unclear, f"{plan.added} {entries} written to {plan.path}"]


def _place(order: Mapping[str, int], item: Item) -> tuple[int, int, int, float]:
    """By list, shelf, section as the list has them, then best first."""
    names = [section.name for section in item.rules.sections]
    section = names.index(item.section) if item.section in names else len(names)
    shelves = ("week", "waiting", "near", "second")
    return order[item.rules.list], shelves.index(item.shelf), section, -item.verdict.score


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
        yield "Open", work.url
    if shown.code:
        yield f"Code: {shown.code}", f"https://github.com/{shown.code}"
