"""
Items of a list that need a look: withdrawn papers, dead addresses, new venues.

Items follow from stored facts and the list's entries; nothing is asked or changed here. Each has
the line, the evidence, and the command that fixes it. An ignored item comes back only when its
value changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from shlex import quote
from typing import Literal

from catalog.address import Address, identity, read_address
from catalog.facts import Fact, Miss
from catalog.markdown.entry import Entry
from catalog.markdown.listfile import ListFile
from catalog.markdown.repairs import venue_shown
from catalog.paper import link_key, paper_key
from pipelines.watch.links import TRIES

Kind = Literal["withdrawn", "replaced", "title", "repository", "link", "venue", "star"]
Fix = Literal["moved", "title", "dead", "venue", ""]
# An unstarred paper becomes an item when its citations pass one of these: of 631 counts in real
# lists one in a hundred is above the first.
STEPS = (100, 1000)
# Older news is left out.
NEWS = timedelta(days=31)
SOURCES = {"arxiv": "arXiv", "semanticscholar": "Semantic Scholar", "github": "GitHub"}


@dataclass(frozen=True, slots=True)
class WatchItem:
    """
    One thing to look at. ``needs``: something in the list is wrong, a person has to act.

    ``value`` is the observed state: an ignored item comes back when it changes. ``fix`` is the
    name of the fix for `--fix`, empty if there's none.
    """

    line: int
    key: str
    kind: Kind
    what: str
    evidence: str
    do: str
    value: str
    needs: bool = True
    fix: Fix = ""


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """
    Stored facts about the works of a list, by their keys.

    ``first`` is when a source first answered about a paper, by source and key; ``left`` are the
    values that a person ignores, by key and kind of item.
    """

    facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    counts: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    venues: Mapping[str, Fact] = field(default_factory=dict)
    failed: Mapping[str, Miss] = field(default_factory=dict)
    first: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    left: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, key: str) -> Fact | None:
        return self.facts.get(kind, {}).get(key)


@dataclass(frozen=True, slots=True)
class Linked:
    """An address in a list, its line, and whether the entry is about it or only names it."""

    address: Address
    line: int
    entry: Entry
    own: bool


def linked(parsed: ListFile) -> list[Linked]:
    """Every address except papers: of link entries, and of all extras."""
    links = []
    for entry in parsed.entries:
        own = [entry.url] if entry.kind == "link" and entry.url else []
        for url in [*own, *(extra.url for extra in entry.extras)]:
            address = read_address(url)
            if address and address.kind != "paper":
                at = entry.raw.find(url)
                line = entry.line + entry.raw.count("\n", 0, max(at, 0))
                links.append(Linked(address, line, entry, url in own))
    return links


def items(parsed: ListFile, stored: StoredFacts, now: datetime) -> list[WatchItem]:
    """The items of a list, by line."""
    every_item = [
        *(item for entry in parsed.entries for item in _of_paper(entry, stored, now)),
        *(item for link in linked(parsed) for item in _of_address(link, stored)),
    ]
    remaining = (
        item for item in every_item if stored.left.get((item.key, item.kind)) != item.value
    )
    return sorted(remaining, key=lambda item: (item.line, item.kind, item.key))


def _of_paper(entry: Entry, stored: StoredFacts, now: datetime) -> Iterator[WatchItem]:
    if entry.kind != "paper" or not entry.arxiv_id:
        return
    key = paper_key(entry.arxiv_id)
    for kind, happened in (("withdrawn", "is withdrawn"), ("replaced", "says it is replaced")):
        notice = stored.of(kind, key)
        if notice:
            yield WatchItem(
                entry.line,
                key,
                "withdrawn" if kind == "withdrawn" else "replaced",
                f"{entry.arxiv_id} {happened}",
                f"{notice.value!r} ({_source(notice)})",
                f"listkeeper list remove {entry.arxiv_id}",
                notice.value,
            )
    yield from _title(entry, key, stored)
    yield from _venue(entry, key, stored, now)
    yield from _star(entry, key, stored, now)


def _title(entry: Entry, key: str, stored: StoredFacts) -> Iterator[WatchItem]:
    title = stored.of("title", key)
    if title and _plain(title.value) != _plain(entry.title):
        what = f"{entry.arxiv_id} has another title at arXiv"
        evidence = f"{title.value!r} ({_source(title)}); here {entry.title!r}"
        do = f"listkeeper watch --fix title --only {entry.arxiv_id}"
        yield WatchItem(entry.line, key, "title", what, evidence, do, title.value, fix="title")


def _venue(entry: Entry, key: str, stored: StoredFacts, now: datetime) -> Iterator[WatchItem]:
    """New venues only: the list chose not to show one that was there at the first look."""
    venue = stored.venues.get(key)
    if venue is None or entry.venue != "arXiv" or now - venue.seen_at > NEWS:
        return
    first = stored.first.get((venue.source, key))
    if first is None or venue.seen_at <= first:
        return
    words = stored.of("venue-words", key)
    quoted = f"{words.value!r}, " if words and words.source == venue.source else ""
    what = f"{entry.arxiv_id} appeared at {venue.value}"
    evidence = f"{quoted}{_source(venue)}"
    evidence += f"; the list would say `{venue_shown(venue.value)}`"
    do = f"listkeeper watch --fix venue --only {entry.arxiv_id}"
    yield WatchItem(
        entry.line, key, "venue", what, evidence, do, venue.value, needs=False, fix="venue"
    )


def _star(entry: Entry, key: str, stored: StoredFacts, now: datetime) -> Iterator[WatchItem]:
    passed = None if entry.starred else crossed(stored.counts.get(key, ()), now)
    if passed:
        before, after, step = passed
        what = f"{entry.arxiv_id} passed {step:,} citations and has no star"
        evidence = f"{before.count:,} on {_day(before)}, {after.count:,} ({_source(after)})"
        do = f"listkeeper list star {entry.arxiv_id}"
        yield WatchItem(entry.line, key, "star", what, evidence, do, str(step), needs=False)


def crossed(counts: Sequence[Fact], now: datetime) -> tuple[Fact, Fact, int] | None:
    """Counts of one source before and after the highest step passed lately, and that step."""
    best = None
    for source in {fact.source for fact in counts}:
        believed = [fact for fact in counts if fact.source == source and not fact.held]
        lately = [fact for fact in believed if now - fact.seen_at <= NEWS]
        before = [fact for fact in believed if now - fact.seen_at > NEWS] or believed[:1]
        if not lately or not before:
            continue
        for step in STEPS:
            if before[-1].count < step <= lately[-1].count:
                best = (before[-1], lately[-1], step)
    return best


def _of_address(link: Linked, stored: StoredFacts) -> Iterator[WatchItem]:
    key = link.address.key
    kind: Kind = "repository" if link.address.kind == "repository" else "link"
    state = stored.of(kind, key)
    failed = stored.failed.get(key)
    shown = link.address.url.partition("://")[2]

    def item(what: str, evidence: str, do: str, value: str, *, fix: Fix = "") -> WatchItem:
        return WatchItem(link.line, key, kind, f"{shown} {what}", evidence, do, value, fix=fix)

    if state is not None:
        word, _, detail = state.value.partition(" ")
        if word == "moved" and identity(link_key(detail)) != identity(key):
            new = detail if "://" in detail else f"https://github.com/{detail}"
            do = "listkeeper watch --fix moved"
            yield item(f"has moved to {new}", _source(state), do, state.value, fix="moved")
        elif word == "gone":
            do, fix = _away(link)
            yield item("is gone", f"{detail} ({_source(state)})", do, state.value, fix=fix)
        elif word == "archived":
            do = "nothing, unless the list wants living code only"
            yield replace(item("is archived", _source(state), do, state.value), needs=False)
    if failed and failed.times >= TRIES and (state is None or failed.seen_at > state.seen_at):
        do, fix = _away(link)
        evidence = f"{failed.detail}; {failed.times} days in a row, last on {_day(failed)}"
        yield item("does not answer", evidence, do, "dead", fix=fix)


def _away(link: Linked) -> tuple[str, Fix]:
    """How to remove a link: an entry of its own by a decision, an extra by a fix."""
    if link.own:
        return f"listkeeper list remove {quote(link.address.url)}", ""
    return f"listkeeper watch --fix dead --only {quote(link.address.url)}", "dead"


def _source(fact: Fact) -> str:
    return f"{SOURCES.get(fact.source, fact.source)}, {_day(fact)}"


def _day(answer: Fact | Miss) -> str:
    return f"{answer.seen_at:%-d %B %Y}"


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())
