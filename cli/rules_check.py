"""
``listkeeper rules check``: mistakes, examples that break, and words that do nothing.

Mistakes end it with 2. Doubts are only said: the rules work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from cli.labelled import Files, gather
from cli.report import echo_json
from cli.world import World
from config.rules import ListRules
from config.trouble import ConfigTrouble
from output.escape import terminal
from pipelines.doubts import Doubt, as_dicts, doubts
from pipelines.examples import failures
from pipelines.labelled import Labelled
from pipelines.pool_doubts import Text, examples_of, pool_doubts

NO_POOL = (
    "words that fire too often or never, and sections that never win: there are no papers;"
    " give --pool FILE.jsonl, or run: listkeeper discover"
)


@dataclass
class Checked:
    """What was found in all lists."""

    wrong: list[str] = field(default_factory=list)
    found: list[Doubt] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    papers: int = 0
    source: str = ""


def check(world: World, pool: Path | None, *, as_json: bool) -> int:
    """Read the rules, judge examples, look for doubts; 2 where something must be mended."""
    checked = Checked()
    lists: tuple[ListRules, ...] = ()
    try:
        lists = world.lists
        world.check_lists()
        for rules in lists:
            checked.wrong += map(str, failures(world.rules, rules))
    except ConfigTrouble as trouble:
        lists, checked.wrong = (), [str(trouble), *map(str, trouble.others)]
    for rules in lists:
        _doubts(world, rules, pool, checked)
    counts = [_counted(rules) for rules in lists]
    if as_json:
        echo_json(_as_dict(checked, counts))
    else:
        _show(checked, counts)
    return 2 if checked.wrong else 0


def _doubts(world: World, rules: ListRules, pool: Path | None, checked: Checked) -> None:
    gathered = gather(world, rules, Files(pool=pool))
    found = list(doubts(rules))
    if gathered.pool:
        known = [*_texts(gathered.papers), *examples_of(rules)]
        more, papers, unchecked = pool_doubts(world.rules, rules, _texts(gathered.pool), known)
        said = {(one.line, one.section, one.key, one.word) for one in found}
        found += [one for one in more if (one.line, one.section, one.key, one.word) not in said]
        checked.papers, checked.source = papers, gathered.pool_source
    else:
        unchecked = [NO_POOL]
    checked.unchecked += [one for one in unchecked if one not in checked.unchecked]
    checked.found += sorted(found, key=lambda one: one.line)


def _texts(papers: list[Labelled]) -> Iterator[Text]:
    return ((paper.title, paper.abstract) for paper in papers)


def _counted(rules: ListRules) -> dict[str, Any]:
    return {
        "list": rules.list,
        "sections": len(rules.sections),
        "words": rules.count,
        "examples": sum(len(section.examples) for section in rules.sections),
        "lookalikes": sum(len(section.lookalikes) for section in rules.sections),
    }


def _as_dict(checked: Checked, counts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "ok": not checked.wrong,
        "failures": checked.wrong,
        "doubts": as_dicts(checked.found),
        "pool": {"papers": checked.papers, "source": checked.source} if checked.papers else None,
        "not_checked": checked.unchecked,
        "lists": counts,
    }


def _show(checked: Checked, counts: list[dict[str, Any]]) -> None:
    for line in checked.wrong:
        click.echo(terminal(line), err=True)
    if checked.wrong:
        click.echo(f"{len(checked.wrong)} to mend", err=True)
    for one in [] if checked.wrong else counts:
        click.echo(
            f"{one['list']}: {one['sections']} sections, {one['words']} words;"
            f" {one['examples']} examples and {one['lookalikes']} lookalikes judged as they say"
        )
    for found in checked.found:
        click.echo(terminal(str(found)))
    if checked.found:
        seen = f", seen in {checked.papers:,} papers of {checked.source}" if checked.papers else ""
        click.echo(f"{len(checked.found)} to think about{seen}; the rules work as they are")
    for line in checked.unchecked:
        click.echo(f"not checked: {line}")
