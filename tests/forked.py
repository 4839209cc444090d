"""
Processes of the tests, forked from the server that crawls are forked from.

It has their modules loaded, so that they start at once; to import all of Scrapy takes two seconds
of the processor. What is forked is a process of its own all the same: environment, folder, session
and streams are those that a fresh interpreter would have. Tests about starting itself (what is
imported, how streams are encoded, what is installed) start an interpreter.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import TextIO

from crawler import process
from sandbox.process import STOP_TIMEOUT_S

PRELOAD = (*process.PRELOAD, "sandbox.__main__", "scrapy.cmdline")


def lend_crawls() -> None:
    """Start the server of crawls here; what is forked from here has its crawls forked from it."""
    process.PRELOAD = (*process.PRELOAD, "tests.lent")
    process.get_ready()
    # It runs, but is no child of our children, who would ask whether it is.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None


@dataclass
class Sandboxed:
    """As much of a child as ``sandbox.process`` looks at."""

    stdout: TextIO


@contextmanager
def sandbox_child(arguments: Sequence[str]) -> Iterator[Sandboxed]:
    """A sandbox with these arguments; takes the place of ``sandbox.process._child``."""
    context = process._context()
    reads, stdin = context.Pipe(duplex=False)
    said, writes = context.Pipe(duplex=False)
    told = (arguments, dict(os.environ), reads, writes)
    child = context.Process(target=_serve, args=told, daemon=True)
    child.start()
    reads.close()
    writes.close()
    try:
        with open(said.fileno(), encoding="utf-8", closefd=False) as stdout:
            yield Sandboxed(stdout)
    finally:
        stdin.close()
        said.close()
        _end(child, STOP_TIMEOUT_S)


def scrapy(
    *arguments: str, cwd: Path, env: Mapping[str, str], timeout: float
) -> CompletedProcess[str]:
    """What ``python -m scrapy`` does with these arguments; it is killed after so many seconds."""
    with TemporaryDirectory() as folder:
        told = (["scrapy", *arguments], str(cwd), dict(env), folder)
        child = process._context().Process(target=_scrapy, args=told)
        child.start()
        code = _end(child, timeout)
        out, err = (Path(folder, name).read_text() for name in ("out", "err"))
    return CompletedProcess(arguments, code, out, err)


def _end(child: multiprocessing.process.BaseProcess, seconds: float) -> int:
    """Wait so long for its end, then kill it; the exit code, or minus the signal."""
    child.join(seconds)
    if child.is_alive():
        child.kill()
        child.join()
    code = child.exitcode
    child.close()
    return code


def _serve(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: Connection, stdout: Connection
) -> None:
    from sandbox.__main__ import main

    os.dup2(stdin.fileno(), 0)
    os.dup2(stdout.fileno(), 1)
    stdin.close()
    stdout.close()
    _become(["sandbox", "--until-stdin-closes", *arguments], environment)
    main()


def _scrapy(line: list[str], cwd: str, environment: Mapping[str, str], folder: str) -> None:
    from scrapy.cmdline import execute

    os.chdir(cwd)
    for name, number in (("out", 1), ("err", 2)):
        opened = os.open(Path(folder, name), os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    _become(line, environment)
    execute(line)


def _become(line: list[str], environment: Mapping[str, str]) -> None:
    """Take what a fresh interpreter would find: arguments, environment, session and streams."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = line
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
