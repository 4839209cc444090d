"""
Screens works before anybody sees them: candidates are new, complete and not withdrawn.

A new paper is version 1 with an id of this or the last month. The announce type alone doesn't
decide: a first announcement is ``cross`` if its primary category isn't watched, and an old paper
is ``cross`` when somebody cross-lists it today. A paper that a feed or hub mentions is new for
half a year, one that people suggest always is.
"""

import re
from datetime import date

from catalog.arxiv_id import ArxivId
from catalog.paper import Paper, bare_key, is_paper_key
from catalog.sightings import Sighting
from config.patterns import lazy_regex

# Longer than any real ones: such papers are kept out of the digest (characters, names).
MAX_PAPER_TITLE_CHARS, MAX_PAPER_ABSTRACT_CHARS, MAX_PAPER_AUTHORS = 500, 10_000, 200
# A paper that a feed or a hub names is news for so long (months); what people suggest always is.
MENTION_MONTHS = 6
BY_PEOPLE = frozenset({"inbox", "lists"})
_THING = r"(?:paper|article|manuscript|submission|preprint|work|version)"
_WITHDRAWN = lazy_regex(
    rf"\b(?:this|the) {_THING} (?:has been|is|was) (?:being )?withdrawn\b|^\s*withdrawn\b|"
    # "Paper withdrawn due to ...", "This version withdrawn by ...", "We have withdrawn this paper"
    rf"^\s*(?:this )?{_THING} withdrawn\b|\bhave withdrawn (?:this|the|our) {_THING}\b",
    re.IGNORECASE,
)


def is_new(sighting: Sighting) -> bool:
    """Whether this sighting announced a paper that did not exist before."""
    if sighting.announce_type == "mention":
        return _is_news(sighting)
    if sighting.announce_type not in {"new", "cross"} or sighting.version != 1:
        return False
    if not is_paper_key(sighting.work_key) or sighting.announced is None:
        return False
    arxiv_id = ArxivId(bare_key(sighting.work_key))
    return months_between(arxiv_id.announced_month, sighting.announced) <= 1


def _is_news(sighting: Sighting) -> bool:
    """Whether a mention is news: of an old paper it isn't, unless a person suggests it."""
    arxiv_id = ArxivId.parse(bare_key(sighting.work_key))
    if not is_paper_key(sighting.work_key) or arxiv_id is None:
        return True
    day = sighting.announced or sighting.seen_at.date()
    by_people = sighting.source in BY_PEOPLE
    return by_people or months_between(arxiv_id.announced_month, day) <= MENTION_MONTHS


def months_between(month: tuple[int, int], day: date) -> int:
    """The number of months between a calendar month and a day, in either direction."""
    return abs((day.year - month[0]) * 12 + day.month - month[1])


def fault(paper: Paper) -> str | None:
    """What makes a paper unfit for a digest; None if nothing does."""
    if not paper.title.strip():
        return "has no title"
    if not paper.authors:
        return "has no authors"
    if len(paper.title) > MAX_PAPER_TITLE_CHARS:
        return f"has a title of {len(paper.title)} characters"
    if len(paper.abstract or "") > MAX_PAPER_ABSTRACT_CHARS:
        return f"has an abstract of {len(paper.abstract or '')} characters"
    if len(paper.authors) > MAX_PAPER_AUTHORS:
        return f"has {len(paper.authors)} authors"
    return None


def withdrawn(paper: Paper) -> str | None:
    """
    The notice of a paper's withdrawal; None if there's none.

    arXiv has no flag for it: the notice is in the comments, or at the start of the abstract.
    """
    for text in (paper.comments or "", (paper.abstract or "")[:300]):
        # Looking for the word first takes a tenth of the time.
        if "withdrawn" in text.lower() and _WITHDRAWN.search(text):
            return " ".join(text.split())[:200]
    return None
