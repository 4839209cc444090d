"""Checks a rules file: mistakes that a run would take, and hints about words that do nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.git import at_revision
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.changes import Edit, edits
from pipelines.tuning.examples import failures
from pipelines.tuning.headings import missing_headings
from pipelines.tuning.labelled import LabelFiles, Labelled, PaperSources, gather
from pipelines.tuning.lint.foreign_notation import habits
from pipelines.tuning.lint.hints import (
    ADMITTING_KEYS,
    LintFinding,
    Text,
    examples_of,
    finding_at,
    lint_pool,
    lint_words,
    place_in_words,
)
from pipelines.tuning.lint.missing_commas import Joined, joined_words
from pipelines.tuning.lint.support import MIN_LISTED, Support, supports, thin_words

NO_POOL = (
    "words that match too much or nothing, and sections that never win: no papers were read yet;"
    " nothing to do now, they come with the first runs (or with --pool FILE.jsonl)"
)


@dataclass(frozen=True, slots=True)
class SinceCommit:
    """
    The words of a list that came and went since the last commit.

    ``unknown`` is the reason why nobody can tell, and ``before`` the rules of the commit.
    """

    list_name: str
    edits: tuple[Edit, ...] = ()
    unknown: str = ""
    before: ListRules | None = None


@dataclass
class Checked:
    """The results for all lists; ``new`` are the hints that the last commit didn't have."""

    wrong: list[str] = field(default_factory=list)
    since: list[SinceCommit] = field(default_factory=list)
    support: list[tuple[ListRules, Support]] = field(default_factory=list)
    found: list[LintFinding] = field(default_factory=list)
    new: list[LintFinding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    papers: int = 0
    source: str = ""


def without_words(rules: ListRules) -> Iterator[ConfigTrouble]:
    """An error if no section has a word that lets a paper in: silence would look like no news."""
    if any(getattr(section, key) for section in rules.sections for key in ADMITTING_KEYS):
        return
    matter = (
        f"none of the {len(rules.sections)} sections has a word, so no paper gets in by the rules"
    )
    do = "write words under `says` of a section; docs/rules.md begins with that"
    yield ConfigTrouble(rules.path, matter, do, line=rules.line("sections"))


def check(
    ruleset: Ruleset,
    rules: ListRules,
    sources: PaperSources,
    pool: Path | None,
    checked: Checked,
) -> None:
    """Add the mistakes and hints of one list to ``checked``."""
    gathered = gather(sources, rules, LabelFiles(pool=pool))
    since = since_commit(rules)
    known = [*_texts(gathered.papers), *examples_of(rules), *_texts(gathered.pool)]
    joined = list(joined_words(rules, None if since.unknown else since.edits, known))
    checked.since.append(since)
    checked.wrong += map(str, missing_headings(sources.root, rules))
    checked.wrong += map(str, without_words(rules))
    checked.wrong += map(str, habits(rules))
    checked.wrong += [str(_trouble(rules, joint)) for joint in joined if joint.sure]
    checked.wrong += map(str, failures(ruleset, rules))
    from_words = list(lint_words(rules, ruleset.finder))
    findings = [*from_words, *(_question(rules, joint) for joint in joined if not joint.sure)]
    if gathered.pool:
        reference = [*_texts(gathered.papers), *examples_of(rules)]
        from_pool, papers, unchecked = lint_pool(ruleset, rules, _texts(gathered.pool), reference)
        _add(findings, from_pool)
        checked.papers, checked.source = papers, gathered.pool_source
    else:
        unchecked = [NO_POOL]
    unchecked += _find_support(ruleset, rules, gathered.papers, findings, checked)
    checked.unchecked += [finding for finding in unchecked if finding not in checked.unchecked]
    findings.sort(key=lambda finding: finding.line)
    checked.found += findings
    checked.new += _new(since, rules, from_words, findings)


def _find_support(
    ruleset: Ruleset,
    rules: ListRules,
    papers: list[Labelled],
    findings: list[LintFinding],
    checked: Checked,
) -> list[str]:
    """Add the support of the words; returns what couldn't be checked."""
    supported = supports(ruleset, rules, papers)
    checked.support += [(rules, support) for support in supported.words]
    if supported.listed < MIN_LISTED:
        return [f"words that rest on one paper: {MIN_LISTED} listed papers are needed"]
    _add(findings, thin_words(rules, supported))
    if not supported.titles_only:
        return []
    untold = supported.listed - supported.read
    missing = f"the abstracts of {untold} of {supported.listed} listed papers are not here yet"
    matter = "words outside titles that rest on one paper"
    return [f"{matter}: {missing}; nothing to do now (or add --pool FILE.jsonl with them)"]


def _add(findings: list[LintFinding], more: Iterable[LintFinding]) -> None:
    """Add hints, at most one for each word."""
    reported = {_place(finding) for finding in findings}
    findings += [finding for finding in more if _place(finding) not in reported]


def _place(finding: LintFinding) -> tuple[int, str | None, str | None, str | None]:
    return finding.line, finding.section, finding.key, finding.word


def _trouble(rules: ListRules, joint: Joined) -> ConfigTrouble:
    key = place_in_words(rules, *joint.place)
    line = rules.line(*joint.place)
    return ConfigTrouble(rules.path, joint.matter, joint.do, line=line, key=key)


def _question(rules: ListRules, joint: Joined) -> LintFinding:
    matter = f"{joint.matter}; {joint.do}"
    return finding_at(rules, "joined", matter, *joint.place, word=joint.word)


def _texts(papers: list[Labelled]) -> Iterator[Text]:
    return ((paper.title, paper.abstract) for paper in papers)


def _new(
    since: SinceCommit,
    rules: ListRules,
    from_words: list[LintFinding],
    findings: list[LintFinding],
) -> Iterator[LintFinding]:
    """
    The hints that the last commit didn't have.

    The old words aren't tried on papers again: a hint from papers is new if its word is.
    """
    if not (findings and since.before and since.edits):
        return
    added = {
        (finding.section, finding.key, finding.word)
        for finding in since.edits
        if finding.sign == "+"
    }
    fresh = {_what(finding) for finding in from_words} - {
        _what(finding) for finding in lint_words(since.before)
    }
    for finding in findings:
        if _what(finding)[1:] in added or _what(finding) in fresh:
            yield finding


def since_commit(rules: ListRules) -> SinceCommit:
    """What changed since the last commit, or why nobody can tell."""
    try:
        body = at_revision(rules.path, "HEAD")
        before = None if body is None else load_list(rules.path, body)
    except ConfigTrouble as trouble:
        return SinceCommit(rules.list, unknown=f"the last commit has a mistake: {trouble}")
    except UsageTrouble as trouble:
        return SinceCommit(rules.list, unknown=_why_unknown(trouble))
    if before is None:
        return SinceCommit(rules.list, unknown=f"{rules.path.name} is not in the last commit")
    return SinceCommit(rules.list, edits(before, rules), before=before)


def _why_unknown(trouble: UsageTrouble) -> str:
    if "HEAD" in trouble.where:
        return "the repository has no commit yet"
    return f"{trouble.where} {trouble.matter}"


def _what(finding: LintFinding) -> tuple[str, str | None, str | None, str | None]:
    return finding.kind, finding.section, finding.key, finding.word
