"""
How long a whole day takes, from start to digest; and ten days at once; and how many requests.

    python -m benchmarks.a_day [--rounds 5]

1,200 papers a day in seven categories, and every other source, from the sandbox on loopback
without pauses: what is measured is our own work and the sandbox's, not arXiv's patience. The first
run reads the day before; the day that is measured is an ordinary one. Memory is the largest sum
over all our processes (proportional set sizes, looked at every 50 ms), processor time that of the
same processes, without the sandbox's; both are of one more run, because looking takes time. The
shares of the stages are taken in a run of the same day whose stages are called one by one.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.process import running
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
PAPERS = 1_200
LOOK = 0.05
SOURCES = """
arxiv:
  feeds: [cs.CL+cs.AR+cs.DC+cs.PF, cs.LG+stat.ML, cs.AI]
also: [hf_daily, hf_blog]
feeds:
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
THEIRS = "# Theirs\n\n## LLM\n\n- [Pruning, a Talk](https://talks.example.org/p)\n"
STAGES = """
import json, sys, time
began = time.perf_counter()
from crawler.process import get_ready
get_ready()
from cli.options import make_workspace
from catalog.report import Report
from output.daily import STAGES
world = make_workspace(config=sys.argv[1], as_of=sys.argv[2], quiet=True)
snapshots = world.snapshots()
report, told = Report("run", world.now), {"start": time.perf_counter() - began}
with world.lock("run"):
    for stage in STAGES:
        began = time.perf_counter()
        stage(world, report, snapshots)
        told[stage.__name__.strip("_")] = time.perf_counter() - began
print(json.dumps(told))
"""


def measure(rounds):
    told = {"first": "2024-11-04", "days": 32, "papers": PAPERS, "sentences": 14, "wanted": 0.01}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"crowd": told}) as outside,
    ):
        before = Workspace(Path(folder) / "before", outside.environment())
        (before.root / "config" / "sources.yaml").write_text(SOURCES)
        (before.root / "inbox.md").write_text("- https://blog.mlc.ai/2024/10/10/\n")
        (before.root / "lists" / "theirs.md").write_text(THEIRS)
        outside.set_clock(MONDAY)
        run(before, MONDAY)
        found = {}
        for name, days in (("a day", 1), ("ten days at once", 14)):
            found[name] = several(outside, before, Path(folder), MONDAY + timedelta(days), rounds)
        found["a day"]["stages"] = stages(before, outside, Path(folder))
        found["ten days / a day"] = round(
            found["ten days at once"]["processor seconds"] / found["a day"]["processor seconds"], 1
        )
        return found


def several(outside, before, folder, moment, rounds):
    outside.set_clock(moment)
    took = []
    for number in range(rounds + 1):
        workspace = before.copy(folder / f"{moment:%d}-{number}")
        outside.forget_seen()
        watched = number == rounds
        seconds, worked, memory, report = run(workspace, moment, watched=watched)
        if not watched:
            took.append(seconds)
        seen = outside.seen()
        shutil.rmtree(workspace.root)
    counts = report["counts"]
    return {
        "seconds": round(statistics.median(took), 2),
        "from to": [round(min(took), 2), round(max(took), 2)],
        "processor seconds": round(worked, 2),
        "MB": round(memory),
        "papers": sum(
            n for name, n in counts.items() if name.startswith("arxiv") and "found" in name
        ),
        "judged": counts.get("classify/judged"),
        "requests": {
            n.partition("/")[2]: c for n, c in counts.items() if n.startswith("requests/")
        },
        "seen by the sandbox": dict(Counter(visit["part"] for visit in seen)),
    }


def run(workspace, moment, *, watched=False):
    """Seconds, processor seconds, the largest memory of all processes together, and the report."""
    line = [sys.executable, "-P", "-m", "cli", "run", "--json", "--quiet"]
    line += ["--config", str(workspace.root / "config"), "--as-of", moment.isoformat()]
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            line, stdout=out, env=workspace.environment, start_new_session=True
        )
        peak, worked = 0.0, {}
        while watched and process.poll() is None:
            peak = max(peak, look_at(process.pid, worked))
            time.sleep(LOOK)
        process.wait()
        seconds = time.perf_counter() - began
        out.seek(0)
        return seconds, sum(worked.values()), peak, json.loads(out.read())


def look_at(session, worked):
    """The proportional set sizes of a session's processes (MB); notes their processor time."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, StopIteration):
            told = entry.joinpath("stat").read_text().rpartition(")")[2].split()
            if int(told[3]) == session:
                worked[entry.name] = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
                lines = entry.joinpath("smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


def stages(before, outside, folder):
    """Seconds of each stage of the one day."""
    moment = MONDAY + timedelta(days=1)
    outside.set_clock(moment)
    workspace = before.copy(folder / "stages")
    line = [sys.executable, "-P", "-c", STAGES, str(workspace.root / "config"), moment.isoformat()]
    environment = workspace.environment | {"PYTHONPATH": str(Path.cwd())}
    told = subprocess.run(line, env=environment, capture_output=True, check=True).stdout
    return {name: round(seconds, 2) for name, seconds in json.loads(told).items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(json.dumps(measure(given.rounds), indent=2))
