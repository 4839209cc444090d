"""
Runs a task over the parts of a file on the workers of a Dask cluster.

For files that lie on several machines or in a bucket: it is the same function over the same parts
as on the cores of one machine. Each worker reads its parts itself, so the file must have the same
name everywhere. A part whose worker ends is done again by another. What travels between them is
pickled, by us as by Dask: its machines trust each other.
"""

import pickle
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from catalog.errors import ComeBackLater, UsageTrouble
from pipelines.bulk.files import FilePart, Result, Task
from pipelines.bulk.workers import PARTS_A_WORKER, Spread

# How long the scheduler may take to answer (seconds).
MAX_CONNECT_S = 10


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
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    waiting: deque[tuple[FilePart, Any]] = deque()
    left, sent = iter(parts), pickle.dumps(task)
    try:
        with _client(address) as client:
            while batch := list(islice(left, PARTS_A_WORKER * _threads(client))):
                waiting += zip(batch, _begun(client, batch, sent), strict=True)
                while len(waiting) > len(batch):
                    yield _next(waiting)
            while waiting:
                yield _next(waiting)
    except (OSError, TimeoutError, CommClosedError, KilledWorker) as trouble:
        raise ComeBackLater(
            f"--dask {address}", f"the cluster does not answer ({trouble})", "is it running?"
        ) from trouble


def _client(address: str) -> Any:
    from distributed import Client

    # What workers found comes from them, not by way of the scheduler, where they can be reached.
    return Client(  # type: ignore[no-untyped-call]
        address, timeout=MAX_CONNECT_S, set_as_default=False, direct_to_workers=True
    )


def _threads(client: Any) -> int:
    """How many parts the workers can work on at once."""
    return sum(client.ncores().values()) or 1


def _begun(client: Any, batch: Sequence[FilePart], sent: bytes) -> list[Any]:
    """A future for each part: of all together, one worker would have to gather the others' work."""
    from dask import bag

    some: Any = bag.from_sequence(batch, npartitions=len(batch))  # type: ignore[no-untyped-call]
    futures: list[Any] = client.compute(some.map(_run, task=sent).to_delayed())
    return futures


def _next(waiting: deque[tuple[FilePart, Any]]) -> tuple[FilePart, Any]:
    part, future = waiting.popleft()
    (found,) = future.result()
    return part, pickle.loads(found)  # noqa: S301


def _run(part: FilePart, task: bytes) -> bytes:
    """In bytes on its way: who hands it on need not know what is in it."""
    return pickle.dumps(part.run(_unpacked(task)), pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=4)
def _unpacked(task: bytes) -> Task[Any]:
    unpacked: Task[Any] = pickle.loads(task)  # noqa: S301
    return unpacked
