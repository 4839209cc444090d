"""Checks a rules file: headings the list lacks, and hints about words that do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.errors import ListConflict, UsageTrouble
from catalog.git import at_revision
from catalog.markdown.edits import find_section
from catalog.markdown.listfile import parse
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list, resolve_list_file
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.changes import edits
from pipelines.tuning.labelled import LabelFiles, Labelled, PaperSources, gather
from pipelines.tuning.lint import LintFinding, Text, doubts, examples_of, pool_doubts

NO_POOL = (
    "words that match too much or nothing, and sections that never win: there are no papers to"
    " try them on; add --pool FILE.jsonl, or run: listkeeper discover"
)


@dataclass
class Checked:
    """The results for all lists; ``new`` are the hints that the last commit didn't have."""

    wrong: list[str] = field(default_factory=list)
    found: list[LintFinding] = field(default_factory=list)
    new: list[LintFinding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    papers: int = 0
    source: str = ""


def headless(root: Path, rules: ListRules) -> Iterator[ConfigTrouble]:
    """Sections without a heading in the list file: papers accepted for them can't be written."""
    listed = resolve_list_file(root, rules)
    parsed = parse(listed.read_bytes())
    for index, section in enumerate(rules.sections):
        try:
            find_section(parsed, section.name)
        except ListConflict as conflict:
            line = rules.line("sections", index, "name")
            matter = f"{conflict.matter} in {listed.name}"
            yield ConfigTrouble(rules.path, matter, conflict.do, line=line)


def find_doubts(
    ruleset: Ruleset,
    rules: ListRules,
    sources: PaperSources,
    pool: Path | None,
    checked: Checked,
) -> None:
    """Add the hints for one list to ``checked``."""
    gathered = gather(sources, rules, LabelFiles(pool=pool))
    from_words = list(doubts(rules))
    findings = list(from_words)
    if gathered.pool:
        reference = [*_texts(gathered.papers), *examples_of(rules)]
        from_pool, papers, unchecked = pool_doubts(ruleset, rules, _texts(gathered.pool), reference)
        reported = {
            (finding.line, finding.section, finding.key, finding.word) for finding in findings
        }
        findings += [
            finding
            for finding in from_pool
            if (finding.line, finding.section, finding.key, finding.word) not in reported
        ]
        checked.papers, checked.source = papers, gathered.pool_source
    else:
        unchecked = [NO_POOL]
    checked.unchecked += [finding for finding in unchecked if finding not in checked.unchecked]
    findings.sort(key=lambda finding: finding.line)
    checked.found += findings
    checked.new += _new(rules, from_words, findings)


def _texts(papers: list[Labelled]) -> Iterator[Text]:
    return ((paper.title, paper.abstract) for paper in papers)


def _new(
    rules: ListRules, from_words: list[LintFinding], findings: list[LintFinding]
) -> Iterator[LintFinding]:
    """
    The hints that the last commit didn't have.

    The old words aren't tried on papers again: a hint from papers is new if its word is.
    """
    before = _committed(rules) if findings else None
    changes = edits(before, rules) if before else ()
    if not (before and changes):
        return
    added = {
        (finding.section, finding.key, finding.word) for finding in changes if finding.sign == "+"
    }
    fresh = {_what(finding) for finding in from_words} - {
        _what(finding) for finding in doubts(before)
    }
    for finding in findings:
        if _what(finding)[1:] in added or _what(finding) in fresh:
            yield finding


def _committed(rules: ListRules) -> ListRules | None:
    """The file in the last commit; None if it isn't there or can't be read."""
    try:
        body = at_revision(rules.path, "HEAD")
        return None if body is None else load_list(rules.path, body)
    except (UsageTrouble, ConfigTrouble):
        return None


def _what(finding: LintFinding) -> tuple[str, str | None, str | None, str | None]:
    return finding.kind, finding.section, finding.key, finding.word
