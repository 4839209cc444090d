"""
Daily runs in which everything goes wrong that can: is a paper lost, or proposed twice?

    python -m benchmarks.daily_runs [--days 60] [--seed 7]... [--json]
    python -m benchmarks.daily_runs --years 2 [--seed 7] [--minutes 60] [--first 2025-01-20]

A run a day against the sandbox, from 7 October 2024: over both Europe's and America's change of
clocks, Thanksgiving, a day off that nobody announced, nine days without our machine, a day with
many times as many papers and one with next to none, a clock that goes wrong, other time zones, bad
certificates, names that lie, and by the seed a fault or two on nearly every other day. What is
right to say on each of them ``story/truth.py`` works out from what the sandbox plays. It ends with
status 1 where a day or a source was not named rightly, a paper was lost or proposed twice, arXiv
was asked within three seconds (of the sandbox's clock), or a forbidden address was asked.

Years have fewer papers a day, and their query API finds a paper by its id only a day after others
name it; each kind of fault comes again and again, and every few weeks nobody runs for some days.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from random import Random

from benchmarks.story.faults import ARXIV, OTHERS, Fault, fates
from benchmarks.story.truth import Truth
from config import settings
from sandbox.network import dns
from sandbox.network.tls import TlsProxies
from sandbox.papers.announcements import announced
from sandbox.process import Sandbox, running
from sandbox.services.pages import FORBIDDEN
from tests.workspace import REPOSITORY, Ended, Workspace

# Sandbox time runs as much faster as our pauses are shorter.
SPEED = 50
DAY = timedelta(days=1)
SIGNS = {
    "feed": "#",
    "api": "+",
    "oai": "o",
    "quiet": ".",
    "missing": "!",
    "before": " ",
    "to come": "_",
}
SOURCES = """
arxiv:
  feeds: [cs.CL+cs.AR+cs.DC+cs.PF, cs.LG+stat.ML, cs.AI]
also: [hf_daily, hf_blog]
feeds:
  - {name: bair, url: https://bair.berkeley.edu/blog/feed.xml}
  - {name: news, url: https://news.example.org/feed.json}
hf_hub:
  organisations: [neuralmagic]
github:
  searches: [{name: quantization, query: language models, stars: 50}]
  watched: [pytorch/ao]
inbox:
  file: inbox.md
lists:
  files: [lists/theirs.md]
"""
KEYS = {"LISTKEEPER_SEMANTIC_SCHOLAR_KEY": "canary-key", "LISTKEEPER_GITHUB_TOKEN": "canary-token"}
PRIVATE, PUBLIC = "127.0.0.2", "93.184.215.14"
LIES = {
    "rebound.example.net": [PUBLIC, PRIVATE],
    "back.example.net": [PRIVATE, PUBLIC],
    "nowhere.example.net": [],
}


@dataclass(frozen=True)
class Story:
    """
    Which days there are, and what is special about some of them.

    A ``quick`` one is without the faults that take half a minute, and without those that need a
    process which trusts our authority and believes our names. ``faulty`` is the share of the days
    that have a fault, ``crowd`` how many papers a day has, of which one in ``featured`` is named by
    Hugging Face, and found by its id ``found_after_h`` hours after it was announced.
    """

    first: datetime
    days: int
    crowd: int = 36
    surprise: date | None = None
    rush: date | None = None
    lull: date | None = None
    away: frozenset[date] = frozenset()
    healthy_end: int = 3
    quick: bool = False
    featured: int = 30
    found_after_h: int = 0
    faulty: float = 1.0

    @property
    def profile(self) -> dict:
        """The outside world of this story, for the sandbox."""
        rush = {self.rush: 8, self.lull: 0.08}
        told = {
            "first": self.first.date().isoformat(),
            "days": self.days,
            "papers": self.crowd,
            "rush": {day.isoformat(): times for day, times in rush.items() if day},
        }
        off = {*self.off, *([self.surprise] if self.surprise else [])}
        return {
            "crowd": told,
            "holidays": sorted(day.isoformat() for day in off),
            "now": self.first.isoformat(),
            "featured": self.featured,
            "found_after_h": self.found_after_h,
        }

    @property
    def off(self) -> frozenset[date]:
        """The days off within the story that the program knows."""
        first, last = self.first.date(), (self.first + self.days * DAY).date()
        every = settings.calendar(REPOSITORY / "config").days_off
        return frozenset(day for day in every if first <= day < last)

    @property
    def moments(self) -> list[datetime]:
        """When somebody runs."""
        every = (self.first + n * DAY for n in range(self.days))
        return [moment for moment in every if moment.date() not in self.away]

    def free(self) -> list[date]:
        """Days of which nothing else is told."""
        after = {day + DAY for day in self.off}
        special = {self.surprise, self.rush, self.lull, self.first.date(), *self.off, *after}
        every = self.moments[: -self.healthy_end or None]
        return [moment.date() for moment in every if moment.date() not in special]


SIXTY = Story(
    first=datetime(2024, 10, 7, 6, 47, tzinfo=UTC),
    days=60,
    surprise=date(2024, 11, 6),
    rush=date(2024, 11, 25),
    lull=date(2024, 12, 3),
    # Nine days in a row, and a single one.
    away=frozenset(date(2024, 10, 28) + n * DAY for n in range(9)) | {date(2024, 10, 16)},
)


def years(number: int, seed: int, first: date) -> Story:
    """A story of so many years, from a day."""
    random, days = Random(seed), 365 * number
    gaps = range(30, days - 30, 45)
    away = [first + (gap + n) * DAY for gap in gaps for n in range(random.randint(1, 6))]
    # A lull would leave feeds without any paper on a working day, which is a fault of theirs.
    return replace(
        SIXTY,
        first=datetime.combine(first, SIXTY.first.timetz()),
        days=days,
        crowd=12,
        lull=None,
        away=frozenset(away),
        featured=3,
        found_after_h=40,
        faulty=0.6,
    )


@dataclass
class Told:
    """What happened: each day's faults and words, and everything that was not right."""

    wrong: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    pages: dict[str, set[str]] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    last: datetime | None = None
    seen: list[dict] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)

    def expect(self, right, what) -> None:
        if not right:
            self.wrong.append(what)


@dataclass
class Player:
    """Plays a story day by day in a folder, against a sandbox."""

    story: Story
    folder: Path
    outside: Sandbox
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.folder, pace=str(1 / SPEED))
        self.lines = self.folder / "lines"
        lies = {} if self.story.quick else self._lies()
        self.workspace.outside = self.outside.environment() | KEYS | lies
        config = self.folder / "config"
        (config / "sources.yaml").write_text(SOURCES)
        (self.folder / "inbox.md").write_text("- https://blog.mlc.ai/2024/10/10/\n")
        theirs = "# Theirs\n\n## LLM\n\n- [Pruning, a Talk](https://talks.example.org/p)\n"
        (self.folder / "lists" / "theirs.md").write_text(theirs)
        feeds = ("cs.CL+cs.AR+cs.DC+cs.PF", "cs.LG+stat.ML", "cs.AI")
        first = self.story.first.date()
        self.truth = Truth(self.story.profile, feeds, first, self.story.off)

    def _lies(self) -> dict[str, str]:
        """What makes every process of ours believe our certificates and our names."""
        self.doors = TlsProxies(self.folder, self.outside.url)
        lies = self.folder / "names.json"
        lies.write_text(json.dumps(LIES))
        return {
            "SSL_CERT_FILE": str(self.doors.authority),
            "PYTHONPATH": os.pathsep.join([str(dns.HOOK_FOLDER), str(REPOSITORY)]),
            dns.NAMES_VARIABLE: str(lies),
            dns.CONNECTIONS_VARIABLE: str(self.lines),
        }

    def play(self, seed: int, minutes: float = float("inf")) -> Told:
        """Play all days, or as many as can be begun within so many minutes."""
        story, end = self.story, time.monotonic() + minutes * 60
        fate = fates(story.free(), seed, quick=story.quick, share=story.faulty)
        left = story.healthy_end
        for moment in story.moments:
            is_late = time.monotonic() > end
            left -= is_late
            if left < 0:
                break
            # What is missing at the end has some days without faults to be filled.
            before = len(self.told.wrong)
            self.one_day(moment, [] if is_late else fate.get(moment.date(), []))
            self.told.last = moment
            # Whoever watches a long story sees at once what went wrong.
            for wrong in self.told.wrong[before:]:
                print(wrong, file=sys.stderr)
            if moment.day == 1:
                print(f"{moment:%d %b %Y}: {len(self.told.wrong)} wrong", file=sys.stderr)
        self.look_back()
        self.told.figures["faults"] = sorted({str(f) for some in fate.values() for f in some})
        return self.told

    def one_day(self, moment: datetime, faults: list[Fault]) -> None:
        """Run once with the day's faults on, and see that it is named rightly."""
        self.outside.set_clock(moment)
        # A day has passed: nobody waits any more, and rules of robots are to be read again.
        for kept in (self.folder / ".listkeeper" / "pace").glob("*.json"):
            kept.unlink()
        shift = {"back": timedelta(hours=-1), "ahead": timedelta(days=365)}
        as_of = moment + sum((shift.get(f.name, timedelta()) for f in faults), timedelta())
        with self._on(faults):
            ended = self.workspace.json("run", as_of=as_of)
            for fault in faults:
                if fault.service == "again":
                    self._again(moment)
        seen = self.outside.seen()
        self.outside.forget_seen()
        self._judge(ended, moment, faults)
        self._judge_requests(seen, moment, faults)
        self.told.seen += seen
        self._look_at_pages()
        if moment.weekday() == 6:
            self.decide(moment)

    @contextlib.contextmanager
    def _on(self, faults: list[Fault]) -> Iterator[None]:
        """The faults of a day are on; the environment of the day is that of the others again."""
        before, zone = dict(self.workspace.outside), os.environ.get("TZ")
        # Only loopback addresses may be hurried.
        real = any(f.service == "at" and f.name.startswith("https:") for f in faults)
        self.workspace.pace = "1" if real else str(1 / SPEED)
        with contextlib.ExitStack() as stack:
            for fault in faults:
                self._switch(fault, stack)
            yield
        for fault in faults:
            if fault.service in SWITCHED:
                self.outside.set_fault(fault.service, None)
        self.workspace.outside = before
        if os.environ.pop("TZ", None) != zone:
            time.tzset()

    def _switch(self, fault: Fault, stack: contextlib.ExitStack) -> None:
        if fault.service in SWITCHED:
            self.outside.set_fault(fault.service, fault.name, fault.times)
        elif fault.service == "again" and fault.name:
            self.outside.set_fault("rss", fault.name)
            stack.callback(self.outside.set_fault, "rss", None)
        elif fault.service == "proxy":
            proxies = dict.fromkeys(
                ("http_proxy", "HTTPS_PROXY", "all_proxy"), "http://127.0.0.1:9"
            )
            self.workspace.outside |= proxies
        elif fault.service == "zone":
            os.environ["TZ"] = fault.name
            time.tzset()
        elif fault.service == "at":
            self.workspace.outside["LISTKEEPER_ARXIV_RSS_URL"] = fault.name
        elif fault.service == "door":
            url = stack.enter_context(self.doors.open(fault.name))
            self.workspace.outside["LISTKEEPER_ARXIV_RSS_URL"] = url

    def _again(self, moment: datetime) -> None:
        """A second run of the day finds nothing to do and proposes nothing."""
        before = self.workspace.snapshot()
        ended = self.workspace.json("run", as_of=moment + timedelta(hours=2))
        words = {s["word"] for s in ended.report["sources"] if s["source"].startswith("arxiv")}
        found = ended.report["counts"].get("classify/judged", 0)
        right = (words, found) == ({"OK"}, 0) and before.keys() == self.workspace.snapshot().keys()
        self.told.expect(right, f"{moment:%d %b}: a second run: {words}, {found} judged")

    def _judge(self, ended: Ended, moment: datetime, faults: list[Fault]) -> None:
        name = " and ".join(map(str, faults))
        if ended.code not in (0, 1, 75):
            self.told.wrong.append(f"{moment:%a %d %b} {name}: {ended.code}: {ended.err[-300:]}")
            return
        sources = ended.report["sources"]
        words = {s["word"] for s in sources if s["source"].startswith("arxiv_rss")}
        line = f"{moment:%a %d-%b} {'/'.join(sorted(words))} exit {ended.code} {name}"
        self.told.days.append(line.strip())
        for wrong in self.truth.wrong(ended.report, moment, faults):
            self.told.wrong.append(f"{moment:%a %d %b} ({name}): {wrong}")
        self._judge_head(ended, moment)

    def _judge_head(self, ended: Ended, moment: datetime) -> None:
        """What deserves a look stands at the top of the page that this run wrote."""
        pages = [Path(path) for path in ended.report["files"] if path.endswith(".md")]
        for page in pages:
            head = page.read_text().partition("##")[0].replace("\\", "")
            for said in ended.report["sources"]:
                if said["look"] or said["word"] in ("BROKEN", "STALE"):
                    line = f"- **{said['word']}** {said['source']}"
                    self.told.expect(line in head, f"{moment:%d %b}: not at the top: {line}")

    def _judge_requests(self, seen: list[dict], moment: datetime, faults: list[Fault]) -> None:
        """What the day's faults say of the requests themselves."""
        on = {f"{fault.service} {fault.name}" for fault in faults}
        pages = [v for v in seen if v["part"] in ("page", "blog")]
        asked = [v for v in seen if v["service"] == "arxiv"]
        day = f"{moment:%d %b}"
        if on & {"robots 503", "robots robots-disallow"}:
            self.told.expect(not pages, f"{day}: asked against robots.txt: {len(pages)}")
        if "arxiv 403" in on:
            self.told.expect(len(asked) == 1, f"{day}: after a 403 asked {len(asked)} times")
        if "rss 429-retry-after=20" in on and len(asked) > 1:
            self.told.expect(soonest(asked[:2]) >= 20, f"{day}: came {soonest(asked[:2]):.0f} s")

    def decide(self, moment: datetime) -> None:
        """A person decides on everything the week's page shows: nothing of it may come again."""
        year, week, _ = moment.isocalendar()
        name = f"{year}-W{week:02}"
        page = self.workspace.page(name)
        if not page.exists():
            return
        shown = self.workspace.candidates(name)
        for one in shown:
            self.workspace.tick(one["number"], "reject, because:", name=name, reason=" the story")
        self.told.decided |= {one["key"] for one in shown}
        ended = self.workspace.run("apply", str(page), as_of=moment)
        self.told.expect(ended.code == 0, f"apply {name}: {ended.code} {ended.err[-200:]}")

    def look_back(self) -> None:
        """What was lost, what came twice, who was asked too soon, and how the days are named."""
        told = self.told
        last = told.last or self.story.moments[-1]
        first, crossed = self._announced(last.date())
        stored = self._stored(last)
        late = DAY + timedelta(hours=self.story.found_after_h)
        named = self.truth.named_until((last - late).date())
        lost = sorted((first | named) - stored)
        shown, twice = Counter(key for keys in told.pages.values() for key in keys), told.twice
        asked = [visit for visit in told.seen if visit["service"] == "arxiv"]
        strip = [d["is"] for d in self.workspace.json("status", as_of=last).report["days"]]
        right = self.truth.strip(last.date(), len(strip))
        forbidden = [
            v["path"] for v in told.seen if FORBIDDEN in v["path"] or v["service"] == "private"
        ]
        owner = {"canary-key": "scholar", "canary-token": "github"}
        leaked = [
            v["path"]
            for v in told.seen
            for key, service in owner.items()
            if key in str(v["headers"]) + v["path"] and v["service"] != service
        ]
        connected = set(self.lines.read_text().split() if self.lines.exists() else ())
        told.expect(not lost, f"lost: {lost}")
        told.expect(not twice, f"proposed twice: {twice}")
        told.expect(soonest(asked) >= 3.0, f"arXiv was asked after {soonest(asked):.2f} s")
        told.expect({v["in_flight"] for v in asked} == {0}, "two requests to arXiv at once")
        told.expect(not forbidden, f"forbidden addresses asked: {forbidden[:3]}")
        told.expect(not leaked, f"a key went elsewhere: {leaked[:3]}")
        told.expect(connected <= {"127.0.0.1", PUBLIC}, f"connected to {sorted(connected)}")
        told.expect(strip == right, f"the strip is {strip}, not {right}")
        told.figures |= {
            "announced": len(first),
            "named by others only": len(named - first),
            "lost": len(lost),
            "later versions and cross-listings not seen": len(crossed - stored),
            "proposed": len(shown),
            # Nobody decides in a week without a Sunday's run: its page comes again, as it should.
            "shown again while undecided": sum(n > 1 for n in shown.values()) - len(twice),
            "proposed twice": len(twice),
            "shortest gap at arXiv (s)": round(soonest(asked), 2),
            "strip": "".join(SIGNS[kind] for kind in strip),
        }

    def _look_at_pages(self) -> None:
        """Note what has come to a page; what a person has decided on may not come to another."""
        for path in (self.folder / "digests").glob("*.md"):
            keys = {one["key"] for one in self.workspace.digest(path.stem)["candidates"]}
            shown = self.told.pages.setdefault(path.stem, set())
            self.told.twice += sorted((keys - shown) & self.told.decided)
            shown |= keys

    def _announced(self, last: date) -> tuple[set[str], set[str]]:
        """What was announced for the first time, and what as a later version or cross-listing."""
        first, crossed = set(), set()
        asked = tuple(name for feed in self.truth.feeds for name in feed.split("+"))
        day = self.story.first.date()
        while day <= last:
            for item in announced(self.truth.world.papers.on(day), day, asked, 10**6):
                new = item.version.number == 1 and item.version.announced == day
                (first if new else crossed).add(item.paper.id)
            day += DAY
        return first, crossed

    def _stored(self, last: datetime) -> set[str]:
        path = self.folder / "papers.jsonl"
        self.workspace.run("export", "papers", "--format", "jsonl", "-o", str(path), as_of=last)
        return {json.loads(line)["arxiv_id"] for line in path.open()}


SWITCHED = ("*", "arxiv", "rss", "api", "oai", "scholar", "robots", "hub", "page", "github")


def soonest(visits: list[dict]) -> float:
    """The shortest time between two visits, by the sandbox's clock (s)."""
    moments = [datetime.fromisoformat(visit["at"]) for visit in visits]
    gaps = ((after - before).total_seconds() for before, after in pairwise(moments))
    return min((gap for gap in gaps if gap > 0), default=float("inf"))


def tell(story: Story, seed: int, minutes: float = float("inf")) -> Told:
    """Play a story from its first day to its last, or for so many minutes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=story.first, speed=SPEED, profile=story.profile) as outside,
    ):
        return Player(story, Path(folder), outside).play(seed, minutes)


def summary(told: Told, seed: int) -> dict:
    kinds = Counter(line.split()[2] for line in told.days)
    return {
        "seed": seed,
        "runs": len(told.days),
        "last run": told.last and f"{told.last:%Y-%m-%d}",
        "words of the feeds": dict(kinds),
        "requests": len(told.seen),
        "requests to arXiv": sum(visit["service"] == "arxiv" for visit in told.seen),
        **{name: value for name, value in told.figures.items() if name != "faults"},
        "faults": len(told.figures["faults"]),
        "days": told.days,
        "wrong": told.wrong,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--years", type=int, default=0)
    parser.add_argument(
        "--first", type=date.fromisoformat, default=SIXTY.first.date(), help="Only with --years."
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="Stop after that.")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    every, wrong = set(), 0
    seeds = given.seed or [7]
    stories = [years(given.years, seed, given.first) for seed in seeds] if given.years else None
    stories = stories or [replace(SIXTY, days=given.days)] * len(seeds)
    # A process for each story: whom it trusts, and what names mean, is settled at its start.
    with ProcessPoolExecutor(1, get_context("spawn"), dns.install, max_tasks_per_child=1) as pool:
        every_told = list(pool.map(tell, stories, seeds, [given.minutes] * len(seeds)))
    for seed, told in zip(seeds, every_told, strict=True):
        every |= set(told.figures["faults"])
        wrong += len(told.wrong)
        found = summary(told, seed)
        if given.json:
            print(json.dumps(found, indent=2))
            continue
        for name, value in found.items():
            print(f"{name}: {value}" if not isinstance(value, list) else "\n".join([name, *value]))
    known = {str(fault) for fault in (*ARXIV, *OTHERS)}
    print(f"forms of faults played: {len(every)} of {len(known)}", *sorted(known - every))
    sys.exit(1 if wrong else 0)
