"""
What the text of an entry consists of: title, authors, venue, links …, each with its place.

Places are positions in ``Item.text``, the entry's bytes decoded so that encoding the text with
``surrogateescape`` gives the same bytes again. Parts don't overlap, except that a link contains
the parts that stand in its label, and that a title may begin in a link and go on behind it
("[QLoRA](…): Efficient Finetuning").
"""

from dataclasses import dataclass

from config.patterns import lazy_regex

_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)|['’]\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class EntryPart:
    """``text[start:end]`` stands in the entry; ``value`` is what it says, without Markdown."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class EntryLink:
    """
    An address in an entry, with everything around it: ``[label](url)``, ``<a …>``, ``<url>`` ….

    ``label`` is what a reader sees, None for a bare address and for a badge; ``url`` is the
    address as written (of a reference link: the defined one, at the place of the reference).
    ``key`` is the identity of the work there, None for an empty address. ``image`` is the address
    of the picture where the label is one.
    """

    start: int
    end: int
    label: EntryPart | None
    url: EntryPart
    key: str | None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """
    The parts of an entry; None where it doesn't show one.

    A title has no full stop at its end and no nickname before it in brackets. The value of
    ``date`` is ``2024``, ``2024-05`` or ``2024-05-27``; a year that stands with the venue belongs
    to ``venue`` ("ICML 2024"). ``names`` are the authors one by one, ``elided`` says that "et al."
    or dots stand for more. ``badges`` are pictures without a link around them.
    """

    title: EntryPart | None = None
    authors: EntryPart | None = None
    names: tuple[str, ...] = ()
    elided: bool = False
    date: EntryPart | None = None
    venue: EntryPart | None = None
    nickname: EntryPart | None = None
    affiliation: EntryPart | None = None
    links: tuple[EntryLink, ...] = ()
    badges: tuple[EntryPart, ...] = ()
    remark: EntryPart | None = None

    @property
    def first_author(self) -> str | None:
        return self.names[0] if self.names else None

    @property
    def year(self) -> int | None:
        """The year of the date, else of the venue."""
        if self.date:
            return int(self.date.value[:4])
        match = _YEAR.search(self.venue.value) if self.venue else None
        return _full_year(match[0]) if match else None


def _full_year(text: str) -> int:
    return int(text) if text.isdecimal() else 2000 + int(text[1:])
