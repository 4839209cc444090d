"""The model of each list: trained when it's old, stored in the state folder, applied."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.errors import StoreTrouble
from catalog.files import write_whole
from catalog.store.verdicts import NearMiss, text_of
from catalog.store.works import WorkText, text_digest
from config.errors import Trouble
from config.rules import ListRules
from pipelines.candidates import FRESH_DAYS, Judged, is_settled
from pipelines.likeness import (
    Likeness,
    Likenesses,
    likeness_path,
    model_path,
    read_likenesses,
    write_likenesses,
)
from pipelines.rank.explain import Explainer
from pipelines.rank.lines import MIN_LINE_REJECTED, choose_section_share, choose_share
from pipelines.rank.model import Share, from_file, to_bytes
from pipelines.rank.samples import (
    MAX_BACKGROUND,
    MIN_LISTED,
    MIN_LISTED_OF_INIT,
    SampleFiles,
    Samples,
    dated,
    features_of,
    features_of_text,
    fingerprint,
    from_files,
    from_store,
)
from pipelines.rank.score import DIGITS, HALF, OrderPoints, Strength, compare
from pipelines.rules.ruleset import Ruleset, fingerprint_of
from pipelines.rules.untouched import is_untouched, words_of_init
from pipelines.tuning.freshness import WordsAge, first_listed, words_age
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.report import Report
    from catalog.store import Store
    from pipelines.candidates import Snapshots
    from pipelines.rank.model import Model
    from pipelines.rank.training import Learnt


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of one list: its rules, and the files that hold its model and what it said."""

    rules: ListRules
    compiled: Callable[[], Ruleset]
    path: Path
    likeness_file: Path
    now: datetime

    @classmethod
    def of(cls, workspace: Workspace, rules: ListRules) -> "Ranking":
        path = model_path(workspace.state, rules.file)
        likeness = likeness_path(workspace.state, rules.file)
        # Compiling takes longer than to order what is judged already, which needs no rules.
        return cls(rules, lambda: workspace.rules, path, likeness, workspace.now)

    @property
    def ruleset(self) -> Ruleset:
        return self.compiled()

    @property
    def week(self) -> str:
        year, number, _ = self.now.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def rules_fingerprint(self) -> str:
        return fingerprint_of(self.rules)

    def stored(self) -> "Model | None":
        """The list's model; StoreTrouble if it's damaged."""
        return from_file(self.path, self.rules.list)

    def usable(self) -> "tuple[Model | None, str]":
        """The model to order by, or why the rules order alone."""
        try:
            model = self.stored()
        except StoreTrouble as trouble:
            return None, str(trouble)
        return model, "" if model else "nothing was learned yet"

    def share(self, model: "Model") -> Share:
        """The rules' part of the order: as chosen for these words, half if they changed since."""
        return self._valid(model.share)

    def section_share(self, model: "Model") -> Share:
        """The same of the choice of a section."""
        return self._valid(model.section_share)

    def line(self, model: "Model") -> float | None:
        """
        The chance from which likeness makes candidates; None where the rules let in alone.

        Words that ``init`` counted out let in too much. So until there are labels to set a line on,
        the one from the list's own entries takes their place.
        """
        line = model.line or (model.own_line if words_of_init(self.rules) else None)
        return line.chance if line else None

    def init_words(self, model: "Model") -> frozenset[str]:
        """
        The words that let nothing in alone: those of ``init``, until labels show them right.

        A line set on listed papers alone doesn't say what such words let in beside them.
        """
        shown = model.line and model.line.labels - model.line.listed >= MIN_LINE_REJECTED
        return frozenset() if shown else words_of_init(self.rules)

    def _valid(self, share: Share) -> Share:
        if share.rules_fingerprint == self.rules_fingerprint:
            return share
        return Share(HALF, "the words changed since the model was learned", self.rules_fingerprint)

    def lacking(self, samples: Samples) -> str:
        """
        Why a model cannot take a part in the order yet, or nothing.

        Words of ``init`` take none beside a model, and are poor where the list is short.
        """
        return samples.lacking(MIN_LISTED_OF_INIT if words_of_init(self.rules) else MIN_LISTED)

    def train(self, samples: Samples, source: str, age: WordsAge) -> "Model":
        """Train a model and store it; Trouble if there are too few samples."""
        name = self.rules.list
        if lacking := self.lacking(samples):
            matter = f"too little to learn from: {lacking}"
            raise Trouble(name, matter, "the rules order alone")
        from pipelines.rank.training import learn

        try:
            learnt = learn(samples, name, source=source, week=self.week)
        except ValueError as error:
            raise Trouble(name, f"nothing can be learned from this: {error}") from None
        model = self._with_shares(learnt, age)
        write_whole(self.path, to_bytes(model))
        return model

    def _with_shares(self, learnt: "Learnt", age: WordsAge) -> "Model":
        """The model, with what the rules count beside it."""
        fresh = [label for label in learnt.kept if age.is_fresh(label.at)]
        texts = ((label.seen.title, label.seen.abstract) for label in fresh)
        verdicts = list(self.ruleset.judge_all(self.rules.list, texts))
        scores, words = [verdict.score for verdict in verdicts], self.rules_fingerprint
        untouched = is_untouched(self.rules)
        return replace(
            learnt.model,
            share=choose_share(fresh, scores, words, untouched=untouched),
            section_share=choose_section_share(fresh, verdicts, words, untouched=untouched),
        )

    def is_current(self, model: "Model") -> bool:
        """
        Whether a model stays for now: trained this week, or from files.

        An order that changes under the reader's hands helps nobody. A model from files is
        somebody's own choice.
        """
        return model.about.source == "files" or model.about.week == self.week


def rank(workspace: Workspace, report: "Report", snapshots: "Snapshots") -> None:
    """The stage: train again where there are new samples, once a week at most; then judge works."""
    for rules in workspace.lists:
        ranking = Ranking.of(workspace, rules)
        model = _in_use(workspace, ranking, report, snapshots)
        if model is None:
            ranking.likeness_file.unlink(missing_ok=True)
        else:
            snapshots.judged(rules, refresh(ranking, model, workspace.store))


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that somebody asked for, its file, and what more samples would bring, if anything."""

    model: "Model"
    path: Path
    notes: tuple[str, ...]


def train(workspace: Workspace, rules: ListRules, files: SampleFiles | None) -> Trained:
    """Train the model of a list now, and judge the stored works by it."""
    ranking = Ranking.of(workspace, rules)
    samples = samples_of(workspace, rules, files)
    # Rows of files need no store, and must not create one.
    store = workspace.store if workspace.has_store else None
    name, words = rules.list, ranking.rules_fingerprint
    age = words_age(rules, store.verdicts.first_judged(name, words) if store else None)
    model = ranking.train(samples, "files" if files else "list", age)
    # As it's stored: its weights are rounded there.
    if store and (stored := ranking.stored()):
        refresh(ranking, stored, store)
    return Trained(model, ranking.path, samples.notes)


def samples_of(
    workspace: Workspace, rules: ListRules, files: SampleFiles | None, *, everything: bool = False
) -> Samples:
    """The samples of files, or else of the list and the store."""
    most = None if everything else MAX_BACKGROUND
    if files:
        return from_files(files, most=most)
    snapshot = workspace.snapshots().current(rules)
    dates = first_listed(workspace.list_path(rules))
    found = from_store(workspace.store, rules, snapshot, most=most)
    return replace(dated(found, dates.of), undated=dates.unknown)


def _in_use(
    workspace: Workspace, ranking: Ranking, report: "Report", snapshots: "Snapshots"
) -> "Model | None":
    """The model of the list, a new one where that is due; None if the rules order alone."""
    rules, store = ranking.rules, workspace.store
    model = ranking.stored()
    if model and ranking.is_current(model):
        return model
    snapshot = snapshots.current(rules)
    samples = from_store(store, rules, snapshot)
    if lacking := ranking.lacking(samples):
        # It learned from papers that are gone, or beside words of init that are gone.
        ranking.path.unlink(missing_ok=True)
        note = f"{rules.list}: ordered by the rules alone, too little to learn from yet: {lacking}"
        report.notes.append(note)
        return None
    if model and model.about.fingerprint == fingerprint(samples):
        return model
    dates = first_listed(workspace.list_path(rules))
    samples = replace(dated(samples, dates.of), undated=dates.unknown)
    age = words_age(rules, store.verdicts.first_judged(rules.list, ranking.rules_fingerprint))
    model = ranking.train(samples, "list", age)
    about = model.about
    report.count("rank/learned-from", len(samples.all))
    report.notes.append(
        f"{rules.list}: the order was learned from {about.listed} listed, {about.rejected}"
        f" refused and {about.background} other papers"
    )
    report.notes += [f"{rules.list}: {note}" for note in samples.notes]
    return ranking.stored()


def refresh(ranking: Ranking, model: "Model", store: "Store") -> Likenesses:
    """
    What the model says of the works of 60 days; those that it hasn't judged are judged, and stored.

    A work is judged again once it was sighted again: its text may have changed.
    """
    old = read_likenesses(ranking.likeness_file)
    line = ranking.line(model)
    share = ranking.share(model).rules
    section_share = ranking.section_share(model).rules
    earlier: Mapping[str, Likeness] = {}
    older: Mapping[str, Likeness] = {}
    until = ""
    if old and old.model == model.about.fingerprint and old.line == line:
        earlier, older, until = old.of, old.older, old.seen_until
    proposed = store.verdicts.proposed_keys(ranking.rules.list)
    newest = store.works.last_sighted((ranking.now - timedelta(days=FRESH_DAYS)).date())
    due = {
        key: earlier.get(key)
        for key, seen_at in newest.items()
        if key not in earlier or seen_at > until or (key in proposed and not earlier[key].words)
    }
    fresh = judge(model, store, due, proposed)
    shown = {
        key
        for key, likeness in fresh.items()
        if likeness is not due[key]
        and (key in proposed or (line is not None and likeness.chance >= line))
    }
    fresh |= explain(ranking, model, store, {key: fresh[key] for key in shown})
    unchanged = {key: likeness for key, likeness in earlier.items() if key in newest}
    likenesses = Likenesses(
        model.about.fingerprint,
        line,
        share > 0,
        section_share,
        max(newest.values(), default=""),
        {**unchanged, **fresh},
        ranking.init_words(model),
        waiting(ranking, model, store, proposed - newest.keys(), {**older, **earlier}),
    )
    if likenesses != old:
        write_likenesses(ranking.likeness_file, likenesses)
    return likenesses


def waiting(
    ranking: Ranking,
    model: "Model",
    store: "Store",
    proposed: set[str],
    known: Mapping[str, Likeness],
) -> dict[str, Likeness]:
    """
    What the model says of those works that nobody decided on; what isn't ``known`` is judged.

    Each digest orders them again, years later still.
    """
    decided = store.decisions.latest(ranking.rules.list)
    waits = {key for key in proposed if not is_settled(decided.get(key), ranking.now)}
    fresh = judge(model, store, dict.fromkeys(waits - known.keys()), set())
    return fresh | {
        key: known[key]._replace(sections=(), words=(), nearest=()) for key in waits & known.keys()
    }


class _Points(NamedTuple):
    """A text's digest, its points for both questions, and what its authors add to each."""

    text: str
    order: float
    belongs: float
    authors: tuple[float, float] | None


def judge(
    model: "Model", store: "Store", due: Mapping[str, Likeness | None], proposed: set[str]
) -> dict[str, Likeness]:
    """
    The likeness of works, without reasons.

    ``due`` says what was known of each: that stays if its text and authors are the same, and it
    has reasons or needs none.
    """
    if not due:
        return {}
    # Loaded here: to order what is judged already needs no numpy.
    from pipelines.rank.sums import TextPoints

    points_of = TextPoints(model)
    likenesses: dict[str, Likeness] = {}
    judged: dict[str, _Points] = {}
    number = named = 0
    for texts in store.works.texts(due):
        number += len(texts)
        named += sum(bool(text.authors) for text in texts)
        fresh: list[tuple[WorkText, tuple[float, float] | None]] = []
        for text in texts:
            old, adds = due[text.key], model.authors_add(features_of_text(text))
            is_same = old and (old.text, old.authors) == (text.digest, adds[0] if adds else None)
            if old and is_same and (old.words or text.key not in proposed):
                likenesses[text.key] = old
            else:
                fresh.append((text, adds))
        points = points_of.of([features_of_text(text) for text, _ in fresh]).tolist()
        for (text, adds), (order, belongs) in zip(fresh, points, strict=True):
            judged[text.key] = _Points(text.digest, order, belongs, adds)
    # Too few named authors would compare unlike works.
    counted = 2 * named >= number
    for key, one in judged.items():
        authors, more = one.authors or (None, 0.0)
        chance = round(model.belongs.chance(one.belongs + (more if counted else 0.0)), DIGITS)
        likenesses[key] = Likeness(one.text, chance, points=one.order, authors=authors)
    return likenesses


def explain(
    ranking: Ranking, model: "Model", store: "Store", bare: Mapping[str, Likeness]
) -> dict[str, Likeness]:
    """The same likenesses with their reasons."""
    explainer = Explainer.of(model, (section.name for section in ranking.rules.sections))
    return {
        text.key: explainer.explained(bare[text.key], features_of_text(text))
        for texts in store.works.texts(bare)
        for text in texts
    }


def compared_by_model(
    ranking: Ranking,
    model: "Model",
    store: "Store",
    scores: Mapping[str, float],
    pairs: Sequence[Judged],
    near: Sequence[NearMiss],
    likeness: Likenesses | None,
) -> dict[str, Strength]:
    """The strength of works by their key, from the rules' ``scores`` and what the model says."""
    texts = {miss.key: miss.text for miss in near}
    texts |= {work.key: text_digest(*text_of(work)) for work, _ in pairs}
    is_same = likeness is not None and likeness.model == model.about.fingerprint
    judged_before = {**likeness.older, **likeness.of} if likeness and is_same else {}
    unread = {
        key
        for key, text in texts.items()
        if key not in judged_before or judged_before[key].text != text
    }
    works = {work.key: work for work, _ in pairs if work.key in unread}
    works |= store.works.get_many(unread - works.keys())
    points = {
        key: OrderPoints(judged_before[key].points, judged_before[key].authors)
        for key in texts.keys() - unread
    }
    points |= {key: model.order_points(features_of(work)) for key, work in works.items()}
    learned = model.in_order([points[key] for key in scores])
    compared = compare(list(scores.values()), learned, ranking.share(model).rules)
    return dict(zip(scores, compared, strict=True))
