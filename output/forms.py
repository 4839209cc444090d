"""An entry as its list writes it: built in for Efficient LLM, by the list's template elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.errors import ListConflict
from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from catalog.markdown.entry import Entry
from catalog.markdown.entry_writer import render
from catalog.paper import Link, Paper, Work
from config.form import Form
from config.rules import ListRules

# Blanks that a page names at most; a table of thirty columns is filled in by hand.
MAX_BLANKS = 12


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a work besides itself: its venue, and what a person filled in."""

    venue: str = ""
    own: Mapping[str, str] | None = None


def written(
    form: Form, entry: Entry, work: Work, section: str | None = None, known: Known | None = None
) -> str:
    """
    The text of an entry in the form of its section.

    In a numbered list the number is 1; the edit that inserts the entry gives it its own.
    """
    if form.is_plaza or form.is_read_only:
        return render(entry)
    values = values_of(_form_work(entry, work, known or Known()), form.months)
    return write_entry(form.template(section), values, unknown=form.own, sign=form.unknown)


def _form_work(entry: Entry, work: Work, known: Known) -> FormWork:
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


def blanks(form: Form, section: str | None = None) -> tuple[str, ...]:
    """The fields of a form that no service knows: a person fills them in, or not."""
    if form.is_plaza or form.is_read_only:
        return ()
    named = dict.fromkeys(name for name, _ in form.template(section).names)
    return tuple(name for name in named if name in form.own)[:MAX_BLANKS]


def shows_counts(form: Form) -> bool:
    """Whether a list has a place for the number of citations."""
    if form.is_plaza:
        return True
    if form.is_read_only:
        return False
    templates = [form.template(), *(form.template(part.name) for part in form.sections)]
    return any(name == "citations" for template in templates for name, _ in template.names)


def refuse_read_only(rules: ListRules) -> None:
    """ListConflict for a list that is read and not written."""
    if rules.form.is_read_only:
        raise ListConflict(
            str(rules.path),
            f"{rules.list} is read-only: no form of its entries is known (form: none)",
            "write its form under  form:  (docs/forms.md), or edit the list by hand",
        )


def check_own(form: Form, own: Mapping[str, str], section: str | None) -> str:
    """Why these fields cannot be filled in; empty where they can."""
    built_in = form.is_plaza or form.is_read_only
    names = [] if built_in else [name for name, _ in form.template(section).names]
    for name in own:
        if name not in names:
            fillable = ", ".join(dict.fromkeys(names)) or "none"
            return f"{name!r} is no field of this list's form; its fields are: {fillable}"
    return ""
