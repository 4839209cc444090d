"""
How fast the repository grows by the state branch of daily runs, before git packs it.

    python -m benchmarks.state_growth [--weeks 8] [--works 10]

Six runs a week; each finds so many candidates with an abstract of usual length, writes the week's
digest, and pushes the state to a bare repository. Each week half of the digest is decided.
"""

import argparse
import random
import subprocess
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from benchmarks.weeks import MONDAY, RULES, SECTIONS, newest
from catalog.facts import Decision, Verdict
from cli.options import make_workspace
from tests.fakes import found, paper
from tests.publish.hosted import commit, git
from tests.workspace import Workspace

RUNS_A_WEEK = 6
# Characters of an abstract, and the words that it is made of.
ABSTRACT_CHARS, VOCABULARY = 1_300, 6_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--works", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        workspace, bare = prepared(Path(folder))
        chance = random.Random(7)
        words = ["".join(chance.choices("etaoinshrdlucmf", k=chance.randint(3, 11)))
                 for _ in range(VOCABULARY)]  # fmt: skip
        for week in range(given.weeks):
            for day in range(RUNS_A_WEEK):
                at = MONDAY + timedelta(weeks=week, days=day)
                live(workspace, chance, words, at, given.works)
            decide(workspace, at)
            if week % 4 == 3 or week == given.weeks - 1:
                print(
                    f"{week + 1} weeks: {size(bare) / 1e6:.1f} MB before gc,"
                    f" {time.process_time() - start:.0f} s",
                    flush=True,
                )
        git(bare, "gc", "-q")
        print(f"{size(bare) / 1e6:.1f} MB after gc")


def prepared(folder):
    """A list in a clone of a bare repository."""
    workspace, bare = Workspace(folder / "list"), folder / "bare.git"
    (workspace.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    (workspace.root / ".gitignore").write_text(".listkeeper/\ndigests/\n")
    git(workspace.root, "init", "-q", "-b", "main")
    commit(workspace.root, "A list")
    git(folder, "clone", "-q", "--bare", str(workspace.root), str(bare))
    git(workspace.root, "remote", "add", "origin", str(bare))
    return workspace, bare


def live(workspace, chance, words, at, count):
    """A run: new candidates, the digest, the push."""
    world = make_workspace(config=str(workspace.root / "config"), as_of=at.isoformat())
    (rules,) = world.lists
    fingerprint = world.rules.fingerprint(rules.list)
    with closing(world.store) as store:
        for n in range(count):
            (section,) = chance.choices([*SECTIONS], [*SECTIONS.values()])
            title = f"{section} of {' '.join(chance.choices(words, k=8))}"
            abstract = " ".join(chance.choices(words, weights=range(len(words), 0, -1), k=200))
            number = at.timetuple().tm_yday * 20 + n
            work = paper(f"{at:%y%m}.{number:05}", title, abstract=abstract[:ABSTRACT_CHARS],
                         announced=at.date(), published=at)  # fmt: skip
            store.works.save([found(work, seen_at=at, announced=at.date())])
            verdict = Verdict(section, 0.6 + 0.4 * chance.random(), fingerprint=fingerprint)
            store.verdicts.save(rules.list, [(work, verdict)], at)
    for command in (("digest",), ("state", "push")):
        ended = workspace.run(*command, as_of=at)
        assert ended.code == 0, ended


def decide(workspace, at):
    """Half of the week's digest is decided."""
    year, week, _ = at.isocalendar()
    digest = newest(workspace, f"{year}-W{week:02}")
    world = make_workspace(config=str(workspace.root / "config"), as_of=at.isoformat())
    with closing(world.store) as store:
        store.decisions.add([
            Decision("Efficient LLM", one.key, "reject", "ann", at, digest=digest.name)
            for one in digest.candidates[::2]
        ])  # fmt: skip


def size(bare):
    line = ["git", "-C", str(bare), "count-objects", "-v"]
    counted = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    sizes = dict(line.split(": ") for line in counted.splitlines())
    return (int(sizes["size"]) + int(sizes["size-pack"])) * 1024


if __name__ == "__main__":
    main()
