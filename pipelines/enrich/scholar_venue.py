"""
The venues of papers, from Semantic Scholar's answers about their citations.

Semantic Scholar gives a preprint's venue as "arXiv.org" or not at all: that is no venue, and
erases none. The journal isn't asked for: on its own it's mostly the name of a preprint server.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from catalog.facts import Fact, Miss
from catalog.markdown.text import visible
from pipelines.enrich.venue import MAX_VENUE_CHARS, known_name

SOURCE = "semanticscholar"
PREPRINTS = ("arxiv", "corr", "ssrn", "openreview", "biorxiv", "preprint", "zenodo")
SHORT = {
    "neural information processing systems": "NeurIPS",
    "international conference on learning representations": "ICLR",
    "international conference on machine learning": "ICML",
    "annual meeting of the association for computational linguistics": "ACL",
    "conference on empirical methods in natural language processing": "EMNLP",
    "north american chapter of the association for computational linguistics": "NAACL",
    "aaai conference on artificial intelligence": "AAAI",
    "computer vision and pattern recognition": "CVPR",
    "conference on machine learning and systems": "MLSys",
    "trans. mach. learn. res.": "TMLR",
    "transactions on machine learning research": "TMLR",
}


def venues(matched: Iterable[tuple[Fact | Miss, Any]], now: datetime) -> Iterator[Fact | Miss]:
    """
    The venue of each paper whose answer was believed, or a miss for a preprint.

    ``matched`` are counts, each with the item it is from. Other papers have a miss for their counts
    already.
    """
    for fact, answer in matched:
        if isinstance(fact, Fact):
            name = venue_of(answer)
            if name:
                yield Fact(fact.work_key, "venue", name, SOURCE, fact.url, now)
            else:
                preprint = str(answer.get("venue") or "")
                yield Miss(
                    fact.work_key, "venue", SOURCE, "preprint", now, preprint[:MAX_VENUE_CHARS]
                )


def venue_of(answer: Mapping[str, Any]) -> str | None:
    """The short name with the year (``ICLR 2025``), else the full name; None without a venue."""
    published = answer.get("publicationVenue")
    published = published if isinstance(published, dict) else {}
    alternates = published.get("alternate_names")
    values = [answer.get("venue"), published.get("name")]
    values += alternates if isinstance(alternates, list) else []
    names = [" ".join(visible(name).split()) for name in values if isinstance(name, str)]
    names = [name for name in names if name]
    if not names or any(word in names[0].casefold() for word in PREPRINTS):
        return None
    short = next((SHORT[name.casefold()] for name in names if name.casefold() in SHORT), None)
    short = short or next((name for name in names if known_name(name)), None)
    year = answer.get("year")
    fits = isinstance(year, int) and not isinstance(year, bool) and 1900 < year < 2200
    return f"{(short or names[0])[: MAX_VENUE_CHARS - 5]} {year if fits else ''}".strip()
