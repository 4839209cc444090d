"""
Runs here, decisions there: two processes with a folder each share one PostgreSQL database.

    python -m benchmarks.two_machines [--rounds 100] [--works 6] [--seed 7]

In each round one machine stores new candidates, then both decide at once on all of them, each in an
order of its own, and one writes what was accepted. Every decision that was confirmed has to be
there, once; every work that the list took has to be accepted once. It starts a server in a
temporary folder, and ends with status 1 where anything is lost or doubled.
"""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from catalog.rows.runs import Run
from catalog.store import Store
from config.secret import Secret
from tests.kill_stories import RULES, TUESDAY, arrive
from tests.postgres import SAFE, URL, cluster, new_database
from tests.workspace import Workspace

PEOPLE = ("ada", "bob")
ACTS = ("pick", "reject", "later")
# Candidates of a week that the page shows: all that ever come.
SIZE = 500


@dataclass
class Outcome:
    """What happened in all rounds; ``wrong`` says in words what was lost or doubled."""

    confirmed: int = 0
    clashes: int = 0
    accepted: int = 0
    wrong: list[str] = field(default_factory=list)


def machine(root: str, url: str, name: str, asked: Connection) -> None:
    """One machine: it decides and writes as it is asked, until it is asked for nothing."""
    os.environ[URL] = url
    from cli.options import make_workspace
    from output.review.errors import ReviewTrouble
    from output.review.model import Clash, DecisionForm
    from output.review.session import ReviewSession

    config = str(Path(root) / "config")
    session = ReviewSession(make_workspace(config=config, as_of=TUESDAY.isoformat()), name, SIZE)

    forms: list[DecisionForm] = []

    def look(plan: list[tuple[str, str]]) -> str:
        """Open the page of each work; what the other decides from now on it doesn't show."""
        lines = {line.title: line for line in session.lines()}
        forms.clear()
        for title, act in plan:
            focus = session.focus(lines[title].id)
            section, seen = focus.line.section, focus.seen
            form = DecisionForm(focus.line.id, act, section, "", None, starred=False, seen=seen)
            forms.append(form)
        return "looked"

    def decide(form: DecisionForm) -> str:
        try:
            return "clash" if isinstance(session.decide(form), Clash) else "stored"
        except ReviewTrouble:
            return "refused"

    def write() -> str:
        for plan in session.plans():
            session.apply(plan.token)
        return "written"

    asked.send("ready")
    while todo := asked.recv():
        if todo == "write":
            asked.send(write())
        elif todo == "decide":
            asked.send([decide(form) for form in forms])
        else:
            asked.send(look(todo))


def play(room: Path, url: str, rounds: int, works: int, chance: random.Random) -> Outcome:
    """Play the rounds; both machines begin with the same list."""
    here, there = (Workspace(room / name, {URL: url}) for name in ("here", "there"))
    for one in (here, there):
        (one.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    os.environ[URL] = url
    try:
        arrive(here, ("2411.00001",))
        ends = [
            _start(one.root, url, name) for one, name in zip((here, there), PEOPLE, strict=True)
        ]
        outcome, told = Outcome(), Counter()
        for number in range(rounds):
            ids = tuple(f"2411.{1000 + number * works + n:05}" for n in range(works))
            _run(here, url, ids)
            _round(ends, ids, told, outcome, chance)
            if number % 2:
                _told(ends[number // 2 % 2][1], "write")
    finally:
        os.environ.pop(URL)
    for process, connection in ends:
        connection.send(None)
        process.join(30)
    _look(room / "here", url, told, outcome)
    return outcome


def _run(here: Workspace, url: str, ids: tuple[str, ...]) -> None:
    """New candidates, and a finished run: an open page looks again when there is a newer one."""
    arrive(here, ids)
    with closing(Store(here.root / ".listkeeper" / "listkeeper.db", Secret(url))) as store:
        store.runs.keep(Run("run", TUESDAY, "OK", {}))


def _start(root: Path, url: str, name: str):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=machine, args=(str(root), url, name, theirs)
    )
    process.start()
    assert ours.recv() == "ready"
    return process, ours


def _told(connection: Connection, todo: object):
    connection.send(todo)
    return connection.recv()


def _round(ends, ids, told: Counter, outcome: Outcome, chance: random.Random) -> None:
    """Both decide on the same works at the same time."""
    plans = [[(f"Fewer Bits {one}", chance.choice(ACTS)) for one in ids] for _ in PEOPLE]
    for plan, (_, connection) in zip(plans, ends, strict=True):
        chance.shuffle(plan)
        assert _told(connection, plan) == "looked"
    for _, connection in ends:
        connection.send("decide")
    for name, plan, (_, connection) in zip(PEOPLE, plans, ends, strict=True):
        for (title, act), result in zip(plan, connection.recv(), strict=True):
            outcome.clashes += result == "clash"
            if result == "stored":
                outcome.confirmed += 1
                told[f"arxiv:{title.rpartition(' ')[2]}", name, act] += 1


def _look(state: Path, url: str, told: Counter, outcome: Outcome) -> None:
    """What was confirmed against what is stored."""
    with closing(Store(state / ".listkeeper" / "listkeeper.db", Secret(url))) as store:
        decisions = store.decisions.all()
    kept = Counter((one.work_key, one.who, one.act) for one in decisions if one.act in ACTS)
    accepted = Counter(one.work_key for one in decisions if one.act == "accept")
    outcome.accepted = len(accepted)
    if not outcome.confirmed or not outcome.clashes:
        outcome.wrong.append("nobody met anybody")
    outcome.wrong += [f"lost: {one}" for one in (told - kept).elements()]
    outcome.wrong += [f"doubled: {one}" for one in (kept - told).elements()]
    outcome.wrong += [f"accepted {n} times: {key}" for key, n in accepted.items() if n > 1]
    people = Counter(one.work_key for one in decisions if one.act in ACTS)
    outcome.wrong += [f"decided by both unseen: {key}" for key, n in people.items() if n > 1]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--works", type=int, default=6)
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    began = time.monotonic()
    with cluster(SAFE) as server, tempfile.TemporaryDirectory(prefix="machines-") as name:
        url, chance = new_database(server), random.Random(given.seed)
        outcome = play(Path(name), url, given.rounds, given.works, chance)
    seconds = time.monotonic() - began
    for line in outcome.wrong:
        print(line)
    print(
        f"{given.rounds} rounds in {seconds:.0f} s: {outcome.confirmed} decisions confirmed, "
        f"{outcome.clashes} told of the other's first, {outcome.accepted} accepted into a list; "
        f"{len(outcome.wrong)} lost or doubled"
    )
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
