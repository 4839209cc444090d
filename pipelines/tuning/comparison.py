"""
What another version of the rules does to papers: gained, lost, moved, and by which word.

A text is folded once and judged once by the version before. Then only texts that have one of the
changed words are judged again: a changed word costs what reading for that word costs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.paper import Verdict
from config.rules import ListRules
from pipelines.rules.ruleset import Ruleset, compile_rules
from pipelines.tuning.changes import Edit, Responsible, edits, touching
from pipelines.tuning.corpus import Corpus, Found
from pipelines.tuning.labelled import Labelled

Kind = Literal["gained", "lost", "moved"]
Opinion = Literal["right", "half", "wrong", "unlabelled"]
KINDS: tuple[Kind, ...] = ("gained", "lost", "moved")


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A paper that is judged otherwise; without ``edits`` it would not be."""

    paper: Labelled
    before: Verdict
    after: Verdict
    edits: tuple[Edit, ...]

    @property
    def kind(self) -> Kind:
        if self.before.section is None:
            return "gained"
        return "lost" if self.after.section is None else "moved"

    @property
    def opinion(self) -> Opinion:
        """Whether the label agrees with what is said now; half: in the list, somewhere else."""
        paper, now = self.paper, self.after.section
        if paper.belongs is None:
            return "unlabelled"
        if not paper.belongs or now is None:
            return "right" if paper.belongs == (now is not None) else "wrong"
        if paper.section is None:
            return "right" if self.kind == "gained" else "unlabelled"
        if paper.section == now:
            return "right"
        return "half" if self.kind == "gained" else "wrong"

    @property
    def because(self) -> str:
        """The changed words that did it; else what the verdict now says of the paper."""
        return "; ".join(map(str, self.edits)) or self.after.lacked or self.before.lacked


@dataclass(frozen=True, slots=True)
class Effect:
    """
    Both verdicts on every paper, and the papers they differ on.

    ``touched`` counts the papers that have one of the changed words, judged otherwise or not.
    """

    papers: tuple[Labelled, ...]
    before: tuple[Verdict, ...]
    after: tuple[Verdict, ...]
    changes: tuple[ChangedVerdict, ...]
    touched: int

    def of(self, kind: Kind) -> list[ChangedVerdict]:
        return [change for change in self.changes if change.kind == kind]


class Comparison:
    """Two versions of one list's rules, both compiled."""

    def __init__(self, before: ListRules, after: ListRules, old: Ruleset | None = None) -> None:
        self.before, self.after = before, after
        self.old, self.new = old or compile_rules([before]), compile_rules([after])
        self.edits = edits(before, after)
        self._touching = touching(before, after)
        self._responsible = Responsible(before, after, (self.new, self.old), self.edits)

    @property
    def fingerprints(self) -> tuple[str, str]:
        return self.old.fingerprint(self.before.list), self.new.fingerprint(self.after.list)

    def effect(self, corpus: Corpus, old_verdicts: Sequence[Verdict] | None = None) -> Effect:
        """What changes on these papers; ``known`` are the verdicts of the version before."""
        old = tuple(old_verdicts or corpus.judge(self.old, self.before.list))
        having = corpus.having({edit.word for edit in self.edits})
        which = range(len(old)) if self._touching is None else having
        new = corpus.judge_again(self.new, self.after.list, old, which)
        changes = self._changes(corpus, old, new, having)
        return Effect(corpus.papers, old, new, tuple(changes), len(having))

    def _changes(
        self,
        corpus: Corpus,
        old: Sequence[Verdict],
        new: Sequence[Verdict],
        having: Mapping[int, Found],
    ) -> Iterator[ChangedVerdict]:
        for number, paper in enumerate(corpus.papers):
            before, after = old[number], new[number]
            if before.section != after.section:
                likely = self._likely(having.get(number, {}), before, after)
                responsible = self._responsible.of(corpus.texts(number), likely, after.section)
                yield ChangedVerdict(paper, before, after, responsible)

    def _likely(self, matches: Found, before: Verdict, after: Verdict) -> list[Edit]:
        """The edits that stand in a paper; those of sections it did not come to or from first."""
        concerned = {before.section, after.section, None}
        present = [edit for edit in self.edits if _acts(edit, matches)]
        return sorted(present, key=lambda edit: edit.section in concerned)


def _acts(edit: Edit, matches: Found) -> bool:
    if edit.key in ("over", "sections"):
        return True
    everywhere = edit.key not in ("not_in_title", "neighbours")
    return edit.word in matches.get("title", ()) or (
        everywhere and edit.word in matches.get("abstract", ())
    )
