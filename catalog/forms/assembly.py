"""Puts a list's form together: its commonest template, and the sections that have another one."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.forms.examination import Examined
from catalog.forms.learner import Learned
from catalog.forms.listed import Listed
from catalog.forms.places import common_place, place_of
from catalog.markdown.entry_reader import paper_head
from catalog.markdown.sections import ListSection
from config.form import PLAZA, Form, Place, SectionForm

# A list is in the built-in form if at least half of its papers are.
SHARE_OF_PLAZA = 0.5


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """The form of one section; ``entries`` is how many it was learned from."""

    path: tuple[str, ...]
    template: str
    place: Place
    entries: int = 0

    @property
    def name(self) -> str:
        return " > ".join(self.path)


@dataclass(frozen=True, slots=True)
class Draft:
    """A list's form as learned: None where its entries have none in common."""

    form: Form | None
    sections: tuple[SectionDraft, ...] = field(default=())


def is_plaza(entries: Sequence[Listed]) -> bool:
    """Whether the papers stand in the built-in form."""
    papers = [entry for entry in entries if entry.ids]
    heads = sum(paper_head(entry.text) is not None for entry in papers)
    return bool(heads) and heads >= SHARE_OF_PLAZA * len(papers)


def draft(entries: Sequence[Listed], examined: Examined) -> Draft:
    """The form of a list, from its entries in the order of the file."""
    if is_plaza(entries):
        return Draft(PLAZA)
    by_path: defaultdict[tuple[str, ...], list[Listed]] = defaultdict(list)
    for entry in entries:
        by_path[entry.path].append(entry)
    places = {path: place_of(_together(group)) for path, group in by_path.items()}
    usual = common_place(list(places.values()))
    counts = Counter(cut.section for cut in (*examined.cuts, *examined.shapes))
    learned = {path: form for path in counts if (form := examined.form_of(path))}
    if not learned:
        return Draft(None)
    sections = tuple(
        SectionDraft(path, form.template.text, places.get(path) or usual, counts[path])
        for path, form in learned.items()
    )
    return Draft(_form(sections, learned, usual, examined, _has_years(entries)), sections)


def _together(group: Sequence[Listed]) -> list[Listed]:
    """The entries of the heading that most of them are under: of a section's newest year."""
    headings = Counter(_start(entry.section) for entry in group)
    most = headings.most_common(1)[0][0]
    return [entry for entry in group if _start(entry.section) == most]


def _start(section: ListSection | None) -> int:
    return section.heading.start if section else -1


def _has_years(entries: Sequence[Listed]) -> bool:
    """Whether most entries stand under a heading that names their year."""
    dated = sum(entry.section is not None and entry.section.year is not None for entry in entries)
    return bool(entries) and dated * 2 > len(entries)


def _form(
    sections: Sequence[SectionDraft],
    learned: dict[tuple[str, ...], Learned],
    usual: Place,
    examined: Examined,
    years: bool,  # noqa: FBT001
) -> Form:
    votes: Counter[str] = Counter()
    for section in sections:
        votes[section.template] += section.entries
    entry = votes.most_common(1)[0][0]
    own: dict[str, str] = {}
    for form in learned.values():
        own |= {name: sign for name, sign in form.own.items() if name not in own}
    others = [
        SectionForm(
            name=section.name[:80],
            entry=None if section.template == entry else section.template,
            place=None if section.place == usual else section.place,
        )
        for section in sections
        if section.path and (section.template != entry or section.place != usual)
    ]
    return Form(
        entry=entry,
        place=usual,
        year_headings=years,
        unknown=examined.habits.sign,
        months=examined.habits.months,
        own=own,
        sections=tuple(others),
    )
