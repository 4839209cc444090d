"""
All of arXiv: millions of records in the shape of its metadata snapshot, judged on all cores.

    python -m benchmarks.all_of_arxiv [--records 2900000] [--workers 2] [--kill] [--gzip]
        [--keep DIR]
    python -m benchmarks.all_of_arxiv --records 100000 --dask

The papers are those of the shared pool over and over, each time with other ids. Told are seconds,
processor time, the most memory of all processes together (Linux), and how many were proposed.
``--kill`` stops the command by kill -9 in the middle, goes on, and compares what is stored with a
run that was not stopped. ``--dask`` only judges, by turns in one process, in two, and on the two
workers of a Dask cluster: seconds, the best of two, and whether all found the same.
"""

import argparse
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from datetime import date, datetime
from pathlib import Path

from benchmarks.recorded import recorded
from catalog.store import Store
from config.rules import load_list
from pipelines.bulk.files import parts
from pipelines.bulk.judging import FindCandidates, RulesToSend
from pipelines.bulk.records import WatchedRecords
from pipelines.bulk.workers import over_cores

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2026-11-29"
# The ids begin in January 2015, when they got five digits, and go on for so many months.
FIRST_YEAR, MONTHS = 2015, 143
# The snapshot's lines are broken at this width.
WIDTH = 78
# A look at the memory of four processes takes some 50 ms of one core.
LOOK_S = 2
# Half of the usual, so that a hundred thousand records are enough of them.
PART_BYTES, ROUNDS = 4 << 20, 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--records", type=int, default=2_900_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--keep", type=Path, help="make the file here, or take the one that is")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        snapshot = written(given.keep or Path(folder), given.records, packed=given.gzip)
        if given.dask:
            print(json.dumps(spreads(snapshot), indent=2))
            return
        found = {"records": given.records, "megabytes": snapshot.stat().st_size >> 20}
        found["whole"] = backfilled(Path(folder) / "whole", snapshot, given.workers)
        if given.kill:
            seconds = found["whole"]["seconds"] / 2
            found["killed"] = backfilled(Path(folder) / "killed", snapshot, given.workers, seconds)
            found["gone on"] = backfilled(Path(folder) / "killed", snapshot, given.workers)
            rows = [stored(Path(folder) / name) for name in ("whole", "killed")]
            found["equal"] = rows[0] == rows[1]
    print(json.dumps(found, indent=2))


def written(folder, count, *, packed):
    """The snapshot, made once: the pool's papers over and over, in its order of fields."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"snapshot-{count}.jsonl{'.gz' if packed else ''}"
    if path.exists():
        return path
    with gzip.open(recorded("wire", "arxiv-meta-dev.jsonl.gz")) as lines:
        papers = [pieces(json.loads(line)) for line in lines]
    with gzip.open(path, "wb", 1) if packed else path.open("wb", 1 << 20) as out:
        for number in range(count):
            out.write(record(papers[number % len(papers)], number, count))
    return path


def pieces(row):
    """A record without what differs from one repetition to the next."""
    title = "\n  ".join(textwrap.wrap(row["title"], WIDTH, break_long_words=False))
    abstract = "\n".join(textwrap.wrap(row["abstract"] or "", WIDTH, break_long_words=False))
    names = row.get("authors") or ["A. One", "B. Two", "C. Three"]
    parsed = [[name.rpartition(" ")[2], name.rpartition(" ")[0], ""] for name in names]
    before = {
        "submitter": names[0],
        "authors": ", ".join(names),
        "title": title,
        "comments": None,
        "journal-ref": None,
        "doi": None,
        "report-no": None,
        "categories": " ".join(row.get("categories") or ["cs.CL"]),
        "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        "abstract": f"  {abstract}\n",
    }
    return tuple(
        json.dumps(part, separators=(",", ":")).encode()[1:-1]
        for part in (before, {"authors_parsed": parsed})
    )


def record(paper, number, count):
    month, place = divmod(number, -(-count // MONTHS))
    year, month = FIRST_YEAR + month // 12, month % 12 + 1
    name = f"{year % 100:02}{month:02}.{place + 1:05}"
    day = f"{year}-{month:02}-15"
    created = time.strftime("%a, %d %b %Y 12:00:00 GMT", time.strptime(day, "%Y-%m-%d"))
    versions = json.dumps([{"version": "v1", "created": created}], separators=(",", ":"))
    return b'{"id":"%b",%b,"versions":%b,"update_date":"%b",%b}\n' % (
        name.encode(),
        paper[0],
        versions.encode(),
        day.encode(),
        paper[1],
    )


def backfilled(folder, snapshot, workers, kill_after=None):
    """Run the command, and tell what it took; killed with all its processes after some seconds."""
    if not folder.exists():
        shutil.copytree(ROOT / "config", folder / "config", ignore=shutil.ignore_patterns("*.py"))
        shutil.copytree(ROOT / "lists", folder / "lists")
    command = [
        *(sys.executable, "-P", "-m", "cli", "backfill", "--snapshot", str(snapshot.resolve())),
        *("--workers", str(workers), "--as-of", AS_OF, "--quiet", "--json"),
    ]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    processor, most = {}, 0
    while process.poll() is None:
        memory = 0
        for pid in of_session(process.pid):
            try:
                ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            processor[pid] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            memory += int(rollup.partition("Pss:")[2].split()[0])
        most = max(most, memory)
        if kill_after and time.monotonic() - began > kill_after:
            os.kill(process.pid, signal.SIGKILL)
        time.sleep(LOOK_S)
    took = time.monotonic() - began
    told = process.stdout.read()
    time.sleep(1)
    return {
        "exit code": process.returncode,
        "seconds": round(took, 1),
        "processor seconds": round(sum(processor.values()), 1),
        "megabytes together": most >> 10,
        "left running": list(of_session(process.pid)),
        "counts": json.loads(told)["counts"] if told else None,
    }


def spreads(snapshot):
    from distributed import LocalCluster

    from pipelines.bulk.cluster import over_dask

    task = FindCandidates(
        RulesToSend.of([load_list(ROOT / "config" / "lists" / "efficient-llm.yaml")]),
        WatchedRecords.of(["cs.CL", "cs.AR", "cs.DC", "cs.PF", "cs.LG", "stat.ML", "cs.AI"]),
        datetime.fromisoformat(f"{AS_OF}T12:00+00:00"),
        frozenset(),
        date(FIRST_YEAR, 1, 1),
        date.fromisoformat(AS_OF),
    )
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        kinds = {"one process": over_cores(1), "two processes": over_cores(2)}
        kinds["two Dask workers"] = over_dask(cluster.scheduler_address)
        best, results = {}, {}
        for _ in range(ROUNDS):
            for name, spread in kinds.items():
                began = time.monotonic()
                results[name] = list(spread(task, parts(str(snapshot), size=PART_BYTES)))
                best[name] = min(best.get(name, 1e9), time.monotonic() - began)
    first = results["one process"]
    return {
        "seconds": {name: round(took, 2) for name, took in best.items()},
        "times as fast as one": {n: round(best["one process"] / t, 2) for n, t in best.items()},
        "equal": all(found == first for found in results.values()),
    }


def of_session(leader):
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # What ended, and waits only for somebody to read its code, doesn't run.
            if int(fields[3]) == leader and fields[0] != "Z":
                yield int(entry.name)


def stored(folder):
    """Every candidate with its verdict."""
    store = Store(folder / ".listkeeper" / "listkeeper.db")
    return list(store.verdicts.proposed("Efficient LLM"))


if __name__ == "__main__":
    main()
