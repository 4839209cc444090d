"""
What a work is: a paper of arXiv, or anything else that has an address; and its key.

Read this first, then ``facts`` and ``sightings`` beside it. Everything there is a fact: frozen,
made of plain values, and free of any rule. The standard library only.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LinkKind = Literal[
    "page", "blog", "repository", "model", "dataset", "space", "collection", "video", "post"
]
# Times outside are a clock's mistake; the first and last years can't be turned into UTC.
FIRST_YEAR, LAST_YEAR = 1990, 2200


def paper_key(arxiv_id: str) -> str:
    """The key of a paper, in the store and everywhere: ``arxiv:`` and its id without version."""
    return f"arxiv:{arxiv_id}"


def link_key(url: str) -> str:
    """The key of anything else: ``link:`` and its canonical URL."""
    return f"link:{url}"


def is_paper_key(key: str) -> bool:
    return key.startswith("arxiv:")


def is_link_key(key: str) -> bool:
    return key.startswith("link:")


def bare_key(key: str) -> str:
    """A key without its kind: the arXiv id of a paper, the URL of a link."""
    return key.removeprefix("arxiv:").removeprefix("link:")


@dataclass(frozen=True, slots=True)
class Paper:
    """
    A paper of arXiv, by its id without version.

    Text is kept as arXiv sends it, TeX included, with white space folded. ``published`` is the
    moment version 1 was submitted, ``announced`` the day (US Eastern) it stood in a feed; a
    source that does not say leaves them None.
    """

    arxiv_id: str
    version: int
    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    announced: date | None = None
    comments: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    license: str | None = None

    @property
    def key(self) -> str:
        """The identity in the store: ``arxiv:2411.04965``."""
        return paper_key(self.arxiv_id)


@dataclass(frozen=True, slots=True)
class Link:
    """Anything that is not a paper, by its canonical URL."""

    url: str
    kind: LinkKind
    title: str
    description: str | None = None

    @property
    def key(self) -> str:
        """The identity in the store: ``link:https://example.org/post``."""
        return link_key(self.url)


Work = Paper | Link
