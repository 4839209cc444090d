"""``listkeeper watch --fix NAME``: what was found is mended, when a person says so."""

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from catalog.address import identity, read_address
from catalog.errors import UsageTrouble
from catalog.markdown.edits import change, patched, readable
from catalog.markdown.findings import Edit
from catalog.markdown.listfile import ListFile
from catalog.markdown.repairs import moved_edits, retitled, with_venue, without_extra
from catalog.markdown.spans import Span
from cli.list_doctor import alone, configured, read_to_write, say, write_mended
from cli.watch import watched
from cli.world import World
from output.escape import terminal
from pipelines.watch.items import Item, Linked, linked

FIXABLE = ("moved", "title", "dead", "venue")


def fix(
    world: World,
    paths: Sequence[Path],
    kind: str,
    *,
    only: Sequence[str],
    dry_run: bool,
    as_json: bool,
) -> int:
    """
    Mend the files, and print the diff; `undo` takes it back.

    ``only`` are the works and addresses it is about, all where none is named. 1 where something
    could not be mended without touching more than it.
    """
    if kind not in FIXABLE:
        raise UsageTrouble("--fix", f"{kind!r} cannot be mended", f"known: {', '.join(FIXABLE)}")
    keys = {_key(what) for what in only}
    if keys and not any(_items(world, path, kind, keys) for path in paths):
        matter = f"nothing that {kind!r} mends is known of {', '.join(only)}"
        raise UsageTrouble("--only", matter, "see `listkeeper watch --no-look`")
    left: list[str] = []
    for path in paths:
        rules = configured(world, path)
        with alone(world, rules):
            base = read_to_write(path)
            edits, others = _edits(readable(base, str(path)), _items(world, path, kind, keys))
            new = change(base, edits, name=str(path))
            if not dry_run:
                write_mended(world, rules, path, base, new, kind="edit")
        facts = {"name": kind, "edits": len(edits), "dry_run": dry_run}
        say(path, base, new, facts, as_json=as_json)
        left += [f"{path}:{item.line}: {item.what}: edit it by hand" for item in others]
    for line in left:
        click.echo(terminal(line), err=True)
    return 1 if left else 0


def _key(what: str) -> str:
    address = read_address(what)
    if address is None:
        raise UsageTrouble("--only", f"{what!r} is neither an arXiv id nor a web address")
    return identity(address.key)


def _items(world: World, path: Path, kind: str, keys: Collection[str]) -> list[Item]:
    return [
        item
        for one in watched(world, [path])
        for item in one.items
        if item.fix == kind and (not keys or identity(item.key) in keys)
    ]


def _edits(parsed: ListFile, items: Sequence[Item]) -> tuple[list[Edit], list[Item]]:
    """Each entry as it should be; and the items that could not be mended without a person."""
    spans = {span.line: span for span in parsed.spans if span.kind == "entry"}
    links: dict[tuple[int, str], list[Linked]] = {}
    for one in linked(parsed):
        links.setdefault((one.line, one.address.key), []).append(one)
    mended: dict[int, bytes] = {}
    left = []
    for item in items:
        mine = links.get((item.line, item.key), [])
        line = mine[0].entry.line if mine else item.line
        before = mended.get(line, spans[line].raw)
        mended[line] = _mended(before, item, [one.address.typed for one in mine])
        if mended[line] == before:
            left.append(item)
    edits = [
        (spans[line].start, spans[line].end, raw)
        for line, raw in mended.items()
        if raw != spans[line].raw
    ]
    return edits, left


def _mended(raw: bytes, item: Item, addresses: Sequence[str]) -> bytes:
    if item.fix == "title":
        return retitled(raw, item.value)
    if item.fix == "venue":
        return with_venue(raw, item.value)
    for address in addresses:
        raw = without_extra(raw, address) if item.fix == "dead" else _moved(raw, address, item)
    return raw


def _moved(raw: bytes, address: str, item: Item) -> bytes:
    new = item.value.partition(" ")[2]
    new = new if "://" in new else f"https://github.com/{new}"
    return patched(raw, moved_edits(Span("entry", raw, 0, item.line), address, new))
