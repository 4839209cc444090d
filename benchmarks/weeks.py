"""
Weeks of a maintainer: what each digest shows, and how many candidates are open.

    python -m benchmarks.weeks [--weeks 13] [--arriving 40] [--json]

A store of made-up candidates, several each day, most of them in one section. One maintainer decides
half of each digest and applies it on Friday; one decides half of it on the page in the browser; one
never comes.
"""

import argparse
import json
import random
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.facts import Decision, Verdict
from catalog.rows.digests import KeptDigest
from cli.options import make_workspace
from output.digest.model import Digest, from_json
from tests.fakes import found, paper, tick
from tests.workspace import Workspace

MONDAY = datetime(2024, 9, 2, 12, tzinfo=UTC)
MAINTAINERS = ("ticks half", "decides half on the page", "never")
DAYS = 5
# Sections of the made-up list, the share of the first one first.
SECTIONS = {"Quantization": 12, "Pruning": 3, "Inference": 3, "Distillation": 2}
RULES = "list: Efficient LLM\nfile: lists/efficient-llm.md\nsections:\n" + "".join(
    f"  - name: {name}\n    says: [{name.lower()}]\n" for name in SECTIONS
)


@dataclass(frozen=True)
class Week:
    """
    What a week's digest was like.

    ``shown_again`` were decided before, ``missing`` came in the week and are neither shown nor
    named; ``open`` are all candidates that are not on the shelf.
    """

    name: str
    arrived: int
    shown: int
    new: int
    named: int
    open: int
    shelf: int
    largest_share: float
    others_wait: bool
    shown_again: tuple[str, ...]
    missing: tuple[str, ...]
    head: str


def play(
    folder: Path, maintainer: str, *, weeks: int, arriving: int, days: int = DAYS
) -> list[Week]:
    """The weeks of one maintainer, in a new folder; a digest is written on so many days a week."""
    workspace = Workspace(folder / maintainer.replace(" ", "-"))
    (workspace.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    chance, number, played = random.Random(7), 0, []
    decided: set[str] = set()
    for week in range(weeks):
        arrived: list[str] = []
        for day in range(days):
            at = MONDAY + timedelta(weeks=week, days=day)
            count = arriving * (day + 1) // days - arriving * day // days
            arrived += arrive(workspace, chance, at, number + 1, count)
            number += count
            assert workspace.run("digest", as_of=at).code == 0
        friday = MONDAY + timedelta(weeks=week, days=days - 1)
        name = f"{friday.isocalendar().year}-W{friday.isocalendar().week:02}"
        digest = newest(workspace, name)
        head = workspace.page(name).read_text().partition("## ")[0]
        played.append(week_of(digest, arrived, decided, head))
        answered = answers(digest, chance)
        decided |= {key for key, _ in answered.values()}
        if maintainer == "ticks half":
            apply_half(workspace, name, answered, friday)
        elif maintainer != "never":
            decide_half(workspace, answered, friday)
        else:
            decided.clear()
    return played


def arrive(
    workspace: Workspace, chance: random.Random, at: datetime, first: int, count: int
) -> list[str]:
    """New candidates of one day, as a run would have found and judged them."""
    world = make_workspace(config=str(workspace.root / "config"), as_of=at.isoformat())
    (rules,) = world.lists
    fingerprint = world.rules.fingerprint(rules.list)
    keys = []
    with closing(world.store) as store:
        for n in range(first, first + count):
            (section,) = chance.choices([*SECTIONS], [*SECTIONS.values()])
            work = paper(
                f"{at:%y%m}.{n:05}", f"{section} of Work {n}", announced=at.date(), published=at
            )
            store.works.save([found(work, seen_at=at, announced=at.date())])
            verdict = Verdict(section, 0.6 + 0.4 * chance.random(), fingerprint=fingerprint)
            store.verdicts.save(rules.list, [(work, verdict)], at)
            keys.append(work.key)
    return keys


def newest(workspace: Workspace, name: str) -> Digest:
    world = make_workspace(config=str(workspace.root / "config"))
    with closing(world.store) as store:
        digest = store.digests.get("Efficient LLM", name)
    assert isinstance(digest, KeptDigest)
    return from_json(digest.body)


def week_of(digest: Digest, arrived: list[str], decided: set[str], head: str) -> Week:
    sections = Counter(candidate.section for candidate in digest.candidates)
    keys = {candidate.key for candidate in digest.candidates}
    known = keys | set(digest.waiting)
    most, number = sections.most_common(1)[0]
    return Week(
        name=digest.name,
        arrived=len(arrived),
        shown=len(keys),
        new=sum(candidate.is_new for candidate in digest.candidates),
        named=len(digest.waiting),
        open=len(known),
        shelf=len(digest.shelved) + len(digest.reserve),
        largest_share=number / len(keys),
        others_wait=any(section != most for _, section, _ in digest.named),
        shown_again=tuple(sorted(keys & decided)),
        missing=tuple(sorted(set(arrived) - known)),
        head=head,
    )


def answers(digest: Digest, chance: random.Random) -> dict[int, tuple[str, str]]:
    """Every other candidate's decision, by number: its key and the box."""
    return {
        candidate.number: (candidate.key, chance.choice(["accept", "no:", "no:"]))
        for candidate in digest.candidates[::2]
    }


def apply_half(
    workspace: Workspace, name: str, answered: dict[int, tuple[str, str]], at: datetime
) -> None:
    path = workspace.page(name)
    text = path.read_text()
    for number, (_, box) in answered.items():
        text = tick(text, number, box)
    path.write_text(text)
    ended = workspace.run("apply", str(path), as_of=at)
    assert ended.code == 0, ended


def decide_half(workspace: Workspace, answered: dict[int, tuple[str, str]], at: datetime) -> None:
    """Decide as the review page does."""
    world = make_workspace(config=str(workspace.root / "config"), as_of=at.isoformat())
    with closing(world.store) as store:
        store.decisions.add(
            [
                Decision("Efficient LLM", key, "reject", "ada", at, digest="review")
                for key, _ in answered.values()
            ]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--arriving", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for maintainer in MAINTAINERS:
        with tempfile.TemporaryDirectory() as folder:
            weeks = play(Path(folder), maintainer, weeks=asked.weeks, arriving=asked.arriving)
        if asked.json:
            print(json.dumps({maintainer: [asdict(week) for week in weeks]}))
            continue
        print(maintainer)
        print("week      arrived shown  new named open shelf  share again missing")
        for week in weeks:
            print(
                f"{week.name:<10}{week.arrived:>7}{week.shown:>6}{week.new:>5}{week.named:>6}"
                f"{week.open:>5}{week.shelf:>6}{week.largest_share:>7.2f}"
                f"{len(week.shown_again):>6}{len(week.missing):>8}"
            )


if __name__ == "__main__":
    main()
