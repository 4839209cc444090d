"""
One command at a time in a state folder.

The kernel holds the lock and releases it when its owner dies; the file only says who the owner is.
Who holds the lock therefore knows that every other writer has ended. Where several folders share a
database its server holds a second lock, in the same way, for one command in all of them.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
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
# How long every command waits: the review page takes the lock while it writes a page (seconds).
MOMENT_S = 0.5
# The folders whose lock this process holds, with the lock of their database, if they share one.
_HELD: dict[Path, "Held | None"] = {}


@contextmanager
def lock(
    state: Path, command: str, *, patience: float = MOMENT_S, address: Secret | None = None
) -> Iterator[None]:
    """
    Hold the folder's lock; ComeBackLater, naming the holder, after ``patience`` seconds.

    ``address`` is that of the database, if the folder has a share in one.
    """
    with _opened(state, os.O_CREAT) as file, ExitStack() as stack:
        end = time.monotonic() + patience
        while not _try(file):
            if time.monotonic() >= end:
                raise ComeBackLater(str(state), f"is in use by {_holder(state)}", "try again later")
            time.sleep(LOCK_POLL_SECONDS)
        _sign(file, command)
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


@contextmanager
def _opened(state: Path, create: int = 0) -> Iterator[int]:
    """The lock's file, open; StoreTrouble where it is none, or cannot be had."""
    path = state / "lock"
    refuse_lost_link(path)
    try:
        if create:
            state.mkdir(parents=True, exist_ok=True)
        # A pipe would be waited for.
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | create, 0o666)
    except OSError as trouble:
        raise StoreTrouble(
            str(path), f"cannot be written ({trouble.strerror})", "check what stands there"
        ) from trouble
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise StoreTrouble(str(path), "must be a file, and is none", "move it away")
        yield file
    finally:
        os.close(file)


def _sign(file: int, command: str) -> None:
    """Say who holds the lock; a full disk takes the name only, the kernel holds the lock."""
    name = json.dumps({"pid": os.getpid(), "command": command, "since": _now()})
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.write(file, name.encode())


def check_lock(state: Path) -> None:
    """StoreTrouble where no command could take the folder's lock; makes nothing."""
    if os.path.lexists(state / "lock"):
        with _opened(state):
            pass


def holder(state: Path, address: Secret | None = None) -> str | None:
    """Who holds the lock at this moment, as a phrase; None if nobody does."""
    if os.path.lexists(state / "lock"):
        with _opened(state) as file:
            if not _try(file, fcntl.LOCK_SH):
                return _holder(state)
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
