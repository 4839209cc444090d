"""
Kills every command that writes, and looks whether the next one ends as if nothing had happened.

    python -m benchmarks.kills [--kills 1000] [--seed 7] [--held 200]
        [--minutes 60] [--every N] [--no-steps] [--only NAME] [--signal KILL|INT|TERM|HUP]

Each command is killed before every write, flush, replacement and commit (``--no-steps``: not), then
at random moments until ``--kills`` of them were hit. After each kill the command is called again,
and lists, pages, exports and store have to be those of an undisturbed folder: nothing torn, lost or
twice, and no temporary file left. With ``--postgres`` each folder has a database on a server that
is started for that, and there are no held first starts. ``--held`` first starts are stopped at a
random moment while another process fills the store. It ends with status 1 where anything differs.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from catalog.store import Store
from cli.main import INTERRUPTED
from sandbox.process import running
from tests.crash_driver import NEVER, CrashDriver
from tests.fakes import decision
from tests.kill_stories import (
    ASKING,
    CHEAP,
    MONDAY,
    CheapFolders,
    Story,
    asking_folders,
    differences,
    recovering,
    state,
)
from tests.postgres import URL, cluster, drop_database, moved, new_database
from tests.workspace import Workspace

MAX_STEPS = 600
# Modules that a command loads late, and that take long.
SLOW = ("alembic.command", "pipelines.rank.training", "output.review.session")


@dataclass
class Undisturbed:
    """How a command ends when nobody kills it, and how long it takes in seconds."""

    code: int
    state: dict[str, object]
    seconds: float


@dataclass
class Kills:
    """Kills commands in copies of folders, and keeps what was not right."""

    driver: CrashDriver
    room: Path
    folders: dict[str, Workspace]
    sent: int = signal.SIGKILL
    hits: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    copies: int = 0
    # The socket's folder of a PostgreSQL server; the database of each folder there.
    server: str = ""
    urls: dict[Path, str] = field(default_factory=dict)
    _rights: dict[str, Undisturbed] = field(default_factory=dict)

    def undisturbed(self, story: Story) -> Undisturbed:
        if story.name not in self._rights:
            self._rights[story.name] = self._undisturbed(story)
        return self._rights[story.name]

    def _undisturbed(self, story: Story) -> Undisturbed:
        root = self.copy(story)
        began = time.monotonic()
        code = self.run(story, root, story.arguments(root))
        seconds = time.monotonic() - began
        # 1: what it tells needs a person, as dead links do.
        if code not in (0, 1, 75):
            self.wrong.append(f"{story.name}: undisturbed it ended with {code}")
            say(self.wrong[-1])
        if not differences(self.state(self.folders[story.base].root), self.state(root)):
            self.wrong.append(f"{story.name}: it has nothing to do in its folder")
            say(self.wrong[-1])
        return Undisturbed(code, self.state(root), seconds)

    def state(self, root: Path) -> dict[str, object]:
        return state(root, self.urls.get(root, ""))

    def copy(self, story: Story) -> Path:
        self.copies += 1
        base = self.folders[story.base]
        if self.server and base.root not in self.urls:
            self.urls[base.root] = new_database(self.server)
            file = base.root / ".listkeeper" / "listkeeper.db"
            if file.exists():
                moved(file, self.urls[base.root])
        root = base.copy(self.room / f"{self.copies}").root
        if self.server:
            self.urls[root] = new_database(self.server, like=self.urls[base.root])
        return root

    def run(
        self,
        story: Story,
        root: Path,
        line: list[str],
        n: int = NEVER,
        seconds: float | None = None,
    ) -> int:
        environment = {**self.folders[story.base].outside, "LISTKEEPER_PACE": "0"}
        environment |= {URL: self.urls[root]} if root in self.urls else {}
        return self.driver.run(line, n, environment, seconds=seconds, sent=self.sent)

    def kill(
        self, story: Story, right: Undisturbed, n: int = NEVER, seconds: float | None = None
    ) -> bool:
        """Kill a command, go on, and look; False where it ended before."""
        root = self.copy(story)
        code = self.run(story, root, story.arguments(root), n, seconds)
        hit = code in (-signal.SIGKILL, INTERRUPTED)
        # Whoever is asked to stop may have ended before, or ends at once; nobody ends as a bug.
        if not hit and code not in (right.code, 0):
            say(f"{story.name}, stopped at {n} or {seconds}: ended with {code}")
            self.wrong.append(f"{story.name}: code {code}")
        if hit:
            self.hits[story.name] += 1
            self._go_on(story, root, right)
            self._look(story, root, right, f"at step {n}" if n != NEVER else f"at {seconds:.4f} s")
        shutil.rmtree(root)
        if root in self.urls:
            drop_database(self.urls.pop(root))
        return hit

    def _go_on(self, story: Story, root: Path, right: Undisturbed) -> None:
        if story.once:
            self.run(story, root, recovering(root))
            if not differences(right.state, self.state(root)):
                return
        self.run(story, root, story.arguments(root))

    def _look(self, story: Story, root: Path, right: Undisturbed, when: str) -> None:
        found = differences(right.state, self.state(root))
        for line in found:
            say(f"{story.name}, killed {when}: {line}")
        self.wrong += found


def at_every_step(kills: Kills, stories: Sequence[Story], every: int, end: float) -> None:
    for story in stories:
        right, step = kills.undisturbed(story), 1
        while step < MAX_STEPS and time.monotonic() < end and kills.kill(story, right, step):
            step += every
        which = "each step" if every == 1 else f"every {every}th step"
        say(f"{story.name}: killed at {which} before {step}, {len(kills.wrong)} differ")


def at_random(
    kills: Kills, stories: Sequence[Story], number: int, end: float, chance: random.Random
) -> None:
    rights = {story.name: kills.undisturbed(story) for story in stories}
    # What takes half as long is killed twice as often.
    weights = [1 / rights[story.name].seconds for story in stories]
    done, round_of_all = 0, chance.sample(stories, len(stories))
    while done < number and time.monotonic() < end:
        # Each command once, whatever chance says.
        story = round_of_all.pop() if round_of_all else chance.choices(stories, weights)[0]
        right = rights[story.name]
        if kills.kill(story, right, seconds=chance.uniform(0, right.seconds)):
            done += 1
            if done % 50 == 0 or done == number:
                say(f"{done} kills at random moments, {len(kills.wrong)} differ")


def held_first_starts(room: Path, number: int, chance: random.Random) -> list[str]:
    """First starts that stop at a random moment while another process fills the store."""
    wrong = []
    began = time.monotonic()
    Store(room / "measured" / "listkeeper.db").close()
    whole = time.monotonic() - began
    for one in range(number):
        path = room / f"held-{one}" / "listkeeper.db"
        child = os.fork()
        if child == 0:
            Store(path).close()
            os._exit(0)
        time.sleep(chance.uniform(0, whole))
        os.kill(child, signal.SIGSTOP)
        # A process that stops while it creates may hold nothing that others wait for.
        with closing(Store(path)) as store:
            store.decisions.add([decision()])
        os.kill(child, signal.SIGCONT)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with closing(Store(path)) as store:
            kept = len(store.decisions.all())
        files = sorted(file.name for file in path.parent.iterdir())
        if (code, kept, files) != (0, 1, ["listkeeper.db"]):
            wrong.append(f"held first start {one}: code {code}, {kept} decisions, {files}")
            say(wrong[-1])
        shutil.rmtree(path.parent)
    say(f"{number} first starts with a held process, {len(wrong)} differ")
    return wrong


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--held", type=int, default=50)
    options.add_argument("--minutes", type=float, default=10, help="No kills after that.")
    options.add_argument("--every", type=int, default=1, metavar="N", help="Every N-th step only.")
    options.add_argument("--no-steps", action="store_true")
    options.add_argument("--signal", default="KILL", choices=("KILL", "INT", "TERM", "HUP"))
    options.add_argument("--only", action="append", metavar="NAME")
    options.add_argument("--postgres", action="store_true", help="Stores on a server of its own.")
    given = options.parse_args()
    chance = random.Random(given.seed)
    stories = [one for one in (*CHEAP, *ASKING) if not given.only or one.name in given.only]
    began = time.monotonic()
    end = began + given.minutes * 60
    with (
        tempfile.TemporaryDirectory(prefix="kills-") as name,
        CrashDriver(*SLOW, crawls=True) as driver,
        cluster() if given.postgres else nullcontext("") as server,
    ):
        room = Path(name)
        wrong = [] if given.postgres else held_first_starts(room, given.held, chance)
        folders = CheapFolders(room)
        with running(now=MONDAY, profile={"invented": False}) as outside:
            if any(story in ASKING for story in stories):
                folders |= asking_folders(room, outside)
            by = signal.Signals[f"SIG{given.signal}"]
            kills = Kills(driver, room, folders, by, server=server)
            if not given.no_steps:
                at_every_step(kills, stories, given.every, end)
            at_random(kills, stories, given.kills, end, chance)
    wrong += kills.wrong
    minutes = (time.monotonic() - began) / 60
    total = f"{kills.hits.total()} kills of {len(stories)} commands"
    say(f"{total} in {minutes:.1f} min, seed {given.seed}")
    say(", ".join(f"{name} {hits}" for name, hits in sorted(kills.hits.items())))
    say(f"{len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
