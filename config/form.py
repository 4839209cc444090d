"""
The form of a list's entries, as ``form:`` of its rules file says it.

``plaza`` is built in, ``none`` says that the list is read and never written. Any other form is a
template over the fields below, where entries go, and how the list says that it doesn't know.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

from config.patterns import lazy_regex
from config.strict import Described, Limits, Prepare
from config.validation import Mistake, Wrong

if TYPE_CHECKING:
    from config.template import Template

Place = Literal["top", "bottom", "newest-first", "newest-last", "alphabetical"]
PLACES: tuple[Place, ...] = ("top", "bottom", "newest-first", "newest-last", "alphabetical")

# The fields that the program fills in, and what each one is.
FIELDS = {
    "title": "text, as arXiv has it",
    "authors": "names; written in full, with commas, unless a filter says otherwise",
    "first_author": "the first name",
    "year": "four digits, of the first submission",
    "year_short": "its last two digits",
    "month": "two digits, 01 to 12",
    "month_number": "1 to 12",
    "month_word": "the list's own word for the month, see months",
    "month_name": "January",
    "day": "two digits, 01 to 31",
    "day_number": "1 to 31",
    "day_ordinal": "1st to 31st",
    "date": "2024-11-07",
    "venue": "text, such as ICML 2024; empty while it is a preprint",
    "arxiv_id": "2411.04965, without a version",
    "version": "1, 2, ...",
    "abs": "https://arxiv.org/abs/2411.04965; of another page its own address",
    "pdf": "https://arxiv.org/pdf/2411.04965; of another page its own address",
    "category": "the first arXiv category, such as cs.CL",
    "code": "https://github.com/acme/tool",
    "code_owner": "acme",
    "code_name": "tool",
    "stars_badge": "the address of a picture with the repository's stars",
    "citations": "a number",
    "citations_url": "where the number is from",
    "nickname": "what stands before the title's colon, if it is short",
    "title_rest": "what stands behind that colon; the title, where it has no nickname",
    "number": "the entry's number in a numbered list",
    "star": "the mark of an editor's pick",
}
# A field of the list's own for links of any kinds: each stands as somebody wrote it.
MORE_LINKS = "more_links"
# A form needs a place for the title, and one for an address that identifies the paper.
ADDRESSES = frozenset({"abs", "pdf", "arxiv_id"})
_OWN = lazy_regex(r"[a-z][a-z0-9_]{0,39}")
MAX_OWN = 40
MONTHS = 12
# So many mistakes of a form are named; the next ones when these are mended.
MAX_NAMED = 10


TemplateText = Annotated[str, Limits(min_length=1)]
Sign = Annotated[str, Limits(max_length=80)]
Name = Annotated[str, Limits(min_length=1, max_length=80)]


@dataclass(frozen=True, kw_only=True)
class SectionForm:
    """The form of one section, where it differs from that of the list."""

    name: Annotated[Name, Described("The heading, or its path, as in sections.")]
    entry: Annotated[
        TemplateText | None, Described("The template of an entry, if it is another one.")
    ] = None
    place: Annotated[Place | None, Described("Where a new entry goes.")] = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """How an entry of the list looks, and where a new one goes."""

    entry: Annotated[TemplateText, Described("The template of an entry; docs/forms.md.")]
    place: Annotated[Place, Described("Where a new entry goes in its section.")] = "top"
    year_headings: Annotated[
        bool, Described("Entries stand under a heading for each year of the section.")
    ] = False
    unknown: Annotated[
        Sign, Described("What the list shows where a value is not known, such as -.")
    ] = ""
    months: Annotated[
        tuple[Annotated[str, Limits(min_length=1, max_length=20)], ...],
        Described("The list's twelve words for the months, for {{ month_word }}."),
    ] = ()
    own: Annotated[
        dict[str, Sign],
        Limits(max_length=MAX_OWN),
        Described("Fields of the list's own, each with what stands there until you fill it."),
    ] = field(default_factory=dict)
    sections: Annotated[tuple[SectionForm, ...], Described("Sections that have another form.")] = ()

    def template(self, section: str | None = None) -> "Template":
        """The template of a section, by its name in the rules."""
        # A list without a form of its own needs nothing that reads templates.
        from config.template import parse_template

        own = next((part.entry for part in self.sections if part.name == section), None)
        return parse_template((own or self.entry).rstrip("\n"))

    def place_in(self, section: str | None) -> Place:
        own = next((part.place for part in self.sections if part.name == section), None)
        return own or self.place

    @property
    def is_plaza(self) -> bool:
        """Whether this is the built-in form of Efficient LLM."""
        return False

    @property
    def is_read_only(self) -> bool:
        """Whether the list is read and never written."""
        return False

    def mistakes(self, where: tuple[str | int, ...]) -> Iterator[Mistake]:
        """Templates that say more than a form may, and fields that nobody fills."""
        yield from islice(self._mistakes(where), MAX_NAMED)

    def _mistakes(self, where: tuple[str | int, ...]) -> Iterator[Mistake]:
        yield from self._wrong((*where, "entry"), self.entry)
        for number, part in enumerate(self.sections):
            if part.entry:
                yield from self._wrong((*where, "sections", number, "entry"), part.entry)
        for name in self.own:
            if not _OWN.fullmatch(name):
                yield Mistake((*where, "own"), f'"{name}" is no name', "write it like  my_field")
            if name in FIELDS:
                matter = f"{name} is a field of the program's own"
                yield Mistake((*where, "own", name), matter, "take another name")
        if self.months and len(self.months) != MONTHS:
            matter = f"has {len(self.months)} words"
            yield Mistake((*where, "months"), matter, "write twelve, January first")

    def _wrong(self, where: tuple[str | int, ...], text: str) -> Iterator[Mistake]:
        from difflib import get_close_matches

        from config.template import WrongTemplate, parse_template

        try:
            template = parse_template(text)
        except WrongTemplate as wrong:
            yield Mistake(where, f"line {wrong.line} of the template {wrong.matter}", wrong.do)
            return
        names: dict[str, int] = {}
        for name, line in template.names:
            if name not in FIELDS and name not in self.own and name not in names:
                matter = f'line {line} of the template names "{name}", which is no field'
                near = get_close_matches(name, [*FIELDS, *self.own], n=1)
                guess = f"did you mean {near[0]}? else" if near else "see docs/forms.md, or"
                yield Mistake(where, matter, f"{guess} list it under own")
            names.setdefault(name, line)
        if "title" not in names:
            yield Mistake(where, "has no place for the title", "put {{ title }} in it")
        if not ADDRESSES & set(names):
            yield Mistake(where, "has no place for the paper's address", "put {{ abs }} in it")


@dataclass(frozen=True, kw_only=True)
class _BuiltIn(Form):
    """A form that has a name instead of a template."""

    @property
    def is_plaza(self) -> bool:
        return self.entry == "plaza"

    @property
    def is_read_only(self) -> bool:
        return self.entry == "none"


PLAZA: Form = _BuiltIn(entry="plaza", own={})
READ_ONLY: Form = _BuiltIn(entry="none", own={})
_NAMED = {"plaza": PLAZA, "none": READ_ONLY}


def _named(value: object) -> object:
    """A built-in form for its name; what else a form may be is said by its keys."""
    if not isinstance(value, str):
        return value
    if value not in _NAMED:
        raise Wrong(f'unknown form "{value[:40]}"', "write plaza, none, or  entry: ...  under it")
    return _NAMED[value]


AnyForm = Annotated[Form, Prepare(_named)]
# What an editor may complete: a name, or the keys of a form.
FORM_SCHEMA = {"anyOf": [{"enum": list(_NAMED)}, {"$ref": "#/definitions/Form"}]}
