"""
``listkeeper list form``: the form of a list's entries, and its proof.

What is known of the papers comes from a file of rows, from the store, or from the entries' own
shapes; each paper is tried with the form that the others teach.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.forms.assembly import Draft, SectionDraft, draft
from catalog.forms.cutting.atoms import Known
from catalog.forms.examination import Examined, examine
from catalog.forms.listed import known_of, listed_in
from catalog.forms.proof import Proof
from catalog.jsonl import read_file_lines
from catalog.markdown.listfile import parse
from catalog.paper import Paper, paper_key
from catalog.plural import counted
from config.form import Form
from config.patterns import lazy_regex
from config.strict import plain
from pipelines.workspace import Workspace, read

# Below this share of entries in one form a list is read and not written.
LEAST_SAME_FORM = 0.7
# Rows of papers that one file may have.
MAX_ROWS = 20_000
_REPOSITORY = lazy_regex(r"github\.com/(?P<name>[\w.-]+/[\w.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormProof:
    """
    The form of a list and how it was proved.

    ``source`` says where the facts came from: arXiv, or the shapes of the entries.
    """

    drafted: Draft
    proof: Proof
    examined: Examined
    source: str

    @property
    def form(self) -> Form | None:
        return self.drafted.form

    @property
    def sections(self) -> tuple[SectionDraft, ...]:
        return self.drafted.sections

    @property
    def is_kept(self) -> bool:
        """Whether enough entries come out in the form for the list to be written in it."""
        if self.form is None:
            return False
        if self.form.is_plaza:
            return True
        tried = self.proof.tried
        return tried > 0 and self.proof.same_form >= LEAST_SAME_FORM * tried

    def as_json(self) -> dict[str, Any]:
        return {
            "form": form_json(self.form),
            "kept": self.is_kept,
            "source": self.source,
            "sections": [
                {"name": section.name, "template": section.template, "place": section.place}
                for section in self.sections
            ],
            "tried": self.proof.tried,
            "same": self.proof.same,
            "same_but_unknown": self.proof.same_but_unknown,
            "same_form": self.proof.same_form,
            "unknown_share": self.proof.unknown_share,
            "different": [difference.as_json() for difference in self.proof.differences],
            "left_out": {
                "incomplete": len(self.examined.incomplete),
                "another_title": list(self.examined.strangers),
            },
        }


def form_json(form: Form | None) -> Any:
    """A form as its YAML has it: a name, or its keys without those that say nothing."""
    if form is None:
        return "none"
    if form.is_plaza or form.is_read_only:
        return form.entry
    return plain(form, usual=False)


def prove_form(data: bytes, papers: Mapping[str, Known]) -> FormProof:
    """The form of a list file and its proof, from what is known of its papers."""
    entries = list(listed_in(parse(data)))
    examined = examine(entries, papers)
    source = "the shapes of the entries" if examined.by_shape else "arXiv"
    drafted = draft(entries, examined)
    built_in = drafted.form is not None and drafted.form.is_plaza
    return FormProof(drafted, examined.proof(built_in=built_in), examined, source)


def rows_of(path: Path) -> dict[str, Known]:
    """What a file of rows says of papers, by arXiv id."""
    return {paper.arxiv_id: known_paper(paper) for paper in papers_of(path)}


def papers_of(path: Path) -> list[Paper]:
    """The papers of a file of rows (JSON Lines: arxiv_id, title, authors, categories ...)."""
    papers = [
        _paper(path, number, line)
        for number, line in enumerate(read_file_lines(path), 1)
        if line.strip()
    ]
    if not papers and str(path) != os.devnull:
        raise UsageTrouble(str(path), "holds no papers", "write one a line, or leave the file out")
    return papers


def known_paper(paper: Paper) -> Known:
    """What is known of a paper, with the repository that its abstract names."""
    named = _REPOSITORY.search(paper.abstract or "")
    return known_of(paper, code=named["name"].rstrip(".") if named else None)


def _paper(path: Path, number: int, line: bytes) -> Paper:
    where = f"{path}:{number}"
    if number > MAX_ROWS:
        raise UsageTrouble(where, f"is more than {MAX_ROWS:,} rows", "give fewer")
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as trouble:
        raise UsageTrouble(where, f"is not JSON: {trouble}") from None
    base = ArxivId.parse(str(row.get("arxiv_id"))) if isinstance(row, dict) else None
    if base is None or not isinstance(row.get("title"), str):
        raise UsageTrouble(where, "has no arxiv_id and title", "write one paper a line")
    authors = row.get("authors") or []
    if not isinstance(authors, list):
        raise UsageTrouble(where, "authors is not a list", "write the names in brackets")
    return Paper(
        base.base,
        1,
        " ".join(row["title"].split()),
        abstract=row.get("abstract"),
        authors=tuple(map(str, authors)),
        categories=tuple(map(str, row.get("categories") or ())),
        published=_moment(row.get("published")),
    )


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def described(proved: FormProof) -> Iterator[str]:
    """The form and its proof in lines, for people."""
    form, proof = proved.form, proved.proof
    if form is None:
        yield "no form that most entries have"
    elif form.is_plaza:
        yield "form: plaza (built in)"
    else:
        yield "an entry:"
        yield from _template(form.entry)
        yield f"a new entry goes: {form.place}"
        if form.own:
            yield f"fields that no service knows: {', '.join(form.own)}"
    others = {s.template for s in proved.sections} - {form.entry if form else ""}
    for template in sorted(others):
        names = ", ".join(s.name for s in proved.sections if s.template == template)
        yield f"in {names}:"
        yield from _template(template)
    yield from _proved(proof)
    yield from _different(proof)


def why_read_only(proved: FormProof, config: Path) -> str:
    """Why a list is read and not written, and what to do, in one line."""
    proof = proved.proof
    if proved.form is None:
        why = "no form of its entries was found"
    elif not proof.tried:
        why = "its form could be tried on no entry"
    else:
        entries = counted(proof.tried, "entry", "entries")
        why = f"the form fits {proof.same_form} of {entries}, less than {LEAST_SAME_FORM:.0%}"
    do = f"to have it written, write its form in lists/{config.name} (docs/forms.md)"
    return f"read-only: {why}; candidates are proposed; {do}"


def _template(text: str) -> Iterator[str]:
    """The lines of a template, set off by a bar: their own blanks at the beginning count."""
    yield from (f"| {line}" for line in text.split("\n"))


def _proved(proof: Proof) -> Iterator[str]:
    if not proof.tried:
        yield "nothing to try it on"
        return
    yield (
        f"tried on {counted(proof.tried, 'entry', 'entries')}: {proof.same_form} come out in this "
        f"form, {proof.same_but_unknown} match but for facts that no service has "
        f"({proof.unknown_share:.0%} of what they show), {proof.same} match byte for byte"
    )


MAX_DIFFERENCES_SHOWN = 5
# Of each text so many characters are shown; of those that are alike, so many stay before the rest.
MAX_SHOWN_CHARS, CHARS_BEFORE = 70, 25


def _different(proof: Proof) -> Iterator[str]:
    by_field: dict[str, int] = {}
    for difference in proof.differences:
        by_field[difference.field] = by_field.get(difference.field, 0) + 1
    if by_field:
        yield "what differs: " + ", ".join(f"{field} in {n}" for field, n in by_field.items())
    for difference in proof.differences[:MAX_DIFFERENCES_SHOWN]:
        stands, would_be = apart(difference.stands, difference.would_be)
        yield f'line {difference.line}: {difference.field} is "{stands}", would be "{would_be}"'


def apart(first: str, second: str) -> tuple[str, str]:
    """Two texts as short lines that show where they begin to differ."""
    lines = [" ".join(text.split()) for text in (first, second)]
    if lines[0] == lines[1]:
        # They differ in blanks and line ends alone.
        lines = [text.replace("\n", "↵") for text in (first, second)]
    pairs = enumerate(zip(*lines, strict=False))
    same = next((n for n, (left, right) in pairs if left != right), min(map(len, lines)))
    start = 0 if same <= MAX_SHOWN_CHARS - CHARS_BEFORE else same - CHARS_BEFORE
    first, second = (_cut(line, start) for line in lines)
    return first, second


def _cut(line: str, start: int) -> str:
    shown = f"…{line[start:]}" if start else line
    return shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[: MAX_SHOWN_CHARS - 1]}…"


def proof_of(workspace: Workspace, path: Path, papers: Path | None) -> FormProof:
    """The form of a list file, from a file of rows, or from what the store knows of its papers."""
    data = read(path)
    if papers is not None:
        return prove_form(data, rows_of(papers))
    ids = {base for entry in listed_in(parse(data)) for base in entry.ids}
    # Reading must not create a store.
    keys = {paper_key(base) for base in ids}
    works = workspace.store.works.get_many(keys) if workspace.has_store else {}
    known = (known_paper(work) for work in works.values() if isinstance(work, Paper))
    return prove_form(data, {paper.arxiv_id: paper for paper in known if paper.arxiv_id})
