"""The proof of a list's form: learned from its entries and what is known, and tried on them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from operator import not_

from catalog.forms.cutting.affiliations import with_affiliations
from catalog.forms.cutting.atoms import Cut, Known
from catalog.forms.cutting.columns import without_chance_addresses, without_chance_links
from catalog.forms.cutting.labels import with_parted_labels
from catalog.forms.cutting.remarks import with_remarks
from catalog.forms.habits import Habits, habits_of
from catalog.forms.learner import (
    FEWEST_OF_SECTION,
    Learned,
    are_alike,
    learn_like,
)
from catalog.forms.listed import (
    Listed,
    about,
    age,
    cut_all,
    cut_listed,
    names_fewer,
    newest_first,
    shaped,
    without_chance_names,
)
from catalog.forms.matching import share_given
from catalog.forms.proof import Proof, missed, prove
from catalog.forms.spelling.dates import appeared
from catalog.forms.spelling.titles import find_title
from config.template import Template

# At most this share of the entries may have another paper's address by a slip.
MAX_STRANGERS = 0.1
# With fewer known papers a form is learned from shapes alone; of those so many are tried.
FEWEST_KNOWN, MAX_TRIED = 5, 40
# Entries whose own shapes are learned from, besides those of known papers.
MAX_SHAPES = 120
# Of a section of which little is known so many are enough.
SHAPES_OF_SECTION = 8
# With so many known papers shapes teach nothing more.
ENOUGH_KNOWN = 12
# A section is in a form whose template gives half of its entries.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Examined:
    """
    The entries of a list that are about known papers, newest first, and those that don't fit.

    ``incomplete`` are entries that name more authors than what is known of the paper, each with
    the authors that it names itself: one learns from them, and doesn't try them.
    ``strangers`` are lines whose address is that of another paper: slips of the list.
    """

    cuts: tuple[Cut, ...]
    uncut: tuple[tuple[Listed, Known], ...]
    shapes: tuple[Cut, ...] = ()
    incomplete: tuple[Cut, ...] = ()
    strangers: tuple[int, ...] = ()

    @property
    def by_shape(self) -> bool:
        """
        Whether so little is known of the papers that the entries' own shapes have to do.

        Where more of the known titles are missing than found, the facts are of other papers.
        """
        return len(self.uncut) <= len(self.cuts) < FEWEST_KNOWN

    @property
    def tried(self) -> tuple[Cut, ...]:
        return (*self.cuts, *self.shapes[:MAX_TRIED]) if self.by_shape else self.cuts

    @property
    def learners(self) -> tuple[Cut, ...]:
        """The entries to learn from, newest first: those of known papers, if they are enough."""
        shapes = () if len(self.cuts) >= ENOUGH_KNOWN else self.shapes
        return tuple(newest_first((*self.cuts, *self.incomplete, *shapes)))

    @property
    def habits(self) -> Habits:
        return habits_of(self.learners)

    def proof(self, *, built_in: bool = False) -> Proof:
        """Every entry, tried with the form that the other papers teach, or with the program's."""
        proof = prove(self.learners, self.tried, built_in=built_in)
        lost = (missed(entry.line, entry.text, known.title) for entry, known in self.uncut)
        return Proof((*proof.trials, *lost))

    def form_of(self, path: tuple[str, ...]) -> Learned | None:
        """The form of a section, learned from all its entries."""
        learners = self.learners
        like = next((cut for cut in learners if cut.section == path), None)
        if like is not None:
            return learn_like(learners, like, self.habits)
        # Nothing is known of this section's papers: they are in the list's form, or teach by shape.
        own = [cut for cut in self.shapes if cut.section == path]
        usual = learn_like(learners, learners[0], self.habits) if learners else None
        if not own or (usual and not _differ(usual.template, learners[0], own)):
            return usual
        shaped = tuple(newest_first((*self.cuts, *self.shapes)))
        other = learn_like(shaped, own[0], self.habits)
        return other if other and share_given(other.template, own) >= HALF else usual


def _differ(usual: Template, like: Cut, section: Sequence[Cut]) -> bool:
    """Whether a section's entries are other ones than those that the list's template gives."""
    if not are_alike(like, section[0]):
        return True
    return len(section) >= FEWEST_OF_SECTION and share_given(usual, section) < HALF


def examine(entries: Iterable[Listed], known: Mapping[str, Known]) -> Examined:
    """Look at the entries about papers that are known, by arXiv id."""
    entries = list(entries)
    pairs = [(entry, paper) for entry in entries if (paper := about(entry, known))]
    tried = [cut_listed(*pair) for pair in pairs]
    fewer = [names_fewer(cut) for cut in tried]
    complete = list(compress(pairs, map(not_, fewer)))
    cuts = without_chance_names(complete, list(compress(tried, map(not_, fewer))))
    cuts = with_parted_labels(
        with_affiliations(without_chance_links(without_chance_addresses(cuts)))
    )
    cuts = with_remarks(cuts)
    uncut = [pair for pair, cut in zip(complete, cuts, strict=True) if cut is None]
    strangers = [entry.line for entry, paper in uncut if not _titled(entry, paper)]
    if len(strangers) > MAX_STRANGERS * len(complete):
        # So many are no slips: what is known is of other papers than those of this list.
        strangers = []
    uncut = [pair for pair in uncut if pair[0].line not in strangers]
    found = newest_first(cut for cut in cuts if cut)
    known_lines = {entry.line for entry, _ in pairs}
    others = [entry for entry in entries if entry.line not in known_lines]
    if len(found) >= ENOUGH_KNOWN:
        others = _of_unknown_sections(others, Counter(cut.section for cut in found))
    shapes = _by_shape(others)
    incomplete = _by_themselves(compress(pairs, fewer))
    return Examined(tuple(found), tuple(uncut), tuple(shapes), incomplete, tuple(strangers))


def _by_themselves(pairs: Iterable[tuple[Listed, Known]]) -> tuple[Cut, ...]:
    """Entries with the authors that they name themselves."""
    own = ((entry, paper, shaped(entry)) for entry, paper in pairs)
    known = ((entry, replace(paper, authors=said.authors)) for entry, paper, said in own if said)
    return tuple(cut for pair in known if (cut := cut_listed(*pair)))


def _of_unknown_sections(
    entries: Iterable[Listed], known: Mapping[tuple[str, ...], int]
) -> list[Listed]:
    """The newest entries of each section in which the papers of a few at most are known."""
    sections: defaultdict[tuple[str, ...], list[Listed]] = defaultdict(list)
    for entry in entries:
        if known.get(entry.path, 0) < FEWEST_OF_SECTION:
            sections[entry.path].append(entry)
    for group in sections.values():
        # An entry's own year is looked for in few entries only: that takes long.
        group.sort(key=_appeared, reverse=True)
        del group[SHAPES_OF_SECTION:]
    groups = sorted(sections.values(), key=lambda group: _appeared(group[0]), reverse=True)
    return [entry for group in groups for entry in group][:MAX_SHAPES]


def _appeared(entry: Listed) -> date:
    return (appeared(entry.ids[0]) if entry.ids else None) or date.min


def _by_shape(entries: Iterable[Listed]) -> list[Cut]:
    """The newest of these entries, with what they themselves say."""
    pairs = [(entry, known) for entry in entries if (known := shaped(entry))]
    pairs.sort(key=lambda pair: age(pair[1]), reverse=True)
    return newest_first(cut for cut in cut_all(pairs[:MAX_SHAPES]) if cut)


def _titled(entry: Listed, paper: Known) -> bool:
    return find_title(entry.text, paper.title) is not None
