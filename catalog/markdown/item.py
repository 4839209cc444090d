"""An entry of a list in any form: its bytes, its place, the works it names, and its parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from catalog.address import repository
from catalog.arxiv_id import ArxivId
from catalog.markdown.entry import STARS, Entry, Extra
from catalog.markdown.entry_reader import paper_head, read_entry
from catalog.markdown.sections import ListSection
from catalog.markdown.spans import ItemForm, ItemKind, Span
from catalog.paper import bare_key, is_paper_key
from catalog.works import keys_in
from config.patterns import lazy_regex

if TYPE_CHECKING:
    from catalog.markdown.parts import EntryLink, EntryPart, Split

Kind = ItemKind | Literal["plaza"]

_LINES = ItemForm("lines", "", "")
# Sections whose items are no works of the list. What stands below news is news too, down to a
# heading that says "papers"; below "Contents" some lists go on with their sections.
_NEWS = lazy_regex(
    r"\W*(?:(?:latest|recent|our|important)\s+)*(?:news|updates?|what['’]?s new|change ?logs?|"
    r"announcements?|新闻|动态|更新)\W*",
    re.IGNORECASE,
)
_ASIDE = lazy_regex(
    r"\W*(?:(?:table of )?contents?|toc|outline|index|contributing(?: to .*)?|"
    r"(?:other )?contributors?|contributions?|how to contribute|"
    r"(?:to )?cit(?:e|ing|ations?)(?: \w+){0,3}|bibtex|licen[cs]e|acknowledge?ments?|"
    r"star history|contact(?: us)?|todo|roadmap|disclaimer|目录)\W*",
    re.IGNORECASE,
)
_OF_WORKS = lazy_regex(r"\b(?:papers?|publications?|works|articles?|week|month)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """
    Everything that belongs to one entry: marker line, further lines, remarks; or a table row.

    ``tree_end`` is the place in the file (bytes) after the entries nested in this one; nothing
    may be put between. ``references`` are the addresses of reference links, by name. ``foreign``
    says that the list has another form than Efficient LLM's.
    """

    span: Span
    section: ListSection | None = field(default=None, compare=False, repr=False)
    tree_end: int = 0
    references: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    foreign: bool = False

    @property
    def raw(self) -> bytes:
        return self.span.raw

    @property
    def start(self) -> int:
        """The place of the first byte in the file."""
        return self.span.start

    @property
    def end(self) -> int:
        """The place after its last byte; blank lines that follow are not its own."""
        return self.span.end

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def form(self) -> ItemForm:
        return self.span.form or _LINES

    @property
    def kind(self) -> Kind:
        """``plaza`` for a paper in Efficient LLM's form, else how the item is set off."""
        plaza = self.form.kind == "bullet" and paper_head(self.text)
        return "plaza" if plaza else self.form.kind

    @property
    def text(self) -> str:
        """The bytes as text, one to one: places of parts are positions in it."""
        return self.span.raw.decode("utf-8", "surrogateescape")

    @property
    def body(self) -> int:
        """Where the text begins after the marker (a position in ``text``)."""
        text = self.text
        mark = len(text) - len(text.lstrip("\ufeff"))
        return min(len(text), mark + len(self.form.indent) + len(self.form.marker))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The works it names, its own first; empty for what is no entry."""
        if self.foreign and is_aside(self.section):
            return ()
        return keys_in(self.text, self.references)

    @cached_property
    def split(self) -> "Split":
        """The parts of its text, each with its place."""
        # Lists in Efficient LLM's form are checked without it.
        from catalog.markdown.parts.splitter import split

        return split(self.text, self.body, self.form.columns, self.references)

    @cached_property
    def entry(self) -> Entry | None:
        """What it means to the rest of the program; None if it stands for no work."""
        plain = self.form.kind == "bullet" and not self.form.indent
        name = self.section.name if self.section else None
        if plain:
            entry = read_entry(self.span.raw.decode("utf-8", "replace"), name, self.line)
            if not self.foreign or (entry and entry.kind == "paper"):
                return entry
        return self._entry() if self.keys else None

    def _entry(self) -> Entry:
        parts, key = self.split, self.keys[0]
        own = next((link for link in parts.links if link.key == key), None)
        arxiv_id = ArxivId.parse(own.url.value) if own else None
        paper = is_paper_key(key)
        title = parts.title.value if parts.title else ""
        return Entry(
            kind="paper" if paper else "link",
            section=self._section_name(),
            title=title,
            arxiv_id=bare_key(key) if paper else None,
            version=arxiv_id.version if arxiv_id else None,
            authors=parts.names,
            elided=parts.elided,
            venue=_value(parts.venue),
            starred=any(star in self.text[: _start(parts)] for star in STARS),
            url=own.url.value if own else None,
            extras=tuple(_extra(link) for link in parts.links if link.key and link.key != key),
            note=_value(parts.remark),
            line=self.line,
            raw=self.span.raw.decode("utf-8", "replace"),
        )

    def _section_name(self) -> str | None:
        """The section's name; a heading per year is a part of the section above it."""
        if self.section is None:
            return None
        subject = self.section.subject
        return subject[-1] if subject else self.section.name


def in_news(section: ListSection | None) -> bool:
    """Whether the section stands below news: what it shows stands elsewhere in the list too."""
    return any(_NEWS.fullmatch(name) for name in (section.path if section else ()))


def is_aside(section: ListSection | None) -> bool:
    """Whether the section holds news, contents or advice, and no works."""
    if section is None:
        return False
    if _ASIDE.fullmatch(section.name):
        return True
    for name in reversed(section.path):
        if _OF_WORKS.search(name):
            return False
        if _NEWS.fullmatch(name):
            return True
    return False


def _value(part: "EntryPart | None") -> str | None:
    return part.value if part else None


def _start(parts: "Split") -> int:
    return parts.title.start if parts.title else 0


def _extra(link: "EntryLink") -> Extra:
    names = repository(link.url.value)
    label = link.label.value.strip("[]") if link.label else ""
    return Extra("repo" if names else "link", label, link.url.value, names[0] if names else None)
