"""
Writing a list so that a crash at any moment leaves it wholly old or wholly new.

The intent goes into the store first, then the file is replaced, then the decisions come into
force and the intent is closed, together. Whoever comes next finishes or drops what is open.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from catalog.errors import ListConflict
from catalog.files import write_whole
from catalog.markdown.listfile import listed_keys, parse
from catalog.report import Report
from catalog.store.intents import Intent
from config.errors import Trouble
from pipelines.workspace import Workspace

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


def write_list(workspace: Workspace, intent: Intent) -> None:
    """Carry an intent out: the file, then what it means."""
    number = workspace.store.intents.begin(intent)
    try:
        write(Path(intent.path), intent.new, intent.base)
    except Trouble:
        workspace.store.intents.close(number, "dropped")
        raise
    _come_into_force(workspace, intent, number)


def _come_into_force(workspace: Workspace, intent: Intent, number: int) -> None:
    with workspace.store.transaction():
        workspace.store.decisions.add(intent.decisions)
        if intent.kind == "undo":
            undone = workspace.store.intents.last_applied(intent.list_name)
            if undone:
                workspace.store.intents.close(undone.number, "undone")
        workspace.store.intents.close(number, "done")


def recover(workspace: Workspace, report: Report) -> None:
    """Finish or drop what a killed command left open; a file that is neither is left alone."""
    for intent in workspace.store.intents.open():
        path = Path(intent.path)
        sweep(path.parent)
        found = path.read_bytes() if path.exists() else b""
        if found == intent.new or _holds(found, intent):
            _come_into_force(workspace, intent, intent.number)
            report.notes.append(f"{path.name}: an interrupted {intent.kind} is now complete")
            continue
        workspace.store.intents.close(intent.number, "dropped")
        if found == intent.base:
            report.notes.append(f"{path.name}: an interrupted {intent.kind} had changed nothing")
        else:
            wanted = path.with_name(f"{path.stem}.conflict-{intent.number}{path.suffix}")
            write_whole(wanted, intent.new)
            report.needs_person.append(
                f"{path}: was changed while an {intent.kind} was interrupted; what it was to "
                f"become is in {wanted.name}"
            )


def _holds(found: bytes, intent: Intent) -> bool:
    """Whether all that was to be added stands in the file, and nothing that was to go."""
    before, after, now = (listed_keys(parse(data)) for data in (intent.base, intent.new, found))
    added, gone = after - before, before - after
    return bool(added or gone) and added <= now and not gone & now
