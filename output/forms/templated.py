"""Entries of lists that have a template of their own: written, put in, changed and taken out."""

import re
from collections.abc import Iterable, Mapping

from catalog.address import canonical_url, identity
from catalog.errors import ListConflict
from catalog.forms.inserter import NewEntry, cells_in, insert_entries, remove_entry, without_years
from catalog.forms.listed import ids_in
from catalog.forms.references import inlined
from catalog.forms.spelling.addresses import address_month, addresses_in
from catalog.forms.spelling.rows import may_be_row
from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from catalog.markdown.edits import find_section, patched
from catalog.markdown.entry import STAR, STARS, Entry
from catalog.markdown.heading_entries import FEWEST_TITLED
from catalog.markdown.listfile import ListFile, parse
from catalog.paper import Link, Paper, Work, bare_key, is_paper_key, link_key, paper_key
from config.form import Form
from config.patterns import lazy_regex

_MARKER = lazy_regex(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t\u00a0]+(?:\[[ xX]\][ \t]+)?")
_FIRST_WORDS = lazy_regex(r"[ \t]*(?:[^|]*\|)*?(?=[^|]*[^\W\d_]{3})[ \t]*")
# Blocks of lines and headings are entries where there are so many of them.
COPIES = FEWEST_TITLED


def write(
    form: Form,
    entry: Entry,
    work: Work,
    section: str | None,
    *,
    venue: str = "",
    own: Mapping[str, str] | None = None,
) -> str:
    """The text of an entry by the template of its section; ``own`` is what a person filled in."""
    values = values_of(_form_work(entry, work, venue, own or {}), form.months)
    return write_entry(form.template(section), values, unknown=form.own, sign=form.unknown)


def _form_work(entry: Entry, work: Work, venue: str, own: Mapping[str, str]) -> FormWork:
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
        venue=venue,
        category=paper.categories[0] if paper and paper.categories else "",
        url=entry.url or "",
        code=code,
        citations=entry.citation.count,
        citations_url=entry.citation.url or "",
        links=tuple((extra.label, extra.url) for extra in entry.extras if extra.url != code),
        starred=entry.starred,
        number=1,
        own=own,
    )


def insert(
    data: bytes, form: Form, additions: Iterable[tuple[str, str, str]], *, name: str
) -> bytes:
    """The list with these entries (section, text, key of the work), each where the form says."""
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
