"""
All enrichers but those of citations. A new one is a file in this folder and a line here.

``READERS`` read a paper's own text; no service is asked. ``ASKED`` ask a service about one paper or
repository at a time, within a budget, and only if the last answer is old enough.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from catalog.facts import Fact, Miss
from catalog.paper import Paper
from pipelines.enrich import code, github, hugging_face, licence, notices, venue
from pipelines.enrich.base import Enricher


class Reader(Protocol):
    """Reads facts of a paper from its own title, abstract and comments."""

    def facts_of(self, paper: Paper, now: datetime) -> Iterator[Fact | Miss]: ...


READERS: dict[str, Reader] = {
    "code": code,
    "venue": venue,
    "notices": notices,
    "licence": licence,
}

ASKED: dict[str, Enricher] = {
    "hugging_face": hugging_face,
    "github": github,
}
