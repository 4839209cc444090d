"""An entry as its list writes it: built in for Efficient LLM, by the list's template elsewhere."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.address import canonical_url, identity
from catalog.errors import ListConflict
from catalog.forms.inserter import NewEntry, cells_in, insert_entries, remove_entry, without_years
from catalog.forms.listed import ids_in
from catalog.forms.references import inlined
from catalog.forms.spelling.addresses import address_month, addresses_in
from catalog.forms.spelling.rows import may_be_row
from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from catalog.markdown.edits import find_section, insert_all, patched
from catalog.markdown.entry import STAR, STARS, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.heading_entries import FEWEST_TITLED
from catalog.markdown.listfile import ListFile, parse
from catalog.paper import Link, Paper, Work, bare_key, is_paper_key, link_key, paper_key
from config.form import FIELDS, MORE_LINKS, Form
from config.patterns import lazy_regex
from config.rules import ListRules

_MARKER = lazy_regex(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t\u00a0]+(?:\[[ xX]\][ \t]+)?")
_FIRST_WORDS = lazy_regex(r"[ \t]*(?:[^|]*\|)*?(?=[^|]*[^\W\d_]{3})[ \t]*")
_WORD = lazy_regex(r"[^\W\d_]{3}")
# Blanks that a page names at most; a table of thirty columns is filled in by hand.
MAX_BLANKS = 12
# Blocks of lines and headings are entries where there are so many of them.
COPIES = FEWEST_TITLED


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
    values = values_of(_form_work(entry, work, known or ExtraFields()), form.months)
    return write_entry(form.template(section), values, unknown=form.own, sign=form.unknown)


def _form_work(entry: Entry, work: Work, known: ExtraFields) -> FormWork:
    code = next((extra.url for extra in entry.extras if extra.kind == "repo"), "")
    paper = work if isinstance(work, Paper) else None
    if isinstance(work, Link) and work.kind == "repository":
        code = work.url
    return FormWork(
        title=work.title,
        authors=paper.authors if paper else (),
        arxiv_id=paper.arxiv_id if paper else None,
        version=paper.version if paper else None,
        day=paper.published.date() if paper and paper.published else None,
        venue=known.venue,
        category=paper.categories[0] if paper and paper.categories else "",
        url=entry.url or "",
        code=code,
        citations=entry.citation.count,
        citations_url=entry.citation.url or "",
        links=tuple((extra.label, extra.url) for extra in entry.extras if extra.url != code),
        starred=entry.starred,
        number=1,
        own=known.own or {},
    )


def inserted(
    data: bytes, form: Form, additions: Iterable[tuple[str, str, str]], *, name: str
) -> bytes:
    """The list with these entries (section, text, key of the work), each where the form says."""
    if form.is_plaza or form.is_read_only:
        return insert_all(data, [(section, text) for section, text, _ in additions], name=name)
    entries = []
    for section, text, key in additions:
        if identity(key) not in keys_in(text):
            raise ListConflict(
                name,
                f"the form of {section} writes an entry that doesn't lead to {bare_key(key)}",
                "give its form a place for the address ({{ abs }}), or add it by hand",
            )
        base = _id_in(key)
        posted = None if base else address_month(bare_key(key))
        entries.append(NewEntry(section, text, base, posted))
    return insert_entries(data, entries, form, name=name)


def in_form(text: str, key: str, *, star: bool) -> str | ListConflict:
    """A ticked entry as it goes into a list of another form; a ListConflict if it cannot."""
    if not _is_one_entry(text):
        return ListConflict("", "its entry is no longer one entry of the list's form")
    named = keys_in(text)
    if identity(key) not in named:
        what = ", ".join(map(bare_key, sorted(named))) or "no work"
        return ListConflict("", f"its entry is now of another work ({what})")
    return starred(text) if star else text.rstrip("\n")


def _is_one_entry(text: str) -> bool:
    data = (text.rstrip("\n") + "\n").encode("utf-8", "surrogateescape")
    cells = cells_in(text)
    table = b"|" + b"a|" * cells + b"\n|" + b"-|" * cells + b"\n" + data * COPIES
    if text.lstrip().startswith("|"):
        return _are_entries(table)
    return _are_entries(b"\n".join([data] * COPIES)) or (may_be_row(text) and _are_entries(table))


def _are_entries(data: bytes) -> bool:
    """Whether these copies of a text are as many entries, and nothing else."""
    spans = [span for span in parse(b"# L\n\n## S\n\n" + data).spans if span.kind != "heading"]
    entries = [span for span in spans if span.kind == "entry"]
    return len(entries) == COPIES and entries[-1].end == spans[-1].end


def keys_in(text: str) -> frozenset[str]:
    """The identities of all works that an entry links."""
    papers = {paper_key(base) for base in ids_in(text)}
    links = {link_key(link) for _, url in addresses_in(text) if (link := canonical_url(url))}
    return frozenset(map(identity, papers | links))


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


def starred(text: str) -> str:
    """The text with the mark of an editor's pick: behind its marker, or before its first words."""
    if any(star in text for star in STARS):
        return text
    pattern = _FIRST_WORDS if may_be_row(text) else _MARKER
    return pattern.sub(lambda match: f"{match[0]}{STAR} ", text, count=1)


def changed_in_form(
    base: bytes, parsed: ListFile, entry: Entry, change: str, to: str, form: Form, *, name: str
) -> bytes:
    """A list of another form with one entry moved, removed or starred; its text stays."""
    item = next(item for item in parsed.items if item.line == entry.line)
    if change == "star":
        text = starred(item.text)
        return patched(base, [(item.start, item.end, text.encode("utf-8", "surrogateescape"))])
    if change == "move" and find_section(parsed, to, name=name) == item.section:
        return base
    rest = remove_entry(base, item.raw, name=name)
    if change == "remove":
        return rest
    key = item.keys[0] if item.keys else ""
    text = inlined(item.text.rstrip("\r\n"), item.references)
    new = NewEntry(to, text, _id_in(key))
    return insert_entries(rest, [new], form, name=name)


def without(current: bytes, base: bytes, new: bytes, *, name: str) -> bytes:
    """
    The list without the entries that ``new`` has and ``base`` has not, wherever they are now.

    A heading for a year that came with them goes too, if nothing stands under it any more.
    """
    if current == new:
        return base
    before = {_bare(item.raw) for item in parse(base).items}
    for item in parse(new).items:
        if _bare(item.raw) not in before:
            current = remove_entry(current, item.raw, name=name)
    known = {section.path for section in parse(base).sections}
    return without_years(current, known)


def _bare(raw: bytes) -> bytes:
    """An entry without its number: entries put before it move that on."""
    return re.sub(rb"\A[ \t]*\d{1,9}(?=[.)])", b"", raw.strip())


def _id_in(key: str) -> str | None:
    return bare_key(key) if is_paper_key(key) else None


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
