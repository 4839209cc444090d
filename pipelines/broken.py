"""Examples and lookalikes that held with one version of the rules and break with the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from config.rules import ListRules
from pipelines.effect import Comparison
from pipelines.examples import matter_of, titles
from pipelines.rules import Ruleset

How = Literal["broken", "failing", "removed"]


@dataclass(frozen=True, slots=True)
class Case:
    """
    A title that the rules now judge otherwise than a file says.

    ``broken``: it held before. ``failing``: it did not hold before either. ``removed``: it held,
    and stands no more in the file.
    """

    how: How
    where: str
    title: str
    matter: str

    def __str__(self) -> str:
        return f'{self.where}: "{self.title}" {self.matter}'


def cases(compared: Comparison) -> Iterator[Case]:
    """Every example and lookalike of both versions that does not hold now."""
    told = set()
    for where, section, key, title in _cases(compared.after):
        told.add((section, key, title))
        now = _matter(compared.new, compared.after, section, key, title)
        if now:
            held = not _matter(compared.old, compared.before, section, key, title)
            yield Case("broken" if held else "failing", where, title, now)
    for where, section, key, title in _cases(compared.before):
        if (section, key, title) in told:
            continue
        now = _matter(compared.new, compared.after, section, key, title)
        if now and not _matter(compared.old, compared.before, section, key, title):
            yield Case("removed", where, title, now)


def _cases(rules: ListRules) -> Iterator[tuple[str, str, str, str]]:
    for index, section in enumerate(rules.sections):
        for key, position, title in titles(section):
            line = rules.line("sections", index, key, position)
            where = f"{rules.path}:{line}: {section.name} › {key}"
            yield where, section.name, key, title


def _matter(ruleset: Ruleset, rules: ListRules, section: str, key: str, title: str) -> str:
    return matter_of(key, section, ruleset.judge(rules.list, title, None))
