"""Notices in a paper's comments that it was withdrawn or replaced by another."""

import re
from collections.abc import Iterator
from datetime import datetime

from catalog.facts import Fact, Miss
from catalog.paper import Paper
from pipelines.screening import withdrawn

SOURCE = "arxiv"
MAX_NOTICE_CHARS = 200
_REPLACED = re.compile(
    r"\b(?:superseded|replaced|subsumed) by\b|\b(?:merged|incorporated) (?:in)?to\b[^.]*"
    r"(?:arxiv|paper|article)|\bnewer version of this (?:paper|work) (?:is|can be found)\b",
    re.IGNORECASE,
)


def facts_of(paper: Paper, now: datetime) -> Iterator[Fact | Miss]:
    """The notice in the paper's own words; arXiv has no flag for either."""
    page = f"https://arxiv.org/abs/{paper.arxiv_id}"
    gone = withdrawn(paper)
    if gone:
        yield Fact(paper.key, "withdrawn", gone, SOURCE, page, now)
    words = " ".join((paper.comments or "").split())
    if _REPLACED.search(words):
        yield Fact(paper.key, "replaced", words[:MAX_NOTICE_CHARS], SOURCE, page, now)
