"""``listkeeper list doctor`` and ``list section add``: what to mend in a list, and new headings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import orjson

from catalog.errors import UsageTrouble
from catalog.markdown.checks import FIXABLE, Better, examine, mend
from catalog.markdown.contents import add_section
from catalog.markdown.entry import Entry
from catalog.markdown.findings import Finding, called, key_of
from catalog.markdown.listfile import ListFile, parse
from catalog.paper import Paper, Work
from cli.lists import files_or_configured, read
from output.escape import terminal

if TYPE_CHECKING:
    from cli.world import World
    from config.rules import ListRules


# How long to wait for a run that is writing (seconds).
PATIENCE = 5.0


def doctor(world: "World", files: tuple[Path, ...], *, as_json: bool) -> int:
    """Print all findings; 1 where there is an error."""
    bad = False
    seen: dict[str, str] = {}
    for path in files_or_configured(world, files):
        parsed = parse(read(path))
        found = [*_examined(world, path, parsed), *_in_others(parsed, str(path), seen)]
        for finding in sorted(found, key=lambda one: one.line):
            bad = bad or finding.error
            _show(path, finding, as_json=as_json)
    return 1 if bad else 0


def fix(world: "World", files: tuple[Path, ...], kind: str, *, as_json: bool) -> int:
    """Mend one kind of finding, and print what was changed."""
    if kind not in FIXABLE:
        raise UsageTrouble(
            "--fix", f"{kind!r} cannot be mended by itself", f"it can mend: {', '.join(FIXABLE)}"
        )
    for path in files_or_configured(world, files):
        _fix_one(world, path, kind, as_json=as_json)
    return 0


def section_add(
    world: "World", title: str, file: Path | None, *, after: str | None, as_json: bool
) -> int:
    """Add a heading, and its line in the table of contents."""
    paths = files_or_configured(world, (file,) if file else ())
    if len(paths) != 1:
        raise UsageTrouble("FILE", f"there are {len(paths)} lists", "name one of them")
    path = paths[0]
    rules = configured(world, path)
    with alone(world, rules):
        base = read_to_write(path)
        new = add_section(base, title, after=after, name=str(path))
        write_mended(world, rules, path, base, new)
    say(path, base, new, {"added": title}, as_json=as_json)
    if rules and not as_json:
        click.echo(f"rules for it are a new item under sections: in {rules.path}")
    return 0


def _in_others(parsed: ListFile, path: str, seen: dict[str, str]) -> list[Finding]:
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


def _examined(world: "World", path: Path, parsed: ListFile) -> list[Finding]:
    known = _known(world, {f"arxiv:{one.arxiv_id}" for one in parsed.entries if one.arxiv_id})
    rules = configured(world, path)
    better = _better(world, rules, known) if rules else None
    titles = {key.partition(":")[2]: work.title for key, work in known.items()}
    return examine(parsed, titles=titles, better=better)


def _known(world: "World", keys: set[str]) -> Mapping[str, Work]:
    """What the store knows of these; looking makes no store where there is none."""
    if not (world.state / "listkeeper.db").is_file():
        return {}
    return world.store.works.get_many(keys)


def _better(world: "World", rules: "ListRules", known: Mapping[str, Work]) -> Better:
    """Where the rules would put an entry, if its own section does not fit it."""
    judged = {section.name for section in rules.sections if any(section.words)}

    def better(entry: Entry) -> str | None:
        work = known.get(f"arxiv:{entry.arxiv_id}")
        title = work.title if work else entry.title
        abstract = work.abstract if isinstance(work, Paper) else None
        one = world.rules.explain(rules.list, title, abstract)
        fitting = {fit.name for fit in one.fits if fit.fits}
        return one.verdict.section if entry.section in judged - fitting else None

    return better


def configured(world: "World", path: Path) -> "ListRules | None":
    """The rules of the list that this file is, if it is one."""
    if str(path) == "-":
        return None
    same = (one for one in world.lists if (world.root / one.file).resolve() == path.resolve())
    return next(same, None)


def _show(path: Path, finding: Finding, *, as_json: bool) -> None:
    level = "error" if finding.error else "note"
    if as_json:
        row = {"file": str(path), "line": finding.line, "name": finding.name, "level": level}
        row |= {"what": finding.what, "fixable": bool(finding.edits)}
        click.echo(orjson.dumps(row))
        return
    do = finding.do + (f" (--fix {finding.name})" if finding.edits else "")
    text = terminal(f"{finding.name}: {finding.what}; {do}")
    click.echo(f"{path}:{finding.line}: {level}: {text}")


def _fix_one(world: "World", path: Path, kind: str, *, as_json: bool) -> None:
    rules = configured(world, path)
    with alone(world, rules):
        base = read_to_write(path)
        new, mended = mend(base, kind, name=str(path))
        write_mended(world, rules, path, base, new)
    say(path, base, new, {"name": kind, "fixed": len(mended)}, as_json=as_json)


@contextmanager
def alone(world: "World", rules: "ListRules | None") -> Iterator[None]:
    """A list that is configured is written while no other command works on it."""
    if rules is None:
        yield
        return
    from cli.lock import lock
    from cli.report import Report
    from cli.writing import recover

    report = Report("list", world.now)
    with lock(world.state, "list", patience=PATIENCE):
        recover(world, report)
        for line in [*report.notes, *report.needs_person]:
            click.echo(terminal(line), err=True)
        yield


def read_to_write(path: Path) -> bytes:
    if str(path) == "-":
        raise UsageTrouble("-", "standard input cannot be changed", "name a list file")
    return read(path)


def write_mended(
    world: "World",
    rules: "ListRules | None",
    path: Path,
    base: bytes,
    new: bytes,
    kind: Literal["mend", "edit"] = "mend",
) -> None:
    """Bytes only: no decision. A repair stays, an edit is what `undo` takes back."""
    from catalog.store.intents import Intent
    from cli.writing import write_list
    from output.list_writer import write

    if new == base:
        return
    if rules is None:
        write(path, new, base)
        return
    write_list(world, Intent(kind, rules.list, str(path.resolve()), base, new, (), world.now))


def say(path: Path, base: bytes, new: bytes, facts: dict[str, object], *, as_json: bool) -> None:
    from output.patch import patch

    change = patch(base, new, path.name)
    if as_json:
        click.echo(orjson.dumps({"file": str(path), **facts, "diff": change}))
        return
    click.echo(change or f"{path}: nothing to change\n", nl=False)
