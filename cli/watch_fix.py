"""``listkeeper watch --fix moved``: new addresses in the place of those that have moved."""

from collections.abc import Sequence
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.list_check import Edit
from catalog.list_edits import change, readable
from catalog.list_moved import moved_edits
from cli.list_doctor import alone, configured, read_to_write, say, write_mended
from cli.watch import watched
from cli.world import World
from pipelines.watch import MOVED, linked

FIXABLE = ("moved",)


def fix(world: World, paths: Sequence[Path], kind: str, *, dry_run: bool, as_json: bool) -> int:
    """Mend the files, and print the diff; the addresses are the only change."""
    if kind not in FIXABLE:
        raise UsageTrouble("--fix", f"{kind!r} cannot be mended", f"known: {', '.join(FIXABLE)}")
    for path in paths:
        rules = configured(world, path)
        with alone(world, rules):
            base = read_to_write(path)
            edits = _edits(world, path, base)
            new = change(base, edits, name=str(path))
            if not dry_run:
                write_mended(world, rules, path, base, new)
        facts = {"name": kind, "edits": len(edits), "dry_run": dry_run}
        say(path, base, new, facts, as_json=as_json)
    return 0


def _edits(world: World, path: Path, base: bytes) -> list[Edit]:
    parsed = readable(base, str(path))
    moved = {
        item.key: item.value.partition(" ")[2]
        for one in watched(world, [path])
        for item in one.items
        if item.value.startswith(f"{MOVED} ")
    }
    spans = {span.line: span for span in parsed.spans if span.kind == "entry"}
    edits: dict[tuple[int, int], Edit] = {}
    for one in linked(parsed):
        if one.address.key in moved:
            new = moved[one.address.key]
            new = new if "://" in new else f"https://github.com/{new}"
            for edit in moved_edits(spans[one.entry.line], one.address.typed, new):
                edits[edit[:2]] = edit
    return sorted(edits.values())
