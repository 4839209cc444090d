"""What ``listkeeper init`` learns of a list beside its words: its form, and its field at arXiv."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

import orjson

from catalog.address import read_address
from catalog.forms.listed import Listed, listed_in
from catalog.markdown.listfile import ListFile, parse
from catalog.markdown.outline import OutlineSection, base_of
from catalog.paper import Paper
from config.form import Form
from config.patterns import lazy_regex
from output.forms.proof import LEAST_SAME_FORM, FormProof, known_paper, prove_form
from pipelines.workspace import Workspace

# arXiv answers for so many papers in one request.
MAX_ASKED = 100
# A category that fewer of the papers are in first is not the list's field.
LEAST_SHARE, MAX_CATEGORIES = 0.05, 6
_FEEDS = lazy_regex(r"(?<=^  feeds:\n)(?:    - .*\n)+", re.MULTILINE)


def newest_ids(entries: Sequence[Listed]) -> list[str]:
    """The ids to ask arXiv about: the newest of each section in turn, a hundred in all."""
    sections: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for entry in entries:
        if entry.ids and re.match(r"\d{4}\.", entry.ids[0]):
            sections[entry.path].append(entry.ids[0])
    ordered = (sorted(set(ids), reverse=True) for ids in sections.values())
    turns = (base for turn in zip_longest(*ordered) for base in turn if base)
    return list(islice(dict.fromkeys(turns), MAX_ASKED))


def ask_arxiv(workspace: Workspace, ids: Sequence[str]) -> tuple[list[Paper], str]:
    """What arXiv says of these papers, in one request; and why it says nothing, if so."""
    from pipelines.discover.lookup import ask

    addresses = [address for base in ids if (address := read_address(base))]
    answers, troubles = ask(workspace, addresses)
    papers = [found.work for found in answers.values() if isinstance(found.work, Paper)]
    why = Counter(trouble.reason for trouble in troubles.values()).most_common(1)
    return papers, "" if papers or not why else why[0][0]


def form_of(data: bytes, papers: Sequence[Paper]) -> FormProof:
    """The form of a list and its proof, with what arXiv said of its papers."""
    known = (known_paper(paper) for paper in papers)
    return prove_form(data, {paper.arxiv_id: paper for paper in known if paper.arxiv_id})


def section_names(parsed: ListFile, lines: Mapping[int, str]) -> dict[tuple[str, ...], str]:
    """The names of sections in the rules, by path; ``lines`` are those of their headings."""
    return {
        section.subject: lines[section.heading.line]
        for section in reversed(parsed.sections)
        if section.heading.line in lines
    }


def form_lines(proved: FormProof, names: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """The YAML of a form, with what it was proved on as a comment; nothing for the built-in one."""
    form, proof = proved.form, proved.proof
    if form is not None and form.is_plaza:
        return
    yield f"# How an entry looks: {proof.same_form} of {proof.tried} entries come out in this form."
    yield "# docs/forms.md says what a form may say; `listkeeper list form` proves it anew."
    if form is None or not proved.is_kept:
        yield f"# Below {LEAST_SAME_FORM:.0%} the list is read-only, until you write its form here."
        if form is not None:
            yield from (f"#   {line}" for line in _keys(form, names))
        yield "form: none"
    else:
        yield "form:"
        yield from (f"  {line}" if line else "" for line in _keys(form, names))
    yield ""


def _keys(form: Form, names: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    yield from _entry(form.entry)
    yield f"place: {form.place}"
    if form.year_headings:
        yield "year_headings: true"
    if form.unknown:
        yield f"unknown: {_quoted(form.unknown)}"
    if form.months:
        yield f"months: [{', '.join(_quoted(word) for word in form.months)}]"
    if form.own:
        yield "# Fields of the list's own: each with what stands there until you fill it in."
        yield "own:"
        yield from (f"  {name}: {_quoted(sign)}" for name, sign in form.own.items())
    known = {" > ".join(path)[:80]: name for path, name in names.items()}
    others = [part for part in form.sections if part.name in known]
    if others:
        yield "sections:"
    for part in others:
        yield f"  - name: {_quoted(known[part.name])}"
        if part.entry:
            yield from (f"    {line}" if line else "" for line in _entry(part.entry))
        if part.place:
            yield f"    place: {part.place}"


def _entry(template: str) -> Iterator[str]:
    """A template as a block of lines, or in quotes where blanks at its ends count."""
    lines = template.split("\n")
    if not all(not line or line == line.rstrip() for line in lines) or template[:1].isspace():
        yield f"entry: {_quoted(template)}"
        return
    yield "entry: |-"
    yield from (f"  {line}" if line else "" for line in lines)


def _quoted(text: str) -> str:
    """A text in quotes, as YAML and JSON have it alike."""
    return orjson.dumps(text).decode()


@dataclass(frozen=True, slots=True)
class Field:
    """
    The arXiv categories that papers of a list are in first, the most common one first.

    ``counts`` says in each how many of the ``papers`` are.
    """

    counts: tuple[tuple[str, int], ...] = ()
    papers: int = 0

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.counts)


def field_of(papers: Sequence[Paper]) -> Field:
    """The categories of these papers that are more than a few of them."""
    counts = Counter(paper.categories[0] for paper in papers if paper.categories)
    total = sum(counts.values())
    common = counts.most_common(MAX_CATEGORIES)
    return Field(tuple(one for one in common if one[1] >= LEAST_SHARE * total), total)


def abstracts_of(
    parts: Sequence[OutlineSection], papers: Sequence[Paper]
) -> dict[str, tuple[str, ...]]:
    """The abstracts that are known of each section's papers, by the section's name."""
    known = {paper.arxiv_id: paper.abstract for paper in papers if paper.abstract}
    return {
        part.name: tuple(
            known[base] for base in dict.fromkeys(map(base_of, part.entries)) if base in known
        )
        for part in parts
    }


def with_feeds(sources: bytes, categories: Sequence[str]) -> bytes:
    """The sources file with one feed of these categories instead of its own."""
    if not categories:
        return sources
    # One address: a paper of several categories comes once, and a cut feed is asked in halves.
    feeds = f"    - {'+'.join(categories)}\n"
    return _FEEDS.sub(feeds, sources.decode(), count=1).encode()


def entries_of(data: bytes) -> list[Listed]:
    """The entries of a list file."""
    return list(listed_in(parse(data)))
