"""
Runs a task over the parts of a file on the workers of a Dask cluster.

For files that lie on several machines or in a bucket: it is the same function over the same parts
as on the cores of one machine. Each worker reads its parts itself, so the file must have the same
name everywhere. A part whose worker ends is done again by another.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from catalog.errors import ComeBackLater, UsageTrouble
from pipelines.bulk.files import FilePart, Result, Task
from pipelines.bulk.workers import PARTS_A_WORKER, Spread

# How long the scheduler may take to answer (seconds).
MAX_CONNECT_S = 10
# Batches of parts under way: while one ends unevenly, the next has begun.
BATCHES = 2


def over_dask(address: str) -> Spread:
    """
    Runs tasks on the cluster whose scheduler has this address (``tcp://host:8786``).

    UsageTrouble where its packages are missing.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageTrouble(
            "--dask",
            "needs packages that are not installed",
            "install listkeeper[scale], here and on the workers",
        ) from None
    return partial(_spread, address)


def _spread(
    address: str, task: Task[Result], parts: Iterable[FilePart]
) -> Iterator[tuple[FilePart, Result]]:
    """Each part with its result, in order. ComeBackLater where the cluster is or goes away."""
    from dask import bag
    from dask.delayed import delayed
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    waiting: deque[tuple[list[FilePart], Any]] = deque()
    left = iter(parts)
    try:
        with _client(address) as client:
            sent = delayed(task)
            while batch := list(islice(left, PARTS_A_WORKER * _threads(client))):
                some: Any = bag.from_sequence(batch, npartitions=len(batch))  # type: ignore[no-untyped-call]
                waiting.append((batch, client.compute(some.map(_run, task=sent))))
                if len(waiting) == BATCHES:
                    yield from _results(waiting)
            while waiting:
                yield from _results(waiting)
    except (OSError, TimeoutError, CommClosedError, KilledWorker) as trouble:
        raise ComeBackLater(
            f"--dask {address}", f"the cluster does not answer ({trouble})", "is it running?"
        ) from trouble


def _client(address: str) -> Any:
    from distributed import Client

    return Client(address, timeout=MAX_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]


def _threads(client: Any) -> int:
    """How many parts the workers can work on at once."""
    return sum(client.ncores().values()) or 1


def _results(waiting: deque[tuple[list[FilePart], Any]]) -> Iterator[tuple[FilePart, Any]]:
    batch, future = waiting.popleft()
    yield from zip(batch, future.result(), strict=True)


def _run(part: FilePart, task: Task[Result]) -> Result:
    return part.run(task)
