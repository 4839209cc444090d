"""
All enrichers but those of citations. A new one is a file in this folder and a line here.

``READERS`` read what a paper says of itself; nobody is asked. ``ASKED`` ask a service, one paper or
repository at a time, within a budget and not before an answer has come of age.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from catalog.paper import Fact, Miss, Paper
from pipelines.enrich import code, github, hugging_face, licence, notices, venue
from pipelines.enrich.base import Enricher


class Reader(Protocol):
    """Facts of a paper from its own title, abstract and comments; nothing where it tells none."""

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
