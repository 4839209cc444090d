"""The entries of a list file as the learner takes them: each with what is known of its paper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from catalog.arxiv_id import ArxivId, find_all
from catalog.forms.cutting.affiliations import with_affiliations
from catalog.forms.cutting.atoms import Cut, Known
from catalog.forms.cutting.columns import without_chance_addresses, without_chance_links
from catalog.forms.cutting.cutter import cut_entry
from catalog.forms.prose import with_prose
from catalog.forms.references import inlined
from catalog.forms.spelling.addresses import addresses_in
from catalog.forms.spelling.dates import appeared
from catalog.forms.spelling.names import letters, names_person
from catalog.forms.spelling.titles import find_title
from catalog.markdown.item import Item
from catalog.markdown.listfile import ListFile
from catalog.markdown.sections import ListSection
from catalog.paper import Paper, bare_key, is_paper_key
from config.patterns import lazy_regex

# A list in which fewer entries than this share name authors has no place for them.
FEWEST_NAMING = 0.2

_LINK_OF_TITLE = lazy_regex(r"[\s.*_\"'”]*\]\((?P<url>https?://[^\s()]+)\)")

# Stand for the authors that an entry leaves out with "et al.": more than any list shows.
MORE_NAMES = ("…",) * 20


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a list, and the papers of arXiv that it names, its own first."""

    item: Item
    ids: tuple[str, ...]

    @property
    def line(self) -> int:
        return self.item.line

    @property
    def section(self) -> ListSection | None:
        return self.item.section

    @property
    def text(self) -> str:
        """The entry without its line end, labels as addresses; blanks at its end are its own."""
        return inlined(self.item.text.rstrip("\r\n"), self.item.references)

    @property
    def row(self) -> bool:
        return self.item.form.kind == "row"

    @property
    def path(self) -> tuple[str, ...]:
        """The section without headings that name a year only."""
        return self.section.subject if self.section else ()


def listed_in(parsed: ListFile) -> Iterator[Listed]:
    """Every entry that names a work, in the order of the file."""
    for item in parsed.items:
        if item.keys:
            papers = tuple(bare_key(key) for key in item.keys if is_paper_key(key))
            yield Listed(item, papers)


def ids_in(text: str) -> tuple[str, ...]:
    """The papers of arXiv that a text names: those whose pages it links, else any id."""
    pages = [page.base for _, url in addresses_in(text) if (page := ArxivId.parse(url))]
    return tuple(dict.fromkeys(pages or [found.base for found in find_all(text)]))


def shaped(listed: Listed) -> Known | None:
    """What an entry itself says of its work, where nothing else is known; None without a title."""
    parts = listed.item.split
    if parts.title is None:
        return None
    key = listed.item.keys[0]
    urls = tuple(link.url.value for link in parts.links if link.key == key)
    base = bare_key(key) if is_paper_key(key) else None
    day = appeared(base) if base else None
    if day is None and parts.year:
        day = date(parts.year, 1, 1)
    names = (*parts.names, *MORE_NAMES) if parts.elided and parts.names else parts.names
    return Known(parts.title.value, names, base, day, None, urls, shaped=True)


def known_of(paper: Paper, *, code: str | None = None) -> Known:
    """What arXiv says of a paper; ``code`` is ``owner/name`` of the repository it names."""
    day = appeared(paper.arxiv_id)
    if paper.published and (
        day is None or (paper.published.year, paper.published.month) == (day.year, day.month)
    ):
        day = paper.published.date()
    return Known(paper.title, _people(paper.authors), paper.arxiv_id, day, code)


def _people(said: tuple[str, ...]) -> tuple[str, ...]:
    """
    The names, with single blanks.

    arXiv has a group's colon as a name of its own: ``NVIDIA``, ``:``, ``Ada Poe``.
    """
    authors = tuple(" ".join(name.split()) for name in said)
    if ":" not in authors:
        return authors
    at = authors.index(":")
    return (
        *authors[: max(at - 1, 0)],
        f"{' '.join(authors[max(at - 1, 0) : at])}: {' '.join(authors[at + 1 : at + 2])}".strip(),
        *authors[at + 2 :],
    )


def cut_listed(listed: Listed, known: Known) -> Cut | None:
    """An entry in atoms; None where the paper's title or address isn't found in it."""
    cut = cut_entry(listed.text, known, listed.item.form.columns if listed.row else None)
    if cut is None:
        return None
    return replace(
        cut,
        atoms=with_prose(cut.atoms),
        line=listed.line,
        section=listed.path,
        key=known.arxiv_id or known.title,
        columns=listed.item.form.columns,
    )


def about(listed: Listed, known: Mapping[str, Known]) -> Known | None:
    """
    What is known of the paper that an entry is about.

    An entry that links two papers is about the one whose title it has, and about another one if
    the title itself leads there.
    """
    papers = [known[base] for base in listed.ids if base in known]
    if len(listed.ids) == 1:
        return papers[0] if papers else None
    for paper in papers:
        if match := find_title(listed.text, paper.title):
            link = _LINK_OF_TITLE.match(listed.text, match.end)
            page = ArxivId.parse(link["url"]) if link else None
            return known.get(page.base, paper) if page else paper
    return None


def cut_all(pairs: Iterable[tuple[Listed, Known]]) -> list[Cut | None]:
    """Every entry in atoms, None where one cannot be cut."""
    pairs = list(pairs)
    cuts = without_chance_names(pairs, [cut_listed(*pair) for pair in pairs])
    return with_affiliations(without_chance_links(without_chance_addresses(cuts)))


def without_chance_names(
    pairs: Sequence[tuple[Listed, Known]], cuts: list[Cut | None]
) -> list[Cut | None]:
    """Where hardly any entry names authors, the names in the others stand there by chance."""
    naming = [cut for cut in cuts if cut and cut.has("authors")]
    if not naming or len(naming) >= FEWEST_NAMING * sum(cut is not None for cut in cuts):
        return cuts
    return [cut_listed(listed, replace(known, authors=())) for listed, known in pairs]


def names_fewer(cut: Cut | None) -> bool:
    """
    Whether what is known of the authors is a strict part of those that the entry names.

    Such a row is incomplete: nothing can be proved with it. "JD Poe" is "John D Poe".
    """
    run = next((atom for atom in cut.atoms if atom.kind == "authors"), None) if cut else None
    if cut is None or run is None or run.agrees != "differs" or not cut.known.authors:
        return False
    said = letters(run.text)
    return all(letters(name) in said or names_person(run.text, name) for name in cut.known.authors)


def newest_first(cuts: Iterable[Cut]) -> list[Cut]:
    """The entries by the date of their papers, as their ids tell it."""
    return sorted(cuts, key=lambda cut: age(cut.known), reverse=True)


def age(known: Known) -> tuple[int, int, str]:
    if known.arxiv_id and known.day:
        return known.day.year, known.day.month, known.arxiv_id
    return (known.day.year, known.day.month, "") if known.day else (0, 0, "")
