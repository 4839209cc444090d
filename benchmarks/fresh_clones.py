"""
Whether a run in a fresh clone finds what a store that was never thrown away finds.

    python -m benchmarks.fresh_clones [--days 30]

Each day is run twice: in one folder that lives as long as the benchmark, and in a new clone that
pulls the state branch, runs, and pushes it. The candidates and near misses of both are compared
every day, and the size of the state branch is told at the end.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.process import running
from tests.publish.hosted import Hosted
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--days", type=int, default=30)
    days = parser.parse_args().days
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"invented": False}) as sandbox,
    ):
        hosted = Hosted(Path(folder), sandbox)
        lasting = Workspace(Path(folder) / "lasting", sandbox.environment())
        start, different = time.monotonic(), 0
        for day in range(days):
            now = MONDAY + timedelta(days=day)
            if now.weekday() == 6:
                continue
            different += not same_day(hosted, lasting, now)
        size = bare_size(hosted)
        print(
            f"{days} days, {different} different, {time.monotonic() - start:.0f} s;"
            f" the repository has {size / 1e6:.1f} MB before gc"
        )


def same_day(hosted, lasting, now):
    """Run one day in both places; whether candidates and digests are equal."""
    hosted.sandbox.set_clock(now)
    clone = hosted.clone()
    for command in (("state", "pull"), ("run",), ("state", "push")):
        ended = clone.run(*command, as_of=now)
        assert ended.code in (0, 1, 75), (command, ended)
    ended = lasting.run("run", as_of=now)
    assert ended.code in (0, 1, 75), ended
    ours, theirs = (shown(place, now) for place in (clone, lasting))
    shutil.rmtree(clone.root)
    print(f"{now:%F}: {len(ours)} candidates and near misses", file=sys.stderr, flush=True)
    if ours != theirs:
        print(f"{now:%F}: {len(ours)} candidates in the clone, {len(theirs)} in the lasting store")
        only = sorted(set(map(tuple, ours)) ^ set(map(tuple, theirs)))
        print(f"  {only[:5]}")
    return ours == theirs


def shown(place, now):
    """The candidates in their order, and the near misses of the newest digest."""
    ended = place.run("export", "candidates", "--format", "jsonl", as_of=now)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    pages = sorted((place.root / "digests").glob("*.md"))
    near = place.digest(pages[-1].stem)["near_misses"] if pages else []
    return [[row["arxiv_id"], row["section"]] for row in rows] + [["near", n["key"]] for n in near]


def bare_size(hosted):
    line = ["git", "-C", str(hosted.root / "bare.git"), "count-objects", "-v"]
    counted = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    sizes = dict(line.split(": ") for line in counted.splitlines())
    return (int(sizes["size"]) + int(sizes["size-pack"])) * 1024


if __name__ == "__main__":
    main()
