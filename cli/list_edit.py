"""``listkeeper list move``, ``remove`` and ``star``: one entry is changed, and nothing else."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.address import Address, identity, read_address
from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import find_section, move, readable, remove, star
from catalog.markdown.entry import Entry
from catalog.markdown.findings import key_of
from catalog.markdown.listfile import ListFile, find_listed, listed_keys, parse
from catalog.paper import Act, Decision
from catalog.store.intents import Intent
from cli.apply import who
from cli.list_doctor import alone, configured, read_to_write, say
from cli.lists import files_or_configured
from cli.writing import write_list
from output.list_writer import write

if TYPE_CHECKING:
    from cli.world import World
    from config.rules import ListRules


Change = Literal["move", "remove", "star"]
# Whoever takes a work out does not want it proposed next week.
ACTS: dict[Change, Act] = {"move": "move", "remove": "reject", "star": "star"}


def edit(
    world: "World",
    change: Change,
    *,
    what: str,
    file: Path | None,
    line: int | None,
    dry_run: bool,
    as_json: bool,
    to: str = "",
) -> int:
    """Change one entry of a list; the diff is printed, and `undo` takes it back."""
    address = read_address(what)
    if address is None:
        raise UsageTrouble(what, "is neither an arXiv id nor a web address")
    path = _only_file(world, file)
    rules = configured(world, path)
    with alone(world, rules):
        base = read_to_write(path)
        parsed = readable(base, str(path))
        entry = _entry(parsed, address, line, str(path))
        new = _changed(base, parsed, entry, change, to, str(path))
        if new != base and not dry_run:
            decisions = _decisions(world, rules, address, entry, change, to, new)
            _write(world, rules, path, base, new, decisions)
    facts = {change: address.key, "title": entry.title, "dry_run": dry_run}
    say(path, base, new, facts, as_json=as_json)
    return 0


def _only_file(world: "World", file: Path | None) -> Path:
    paths = files_or_configured(world, (file,) if file else ())
    if len(paths) != 1:
        raise UsageTrouble("FILE", f"there are {len(paths)} lists", "name one, or use --list")
    return paths[0]


def _entry(parsed: ListFile, address: Address, line: int | None, name: str) -> Entry:
    """The one entry of that address; where it stands more than once, the one on that line."""
    wanted = identity(address.key)
    same = [entry for entry in parsed.entries if key_of(entry) == wanted]
    here = [entry for entry in same if line in (None, entry.line)]
    if len(here) == 1:
        return here[0]
    if here:
        places = _places(here)
        raise ListConflict(
            name, f"{address.typed} stands there {len(here)} times: {places}", "say --line N"
        )
    if same:
        raise ListConflict(
            name, f"{address.typed} is not on line {line}", f"it stands on {_places(same)}"
        )
    place = find_listed(parsed, {address.key}).get(address.key)
    if place:
        matter = f"{address.typed} has no entry of its own; it is named on {place}"
        raise ListConflict(name, matter, "edit that entry by hand")
    raise ListConflict(name, f"{address.typed} is not in the list", "look at `list entries`")


def _places(entries: Iterable[Entry]) -> str:
    return ", ".join(
        f"line {entry.line}" + (f" ({entry.section})" if entry.section else "") for entry in entries
    )


def _changed(
    base: bytes, parsed: ListFile, entry: Entry, change: Change, to: str, name: str
) -> bytes:
    if change == "remove":
        return remove(base, entry, name=name)
    if change == "star":
        return star(base, entry, name=name)
    section = find_section(parsed, to, name=name)
    there = any(span.kind == "entry" and span.line == entry.line for span in section.body)
    return base if there else move(base, entry, to, name=name)


def _decisions(
    world: "World",
    rules: "ListRules | None",
    address: Address,
    entry: Entry,
    change: Change,
    to: str,
    new: bytes,
) -> tuple[Decision, ...]:
    """What the person said by it. One of two that is taken out says nothing of the work."""
    kept = identity(address.key) in map(identity, listed_keys(parse(new)))
    if rules is None or (change == "remove" and kept):
        return ()
    section = to if change == "move" else entry.section
    reason = "taken out by hand" if change == "remove" else ""
    act = ACTS[change]
    return (Decision(rules.list, address.key, act, who(), world.now, section, reason),)


def _write(
    world: "World",
    rules: "ListRules | None",
    path: Path,
    base: bytes,
    new: bytes,
    decisions: tuple[Decision, ...],
) -> None:
    if rules is None:
        write(path, new, base)
        return
    intent = Intent("edit", rules.list, str(path.resolve()), base, new, decisions, world.now)
    write_list(world, intent)
