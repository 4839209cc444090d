"""The rules of a list as they were committed at some moment."""

from datetime import datetime
from functools import cache

from catalog.errors import UsageTrouble
from catalog.git import at_revision, commits
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.rank.rolling import RulesAt, RulesThen
from pipelines.rules.ruleset import compile_rules


def rules_at(rules: ListRules) -> RulesAt:
    """A function that gives the rules as of a moment; None where git doesn't know them."""
    try:
        versions = list(commits(rules.path))
    except UsageTrouble:
        versions = []

    @cache
    def of_commit(commit: str) -> RulesThen | None:
        body = at_revision(rules.path, commit)
        try:
            then = load_list(rules.path, body) if body is not None else None
        except ConfigTrouble:
            return None
        return RulesThen(then.list, compile_rules([then])) if then else None

    def as_of(moment: datetime) -> RulesThen | None:
        earlier = [commit.id for commit in versions if commit.at < moment]
        return of_commit(earlier[0]) if earlier else None

    return as_of
