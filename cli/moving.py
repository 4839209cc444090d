"""``listkeeper export`` and ``import``: tables for people, and the memory of the program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
import orjson

from catalog.errors import UsageTrouble
from catalog.paper import Paper
from cli.feeds import feeds_command
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, show
from cli.world import World

PAPER_COLUMNS = (
    "arxiv_id", "version", "title", "authors", "categories", "announced", "published", "comments",
    "journal_ref", "doi", "license",
)  # fmt: skip
CANDIDATE_COLUMNS = (
    "list",
    "arxiv_id",
    "section",
    "score",
    "runner_up",
    "title",
    "citations",
    "code",
)
CITATION_COLUMNS = ("arxiv_id", "count", "source", "url", "first_seen", "last_seen", "held")

_format = click.option("--format", "kind", default="csv", show_default=True,
                       type=click.Choice(["csv", "jsonl", "parquet"]))  # fmt: skip
_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="A file; else stdout."
)


@click.group("export")
def export_group() -> None:
    """Write tables, or everything that cannot be fetched again."""


@export_group.command("papers")
@_format
@_output
@with_world
def papers_command(world: World, *, as_json: bool, kind: str, output: Path | None) -> None:
    """Every paper ever seen."""
    _export(_papers(world), PAPER_COLUMNS, kind, output)


@export_group.command("candidates")
@_format
@_output
@with_world
def candidates_command(world: World, *, as_json: bool, kind: str, output: Path | None) -> None:
    """What stands before people now, best first."""
    _export(_candidates(world), CANDIDATE_COLUMNS, kind, output)


@export_group.command("citations")
@_format
@_output
@with_world
def citations_command(world: World, *, as_json: bool, kind: str, output: Path | None) -> None:
    """Every count with its source and dates."""
    _export(_citations(world), CITATION_COLUMNS, kind, output)


@export_group.command("all")
@_output
@with_world
def all_command(world: World, *, as_json: bool, output: Path | None) -> None:
    """Decisions, digests and the history of facts, as sorted JSON Lines for `import`."""
    lines = (
        orjson.dumps(row, option=orjson.OPT_SORT_KEYS) + b"\n"
        for row in world.store.moving.export()
    )
    with _opened(output) as file:
        file.writelines(lines)


export_group.add_command(feeds_command)


@click.command("import")
@click.argument("file", type=click.File("rb"))
@with_world
def import_command(world: World, *, as_json: bool, file: IO[bytes]) -> int:
    """Take in what `export all` wrote; twice is once."""
    report = Report("import", world.now)
    with lock(world.state, "import"):
        added = world.store.moving.take_in(_rows(file))
    report.count("import/added", added)
    report.notes.append(f"{added} records taken in")
    return show(report, as_json=as_json)


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as trouble:
                raise UsageTrouble(f"{file.name}:{number}", f"is no JSON ({trouble})") from None
            if not isinstance(row, dict):
                raise UsageTrouble(f"{file.name}:{number}", "is no JSON object")
            yield row


def _export(
    rows: Iterator[dict[str, Any]], columns: tuple[str, ...], kind: str, output: Path | None
) -> None:
    from output.export import table, write_table

    frame = table(list(rows), columns)
    if kind == "parquet" and output is None and sys.stdout.isatty():
        raise UsageTrouble("--format", "parquet is not for a terminal", "add -o FILE")
    with _opened(output) as file:
        write_table(frame, file, kind)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """The file to write to, or standard output, which stays open."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = output.open("wb")
    except OSError as trouble:
        raise UsageTrouble(str(output), f"cannot be written ({trouble.strerror})") from trouble
    with file:
        yield file


def _papers(world: World) -> Iterator[dict[str, Any]]:
    for work in world.store.works.all():
        if isinstance(work, Paper):
            yield {
                "arxiv_id": work.arxiv_id,
                "version": work.version,
                "title": work.title,
                "authors": ", ".join(work.authors),
                "categories": " ".join(work.categories),
                "announced": work.announced.isoformat() if work.announced else None,
                "published": work.published.isoformat() if work.published else None,
                "comments": work.comments,
                "journal_ref": work.journal_ref,
                "doi": work.doi,
                "license": work.license,
            }


def _candidates(world: World) -> Iterator[dict[str, Any]]:
    from cli.candidates import shelf

    for rules in world.lists:
        found = shelf(world, rules).candidates
        keys = [work.key for work, _ in found]
        citations = world.store.facts.latest("citations", keys)
        code = world.store.facts.latest("code", keys)
        for work, verdict in found:
            yield {
                "list": rules.list,
                "arxiv_id": work.key.partition(":")[2],
                "section": verdict.section,
                "score": verdict.score,
                "runner_up": verdict.runner_up,
                "title": work.title,
                "citations": citations[work.key].count if work.key in citations else None,
                "code": code[work.key].url if work.key in code else None,
            }


def _citations(world: World) -> Iterator[dict[str, Any]]:
    for fact, last in world.store.facts.history("citations"):
        yield {
            "arxiv_id": fact.work_key.partition(":")[2],
            "count": fact.count,
            "source": fact.source,
            "url": fact.url,
            "first_seen": fact.seen_at.isoformat(),
            "last_seen": last.isoformat(),
            "held": fact.held,
        }
