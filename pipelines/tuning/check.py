"""What is wrong or doubtful in a rules file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.errors import ListConflict, UsageTrouble
from catalog.git import at_revision
from catalog.markdown.edits import find_section
from catalog.markdown.listfile import parse
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.tuning.changes import edits
from pipelines.tuning.labelled import LabelFiles, Labelled, gather
from pipelines.tuning.lint import LintFinding, Text, doubts, examples_of, pool_doubts
from pipelines.workspace import Workspace

NO_POOL = (
    "words that fire too often or never, and sections that never win: there are no papers;"
    " give --pool FILE.jsonl, or run: listkeeper discover"
)


@dataclass
class Checked:
    """What was found in all lists; ``new`` are the doubts that the last commit did not have."""

    wrong: list[str] = field(default_factory=list)
    found: list[LintFinding] = field(default_factory=list)
    new: list[LintFinding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    papers: int = 0
    source: str = ""


def headless(workspace: Workspace, rules: ListRules) -> Iterator[ConfigTrouble]:
    """Sections that the list has no heading for: what is accepted for one could not be written."""
    listed = workspace.list_path(rules)
    parsed = parse(listed.read_bytes())
    for index, section in enumerate(rules.sections):
        try:
            find_section(parsed, section.name)
        except ListConflict as conflict:
            line = rules.line("sections", index, "name")
            matter = f"{conflict.matter} in {listed.name}"
            yield ConfigTrouble(rules.path, matter, conflict.do, line=line)


def find_doubts(
    workspace: Workspace, rules: ListRules, pool: Path | None, checked: Checked
) -> None:
    gathered = gather(workspace, rules, LabelFiles(pool=pool))
    own = list(doubts(rules))
    found = list(own)
    if gathered.pool:
        known = [*_texts(gathered.papers), *examples_of(rules)]
        more, papers, unchecked = pool_doubts(workspace.rules, rules, _texts(gathered.pool), known)
        said = {(one.line, one.section, one.key, one.word) for one in found}
        found += [one for one in more if (one.line, one.section, one.key, one.word) not in said]
        checked.papers, checked.source = papers, gathered.pool_source
    else:
        unchecked = [NO_POOL]
    checked.unchecked += [one for one in unchecked if one not in checked.unchecked]
    found.sort(key=lambda one: one.line)
    checked.found += found
    checked.new += _new(rules, own, found)


def _new(
    rules: ListRules, own: list[LintFinding], found: list[LintFinding]
) -> Iterator[LintFinding]:
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


def _what(one: LintFinding) -> tuple[str, str | None, str | None, str | None]:
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
