"""
Tells labels that may have shaped the words (*seen*) from those that are younger (*fresh*).

A person who changes words has all labels of that day in view, so figures on these say nothing
about later papers. A label is fresh only if it is younger than the last change of any word of the
list; one of unknown age is seen. A single word's own last change would not do: a paper that was
judged wrongly and got a word for it would leave the fresh ones, and those judged rightly stay.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.git import added_lines, at_revision, commits
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from pipelines.rules.ruleset import fingerprint_of

# What stands around an id or address in a list and in JSON.
_BETWEEN = re.compile(r'[\s()\[\]"<>|,;]+')


@dataclass(frozen=True, slots=True)
class WordsAge:
    """The moment (UTC) since which a list's words are unchanged, and what says so."""

    since: datetime
    source: str

    def is_fresh(self, labelled_at: datetime | None) -> bool:
        """Whether a label of this moment is younger than every word; False if it has no date."""
        return labelled_at is not None and labelled_at > self.since

    def __str__(self) -> str:
        return f"the words last changed on {self.since:%Y-%m-%d} ({self.source})"


def words_age(rules: ListRules, first_judged: datetime | None = None) -> WordsAge:
    """
    Since when a list has exactly these words.

    Git knows where the rules file is committed. Otherwise ``first_judged`` is believed, the moment
    of the first stored verdict of these words, and without one the date of the file; the source
    says why git was not. Changes of examples, comments and order of words don't count.
    """
    try:
        committed = _committed(rules)
    except UsageTrouble as trouble:
        committed, why = None, f"as its folder {trouble.matter}"
    else:
        why = "as its last commit has other words"
    if committed:
        return committed
    if first_judged:
        return WordsAge(first_judged, f"by the first verdict in the store, {why}")
    changed = datetime.fromtimestamp(rules.path.stat().st_mtime, UTC)
    return WordsAge(changed, f"by the date of the file, {why}")


def _committed(rules: ListRules) -> WordsAge | None:
    """The oldest commit since which all versions have these words; None if the last has not."""
    same, wanted = None, fingerprint_of(rules)
    for commit in commits(rules.path):
        body = at_revision(rules.path, commit.id)
        if body is None or _fingerprint(rules.path, body) != wanted:
            break
        same = commit
    return WordsAge(same.at, f"commit {same.id[:7]}") if same else None


def _fingerprint(path: Path, body: bytes) -> str | None:
    try:
        return fingerprint_of(load_list(path, body))
    except ConfigTrouble:
        return None


class ListedDates(NamedTuple):
    """When each arXiv id of a file was first listed; ``unknown`` is why git has no answer."""

    of: Mapping[str, datetime]
    unknown: str = ""


def first_listed(path: Path) -> ListedDates:
    """
    When each arXiv id was first committed to a file.

    The first time counts, because counts and stars of an entry change its line again and again.
    """
    first: dict[str, datetime] = {}
    try:
        for at, line in added_lines(path):
            for arxiv_id in _ids(line):
                first[arxiv_id] = min(at, first.get(arxiv_id, at))
    except UsageTrouble as trouble:
        why = f"when papers came to {path.name} is not known: {trouble.where} {trouble.matter}"
        return ListedDates({}, why)
    return ListedDates(first)


def _ids(line: str) -> Iterable[str]:
    """The ids in a line of a list or of JSON."""
    for part in _BETWEEN.split(line):
        if any(sign.isdigit() for sign in part) and (arxiv_id := ArxivId.parse(part)):
            yield arxiv_id.base


class Dated(Protocol):
    """A labelled paper, with the moment of its label."""

    @property
    def labelled_at(self) -> datetime | None: ...


Label = TypeVar("Label", bound=Dated)


def split(labels: Iterable[Label], age: WordsAge) -> tuple[list[Label], list[Label]]:
    """The fresh labels, and the seen ones."""
    fresh: list[Label] = []
    seen: list[Label] = []
    for label in labels:
        (fresh if age.is_fresh(label.labelled_at) else seen).append(label)
    return fresh, seen
