"""
Atomic writes: a temporary file next to the target, flushed to disk, then put in its place.

The writer locks its temporary file until it is done. One without a lock was left by a killed
process, and the next write in that folder removes it.
"""

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from catalog.errors import StoreTrouble

ENDING = ".listkeeper-tmp"
# File systems without hard links answer with one of these.
_NO_LINKS = {
    errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK
}  # fmt: skip
# File systems that cannot flush a folder answer with one of these; the file is in place anyway.
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}


def write_whole(path: Path, data: bytes) -> None:
    """
    Write ``data`` to ``path``; on failure StoreTrouble, with the old file untouched.

    A link stays and its target is written; mode and owner stay. Devices, and what is open already
    (/dev/stdout), are written as they are.
    """
    refuse_lost_link(path)
    try:
        if (number := _descriptor(path)) is not None:
            _write_all(number, data)
            return
        if path.exists() and not path.is_file() and not path.is_dir():
            with open(path, "wb", buffering=0, opener=_without_waiting) as file:
                _write_all(file.fileno(), data)
            return
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        like = target.stat() if target.exists() else None
        with beside(target, data, like) as temporary:
            os.replace(temporary, target)  # noqa: PTH105 - looked up in os, where tests stop it
    except OSError as trouble:
        raise _not_written(path, trouble) from trouble
    _sync(path, target.parent)


def create_whole(path: Path, data: bytes) -> bool:
    """Write a new file; False, and nothing written, where the name is taken. StoreTrouble."""
    refuse_lost_link(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside(path, data) as temporary:
            created = name_new(temporary, path)
    except OSError as trouble:
        raise _not_written(path, trouble) from trouble
    _sync(path, path.parent)
    return created


def refuse_lost_link(path: Path) -> None:
    """StoreTrouble where the path, or a folder above it, is a link that leads nowhere."""
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            raise StoreTrouble(
                str(part),
                f"is a link to {os.readlink(part)}, which is not there",  # noqa: PTH115
                "bring that back (is its disk mounted?), or remove the link",
            )


def refuse_lost_store(path: Path) -> None:
    """
    StoreTrouble where no store is at ``path``, and something says that there was one.

    SQLite would copy the log of a lost database into a new one of the same name.
    """
    refuse_lost_link(path)
    state = path.parent
    if state.exists() and not state.is_dir():
        raise StoreTrouble(str(state), "is a file, not a folder", "move it away")
    for log in (path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-journal")):
        if log.exists() and log.stat().st_size:
            raise StoreTrouble(
                str(path),
                f"is missing, but its log {log.name} is there",
                "put it back, or move both away",
            )


@contextmanager
def beside(target: Path, data: bytes, like: os.stat_result | None = None) -> Iterator[Path]:
    """
    A flushed temporary file next to the target, locked while the block runs and then removed.

    It has mode and owner of ``like``, or those of any new file.
    """
    with claimed(target, 0o600 if like else 0o666) as (temporary, handle):
        _write_all(handle, data)
        if like is not None:
            _same_owner(handle, like)
            os.fchmod(handle, stat.S_IMODE(like.st_mode))
        os.fsync(handle)
        yield temporary


def _without_waiting(path: str, flags: int) -> int:
    """Open a pipe that somebody reads, or a device; OSError where a pipe has no reader."""
    try:
        handle = os.open(path, flags | os.O_NONBLOCK)
    except OSError as trouble:
        if trouble.errno == errno.ENXIO:
            raise OSError(trouble.errno, "it is a pipe or socket that nobody reads") from trouble
        raise
    os.set_blocking(handle, True)
    return handle


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _descriptor(path: Path) -> int | None:
    """The number of an open file that a path like /dev/stdout stands for; None for any other."""
    named = {"/dev/stdout": 1, "/dev/stderr": 2}
    opened = re.fullmatch(r"/(?:dev/fd|proc/self/fd)/(\d+)", str(path))
    return int(opened[1]) if opened else named.get(str(path))


@contextmanager
def claimed(target: Path, mode: int = 0o666) -> Iterator[tuple[Path, int]]:
    """An empty temporary file next to the target, locked while the block runs, then removed."""
    sweep(target.parent)
    temporary = target.with_name(f".{target.name}.{os.getpid()}{ENDING}")
    temporary.unlink(missing_ok=True)
    handle = _locked(temporary, mode)
    try:
        yield temporary, handle
    finally:
        with suppress(OSError):
            for left in (temporary, *temporary.parent.glob(f"{escape(temporary.name)}-*")):
                left.unlink(missing_ok=True)
        os.close(handle)


def _locked(temporary: Path, mode: int) -> int:
    """Create a file and lock it; again if somebody swept it away between the two."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    while True:
        handle = os.open(temporary, flags, mode)
        with suppress(OSError):  # without locks nothing is swept either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if temporary.exists():
            return handle
        os.close(handle)


def _same_owner(handle: int, like: os.stat_result) -> None:
    """Keep owner and group, as far as this user may set them."""
    own = os.fstat(handle)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, like.st_uid, like.st_gid)


def name_new(temporary: Path, path: Path) -> bool:
    """
    Give a finished file a name that nothing has; False, and nothing done, if something has it.

    A hard link never replaces anything. Without hard links creators take turns.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as trouble:
        if trouble.errno not in _NO_LINKS:
            raise
        return _name_new_in_turn(temporary, path)
    return True


def _name_new_in_turn(temporary: Path, path: Path) -> bool:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if os.path.lexists(path):
            return False
        os.replace(temporary, path)  # noqa: PTH105 - looked up in os, where tests stop it
    finally:
        os.close(folder)
    return True


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable, where its file system can; OSError if the disk fails."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as trouble:
        if trouble.errno not in _NO_FOLDER_SYNC:
            raise


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files that killed processes left in a folder; returns the removed files."""
    swept: list[Path] = []
    with suppress(OSError):
        # A database has companions, which go with it.
        for left in sorted(folder.glob(f".*{ENDING}*")):
            name, _, companion = left.name.rpartition(ENDING)
            owner = left.with_name(f"{name}{ENDING}")
            lost = not owner.exists() if companion else _is_abandoned(left)
            if lost:
                left.unlink(missing_ok=True)
                swept.append(left)
    return swept


def _is_abandoned(left: Path) -> bool:
    """Whether nobody holds the lock of a temporary file: its writer was killed."""
    try:
        handle = os.open(left, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _sync(path: Path, folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as trouble:
        raise StoreTrouble(
            str(path),
            f"is written, but the disk did not confirm it ({trouble.strerror})",
            "check the disk",
        ) from trouble


def _not_written(path: Path, trouble: OSError) -> StoreTrouble:
    return StoreTrouble(str(path), f"could not be written ({trouble.strerror}); it is unchanged")
