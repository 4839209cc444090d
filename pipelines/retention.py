"""
What the store keeps of papers that no list wanted: after some weeks only ids, titles and dates.

Who is listed, decided on, proposed, on a digest, or looked into stays whole. Texts that were given
up come back with ``listkeeper backfill``.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import StoreTrouble
from catalog.markdown.listfile import listed_keys, parse
from catalog.report import Report
from catalog.store import Store
from pipelines.candidates import on_digests
from pipelines.setup import MEGABYTE
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.candidates import Snapshots


def trim(workspace: Workspace, report: Report, snapshots: "Snapshots") -> None:
    """The stage: give up what is old and unwanted, and give back the room when that pays."""
    store, files = workspace.store, map(workspace.list_path, workspace.every_list)
    # Counted from what was seen last: a clock that is ahead makes nothing old.
    seen = store.trimmed.last_seen()
    now = min(workspace.now, seen) if seen else workspace.now
    before = now - timedelta(days=workspace.sources.keep_days)
    due = store.trimmed.due(before)
    if due:
        kept_keys = _wanted(store, files)
        for rules in workspace.lists:
            current = snapshots.candidates(rules)
            kept_keys |= {work.key for work, _ in current.candidates}
            kept_keys |= {miss.key for miss in current.near_misses}
        trimmed = store.trimmed.trim([key for key in due if key not in kept_keys], before)
        if trimmed:
            report.count("trim/works", trimmed)
    _shrink(store, report)


def _wanted(store: Store, files: Iterable[Path]) -> set[str]:
    """Works that lists, digests and sources still need with all that is known of them."""
    kept_keys: set[str] = set()
    for path in files:
        if path.exists():
            kept_keys |= set(listed_keys(parse(path.read_bytes())))
    kept_keys = kept_keys.union(*on_digests(store.digests.all()).values())
    return kept_keys.union(*(state.open for state in store.runs.sources().values()))


def _shrink(store: Store, report: Report) -> None:
    try:
        freed = store.shrink()
    except StoreTrouble as trouble:
        # Nothing is lost: the store only stays as large as it was.
        report.notes.append(f"the store could not be made smaller: {trouble}")
        return
    if freed:
        report.notes.append(f"the store gave back {freed / MEGABYTE:.0f} MB")
