"""
Writing a list so that a crash at any moment leaves it wholly old or wholly new.

The intent goes into the store first, then the file is replaced, then the decisions come into
force and the intent is closed, together. Whoever comes next finishes or drops what is open.
"""

from pathlib import Path

from catalog.markdown.listfile import listed_keys, parse
from catalog.store.intents import Intent
from cli.report import Report
from cli.world import World
from config.errors import Trouble
from output.files import write_whole
from output.list_writer import sweep, write


def write_list(world: World, intent: Intent) -> None:
    """Carry an intent out: the file, then what it means."""
    number = world.store.intents.begin(intent)
    try:
        write(Path(intent.path), intent.new, intent.base)
    except Trouble:
        world.store.intents.close(number, "dropped")
        raise
    _come_into_force(world, intent, number)


def _come_into_force(world: World, intent: Intent, number: int) -> None:
    with world.store.transaction():
        world.store.decisions.add(intent.decisions)
        if intent.kind == "undo":
            undone = world.store.intents.last_applied(intent.list_name)
            if undone:
                world.store.intents.close(undone.number, "undone")
        world.store.intents.close(number, "done")


def recover(world: World, report: Report) -> None:
    """Finish or drop what a killed command left open; a file that is neither is left alone."""
    for intent in world.store.intents.open():
        path = Path(intent.path)
        sweep(path.parent)
        found = path.read_bytes() if path.exists() else b""
        if found == intent.new or _holds(found, intent):
            _come_into_force(world, intent, intent.number)
            report.notes.append(f"{path.name}: an interrupted {intent.kind} is now complete")
            continue
        world.store.intents.close(intent.number, "dropped")
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
