"""The store's file: the signs by which it is known, and what SQLite's errors mean."""

import sqlite3
from pathlib import Path

from catalog.errors import ComeBackLater, StoreTrouble

# "LKEP": distinguishes our databases from other SQLite files.
APPLICATION_ID = 0x4C4B4550
# The newest step in catalog/migrations/versions; a test compares them.
SCHEMA = "0010"
# How long to wait for another process before asking the user to come back.
BUSY_SECONDS = 5.0

WAY_OUT = (
    "put a backup in its place, or move it away and run `listkeeper import` with your last export"
)


def translate(path: Path, trouble: sqlite3.DatabaseError) -> Exception:
    """The trouble that an error of SQLite is; the error itself where it is a fault of ours."""
    words = str(trouble)
    if "locked" in words or "busy" in words:
        return ComeBackLater(
            str(path), f"another process has held it for {BUSY_SECONDS:.0f} s", "try again later"
        )
    if "full" in words or "disk I/O" in words:
        return StoreTrouble(
            str(path), f"could not be written ({words}); nothing was changed", "free some space"
        )
    if refused := without_rights(path, words):
        return refused
    if isinstance(trouble, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        return trouble
    return StoreTrouble(str(path), f"is damaged ({words})", WAY_OUT)


def without_rights(path: Path, words: str) -> StoreTrouble | None:
    """What SQLite says of a file or folder that this user may not use; a backup would not help."""
    if "readonly" in words or "read-only" in words:
        return StoreTrouble(str(path), "is read-only", "check the folder's permissions")
    if "unable to open" in words:
        do = "check the permissions of the file and its folder"
        return StoreTrouble(str(path), "cannot be opened", do)
    return None
