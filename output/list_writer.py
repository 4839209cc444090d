"""
Writes a list so that a crash at any moment leaves the old or the new file, never a mixture.

The intent is stored first, then the file is replaced, then the decisions are stored and the intent
is closed in one transaction. The next command finishes or drops an open intent.
"""

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from catalog.errors import ListConflict
from catalog.files import write_whole
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Act, Decision
from catalog.report import Report
from catalog.store import Store
from catalog.store.intents import Intent
from config.errors import Trouble
from pipelines.workspace import Workspace

_ENDING = ".listkeeper-tmp"

IntentKind = Literal["apply", "edit", "undo", "citations", "mend"]


@dataclass(frozen=True, slots=True)
class ListTarget:
    """A configured list that a command changes: its file, the user, and the moment (UTC)."""

    list_name: str
    path: Path
    user: str
    at: datetime

    def intent(
        self, kind: IntentKind, base: bytes, new: bytes, decisions: tuple[Decision, ...] = ()
    ) -> Intent:
        return Intent(kind, self.list_name, str(self.path), base, new, decisions, self.at)

    def decision(self, key: str, act: Act, section: str | None, reason: str = "") -> Decision:
        return Decision(self.list_name, key, act, self.user, self.at, section, reason)


def write_list(store: Store, intent: Intent) -> None:
    """Carry out an intent: first the file, then its decisions."""
    number = store.intents.begin(intent)
    try:
        write(Path(intent.path), intent.new, intent.base)
    except Trouble:
        store.intents.close(number, "dropped")
        raise
    _commit(store, intent, number)


def recover(workspace: Workspace, report: Report) -> None:
    """Finish or drop what an interrupted command left open; an unrelated file is left alone."""
    store = workspace.store
    for intent in store.intents.open():
        path = Path(intent.path)
        sweep(path.parent)
        current = path.read_bytes() if path.exists() else b""
        if current == intent.new or _holds(current, intent):
            _commit(store, intent, intent.number)
            report.notes.append(f"{path.name}: an interrupted {intent.kind} is now complete")
            continue
        store.intents.close(intent.number, "dropped")
        if current == intent.base:
            report.notes.append(f"{path.name}: an interrupted {intent.kind} had changed nothing")
        else:
            copy = path.with_name(f"{path.stem}.conflict-{intent.number}{path.suffix}")
            write_whole(copy, intent.new)
            report.needs_person.append(
                f"{path}: was changed while an {intent.kind} was interrupted; the intended text "
                f"is in {copy.name}"
            )


def _commit(store: Store, intent: Intent, number: int) -> None:
    """Store the decisions of an intent and close it, together."""
    with store.transaction():
        store.decisions.add(intent.decisions)
        if intent.kind == "undo":
            undone = store.intents.last_applied(intent.list_name)
            if undone:
                store.intents.close(undone.number, "undone")
        store.intents.close(number, "done")


def _holds(current: bytes, intent: Intent) -> bool:
    """Whether the file has all that was to be added, and nothing that was to be removed."""
    before, after, now = (listed_keys(parse(data)) for data in (intent.base, intent.new, current))
    added, gone = after - before, before - after
    return bool(added or gone) and added <= now and not gone & now


def write(path: Path, new: bytes, expected_base: bytes) -> None:
    """
    Put ``new`` in the place of ``expected_base``.

    ListConflict when the file has other content by now, or cannot be written; it then stays as it
    is. A symbolic link stays and its target is written; mode and owner stay.
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
    """Keep the list's owner and group, as far as this user may set them."""
    own = os.fstat(handle)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, status.st_uid, status.st_gid)


def _conflict(path: Path, trouble: OSError) -> ListConflict:
    reason = (trouble.strerror or str(trouble)).lower()
    advice = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room on the disk",
        errno.ENOENT: "check the path",
    }.get(trouble.errno or 0, "check the file and its folder")
    return ListConflict(str(path), f"cannot be written ({reason}); nothing was changed", advice)


def _sync_folder(path: Path, folder: Path) -> None:
    """Make the new name durable. On file systems that cannot, the list is in place either way."""
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
                "check the disk, then the list",
            ) from trouble


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files that killed runs left in a folder; returns the removed files."""
    swept = []
    for left in sorted(folder.glob(f".*{_ENDING}")):
        with suppress(OSError):
            if left.is_file() and not left.is_symlink() and not _at_work(left):
                left.unlink()
                swept.append(left)
    return swept


def _at_work(left: Path) -> bool:
    """Whether another process made this file and still runs."""
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
