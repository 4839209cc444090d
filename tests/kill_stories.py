"""
What is killed: each command that writes, in a folder where it has something to do.

The folders of ``CHEAP`` stories are made without a network, those of ``ASKING`` ones in a sandbox.
"""

import json
import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.address import read_typed
from catalog.facts import Fact, Verdict
from cli.options import make_workspace
from tests.fakes import found, paper
from tests.postgres import rows_of
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 12, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEEK = "2024-W46"
RULES = """\
list: Efficient LLM
file: lists/efficient-llm.md
sections:
  - name: Quantization
    says: [bits]
"""
POST = ("--section", "Inference", "--title", "On Inference")
LISTED = "2411.02355"
DEAD = "https://x.com/danielhanchen/status/1854992153992479165"
REMOTE = "remote.git"

# Columns that say when or how often, which a kill may change, and numbers of rows.
VOLATILE = {
    "id", "undoes", "times", "at", "made_at", "seen_at", "first_seen", "last_seen", "judged_at",
    "first_at", "last_at", "home", "change",
}  # fmt: skip
OF_SOURCE = {"streak", "reason", "word", "etag", "modified", "news"}
OF_DIGEST = ("made_at", "page", "sources", "fingerprint", "word")
TABLES = (
    "works", "sightings", "verdicts", "facts", "misses", "decisions", "digests", "begun_digests",
    "intents", "source_states", "days",
)  # fmt: skip
# Sources, the seal, the time of the ticks, and the day's word: a second run has less to say.
TOLD = re.compile(
    rb"^(<!-- (ticks as of|as written:) |- \*\*(OK|QUIET|STALE|BROKEN)\*\* |(Sources|- Others): "
    rb"|\*\*\w+\*\*, written)"
)


@dataclass(frozen=True)
class Story:
    """
    A command line in a copy of the folder ``base``; ``{root}`` stands for the copy.

    A command that does more each time it is called (``once``) is called again only where the kill
    came before its work: the next command, whatever it is, finishes what was begun.
    """

    name: str
    base: str
    line: tuple[str, ...]
    once: bool = False
    code: int = 0

    def arguments(self, root: Path) -> list[str]:
        return _line(self.line, root)


def _line(line: tuple[str, ...], root: Path) -> list[str]:
    told = [part.format(root=root) for part in line]
    if line[0] == "demo":
        return told
    return [*told, "--config", str(root / "config"), "--as-of", TUESDAY.isoformat(), "--quiet"]


def recovering(root: Path) -> list[str]:
    """A command that finishes what was begun and does nothing else: no box is ticked."""
    return _line(("list", "section", "add", "A", "--after", "B"), root)


CHEAP = (
    Story("apply", "ticked", ("apply", "{root}/digests/2024-W46.md")),
    Story("first add", "fresh", ("add", *POST, "https://example.com/post-9"), once=True),
    Story("add", "added", ("add", *POST, "https://example.com/post-9"), once=True),
    Story("undo", "added", ("undo",), once=True),
    Story("undo of apply", "applied", ("undo",), once=True),
    Story("first digest", "found", ("digest", "--html")),
    Story("digest", "candidates", ("digest",)),
    Story("digest of a further page", "ticked", ("digest",)),
    Story("classify", "unjudged", ("classify",)),
    Story("list move", "added", ("list", "move", LISTED, "--to", "Inference"), once=True),
    Story("list remove", "added", ("list", "remove", LISTED), once=True),
    Story("list star", "added", ("list", "star", LISTED), once=True),
    Story("section add", "added", ("list", "section", "add", "New Things"), once=True),
    Story("list fix", "damaged", ("list", "doctor", "--fix", "empty-item")),
    Story("review write", "picked", ("review write",)),
    Story("review undo", "written", ("review undo",), once=True),
    Story("review rules", "candidates", ("review rules",), once=True),
    Story("import", "backup", ("import", "{root}/backup.jsonl")),
    Story("export all", "applied", ("export", "all", "-o", "{root}/backup.jsonl")),
    Story("export papers", "applied", ("export", "papers", "-o", "{root}/papers.csv")),
    Story("export feeds", "applied", ("export", "feeds", "{root}/feeds")),
    Story("export candidates", "candidates", ("export", "candidates", "-o", "{root}/new.csv")),
    Story("export citations", "held", ("export", "citations", "-o", "{root}/counts.csv")),
    Story("held release", "held", ("citations", "show", "--held", "--release"), once=True),
    Story("held drop", "held", ("citations", "show", "--held", "--drop"), once=True),
    Story("watch ignore", "dead", ("watch", "--ignore", DEAD), once=True),
    Story("watch fix", "dead", ("watch", "--fix", "dead")),
    Story("state push", "cloned", ("state", "push")),
    Story("state pull", "pushed", ("state", "pull")),
    Story("init", "newcomer", ("init", "{root}/README.md")),
    Story(
        "rank train",
        "labels",
        ("rank", "train", "--positives", "{root}/good.jsonl", "--background", "{root}/rest.jsonl"),
    ),
)
ASKING = (
    Story("first run", "unfilled", ("run",)),
    Story("run", "monday", ("run",)),
    Story("discover", "monday", ("discover",)),
    Story("enrich", "discovered", ("enrich",)),
    Story("backfill", "unfilled", ("backfill", "--since", "2024-11-05", "--until", "2024-11-07")),
    Story("citations refresh", "listed", ("citations", "refresh", "--write")),
    Story("watch", "listed", ("watch",)),
)


def arrive(workspace: Workspace, numbers: tuple[str, ...], *, judged: bool = True) -> None:
    """New candidates, as a run would have found and judged them."""
    world = make_workspace(config=str(workspace.root / "config"), as_of=MONDAY.isoformat())
    (rules,) = world.lists
    fingerprint = world.rules.fingerprint(rules.list)
    with closing(world.store) as store:
        for number in numbers:
            work = paper(number, title=f"Fewer Bits {number}", announced=MONDAY.date())
            store.works.save([found(work)])
            if judged:
                verdict = Verdict("Quantization", 0.8, fingerprint=fingerprint)
                store.verdicts.save(rules.list, [(work, verdict)], MONDAY)


class CheapFolders(dict[str, Workspace]):
    """The folders that need no network, by name; each is made when it is first asked for."""

    def __init__(self, room: Path) -> None:
        super().__init__()
        self._room = room

    def __missing__(self, name: str) -> Workspace:
        of, furnish = BASES[name]
        made = self[of].copy(self._room / name) if of else Workspace(self._room / name)
        furnish(made)
        self[name] = made
        return made


def _fresh(made: Workspace) -> None:
    (made.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)


def _add(made: Workspace) -> None:
    for number in (1, 2):
        _done(made, ("add", *POST, f"https://example.com/post-{number}"))


def _first_page(made: Workspace) -> None:
    """A page with two candidates; two more have come since."""
    _done(made, ("digest", "--html"))
    arrive(made, ("2411.00003", "2411.00004"))


def _tick(made: Workspace) -> None:
    made.tick(1)
    made.tick(2, "reject, because:", reason=" off topic")


def _empty_item(made: Workspace) -> None:
    made.listed.write_text(made.listed.read_text().replace("\n- ", "\n- \n- ", 1))


def _back_up(made: Workspace) -> None:
    _done(made, ("export", "all", "-o", str(made.root / "backup.jsonl")))
    shutil.rmtree(made.root / ".listkeeper")


def _hold(made: Workspace) -> None:
    """Counts that fell to a third, and wait for a person."""
    _record(
        made,
        (
            Fact(f"arxiv:{number}", "citations", count, "semanticscholar", None, at, held=held)
            for number in FOUND
            for count, at, held in (("30", MONDAY, False), ("10", TUESDAY, True))
        ),
    )


def _die(made: Workspace) -> None:
    """A page that the list names is gone."""
    key = read_typed(DEAD).key
    _record(made, [Fact(key, "link", "gone HTTP 404", "web", DEAD, MONDAY)])


def _record(made: Workspace, facts: Iterable[Fact]) -> None:
    with closing(_world(made.root).store) as store:
        for fact in facts:
            store.facts.record(fact)


def _clone(made: Workspace) -> None:
    """A repository whose remote goes with it when the folder is copied."""
    _git(made.root, "init", "-q", "-b", "main")
    _git(made.root, "init", "-q", "--bare", REMOTE)
    _git(made.root, "remote", "add", "origin", f"./{REMOTE}")


def _push(made: Workspace) -> None:
    """The state is on the branch only."""
    _done(made, ("state", "push"))
    shutil.rmtree(made.root / ".listkeeper")


def _git(folder: Path, *line: str) -> str:
    command = ["git", "-C", str(folder), *line]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _bare(made: Workspace) -> None:
    """Only a list, as a newcomer has it."""
    shutil.copy(made.listed, made.root / "README.md")
    shutil.rmtree(made.root / "lists")
    for path in (made.root / "config").rglob("*.yaml"):
        path.unlink()


FOUND = ("2411.00001", "2411.00002")


def _done(workspace: Workspace, line: tuple[str, ...]) -> None:
    ended = workspace.run(*line, as_of=MONDAY)
    assert ended.code == 0, (line, ended)


def _pick(workspace: Workspace) -> None:
    from output.review.model import DecisionForm
    from output.review.session import ReviewSession

    session = ReviewSession(_world(workspace.root), "ada")
    for line in session.lines()[:2]:
        seen = session.focus(line.id).seen
        form = DecisionForm(line.id, "pick", line.section, "", None, starred=False, seen=seen)
        session.decide(form)


def _world(root: Path):
    return make_workspace(config=str(root / "config"), as_of=TUESDAY.isoformat(), quiet=True)


def write(root: Path) -> int:
    """The button *Write* of the review page."""
    from output.review.session import ReviewSession

    session = ReviewSession(_world(root), "ada")
    for plan in session.plans():
        session.apply(plan.token)
    return 0


def undo(root: Path) -> int:
    """The button *Undo* of the review page."""
    from output.review.session import ReviewSession

    session = ReviewSession(_world(root), "ada")
    if last := session.last_write():
        session.undo_write(last.token)
    return 0


def save_rule(root: Path) -> int:
    """The button *Save* of the page of rules."""
    from output.review.rules_trial import TriedWord
    from output.review.session import ReviewSession

    session = ReviewSession(_world(root), "ada")
    word = TriedWord("Efficient LLM", "Quantization", "says", "fewer", add=True)
    session.trial.save(word, session.trial.try_word(word).token)
    return 0


BUTTONS = {"review write": write, "review undo": undo, "review rules": save_rule}


def _label(root: Path) -> None:
    """Papers to learn from: sixty of the list, and as many others as are enough."""
    chance = random.Random(1)
    topics = {"good": ("quantization pruning caches", 60), "rest": ("poetry rivers birds", 550)}
    for place, (name, (words, number)) in enumerate(topics.items()):
        rows = [
            {
                "arxiv_id": f"2401.{10_000 * place + n:05}",
                "title": " ".join([*chance.choices(words.split(), k=2), f"word{n % 30}"]),
                "abstract": None,
            }
            for n in range(number)
        ]
        (root / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))


# Each folder: the one that it is a copy of, and what is done in it.
BASES: dict[str, tuple[str, Callable[[Workspace], object]]] = {
    "fresh": ("", _fresh),
    "added": ("fresh", _add),
    "unjudged": ("fresh", lambda made: arrive(made, FOUND, judged=False)),
    "found": ("fresh", lambda made: arrive(made, FOUND)),
    "candidates": ("found", _first_page),
    "ticked": ("candidates", _tick),
    "applied": ("ticked", lambda made: _done(made, ("apply", str(made.page())))),
    "damaged": ("fresh", _empty_item),
    "picked": ("candidates", _pick),
    "written": ("picked", lambda made: write(made.root)),
    "backup": ("applied", _back_up),
    "labels": ("fresh", lambda made: _label(made.root)),
    "newcomer": ("fresh", _bare),
    "held": ("found", _hold),
    "dead": ("fresh", _die),
    "cloned": ("applied", _clone),
    "pushed": ("cloned", _push),
}


def asking_folders(room: Path, outside) -> dict[str, Workspace]:
    """The folders whose commands ask the sandbox; its clock is at Tuesday in the end."""
    outside.set_clock(MONDAY)
    unfilled = Workspace(room / "unfilled", outside.environment())
    monday = unfilled.copy(room / "monday")
    assert monday.run("run", as_of=MONDAY).code in (0, 75)
    outside.set_clock(TUESDAY)
    discovered = monday.copy(room / "discovered")
    for stage in ("discover", "classify"):
        assert discovered.run(stage, as_of=TUESDAY).code in (0, 75)
    return {
        "unfilled": unfilled,
        "monday": monday,
        "discovered": discovered,
        "listed": unfilled.copy(room / "listed"),
    }


def state(root: Path, url: str = "") -> dict[str, object]:
    """All that people and the next command see, without what a kill may change."""
    seen: dict[str, object] = dict(_files(root))
    if (root / REMOTE).exists():
        # A branch is a tree of files; its commit has the time of our clock.
        every = _git(root / REMOTE, "for-each-ref", "--format=%(refname) %(tree)")
        seen[REMOTE] = every.splitlines()
    if url:
        return seen | {table: sorted(_plain_rows(*_read(url, table))) for table in TABLES}
    path = root / ".listkeeper" / "listkeeper.db"
    if path.exists():
        with closing(sqlite3.connect(path)) as store:
            store.row_factory = sqlite3.Row
            for table in TABLES:
                rows = map(dict, store.execute(f"SELECT * FROM {table}"))
                seen[table] = sorted(_plain_rows(table, rows))
            seen["check"] = store.execute("PRAGMA integrity_check").fetchone()[0]
    return seen


def _files(root: Path) -> Iterator[tuple[str, object]]:
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if {"pace", ".git", REMOTE} & {*path.parts} or path.is_dir():
            continue
        if ".listkeeper-tmp" in name or ".conflict" in name:
            yield f"left: {re.sub(r'[.][0-9]+[.]listkeeper', '.N.listkeeper', name)}", True
        elif ".listkeeper" not in path.parts or "order" in path.parts:
            yield name, _content(path)


def _content(path: Path) -> object:
    data = path.read_bytes()
    if path.parent.name != "digests":
        return data
    if path.suffix == ".json":
        body = json.loads(data)
        return [body.pop(name, None) for name in OF_DIGEST] and json.dumps(body, sort_keys=True)
    if path.suffix == ".html":
        return path.name
    return [line for line in data.split(b"\n") if not TOLD.match(line)]


def _read(url: str, table: str) -> tuple[str, list[dict[str, object]]]:
    """A table of PostgreSQL; a database that no command has used yet has none."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    if (table,) not in rows_of(url, names):
        return table, []
    columns = rows_of(
        url,
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_name = '{table}' ORDER BY ordinal_position",
    )
    rows = rows_of(url, f"SELECT * FROM {table}")
    return table, [dict(zip((name for (name,) in columns), row, strict=True)) for row in rows]


def _plain_rows(table: str, rows: Iterable[dict[str, object]]) -> Iterator[str]:
    left_out = VOLATILE | (OF_SOURCE if table == "source_states" else set())
    for row in rows:
        values = {name: row[name] for name in row if name not in left_out}
        if values.get("state") == "dropped":
            continue
        if table == "days":
            values.pop("found")
        if table == "digests":
            body = _parsed(values["body"])
            values["body"] = [body.pop(name, None) for name in OF_DIGEST] and body
        if table == "intents":
            values["path"] = Path(values["path"]).name
            values["decisions"] = [{**one, "at": None} for one in _parsed(values["decisions"])]
        yield json.dumps(values, sort_keys=True, default=repr)


def _parsed(value: object) -> object:
    """SQLite gives JSON as text, PostgreSQL's driver as what it means."""
    return json.loads(value) if isinstance(value, str) else value


def differences(expected: dict[str, object], seen: dict[str, object]) -> list[str]:
    """What is not as in the undisturbed folder, in words."""
    return [
        f"{name}: {_short(expected.get(name), seen.get(name))}"
        for name in sorted(expected.keys() | seen.keys())
        if expected.get(name) != seen.get(name)
    ]


def _short(before: object, after: object) -> str:
    if isinstance(before, list) and isinstance(after, list):
        gone = [one for one in before if one not in after]
        come = [one for one in after if one not in before]
        counts = f"{len(before)} became {len(after)}"
        return f"{counts}; gone {str(gone)[:200]}; come {str(come)[:200]}"
    return f"{str(before)[:80]} became {str(after)[:80]}"
