"""
Edits of list files, for ``list`` (move, remove, star, section add, doctor) and ``watch --fix``.

Each edit changes what it names and nothing else. A configured list is edited under the lock.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.address import Address, identity, read_typed, why_no_address
from catalog.errors import ListConflict, UsageTrouble
from catalog.facts import Act, Decision
from catalog.markdown.checks import FIXABLE, Better, examine, mend
from catalog.markdown.contents import add_section
from catalog.markdown.edits import apply_edits, find_section, move, patched, readable, remove, star
from catalog.markdown.entry import Entry
from catalog.markdown.findings import Edit, Finding, called, key_of
from catalog.markdown.listfile import ListFile, find_listed, listed_keys, parse
from catalog.markdown.repairs import moved_edits, retitled, with_venue, without_extra
from catalog.markdown.spans import Span
from catalog.paper import Paper, Work, bare_key, is_paper_key, paper_key
from catalog.report import Report
from catalog.store.lock import LOCK_TIMEOUT_S
from config.form import READ_ONLY, Form
from output.forms import refuse_read_only
from output.forms.templated import changed_in_form
from output.list_writer import IntentKind, ListTarget, recover, write, write_list
from pipelines.watch.items import Linked, WatchItem, linked
from pipelines.watch.stage import Watched, watched
from pipelines.workspace import Workspace, has_config, read, user_name

if TYPE_CHECKING:
    from catalog.store import Store
    from config.rules import ListRules
    from pipelines.rules.ruleset import Ruleset

Change = Literal["move", "remove", "star"]
# A removed work should not be proposed again next week.
ACTS: dict[Change, Act] = {"move": "move", "remove": "reject", "star": "star"}

WATCH_FIXABLE = ("moved", "title", "dead", "venue")

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Edited:
    """A list file before and after an edit; ``by_hand`` names what was left for the user."""

    path: Path
    base: bytes
    new: bytes
    facts: Mapping[str, object]
    rules: "ListRules | None" = None
    by_hand: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list file during an edit; ``rules``, ``target`` and ``store`` if it is configured."""

    path: Path
    base: bytes
    rules: "ListRules | None" = None
    target: ListTarget | None = None
    store: "Store | None" = None

    def write(self, kind: IntentKind, new: bytes, decisions: tuple[Decision, ...] = ()) -> None:
        """Write the file; ``mend`` is final, `undo` reverts an ``edit``."""
        if new == self.base:
            return
        if self.target and self.store:
            write_list(self.store, self.target.intent(kind, self.base, new, decisions))
        else:
            write(self.path, new, self.base)

    def edited(
        self, new: bytes, facts: Mapping[str, object], by_hand: Sequence[str] = ()
    ) -> Edited:
        return Edited(self.path, self.base, new, facts, self.rules, tuple(by_hand))


def fix(
    workspace: Workspace, files: tuple[Path, ...], kind: str, notify: Notify
) -> Iterator[Edited]:
    """Fix one kind of finding in each file."""
    if kind not in FIXABLE:
        raise UsageTrouble(
            "--fix", f"{kind!r} cannot be fixed automatically", f"known: {', '.join(FIXABLE)}"
        )
    for path in workspace.list_files(files):
        with _opened(workspace, path, notify) as opened:
            new, mended = mend(opened.base, kind, name=str(path))
            opened.write("mend", new)
        yield opened.edited(new, {"name": kind, "fixed": len(mended)})


def section_add(
    workspace: Workspace, title: str, file: Path | None, notify: Notify, *, after: str | None
) -> Edited:
    """Add a heading and its line in the table of contents."""
    path = only_file(workspace.list_files((file,) if file else ()))
    with _opened(workspace, path, notify) as opened:
        new = add_section(opened.base, title, after=after, name=str(path))
        opened.write("mend", new)
    return opened.edited(new, {"added": title})


def edit(
    workspace: Workspace,
    change: Change,
    notify: Notify,
    *,
    what: str,
    file: Path | None,
    line: int | None,
    dry_run: bool,
    to: str = "",
) -> Edited:
    """Move, remove or star one entry; `undo` reverts it."""
    address = read_typed(what)
    if address is None:
        raise UsageTrouble(what[:200], why_no_address(what))
    path = only_file(workspace.list_files((file,) if file else ()))
    with _opened(workspace, path, notify) as opened:
        if opened.rules:
            refuse_read_only(opened.rules)
        parsed = readable(opened.base, str(path))
        entry = _entry(parsed, address, line, str(path))
        form = opened.rules.form if opened.rules else READ_ONLY
        new = _changed(opened.base, parsed, entry, change, to, str(path), form)
        if not dry_run:
            section = to if change == "move" else entry.section
            decisions = _decisions(opened.target, address, change, section, new)
            opened.write("edit", new, decisions)
    return opened.edited(new, {change: address.key, "title": entry.title, "dry_run": dry_run})


def only_file(paths: Sequence[Path]) -> Path:
    if len(paths) != 1:
        raise UsageTrouble("FILE", f"there are {len(paths)} lists", "name one, or use --list")
    return paths[0]


@contextmanager
def _opened(workspace: Workspace, path: Path, notify: Notify) -> Iterator[OpenList]:
    """Open a list file for an edit; no other command works on a configured list meanwhile."""
    rules = configured(workspace.lists, workspace.root, path)
    if rules is None:
        yield OpenList(path, _read_to_write(path))
        return
    report = Report("list", workspace.now)
    with workspace.lock("list", patience=LOCK_TIMEOUT_S):
        recover(workspace, report)
        for line in [*report.notes, *report.needs_person]:
            notify(line)
        target = ListTarget(rules.list, path.resolve(), user_name(), workspace.now)
        yield OpenList(path, _read_to_write(path), rules, target, workspace.store)


def configured(lists: Sequence["ListRules"], root: Path, path: Path) -> "ListRules | None":
    """The rules of a list file, if it is configured."""
    if str(path) == "-":
        return None
    return next((rules for rules in lists if (root / rules.file).resolve() == path.resolve()), None)


def _read_to_write(path: Path) -> bytes:
    if str(path) == "-":
        raise UsageTrouble("-", "standard input cannot be changed", "name a list file")
    return read(path)


def _entry(parsed: ListFile, address: Address, line: int | None, name: str) -> Entry:
    """The entry of an address; where it has several, the entry on that line."""
    key = identity(address.key)
    same = [entry for entry in parsed.entries if key_of(entry) == key]
    matches = [entry for entry in same if line in (None, entry.line)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        places = _places(matches)
        raise ListConflict(
            name,
            f"{address.typed} is listed {len(matches)} times: {places}",
            "choose one with --line N",
        )
    if same:
        raise ListConflict(
            name, f"{address.typed} is not on line {line}", f"it is on {_places(same)}"
        )
    place = find_listed(parsed, {address.key}).get(address.key)
    if place:
        matter = f"{address.typed} has no entry of its own; it is named on {place}"
        raise ListConflict(name, matter, "edit that entry by hand")
    raise ListConflict(name, f"{address.typed} is not in the list", "see `listkeeper list entries`")


def _places(entries: Iterable[Entry]) -> str:
    return ", ".join(
        f"line {entry.line}" + (f" ({entry.section})" if entry.section else "") for entry in entries
    )


def _changed(
    base: bytes, parsed: ListFile, entry: Entry, change: Change, to: str, name: str, form: Form
) -> bytes:
    if parsed.foreign:
        return changed_in_form(base, parsed, entry, change, to, form, name=name)
    if change == "remove":
        return remove(base, entry, name=name)
    if change == "star":
        return star(base, entry, name=name)
    section = find_section(parsed, to, name=name)
    already = any(span.kind == "entry" and span.line == entry.line for span in section.body)
    return base if already else move(base, entry, to, name=name)


def _decisions(
    target: ListTarget | None, address: Address, change: Change, section: str | None, new: bytes
) -> tuple[Decision, ...]:
    """The user's decision; none if the removed entry was one of two of the same work."""
    listed = identity(address.key) in map(identity, listed_keys(parse(new)))
    if target is None or (change == "remove" and listed):
        return ()
    reason = "taken out by hand" if change == "remove" else ""
    act = ACTS[change]
    return (Decision(target.list_name, address.key, act, target.user, target.at, section, reason),)


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
    Fix the findings of ``watch`` of one kind, file by file; `undo` reverts it.

    ``only`` names works and addresses; empty means all. ``by_hand`` of an edit names findings that
    could not be fixed without changing anything else.
    """
    if kind not in WATCH_FIXABLE:
        raise UsageTrouble(
            "--fix", f"{kind!r} cannot be fixed automatically", f"known: {', '.join(WATCH_FIXABLE)}"
        )
    keys = {_key(what) for what in only}
    if keys and not _items(watched(workspace.store, paths, workspace.now), kind, keys):
        matter = f"{kind!r} has nothing to fix for {', '.join(only)}"
        raise UsageTrouble("--only", matter, "see `listkeeper watch --no-look`")
    for path in paths:
        with _opened(workspace, path, notify) as opened:
            edits, left = _fixes(workspace.store, opened.base, path, kind, keys, workspace.now)
            new = apply_edits(opened.base, edits, name=str(path))
            if not dry_run:
                opened.write("edit", new)
        by_hand = [f"{path}:{item.line}: {item.what}: edit it by hand" for item in left]
        yield opened.edited(new, {"name": kind, "edits": len(edits), "dry_run": dry_run}, by_hand)


def with_new_addresses(store: "Store", base: bytes, path: Path, now: datetime) -> bytes:
    """A list file whose links point to where ``watch`` found that they have moved."""
    edits, _ = _fixes(store, base, path, "moved", (), now)
    return apply_edits(base, edits, name=str(path))


def _fixes(
    store: "Store", base: bytes, path: Path, kind: str, keys: Collection[str], now: datetime
) -> tuple[list[Edit], list[WatchItem]]:
    items = _items(watched(store, [path], now), kind, keys)
    return _edits(readable(base, str(path)), items)


def _key(what: str) -> str:
    address = read_typed(what)
    if address is None:
        raise UsageTrouble("--only", f"{what[:200]!r} {why_no_address(what)}")
    return identity(address.key)


def _items(files: Iterable[Watched], kind: str, keys: Collection[str]) -> list[WatchItem]:
    return [
        item
        for file in files
        for item in file.items
        if item.fix == kind and (not keys or identity(item.key) in keys)
    ]


def _edits(parsed: ListFile, items: Sequence[WatchItem]) -> tuple[list[Edit], list[WatchItem]]:
    """The edit of each entry, and the items that could not be fixed."""
    spans = {span.line: span for span in parsed.spans if span.kind == "entry"}
    links: dict[tuple[int, str], list[Linked]] = {}
    for link in linked(parsed):
        links.setdefault((link.line, link.address.key), []).append(link)
    mended: dict[int, bytes] = {}
    left = []
    for item in items:
        matches = links.get((item.line, item.key), [])
        line = matches[0].entry.line if matches else item.line
        before = mended.get(line, spans[line].raw)
        mended[line] = _mended(before, item, [link.address.typed for link in matches])
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


def examined(workspace: Workspace, path: Path, parsed: ListFile) -> list[Finding]:
    """The findings of a list file, by the stored papers and by the rules of the list."""
    ids = {paper_key(entry.arxiv_id) for entry in parsed.entries if entry.arxiv_id}
    # Reading must not create a store.
    works = workspace.store.works.get_many(ids) if workspace.has_store else {}
    lists = workspace.lists if has_config(workspace.config_dir) else ()
    rules = configured(lists, workspace.root, path)
    better = _better(workspace.rules, rules, works) if rules else None
    titles = {bare_key(key): work.title for key, work in works.items()}
    return examine(parsed, titles=titles, better=better)


def _better(ruleset: "Ruleset", rules: "ListRules", works: Mapping[str, Work]) -> Better:
    """Where the rules would put an entry that does not fit its own section."""
    judged = {section.name for section in rules.sections if any(section.words)}

    def better(entry: Entry) -> str | None:
        work = works.get(paper_key(entry.arxiv_id)) if entry.arxiv_id else None
        title = work.title if work else entry.title
        abstract = work.abstract if isinstance(work, Paper) else None
        explained = ruleset.explain(rules.list, title, abstract)
        fitting = {fit.name for fit in explained.fits if fit.fits}
        return explained.verdict.section if entry.section in judged - fitting else None

    return better


def listed_elsewhere(parsed: ListFile, path: str, seen: dict[str, str]) -> list[Finding]:
    """Papers that an earlier file has too; ``seen`` has their places and grows."""
    own: dict[str, Entry] = {}
    for entry in parsed.entries:
        if is_paper_key(key_of(entry)):
            own.setdefault(key_of(entry), entry)
    findings = [
        Finding(
            entry.line,
            f"{called(entry)} is also in {seen[key]}",
            name="duplicate-in-list",
            do="keep both if it belongs in both lists",
        )
        for key, entry in own.items()
        if key in seen
    ]
    for key, entry in own.items():
        seen.setdefault(key, f"{path}:{entry.line}")
    return findings
