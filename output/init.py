"""``listkeeper init``: the first rules of an existing list, as commented YAML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from catalog.forms.assembly import is_plaza
from catalog.forms.listed import listed_in
from catalog.markdown.contents import plain, slug
from catalog.markdown.edits import readable
from catalog.markdown.findings import damage
from catalog.markdown.listfile import ListFile, listed_ids
from catalog.markdown.outline import Outline, is_paper, outline
from catalog.markdown.sections import MAX_NAME_CHARS
from catalog.paper import Paper
from config.errors import ConfigTrouble
from config.patterns import lazy_regex
from config.rules import load_list
from output.forms.proof import FormProof, papers_of
from output.forms.setup import (
    Field,
    abstracts_of,
    ask_arxiv,
    field_of,
    form_lines,
    form_of,
    newest_ids,
    section_names,
    with_feeds,
)
from pipelines.rules.untouched import with_note
from pipelines.tuning.bootstrap import (
    MAX_HINTS_PER_SECTION,
    MAX_WORDS_PER_SECTION,
    FirstRules,
    LearnedSection,
    learn,
)
from pipelines.tuning.phrases import Phrase
from pipelines.workspace import PACKAGED, Workspace, read

if TYPE_CHECKING:
    from catalog.markdown.findings import Finding

# Text that needs no quotes in YAML.
_SIGNS = lazy_regex(r"[^\w ]")
_PLAIN = lazy_regex(r"[A-Za-z](?:[A-Za-z0-9 .+*/'-]*[A-Za-z0-9.+*'-])?")
# The reader of the file refuses so many brackets in a row, even in quotes.
_BRACKETS = lazy_regex(r"[\[{]{9,}")

# The reader of the YAML accepts some 4,500 words and keys.
MAX_SECTIONS = 400
# What a list's first heading may say without naming the list.
PARTS_OF_ANY_LIST = frozenset(
    ("notes", "note", "news", "updates", "contents", "table of contents", "introduction",
     "overview", "about", "readme", "papers", "paper list")
)  # fmt: skip
MAX_LEARNED_WORDS = 2_000
MAX_LEARNED_HINTS = 300


@dataclass(frozen=True, slots=True)
class Understood:
    """
    A list file, its outline, and the YAML made from it.

    ``inside`` is its path relative to the folder that holds config/; ``target`` is the YAML file.
    ``field`` has the arXiv categories of its newest papers; ``why_unasked`` says why arXiv said
    nothing of them.
    """

    path: Path
    inside: str
    target: Path
    name: str
    outline: Outline
    unclear: "tuple[Finding, ...]"
    proved: FormProof
    field: Field
    why_unasked: str
    first: FirstRules
    text: bytes

    @property
    def entries(self) -> int:
        return sum(len(part.entries) for part in self.outline.parts)

    @property
    def papers(self) -> int:
        return sum(is_paper(entry) for part in self.outline.parts for entry in part.entries)

    @property
    def is_news(self) -> bool:
        return not self.target.is_file() or self.target.read_bytes() != self.text

    def as_json(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "config": str(self.target),
            "list": self.name,
            "entries": self.entries,
            "papers": self.papers,
            "links": self.entries - self.papers,
            "above_the_first_section": self.outline.above,
            "sections": [
                {
                    "name": section.name,
                    "titles": section.titles,
                    "too_small": section.too_small,
                    "words": [[word.word, word.inside, word.outside] for word in section.words],
                    "abstracts": section.abstracts,
                    "hints": [[word.word, word.inside, word.outside] for word in section.hints],
                }
                for section in self.first.sections
            ],
            "about": [[word.word, word.inside] for word in self.first.about],
            "left_out": [
                {"heading": part.heading, "line": part.line, "why": part.why}
                for part in self.outline.left_out
            ],
            "form": self.proved.as_json(),
            "arxiv": {
                "categories": list(self.field.categories),
                "papers": self.field.papers,
                "counts": dict(self.field.counts),
                "why_not_asked": self.why_unasked,
            },
            "not_understood": [
                {"line": finding.line, "what": finding.what} for finding in self.unclear
            ],
        }


def understand(
    workspace: Workspace,
    path: Path,
    name: str | None,
    *,
    look: bool = True,
    rows: Path | None = None,
) -> Understood:
    """
    Read a list, learn its form and its first rules; UsageTrouble for files that are no list.

    ``rows`` says what arXiv would say of its papers; with ``look`` arXiv itself is asked.
    """
    root, config = workspace.root, workspace.config_dir
    inside = _inside(root, path)
    data = _bytes(path)
    parsed = readable(data, str(path))
    structure = outline(parsed)
    if not structure.parts:
        raise _no_list(path, parsed)
    if len(structure.parts) > MAX_SECTIONS:
        matter = f"has {len(structure.parts)} sections"
        raise UsageTrouble(str(path), matter, f"split it; at most {MAX_SECTIONS} are possible")
    called = (name or _title(parsed) or _name_of(path)).replace("\0", "")[:MAX_NAME_CHARS].strip()
    default = config / "lists" / f"{_file_name(called, path)}.yaml"
    target = _configuration_of(config, inside) or default
    unclear = tuple(sorted(damage(parsed), key=lambda finding: finding.line))
    # Of a thousand entries each of the three takes half a minute on a busy machine.
    with workspace.progress(path.name, total=3) as step:
        step("its papers")
        papers, why = _papers(workspace, parsed, look=look, rows=rows)
        step("the words of its sections")
        first = _first(structure, papers)
        step("the form of its entries")
        proved = form_of(data, papers)
    names = section_names(parsed, {part.line: part.name for part in structure.parts})
    form = list(form_lines(proved, names))
    text = with_note(first_rules(first, called, inside, form), target).encode()
    field = field_of(papers)
    return Understood(
        path, inside, target, called, structure, unclear, proved, field, why, first, text
    )


def _first(structure: Outline, papers: Sequence[Paper]) -> FirstRules:
    """The words of the list's titles and of the abstracts that are known of its papers."""
    sections = len(structure.parts)
    return learn(
        {part.name: part.titles for part in structure.parts},
        abstracts_of(structure.parts, papers),
        most_words=max(1, min(MAX_WORDS_PER_SECTION, MAX_LEARNED_WORDS // sections)),
        most_hints=min(MAX_HINTS_PER_SECTION, MAX_LEARNED_HINTS // sections),
    )


def _papers(
    workspace: Workspace, parsed: ListFile, *, look: bool, rows: Path | None
) -> tuple[list[Paper], str]:
    """What is known of the newest papers, and why nothing is."""
    entries = list(listed_in(parsed))
    if rows is not None:
        own = set(listed_ids(parsed))
        return [paper for paper in papers_of(rows) if paper.arxiv_id in own], ""
    if is_plaza(entries) or not look:
        return [], "not asked"
    ids = newest_ids(entries)
    asking = _furnished(workspace)
    return ask_arxiv(asking, ids) if ids else ([], "the list names none of its papers")


def _furnished(workspace: Workspace) -> Workspace:
    """The workspace with the services that are about to be written, where there are none yet."""
    if all((workspace.config_dir / path.name).exists() for path in PACKAGED.glob("*.yaml")):
        return workspace
    return replace(workspace, config_dir=PACKAGED)


def _no_list(path: Path, parsed: ListFile) -> UsageTrouble:
    """Why a file is no list, in a sentence that is true of it."""
    ids = len(listed_ids(parsed))
    if not parsed.sections:
        return UsageTrouble(
            str(path), "has no sections below its title", "give it a heading such as  ## Papers"
        )
    if not ids:
        return UsageTrouble(
            str(path),
            f"has {len(parsed.sections)} headings, and no entry with a link below any of them",
            "name the file that holds the entries",
        )
    return UsageTrouble(
        str(path),
        f"names {ids} arXiv papers in running text, and none in an item or a row of a table",
        "make each an item, such as  - [Title](https://arxiv.org/abs/...)",
    )


def _bytes(path: Path) -> bytes:
    if path.suffix != ".md":
        raise UsageTrouble(str(path), "is not a Markdown file (.md)", "name the list itself")
    data = read(path)
    if not data.strip():
        raise UsageTrouble(str(path), "is empty", "write its headings first")
    return data


def _inside(root: Path, path: Path) -> str:
    """The list's path relative to the folder that holds config/."""
    target = path.resolve()
    if not target.is_relative_to(root.resolve()):
        raise UsageTrouble(
            str(path),
            f"is outside {root}, the folder that holds config/",
            "run this where the list is, or copy the list there",
        )
    inside = target.relative_to(root.resolve()).as_posix()
    if "\\" in inside or not inside.isprintable():
        raise UsageTrouble(str(path), "has a name that no configuration can hold", "rename it")
    return inside


def _title(parsed: ListFile) -> str:
    """The heading at the top; empty where it names a part of any list, as "Notes" does."""
    title = " ".join(plain(parsed.title or "").split())
    return "" if _SIGNS.sub("", title).strip().casefold() in PARTS_OF_ANY_LIST else title


def _name_of(path: Path) -> str:
    """The name of the file, or of its folder where that is all it says."""
    return path.resolve().parent.name if path.stem.casefold() == "readme" else path.stem


def _file_name(called: str, path: Path) -> str:
    return slug(called)[:60].strip("-") or slug(path.stem)[:60].strip("-") or "list"


def furnish(config: Path) -> dict[Path, bytes]:
    """The files that a configuration lacks: services, sources and the like."""
    return {
        config / path.name: path.read_bytes()
        for path in sorted(PACKAGED.glob("*.yaml"))
        if not (config / path.name).exists()
    }


def with_field(missing: Mapping[Path, bytes], lists: Sequence[Understood]) -> dict[Path, bytes]:
    """The files to add; new sources read the categories of the lists' own papers."""
    names = list(dict.fromkeys(name for source in lists for name in source.field.categories))
    return {
        path: with_feeds(data, names) if path.name == "sources.yaml" else data
        for path, data in missing.items()
    }


def refuse_others(lists: Sequence[Understood], config: Path, *, force: bool) -> None:
    """Refuse to overwrite a changed configuration, or to use a name twice."""
    seen = {name: path for name, path, _ in _configured(config)}
    files = {path: file for _, path, file in _configured(config)}
    for new in lists:
        holder = seen.setdefault(new.name, new.target)
        if holder != new.target or files.setdefault(new.target, new.inside) != new.inside:
            matter = f"the list {new.name!r} is already configured in {holder}"
            raise UsageTrouble(str(new.path), matter, "give another name with --name")
        if new.target.is_file() and new.is_news and not force:
            raise appeared(new.target)


def appeared(target: Path) -> ConfigTrouble:
    """The refusal to overwrite a configuration."""
    return ConfigTrouble(
        target,
        "exists and differs; nothing was written",
        "--force replaces it, --name makes another",
    )


def _configuration_of(config: Path, file: str) -> Path | None:
    """The existing configuration of this file."""
    return next((path for _, path, listed in _configured(config) if listed == file), None)


def _configured(config: Path) -> Iterator[tuple[str, Path, str]]:
    """Name, configuration and file of each configured list; unreadable ones are skipped."""
    for path in sorted((config / "lists").glob("*.yaml")):
        try:
            rules = load_list(path)
        except ConfigTrouble:
            continue
        yield rules.list, path, rules.file


def first_rules(first: FirstRules, name: str, file: str, form: Sequence[str] = ()) -> str:
    """The YAML of first rules, with comments; ``form`` are the lines of its form."""
    return "\n".join([*_head(first, name, file, form), *_sections(first)]) + "\n"


def _head(first: FirstRules, name: str, file: str, form: Sequence[str]) -> Iterator[str]:
    titles = sum(section.titles for section in first.sections)
    abstracts = sum(section.abstracts for section in first.sections)
    more = f" and {abstracts} abstracts of them" if abstracts else ""
    yield f"# First rules, learned from the {titles} paper titles of the list{more}."
    yield "# A starting point: remove words that are too general, add missing ones."
    yield "# After each word: the titles with it in this section, and in all other sections."
    yield "# After a change: listkeeper rules check"
    yield ""
    yield f"list: {scalar(name)}"
    yield f"file: {scalar(file)}"
    yield ""
    yield from form
    if first.about:
        yield "# A paper must contain one of these."
        yield "about:"
        yield from _lines((word.word, f"{word.inside} titles") for word in first.about)
        yield ""


def _sections(first: FirstRules) -> Iterator[str]:
    yield "# In the order of the list."
    yield "sections:"
    for number, section in enumerate(first.sections):
        if number:
            yield ""
        yield f"  - name: {scalar(section.name)}  # {_titles(section)}"
        if section.words:
            yield "    in_title:"
            yield from _lines(((word.word, _counts(word)) for word in section.words), "      ")
        if section.hints:
            yield f"    # From {section.abstracts} abstracts; two of them let a paper in."
            yield "    hints:"
            yield from _lines(((word.word, _counts(word)) for word in section.hints), "      ")
        if section.examples:
            yield "    examples:"
            yield from (f"      - {scalar(title)}" for title in section.examples)


def _titles(section: LearnedSection) -> str:
    number = "1 title" if section.titles == 1 else f"{section.titles} titles"
    if section.words or section.hints:
        return number
    return f"{number}: too few to learn from" if section.too_small else f"{number}, no typical word"


def _counts(word: Phrase) -> str:
    return f"{word.inside} here, {word.outside} elsewhere"


def _lines(rows: Iterator[tuple[str, str]], indent: str = "  ") -> Iterator[str]:
    written = [(f"{indent}- {scalar(word)}", note) for word, note in rows]
    width = max((len(line) for line, _ in written), default=0)
    for line, note in written:
        yield f"{line:<{width}}  # {note}"


def scalar(text: str) -> str:
    """A YAML scalar on one line, quoted where YAML could misread it."""
    if _PLAIN.fullmatch(text):
        return text
    safe = _BRACKETS.sub(lambda match: "".join(map(_escape, match[0])), _quotable(text))
    return f'"{safe}"'


def _quotable(text: str) -> str:
    return "".join(
        f"\\{sign}" if sign in '"\\' else sign if sign.isprintable() else _escape(sign)
        for sign in text
    )


def _escape(sign: str) -> str:
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\U{number:08x}"
