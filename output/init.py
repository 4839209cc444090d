"""The first rules of a list as YAML for people: sections, words with their counts, examples."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from catalog.markdown.contents import plain, slug
from catalog.markdown.edits import readable
from catalog.markdown.findings import damage
from catalog.markdown.listfile import ListFile
from catalog.markdown.outline import MAX_NAME_CHARS, Outline, is_paper, outline
from config.errors import ConfigTrouble
from config.rules import load_list
from pipelines.tuning.bootstrap import FirstRules, LearnedSection, learn
from pipelines.tuning.phrases import Phrase
from pipelines.workspace import PACKAGED, Workspace, read

if TYPE_CHECKING:
    from catalog.markdown.findings import Finding


# Text that YAML takes as it is.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .+*/'-]*[A-Za-z0-9.+*'-])?")
# Who reads the file refuses so many brackets in a row, even in quotes.
_BRACKETS = re.compile(r"[\[{]{9,}")


# The reader of the YAML takes some 4,500 words and keys.
MOST_SECTIONS = 400
MAX_WORDS = 2_000


def first_rules(first: FirstRules, name: str, file: str) -> str:
    """The file, ready to be written."""
    return "\n".join([*_head(first, name, file), *_sections(first)]) + "\n"


def scalar(text: str) -> str:
    """A text as YAML has it on one line; in quotes where it could mean something else."""
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


def _head(first: FirstRules, name: str, file: str) -> Iterator[str]:
    titles = sum(one.titles for one in first.sections)
    yield f"# First rules, learned from the {titles} titles of papers that the list had."
    yield "# They are a beginning: take out words that are too general, add those you miss."
    yield "# Behind each word: how many titles of its section have it, and how many of the others."
    yield "# After a change: listkeeper rules check"
    yield ""
    yield f"list: {scalar(name)}"
    yield f"file: {scalar(file)}"
    yield ""
    if first.about:
        yield "# A paper must say one of these at all."
        yield "about:"
        yield from _lines((one.word, f"{one.inside} titles") for one in first.about)
        yield ""


def _lines(rows: Iterator[tuple[str, str]], indent: str = "  ") -> Iterator[str]:
    written = [(f"{indent}- {scalar(word)}", note) for word, note in rows]
    width = max((len(line) for line, _ in written), default=0)
    for line, note in written:
        yield f"{line:<{width}}  # {note}"


def _sections(first: FirstRules) -> Iterator[str]:
    yield "# In the order of the list."
    yield "sections:"
    for number, one in enumerate(first.sections):
        if number:
            yield ""
        yield f"  - name: {scalar(one.name)}  # {_titles(one)}"
        if one.words:
            yield "    in_title:"
            yield from _lines(((word.word, _counts(word)) for word in one.words), "      ")
        if one.examples:
            yield "    examples:"
            yield from (f"      - {scalar(title)}" for title in one.examples)


def _titles(one: LearnedSection) -> str:
    number = "1 title" if one.titles == 1 else f"{one.titles} titles"
    if one.words:
        return number
    return f"{number}: too few to learn from" if one.too_small else f"{number}, no word tells them"


def _counts(word: Phrase) -> str:
    return f"{word.inside} here, {word.outside} elsewhere"


@dataclass(frozen=True, slots=True)
class Understood:
    """
    One list, what was understood of it, and the YAML that says so.

    ``inside`` is its path from the folder that holds config/; ``target`` where the YAML goes.
    """

    path: Path
    inside: str
    target: Path
    name: str
    outline: Outline
    unclear: "tuple[Finding, ...]"
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
                    "name": one.name,
                    "titles": one.titles,
                    "too_small": one.too_small,
                    "words": [[word.word, word.inside, word.outside] for word in one.words],
                }
                for one in self.first.sections
            ],
            "about": [[word.word, word.inside] for word in self.first.about],
            "left_out": [
                {"heading": one.heading, "line": one.line, "why": one.why}
                for one in self.outline.left_out
            ],
            "not_understood": [{"line": one.line, "what": one.what} for one in self.unclear],
        }


def understand(root: Path, config: Path, path: Path, name: str | None) -> Understood:
    """Read a list and learn its first rules; UsageTrouble where that makes no sense."""
    inside = _inside(root, path)
    parsed = readable(_bytes(path), str(path))
    found = outline(parsed)
    if not found.parts:
        headings = "has headings, but no" if parsed.sections else "has no"
        raise UsageTrouble(
            str(path), f"{headings} sections for entries", "give it a heading such as  ## Papers"
        )
    if len(found.parts) > MOST_SECTIONS:
        matter = f"has {len(found.parts)} sections"
        raise UsageTrouble(str(path), matter, f"split it; {MOST_SECTIONS} are the most")
    titles = {part.name: part.titles for part in found.parts}
    first = learn(titles, most_words=max(1, min(12, MAX_WORDS // len(titles))))
    called = (name or _title(parsed) or path.stem)[:MAX_NAME_CHARS].strip()
    target = _kept_by(config, inside) or config / "lists" / f"{_file_name(called, path)}.yaml"
    unclear = tuple(sorted(damage(parsed), key=lambda finding: finding.line))
    text = first_rules(first, called, inside).encode()
    return Understood(path, inside, target, called, found, unclear, first, text)


def _bytes(path: Path) -> bytes:
    if path.suffix != ".md":
        raise UsageTrouble(str(path), "is not a Markdown file (.md)", "name the list itself")
    data = read(path)
    if not data.strip():
        raise UsageTrouble(str(path), "is empty", "write its headings first")
    return data


def _inside(root: Path, path: Path) -> str:
    """The list's path as the configuration says it: from the folder that holds config/."""
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
    return " ".join(plain(parsed.title or "").split())


def _file_name(called: str, path: Path) -> str:
    return slug(called)[:60].strip("-") or slug(path.stem)[:60].strip("-") or "list"


def _kept_by(config: Path, file: str) -> Path | None:
    """The configuration that keeps this file already."""
    return next((path for _, path, other in _kept(config) if other == file), None)


def furnish(workspace: Workspace) -> tuple[Path, dict[Path, bytes]]:
    """The folder for the configuration, and what it lacks: services, sources and the like."""
    packaged = workspace.config_dir == PACKAGED and workspace.root.resolve() != PACKAGED.parent
    config = workspace.root / "config" if packaged else workspace.config_dir
    missing = {
        config / path.name: path.read_bytes()
        for path in sorted(PACKAGED.glob("*.yaml"))
        if not (config / path.name).exists()
    }
    return config, missing


def refuse_others(lists: Sequence[Understood], config: Path, *, force: bool) -> None:
    """Nothing that people wrote is overwritten, and no two configurations are of one name."""
    seen = {name: path for name, path, _ in _kept(config)}
    files = {path: file for _, path, file in _kept(config)}
    for one in lists:
        holder = seen.setdefault(one.name, one.target)
        if holder != one.target or files.setdefault(one.target, one.inside) != one.inside:
            matter = f"a list {one.name!r} is kept by {holder} already"
            raise UsageTrouble(str(one.path), matter, "give another name with --name")
        if one.target.is_file() and one.is_news and not force:
            raise ConfigTrouble(
                one.target,
                "is there already and differs; nothing was written",
                "--force replaces it, --name makes another",
            )


def _kept(config: Path) -> Iterator[tuple[str, Path, str]]:
    """Name, configuration and file of the lists that are kept already, as far as one can read."""
    for path in sorted((config / "lists").glob("*.yaml")):
        try:
            rules = load_list(path)
        except ConfigTrouble:
            continue
        yield rules.list, path, rules.file
