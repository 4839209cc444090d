"""Collects the content of one answer of a source: links, papers it names, facts, days."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from catalog.address import read_address
from catalog.facts import Fact, FactKind
from catalog.paper import Link, LinkKind, bare_key, paper_key
from catalog.sightings import Found, Sighting
from crawler.items import WebAnswer
from crawler.parsers.bodies import shape_of
from crawler.parsers.html import shorten
from crawler.sources.base import SourceRequest, SourceResponse

# What a description says beyond this says nothing new (characters).
MAX_DESCRIPTION_CHARS = 5_000
_WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Collector:
    """
    Grows item by item, and becomes an answer.

    Items older than ``oldest_days`` are counted and left out: a feed's archive is no news. Where
    none of the ``total`` items is understood, the answer is broken.
    """

    source: str
    part: str
    now: datetime
    oldest_days: int
    works: dict[str, Found] = field(default_factory=dict)
    named: dict[str, Sighting] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    old: int = 0
    total: int = 0
    not_understood: int = 0
    part_only: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    may_be_empty: bool = False

    @classmethod
    def of(cls, source: str, answer: SourceResponse) -> "Collector":
        request = answer.question
        return cls(source, request.part, answer.now, request.oldest_days)

    def is_old(self, day: date | None) -> bool:
        """Note the day of an item; whether it is too old to be news, which is counted."""
        if day is not None and day <= self.now.date():
            self.days.add(day)
        old = day is not None and day < (self.now - timedelta(days=self.oldest_days)).date()
        self.old += old
        return old

    def link(
        self, url: str, title: str, description: str | None, day: date | None, kind: LinkKind
    ) -> str | None:
        """
        Add the work at an address and return its key; None where it is no address.

        A paper of arXiv is only named.
        """
        address = read_address(url) if _WEB.match(url) else None
        if address is None:
            self.odd.append(f"{url[:100]!r} is no address")
            return None
        if address.kind == "paper":
            self.paper(address.arxiv_id, day, url)
            return address.key
        shown = shorten(title)
        if not shown:
            self.odd.append(f"{url[:100]} has no title")
            return None
        own_kind = address.link_kind if address.link_kind != "page" else kind
        told = (description or "")[:MAX_DESCRIPTION_CHARS]
        link = Link(bare_key(address.key), own_kind, shown, told or None)
        seen = Sighting(self.source, link.key, self.now, "mention", 1, day, address.url)
        self.works.setdefault(link.key, Found(link, seen))
        return link.key

    def paper(self, arxiv_id: str, day: date | None, where: str) -> None:
        """Note a paper that was named at an address; arXiv is asked about it later."""
        self._name(paper_key(arxiv_id), day, where)

    def page(self, url: str, day: date | None = None) -> None:
        """Note a page or paper that was named; its title is asked for later."""
        address = read_address(url)
        if address is None:
            self.odd.append(f"{url[:100]!r} is no address")
        else:
            self._name(address.key, day, address.url)

    def _name(self, key: str, day: date | None, where: str) -> None:
        seen = Sighting(self.source, key, self.now, "mention", 1, day, where)
        self.named.setdefault(key, seen)

    def strange(self, item: object, why: str) -> None:
        """Note an item that is not what the source is made of; its shape is told."""
        self.not_understood += 1
        self.odd.append(f"{why}: {shape_of(item)}")

    def fact(self, key: str, kind: FactKind, value: str, source: str, url: str | None) -> None:
        self.facts.append(Fact(key, kind, value, source, url, self.now))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all works, shown or named."""
        return tuple(dict.fromkeys([*self.works, *self.named]))

    def answer(self, broken: str | None = None) -> WebAnswer:
        """Everything collected, as an answer of the source."""
        if self.not_understood and self.not_understood == self.total:
            broken = f"{self.total} of {self.total} items not understood ({self.odd[-1]})"
        elif self.not_understood:
            told = f"{self.not_understood} of {self.total} items not understood"
            self.part_only.append(told)
        return WebAnswer(
            source=self.source,
            part=self.part,
            works=tuple(self.works.values()),
            ids=self.keys,
            broken=broken,
            total=self.total,
            odd=tuple(self.odd),
            named=tuple(self.named.values()),
            facts=tuple(self.facts),
            days=tuple(sorted(self.days)),
            old=self.old,
            part_only="; ".join(self.part_only) or None,
            open=tuple(self.open),
            may_be_empty=self.may_be_empty,
        )


def is_gap(seen: Collector, question: SourceRequest, page_size: int) -> bool:
    """Whether a full page shows nothing of the last look: something may lie between the two."""
    known = question.previous
    return bool(known) and seen.total >= page_size and not seen.old and known.isdisjoint(seen.keys)


def day_of(value: object) -> date | None:
    """The day of an ISO date and time; None where it is none."""
    try:
        return datetime.fromisoformat(text_of(value)).date()
    except ValueError:
        return None


def text_of(value: object) -> str:
    """A text; empty for anything else that stands in its place."""
    return value if isinstance(value, str) else ""
