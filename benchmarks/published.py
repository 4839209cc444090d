"""
Whether a job on the forge can be killed, or met by a fault, anywhere without loss or doubling.

    python -m benchmarks.published [--only sync,publish,daily,issue,publish-issue,state]
        [--parts kills,killed-in-faults,killed-then-faults,faults,git-faults]
        [--faults 404,drop] [--stride 3] [--seed 1]

``sync``, ``publish`` (as a pull request and as an issue), ``ci daily`` and ``state push`` are
disturbed, the folder is thrown away, as a runner's is, and the next job runs. ``kills``: killed
before each durable step. ``killed-in-faults``: under each fault, killed on both sides of each
request and push. ``killed-then-faults``: killed there, and the job after it runs under each fault.
``faults``: each fault at each request to the API alone, somebody's tick among them.
``git-faults``: each fault at each request of git alone. With a stride, every third place from one
that the seed chooses. The threads, comments, decisions and the list must be those of an
undisturbed job. It ends with the number of places, and with status 1 where anything differs.
"""

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from sandbox.process import running
from tests.crash_driver import NEVER, CrashDriver
from tests.publish.conftest import prepare, prepare_issue, prepare_state_push
from tests.publish.hosted import MONDAY, Hosted
from tests.publish.killed import (
    CASES,
    HOUR,
    KILLED,
    End,
    after_jobs,
    after_kill,
    forked,
)

PARTS = ("kills", "killed-in-faults", "killed-then-faults", "faults", "git-faults")
ANY = (
    *("race-tick", "502-before", "502-after", "drop", "late-list", "null-body", "crlf", "422"),
    *("401", "403", "403-scope", "403-secondary", "429-retry-after", "404", "500", "503"),
    *("html-200", "json-200", "truncate-json", "any-head", "hang"),
)
# What stands before git's own server can answer.
OF_GIT = ("drop", "truncate", "401", "403", "404", "429-retry-after", "503", "html-200")
# What a job under a fault may say; 3 is a bug.
CODES = (0, 1, 2, 75)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--faults", default=",".join(ANY))
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"invented": False}) as sandbox,
        CrashDriver("github", "requests.exceptions", crawls=True) as driver,
    ):
        hosted = Hosted(Path(folder), sandbox)
        prepare(hosted)
        prepare_issue(hosted)
        prepare_state_push(hosted)
        places = Places(given.stride, random.Random(given.seed))
        tried = wrong = 0
        for name in given.only.split(","):
            story = Story(driver, hosted, name, places)
            for part in given.parts.split(","):
                faults = OF_GIT if part == "git-faults" else given.faults.split(",")
                for line in story.lines(part, faults):
                    print(f"{name:<13} {line}", flush=True)
            tried += story.tried
            wrong += story.wrong
    print(f"{tried} disturbed jobs, {wrong} of them ended otherwise")
    return 1 if wrong else 0


@dataclass(frozen=True)
class Places:
    """The places of a job where it is disturbed: each, or one of so many."""

    stride: int
    chance: random.Random

    def chosen(self):
        return count(self.chance.randint(1, self.stride), self.stride)


class Story:
    """One command, ready to be disturbed."""

    def __init__(self, driver, hosted, name, places):
        self.driver, self.hosted, self.places = driver, hosted, places
        self.name = name
        self.ready, self.command, self.at = CASES[name]
        self.ready(hosted)
        self.tried = self.wrong = 0
        self._ends: dict[str, End] = {}
        # What stands after a job killed at its n-th step, empty where it ended before.
        self._killed: dict[int, str] = {}
        self._then: dict[tuple[str, str], str] = {}
        _, self.undisturbed = after_kill(driver, hosted, self.command, NEVER, self.at)

    def lines(self, part, faults):
        if part == "kills":
            yield self._counted("killed", self.kill)
            return
        disturb = {
            "killed-in-faults": self.kill,
            "killed-then-faults": self.kill_then,
            "faults": self.meet,
            "git-faults": partial(self.meet, service="git"),
        }[part]
        for fault in faults:
            yield self._counted(f"{part} {fault}", partial(disturb, fault=fault))

    def _counted(self, title, disturb):
        start, tried, different = time.monotonic(), 0, []
        for n in self.places.chosen():
            is_over, wrong = disturb(n)
            different += [(n, wrong)] if wrong else []
            if is_over:
                break
            tried += 1
        self.tried += tried
        self.wrong += len(different)
        took = time.monotonic() - start
        return f"{title:<36} {tried} places, wrong at {different or 'none'}, {took:.0f} s"

    def kill(self, n, fault=None):
        """Kill it at a step; whether it ended before, and what is wrong at the end."""
        self.ready(self.hosted)
        self.hosted.sandbox.set_fault("github", fault)
        code = forked(self.driver, self.hosted, self.command, self.at, n, far=bool(fault))
        self.hosted.sandbox.set_fault("github", None)
        bug = "" if code in (KILLED, *CODES) else f"exit {code}"
        return code != KILLED, self._wrong(fault) or bug

    def kill_then(self, n, fault):
        """Kill it at a step; the next job runs under a fault, and the one after it doesn't."""
        killed = self._after_kill(n)
        if not killed:
            return True, ""
        # What killed jobs left alike, the next ones do alike.
        if (killed, fault) not in self._then:
            self._then[killed, fault] = self._next_meets(n, fault)
        return False, self._then[killed, fault]

    def _after_kill(self, n):
        if n not in self._killed:
            self.ready(self.hosted)
            code = forked(self.driver, self.hosted, self.command, self.at, n, far=True)
            self.hosted.sandbox.set_forge(save=self._name(n))
            self._killed[n] = self.hosted.standing() if code == KILLED else ""
        return self._killed[n]

    def _next_meets(self, n, fault):
        self.ready(self.hosted)
        self.hosted.sandbox.set_forge(restore=self._name(n))
        self.hosted.sandbox.set_fault("github", fault)
        code = forked(self.driver, self.hosted, self.command, self.at + HOUR / 30)
        self.hosted.sandbox.set_fault("github", None)
        return self._wrong(fault) or ("" if code in CODES else f"exit {code}")

    def _name(self, n):
        return f"{self.name} killed at {n}"

    def meet(self, n, fault, service="github"):
        """Let it meet a fault at its n-th request alone."""
        hosted = self.hosted
        self.ready(hosted)
        hosted.sandbox.forget_seen()
        hosted.sandbox.set_fault(service, fault, times=1, after=n - 1)
        code = forked(self.driver, hosted, self.command, self.at)
        hosted.sandbox.set_fault(service, None)
        asked = len(hosted.requests() if service == "github" else hosted.git_requests())
        return asked < n, self._wrong(fault) or ("" if code in CODES else f"exit {code}")

    def _end_after(self):
        """What stands after the next job; it does the same with what it has met before."""
        before = self.hosted.standing()
        if before not in self._ends:
            self._ends[before] = after_jobs(self.driver, self.hosted, self.command, self.at, 1)
        return self._ends[before]

    def _wrong(self, fault):
        """What is wrong at the end of the next job; it may need one more."""
        return "" if self._is_same(self._end_after(), fault) else self._wrong_after(fault)

    def _wrong_after(self, fault):
        end = after_jobs(self.driver, self.hosted, self.command, self.at, 2)
        return "" if self._is_same(end, fault) else f"{end.short()}, not {self.undisturbed.short()}"

    def _is_same(self, end, fault):
        """
        Equal; where somebody ticked during the job, with that tick's decisions besides.

        A tick that contradicts another is asked about, so its thread may be open still.
        """
        if fault != "race-tick":
            return self.undisturbed == end
        decided = dict(end.decisions)
        return (
            [title for title, _ in self.undisturbed.threads] == [title for title, _ in end.threads]
            and end.comments <= max(1, self.undisturbed.comments)
            and all(decided.get(act) == number for act, number in self.undisturbed.decisions)
            and all(number == 1 for number in decided.values())
        )


if __name__ == "__main__":
    sys.exit(main())
