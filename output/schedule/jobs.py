"""
Runs a scheduled job as a process of its own, and keeps what it says in a log.

The log begins and ends each run with a line: when, which command, how it ended, after how long.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO, NamedTuple

# A job that runs longer is killed: a crawl stops itself after 45 minutes.
MAX_RUN_S = 3_600
# A longer log is moved aside before the next run, in place of the one that was moved before.
MAX_LOG_BYTES = 1_000_000
# The jobs that are running: whoever is stopped stops them.
RUNNING: set["subprocess.Popen[bytes]"] = set()

# What each exit code means, in the words of docs/running.md.
MEANING = {
    0: "done",
    1: "needs you",
    2: "wrong command or configuration",
    3: "a bug",
    75: "try again later",
    130: "interrupted",
}
# With these a person has to read what the job printed.
FOR_A_PERSON = frozenset({1, 2, 3})

Clock = Callable[[], datetime]


class JobEnd(NamedTuple):
    """How a job ended: its exit code, 1 for one that was killed; in words; after how long."""

    code: int
    result: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.result} (exit code {self.code}), {self.seconds:.1f} s"


def run_job(command: Sequence[str], folder: Path, output: IO[bytes] | None = None) -> JobEnd:
    """Run ``listkeeper`` with these arguments in ``folder``; what it prints goes to ``output``."""
    line = [sys.executable, "-P", "-m", "cli", *command]
    began = monotonic()
    process = subprocess.Popen(  # noqa: S603
        line, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )
    RUNNING.add(process)
    try:
        code = process.wait(timeout=MAX_RUN_S)
        result = MEANING.get(code, f"killed by {_signal(-code)}" if code < 0 else "unknown")
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        code, result = 75, f"stopped after {MAX_RUN_S} s; the next start continues"
    finally:
        RUNNING.discard(process)
        if process.poll() is None:
            process.terminate()
            process.wait()
    return JobEnd(code if code >= 0 else 1, result, monotonic() - began)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def logged(
    command: Sequence[str], shown: str, folder: Path, log: Path, clock: Clock
) -> tuple[JobEnd, bytes]:
    """Run a job with its output in ``log``; how it ended, and the part of the log about it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("a+b") as file:
        start = file.seek(0, 2)
        _note(file, clock, f"began: {shown}")
        ended = run_job(command, folder, file)
        _note(file, clock, f"ended: {shown}: {ended}")
        file.seek(start)
        return ended, file.read()


def _note(file: IO[bytes], clock: Clock, line: str) -> None:
    file.write(f"{clock():%Y-%m-%d %H:%M:%S} UTC {line}\n".encode())
    file.flush()
