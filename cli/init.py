"""``listkeeper init``: a list that people have kept by hand gets its first configuration."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from catalog.errors import UsageTrouble
from catalog.files import write_whole
from cli.options import with_workspace
from cli.render import echo_json
from output.escape import terminal
from output.init import Understood, furnish, refuse_others, understand
from pipelines.workspace import Workspace

MOST_SHOWN = 10


@click.command("init")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.md..."
)
@click.option("--name", metavar="NAME", help="What the list is called, instead of its title.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there already.")
@with_workspace
def init_command(
    workspace: Workspace, *, as_json: bool, files: tuple[Path, ...], name: str | None, force: bool
) -> None:
    """
    Write the first configuration of lists that are there already.

    Each becomes config/lists/NAME.yaml: its sections, and words learned from its titles. What is
    missing beside it (services, sources, calendar) is put there too.
    """
    if name is not None and (len(files) > 1 or not name.strip()):
        raise UsageTrouble("--name", "is of one list", "name one file")
    config, missing = furnish(workspace.config_dir, workspace.root)
    lists = [understand(workspace.root, config, path, name) for path in files]
    refuse_others(lists, config, force=force)
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
