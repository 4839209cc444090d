"""``listkeeper init``: a list that people have kept by hand gets its first configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catalog.errors import UsageTrouble
from catalog.markdown.contents import plain, slug
from catalog.markdown.edits import readable
from catalog.markdown.findings import damage
from catalog.markdown.listfile import ListFile
from catalog.markdown.outline import LONGEST_NAME, Outline, is_paper, outline
from cli.lists import read
from cli.options import with_world
from cli.report import echo_json
from cli.world import PACKAGED, World
from config.errors import ConfigTrouble
from config.rules import load_list
from output.escape import terminal
from output.files import write_whole
from output.init import first_rules
from pipelines.tuning.bootstrap import FirstRules, learn

if TYPE_CHECKING:
    from catalog.markdown.findings import Finding


# The reader of the YAML takes some 4,500 words and keys.
MOST_SECTIONS = 400
MOST_WORDS = 2_000
MOST_SHOWN = 10


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
    first = learn(titles, most_words=max(1, min(12, MOST_WORDS // len(titles))))
    called = (name or _title(parsed) or path.stem)[:LONGEST_NAME].strip()
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


def furnish(world: World) -> tuple[Path, dict[Path, bytes]]:
    """The folder for the configuration, and what it lacks: services, sources and the like."""
    packaged = world.config_dir == PACKAGED and world.root.resolve() != PACKAGED.parent
    config = world.root / "config" if packaged else world.config_dir
    missing = {
        config / path.name: path.read_bytes()
        for path in sorted(PACKAGED.glob("*.yaml"))
        if not (config / path.name).exists()
    }
    return config, missing


def _refuse_others(lists: Sequence[Understood], config: Path, *, force: bool) -> None:
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


@click.command("init")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.md..."
)
@click.option("--name", metavar="NAME", help="What the list is called, instead of its title.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there already.")
@with_world
def init_command(
    world: World, *, as_json: bool, files: tuple[Path, ...], name: str | None, force: bool
) -> None:
    """
    Write the first configuration of lists that are there already.

    Each becomes config/lists/NAME.yaml: its sections, and words learned from its titles. What is
    missing beside it (services, sources, calendar) is put there too.
    """
    if name is not None and (len(files) > 1 or not name.strip()):
        raise UsageTrouble("--name", "is of one list", "name one file")
    config, missing = furnish(world)
    lists = [understand(world.root, config, path, name) for path in files]
    _refuse_others(lists, config, force=force)
    written = [*missing] + [one.target for one in lists if one.is_news]
    for path, data in missing.items():
        write_whole(path, data)
    for one in lists:
        if one.is_news:
            write_whole(one.target, one.text)
    if as_json:
        echo_json({"lists": [one.as_json() for one in lists], "written": [*map(str, written)]})
        return
    for one in lists:
        for depth, line in _told(one):
            click.echo("  " * depth + terminal(line))
    click.echo("\n".join(f"wrote   {path}" for path in written) or "nothing new; nothing written")
    if written:
        click.echo("next    listkeeper rules check, then listkeeper run")


def _told(one: Understood) -> Iterator[tuple[int, str]]:
    """Lines, and how deep each is indented."""
    links, sections = one.entries - one.papers, one.first.sections
    taught = [section for section in sections if section.words]
    yield 0, f"{one.path}: {one.name}"
    yield 1, f"{one.entries} entries: {one.papers} papers, {links} links; {len(sections)} sections"
    if one.outline.above:
        yield 1, f"{one.outline.above} entries stand above the first section"
    yield 1, f"words for {len(taught)} sections:"
    for section in taught:
        words = ", ".join(f"{word.word} ({word.inside})" for word in section.words[:4])
        yield 2, f"{section.name}: {words}"
    silent = [section for section in sections if not section.words]
    small = [f"{one.name} ({one.titles})" for one in silent if one.too_small]
    yield from _some("too small to learn from", small)
    unlike = [one.name for one in silent if not one.too_small]
    yield from _some("no word tells them from the others", unlike)
    left_out = [f'line {one.line} "{one.heading}" {one.why}' for one in one.outline.left_out]
    yield from _some("no sections", left_out)
    yield from _some("not understood", [f"line {one.line}: {one.what}" for one in one.unclear])


def _some(what: str, items: Sequence[str]) -> Iterator[tuple[int, str]]:
    if items:
        more = f"; and {len(items) - MOST_SHOWN} more (--json)" if len(items) > MOST_SHOWN else ""
        yield 1, f"{what}: {'; '.join(items[:MOST_SHOWN])}{more}"
