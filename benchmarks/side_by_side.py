"""
Two commands at once: in one folder, and pushes of the state from two clones.

    python -m benchmarks.side_by_side [--rounds 3] [--pushes 20] [--seed 7] [--minutes 20]
        [--only NAME] [--no-pairs]

In each round two commands start in a copy of a folder, the second at a random moment of the first.
Whoever was told to try later is called again, and then lists, pages, exports and store have to be
those of one order of the two or of the other. For ``--pushes`` times two clones of a repository
each add a link and push their state at once, and so do two processes in one of them: in the end
both clones hold every decision once. It ends with status 1 where anything differs.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from pathlib import Path

from catalog.store import Store
from sandbox.process import running
from tests.crash_driver import CrashDriver
from tests.kill_stories import (
    ASKING,
    BUTTONS,
    LISTED,
    MONDAY,
    POST,
    Story,
    asking_folders,
    differences,
    state,
)
from tests.workspace import Workspace

LATER = 75
MAX_TRIES = 20
BASE = "decided"
WRITE = Story("review write", BASE, ("review write",))
# What starts at once with each that asks somebody; in a folder with ticks and something to undo.
OTHERS = (
    Story("apply", BASE, ("apply", "{root}/digests/2024-W46.md")),
    Story("add", BASE, ("add", *POST, "https://example.com/post-9")),
    Story("undo", BASE, ("undo",)),
    Story("digest", BASE, ("digest", "--html")),
    Story("classify", BASE, ("classify",)),
    Story("list move", BASE, ("list", "move", LISTED, "--to", "Inference")),
    Story("export all", BASE, ("export", "all", "-o", "{root}/backup.jsonl")),
    Story("export feeds", BASE, ("export", "feeds", "{root}/feeds")),
    WRITE,
    Story("review undo", BASE, ("review undo",)),
)


@dataclass
class Sides:
    """Runs two commands at once in copies of a folder; ``wrong`` says in words what differed."""

    drivers: Sequence[CrashDriver]
    base: Workspace
    room: Path
    chance: random.Random
    ends: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, story: Story, root: Path, side: int = 0) -> int:
        environment = {**self.base.outside, "LISTKEEPER_PACE": "0"}
        code = self.drivers[side].run(story.arguments(root), environment=environment)
        self.ends[story.name, code] += 1
        return code

    def compare(self, pair: tuple[Story, Story], rounds: int) -> None:
        """Play the pair one after the other in both orders, and then so often at once."""
        names = " beside ".join(story.name for story in pair)
        orders = (pair, pair[::-1]) if pair[0] != pair[1] else (pair,)
        right = [self._in_turn(order) for order in orders]
        for number in range(rounds):
            codes, seen = self._at_once(pair)
            if bugs := {code for code in codes if code not in (0, 1, LATER)}:
                self._note(f"{names}, round {number}: codes {sorted(bugs)}")
            found = min((differences(one, seen) for one in right), key=len)
            for line in found:
                self._note(f"{names}, round {number}: {line}")

    def _in_turn(self, pair: Sequence[Story]) -> dict[str, object]:
        root = self._copy()
        for story in pair:
            began = time.monotonic()
            self.run(story, root)
            self.seconds[story.name] = time.monotonic() - began
        return self._end(root, pair)

    def _at_once(self, pair: tuple[Story, Story]) -> tuple[list[int], dict[str, object]]:
        root = self._copy()
        after = self.chance.uniform(0, self.seconds[pair[0].name])

        def second() -> int:
            time.sleep(after)
            return self.run(pair[1], root, 1)

        with ThreadPoolExecutor(2) as pool:
            started = [pool.submit(self.run, pair[0], root), pool.submit(second)]
            codes = [one.result() for one in started]
        late = [story for story, code in zip(pair, codes, strict=True) if code == LATER]
        codes += [self.run(story, root) for story in late]
        return codes, self._end(root, pair)

    def _copy(self) -> Path:
        return self.base.copy(Path(tempfile.mkdtemp(dir=self.room)) / "folder").root

    def _end(self, root: Path, pair: Sequence[Story]) -> dict[str, object]:
        # A page that met a lock has not read the ticks; it does when it is looked at next.
        if any(story.name in BUTTONS for story in pair):
            self.run(WRITE, root)
        seen = state(root)
        shutil.rmtree(root.parent)
        return seen

    def _note(self, line: str) -> None:
        print(line, flush=True)
        self.wrong.append(line)


def decided(folders: dict[str, Workspace], room: Path) -> Workspace:
    """Tuesday morning: a page with ticks, a link that was added, and nothing read since Monday."""
    made = folders["monday"].copy(room / BASE)
    assert made.run("add", *POST, "https://example.com/post-1", as_of=MONDAY).code == 0
    made.tick(1)
    made.tick(2, "reject, because:", reason=" off topic")
    return made


@dataclass
class Clones:
    """Two clones of a repository that push their state at once."""

    drivers: Sequence[CrashDriver]
    roots: Sequence[Path]
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, drivers: Sequence[CrashDriver], made: Workspace) -> "Clones":
        remote, roots = made.root / "remote.git", [made.root / "here", made.root / "there"]
        _git(made.root, "init", "-q", "--bare", str(remote))
        for root in roots:
            shutil.copytree(made.root / "config", root / "config")
            shutil.copytree(made.root / "lists", root / "lists")
            _git(root, "init", "-q")
            _git(root, "remote", "add", "origin", str(remote))
        return cls(drivers, roots)

    def play(self, number: int) -> None:
        """Add a link in each clone, push from both at once, and look what both hold in the end."""
        for turn in range(number):
            for side, root in enumerate(self.roots):
                self._add(root, f"{turn}-{side}")
            # In two clones, and every third time in the same one.
            where = [self.roots[0]] * 2 if turn % 3 == 2 else self.roots
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(self._push, (0, 1), where))
        for root in (*self.roots, *self.roots):
            self._push(0, root)
        self._look(2 * number)

    def _add(self, root: Path, name: str) -> None:
        post = ("--section", "Inference", "--title", f"Post {name}")
        self._run(0, root, "add", *post, f"https://example.com/{name}")

    def _push(self, side: int, root: Path) -> None:
        self._run(side, root, "state", "push")

    def _run(self, side: int, root: Path, *words: str) -> None:
        line = Story("", "", words).arguments(root)
        for _ in range(MAX_TRIES):
            code = self.drivers[side].run(line)
            if code != LATER:
                break
        if code:
            self.wrong.append(f"{words[0]} in {root.name}: code {code}")

    def _look(self, number: int) -> None:
        for root in self.roots:
            with closing(Store(root / ".listkeeper" / "listkeeper.db")) as store:
                kept = Counter(one.work_key for one in store.decisions.all())
            if len(kept) != number or kept.total() != number:
                told = f"{kept.total()} decisions on {len(kept)} links"
                self.wrong.append(f"{root.name} has {told}, not {number} on as many")


def pushes(drivers: Sequence[CrashDriver], made: Workspace, number: int) -> list[str]:
    """Two clones push at once, so often; what is lost or doubled, in words."""
    clones = Clones.of(drivers, made)
    clones.play(number)
    remote = made.root / "remote.git"
    commits = _git(remote, "rev-list", "--count", "listkeeper-state").strip()
    told = f"{number} pushes at once, {commits} commits, {len(clones.wrong)} wrong"
    print(told, *clones.wrong, sep="\n", flush=True)
    return clones.wrong


def _git(folder: Path, *line: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *line], check=True, capture_output=True, text=True
    ).stdout


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--pushes", type=int, default=20)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--minutes", type=float, default=20, help="No pairs after that.")
    options.add_argument("--only", action="append", metavar="NAME", help="Pairs with one of these.")
    options.add_argument("--no-pairs", action="store_true")
    given = options.parse_args()
    end = time.monotonic() + given.minutes * 60
    with (
        tempfile.TemporaryDirectory(prefix="sides-") as name,
        ExitStack() as stack,
        running(now=MONDAY, profile={"invented": False}) as outside,
    ):
        drivers = [stack.enter_context(CrashDriver(crawls=True)) for _ in "ab"]
        room = Path(name)
        wrong = pushes(drivers, Workspace(room / "pushed"), given.pushes) if given.pushes else []
        if given.no_pairs:
            return 1 if wrong else 0
        base = decided(asking_folders(room, outside), room)
        sides = Sides(drivers, base, room, random.Random(given.seed))
        asking = [story for story in ASKING if story.name != "first run"]
        pairs = [*combinations_with_replacement(asking, 2)]
        pairs += [(one, other) for one in asking for other in OTHERS]
        if given.only:
            pairs = [pair for pair in pairs if {one.name for one in pair} & set(given.only)]
        sides.chance.shuffle(pairs)
        done = 0
        for pair in pairs:
            if time.monotonic() < end:
                sides.compare(pair, given.rounds)
                done += 1
    for (command, code), times in sorted(sides.ends.items()):
        print(f"{command}: {code} x {times}")
    print(f"{done} of {len(pairs)} pairs, {given.rounds} rounds each: {len(sides.wrong)} differ")
    return 1 if wrong or sides.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
