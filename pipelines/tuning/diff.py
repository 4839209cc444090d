"""What a change of rules does to labelled papers and to the pool."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.git import at_revision
from config.rules import ListRules, load_list
from pipelines.tuning.comparison import Comparison, Effect
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import WORST_CASES, Case, cases
from pipelines.tuning.labelled import LabelFiles, LabelledPapers, gather
from pipelines.tuning.metrics import Figures, figures
from pipelines.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs for one list. ``pool`` is the effect on papers nobody labelled."""

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
        """Without the folder that is the same in every line."""
        return text.replace(f"{self.root}/", "")

    @property
    def rules(self) -> ListRules:
        return self.compared.after

    @property
    def broken(self) -> bool:
        return any(case.how == "broken" for case in self.cases)

    @property
    def same(self) -> bool:
        """Whether the two versions judge every text alike, whatever it is."""
        before, after = self.compared.fingerprints
        return before == after

    @property
    def why_none(self) -> str:
        """Why no paper is judged otherwise; empty where one is."""
        if self.labelled.changes or self.pool.changes:
            return ""
        if self.same:
            return f"the rules are the same (fingerprint {self.compared.fingerprints[1]})"
        seen = len(self.labelled.papers) + len(self.pool.papers)
        touched = self.labelled.touched + self.pool.touched
        if not touched:
            return f"the words differ, and none of {seen:,} papers has a changed word"
        having = (
            f"{touched:,} of {seen:,} papers {'has' if touched == 1 else 'have'} a changed word"
        )
        return f"the words differ, and {having}, but each is judged as before"

    @property
    def silent(self) -> str:
        """That labels say nothing of what moves elsewhere; empty where they do, or nothing does."""
        if self.labelled.changes or self.why_none:
            return ""
        touched = self.labelled.touched
        if not touched:
            return "no labelled paper speaks of it"
        having = f"{touched:,} labelled {'paper has' if touched == 1 else 'papers have'}"
        return f"{having} a changed word and none is judged otherwise"

    @property
    def advice(self) -> str:
        """Where to look when no labelled paper moves."""
        if self.labelled.changes or self.same:
            return ""
        shown = "examples and lookalikes show whether it does what you want"
        pointer = "for more papers: listkeeper rules diff --pool FILE.jsonl"
        return shown if self.asked_pool else f"{shown}; {pointer}"


def differences(
    workspace: Workspace, version: str, files: LabelFiles
) -> tuple[list[Difference], list[str]]:
    """One for each list that both versions have; and the lists that only this version has."""
    differences_found, new = [], []
    for before, after in _pairs(workspace, version):
        if before is None:
            new.append(after.list)
        else:
            differences_found.append(_difference(workspace, before, after, version, files))
    return differences_found, new


def _difference(
    workspace: Workspace, before: ListRules, after: ListRules, version: str, files: LabelFiles
) -> Difference:
    compared = Comparison(before, after)
    gathered = gather(workspace, after, files)
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
        workspace.root,
        files.pool is not None,
    )


def _pairs(workspace: Workspace, version: str) -> Iterator[tuple[ListRules | None, ListRules]]:
    """Each list as it was (None: it was not there) and as it is."""
    if _is_file(version):
        old = load_list(Path(version))
        yield old, _same_list(workspace, old)
        return
    for rules in workspace.lists:
        body = at_revision(rules.path, version)
        name = Path(f"{version}:{os.path.relpath(rules.path, workspace.root)}")
        yield (None if body is None else load_list(name, body)), rules


def _is_file(version: str) -> bool:
    """A name that ends like a file of rules is a file; any other is one if it is there."""
    return version.endswith((".yaml", ".yml")) or Path(version).is_file()


def _same_list(workspace: Workspace, old: ListRules) -> ListRules:
    """The configured list that a file is another version of."""
    for rules in workspace.lists:
        if rules.list == old.list or len(workspace.lists) == 1:
            return rules
    names = ", ".join(rules.list for rules in workspace.lists)
    raise UsageTrouble(
        str(old.path), f"is of the list {old.list!r}, which is not kept here", f"known: {names}"
    )
