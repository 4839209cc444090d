"""
Two years of daily runs: how large the store gets, and whether a run takes longer in the end.

    python -m benchmarks.two_years [--weeks 104] [--papers 1100]

Every working day announces 1,100 papers of 14 sentences, one in fifty of them about the list's
subject. A run is every stage after the sources have answered, without enrichment, which needs a
network: papers stored, judged, ranked, the digest written, old ones trimmed. Measured are the days
of the first and of the last week and one day of every fourth week, each in a process of its own;
the rest of a week is one run without ``rank``, because 520 of them would take an hour. Each week
somebody decides
on 30 works of the digest, and facts come in for what it shows.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from catalog.facts import Decision, Fact
from catalog.paper import Paper
from catalog.report import Report, keep
from catalog.sightings import Found, Sighting
from cli.options import make_workspace
from output.daily import STAGES
from pipelines.discover.stage import discover
from pipelines.enrich.stage import enrich
from pipelines.rank.stage import rank
from pipelines.workspace import Workspace as World
from sandbox.papers.generator import PaperGenerator
from tests.workspace import Workspace

SIX, NOON = time(6, 47), time(12)
MONDAY = date(2024, 11, 4)
OF_NETWORK = {discover.__name__, enrich.__name__}
DECIDED_A_WEEK, ACCEPTED_OF_THEM = 30, 8
A_RUN = """
import json, resource, sys
from datetime import date
from benchmarks.two_years import run, world_of
day = date.fromisoformat(sys.argv[2])
run(world_of(sys.argv[1], day), int(sys.argv[3]), [day])
used = resource.getrusage(resource.RUSAGE_SELF)
high = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([used.ru_utime + used.ru_stime, int(high.split()[1]) / 1000]))
"""


def run(world: World, papers: int, days: list[date], *, without: Collection[str] = ()) -> None:
    """The stages of a run on the last of these days, which stores the papers of all."""
    world = world.at(datetime.combine(days[-1], SIX, UTC))
    report, snapshots = Report("run", world.now), world.snapshots()
    with world.lock("run"):
        for day in days:
            world.store.works.save(list(announced(day, papers)))
        for stage in STAGES:
            if stage.__name__ not in {*OF_NETWORK, *without}:
                stage(world, report, snapshots)
        keep(world.store, report)


def world_of(config: str, day: date) -> World:
    return make_workspace(config=config, as_of=f"{day}T06:47:00+00:00", quiet=True)


def announced(day: date, papers: int) -> Iterator[Found]:
    """What the feeds show on a day."""
    crowd = PaperGenerator(day, 1, papers, seed=day.toordinal(), wanted=0.02, sentences=14)
    seen = datetime(day.year, day.month, day.day, 6, 47, tzinfo=UTC)
    for place, one in enumerate(crowd.papers_announced(())):
        # The generator numbers each day from the start; arXiv each month.
        arxiv_id = f"{day:%y%m}.{day.day * 2_000 + place:05}"
        title = f"{one.first.title} on {' and '.join(words(day.toordinal() * papers + place))}"
        abstract = f"{one.first.abstract} {arxiv_id}"
        authors = ("Ada Lovelace", "Bo Chen", "Carla Diaz", "Dmitri Egorov")
        paper = Paper(
            arxiv_id, 1, title, abstract, authors, one.categories, one.first.submitted,
            announced=day,
        )  # fmt: skip
        link = f"https://arxiv.org/abs/{arxiv_id}v1"
        yield Found(paper, Sighting("arxiv_rss", paper.key, seen, "new", 1, day, link))


def words(number: int) -> list[str]:
    """Words that make titles differ, and as long as arXiv's."""
    return [f"{base}{number % size}" for base, size in (("Maps", 97), ("Trees", 89), ("Runs", 83))]


def measured(world: World, day: date, papers: int) -> dict[str, object]:
    """A run in a process of its own, and the size of the store after it."""
    line = [sys.executable, "-c", A_RUN, str(world.config_dir), day.isoformat(), str(papers)]
    ended = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    seconds, memory = json.loads(ended.stdout.splitlines()[-1])
    # Its log goes into the file when nobody has it open any more.
    world.store.close()
    figures = {
        "day": day.isoformat(),
        "processor seconds": round(seconds, 2),
        "MB of memory": round(memory),
        "MB of store": round(world.store.size().total / 1e6, 1),
        "papers": world.store.works.count(),
        "by title": world.store.trimmed.count(),
    }
    print(json.dumps(figures), file=sys.stderr, flush=True)
    return figures


def decide(world: World, day: date) -> None:
    """Somebody reads the newest digest; services answer about what it shows."""
    store, (rules,), now = world.store, world.lists, datetime.combine(day, NOON, UTC)
    digest = store.digests.newest(rules.list, now)
    shown = digest.items[:DECIDED_A_WEEK] if digest else []
    for place, item in enumerate(shown):
        fact = Fact(item["key"], "citations", str(place), "semanticscholar", None, now)
        store.facts.record(fact)
    acts = ["accept"] * ACCEPTED_OF_THEM + ["reject"] * DECIDED_A_WEEK
    store.decisions.add(
        [
            Decision(rules.list, item["key"], act, "ada", now, item["section"], "", digest.name)
            for item, act in zip(shown, acts, strict=False)
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--papers", type=int, default=1_100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = world_of(str(Workspace(Path(folder) / "list").root / "config"), MONDAY)
        curve = []
        for week in range(asked.weeks):
            monday = MONDAY + timedelta(weeks=week)
            days = [monday + timedelta(days) for days in range(5)]
            all_days = week in (0, asked.weeks - 1)
            alone = days if all_days else days[:1] if week % 4 == 0 else []
            curve += [measured(world, day, asked.papers) for day in alone]
            if rest := [day for day in days if day not in alone]:
                run(world, asked.papers, rest, without={rank.__name__})
            decide(world, days[-1])
        first, last = (
            statistics.median(one["processor seconds"] for one in part)
            for part in (curve[:5], curve[-5:])
        )
    print(json.dumps({"curve": curve, "first week": first, "last week": last,
                      "last / first": round(last / first, 3)}, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
