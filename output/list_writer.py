"""
Writes a list so that a crash at any moment leaves the old or the new file, never a mixture.

The intent is stored first, then the file is replaced, then the decisions are stored and the intent
is closed in one transaction. The next command finishes or drops an open intent.
"""

import errno
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from catalog.errors import ListConflict
from catalog.facts import Act, Decision
from catalog.files import beside, sweep, sync_folder, write_whole
from catalog.markdown.listfile import listed_keys, parse
from catalog.report import Report
from catalog.store import Store
from catalog.store.intents import Intent
from catalog.store.lock import check_held
from config.errors import Trouble
from pipelines.workspace import Workspace

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
    """Carry out an intent: first the file, then its decisions. The caller holds the lock."""
    check_held(store.state)
    number = store.intents.begin(intent)
    try:
        write(Path(intent.path), intent.new, intent.base)
    except Trouble:
        store.intents.close(number, "dropped")
        raise
    _commit(store, intent, number)


def recover(workspace: Workspace, report: Report) -> None:
    """
    Finish or drop what an interrupted command left open; an unrelated file is left alone.

    The caller holds the lock, which proves that the owner of an open intent is dead.
    """
    check_held(workspace.state)
    store = workspace.store
    for intent in store.intents.open():
        path = Path(intent.path)
        sweep(path.resolve().parent)
        current = path.read_bytes() if path.exists() else b""
        if current == intent.new or _holds(current, intent):
            _commit(store, replace(intent, decisions=_not_made_since(store, intent)), intent.number)
            report.notes.append(f"{path.name}: an interrupted {intent.kind} is now complete")
            continue
        if current == intent.base:
            store.intents.close(intent.number, "dropped")
            report.notes.append(f"{path.name}: an interrupted {intent.kind} had changed nothing")
        else:
            copy = path.with_name(f"{path.stem}.conflict-{intent.number}{path.suffix}")
            write_whole(copy, intent.new)
            # Not before the copy: a kill in between must not lose the intended text.
            store.intents.close(intent.number, "dropped")
            report.needs_person.append(
                f"{path}: was changed while an {intent.kind} was interrupted; the intended text "
                f"is in {copy.name}"
            )


def _not_made_since(store: Store, intent: Intent) -> tuple[Decision, ...]:
    """Decisions of a write, but those that another machine has made while this one was down."""
    latest = store.decisions.latest(intent.list_name)
    made = {key for key, last in latest.items() if last.at > intent.at}
    return tuple(
        one
        for one in intent.decisions
        if one.work_key not in made or latest[one.work_key].act != one.act
    )


def _commit(store: Store, intent: Intent, number: int) -> None:
    """Store the decisions of an intent and close it, together."""
    with store.transaction():
        if not store.intents.close(number, "done"):
            raise ListConflict(
                intent.path,
                f"another process has closed this {intent.kind}; it counts once",
                "look at the list",
            )
        store.decisions.add(intent.decisions)
        if intent.undoes is not None:
            store.intents.undo(intent.undoes)


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
    try:
        _unchanged(path, target, expected_base)
        if new == expected_base:
            return
        with beside(target, new, target.stat()) as temporary:
            _unchanged(path, target, expected_base)
            os.replace(temporary, target)  # noqa: PTH105 - looked up in os, where tests stop it
    except OSError as trouble:
        raise _conflict(path, trouble) from trouble
    try:
        sync_folder(target.parent)
    except OSError as trouble:
        raise ListConflict(
            str(path),
            f"is written, but the disk did not confirm it ({trouble.strerror})",
            "check the disk, then the list",
        ) from trouble


def _unchanged(path: Path, target: Path, expected_base: bytes) -> None:
    if target.read_bytes() != expected_base:
        raise ListConflict(
            str(path), "was changed while the program worked; nothing was changed", "run it again"
        )


def _conflict(path: Path, trouble: OSError) -> ListConflict:
    reason = (trouble.strerror or str(trouble)).lower()
    advice = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room on the disk",
        errno.ENOENT: "check the path",
    }.get(trouble.errno or 0, "check the file and its folder")
    return ListConflict(str(path), f"cannot be written ({reason}); nothing was changed", advice)
