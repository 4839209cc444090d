"""An entry as its list writes it: built in for Efficient LLM, by the list's template elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.errors import ListConflict
from catalog.markdown.edits import find_section, insert_all
from catalog.markdown.entry import STARS, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import ListFile, parse
from catalog.paper import Work
from config.form import FIELDS, MORE_LINKS, Form
from config.patterns import lazy_regex
from config.rules import ListRules

_WORD = lazy_regex(r"[^\W\d_]{3}")
# Blanks that a page names at most; a table of thirty columns is filled in by hand.
MAX_BLANKS = 12


@dataclass(frozen=True, slots=True)
class ExtraFields:
    """What is known of a work besides itself: its venue, and what a person filled in."""

    venue: str = ""
    own: Mapping[str, str] | None = None


def written(
    form: Form,
    entry: Entry,
    work: Work,
    section: str | None = None,
    known: ExtraFields | None = None,
) -> str:
    """
    The text of an entry in the form of its section.

    In a numbered list the number is 1; the edit that inserts the entry gives it its own.
    """
    if form.is_plaza or form.is_read_only:
        return render(entry)
    # What reads and writes other forms takes a while to load, and many lists need none of it.
    from output.forms.templated import write

    known = known or ExtraFields()
    return write(form, entry, work, section, venue=known.venue, own=known.own)


def written_by_section(
    form: Form, entry: Entry, work: Work, known: ExtraFields | None = None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """
    The entry in each form of the list: a text, and the sections that write it so.

    "" stands for all sections without a form of their own. Empty where all write the same.
    """
    if form.is_plaza or form.is_read_only:
        return ()
    texts: dict[str, list[str]] = {}
    for name in dict.fromkeys(["", *(part.name for part in form.sections if part.entry)]):
        texts.setdefault(written(form, entry, work, name, known), []).append(name)
    return tuple((text, tuple(names)) for text, names in texts.items()) if len(texts) > 1 else ()


def inserted(
    data: bytes, form: Form, additions: Iterable[tuple[str, str, str]], *, name: str
) -> bytes:
    """The list with these entries (section, text, key of the work), each where the form says."""
    if form.is_plaza or form.is_read_only:
        return insert_all(data, [(section, text) for section, text, _ in additions], name=name)
    from output.forms.templated import insert

    return insert(data, form, additions, name=name)


def has_stars(form: Form, data: bytes) -> bool:
    """
    Whether a list marks its editors' picks, by its form or in its entries.

    One star behind words can be part of a remark, "(Featured 🌟)"; two are a habit.
    """
    if form.is_plaza or form.is_read_only:
        return form.is_plaza
    templates = (form.template(), *(form.template(part.name) for part in form.sections))
    if any(name == "star" for template in templates for name, _ in template.names):
        return True
    texts = (item.text for item in parse(data).items)
    before = [text.partition(star)[0] for text in texts for star in STARS if star in text]
    return len(before) > 1 or any(not _WORD.search(text) for text in before)


def blanks(form: Form, section: str | None = None) -> tuple[str, ...]:
    """
    The fields of a form that no service knows: a person fills them in, or not.

    Further links, which few entries have, are no gap; who has one writes it into the entry.
    """
    if form.is_plaza or form.is_read_only:
        return ()
    named = dict.fromkeys(name for name, _ in form.template(section).names)
    return tuple(name for name in named if name in form.own and name != MORE_LINKS)[:MAX_BLANKS]


def refuse_read_only(rules: ListRules) -> None:
    """ListConflict for a list that is read and not written."""
    if rules.form.is_read_only:
        raise ListConflict(
            str(rules.path),
            f"{rules.list} is read-only: no form of its entries is known (form: none)",
            "write its form under  form:  (docs/forms.md), or edit the list by hand",
        )


def check_own(form: Form, own: Mapping[str, str], section: str | None) -> str:
    """
    Why these fields cannot be filled in by hand; empty where they can.

    A person fills in what no service knows; without a section any section's fields will do.
    """
    if form.is_plaza or form.is_read_only:
        fillable: list[str] = []
    elif section is None:
        fillable = list(form.own)
    else:
        fillable = [name for name, _ in form.template(section).names if name in form.own]
    for name in own:
        if name not in fillable:
            fields = ", ".join(dict.fromkeys(fillable)) or "there are none"
            which = "is filled in by the program" if name in FIELDS else "is no field of its own"
            where = f"in {section}" if section else "in this list"
            return f"{name!r} {which}; fields to fill in {where}: {fields}"
    return ""


def named_in_rules(parsed: ListFile, rules: ListRules, typed: str, *, name: str) -> str:
    """
    The section as the rules name it, where a person wrote another of its names, such as its path.

    ListConflict where the list has no such section.
    """
    heading = find_section(parsed, typed, name=name).heading
    for section in rules.sections:
        try:
            if find_section(parsed, section.name, name=name).heading == heading:
                return section.name
        except ListConflict:
            continue
    return typed
