"""The review page's desk with the store behind it: what is shown, and what a decision does."""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from catalog.errors import ListConflict
from catalog.paper import Decision, FactKind, Paper, Work
from cli.digest import SIZE
from cli.picked import Picked, token_of
from cli.pictures import pictures
from cli.report import Report
from cli.rule_bench import RuleBench
from cli.stock import Item, Stock
from cli.world import World
from cli.writing import recover
from output.apply import REVIEW, entry_text
from output.digest.markdown import arithmetic
from output.digest.model import Candidate, SourceLine
from output.digest.ticks import Tick
from output.review.model import About, Batch, Clash, Focus, Line, Plan, Trouble, Wish
from output.review.statistics import Pictures
from pipelines.enrich.trends import trends

# What a person says here; everything else was done to the list itself.
SAID = ("pick", "reject", "later")
LONGEST_REASON = 300


def laid_out(world: World, who: str, size: int = SIZE) -> "StoreDesk":
    """
    The desk for a long day.

    What lies on it stays, and need not be looked through again and again for what could be thrown
    away: with 5,000 works that look takes a tenth of a second, in the middle of any answer.
    """
    desk = StoreDesk(world, who, size)
    gc.collect()
    gc.freeze()
    return desk


class StoreDesk:
    """The desk of one person. Not for several threads: the page is served by one."""

    def __init__(self, world: World, who: str, size: int = SIZE) -> None:
        self.who = who
        self._store = world.store
        recover(world, Report("review", world.now))
        self._stock = Stock(world, size)
        self._picked = Picked(self._stock, who)
        self.bench = RuleBench(self._stock)
        # What is only imported or read once is, before anybody waits for it.
        for line in self.lines()[:1]:
            self.focus(line.id)

    def lines(self) -> Sequence[Line]:
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

    def _trend(self, item: Item) -> tuple[int, ...]:
        known = trends(self._store.facts.history("citations", item.work.key))
        return tuple(
            level for trend in known.values() for level in trend.levels() if level is not None
        )

    def _about(self, item: Item, shown: Candidate) -> About:
        if not isinstance(item.work, Paper):
            return About(venue=shown.venue or "")
        kinds: tuple[FactKind, ...] = ("venue-words", "licence", "discussion")
        known = {kind: self._store.facts.latest(kind, [item.work.key]) for kind in kinds}
        words, licence, said = (known[kind].get(item.work.key) for kind in kinds)
        # The address is made from our own id: what a service sent is not a link of ours.
        talk = f"https://huggingface.co/papers/{item.work.arxiv_id}#community"
        return About(
            venue=shown.venue or "",
            venue_words=words.value if words else "",
            licence=licence.value if licence else "",
            discussion=talk if said and said.count else "",
            comments=said.count if said else 0,
        )

    def pictures(self) -> Pictures:
        return pictures(self._stock.world.at(self._stock.now))

    def sources(self) -> Sequence[SourceLine]:
        return self._stock.said

    def decide(self, wish: Wish) -> Clash | None:
        # One transaction: between the look and the decision nobody else decides.
        with self._store.transaction():
            self._stock.refresh()
            item = self._stock.items.get(wish.id)
            if item is None:
                raise Trouble("this work is no longer on the desk: it was taken out")
            mine, last = self._stock.of_work(item), self._stock.in_force(item)
            made = self._decision(item, wish)
            if last and replace(last, at=made.at) == made:
                return None
            if last and _token(mine) != wish.seen:
                return Clash(last, wish, _token(mine))
            if last and last.act not in SAID:
                raise Trouble(
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

    def batch(self) -> Batch | None:
        found = self._picked.batch()
        if found is None:
            return None
        return Batch(token_of(found), found.list_name, found.entries, found.at)

    def seen(self) -> str:
        return str(self._stock.decided)

    def _decision(self, item: Item, wish: Wish) -> Decision:
        picked = wish.act == "pick"
        section = (wish.section or item.section) if picked else None
        if picked and section not in {one.name for one in item.rules.sections}:
            raise Trouble(f"{section!r} is no section of {item.rules.list}: choose one")
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

    def _text(self, item: Item, wish: Wish) -> str | None:
        """The text that differs from the proposed one; Trouble where it is no entry any more."""
        key, ours = item.work.key, self._stock.as_shown(item).entry
        tick = Tick(0, key, "accept", starred=wish.starred, reason="", section="", entry=wish.entry)
        text = entry_text(tick, {"key": key, "entry": ours})
        if isinstance(text, ListConflict):
            raise Trouble(text.matter)
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
