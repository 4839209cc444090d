"""Judges the examples and lookalikes that travel with the rules: tests that a curator writes."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.paper import Verdict
from config.rules import ListRules, Section
from pipelines.rules.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Failure:
    """A title that the rules judge otherwise than they say."""

    where: str
    title: str
    matter: str

    def __str__(self) -> str:
        return f'{self.where}: "{self.title}" {self.matter}'


def failures(ruleset: Ruleset, rules: ListRules) -> Iterator[Failure]:
    """Examples that do not get their section, and lookalikes that do."""
    for index, section in enumerate(rules.sections):
        for key, position, title in titles(section):
            verdict = ruleset.judge(rules.list, title, None)
            matter = matter_of(key, section.name, verdict)
            if matter:
                line = rules.line("sections", index, key, position)
                where = f"{rules.path}:{line}: {section.name} › {key}"
                yield Failure(where, title, matter)


def titles(section: Section) -> Iterator[tuple[str, int, str]]:
    """Every example and lookalike, with its key and position."""
    for key in ("examples", "lookalikes"):
        for position, title in enumerate(getattr(section, key)):
            yield key, position, title


def matter_of(key: str, section: str, verdict: Verdict) -> str:
    """What is wrong with the verdict on such a title; empty when nothing is."""
    if key == "examples" and verdict.section != section:
        got = f"is judged into {verdict.section}" if verdict.section else "is not let in"
        return f"{got}: {verdict.lacked}" if verdict.lacked else got
    if key == "lookalikes" and verdict.section == section:
        words = ", ".join(dict.fromkeys(f'"{one.word}"' for one in verdict.evidence))
        return f"is judged into {section}, because of {words}"
    return ""
