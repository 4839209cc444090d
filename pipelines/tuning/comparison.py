"""
What another version of the rules does to papers: gained, lost, moved, and by which word.

Each text is folded once and judged once by the old version. Only texts with a changed word are
judged again, so a comparison costs no more than searching for the changed words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.facts import Verdict
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
    """A paper with another section than before, because of ``edits``."""

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
        """Whether the label agrees with the new verdict; half: in the list, but another section."""
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
        """The edits that moved it; else the reason in the new verdict."""
        return "; ".join(map(str, self.edits)) or self.after.lacked or self.before.lacked


@dataclass(frozen=True, slots=True)
class Effect:
    """
    Both verdicts on every paper, and the changes of section.

    ``touched`` is the number of papers with one of the changed words, moved or not.
    """

    papers: tuple[Labelled, ...]
    before: tuple[Verdict, ...]
    after: tuple[Verdict, ...]
    changes: tuple[ChangedVerdict, ...]
    touched: int

    def of(self, kind: Kind) -> list[ChangedVerdict]:
        return [change for change in self.changes if change.kind == kind]


@dataclass(frozen=True, slots=True)
class Moved:
    """The changes of section among some papers, by their numbers; ``touched`` as in ``Effect``."""

    changes: tuple[tuple[int, ChangedVerdict], ...]
    touched: int


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
        """What changes on these papers; ``known`` are the old verdicts, if they are at hand."""
        old = tuple(old_verdicts or corpus.judge(self.old, self.before.list))
        having = corpus.having({edit.word for edit in self.edits})
        which = range(len(old)) if self._touching is None else having
        new = corpus.judge_again(self.new, self.after.list, old, which)
        changes = self._changes(corpus, zip(old, new, strict=True), range(len(old)), having)
        moved = tuple(change for _, change in changes)
        return Effect(corpus.papers, old, new, moved, len(having))

    def changed(self, corpus: Corpus) -> Moved:
        """Only the changes: what has no changed word is judged by neither version."""
        having = corpus.having({edit.word for edit in self.edits})
        which = range(len(corpus.papers)) if self._touching is None else sorted(having)
        verdicts = (
            (
                self.old.judge_folded(self.before.list, corpus.texts(number)),
                self.new.judge_folded(self.after.list, corpus.texts(number)),
            )
            for number in which
        )
        return Moved(tuple(self._changes(corpus, verdicts, which, having)), len(having))

    def _changes(
        self,
        corpus: Corpus,
        verdicts: Iterable[tuple[Verdict, Verdict]],
        numbers: Iterable[int],
        having: Mapping[int, Found],
    ) -> Iterator[tuple[int, ChangedVerdict]]:
        for number, (before, after) in zip(numbers, verdicts, strict=True):
            if before.section != after.section:
                likely = self._likely(having.get(number, {}), before, after)
                responsible = self._responsible.of(corpus.texts(number), likely, after.section)
                paper = corpus.papers[number]
                yield number, ChangedVerdict(paper, before, after, responsible)

    def _likely(self, matches: Found, before: Verdict, after: Verdict) -> list[Edit]:
        """The edits found in a paper; those of its old and new section come last."""
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
