"""
Whether a year in which nobody reacts stays quiet: one open thread at most, one reminder for each.

    python -m benchmarks.nobody_reacts [--weeks 52] [--arriving 12] [--form pr]

Each Monday made-up candidates arrive in a fresh clone, and its job publishes them without a crawl;
on Wednesday, Saturday and Sunday what people did is read. Nobody does anything. Comments other than
reminders, requests to the forge and the size of the repository are told.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks.fresh_clones import bare_size
from benchmarks.weeks import RULES, arrive
from sandbox.process import running
from tests.publish.hosted import MONDAY, SETTINGS, SYNC, Hosted

# What a job may say; 3 is a bug.
CODES = (0, 1, 75)
LOOKS = (2, 5, 6)
JOB = (("sync",), ("digest",), ("publish",))


@dataclass
class Year:
    """What the forge has seen of the weeks so far."""

    hosted: Hosted
    most_open: int = 0
    asked: list[int] = field(default_factory=list)
    looked: list[int] = field(default_factory=list)

    def live(self, week: int, arriving: int) -> None:
        """One week: new candidates, the job of Monday, and the looks of the days after it."""
        monday = MONDAY + timedelta(weeks=week)
        clone = self.hosted.clone()
        self.hosted.sandbox.set_clock(monday)
        self.hosted.sandbox.forget_seen()
        self._run(clone, ("state", "pull"), monday)
        arrive(clone, random.Random(week), monday, week * arriving + 1, arriving)
        for command in JOB:
            self._run(clone, command, monday)
        shutil.rmtree(clone.root)
        self.asked.append(len(self.hosted.requests()))
        self._count_open()
        for day in LOOKS:
            self.hosted.sandbox.forget_seen()
            (ended,) = self.hosted.job(*SYNC, at=monday + timedelta(days=day))
            assert ended.code in CODES, ended
            self.looked.append(len(self.hosted.requests()))
            self._count_open()

    def _run(self, clone, command, at):
        ended = clone.run(*command, as_of=at)
        assert ended.code in CODES, (command, ended)

    def _count_open(self):
        self.most_open = max(self.most_open, sum(t["state"] == "open" for t in self.hosted.threads))

    def said(self) -> str:
        said = [[c["body"] for c in thread["said"]] for thread in self.hosted.threads]
        reminders = [sum("listkeeper reminder" in body for body in one) for one in said]
        other = sum(map(len, said)) - sum(reminders)
        return (
            f"{len(said)} threads, at most {self.most_open} open at once, {min(reminders)} to"
            f" {max(reminders)} reminders each, {other} other comments; requests: at most"
            f" {max(self.asked)} on a Monday, {max(self.looked)} on another day;"
            f" {len(self.hosted.branches())} branches,"
            f" {bare_size(self.hosted) / 1e6:.1f} MB before gc"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--arriving", type=int, default=12)
    parser.add_argument("--form", choices=("pr", "issue"), default="pr")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(now=MONDAY) as sandbox:
        start = time.monotonic()
        year = Year(hosted_in(Path(folder), sandbox, given.form))
        for week in range(given.weeks):
            year.live(week, given.arriving)
            if week % 4 == 3:
                print(f"{week + 1} weeks: {year.said()}", file=sys.stderr, flush=True)
        print(f"{given.weeks} weeks: {year.said()}; {time.monotonic() - start:.0f} s")


def hosted_in(folder, sandbox, form):
    """A repository with the rules of the made-up candidates, published in this form."""
    rules = {"config/lists/efficient-llm.yaml": RULES}
    return Hosted(folder, sandbox, f"{SETTINGS}as: {form}\n", rules)


if __name__ == "__main__":
    main()
