"""The other branches of ``Trouble``: usage, sources, list, store, and try again later."""

import errno
from pathlib import Path

from config.errors import Trouble

__all__ = [
    "ComeBackLater",
    "ListConflict",
    "SourceTrouble",
    "StoreTrouble",
    "Trouble",
    "UsageTrouble",
    "of_the_machine",
]


class UsageTrouble(Trouble):
    """The command asks for something that does not exist or does not fit."""

    exit_code = 2


class SourceTrouble(Trouble):
    """A source could not be read, or its answer is not credible."""


class ListConflict(Trouble):
    """The list or digest was changed in a way that a person has to resolve."""


class StoreTrouble(Trouble):
    """The store cannot be used: foreign, corrupt, newer, full or read-only."""


class ComeBackLater(Trouble):
    """Locked or throttled. Nothing is lost; run the same command later to continue."""

    exit_code = 75


# What Python raises for a link to itself has no class of its own.
_LINK_LOOP = "Symlink loop from"
_OF_PATHS = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}
)
_OF_DISKS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


def of_the_machine(trouble: Exception) -> Trouble | None:
    """
    What a person can mend in a path, a disk or the current folder; None for a bug.

    A path without rights, a link to itself, a disk that is full or fails, a folder that is gone.
    """
    if isinstance(trouble, RuntimeError) and str(trouble).startswith(_LINK_LOOP):
        path = str(trouble).removeprefix(_LINK_LOOP).strip(" '")
        return UsageTrouble(path, "is a link that leads to itself", "mend the link")
    if isinstance(trouble, FileNotFoundError) and _is_nowhere():
        return UsageTrouble("current folder", "was removed", "go to a folder that exists")
    if not isinstance(trouble, OSError) or trouble.filename is None:
        return None
    reason = f"cannot be used ({trouble.strerror})"
    if trouble.errno in _OF_PATHS:
        return UsageTrouble(str(trouble.filename), reason, "check this path and its rights")
    if trouble.errno in _OF_DISKS:
        return StoreTrouble(str(trouble.filename), reason, "check the disk")
    return None


def _is_nowhere() -> bool:
    """Whether the folder that this process was started in is gone."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False
