"""
What the page of rules shows: a word that is tried, what it would do, and what became of it.

Tries words of the rules on the works of the page and on labelled papers, and writes one change.

Texts are folded and judged once; then a changed word costs reading for that word.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.files import write_whole
from catalog.paper import Paper, Verdict
from catalog.store.digests import hash_of
from catalog.store.lock import LOCK_TIMEOUT_S, lock
from catalog.store.verdicts import text_of
from config.errors import ConfigTrouble
from config.rules import KEYS, LIST_KEYS, ListRules, load_list
from config.rules_editor import WordChange, changed, edit
from config.validation import Wrong
from config.words import check_word
from output.patch import patch
from output.review.errors import ReviewTrouble
from output.review.worklist import Worklist
from output.rules_diff import change, figure_rows
from pipelines.rules.ruleset import Ruleset, compile_rules
from pipelines.tuning.comparison import Comparison, Effect
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import cases
from pipelines.tuning.labelled import LabelFiles, Labelled, PaperSources, gather
from pipelines.tuning.metrics import figures


@dataclass(frozen=True, slots=True)
class TriedWord:
    """A change of one word, as it was asked for. Without a section it is of the whole list."""

    list_name: str
    section: str
    key: str
    word: str
    add: bool

    @property
    def back(self) -> "TriedWord":
        """The change that takes this one back."""
        return TriedWord(self.list_name, self.section, self.key, self.word, not self.add)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The words of one list as they are: by section ("" is the whole list) and key."""

    list_name: str
    words: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """
    What a change would do to the works on the desk, to labelled papers, and to other new ones.

    ``figures`` are names with the values before and after; ``broken`` the examples in the file
    that would not hold any more. ``token`` names the file that it was tried on.
    """

    desk: Effect
    labelled: Effect
    others: Effect
    figures: tuple[tuple[str, str], ...]
    broken: tuple[str, ...]
    token: str

    @property
    def parts(self) -> tuple[tuple[str, Effect], ...]:
        return (
            ("Works on the desk", self.desk),
            ("Labelled papers", self.labelled),
            ("Other papers of the last weeks", self.others),
        )


class Judged:
    """Papers with what the rules say of them now."""

    def __init__(self, papers: Sequence[Labelled]) -> None:
        self.corpus = Corpus(papers)
        self._ruleset: Ruleset | None = None

    def effect(self, compared: Comparison) -> Effect:
        return compared.effect(self.corpus, self.known(compared.old, compared.before.list))

    def known(self, ruleset: Ruleset, list_name: str) -> Sequence[Verdict]:
        """What these rules say of each paper; asked again, it is remembered."""
        if self._ruleset is not ruleset:
            self._known = self.corpus.judge(ruleset, list_name)
            self._ruleset = ruleset
        return self._known


@dataclass
class ListBench:
    """One list: its rules as the file has them, and the papers they are tried on."""

    rules: ListRules
    body: bytes
    ruleset: Ruleset
    labelled: Judged
    others: Judged
    desk: Judged
    desk_of: tuple[str, ...] = ()

    def reread(self) -> None:
        """Follow the file, whoever has changed it."""
        body = self.rules.path.read_bytes()
        if body != self.body:
            self.rules = load_list(self.rules.path, body)
            self.body, self.ruleset = body, compile_rules([self.rules])


class RulesTrial:
    """The rules of every list. The papers are read when they are first asked for."""

    def __init__(self, stock: Worklist) -> None:
        self._stock, self._workspace = stock, stock.workspace
        self._benches: dict[str, ListBench] = {}

    def books(self) -> Sequence[RuleBook]:
        return [_book(self._bench(rules.list).rules) for rules in self._workspace.lists]

    def try_(self, tried: TriedWord) -> TrialResult:
        bench = self._bench(tried.list_name)
        after = changed(bench.rules, [_change(bench.rules, tried)])
        compared = Comparison(bench.rules, after, bench.ruleset)
        labelled = bench.labelled.effect(compared)
        names = {section.name for section in after.sections}
        old, new = (
            figures(labelled.papers, verdicts, names)
            for verdicts in (labelled.before, labelled.after)
        )
        return TrialResult(
            desk=bench.desk.effect(compared),
            labelled=labelled,
            others=bench.others.effect(compared),
            figures=tuple((name, change(*pair)) for name, *pair in figure_rows(old, new)),
            broken=tuple(
                f'"{case.title}" {case.matter}' for case in cases(compared) if case.how == "broken"
            ),
            token=hash_of(bench.body),
        )

    def save(self, tried: TriedWord, token: str) -> str:
        with lock(self._workspace.state, "review", patience=LOCK_TIMEOUT_S):
            trial = self.try_(tried)
            bench = self._bench(tried.list_name)
            if trial.token != token:
                raise ReviewTrouble("the rules have changed since this page was made: try it again")
            if trial.broken:
                raise ReviewTrouble(
                    f"an example of the rules would not hold: {'; '.join(trial.broken)}"
                )
            path = bench.rules.path
            if "site-packages" in path.parts:
                raise ReviewTrouble(
                    "these rules came with the program: copy config/ beside your list"
                )
            try:
                new = edit(path, bench.body, [_change(bench.rules, tried)])
                load_list(path, new)
            except ConfigTrouble as trouble:
                raise ReviewTrouble(str(trouble)) from trouble
            before = bench.body
            write_whole(path, new)
        bench.reread()
        return patch(before, new, path.name)

    def _bench(self, list_name: str) -> ListBench:
        rules = next((one for one in self._workspace.lists if one.list == list_name), None)
        if rules is None:
            raise ReviewTrouble(f"no list is called {list_name!r}")
        if list_name not in self._benches:
            self._benches[list_name] = self._made(rules)
        bench = self._benches[list_name]
        try:
            bench.reread()
        except ConfigTrouble as trouble:
            raise ReviewTrouble(str(trouble)) from trouble
        self._lay_out(bench)
        # Before the first letter is typed: what it would change is then seen at once.
        for part in (bench.desk, bench.labelled, bench.others):
            part.known(bench.ruleset, list_name)
        return bench

    def _made(self, rules: ListRules) -> ListBench:
        found = gather(PaperSources.of(self._workspace), rules, LabelFiles())
        # They stay too: see the desk's ``laid_out``.
        gc.freeze()
        known = {paper.arxiv_id for paper in found.papers}
        others = [paper for paper in found.pool if paper.arxiv_id not in known]
        return ListBench(
            rules,
            Path(rules.path).read_bytes(),
            compile_rules([rules]),
            Judged(found.papers),
            Judged(others),
            Judged(()),
        )

    def _lay_out(self, bench: ListBench) -> None:
        """The works that are on the desk now."""
        self._stock.refresh()
        items = [one for one in self._stock.items.values() if one.rules.list == bench.rules.list]
        keys = tuple(one.work.key for one in items)
        if keys != bench.desk_of:
            works = [one.work for one in items]
            bench.desk_of = keys
            bench.desk = Judged(
                [
                    Labelled(work.arxiv_id if isinstance(work, Paper) else None, *text_of(work))
                    for work in works
                ]
            )


def _book(rules: ListRules) -> RuleBook:
    words = {"": {key: getattr(rules, key) for key in LIST_KEYS}}
    for section in rules.sections:
        words[section.name] = {key: getattr(section, key) for key in KEYS}
    return RuleBook(rules.list, words)


def _change(rules: ListRules, tried: TriedWord) -> WordChange:
    """The change as the rules' own language has it; Trouble where it says nothing."""
    words = _book(rules).words.get(tried.section, {}).get(tried.key)
    if words is None:
        raise ReviewTrouble(f"{tried.section or 'the whole list'} has no key {tried.key!r}")
    word = tried.word.strip()
    if not tried.add:
        if word not in words:
            raise ReviewTrouble(f'{tried.key} has no word "{word}"')
        return WordChange(tried.section or None, tried.key, word, add=False)
    try:
        word = check_word(word)
    except Wrong as wrong:
        raise ReviewTrouble(f'"{word[:60]}" {wrong.matter}') from wrong
    if word in words:
        raise ReviewTrouble(f'"{word}" stands there already')
    return WordChange(tried.section or None, tried.key, word)
