"""
Changes a real export in one place, imports it, and runs what reads the store.

    python -m benchmarks.mutated_exports [--examples 200] [--seed 1]

An import refuses the whole file, and names line and field, or takes all of it in; then no command
may end as a bug (exit code 3), and `export all` gives a file that can be imported again. Ends with
1 where one did not.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from catalog.store import Store
from tests.fakes import LIST, citations, decision, found, paper
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
TITLES = (
    "Post-Training Quantization of Large Language Models",
    "KV Cache Compression for Large Language Models",
    "Structured Pruning of Large Language Models",
    "Speculative Decoding of Large Language Models",
)
FACTS = (
    ("citations", "12"), ("upvotes", "3"), ("stars", "40"), ("code", "a/quantizer"),
    ("venue", "ICML 2025"), ("withdrawn", "withdrawn by the authors"), ("paper", "2411.00002"),
    ("repository", "moved b/quantizer"), ("link", "gone HTTP 404"), ("dropped", "7"),
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1.5, 10**30, "", "many", "-5", "1e9", "\u0663", "x" * 3000, "\0", "\n", [],
    [[]], {}, {"a": 1}, "2024-11-12", "2024-11-12T06:47:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "arxiv:", "arxiv:2411.1", "arxiv:9999.99999v1", "link:",
    "link:javascript:alert(1)", "link:https://", "link:https://[", "../../x", "2024-W99", "undo",
    "accept", "star", "pick", "later", "no act", "paper", "AAAA", "%%%", "a/b", "Quantization",
    "https://x.org/" + "y" * 100_000, "\ud83d\ude00", "2199-01-01T00:00:00+00:00",
)  # fmt: skip
COMMANDS = (
    ("status",),
    ("classify",),
    ("digest", "--size", "3"),
    ("apply",),
    ("rank", "train"),
    ("citations", "show"),
    ("rules", "eval"),
    ("undo",),
    ("export", "all"),
    ("export", "candidates"),
    ("export", "citations"),
    ("export", "papers"),
    ("export", "feeds", "feeds"),
)


@dataclass
class Told:
    """How the imports ended, and everything that was not right."""

    ends: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def lived_in(folder: Path) -> tuple[Workspace, list[str]]:
    """A workspace with works, a digest, decisions and facts; and the lines of its export."""
    workspace = Workspace(folder)
    works = [found(paper(f"2411.0000{n}", title)) for n, title in enumerate(TITLES, 1)]
    with closing(Store(folder / ".listkeeper" / "listkeeper.db")) as store:
        store.works.save(works)
        for number, (kind, value) in enumerate(FACTS):
            key = works[number % len(works)].work.key
            fact = citations(0, key=key)
            store.facts.record(type(fact)(key, kind, value, "somebody", fact.url, MONDAY))
    workspace.run("classify", as_of=MONDAY)
    workspace.run("digest", as_of=MONDAY)
    with closing(Store(folder / ".listkeeper" / "listkeeper.db")) as store:
        for act in ("reject", "later", "accept", "undo", "pick"):
            section = "Quantization" if act in ("accept", "pick") else None
            store.decisions.add([decision(act, key=works[2].work.key, at=MONDAY, section=section)])
        assert store.digests.get(LIST, "2024-W46")
    backup = folder / "backup.jsonl"
    workspace.run("export", "all", "-o", str(backup))
    return workspace, backup.read_text().splitlines()


def mutated(lines: list[str], choose: random.Random) -> tuple[list[str], int, str]:
    """The lines with one of them changed in one place; its number, and what was changed."""
    number = choose.randrange(len(lines))
    record = json.loads(lines[number])
    where = choose.choice(list(_places(record)))
    value, spot = choose.choice(VALUES), record
    for step in where[:-1]:
        spot = spot[step]
    if choose.random() < 0.15:
        del spot[where[-1]]
        value = "(nothing)"
    else:
        spot[where[-1]] = value
    changed = [*lines]
    changed[number] = json.dumps(record)
    return changed, number + 1, f"{'.'.join(map(str, where))} = {value!r:.60}"


def _places(value: object, before: tuple = ()) -> Iterator[tuple]:
    """The way to each value inside a record."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in pairs:
        yield (*before, name)
        if isinstance(inner, dict | list) and inner:
            yield from _places(inner, (*before, name))


def play(examples: int, seed: int, folder: Path) -> Told:
    """Import so many changed files, each into a store without what the export holds."""
    choose, told = random.Random(seed), Told()
    workspace, lines = lived_in(folder / "lived-in")
    for example in range(examples):
        changed, number, what = mutated(lines, choose)
        target = _empty(workspace, folder / str(example))
        backup = target.root / "changed.jsonl"
        backup.write_text("\n".join(changed) + "\n")
        ended = target.run("import", str(backup), as_of=MONDAY)
        told.ends[ended.code] += 1
        if ended.code == 0:
            told.wrong += [f"{what}: {it}" for it in _read_all(target)]
        elif ended.code != 2 or f"changed.jsonl:{number}" not in ended.err or _holds(target):
            told.wrong.append(f"{what}: {ended.code} {ended.err[-200:]!r}")
    return told


def _empty(workspace: Workspace, folder: Path) -> Workspace:
    """A copy with the works only."""
    copy = workspace.copy(folder)
    with closing(Store(folder / ".listkeeper" / "listkeeper.db")) as store:
        works = [found(work) for work in store.works.all()]
    for file in (folder / ".listkeeper").glob("listkeeper.db*"):
        file.unlink()
    with closing(Store(folder / ".listkeeper" / "listkeeper.db")) as store:
        store.works.save(works)
    return copy


def _holds(workspace: Workspace) -> list[dict]:
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        return list(store.backup.export())


def _read_all(workspace: Workspace) -> Iterator[str]:
    for command in COMMANDS:
        ended = workspace.run(*command, as_of=MONDAY)
        if ended.code == 3:
            yield f"{' '.join(command)}: {ended.err[-300:]}"
    again = workspace.root / "again.jsonl"
    workspace.run("export", "all", "-o", str(again))
    ended = workspace.run("import", str(again), as_of=MONDAY)
    if ended.code or "0 records imported" not in ended.out:
        yield f"its own export: {ended.code} {ended.out[-100:]} {ended.err[-200:]}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        result = play(given.examples, given.seed, Path(place))
    print(f"imports by exit code: {dict(result.ends)}; wrong: {len(result.wrong)}")
    print(*result.wrong, sep="\n")
    sys.exit(1 if result.wrong else 0)
