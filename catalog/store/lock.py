"""
One command at a time in a state folder.

The kernel holds the lock and releases it when its owner dies; the file only says who the owner is.
Who holds the lock therefore knows that every other writer has ended. Where several folders share a
database its server holds a second lock, in the same way, for one command in all of them.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import ComeBackLater, StoreTrouble
from catalog.files import refuse_lost_link
from config.secret import Secret

if TYPE_CHECKING:
    from catalog.store.postgres import Held

LOCK_POLL_SECONDS = 0.1

# How long to wait for a run that is writing (seconds).
LOCK_TIMEOUT_S = 5.0
# The folders whose lock this process holds, with the lock of their database, if they share one.
_HELD: dict[Path, "Held | None"] = {}


@contextmanager
def lock(
    state: Path, command: str, *, patience: float = 0.0, address: Secret | None = None
) -> Iterator[None]:
    """
    Hold the folder's lock; ComeBackLater, naming the holder, after ``patience`` seconds.

    ``address`` is that of the database, if the folder has a share in one.
    """
    refuse_lost_link(state / "lock")
    try:
        state.mkdir(parents=True, exist_ok=True)
        file = (state / "lock").open("a+", encoding="utf-8")
    except OSError as trouble:
        raise StoreTrouble(
            str(state), f"cannot be written ({trouble.strerror})", "check the folder"
        ) from trouble
    with file, ExitStack() as stack:
        end = time.monotonic() + patience
        while not _try(file.fileno()):
            if time.monotonic() >= end:
                raise ComeBackLater(str(state), f"is in use by {_holder(state)}", "try again later")
            time.sleep(LOCK_POLL_SECONDS)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "command": command, "since": _now()}))
        file.flush()
        held = None
        if address:
            from catalog.store.postgres import DatabaseAddress, hold

            server = DatabaseAddress.parse(address)
            held = stack.enter_context(hold(server, command, lambda: time.monotonic() >= end))
        _HELD[state.resolve()] = held
        try:
            yield
        finally:
            del _HELD[state.resolve()]


def holder(state: Path, address: Secret | None = None) -> str | None:
    """Who holds the lock at this moment, as a phrase; None if nobody does."""
    try:
        with (state / "lock").open("rb") as file:
            if not _try(file.fileno(), fcntl.LOCK_SH):
                return _holder(state)
    except FileNotFoundError:
        pass
    if not address:
        return None
    from catalog.store import postgres

    return postgres.holder(postgres.DatabaseAddress.parse(address))


def check_held(state: Path) -> None:
    """
    RuntimeError unless this process holds the folder's lock: a mistake in the program.

    ComeBackLater where the database has lost sight of us, and let another one in.
    """
    if state.resolve() not in _HELD:
        raise RuntimeError(f"{state}: this needs the lock")
    if held := _HELD[state.resolve()]:
        held.check()


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
