"""The rules of a list as they were committed at some moment, and the measure that needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from catalog.errors import UsageTrouble
from catalog.git import Commit, at_revision, commits
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.rank.quarters import moments
from pipelines.rank.rolling import RulesThen, as_dict, roll
from pipelines.rank.samples import Samples
from pipelines.rules.ruleset import compile_rules


@dataclass
class PastRules:
    """
    Gives the rules as of a moment, None where there were none.

    ``unknown`` says where git, or a version itself, could not be read.
    """

    rules: ListRules
    versions: Sequence[Commit]
    unknown: list[str] = field(default_factory=list)
    read: dict[str, RulesThen | None] = field(default_factory=dict)

    def __call__(self, moment: datetime) -> RulesThen | None:
        earlier = [commit.id for commit in self.versions if commit.at < moment]
        if not earlier:
            return None
        if earlier[0] not in self.read:
            self.read[earlier[0]] = self._of_commit(earlier[0])
        return self.read[earlier[0]]

    def _of_commit(self, commit: str) -> RulesThen | None:
        try:
            body = at_revision(self.rules.path, commit)
            then = load_list(self.rules.path, body) if body is not None else None
        except (ConfigTrouble, UsageTrouble) as trouble:
            self.unknown.append(f"commit {commit[:7]}: {trouble.matter}")
            return None
        return RulesThen(then.list, compile_rules([then])) if then else None


def rules_at(rules: ListRules) -> PastRules:
    """The rules of a list at any moment, as git has them."""
    try:
        return PastRules(rules, list(commits(rules.path)))
    except UsageTrouble as trouble:
        return PastRules(rules, (), [f"{trouble.where} {trouble.matter}"])


def measure_quarters(rules: ListRules, samples: Samples, first: date | None) -> dict[str, Any]:
    """Figures by rolling quarters from ``first`` on; UsageTrouble where none can be measured."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) if first else None
    names = [section.name for section in rules.sections]
    past = rules_at(rules)
    figures = list(roll(samples, past, since=start, names=names))
    if not figures:
        matter = "no quarter has labels and enough papers before it to learn from"
        raise UsageTrouble(rules.list, matter, "give --folds 5, or files with first_added")
    return as_dict(figures, moments(samples).source) | {"rules_unknown": past.unknown}
