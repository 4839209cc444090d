"""
Whether a year in which nobody reacts stays quiet: one open thread at most, one reminder for each.

    python -m benchmarks.nobody_reacts [--weeks 52]

Each Monday the whole job runs in a fresh clone, each Saturday what people did is read; nobody does
anything. Comments other than reminders, and requests to the forge a week, are counted.
"""

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sandbox.process import running
from tests.publish.hosted import DAILY, MONDAY, SYNC, Hosted


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weeks", type=int, default=52)
    weeks = parser.parse_args().weeks
    with tempfile.TemporaryDirectory() as folder, running(now=MONDAY) as sandbox:
        hosted = Hosted(Path(folder), sandbox)
        start, most_open, asked = time.monotonic(), 0, []
        for week in range(weeks):
            sandbox.forget_seen()
            for command, days in ((DAILY, 0), (SYNC, 5)):
                (ended,) = hosted.job(*command, at=MONDAY + timedelta(days=7 * week + days))
                assert ended.code in (0, 1, 75), ended
            asked.append(len(hosted.requests()))
            most_open = max(most_open, sum(t["state"] == "open" for t in hosted.threads))
        said = [[c["body"] for c in thread["said"]] for thread in hosted.threads]
        reminders = [sum("listkeeper reminder" in body for body in one) for one in said]
        other = sum(map(len, said)) - sum(reminders)
        print(
            f"{weeks} weeks: {len(said)} threads, at most {most_open} open at once, at most"
            f" {max(reminders, default=0)} reminder each, {other} other comments, at most"
            f" {max(asked)} requests a week, {time.monotonic() - start:.0f} s"
        )


if __name__ == "__main__":
    main()
