"""Compares the rules with another version: which papers are gained, lost or moved, and why."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.facts import Verdict
from catalog.git import at_revision, gone_since
from catalog.store.verdicts import text_of
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.tuning.comparison import Comparison, Effect
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import WORST_CASES, Case, cases
from pipelines.tuning.labelled import LabelFiles, LabelledPapers, PaperSources, gather
from pipelines.tuning.metrics import Figures, figures

# Digests whose order is compared: about a month.
DIGESTS = 4


@dataclass(frozen=True, slots=True)
class MovedPlaces:
    """
    How many works of one digest would have another place by the rules' score, of how many.

    A work that comes in or goes out has moved too.
    """

    digest: str
    moved: int
    works: int


@dataclass(frozen=True, slots=True)
class RulesDiff:
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
    places: tuple[MovedPlaces, ...] = ()

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
    def warning(self) -> str:
        """That a change costs looks and no label is in its favour; empty if it doesn't."""
        more = len(self.pool.of("gained")) - len(self.pool.of("lost"))
        if more <= 0 or any(change.opinion == "right" for change in self.labelled.changes):
            return ""
        papers = "paper" if more == 1 else "papers"
        return (
            f"no label is gained, and {more:,} more {papers} of {len(self.pool.papers):,} others"
            " would be proposed"
        )

    @property
    def places_line(self) -> str:
        """How many places move in the last digests; empty without any."""
        if not self.places:
            return ""
        moved, works = (sum(getattr(p, key) for p in self.places) for key in ("moved", "works"))
        each = ", ".join(f"{place.moved} in {place.digest}" for place in self.places)
        last = (
            "the last digest" if len(self.places) == 1 else f"the last {len(self.places)} digests"
        )
        return f"places moved in {last}, by the rules' score: {moved} of {works} ({each})"

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
) -> tuple[list[RulesDiff], list[str]]:
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
        yield (_renamed(rules, version) if body is None else load_list(name, body)), rules


def _renamed(rules: ListRules, version: str) -> ListRules | None:
    """
    The rules of the same list under a name that their folder has no longer; None without any.

    ConfigTrouble where such a file cannot be read: it may be the one.
    """
    unread: list[ConfigTrouble] = []
    for name, body in gone_since(rules.path.parent, rules.path.suffix, version):
        try:
            old = load_list(Path(f"{version}:{name}"), body)
        except ConfigTrouble as trouble:
            unread.append(trouble)
            continue
        if rules.list == old.list or rules.file == old.file:
            return old
    if unread:
        raise unread[0]
    return None


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
) -> RulesDiff:
    compared = Comparison(before, after)
    gathered = gather(sources, after, files)
    labelled = compared.effect(Corpus(gathered.papers))
    labelled_ids = {paper.arxiv_id for paper in gathered.papers}
    pool = [paper for paper in gathered.pool if paper.arxiv_id not in labelled_ids]
    old, new = (
        figures(labelled.papers, verdicts, {section.name for section in rules.sections})
        for verdicts, rules in ((labelled.before, before), (labelled.after, after))
    )
    return RulesDiff(
        compared,
        version,
        gathered,
        labelled,
        compared.effect(Corpus(pool)),
        (old, new),
        tuple(sorted(cases(compared), key=lambda case: WORST_CASES.index(case.how))),
        sources.root,
        files.pool is not None,
        tuple(_places(sources, compared)),
    )


def _places(sources: PaperSources, compared: Comparison) -> Iterator[MovedPlaces]:
    """The places in the last digests that the new rules would change."""
    store = sources.open_store()
    for digest in store.digests.latest(compared.after.list, DIGESTS) if store else ():
        works = store.works.get_many([item["key"] for item in digest.items]) if store else {}
        before, after = (
            _order({key: ruleset.judge(rules.list, *text_of(w)) for key, w in works.items()})
            for ruleset, rules in ((compared.old, compared.before), (compared.new, compared.after))
        )
        moved = sum(before.get(key) != after.get(key) for key in works)
        yield MovedPlaces(digest.name, moved, len(works))


def _order(verdicts: Mapping[str, Verdict]) -> dict[str, int]:
    """The place of each work that is let in."""
    let_in = [key for key, verdict in verdicts.items() if verdict.section is not None]
    ranked = sorted(let_in, key=lambda key: (-verdicts[key].score, key))
    return {key: place for place, key in enumerate(ranked)}
