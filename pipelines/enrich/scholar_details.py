"""
What else Semantic Scholar's answers about citations say: summaries and where the authors work.

A machine made the one-sentence summaries (``tldr``): people see them beside its name. They are part
of no export, because its licence allows no dumps of them. Affiliations are what authors wrote on
their pages there; most wrote nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from catalog.facts import Fact, Miss
from catalog.markdown.text import visible

SOURCE = "semanticscholar"
# The longest that Semantic Scholar makes have about 60 words.
MAX_SENTENCE_CHARS = 500
# Names of institutions that a line has room for, and the letters of one.
MAX_AFFILIATIONS, MAX_AFFILIATION_CHARS = 3, 80


def details(matched: Iterable[tuple[Fact | Miss, Any]], now: datetime) -> Iterator[Fact]:
    """The summary and the affiliations of each paper whose answer was believed and has them."""
    for fact, answer in matched:
        if not isinstance(fact, Fact):
            continue
        if text := summary_of(answer):
            yield Fact(fact.work_key, "tldr", text, SOURCE, fact.url, now)
        if places := affiliations_of(answer):
            yield Fact(fact.work_key, "affiliations", "; ".join(places), SOURCE, fact.url, now)


def summary_of(answer: Mapping[str, Any]) -> str:
    """The summary on one line; empty where there is none, or one too long to be a sentence."""
    given = answer.get("tldr")
    said = given.get("text") if isinstance(given, dict) else None
    text = " ".join(visible(said).split()) if isinstance(said, str) else ""
    return text if len(text) <= MAX_SENTENCE_CHARS else ""


def affiliations_of(answer: Mapping[str, Any]) -> list[str]:
    """The first different institutions of the authors, in their order; long texts are left out."""
    found: dict[str, str] = {}
    for author in answer.get("authors", ()):
        for name in author["affiliations"]:
            text = " ".join(visible(name).replace(";", ",").split())
            if 0 < len(text) <= MAX_AFFILIATION_CHARS:
                found.setdefault(text.casefold(), text)
    return list(found.values())[:MAX_AFFILIATIONS]
