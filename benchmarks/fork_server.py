"""
Runs command lines, each in a process forked from one that has loaded the program.

A driver of hundreds of runs saves a second each. What is settled when an interpreter starts
(encodings, closed and full outputs) is settled for the server, which is started for it; each
child runs ``main`` and ends as an interpreter does. Crawls are forked from one server, too.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
POLL_SECONDS = 0.02
# What commands load when they need it.
LATE = (
    "alembic.command",
    "catalog.store",
    "output.digest.html",
    "output.schedule.jobs",
    "pipelines.enrich.counts",
    "pipelines.watch.look",
    "pipelines.tuning.check",
)


@dataclass(frozen=True)
class ForkEnd:
    """How a command ended: its code or minus a signal, and the memory it and its crawls took."""

    code: int
    peak_mb: float
    seconds: float
    cpu: float


class ForkServer:
    """
    ``with ForkServer() as server: server.run(["status"], folder)``.

    ``redirect`` is what the shell does with the standard streams of all commands. Only with
    ``crawls`` may they crawl.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        redirect: str = "",
        *,
        crawls: bool = False,
    ) -> None:
        self._crawls = crawls
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            **(environment or {}),
        }
        self._redirect = redirect

    @property
    def plain(self) -> bool:
        """Whether what a command prints can go to a file."""
        return not self._redirect

    def __enter__(self) -> "ForkServer":
        asked, self._asking = os.pipe()
        answering, answered = os.pipe()
        line = f'exec "$@" {self._redirect}'
        if self._redirect.startswith("|"):
            line = f'"$@" {self._redirect}'
        program = [sys.executable, "-P", __file__, str(asked), str(answered), str(self._crawls)]
        self._process = subprocess.Popen(
            ["bash", "-c", line, "bash", *program],
            env=self._environment,
            pass_fds=(asked, answered),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(asked)
        os.close(answered)
        self._answers = os.fdopen(answering, "rb")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._asking)
        self._process.wait(60)
        self._answers.close()

    def run(
        self,
        arguments: list[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        said: Path | None = None,
        seconds: float = 300.0,
    ) -> ForkEnd:
        """Run a command in a folder; ``said`` is a file for what it prints, instead of nowhere."""
        asked = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": dict(environment or {}),
            "said": said and str(said),
            "seconds": seconds,
        }
        os.write(self._asking, json.dumps(asked).encode() + b"\n")
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError("the fork server died")
        return ForkEnd(**json.loads(answer))


def serve(asked: int, answered: int) -> list[str]:
    """Answer until nobody asks any more, and exit; in a child, return its arguments."""
    _load(crawls=sys.argv[3] == str(True))
    # As a file of its own, since a child must not share what the server has read ahead.
    with os.fdopen(asked, "rb", buffering=0) as lines:
        while line := _line(lines.fileno()):
            told = json.loads(line)
            child = os.fork()
            if child == 0:
                os.close(answered)
                _settle(told)
                # As the interpreter would have read them, in its locale.
                return [os.fsdecode(one.encode()) for one in told["arguments"]]
            os.write(answered, json.dumps(_end_of(child, told["seconds"])).encode() + b"\n")
    os._exit(0)


def _line(descriptor: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        sign = os.read(descriptor, 1)
        if not sign:
            return b""
        line += sign
    return line


def _load(*, crawls: bool) -> None:
    """Load what nearly every command loads, and let crawls be forked from one server."""
    from cli.main import COMMANDS, cli
    from tests.forked import lend_crawls

    for name in COMMANDS:
        cli.get_command(None, name)
    for name in LATE:
        import_module(name)
    # A child's collector would touch, and so copy, every page that it shares.
    gc.freeze()
    if crawls:
        lend_crawls()


def _settle(told: dict) -> None:
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    os.setsid()
    if told["said"]:
        file = os.open(told["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(file, stream)


def _end_of(child: int, seconds: float) -> dict:
    began, peaks = time.monotonic(), [0.0]
    killer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    killer.start()
    watch = threading.Thread(target=_watch, args=(child, peaks), daemon=True)
    watch.start()
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    killer.cancel()
    _, status, used = os.wait4(child, 0)
    watch.join()
    return {
        "code": os.waitstatus_to_exitcode(status),
        "peak_mb": max(peaks[0], used.ru_maxrss / 1024),
        "seconds": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
    }


def _watch(child: int, peaks: list[float]) -> None:
    """Keep the largest memory of any crawl while the child lives."""
    from multiprocessing import forkserver

    crawls = forkserver._forkserver._forkserver_pid
    while Path(f"/proc/{child}").exists() and _state(child) != "Z":
        for process in _children(crawls):
            peaks[0] = max(peaks[0], _peak(process))
        time.sleep(POLL_SECONDS)


def _children(process: int) -> Iterator[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return
    yield from map(int, text.split())


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _peak(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    told = serve(int(sys.argv[1]), int(sys.argv[2]))
    from cli.main import main

    sys.argv = ["listkeeper", *told]
    # Where it starts itself anew for its locale, it is the program that starts.
    sys.orig_argv = [sys.executable, "-P", "-m", "cli", *told]
    main(told)
