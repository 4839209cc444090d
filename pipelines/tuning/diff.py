"""Compares the rules with another version: which papers are gained, lost or moved, and why."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.git import at_revision
from config.rules import ListRules, load_list
from pipelines.tuning.comparison import Comparison, Effect
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import WORST_CASES, Case, cases
from pipelines.tuning.labelled import LabelFiles, LabelledPapers, PaperSources, gather
from pipelines.tuning.metrics import Figures, figures


@dataclass(frozen=True, slots=True)
class Difference:
    """All differences of one list. ``pool`` is the effect on unlabelled papers."""

    compared: Comparison
    against: str
    gathered: LabelledPapers
    labelled: Effect
    pool: Effect
    figures: tuple[Figures, Figures]
    cases: tuple[Case, ...]
    root: Path
    asked_pool: bool

    def short(self, text: str) -> str:
        """A text with paths relative to the root."""
        return text.replace(f"{self.root}/", "")

    @property
    def rules(self) -> ListRules:
        return self.compared.after

    @property
    def broken(self) -> bool:
        return any(case.how == "broken" for case in self.cases)

    @property
    def same(self) -> bool:
        """Whether the two versions give the same verdict on any text."""
        before, after = self.compared.fingerprints
        return before == after

    @property
    def why_none(self) -> str:
        """Why no verdict changes; empty if one does."""
        if self.labelled.changes or self.pool.changes:
            return ""
        if self.same:
            return f"the rules are the same (fingerprint {self.compared.fingerprints[1]})"
        seen = len(self.labelled.papers) + len(self.pool.papers)
        touched = self.labelled.touched + self.pool.touched
        if not touched:
            return f"the words differ, but none of {seen:,} papers has a changed word"
        having = (
            f"{touched:,} of {seen:,} papers {'has' if touched == 1 else 'have'} a changed word"
        )
        return f"the words differ and {having}, but no verdict changes"

    @property
    def silent(self) -> str:
        """That no label covers the changes in the pool; empty if one does, or nothing changes."""
        if self.labelled.changes or self.why_none:
            return ""
        touched = self.labelled.touched
        if not touched:
            return "no labelled paper has a changed word"
        having = f"{touched:,} labelled {'paper has' if touched == 1 else 'papers have'}"
        return f"{having} a changed word, and no verdict on them changes"

    @property
    def advice(self) -> str:
        """What to do when no labelled paper moves."""
        if self.labelled.changes or self.same:
            return ""
        shown = "add examples and lookalikes to test the change"
        pointer = "for more papers: listkeeper rules diff --pool FILE.jsonl"
        return shown if self.asked_pool else f"{shown}; {pointer}"


def differences(
    lists: Sequence[ListRules], sources: PaperSources, version: str, files: LabelFiles
) -> tuple[list[Difference], list[str]]:
    """A difference for each list in both versions; and the names of the lists that are new."""
    differences_found, new = [], []
    for before, after in _pairs(lists, sources.root, version):
        if before is None:
            new.append(after.list)
        else:
            differences_found.append(_difference(sources, before, after, version, files))
    return differences_found, new


def _pairs(
    lists: Sequence[ListRules], root: Path, version: str
) -> Iterator[tuple[ListRules | None, ListRules]]:
    """The other version of each list (None if it had none) and the current one."""
    if _is_file(version):
        old = load_list(Path(version))
        yield old, _same_list(lists, old)
        return
    for rules in lists:
        body = at_revision(rules.path, version)
        name = Path(f"{version}:{os.path.relpath(rules.path, root)}")
        yield (None if body is None else load_list(name, body)), rules


def _is_file(version: str) -> bool:
    """A name with a YAML suffix is always a file; any other only if the file exists."""
    return version.endswith((".yaml", ".yml")) or Path(version).is_file()


def _same_list(lists: Sequence[ListRules], old: ListRules) -> ListRules:
    """The configured list that a file is another version of."""
    for rules in lists:
        if rules.list == old.list or len(lists) == 1:
            return rules
    names = ", ".join(rules.list for rules in lists)
    raise UsageTrouble(
        str(old.path),
        f"has rules for {old.list!r}, which is not a configured list",
        f"known: {names}",
    )


def _difference(
    sources: PaperSources, before: ListRules, after: ListRules, version: str, files: LabelFiles
) -> Difference:
    compared = Comparison(before, after)
    gathered = gather(sources, after, files)
    labelled = compared.effect(Corpus(gathered.papers))
    labelled_ids = {paper.arxiv_id for paper in gathered.papers}
    pool = [paper for paper in gathered.pool if paper.arxiv_id not in labelled_ids]
    old, new = (
        figures(labelled.papers, verdicts, {section.name for section in rules.sections})
        for verdicts, rules in ((labelled.before, before), (labelled.after, after))
    )
    return Difference(
        compared,
        version,
        gathered,
        labelled,
        compared.effect(Corpus(pool)),
        (old, new),
        tuple(sorted(cases(compared), key=lambda case: WORST_CASES.index(case.how))),
        sources.root,
        files.pool is not None,
    )
