"""
Whether a job on the forge can be killed, or raced, anywhere without losing or doubling anything.

    python -m benchmarks.published [--faults race-tick,502-after,drop] [--stride 1]

``sync`` and ``publish`` are killed before each durable step, each request and each push, alone and
under each fault of the forge; the folder is thrown away, as a runner's is, and the next job runs.
The pull requests, comments, decisions and the list must be those of an undisturbed job.
"""

import argparse
import tempfile
import time
from pathlib import Path

from sandbox.process import running
from tests.crash_driver import NEVER, CrashDriver
from tests.publish.conftest import prepare
from tests.publish.hosted import MONDAY, Hosted
from tests.publish.killed import CASES, KILLED, after_kill


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--faults", default="none,race-tick,502-before,502-after,drop,late-list")
    parser.add_argument("--stride", type=int, default=1)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"invented": False}) as sandbox,
        CrashDriver() as driver,
    ):
        hosted = Hosted(Path(folder), sandbox)
        prepare(hosted)
        for name in CASES:
            for fault in given.faults.split(","):
                print(line_of(driver, hosted, name, fault, given.stride), flush=True)


def line_of(driver, hosted, name, fault, stride):
    """Kill one command at every step under one fault; the counts as a line."""
    ready, command, at = CASES[name]
    start, n, different = time.monotonic(), 1, []
    ready(hosted)
    _, undisturbed = after_kill(driver, hosted, command, NEVER, at)
    while True:
        ready(hosted)
        hosted.sandbox.set_fault("github", None if fault == "none" else fault)
        code, end = after_kill(driver, hosted, command, n, at)
        if not is_same(undisturbed, end, fault):
            different.append(n)
        if code != KILLED:
            break
        n += stride
    return (
        f"{name:<8} {fault:<12} {n} steps, different at {different or 'none'},"
        f" {time.monotonic() - start:.0f} s"
    )


def is_same(undisturbed, end, fault):
    """Equal; where somebody ticked during the job, with that tick's decisions besides."""
    if fault != "race-tick":
        return undisturbed == end
    decided = dict(end.decisions)
    return (
        undisturbed.threads == end.threads
        and end.comments <= max(1, undisturbed.comments)
        and all(decided.get(act) == number for act, number in undisturbed.decisions)
        and all(number == 1 for number in decided.values())
    )


if __name__ == "__main__":
    main()
