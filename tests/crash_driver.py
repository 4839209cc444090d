"""
Runs command lines, each in a process of its own that dies before its n-th durable call.

A request to an enricher or a forge counts twice: before it goes out, and when its answer has come;
so does a push. A crawl is another process: what it sends over counts before and after it comes. It
is sent again from a file, since a crawl of its own for every kill would take its time; what was not
asked for is left out.

One process imports the program once and forks for each line, so that a kill at every step costs
little; what dies is a whole process all the same. The store is opened after the fork.
"""

import json
import os
import pickle
import signal
import sqlite3.dbapi2
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import TracebackType

NEVER = 1_000_000


class CrashDriver:
    """
    ``with CrashDriver() as driver: driver.run(["apply", ...], 3)`` gives the exit code.

    ``modules`` are loaded once, because many lines need them. With ``crawls`` their crawls are
    forked from one server, which has Scrapy loaded.
    """

    def __init__(self, *modules: str, crawls: bool = False) -> None:
        self._modules = modules
        self._crawls = crawls

    def __enter__(self) -> "CrashDriver":
        line = [sys.executable, "-P", __file__, str(self._crawls), *self._modules]
        # Its modules are those of this folder, whichever one is installed.
        here = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            line,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def run(
        self,
        arguments: list[str],
        n: int = NEVER,
        environment: dict[str, str] | None = None,
        crawled: str | None = None,
        seconds: float | None = None,
        far: bool = False,
        sent: int = signal.SIGKILL,
    ) -> int:
        """
        The command's code, or minus the signal that killed it before its n-th durable call.

        With ``far`` only what goes to the forge counts: requests and pushes, before and after.
        ``sent`` is what it gets there, which it may answer.

        ``seconds`` is when it is killed wherever it is. ``crawled`` is a file with the batches that
        crawls of ``watch`` bring.
        """
        asked = {
            "n": n,
            "arguments": arguments,
            "environment": environment,
            "crawled": crawled,
            "seconds": seconds,
            "far": far,
            "sent": sent,
        }
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def serve() -> None:
    """Fork for each line of stdin, and print how the child ended."""
    # Loaded here, once, not by every fork.
    from cli.main import COMMANDS, cli, code_of
    from output import lists  # noqa: F401
    from output.digest import html
    from output.interrupts import heed_signals
    from pipelines.enrich import counts  # noqa: F401
    from pipelines.watch import look
    from tests.forked import lend_crawls

    for name in COMMANDS:
        cli.get_command(None, name)
    for module in sys.argv[2:]:
        import_module(module)
    if sys.argv[1] == str(True):
        lend_crawls()
    html._environment().get_template("digest.html")
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            heed_signals()
            os.environ.update(asked["environment"] or {})
            count = _die_at(asked["n"], asked["sent"], far=asked["far"])
            if asked["crawled"]:
                look.crawl = _crawl_of(Path(asked["crawled"]), count)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os._exit(_code(code_of, asked["arguments"]))
        print(_end_of(child, asked["seconds"], asked["sent"]), flush=True)  # noqa: T201


def _code(code_of: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Run a command line, or press a button of the review page."""
    from tests.kill_stories import BUTTONS

    if arguments[0] not in BUTTONS:
        return code_of(arguments)
    try:
        return BUTTONS[arguments[0]](Path(arguments[arguments.index("--config") + 1]).parent)
    except KeyboardInterrupt:
        return 130
    except Exception:
        return 3


def _end_of(child: int, seconds: float | None, sent: int) -> int:
    killer = threading.Timer(seconds or 0.0, os.kill, (child, sent))
    if seconds is not None:
        killer.start()
    # Not reaped before the timer is stopped: the number could be another process's by then.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    killer.cancel()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(n: int, sent: int, *, far: bool = False) -> Callable[[], None]:
    """Count durable calls from now on, and what else is told to the counter that comes back."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == n:
            os.kill(os.getpid(), sent)

    from pipelines.enrich import client

    def guard(call):
        def wrapper(*args, **kwargs):
            count()
            return call(*args, **kwargs)

        return wrapper

    async def exchange(self, *args, **kwargs):
        count()
        answer = await ask(self, *args, **kwargs)
        count()
        return answer

    ask, client.Client._exchange = client.Client._exchange, exchange
    _guard_publishing(count)
    if far:
        return count
    _guard_commits(count)
    for name in ("write", "fsync", "replace", "rename", "link", "unlink"):
        setattr(os, name, guard(getattr(os, name)))
    return count


def _guard_commits(count: Callable[[], None]) -> None:
    class Guarded(sqlite3.Connection):
        def commit(self) -> None:
            if self.in_transaction:
                count()
            super().commit()

    def connect(*args, **kwargs):
        return original(*args, **{**kwargs, "factory": Guarded})

    if asked_for_postgres():
        _guard_postgres(count)
    original = sqlite3.dbapi2.connect
    sqlite3.dbapi2.connect = sqlite3.connect = connect


def asked_for_postgres() -> bool:
    return bool(os.environ.get("LISTKEEPER_DATABASE_URL"))


def _guard_postgres(count: Callable[[], None]) -> None:
    """Count each commit of a transaction that has begun."""
    import psycopg

    commit = psycopg.Connection.commit

    def guarded(self) -> None:
        if self.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            count()
        commit(self)

    psycopg.Connection.commit = guarded


def _guard_publishing(count: Callable[[], None]) -> None:
    """Count a request to the forge, and a push, before it goes out and when it is through."""
    from catalog.branches import Branches
    from output.publish.github import GitHub

    def both_sides(call):
        def wrapper(*args, **kwargs):
            count()
            answer = call(*args, **kwargs)
            count()
            return answer

        return wrapper

    GitHub._ask = both_sides(GitHub._ask)
    Branches._pushed = both_sides(Branches._pushed)


def _crawl_of(sent: Path, count: Callable[[], None]):
    """A crawl that brings what one has brought before."""

    def crawl(plans, manners, longest=0.0):
        for batch in pickle.loads(sent.read_bytes()):
            part = _asked_for(batch, plans)
            if part is not None:
                count()
                yield part
                count()

    return crawl


def _asked_for(batch, plans):
    """What of a batch answers these plans."""
    from crawler.items import PageLook, works_of

    ids = {one for plan in plans for one in getattr(plan, "ids", ())}
    pages = {one.key for plan in plans for one in getattr(plan, "pages", ())}
    if isinstance(batch, PageLook):
        return batch if batch.part in pages else None
    works = tuple(one for one in works_of(batch) if one.work.arxiv_id in ids)
    return replace(batch, works=works) if works else None


if __name__ == "__main__":
    serve()
