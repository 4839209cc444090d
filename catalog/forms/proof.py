"""
Proves a form: renders listed entries anew from what is known of them, and compares.

Every paper is tried with the form that the others teach, never with its own entry among them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from catalog.forms.alignment import Alignment
from catalog.forms.cutting.atoms import FIELDS, Atom, Cut
from catalog.forms.cutting.authors import without_marks
from catalog.forms.cutting.known_fields import TITLE_BY_NAME
from catalog.forms.habits import habits_of
from catalog.forms.learner import Learned, learn_like
from catalog.forms.matching import gives
from catalog.forms.spelling.dates import common_style as common_date
from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry

Outcome = Literal["same", "but_unknown", "form", "different"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What an entry has (``stands``) and what the form would write, by field; ``line`` from 1."""

    line: int
    field: str
    stands: str
    would_be: str

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "field": self.field,
            "is": self.stands,
            "would_be": self.would_be,
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """
    How one entry came out.

    same: byte for byte. but_unknown: once what no service knows is taken as it stands, and but for
    spellings. form: the known values may differ too. Each of these is one of the next as well.
    ``unknown`` and ``filled`` count characters of fields: those taken as they stand, and all.
    """

    line: int
    outcome: Outcome
    differences: tuple[Difference, ...]
    unknown: int = 0
    filled: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """The trials of a list; each count is of entries."""

    trials: tuple[Trial, ...]

    @property
    def tried(self) -> int:
        return len(self.trials)

    @property
    def same(self) -> int:
        return sum(trial.outcome == "same" for trial in self.trials)

    @property
    def same_but_unknown(self) -> int:
        return sum(trial.outcome in ("same", "but_unknown") for trial in self.trials)

    @property
    def same_form(self) -> int:
        return sum(trial.outcome != "different" for trial in self.trials)

    @property
    def unknown_share(self) -> float:
        filled = sum(trial.filled for trial in self.trials)
        return round(sum(trial.unknown for trial in self.trials) / filled, 3) if filled else 0.0

    @property
    def differences(self) -> tuple[Difference, ...]:
        return tuple(one for trial in self.trials for one in trial.differences)


def prove(cuts: Sequence[Cut], tried: Sequence[Cut], *, built_in: bool = False) -> Proof:
    """
    Try entries, each with the form that the other papers of ``cuts`` (newest first) teach.

    With ``built_in`` the list has the form that the program knows: no learned template writes it.
    """
    return Proof(tuple(_left_out(cuts, cut, built_in=built_in) for cut in tried))


def _left_out(cuts: Sequence[Cut], cut: Cut, *, built_in: bool) -> Trial:
    others = [other for other in cuts if other.key != cut.key]
    return try_entry(cut, learn_like(others, cut, habits_of(others)), built_in=built_in)


def missed(line: int, text: str, title: str) -> Trial:
    """An entry in which the paper's title or address was not found at all."""
    return Trial(line, "different", (Difference(line, "title", text, title),))


def try_entry(cut: Cut, learned: Learned | None, *, built_in: bool = False) -> Trial:
    """Render an entry from what is known of its paper, and compare; ``built_in`` as above."""
    if learned is None:
        return Trial(cut.line, "different", (Difference(cut.line, "form", cut.text, ""),))
    alignment = learned.skeleton.align(cut)
    written = render(cut, learned)
    unknown, filled = _characters(cut, alignment)
    same = written == cut.text + cut.tail
    # Elements in their order are no entry yet: the template that `add` writes with must give it.
    if not alignment.fits or not (built_in or gives(learned.template, cut)):
        would = Difference(cut.line, "form", cut.text, written)
        outcome: Outcome = "same" if same else "different"
        return Trial(cut.line, outcome, () if same else (would,), unknown, filled)
    differences = tuple(_disagreements(cut, alignment, learned))
    outcome = "same" if same else "form" if differences else "but_unknown"
    return Trial(cut.line, outcome, () if same else differences, unknown, filled)


def render(cut: Cut, learned: Learned) -> str:
    """The entry as the form writes it, with nothing that isn't known."""
    known = cut.known
    markers = [atom.text.strip("# \t.)") for atom in cut.atoms if atom.kind == "marker"]
    number = next(filter(str.isdecimal, markers), "")
    work = FormWork(
        known.title,
        known.authors,
        known.arxiv_id,
        day=known.day,
        url=known.urls[0] if known.urls else "",
        code=f"https://github.com/{known.code}" if known.code else "",
        number=int(number) if number else None,
    )
    values = values_of(work, learned.months)
    return write_entry(learned.template, values, unknown=learned.own, sign=learned.sign)


def _characters(cut: Cut, alignment: Alignment) -> tuple[int, int]:
    """How many characters of fields are taken as they stand, and how many there are in all."""
    extra = {place for gap in alignment.extra for place in gap}
    unknown = sum(
        len(atom.text)
        for place, atom in enumerate(cut.atoms)
        if (place in extra and atom.kind not in FIELDS) or atom.kind == "cell"
    )
    known = sum(len(atom.text) for atom in cut.atoms if atom.kind in FIELDS - {"marker"})
    beside = sum(len(atom.date.beside) for atom in cut.atoms if atom.date)
    return unknown + beside, unknown + known


def _disagreements(cut: Cut, alignment: Alignment, learned: Learned) -> Iterator[Difference]:
    """The known values that stand otherwise than the form would write them."""
    elements = learned.skeleton.elements
    style = common_date(
        [atom.date for row, _ in learned.skeleton.aligned for atom in row.atoms if atom.date]
    )
    for atom in cut.atoms:
        spelled = atom.kind == "authors" and atom.agrees == "equal"
        spelled |= atom.style == TITLE_BY_NAME and TITLE_BY_NAME not in learned.template.text
        if atom.kind in FIELDS and (atom.agrees == "differs" or spelled):
            yield Difference(cut.line, atom.kind, atom.text, _expected(cut, atom))
        elif atom.kind == "authors" and atom.agrees == "exact":
            yield from _other_style(cut, atom, learned)
        elif atom.kind == "date" and not _written(atom, style, learned.months):
            yield Difference(cut.line, "date", atom.text, _expected(cut, atom))
    for number, at in enumerate(alignment.at):
        if at is None and elements[number].kind == "authors" and cut.known.authors:
            yield Difference(cut.line, "authors", "", ", ".join(cut.known.authors))


def _written(atom: Atom, style: str, months: tuple[str, ...]) -> bool:
    """Whether a date stands in the list's own style, with its own word for the month."""
    date = atom.date
    if date is None or date.bare:
        return True
    # What stands in the same brackets before it is another part of the entry.
    own, style = (
        text.replace("{{ month }}", "{{ month_number }}").replace("day_number", "day").strip("()[]")
        for text in (date.style, style)
    )
    if own != style:
        return False
    return not date.word or not months or date.word == months[(date.month or 1) - 1]


def _other_style(cut: Cut, atom: Atom, learned: Learned) -> Iterator[Difference]:
    """Authors that are right, and written in another way than by most entries."""
    from catalog.forms.spelling.names import same_names

    text = without_marks(atom.text)
    if not same_names(text, cut.known.authors) and text not in without_marks(render(cut, learned)):
        yield Difference(cut.line, "authors", atom.text, ", ".join(cut.known.authors))


def _expected(cut: Cut, atom: Atom) -> str:
    known = cut.known
    if atom.kind == "title":
        return known.title
    if atom.kind == "authors":
        return ", ".join(known.authors)
    if atom.kind == "date" and known.day:
        return f"{known.day:%Y-%m}"
    return known.arxiv_id or ""
