"""
The one-sentence summaries (``tldr``) in Semantic Scholar's answers about citations.

A machine made them: people see them beside its name. They are part of no export, because its
licence allows no dumps of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog.markdown.text import visible
from catalog.paper import Fact, Miss, paper_key

SOURCE = "semanticscholar"
# The longest that Semantic Scholar makes have about 60 words.
MAX_SENTENCE_CHARS = 500


def summaries(
    judged: Sequence[Fact | Miss], answers: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[Fact]:
    """The summary of each paper whose answer was believed and has one."""
    by_key = {paper_key(answer["externalIds"].get("ArXiv")): answer for answer in answers}
    for fact in judged:
        answer = by_key.get(fact.work_key)
        if isinstance(fact, Fact) and answer is not None and (text := summary_of(answer)):
            yield Fact(fact.work_key, "tldr", text, SOURCE, fact.url, now)


def summary_of(answer: Mapping[str, Any]) -> str:
    """The summary on one line; empty where there is none, or one too long to be a sentence."""
    given = answer.get("tldr")
    said = given.get("text") if isinstance(given, dict) else None
    text = " ".join(visible(said).split()) if isinstance(said, str) else ""
    return text if len(text) <= MAX_SENTENCE_CHARS else ""
