"""
``listkeeper list doctor`` and ``list section add``: what to mend in a list, and new headings.

``listkeeper list move``, ``remove`` and ``star``: one entry is changed, and nothing else.

``listkeeper watch --fix NAME``: what was found is mended, when a person says so.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.address import Address, identity, read_address
from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.checks import FIXABLE, Better, examine, mend
from catalog.markdown.contents import add_section
from catalog.markdown.edits import apply_edits, find_section, move, patched, readable, remove, star
from catalog.markdown.entry import Entry
from catalog.markdown.findings import Edit, Finding, called, key_of
from catalog.markdown.listfile import ListFile, find_listed, listed_keys, parse
from catalog.markdown.repairs import moved_edits, retitled, with_venue, without_extra
from catalog.markdown.spans import Span
from catalog.paper import Act, Decision, Paper, Work, bare_key, paper_key
from catalog.store.intents import Intent
from output.list_writer import write, write_list
from pipelines.watch.items import Linked, WatchItem, linked
from pipelines.watch.stage import watched
from pipelines.workspace import Workspace, read, user_name

if TYPE_CHECKING:
    from config.rules import ListRules


# How long to wait for a run that is writing.
LOCK_TIMEOUT_S = 5.0


Change = Literal["move", "remove", "star"]
# Whoever takes a work out does not want it proposed next week.
ACTS: dict[Change, Act] = {"move": "move", "remove": "reject", "star": "star"}

WATCH_FIXABLE = ("moved", "title", "dead", "venue")

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Edited:
    """One list file after an edit: its bytes before and now, and what the command says of it."""

    path: Path
    base: bytes
    new: bytes
    facts: Mapping[str, object]
    rules: "ListRules | None" = None
    by_hand: tuple[str, ...] = ()


def fix(
    workspace: "Workspace", files: tuple[Path, ...], kind: str, notify: Notify
) -> Iterator[Edited]:
    """Mend one kind of finding, file by file."""
    if kind not in FIXABLE:
        raise UsageTrouble(
            "--fix", f"{kind!r} cannot be mended by itself", f"it can mend: {', '.join(FIXABLE)}"
        )
    for path in workspace.list_files(files):
        yield _fix_one(workspace, path, kind, notify)


def section_add(
    workspace: "Workspace", title: str, file: Path | None, notify: Notify, *, after: str | None
) -> Edited:
    """Add a heading, and its line in the table of contents."""
    paths = workspace.list_files((file,) if file else ())
    if len(paths) != 1:
        raise UsageTrouble("FILE", f"there are {len(paths)} lists", "name one of them")
    path = paths[0]
    rules = configured(workspace, path)
    with alone(workspace, rules, notify):
        base = read_to_write(path)
        new = add_section(base, title, after=after, name=str(path))
        write_mended(workspace, rules, path, base, new)
    return Edited(path, base, new, {"added": title}, rules)


def listed_elsewhere(parsed: ListFile, path: str, seen: dict[str, str]) -> list[Finding]:
    """Papers that a file before this one has too; ``seen`` is where, and grows."""
    here: dict[str, Entry] = {}
    for entry in parsed.entries:
        if key_of(entry).startswith("arxiv:"):
            here.setdefault(key_of(entry), entry)
    found = [
        Finding(
            entry.line,
            f"{called(entry)} stands in {seen[key]} too",
            name="duplicate-in-list",
            do="keep both if it belongs in both lists",
        )
        for key, entry in here.items()
        if key in seen
    ]
    for key, entry in here.items():
        seen.setdefault(key, f"{path}:{entry.line}")
    return found


def examined(workspace: "Workspace", path: Path, parsed: ListFile) -> list[Finding]:
    known = _known(workspace, {paper_key(one.arxiv_id) for one in parsed.entries if one.arxiv_id})
    rules = configured(workspace, path)
    better = _better(workspace, rules, known) if rules else None
    titles = {bare_key(key): work.title for key, work in known.items()}
    return examine(parsed, titles=titles, better=better)


def _known(workspace: "Workspace", keys: set[str]) -> Mapping[str, Work]:
    """What the store knows of these; looking makes no store where there is none."""
    if not (workspace.state / "listkeeper.db").is_file():
        return {}
    return workspace.store.works.get_many(keys)


def _better(workspace: "Workspace", rules: "ListRules", known: Mapping[str, Work]) -> Better:
    """Where the rules would put an entry, if its own section does not fit it."""
    judged = {section.name for section in rules.sections if any(section.words)}

    def better(entry: Entry) -> str | None:
        work = known.get(paper_key(entry.arxiv_id or ""))
        title = work.title if work else entry.title
        abstract = work.abstract if isinstance(work, Paper) else None
        one = workspace.rules.explain(rules.list, title, abstract)
        fitting = {fit.name for fit in one.fits if fit.fits}
        return one.verdict.section if entry.section in judged - fitting else None

    return better


def configured(workspace: "Workspace", path: Path) -> "ListRules | None":
    """The rules of the list that this file is, if it is one."""
    if str(path) == "-":
        return None
    same = (
        one for one in workspace.lists if (workspace.root / one.file).resolve() == path.resolve()
    )
    return next(same, None)


def _fix_one(workspace: "Workspace", path: Path, kind: str, notify: Notify) -> Edited:
    rules = configured(workspace, path)
    with alone(workspace, rules, notify):
        base = read_to_write(path)
        new, mended = mend(base, kind, name=str(path))
        write_mended(workspace, rules, path, base, new)
    return Edited(path, base, new, {"name": kind, "fixed": len(mended)}, rules)


@contextmanager
def alone(workspace: "Workspace", rules: "ListRules | None", notify: Notify) -> Iterator[None]:
    """A list that is configured is written while no other command works on it."""
    if rules is None:
        yield
        return
    from catalog.report import Report
    from catalog.store.lock import lock
    from output.list_writer import recover

    report = Report("list", workspace.now)
    with lock(workspace.state, "list", patience=LOCK_TIMEOUT_S):
        recover(workspace, report)
        for line in [*report.notes, *report.needs_person]:
            notify(line)
        yield


def read_to_write(path: Path) -> bytes:
    if str(path) == "-":
        raise UsageTrouble("-", "standard input cannot be changed", "name a list file")
    return read(path)


def write_mended(
    workspace: "Workspace",
    rules: "ListRules | None",
    path: Path,
    base: bytes,
    new: bytes,
    kind: Literal["mend", "edit"] = "mend",
) -> None:
    """Bytes only: no decision. A repair stays, an edit is what `undo` takes back."""
    from catalog.store.intents import Intent
    from output.list_writer import write, write_list

    if new == base:
        return
    if rules is None:
        write(path, new, base)
        return
    write_list(
        workspace, Intent(kind, rules.list, str(path.resolve()), base, new, (), workspace.now)
    )


def edit(
    workspace: "Workspace",
    change: Change,
    notify: Notify,
    *,
    what: str,
    file: Path | None,
    line: int | None,
    dry_run: bool,
    to: str = "",
) -> Edited:
    """Change one entry of a list; `undo` takes it back."""
    address = read_address(what)
    if address is None:
        raise UsageTrouble(what, "is neither an arXiv id nor a web address")
    path = _only_file(workspace, file)
    rules = configured(workspace, path)
    with alone(workspace, rules, notify):
        base = read_to_write(path)
        parsed = readable(base, str(path))
        entry = _entry(parsed, address, line, str(path))
        new = _changed(base, parsed, entry, change, to, str(path))
        if new != base and not dry_run:
            decisions = _decisions(workspace, rules, address, entry, change, to, new)
            _write(workspace, rules, path, base, new, decisions)
    facts = {change: address.key, "title": entry.title, "dry_run": dry_run}
    return Edited(path, base, new, facts, rules)


def _only_file(workspace: "Workspace", file: Path | None) -> Path:
    paths = workspace.list_files((file,) if file else ())
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
    workspace: "Workspace",
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
    return (Decision(rules.list, address.key, act, user_name(), workspace.now, section, reason),)


def _write(
    workspace: "Workspace",
    rules: "ListRules | None",
    path: Path,
    base: bytes,
    new: bytes,
    decisions: tuple[Decision, ...],
) -> None:
    if rules is None:
        write(path, new, base)
        return
    intent = Intent("edit", rules.list, str(path.resolve()), base, new, decisions, workspace.now)
    write_list(workspace, intent)


def fix_watched(
    workspace: Workspace,
    paths: Sequence[Path],
    kind: str,
    notify: Notify,
    *,
    only: Sequence[str],
    dry_run: bool,
) -> Iterator[Edited]:
    """
    Mend the files one by one; `undo` takes it back.

    ``only`` are the works and addresses it is about, all where none is named. ``by_hand`` of an
    edit names what could not be mended without touching more than it.
    """
    if kind not in WATCH_FIXABLE:
        raise UsageTrouble(
            "--fix", f"{kind!r} cannot be mended", f"known: {', '.join(WATCH_FIXABLE)}"
        )
    keys = {_key(what) for what in only}
    if keys and not any(_items(workspace, path, kind, keys) for path in paths):
        matter = f"nothing that {kind!r} mends is known of {', '.join(only)}"
        raise UsageTrouble("--only", matter, "see `listkeeper watch --no-look`")
    for path in paths:
        rules = configured(workspace, path)
        with alone(workspace, rules, notify):
            base = read_to_write(path)
            edits, others = _edits(readable(base, str(path)), _items(workspace, path, kind, keys))
            new = apply_edits(base, edits, name=str(path))
            if not dry_run:
                write_mended(workspace, rules, path, base, new, kind="edit")
        facts = {"name": kind, "edits": len(edits), "dry_run": dry_run}
        by_hand = tuple(f"{path}:{item.line}: {item.what}: edit it by hand" for item in others)
        yield Edited(path, base, new, facts, rules, by_hand)


def _key(what: str) -> str:
    address = read_address(what)
    if address is None:
        raise UsageTrouble("--only", f"{what!r} is neither an arXiv id nor a web address")
    return identity(address.key)


def _items(workspace: Workspace, path: Path, kind: str, keys: Collection[str]) -> list[WatchItem]:
    return [
        item
        for one in watched(workspace.store, [path], workspace.now)
        for item in one.items
        if item.fix == kind and (not keys or identity(item.key) in keys)
    ]


def _edits(parsed: ListFile, items: Sequence[WatchItem]) -> tuple[list[Edit], list[WatchItem]]:
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


def _mended(raw: bytes, item: WatchItem, addresses: Sequence[str]) -> bytes:
    if item.fix == "title":
        return retitled(raw, item.value)
    if item.fix == "venue":
        return with_venue(raw, item.value)
    for address in addresses:
        raw = without_extra(raw, address) if item.fix == "dead" else _moved(raw, address, item)
    return raw


def _moved(raw: bytes, address: str, item: WatchItem) -> bytes:
    new = item.value.partition(" ")[2]
    new = new if "://" in new else f"https://github.com/{new}"
    return patched(raw, moved_edits(Span("entry", raw, 0, item.line), address, new))
