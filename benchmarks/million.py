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
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.report import Report
from cli.options import make_workspace
from pipelines.retention import trim
from tests.workspace import Workspace

NOW = datetime(2026, 11, 27, 6, 47, tzinfo=UTC)
# Two years, of which the last 60 days are news: 1,100 papers on each of 43 working days.
DAYS, FRESH, WORKING_DAYS, A_DAY = 731, 60, 43, 1_100
WORDS = """
we study large language models and show that a simple method for training with fewer bits keeps
accuracy while memory and time fall on several benchmarks of reasoning retrieval vision speech
agents robots graphs proteins markets weather code proofs safety data scaling laws transfer
attention recurrent sparse dense kernels hardware compilers schedules caches tokens
""".split()  # noqa: SIM905
# Different abstracts; about as long as arXiv's: 1,200 characters.
TEXTS = 500
# SQLite makes the rows by itself, because a million is a lot for anybody else.
FILL = (
    f"""
CREATE TEMP TABLE news AS
WITH RECURSIVE rows(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM rows WHERE i + 1 < :number),
days AS (SELECT i, date(:first, CASE
    WHEN i < :old THEN '+' || (i * {DAYS - FRESH} / :old) || ' days'
    ELSE '+' || ({DAYS - FRESH} + (i - :old) / {A_DAY} * {FRESH} / {WORKING_DAYS}) || ' days'
END) AS day FROM rows)
SELECT i, day, day || 'T06:47:00.000000+00:00' AS seen, printf('%016d', i) AS digest,
    'arxiv:' || substr(day, 3, 2) || substr(day, 6, 2) || '.' || printf('%05d', i % 100000) AS key
FROM days""",
    f"""
INSERT INTO works (key, kind, title, abstract, version, authors, categories, published, updated,
    announced, text_digest, first_seen, last_seen, change)
SELECT key, 'paper', substr(abstract, 1 + i % 1000, 70) || i, pack(abstract || i), 1,
    '["Ada Lovelace", "Bo Chen", "Carla Diaz", "Dmitri Egorov"]', '["cs.CL", "cs.LG"]', seen, seen,
    day, digest, seen, seen, i + 1
FROM news JOIN texts ON n = i % {TEXTS} ORDER BY i""",
    """
INSERT INTO sightings (work_key, source, announce_type, version, announced, raw_link, seen_at)
SELECT key, 'arxiv_rss', 'new', 1, day, 'https://arxiv.org/abs/' || substr(key, 7), seen
FROM news ORDER BY i""",
    """
INSERT INTO verdicts (list_name, work_key, fingerprint, text_digest, section, score, evidence,
    runner_up, lacked, judged_at)
SELECT :list, key, :fingerprint, digest, CASE WHEN i % 50 = 0 THEN :section END,
    CASE WHEN i % 50 = 0 THEN 0.5 + (i % 499) / 1000.0 WHEN i % 5 = 1 THEN (i % 397) / 1000.0
    ELSE 0.0 END, '[]', NULL, '', seen
FROM news ORDER BY i""",
    "INSERT INTO judging VALUES (:list, :fingerprint, :now, :number, NULL)",
    "DELETE FROM properties WHERE name LIKE 'number of %'",
    "INSERT INTO properties VALUES ('number of works', CAST(:number AS TEXT))",
    "INSERT INTO properties VALUES ('number of changes', CAST(:number AS TEXT))",
)


def furnish(world, number):
    """A store with so many works, and the place that the present rules have reached."""
    (rules,) = world.lists
    texts = random.Random(1)
    told = {
        "number": number,
        "old": number - A_DAY * WORKING_DAYS,
        "first": (NOW - timedelta(days=DAYS)).date().isoformat(),
        "list": rules.list,
        "fingerprint": world.rules.fingerprint(rules.list),
        "section": rules.sections[0].name,
        "now": NOW.isoformat(timespec="microseconds"),
    }
    parts = [(n, " ".join(texts.choices(WORDS, k=190))) for n in range(TEXTS)]
    with closing(sqlite3.connect(world.store_path)) as store, store:
        store.create_function("pack", 1, lambda text: zlib.compress(text.encode()))
        store.execute("CREATE TEMP TABLE texts (n INTEGER PRIMARY KEY, abstract TEXT)")
        store.executemany("INSERT INTO texts VALUES (?, ?)", parts)
        for statement in FILL:
            store.execute(statement, told)


def command(world, *arguments):
    """A command in a process of its own."""
    line = [sys.executable, "-P", "-m", "cli", *arguments, "--quiet"]
    return timed([*line, "--config", str(world.config_dir), "--as-of", NOW.isoformat()])


def first_page(world, *, running=False):
    """
    Seconds and processor seconds of `review` from its start to the first page it served.

    With ``running`` those of the first request alone, once the command has printed its address.
    """
    line = [sys.executable, "-P", "-m", "cli", "review", "--no-browser", "--json"]
    line += ["--config", str(world.config_dir), "--as-of", NOW.isoformat()]
    began = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    address = json.loads(process.stdout.readline())["address"]
    before = processor_seconds(process) if running else 0.0
    began = time.perf_counter() if running else began
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with visitor.open(address) as page:
        assert b'name="act"' in page.read()
    seconds, used = time.perf_counter() - began, processor_seconds(process) - before
    process.terminate()
    process.wait()
    return seconds, used


def processor_seconds(process):
    """What a process has used so far, as Linux counts it."""
    return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9


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
            assert world.store.works.count() == 0
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
            ("review, from its start to the first page", lambda: first_page(world)),
            ("first page of a running review", lambda: first_page(world, running=True)),
        ):
            took = zip(*(act() for _ in range(asked.rounds)), strict=True)
            told = [round(statistics.median(one), 2) for one in took]
            figures[name] = dict(zip(("seconds", "processor seconds"), told, strict=True))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
