"""
``listkeeper rules check``: mistakes, examples that break, and words that do nothing.

Mistakes end it with 2. Doubts are only said: the rules work. Those that came since the last commit
are said with their lines, and so are a few; of many old ones, how many there are of each kind.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import find_section
from catalog.markdown.listfile import parse
from cli.git import at_revision
from cli.labelled import Files, gather
from cli.report import echo_json
from cli.world import World
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from output.escape import terminal
from pipelines.tuning.changes import edits
from pipelines.tuning.examples import failures
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.lint import Doubt, Kind, Text, as_dicts, doubts, examples_of, pool_doubts

NO_POOL = (
    "words that fire too often or never, and sections that never win: there are no papers;"
    " give --pool FILE.jsonl, or run: listkeeper discover"
)
# So many doubts are read at a glance; more would hide what else is said.
FEW = 5
KINDS: dict[Kind, str] = {
    "never-wins": "sections that no paper can come to",
    "too-much": "words that are found in too many papers",
    "nothing": "words that are found in no paper",
    "vetoed": "words that never count, because of `unless`",
    "shadowed": "words that are never needed, because others find the same",
}


@dataclass
class Checked:
    """What was found in all lists; ``new`` are the doubts that the last commit did not have."""

    wrong: list[str] = field(default_factory=list)
    found: list[Doubt] = field(default_factory=list)
    new: list[Doubt] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    papers: int = 0
    source: str = ""


def check(world: World, pool: Path | None, *, whole: bool, as_json: bool) -> int:
    """Read the rules, judge examples, look for doubts; 2 where something must be mended."""
    checked = Checked()
    lists: tuple[ListRules, ...] = ()
    try:
        lists = world.lists
        world.check_lists()
        for rules in lists:
            checked.wrong += map(str, [*_headless(world, rules), *failures(world.rules, rules)])
    except ConfigTrouble as trouble:
        lists, checked.wrong = (), [str(trouble), *map(str, trouble.others)]
    for rules in lists:
        _doubts(world, rules, pool, checked)
    counts = [_counted(rules) for rules in lists]
    if as_json:
        echo_json(_as_dict(checked, counts))
    else:
        _show(checked, counts, whole=whole)
    return 2 if checked.wrong else 0


def _headless(world: World, rules: ListRules) -> Iterator[ConfigTrouble]:
    """Sections that the list has no heading for: what is accepted for one could not be written."""
    listed = world.list_path(rules)
    parsed = parse(listed.read_bytes())
    for index, section in enumerate(rules.sections):
        try:
            find_section(parsed, section.name)
        except ListConflict as conflict:
            line = rules.line("sections", index, "name")
            matter = f"{conflict.matter} in {listed.name}"
            yield ConfigTrouble(rules.path, matter, conflict.do, line=line)


def _doubts(world: World, rules: ListRules, pool: Path | None, checked: Checked) -> None:
    gathered = gather(world, rules, Files(pool=pool))
    own = list(doubts(rules))
    found = list(own)
    if gathered.pool:
        known = [*_texts(gathered.papers), *examples_of(rules)]
        more, papers, unchecked = pool_doubts(world.rules, rules, _texts(gathered.pool), known)
        said = {(one.line, one.section, one.key, one.word) for one in found}
        found += [one for one in more if (one.line, one.section, one.key, one.word) not in said]
        checked.papers, checked.source = papers, gathered.pool_source
    else:
        unchecked = [NO_POOL]
    checked.unchecked += [one for one in unchecked if one not in checked.unchecked]
    found.sort(key=lambda one: one.line)
    checked.found += found
    checked.new += _new(rules, own, found)


def _new(rules: ListRules, own: list[Doubt], found: list[Doubt]) -> Iterator[Doubt]:
    """
    The doubts that the last commit did not have.

    What papers say is not asked again of the old words: it is new where the word is.
    """
    before = _committed(rules) if found else None
    changes = edits(before, rules) if before else ()
    if not (before and changes):
        return
    came = {(one.section, one.key, one.word) for one in changes if one.sign == "+"}
    fresh = {_what(one) for one in own} - {_what(one) for one in doubts(before)}
    for one in found:
        if _what(one)[1:] in came or _what(one) in fresh:
            yield one


def _what(one: Doubt) -> tuple[str, str | None, str | None, str | None]:
    return one.kind, one.section, one.key, one.word


def _committed(rules: ListRules) -> ListRules | None:
    """The file as it was committed last; None where nobody knows."""
    try:
        body = at_revision(rules.path, "HEAD")
        return None if body is None else load_list(rules.path, body)
    except (UsageTrouble, ConfigTrouble):
        return None


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
        "doubts": [
            made | {"new": one in checked.new}
            for made, one in zip(as_dicts(checked.found), checked.found, strict=True)
        ],
        "pool": {"papers": checked.papers, "source": checked.source} if checked.papers else None,
        "not_checked": checked.unchecked,
        "lists": counts,
    }


def _show(checked: Checked, counts: list[dict[str, Any]], *, whole: bool) -> None:
    for line in checked.wrong:
        click.echo(terminal(line), err=True)
    for one in [] if checked.wrong else counts:
        click.echo(
            f"{one['list']}: {one['sections']} sections, {one['words']} words;"
            f" {one['examples']} examples and {one['lookalikes']} lookalikes judged as they say"
        )
    for line in _doubt_lines(checked, whole=whole or len(checked.found) <= FEW):
        click.echo(terminal(line))
    for line in checked.unchecked:
        click.echo(f"not checked: {line}")
    if checked.wrong:
        click.echo(f"{len(checked.wrong)} to mend", err=True)


def _doubt_lines(checked: Checked, *, whole: bool) -> Iterator[str]:
    if not checked.found:
        return
    yield from map(str, checked.found if whole else checked.new)
    seen = f", seen in {checked.papers:,} papers of {checked.source}" if checked.papers else ""
    calm = "" if checked.wrong else "; nothing has to be done"
    if whole:
        yield f"{len(checked.found)} to think about{seen}{calm}"
        return
    if checked.new:
        yield f"{len(checked.new)} to think about, new since the last commit{calm}"
    old = [one for one in checked.found if one not in checked.new]
    if old:
        more = "more " if checked.new else ""
        yield f"{len(old)} {more}to think about on a quiet day{seen}{calm}: {_kinds(old)}"
        yield "to see each with its line: listkeeper rules check --all"


def _kinds(found: Iterable[Doubt]) -> str:
    count = Counter(one.kind for one in found)
    return "; ".join(f"{count[kind]} {told}" for kind, told in KINDS.items() if count[kind])
