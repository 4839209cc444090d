"""The learned order of each list: trained when it's old, stored in the state folder, applied."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import StoreTrouble
from catalog.files import write_whole
from catalog.paper import Verdict, Work
from catalog.store.verdicts import text_of
from config.errors import Trouble
from config.rules import ListRules
from pipelines.rank.features import FACTS, Features
from pipelines.rank.model import from_file, to_bytes
from pipelines.rank.samples import Samples, fact_value, fingerprint, from_store
from pipelines.rank.score import Strength
from pipelines.rules.ruleset import Ruleset
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.report import Report
    from catalog.store import Store
    from pipelines.candidates import Snapshots
    from pipelines.rank.model import Model


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of one list: its rules, and the file that holds its model."""

    rules: ListRules
    ruleset: Ruleset
    path: Path
    now: datetime

    @classmethod
    def of(cls, workspace: Workspace, rules: ListRules) -> "Ranking":
        path = workspace.state / "order" / f"{Path(rules.file).stem}.json"
        return cls(rules, workspace.rules, path, workspace.now)

    @property
    def week(self) -> str:
        year, number, _ = self.now.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def rules_fingerprint(self) -> str:
        return self.ruleset.fingerprint(self.rules.list)

    def stored(self) -> "Model | None":
        """The list's model, whatever rules it was trained with; StoreTrouble if it's damaged."""
        return from_file(self.path, self.rules.list)

    def usable(self) -> "tuple[Model | None, str]":
        """The model to order by, or why the rules order alone."""
        try:
            model = self.stored()
        except StoreTrouble as trouble:
            return None, str(trouble)
        if model is None:
            return None, "nothing was learned yet"
        if model.about.rules_fingerprint != self.rules_fingerprint:
            return None, "the rules have changed since it was learned: listkeeper rank train"
        return model, ""

    def train(self, samples: Samples, source: str) -> "Model":
        """Train a model and store it; Trouble if there are too few samples."""
        name = self.rules.list
        if samples.too_little:
            matter = f"too little to learn from: {samples.too_little}"
            raise Trouble(name, matter, "the rules order alone")
        from pipelines.rank.training import learn

        try:
            model = learn(samples, self.ruleset, name, source=source, week=self.week)
        except ValueError as error:
            raise Trouble(name, f"nothing can be learned from this: {error}") from None
        write_whole(self.path, to_bytes(model))
        return model

    def is_current(self, model: "Model") -> bool:
        """
        Whether a model stays for now: trained this week or from files, with the present rules.

        An order that changes under the reader's hands helps nobody. A model from files is
        somebody's own choice and stays while the rules do.
        """
        about = model.about
        same_rules = about.rules_fingerprint == self.rules_fingerprint
        return same_rules and (about.source == "files" or about.week == self.week)


def rank(workspace: Workspace, report: "Report", snapshots: "Snapshots") -> None:
    """The stage: train again where there are new samples, at most once a week."""
    for rules in workspace.lists:
        ranking = Ranking.of(workspace, rules)
        model = ranking.stored()
        if model and ranking.is_current(model):
            continue
        samples = from_store(workspace.store, rules, snapshots.current(rules))
        if samples.too_little:
            report.notes.append(f"{rules.list}: ordered by the rules alone ({samples.too_little})")
            continue
        if model and model.about.fingerprint == fingerprint(samples, ranking.rules_fingerprint):
            continue
        about = ranking.train(samples, "list").about
        report.count("rank/learned-from", len(samples.all))
        report.notes.append(
            f"{rules.list}: the order was learned from {about.listed} listed, {about.rejected}"
            f" refused and {about.background} other papers"
        )


def strengths(
    ranking: Ranking, store: "Store", judged: Iterable[tuple[Work, Verdict]]
) -> dict[str, Strength]:
    """The score of each work by its key: rules and model, or the rules alone."""
    pairs = list(judged)
    model, _ = ranking.usable()
    if model is None:
        return {work.key: Strength(verdict.score) for work, verdict in pairs}
    keys = [work.key for work, _ in pairs]
    facts = {kind: store.facts.latest(kind, keys) for kind in FACTS if kind in model.facts}
    scores = {}
    for work, verdict in pairs:
        values = {
            kind: fact_value(kind, by_key[work.key].value)
            for kind, by_key in facts.items()
            if work.key in by_key
        }
        learned = model.learned(ranking.ruleset, Features(*text_of(work), values))
        scores[work.key] = Strength(verdict.score, learned)
    return scores
