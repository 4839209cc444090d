"""
Whether a job on the forge can be killed, or met by a fault, anywhere without loss or doubling.

    python -m benchmarks.published [--parts kills,killed-in-faults,faults] [--only sync,issue]

``sync`` and ``publish`` (as a pull request and as an issue) are disturbed, the folder is thrown
away, as a runner's is, and the next job runs. ``kills``: killed before each durable step.
``killed-in-faults``: under each fault that leaves a write unclear, killed on both sides of each
request and push. ``faults``: each fault at each request alone, somebody's tick among them. The
threads, comments, decisions and the list must be those of an undisturbed job.
"""

import argparse
import tempfile
import time
from pathlib import Path

from sandbox.process import running
from tests.crash_driver import NEVER, CrashDriver
from tests.publish.conftest import prepare, prepare_issue
from tests.publish.hosted import MONDAY, Hosted
from tests.publish.killed import CASES, KILLED, after_jobs, after_kill, end_of, forked

PARTS = ("kills", "killed-in-faults", "faults")
UNCLEAR = ("race-tick", "502-before", "502-after", "drop", "late-list")
ANY = (
    *("race-tick", "502-before", "502-after", "drop", "late-list", "null-body", "crlf", "422"),
    *("401", "403", "403-scope", "403-secondary", "429-retry-after", "404", "500", "503"),
    *("html-200", "json-200", "truncate-json"),
)
# What a job under a fault may say; 3 is a bug.
CODES = (0, 1, 2, 75)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--only", default=",".join(CASES))
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"invented": False}) as sandbox,
        CrashDriver() as driver,
    ):
        hosted = Hosted(Path(folder), sandbox)
        prepare(hosted)
        prepare_issue(hosted)
        for name in given.only.split(","):
            story = Story(driver, hosted, name)
            for part in given.parts.split(","):
                for line in story.lines(part):
                    print(f"{name:<8} {line}", flush=True)


class Story:
    """One command, ready to be disturbed."""

    def __init__(self, driver, hosted, name):
        self.driver, self.hosted = driver, hosted
        self.ready, self.command, self.at = CASES[name]
        self.ready(hosted)
        _, self.undisturbed = after_kill(driver, hosted, self.command, NEVER, self.at)

    def lines(self, part):
        if part == "kills":
            yield self._counted("none", self.kill)
        if part == "killed-in-faults":
            for fault in UNCLEAR:
                yield self._counted(f"killed {fault}", lambda n, f=fault: self.kill(n, f))
        if part == "faults":
            for fault in ANY:
                yield self._counted(f"at each {fault}", lambda n, f=fault: self.meet(n, f))

    def _counted(self, title, disturb):
        start, n, different = time.monotonic(), 1, []
        while True:
            is_over, wrong = disturb(n)
            different += [(n, wrong)] if wrong else []
            if is_over:
                took = time.monotonic() - start
                return f"{title:<22} {n - 1} places, wrong at {different or 'none'}, {took:.0f} s"
            n += 1

    def kill(self, n, fault=None):
        """Kill it at a step; whether it ended before, and what is wrong at the end."""
        self.ready(self.hosted)
        self.hosted.sandbox.set_fault("github", fault)
        code, end = after_kill(
            self.driver, self.hosted, self.command, n, self.at, jobs=1, far=bool(fault)
        )
        return code != KILLED, self._wrong(end, fault)

    def meet(self, n, fault):
        """Let it meet a fault at its n-th request alone."""
        hosted = self.hosted
        self.ready(hosted)
        hosted.sandbox.forget_seen()
        hosted.sandbox.set_fault("github", fault, times=1, after=n - 1)
        code = forked(self.driver, hosted, self.command, self.at)
        # What git asks is no request to the API.
        asked = len(hosted.requests())
        end = after_jobs(self.driver, hosted, self.command, self.at, 1)
        return asked < n, self._wrong(end, fault) or ("" if code in CODES else f"exit {code}")

    def _wrong(self, end, fault):
        """What is wrong at the end of the next job; it may need one more."""
        if self._is_same(end, fault):
            return ""
        forked(self.driver, self.hosted, self.command, self.at)
        end = end_of(self.hosted)
        return "" if self._is_same(end, fault) else f"{end.short()}, not {self.undisturbed.short()}"

    def _is_same(self, end, fault):
        """Equal; where somebody ticked during the job, with that tick's decisions besides."""
        if fault != "race-tick":
            return self.undisturbed == end
        decided = dict(end.decisions)
        return (
            self.undisturbed.threads == end.threads
            and end.comments <= max(1, self.undisturbed.comments)
            and all(decided.get(act) == number for act, number in self.undisturbed.decisions)
            and all(number == 1 for number in decided.values())
        )


if __name__ == "__main__":
    main()
