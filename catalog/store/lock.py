"""
One command at a time in a state folder.

The kernel holds the lock and releases it when its owner dies; the file only says who the owner is.
Who holds the lock therefore knows that every other writer has ended.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import ComeBackLater, StoreTrouble
from catalog.files import refuse_lost_link

POLL_SECONDS = 0.1

# How long to wait for a run that is writing (seconds).
LOCK_TIMEOUT_S = 5.0
# The folders whose lock this process holds.
_HELD: set[Path] = set()


@contextmanager
def lock(state: Path, command: str, *, patience: float = 0.0) -> Iterator[None]:
    """Hold the folder's lock; ComeBackLater, naming the holder, after ``patience`` seconds."""
    refuse_lost_link(state / "lock")
    try:
        state.mkdir(parents=True, exist_ok=True)
        file = (state / "lock").open("a+", encoding="utf-8")
    except OSError as trouble:
        raise StoreTrouble(
            str(state), f"cannot be written ({trouble.strerror})", "check the folder"
        ) from trouble
    with file:
        end = time.monotonic() + patience
        while not _try(file.fileno()):
            if time.monotonic() >= end:
                raise ComeBackLater(str(state), f"is in use by {_holder(state)}", "try again later")
            time.sleep(POLL_SECONDS)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "command": command, "since": _now()}))
        file.flush()
        _HELD.add(state.resolve())
        try:
            yield
        finally:
            _HELD.discard(state.resolve())


def holder(state: Path) -> str | None:
    """Who holds the folder's lock at this moment, as a phrase; None if nobody does."""
    try:
        with (state / "lock").open("rb") as file:
            return None if _try(file.fileno(), fcntl.LOCK_SH) else _holder(state)
    except FileNotFoundError:
        return None


def check_held(state: Path) -> None:
    """RuntimeError unless this process holds the folder's lock: a mistake in the program."""
    if state.resolve() not in _HELD:
        raise RuntimeError(f"{state}: this needs the lock")


def _try(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(state: Path) -> str:
    try:
        holder = json.loads((state / "lock").read_text("utf-8"))
        return f"`listkeeper {holder['command']}` (process {holder['pid']}) since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _now() -> str:
    # The wall clock, not the run's moment: people want to know how long it has been.
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
