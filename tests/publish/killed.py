"""A job on the forge that is killed at its n-th durable step, and the next job after it."""

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from output.publish.conversation import ANSWERS
from tests.crash_driver import NEVER, CrashDriver
from tests.publish.hosted import MONDAY, TOKEN, Hosted

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"
KILLED = -9


@dataclass(frozen=True)
class End:
    """What stands at the end: threads, comments, answers to others', decisions, the week's list."""

    threads: tuple[tuple[str, str], ...]
    comments: int
    answers: tuple[str, ...]
    decisions: tuple[tuple[tuple[str, str], int], ...]
    listed: bytes

    def short(self) -> str:
        lines = self.listed.count(b"\n")
        return (
            f"{self.threads} {self.comments} comments {self.answers} {self.decisions} {lines} lines"
        )


def restored(hosted: Hosted, name: str) -> Hosted:
    """Back to a saved forge and to Monday, with no fault."""
    hosted.token, hosted.stored = TOKEN, None
    hosted.sandbox.set_clock(MONDAY)
    hosted.sandbox.set_forge(restore=name)
    hosted.sandbox.set_fault("github", None)
    hosted.sandbox.set_fault("git", None)
    hosted.sandbox.forget_seen()
    return hosted


def prepare_sync(hosted: Hosted) -> None:
    """Ticks, Apply and a command wait to be read."""
    restored(hosted, "opened")
    hosted.tick(1, "ann")
    hosted.tick(2, "ben", "reject")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.sandbox.act("comment", "ben", number=1, body="/listkeeper accept 3")
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 99")


def prepare_daily(hosted: Hosted) -> None:
    """A repository in which nothing has run yet."""
    restored(hosted, "fresh")


def prepare_publish(hosted: Hosted) -> None:
    """The digest is in the state, and nothing is open."""
    restored(hosted, "digested")


def after_kill(
    driver: CrashDriver,
    hosted: Hosted,
    command: tuple[str, ...],
    n: int,
    at: datetime,
    *,
    jobs: int = 2,
    far: bool = False,
) -> tuple[int, End]:
    """Kill a job at its n-th step, throw its folder away, run the next; what stands at the end."""
    code = forked(driver, hosted, command, at, n, far=far)
    return code, after_jobs(driver, hosted, command, at, jobs)


def after_jobs(
    driver: CrashDriver, hosted: Hosted, command: tuple[str, ...], at: datetime, jobs: int
) -> End:
    """What stands at the end of so many jobs that nothing disturbs."""
    hosted.sandbox.set_fault("github", None)
    for _ in range(jobs):
        forked(driver, hosted, command, at + timedelta(minutes=5))
    return end_of(hosted)


def forked(
    driver: CrashDriver,
    hosted: Hosted,
    command: tuple[str, ...],
    at: datetime,
    n: int = NEVER,
    *,
    far: bool = False,
) -> int:
    """Run a job in a fresh clone, in a process forked from the driver; its exit code."""
    hosted.sandbox.set_clock(at)
    folder = hosted.clone()
    line = [*command, "--config", str(folder.root / "config"), "--as-of", at.isoformat()]
    environment = {**folder.environment, "LISTKEEPER_PACE": "0"}
    code = driver.run([*line, "--quiet"], n, environment, far=far)
    shutil.rmtree(folder.root)
    return code


def prepare_issue(hosted: Hosted) -> None:
    """Ticks and Apply wait to be read in an issue."""
    restored(hosted, "issue")
    hosted.tick(1, "ann")
    hosted.tick(2, "ben", "reject")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")


def prepare_issue_publish(hosted: Hosted) -> None:
    """The digest is in the state, nothing is open, and Actions may open no pull requests."""
    restored(hosted, "digested")
    hosted.sandbox.set_forge(may_open=False)


def end_of(hosted: Hosted) -> End:
    threads = tuple((thread["title"], thread["state"]) for thread in hosted.threads)
    comments = sum(
        len([c for c in t["said"] if "[bot]" in c["user"]["login"]]) for t in hosted.threads
    )
    answers = [reaction[2] for thread in hosted.threads for reaction in thread["reactions"]]
    for thread in hosted.threads:
        answers += [c["body"].partition(ANSWERS)[2] for c in thread["said"] if ANSWERS in c["body"]]
    acts: Counter[tuple[str, str]] = Counter()
    if "decisions/2024-11.jsonl" in hosted.paths("listkeeper-state"):
        for line in hosted.file("listkeeper-state", "decisions/2024-11.jsonl").splitlines():
            row = json.loads(line)
            acts[row["work_key"], row["act"]] += 1
    listed = hosted.list_on(WEEK if WEEK in hosted.branches() else "main")
    return End(threads, comments, tuple(answers), tuple(sorted(acts.items())), listed)


def prepare_state(hosted: Hosted) -> None:
    """A folder has a decision that the branch lacks, which has one that the folder lacks."""
    restored(hosted, "answered")
    hosted.stored = hosted.root / "stored"


CASES = {
    "sync": (prepare_sync, ("sync",), MONDAY + HOUR),
    "publish": (prepare_publish, ("publish",), MONDAY),
    "daily": (prepare_daily, ("ci", "daily"), MONDAY),
    "issue": (prepare_issue, ("sync",), MONDAY + HOUR),
    "publish-issue": (prepare_issue_publish, ("publish",), MONDAY),
    "state": (prepare_state, ("state", "push"), MONDAY + 2 * HOUR),
}
