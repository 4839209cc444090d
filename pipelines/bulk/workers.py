"""Runs a task over the parts of a file on several cores; results come in the order of the parts."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, Protocol

from catalog.errors import ComeBackLater
from pipelines.bulk.files import FilePart, Result, Task


class Spread(Protocol):
    """Runs a task over parts, here or elsewhere: each part with its result, in order."""

    def __call__(
        self, task: Task[Result], parts: Iterable[FilePart]
    ) -> Iterator[tuple[FilePart, Result]]: ...


# Parts under way for each worker: one that it works on, and one that waits for it.
PARTS_A_WORKER = 2


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def over_cores(workers: int | None = None) -> Spread:
    """Runs tasks in so many processes, by default as many as there are cores."""
    return partial(spread, workers=workers or cores())


def spread(
    task: Task[Result], parts: Iterable[FilePart], workers: int
) -> Iterator[tuple[FilePart, Result]]:
    """
    Each part with what the task made of it; memory stays flat however many there are.

    A trouble comes where its part would have come. ComeBackLater where a worker was killed.
    """
    if workers == 1:
        yield from ((part, part.run(task)) for part in parts)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipelines.bulk.judging"])
    # The server is started with `-c`: without this it would import from the current folder.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(task,))
    waiting: deque[tuple[FilePart, Future[Any]]] = deque()
    try:
        for part in parts:
            waiting.append((part, pool.submit(_run, part)))
            if len(waiting) >= PARTS_A_WORKER * workers:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    except BrokenProcessPool:
        raise ComeBackLater(
            waiting[0][0].name if waiting else "",
            f"one of {workers} processes ended before its work was done",
            "where memory is short, give fewer --workers",
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[FilePart, "Future[Any]"]]) -> tuple[FilePart, Any]:
    # It stays the first while it is waited for: a trouble names its file.
    result = waiting[0][1].result()
    return waiting.popleft()[0], result


_task: Task[Any] | None = None


def _begin(task: Task[Any]) -> None:
    """A worker keeps the task, leaves Ctrl-C to the parent, and ends when the parent is gone."""
    global _task  # the only way to hand something to all jobs of a worker
    _task = task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(part: FilePart) -> Any:
    return part.run(_task)  # type: ignore[arg-type]
