"""
Tries a change of one word of the rules on this week's works and on labelled papers, and saves it.

Texts are folded and judged once; after that, a changed word costs one search for that word.
"""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.facts import Verdict
from catalog.files import write_whole
from catalog.paper import Paper
from catalog.rows.digests import hash_of
from catalog.store.lock import LOCK_TIMEOUT_S
from catalog.store.verdicts import text_of
from config.errors import ConfigTrouble
from config.rules import KEYS, LIST_KEYS, ListRules, load_list
from config.rules_editor import WordChange, changed, edit
from config.validation import Wrong
from config.words import check_word
from output.patch import patch
from output.reports.rules_diff import change, figure_rows, number
from output.review.errors import ReviewTrouble
from output.review.worklist import Worklist
from pipelines.rules.ruleset import Ruleset, compile_rules
from pipelines.tuning.comparison import Comparison, Effect
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import cases
from pipelines.tuning.freshness import WordsAge, words_age
from pipelines.tuning.labelled import LabelFiles, Labelled, PaperSources, gather
from pipelines.tuning.lint.foreign_notation import habit
from pipelines.tuning.metrics import Figures, figures, share_intervals


@dataclass(frozen=True, slots=True)
class TriedWord:
    """A requested change of one word. No section means the list's own words."""

    list_name: str
    section: str
    key: str
    word: str
    add: bool


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The current words of one list, by section ("" for the list's own) and key."""

    list_name: str
    words: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class TrialFigure:
    """A figure before and after a change, and where it may be afterwards (95 %)."""

    name: str
    change: str
    interval: str


@dataclass(frozen=True, slots=True)
class LabelGroup:
    """The figures of a change on the fresh labels or on the seen ones, and the number of these."""

    name: str
    papers: int
    figures: tuple[TrialFigure, ...]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """
    The effect of a change on this week's candidates, on labelled papers, and on other new ones.

    ``groups`` have the figures on fresh labels, then on seen ones; ``age`` says which are which.
    ``broken`` are the examples in the file that would fail. ``token`` names the content of the file
    that the change was tried on.
    """

    candidates: Effect
    labelled: Effect
    unlabelled: Effect
    groups: tuple[LabelGroup, ...]
    age: str
    broken: tuple[str, ...]
    token: str

    @property
    def parts(self) -> tuple[tuple[str, Effect], ...]:
        return (
            ("Candidates in this review", self.candidates),
            ("Labelled papers", self.labelled),
            ("Other recent papers", self.unlabelled),
        )

    @property
    def changes_anything(self) -> bool:
        return any(effect.changes for _, effect in self.parts)


class JudgedPapers:
    """Papers with their verdicts under the current rules."""

    def __init__(self, papers: Sequence[Labelled]) -> None:
        self.corpus = Corpus(papers)
        self._ruleset: Ruleset | None = None

    def effect(self, compared: Comparison) -> Effect:
        return compared.effect(self.corpus, self.verdicts(compared.old, compared.before.list))

    def verdicts(self, ruleset: Ruleset, list_name: str) -> Sequence[Verdict]:
        """The verdict on each paper, computed once for a ruleset."""
        if self._ruleset is not ruleset:
            self._verdicts = self.corpus.judge(ruleset, list_name)
            self._ruleset = ruleset
        return self._verdicts


@dataclass
class ListTrial:
    """One list: its rules as in the file, and the papers they are tried on."""

    rules: ListRules
    body: bytes
    ruleset: Ruleset
    age: WordsAge
    labelled: JudgedPapers
    unlabelled: JudgedPapers
    candidates: JudgedPapers
    candidate_keys: tuple[str, ...] = ()

    def reread(self) -> None:
        """Load the file again if anyone has changed it."""
        body = self.rules.path.read_bytes()
        if body != self.body:
            self.rules = load_list(self.rules.path, body)
            self.body, self.ruleset = body, compile_rules([self.rules])
            self.age = words_age(self.rules)


class RulesTrial:
    """
    The rules of every list. A list's papers are read when they are first needed.

    Raises ReviewTrouble for changes that make no sense or that the rules' own examples forbid.
    """

    def __init__(self, worklist: Worklist) -> None:
        self._worklist, self._workspace = worklist, worklist.workspace
        self._trials: dict[str, ListTrial] = {}

    def books(self) -> Sequence[RuleBook]:
        return [_book(self._of_list(rules.list).rules) for rules in self._workspace.lists]

    def try_word(self, tried: TriedWord) -> TrialResult:
        """The effect of a change; nothing is written."""
        trial = self._of_list(tried.list_name)
        after = changed(trial.rules, [_change(trial.rules, tried)])
        compared = Comparison(trial.rules, after, trial.ruleset)
        labelled = trial.labelled.effect(compared)
        return TrialResult(
            candidates=trial.candidates.effect(compared),
            labelled=labelled,
            unlabelled=trial.unlabelled.effect(compared),
            groups=tuple(_groups(labelled, trial.age, after)),
            age=str(trial.age),
            broken=tuple(
                f'"{case.title}" {case.matter}' for case in cases(compared) if case.how == "broken"
            ),
            token=hash_of(trial.body),
        )

    def save(self, tried: TriedWord, token: str) -> str:
        """Write the change into the rules that ``token`` names; returns the diff."""
        with self._workspace.lock("review", patience=LOCK_TIMEOUT_S):
            result = self.try_word(tried)
            trial = self._of_list(tried.list_name)
            if result.token != token:
                raise ReviewTrouble("the rules have changed since this page was loaded: try again")
            if result.broken:
                raise ReviewTrouble(
                    f"an example in the rules would fail: {'; '.join(result.broken)}"
                )
            path = trial.rules.path
            if "site-packages" in path.parts:
                raise ReviewTrouble(
                    "these rules belong to the installed program: copy config/ next to your list "
                    "and edit the copy"
                )
            try:
                new = edit(path, trial.body, [_change(trial.rules, tried)])
                load_list(path, new)
            except ConfigTrouble as trouble:
                raise ReviewTrouble(str(trouble)) from trouble
            before = trial.body
            write_whole(path, new)
        trial.reread()
        return patch(before, new, path.name)

    def _of_list(self, list_name: str) -> ListTrial:
        rules = next((rules for rules in self._workspace.lists if rules.list == list_name), None)
        if rules is None:
            raise ReviewTrouble(f"there is no list {list_name!r}")
        if list_name not in self._trials:
            self._trials[list_name] = self._read(rules)
        trial = self._trials[list_name]
        try:
            trial.reread()
        except ConfigTrouble as trouble:
            raise ReviewTrouble(str(trouble)) from trouble
        self._update_candidates(trial)
        # Judged before the first letter is typed, so that its effect shows at once.
        for papers in (trial.candidates, trial.labelled, trial.unlabelled):
            papers.verdicts(trial.ruleset, list_name)
        return trial

    def _read(self, rules: ListRules) -> ListTrial:
        sources = PaperSources.of(self._workspace)
        gathered = gather(sources, rules, LabelFiles(), dated=True)
        ruleset = compile_rules([rules])
        # Kept until the end too: see ``ReviewSession.freeze_memory``.
        gc.freeze()
        labelled = {paper.arxiv_id for paper in gathered.papers}
        unlabelled = [paper for paper in gathered.pool if paper.arxiv_id not in labelled]
        return ListTrial(
            rules,
            Path(rules.path).read_bytes(),
            ruleset,
            words_age(rules, sources.first_judged(rules.list, ruleset.fingerprint(rules.list))),
            JudgedPapers(gathered.papers),
            JudgedPapers(unlabelled),
            JudgedPapers(()),
        )

    def _update_candidates(self, trial: ListTrial) -> None:
        """Follow the worklist: try changes on the works that are on the page now."""
        self._worklist.refresh()
        every = self._worklist.items.values()
        works = [item.work for item in every if item.rules.list == trial.rules.list]
        keys = tuple(work.key for work in works)
        if keys != trial.candidate_keys:
            trial.candidate_keys = keys
            trial.candidates = JudgedPapers(
                [
                    Labelled(work.arxiv_id if isinstance(work, Paper) else None, *text_of(work))
                    for work in works
                ]
            )


def _groups(effect: Effect, age: WordsAge, rules: ListRules) -> Iterator[LabelGroup]:
    """The figures on fresh labels, then on seen ones; a group without labels is left out."""
    names = {section.name for section in rules.sections}
    rows = list(zip(effect.papers, effect.before, effect.after, strict=True))
    for name, fresh in (("fresh", True), ("seen", False)):
        chosen = [row for row in rows if age.is_fresh(row[0].labelled_at) == fresh]
        chosen = [row for row in chosen if row[0].belongs is not None]
        if chosen:
            papers, before, after = zip(*chosen, strict=True)
            pair = figures(papers, before, names), figures(papers, after, names)
            yield LabelGroup(name, len(chosen), tuple(_figures(*pair)))


def _figures(before: Figures, after: Figures) -> Iterator[TrialFigure]:
    intervals = share_intervals(after)
    for name, old, new in figure_rows(before, after):
        low_high = intervals.get(name.removeprefix("section "))
        shown = " to ".join(map(number, low_high)) if low_high else ""
        yield TrialFigure(name, change(old, new), shown)


def _book(rules: ListRules) -> RuleBook:
    words = {"": {key: getattr(rules, key) for key in LIST_KEYS}}
    for section in rules.sections:
        words[section.name] = {key: getattr(section, key) for key in KEYS}
    return RuleBook(rules.list, words)


def _change(rules: ListRules, tried: TriedWord) -> WordChange:
    """The change for the rules' editor; ReviewTrouble if it would change nothing."""
    words = _book(rules).words.get(tried.section, {}).get(tried.key)
    if words is None:
        raise ReviewTrouble(f"{tried.section or 'the list'} has no key {tried.key!r}")
    word = tried.word.strip()
    if not tried.add:
        if word not in words:
            raise ReviewTrouble(f'{tried.key} has no word "{word}"')
        return WordChange(tried.section or None, tried.key, word, add=False)
    try:
        word = check_word(word)
    except Wrong as wrong:
        raise ReviewTrouble(f'"{word[:60]}" {wrong.matter}') from wrong
    if meant_elsewhere := habit(word):
        raise ReviewTrouble(f'"{word}" {meant_elsewhere.matter}; {meant_elsewhere.do}')
    if word in words:
        raise ReviewTrouble(f'"{word}" is already there')
    return WordChange(tried.section or None, tried.key, word)
