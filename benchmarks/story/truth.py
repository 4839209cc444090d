"""
What is right to say on a day, worked out from what the sandbox plays and from nothing else.

It knows the papers, feeds and faults of the story, and the rules that faults.md sets; of the
program only which sources it was told to read.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

from benchmarks.story.faults import Fault
from sandbox import settings
from sandbox.messages import Request
from sandbox.papers.announcements import announced
from sandbox.services import hugging_face
from sandbox.services.feeds import items_of
from sandbox.state import SandboxState, build

DAY = timedelta(days=1)
OLDEST = 60
# A feed of the web is read by these names; where the sandbox keeps it.
FEEDS = {
    "feeds/bair": "bair.berkeley.edu/blog/feed.xml",
    "feeds/news": "news.example.org/feed.json",
}
BLOG = "hf_blog"
# What is asked of nobody.
FILES = ("inbox", "lists", "semantic_scholar")
# Failures in a row before somebody of the others is called; more missing days than this are
# asked of OAI-PMH.
FEW = 3


@dataclass
class Truth:
    """What the story has shown so far. ``known_off`` are the days off that the program knows."""

    profile: Mapping[str, object]
    feeds: Sequence[str]
    first: date
    known_off: frozenset[date]
    world: SandboxState = field(init=False)
    proved: dict[date, str] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    shown: dict[str, set[str]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    news: dict[str, set[date]] = field(default_factory=dict)
    unsure: bool = False
    featured: dict[str, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = build(settings.from_profile(json.dumps(self.profile)))

    def missing(self, today: date) -> list[date]:
        """Days that should have brought papers, before today, and are not proved."""
        every = (self.first + n * DAY for n in range((today - self.first).days))
        return [day for day in every if self.is_working(day) and day not in self.proved]

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.known_off

    def wrong(self, report: dict, moment: datetime, faults: Sequence[Fault]) -> list[str]:
        """Everything that a run's report does not say rightly; then the day is taken in."""
        said = {source["source"]: source for source in report["sources"]}
        self.world.clock.set(moment)
        found = [
            *self._wrong_feeds(said, moment.date(), faults),
            *self._wrong_fill(said, report["notes"], moment.date(), faults),
            *self._wrong_others(said, moment, faults),
        ]
        wanted = {s["word"] for s in said.values()}
        code = report["exit_code"]
        if (code == 0) == bool(wanted & {"BROKEN", "STALE"}) and not report["needs_person"]:
            found.append(f"exit code {code} for {sorted(wanted)}")
        return found

    # arXiv's feeds

    def word(self, day: date, faults: Sequence[Fault]) -> set[str]:
        """The right words of arXiv's feeds."""
        fault = next((f for f in faults if f.words != ("OK",)), None)
        if fault and fault.name == "ahead":
            return {"BROKEN", "QUIET"}  # by our clock it may be a weekend
        if fault and fault.words == ("BROKEN",):
            return {"BROKEN"}
        if not self.is_working(day):
            return {"QUIET"}
        if day in self.world.settings.holidays:
            return {"BROKEN"}
        return set(fault.words) if fault else {"OK"}

    def items(self, feed: str, day: date) -> int:
        """How many items stand in a feed."""
        return len(announced(self.world.papers.on(day), day, tuple(feed.split("+")), 10**6))

    def _wrong_feeds(self, said: dict, day: date, faults: Sequence[Fault]) -> Iterable[str]:
        right = self.word(day, faults)
        for feed in self.feeds:
            source = said.get(f"arxiv_rss/{feed}")
            number = self.items(feed, day)
            words = {self._word_of_nothing(feed)} if right == {"OK"} and not number else right
            if source is None or source["word"] not in words:
                yield f"{feed}: {source and source['word']}, not {words}"
                continue
            look = source["word"] == "OK" and self._is_unusual(feed, number)
            if source["look"] != look:
                yield f"{feed}: look is {source['look']} at {number} ({source['reason']})"
            if source["word"] == "OK":
                if source["counts"]["found"] != number:
                    yield f"{feed}: {source['counts']['found']} papers, not {number}"
                # A run that finds the same under a new tag is a run that had so many.
                times = 2 if any(f.name == "new-tag" for f in faults) else 1
                self.counts.setdefault(feed, []).extend([number] * times)

    def _word_of_nothing(self, feed: str) -> str:
        """Chance leaves a small category without a paper; a feed of many is faulty without one."""
        counts = [count for count in self.counts.get(feed, ()) if count]
        return "QUIET" if counts and mean([counts[-1], *counts[-10:]]) < 10 else "BROKEN"

    def _is_unusual(self, feed: str, number: int) -> bool:
        """A fifth of the last ten runs, or five times as many, where it is more than a handful."""
        recent = [count for count in self.counts.get(feed, ()) if count][-10:]
        if len(recent) < 3 or abs(number - mean(recent)) < 10:
            return False
        return not mean(recent) / 5 < number < mean(recent) * 5

    # days that were missed

    def _wrong_fill(
        self, said: dict, notes: list[str], day: date, faults: Sequence[Fault]
    ) -> Iterable[str]:
        names = {f.name for f in faults}
        if "ahead" in names:
            asked = [s for name, s in said.items() if name in ("arxiv_api", "arxiv_oai")]
            yield from (f"{s['source']} said {s['word']}" for s in asked if s["word"] == "OK")
            self.failed |= {s["source"] for s in asked}
            return
        missing = self.missing(day)
        stale = [before for before in self.dated(day, faults) if before in missing]
        for before in stale:
            missing.remove(before)
            self.proved[before] = "feed"
        asked = {name: said[name] for name in ("arxiv_api", "arxiv_oai") if name in said}
        closed = any(f.service == "arxiv" for f in faults) or "429-retry-after=4000" in names
        filled = True
        if not missing:
            yield from (f"{name} was asked for nothing" for name in asked)
        elif closed:
            filled = False
            yield from (f"{n} said {s['word']}" for n, s in asked.items() if s["word"] != "BROKEN")
            if not asked and not any(note.startswith("not asked for") for note in notes):
                yield f"nobody said why {len(missing)} days were not asked for"
            self.failed |= asked.keys()
        else:
            yield from self._wrong_filled(asked, missing, faults)
        full = all(self.items(feed, day) for feed in self.feeds)
        if self.is_working(day) and self.word(day, faults) == {"OK"} and full:
            last = max((one for one in self.proved_or(missing) if one < day), default=None)
            if filled or last is None or last in self.proved:
                self.proved[day] = "feed"

    def proved_or(self, missing: list[date]) -> set[date]:
        return {*self.proved, *missing}

    def dated(self, day: date, faults: Sequence[Fault]) -> list[date]:
        """The day before, where its batch is shown again and says so itself."""
        if not any(f.name == "stale-dated" for f in faults) or not self.is_working(day):
            return []
        before = day - DAY
        while before.weekday() > 4 or before in self.world.settings.holidays:
            before -= DAY
        return [before]

    def _wrong_filled(
        self, asked: dict, missing: list[date], faults: Sequence[Fault]
    ) -> Iterable[str]:
        usual, other = "arxiv_api", "arxiv_oai"
        if len(missing) > FEW:
            usual, other = other, usual
        if usual in self.failed and other not in self.failed:
            usual, other = other, usual
        down = {f"arxiv_{f.service}" for f in faults if f.service in ("api", "oai")}
        right = other if usual in down else usual
        self.failed |= down & {usual}
        self.failed -= {right}
        source = asked.get(right)
        if list(asked) != [right] or source is None or source["word"] != "OK":
            told = {name: one["word"] for name, one in asked.items()}
            yield f"{len(missing)} days were missing: {told}, not {right} OK"
            return
        if not source["reason"].startswith(f"filled {span(missing)}"):
            yield f"{right}: {source['reason']!r}, not {span(missing)}"
        self.proved |= dict.fromkeys(missing, right.removeprefix("arxiv_"))

    # everybody else

    def _wrong_others(self, said: dict, moment: datetime, faults: Sequence[Fault]) -> Iterable[str]:
        broken = tuple(start for fault in faults for start in fault.broken)
        ahead = any(f.name == "ahead" for f in faults)
        arxiv = any(f.service in ("arxiv", "api") or f.name.endswith("=4000") for f in faults)
        shown = {"hf_daily": self._daily(), BLOG: self._blog(), **self._others()}
        for name, source in said.items():
            if name.startswith("arxiv_"):
                continue
            if (broken and name.startswith(broken)) or (ahead and not name.startswith(FILES)):
                right = {"BROKEN"}
            elif name in shown:
                new = shown[name].keys() - self.shown.get(name, set())
                right = {"OK"} if new else {"QUIET"}
                # Papers that could not be looked up yesterday are new when they are had.
                late = self.unsure or self.world.settings.found_after_h
                right |= {"OK"} if late and name == "hf_daily" else set()
                self._show(name, shown[name], moment.date())
            else:
                right = {"OK", "QUIET"}
            if source["word"] not in right:
                yield f"{name}: {source['word']} ({source['reason']}), not {right}"
            if name in shown and right != {"BROKEN"}:
                days = self.news.setdefault(name, set())
                days |= {day for day in shown[name].values() if day <= moment.date()}
                look = is_silent(days, moment.date())
                # Feeds have a handful of items, fewer than would be told.
                if name == "hf_daily" and "unchanged" not in source["reason"]:
                    look |= self._is_unusual(name, len(shown[name]))
                    self.counts.setdefault(name, []).append(len(shown[name]))
                if source["look"] != look:
                    yield f"{name}: look is {source['look']} ({source['reason']})"
        self.unsure = arxiv

    def _show(self, name: str, keys: Iterable[str], day: date) -> None:
        self.shown[name] = set(keys)
        if name == "hf_daily":
            self.featured = dict.fromkeys(keys, day) | self.featured

    def named_until(self, last: date) -> set[str]:
        """The papers that Hugging Face named up to this day, as far as it could be read."""
        return {key for key, day in self.featured.items() if day <= last}

    def _daily(self) -> dict[str, date]:
        told = json.loads(
            hugging_face.answer_daily(self.world, Request("GET", "", {"limit": "100"}), None).body
        )
        papers = [entry["paper"] for entry in told]
        return {p["id"]: date.fromisoformat(p["submittedOnDailyAt"][:10]) for p in papers}

    def _blog(self) -> dict[str, date]:
        return self._recent("huggingface.co/blog/feed.xml")

    def _others(self) -> dict[str, dict[str, date]]:
        return {name: self._recent(address) for name, address in FEEDS.items()}

    def _recent(self, address: str) -> dict[str, date]:
        """The items of a feed that are not too old, with their days."""
        since = (self.world.now() - OLDEST * DAY).date()
        return {link: day for link, day in items_of(self.world, address).items() if day >= since}

    def strip(self, last: date, days: int) -> list[str]:
        """What `status` should say of each of the last days."""
        return [self._kind(last - DAY * back) for back in range(days - 1, -1, -1)]

    def _kind(self, day: date) -> str:
        if day < self.first:
            return "before"
        if not self.is_working(day):
            return "quiet"
        return self.proved.get(day, "missing")


def span(days: Sequence[date]) -> str:
    if len(days) <= 5:
        return ", ".join(f"{day:%a} {day.day} {day:%b}" for day in days)
    return f"{len(days)} days from "


def is_silent(days: Iterable[date], today: date) -> bool:
    """Three times as long without anything as usual, by the last twelve days with something."""
    ordered = sorted(days)[-12:]
    gaps = [(after - before).days for before, after in pairwise(ordered)]
    return len(gaps) >= 3 and (today - ordered[-1]).days > 3 * max(median(gaps), 1)
