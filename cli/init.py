"""``listkeeper init``: write the configuration of an existing list."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.errors import UsageTrouble
from catalog.files import create_whole, sweep, write_whole
from catalog.plural import counted
from cli.options import with_optional_config
from cli.render import echo_json
from output.escape import terminal
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from output.init import Understood
    from pipelines.tuning.bootstrap import LearnedSection

MAX_ITEMS_SHOWN = 10
WORDS_SHOWN = 4


@click.command("init")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.md..."
)
@click.option(
    "--publish",
    "repository",
    metavar="OWNER/NAME",
    help="Also write what a repository on GitHub needs to run by itself.",
)
@click.option("--name", metavar="NAME", help="Name of the list (default: its title).")
@click.option("--force", is_flag=True, help="Replace an existing configuration.")
@click.option("--no-look", is_flag=True, help="Ask arXiv nothing: learn from shapes alone.")
@click.option(
    "--papers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ROWS.jsonl",
    help="What arXiv says of the papers, instead of asking it.",
)
@with_optional_config
def init_command(
    workspace: Workspace,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    name: str | None,
    force: bool,
    no_look: bool,
    papers: Path | None,
    repository: str | None,
) -> None:
    """
    Set up an existing list.

    Each file gets a config/lists/NAME.yaml with its sections, and with words learned from its
    titles. The form of its entries is learned from what arXiv says of the newest papers (one
    request). Missing configuration files (services, sources, calendar, schedule) are added, in a
    git repository also the line in .gitignore for the store. --publish adds publish.yaml and the
    workflow.
    """
    from config.settings import schedule
    from output.init import furnish, refuse_others, understand, with_field
    from output.publish import setup

    top = setup.checkout_of(workspace.root)
    if repository is not None:
        setup.check_place(top, workspace.root, repository)
    if name is not None and (len(files) > 1 or not name.strip()):
        raise UsageTrouble("--name", "fits one list only", "name one file")
    missing = furnish(workspace.config_dir)
    lists = [understand(workspace, path, name, look=not no_look, rows=papers) for path in files]
    missing = with_field(missing, lists)
    refuse_others(lists, workspace.config_dir, force=force)
    new = [source for source in lists if source.is_news]
    written = [*missing, *(source.target for source in new)]
    _write_missing(workspace.config_dir, missing)
    for source in new:
        _write(source, force=force)
    ignored = setup.ignore_state(top, workspace.state) if top else None
    written += [ignored] if ignored else []
    if repository and top:
        jobs = tuple(schedule(workspace.config_dir).jobs)
        written += setup.write_setup(top, workspace.config_dir, jobs, repository)
    if as_json:
        echo_json(
            {"lists": [source.as_json() for source in lists], "written": [*map(str, written)]}
        )
        return
    for source in lists:
        for depth, line in _summary(source):
            click.echo("  " * depth + terminal(line, blanks=True))
    click.echo("\n".join(f"wrote   {path}" for path in written) or "nothing new; no file written")
    names = " ".join(f'"{path}"' if " " in str(path) else str(path) for path in files)
    if repository:
        steps = setup.next_steps(workspace, repository, is_new=bool(written))
    else:
        steps = _next(written, names, on_github=bool(top))
    for line in steps:
        click.echo(terminal(line, blanks=True))


def _next(written: object, names: str, *, on_github: bool) -> Iterator[str]:
    """What a person does now; nothing where nothing was written."""
    if not written:
        return
    yield "next    listkeeper rules check; then listkeeper run"
    if on_github:
        yield f"or      listkeeper init {names} --publish OWNER/NAME: let GitHub do it every day"


def _write_missing(config: Path, missing: Mapping[Path, bytes]) -> None:
    for folder in (config, config / "lists"):
        # A killed one leaves files there beside those that it had written.
        sweep(folder)
    for path, data in missing.items():
        create_whole(path, data)


def _write(source: "Understood", *, force: bool) -> None:
    """Write a configuration; a file that appeared in the meantime is refused without ``force``."""
    from output.init import appeared

    if force and source.target.is_file():
        write_whole(source.target, source.text)
    elif not create_whole(source.target, source.text):
        raise appeared(source.target)


def _summary(source: "Understood") -> Iterator[tuple[int, str]]:
    """Give lines, each with the depth of its indentation."""
    links, sections = source.entries - source.papers, source.first.sections
    with_words = [section for section in sections if section.words or section.hints]
    without_words = [section for section in sections if not (section.words or section.hints)]
    papers = f"{counted(source.papers, 'paper')}, {counted(links, 'link')}"
    entries = counted(source.entries, "entry", "entries")
    yield 0, f"{source.path}: {source.name}"
    yield 1, f"{entries}: {papers}; {counted(len(sections), 'section')}"
    if source.outline.above:
        yield 1, f"{counted(source.outline.above, 'entry', 'entries')} above the first section"
    yield 1, f"words for {counted(len(with_words), 'section')}:"
    for section in with_words:
        yield 2, f"{section.name}: {_words(section)}"
    yield from _form(source)
    small = [f"{section.name} ({section.titles})" for section in without_words if section.too_small]
    yield from _items("too few papers to learn words from", small)
    unlike = [section.name for section in without_words if not section.too_small]
    yield from _items("no typical word found", unlike)
    skipped = [f'line {item.line} "{item.heading}" {item.why}' for item in source.outline.left_out]
    yield from _items("not sections", skipped)
    unclear = [f"line {item.line}: {item.what}" for item in source.unclear]
    yield from _items("not understood", unclear)


def _words(section: "LearnedSection") -> str:
    """How many words a section got, and the first of them."""
    kinds = (
        (section.words, f"of {counted(section.titles, 'title')}", "word"),
        (section.hints, f"of {counted(section.abstracts, 'abstract')}", "hint"),
    )
    return "; ".join(
        f"{counted(len(words), kind)} {where}: "
        + ", ".join(f"{word.word} ({word.inside})" for word in words[:WORDS_SHOWN])
        for words, where, kind in kinds
        if words
    )


def _form(source: "Understood") -> Iterator[tuple[int, str]]:
    """What was learned of the entries' form, and of the list's field."""
    from output.forms.proof import described, why_read_only
    from output.forms.setup import LEAST_SHARE

    proved = source.proved
    yield 1, f"form of the entries, learned from {proved.source}:"
    for line in described(proved):
        yield 2, line
    if not proved.is_kept:
        yield 2, why_read_only(proved, source.target)
    if source.why_unasked and not (proved.form and proved.form.is_plaza):
        yield 2, f"learned without arXiv's facts about its papers ({source.why_unasked})"
    if source.field.counts:
        counts = ", ".join(f"{name} ({n})" for name, n in source.field.counts)
        asked = counted(source.field.papers, "newest paper")
        yield 1, f"arXiv categories of its {asked} (at least {LEAST_SHARE:.0%} of them): {counts}"
    else:
        where = "write your list's into config/sources.yaml"
        yield 1, f"arXiv categories: the defaults, as nothing says which its papers are in; {where}"


def _items(label: str, items: Sequence[str]) -> Iterator[tuple[int, str]]:
    if items:
        rest = len(items) - MAX_ITEMS_SHOWN
        more = f"; and {rest} more (--json)" if rest > 0 else ""
        yield 1, f"{label}: {'; '.join(items[:MAX_ITEMS_SHOWN])}{more}"
