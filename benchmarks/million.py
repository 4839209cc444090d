"""
How long people wait in front of a store of a million works: status, digest, the first review page.

    python -m benchmarks.million [--works 1000000] [--rounds 3] [--trimmed]

Works are announced evenly over two years, 1,100 a working day at the end; two in a hundred are
proposed, one in five nearly so. By default all have their texts, which no daily run would leave:
``--trimmed`` first lets the stage give up what is old. Medians of whole processes, from start to
end; those with an empty store stand beside them, since most of a short command is its start.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.report import Report
from catalog.store.works import text_digest
from catalog.tables import judging, properties, sightings, verdicts, works
from cli.options import make_workspace
from pipelines.retention import trim
from tests.workspace import Workspace

NOW = datetime(2026, 11, 27, 6, 47, tzinfo=UTC)
A_DAY = 1_100
AT_ONCE = 10_000
WORDS = """
we study large language models and show that a simple method for training with fewer bits keeps
accuracy while memory and time fall on several benchmarks of reasoning retrieval vision speech
agents robots graphs proteins markets weather code proofs safety data scaling laws transfer
attention recurrent sparse dense kernels hardware compilers schedules caches tokens
""".split()
# About as long as arXiv's: 1,200 characters.
ABSTRACTS = [" ".join(random.Random(n).choices(WORDS, k=190)) for n in range(500)]
PAGE = """
import sys
from cli.options import make_workspace
from output.review.session import ReviewSession
world = make_workspace(config=sys.argv[1], as_of=sys.argv[2], quiet=True)
session = ReviewSession(world, "ada")
assert session.focus(session.lines()[0].id)
"""


def furnish(world, number):
    """A store with so many works, and the place that the present rules have reached."""
    chance = random.Random(1)
    (rules,) = world.lists
    sections = [section.name for section in rules.sections]
    fingerprint = world.rules.fingerprint(rules.list)
    days = announcement_days(number)
    with world.store._database.begin() as connection:
        for start in range(0, number, AT_ONCE):
            some = range(start, min(start + AT_ONCE, number))
            papers = [paper(chance, place, days[place]) for place in some]
            said = [verdict(chance, row, rules.list, fingerprint, sections) for row in papers]
            connection.execute(works.insert(), papers)
            connection.execute(sightings.insert(), [sighting(row) for row in papers])
            connection.execute(verdicts.insert(), said)
        place = {"list_name": rules.list, "fingerprint": fingerprint, "since": NOW}
        connection.execute(judging.insert(), [{**place, "change": number, "titles": None}])
        connection.execute(properties.delete().where(properties.c.name.like("number of %")))
        counts = {"number of works": number, "number of changes": number}
        rows = [{"name": name, "value": str(count)} for name, count in counts.items()]
        connection.execute(properties.insert(), rows)


def announcement_days(number):
    """The day of each work, the oldest first: 1,100 on each of the last, more before."""
    last = [NOW.date() - timedelta(days=back) for back in range(731)]
    working = [day for day in reversed(last) if day.weekday() < 5]
    a_day = max(number // len(working), 1)
    new = min(A_DAY, a_day)
    fresh = [day for day in working if (NOW.date() - day).days <= 60]
    old = working[: len(working) - len(fresh)]
    rest = number - new * len(fresh)
    each = [old[place * len(old) // rest] for place in range(rest)]
    return each + [day for day in fresh for _ in range(new)]


def paper(chance, place, day):
    title = " ".join(chance.choices(WORDS, k=10)).capitalize()
    abstract = f"{ABSTRACTS[place % len(ABSTRACTS)]} {place}"
    seen = datetime(day.year, day.month, day.day, 6, 47, tzinfo=UTC)
    return {
        "key": f"arxiv:{day:%y%m}.{place % 100_000:05}",
        "kind": "paper",
        "title": title,
        "abstract": abstract,
        "version": 1,
        "authors": ["Ada Lovelace", "Bo Chen", "Carla Diaz", "Dmitri Egorov"],
        "categories": ["cs.CL", "cs.LG"],
        "published": seen - timedelta(days=1),
        "updated": seen - timedelta(days=1),
        "announced": day,
        "text_digest": text_digest(title, abstract),
        "first_seen": seen,
        "last_seen": seen,
        "change": place + 1,
    }


def sighting(row):
    return {
        "work_key": row["key"],
        "source": "arxiv_rss",
        "announce_type": "new",
        "version": 1,
        "announced": row["announced"],
        "raw_link": f"https://arxiv.org/abs/{row['key'][6:]}v1",
        "seen_at": row["first_seen"],
    }


def verdict(chance, row, list_name, fingerprint, sections):
    draw = chance.random()
    near = {"section": None, "score": chance.uniform(0.1, 0.4) if draw < 0.22 else 0.0}
    proposed = {"section": chance.choice(sections), "score": chance.uniform(0.5, 1)}
    return {
        **(proposed if draw < 0.02 else near),
        "list_name": list_name,
        "work_key": row["key"],
        "fingerprint": fingerprint,
        "text_digest": row["text_digest"],
        "evidence": [],
        "runner_up": None,
        "lacked": "",
        "judged_at": row["first_seen"],
    }


def command(world, *arguments):
    """A command in a process of its own."""
    line = [sys.executable, "-P", "-m", "cli", *arguments, "--quiet"]
    return timed([*line, "--config", str(world.config_dir), "--as-of", NOW.isoformat()])


def first_page(world):
    """A process that does what the page's server does up to its first answer."""
    return timed([sys.executable, "-c", PAGE, str(world.config_dir), NOW.isoformat()])


def timed(line):
    """Seconds and processor seconds of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(process.pid, 0)
    process.returncode = code
    if code:
        raise SystemExit(f"{line} ended with {code}")
    seconds = time.perf_counter() - began
    return seconds, used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--works", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trimmed", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "list")
        config = str(workspace.root / "config")
        world = make_workspace(config=config, as_of=NOW.isoformat(), quiet=True)
        began = time.perf_counter()
        with closing(world.store):
            furnish(world, asked.works)
            figures = {"works": asked.works, "made in, s": round(time.perf_counter() - began)}
            if asked.trimmed:
                began = time.perf_counter()
                with world.lock("run"):
                    trim(world, Report("run", NOW), world.snapshots())
                figures["trimmed in, s"] = round(time.perf_counter() - began)
            figures["store, MB"] = round(world.store.size().total / 1e6)
        empty = make_workspace(config=config, state=f"{folder}/empty", as_of=NOW.isoformat())
        empty.store.close()
        for name, act in (
            (
                "status, nothing stored",
                lambda: command(empty, "status", "--state", f"{folder}/empty"),
            ),
            ("status", lambda: command(world, "status")),
            ("status --json", lambda: command(world, "status", "--json")),
            ("digest", lambda: command(world, "digest")),
            ("first page of review", lambda: first_page(world)),
        ):
            took = zip(*(act() for _ in range(asked.rounds)), strict=True)
            told = [round(statistics.median(one), 2) for one in took]
            figures[name] = dict(zip(("seconds", "processor seconds"), told, strict=True))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
