"""
Writes a list file: whole or not at all, and only over what the program has read.

The bytes go to a temporary file beside the list, are made durable, and take the list's place in
one step. Whoever kills the program in between finds the old list or the new one.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from catalog.errors import ListConflict

_ENDING = ".listkeeper-tmp"


def write(path: Path, new: bytes, expected_base: bytes) -> None:
    """
    Put ``new`` in the place of ``expected_base``.

    ListConflict when the file is something else by now, or cannot be written; nothing is changed
    then. A symbolic link stays and its target is written; mode and owner stay as they were.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}{_ENDING}")
    try:
        _unchanged(path, target, expected_base)
        if new == expected_base:
            return
        _write_beside(target, temporary, new)
        _unchanged(path, target, expected_base)
        os.replace(temporary, target)  # noqa: PTH105 - looked up in os, where tests stop it
    except OSError as trouble:
        raise _conflict(path, trouble) from trouble
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path, target.parent)


def sweep(folder: Path) -> list[Path]:
    """Remove what killed runs left in a folder; the removed files."""
    swept = []
    for left in sorted(folder.glob(f".*{_ENDING}")):
        with suppress(OSError):
            if left.is_file() and not left.is_symlink() and not _at_work(left):
                left.unlink()
                swept.append(left)
    return swept


def _unchanged(path: Path, target: Path, expected_base: bytes) -> None:
    if target.read_bytes() != expected_base:
        raise ListConflict(
            str(path), "was changed while the program worked; nothing was changed", "run it again"
        )


def _write_beside(target: Path, temporary: Path, new: bytes) -> None:
    status = target.stat()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, flags, 0o600)
    try:
        rest = memoryview(new)
        while rest:
            rest = rest[os.write(handle, rest) :]
        _same_owner(handle, status)
        os.fchmod(handle, stat.S_IMODE(status.st_mode))
        os.fsync(handle)
    finally:
        os.close(handle)


def _same_owner(handle: int, status: os.stat_result) -> None:
    """The list's owner and group, as far as this user may give files away."""
    mine = os.fstat(handle)
    if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, status.st_uid, status.st_gid)


def _sync_folder(path: Path, folder: Path) -> None:
    """Make the new name durable. Some file systems cannot; the list is in place either way."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as trouble:
        if trouble.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
            raise ListConflict(
                str(path),
                f"is written, but the disk did not confirm it ({trouble.strerror})",
                "look at the disk, then at the list",
            ) from trouble


def _at_work(left: Path) -> bool:
    """Whether the process that made this file still lives, and is another one."""
    number = left.name.removesuffix(_ENDING).rpartition(".")[2]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _conflict(path: Path, trouble: OSError) -> ListConflict:
    reason = (trouble.strerror or str(trouble)).lower()
    advice = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room on the disk",
        errno.ENOENT: "look whether the path is right",
    }.get(trouble.errno or 0, "look at the file and its folder")
    return ListConflict(str(path), f"cannot be written ({reason}); nothing was changed", advice)
