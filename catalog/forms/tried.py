"""The proof of a list's form: learned from its entries and what is known, and tried on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.forms.atoms import Cut, Known
from catalog.forms.learner import Habits, Learned, habits_of, learn_like
from catalog.forms.listed import Listed, about, cut_all, names_fewer, newest_first
from catalog.forms.proof import Proof, missed, prove
from catalog.forms.titles import find_title

# At most this share of the entries may have another paper's address by a slip.
MAX_STRANGERS = 0.1


@dataclass(frozen=True, slots=True)
class Examined:
    """
    The entries of a list that are about known papers, newest first, and those that don't fit.

    ``incomplete`` counts entries that name more authors than what is known of the paper.
    ``strangers`` are lines whose address is that of another paper: slips of the list.
    """

    cuts: tuple[Cut, ...]
    uncut: tuple[tuple[Listed, Known], ...]
    incomplete: int = 0
    strangers: tuple[int, ...] = ()

    @property
    def habits(self) -> Habits:
        return habits_of(self.cuts)

    def proof(self) -> Proof:
        """Every entry, tried with the form that the other papers teach."""
        proof = prove(self.cuts, self.cuts)
        lost = (missed(entry.line, entry.text, known.title) for entry, known in self.uncut)
        return Proof((*proof.trials, *lost))

    def form_of(self, path: tuple[str, ...]) -> Learned | None:
        """The form of a section, learned from all its entries."""
        like = next((cut for cut in self.cuts if cut.section == path), None)
        like = like or next(iter(self.cuts), None)
        return learn_like(self.cuts, like, self.habits) if like else None


def examine(entries: Iterable[Listed], known: Mapping[str, Known]) -> Examined:
    """Look at the entries about papers that are known, by arXiv id."""
    pairs = [(entry, paper) for entry in entries if (paper := about(entry, known))]
    complete = [pair for pair in pairs if not names_fewer(*pair)]
    cuts = cut_all(complete)
    uncut = [pair for pair, cut in zip(complete, cuts, strict=True) if cut is None]
    strangers = [entry.line for entry, paper in uncut if not _titled(entry, paper)]
    if len(strangers) > MAX_STRANGERS * len(complete):
        # So many are no slips: what is known is of other papers than those of this list.
        strangers = []
    uncut = [pair for pair in uncut if pair[0].line not in strangers]
    found = newest_first(cut for cut in cuts if cut)
    incomplete = len(pairs) - len(complete)
    return Examined(tuple(found), tuple(uncut), incomplete, tuple(strangers))


def _titled(entry: Listed, paper: Known) -> bool:
    return find_title(entry.text, paper.title) is not None
