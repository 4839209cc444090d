"""``listkeeper export feeds``: what readers of a list can subscribe to, as files."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from catalog.arxiv_id import ArxivId
from catalog.paper import Paper, Work
from cli.options import with_world
from cli.report import Report, show
from cli.world import World
from config.rules import ListRules
from output.feeds import Feed, Item, atom, feed, json_feed
from output.files import write_whole

# A summary in a reader's list.
LONGEST = 600


@click.command("feeds")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@with_world
def feeds_command(world: World, *, as_json: bool, folder: Path) -> int:
    """Atom and JSON Feed of each list's candidates and accepted works."""
    report = Report("export feeds", world.now)
    for rules in world.lists:
        candidates = feed(rules.list, "candidates", list(_candidates(world, rules)))
        accepted = feed(rules.list, "accepted", list(_accepted(world, rules)))
        for made in (candidates, accepted):
            _write(report, folder / f"{Path(rules.file).stem}-{made.about}", made)
    if not report.files:
        report.notes.append("nothing is new in the feeds")
    return show(report, as_json=as_json)


def _write(report: Report, path: Path, made: Feed) -> None:
    """A reader asks for the file's date: one without news is not touched."""
    for suffix, body in ((".atom", atom(made)), (".json", json_feed(made))):
        file = path.with_name(path.name + suffix)
        if not file.exists() or file.read_bytes() != body:
            write_whole(file, body)
            report.files.append(str(file))


def _candidates(world: World, rules: ListRules) -> Iterator[Item]:
    for kept in world.store.digests.all():
        if kept.list_name != rules.list:
            continue
        for item in kept.body["candidates"]:
            yield Item(
                key=item["key"],
                title=item["title"],
                url=_address(item["key"], item.get("url", "")),
                summary=item["abstract"][:LONGEST],
                authors=tuple(item["authors"]),
                section=item["section"] or "",
                at=_shown(item["announced"], kept.made_at),
            )


def _shown(announced: str, made_at: datetime) -> datetime:
    """A day that stays, however often the week's digest is made again."""
    return datetime.fromisoformat(f"{announced}T12:00:00+00:00") if announced else made_at


def _accepted(world: World, rules: ListRules) -> Iterator[Item]:
    taken = {
        key: one
        for key, one in world.store.decisions.latest(rules.list).items()
        if one.act in ("accept", "star", "move")
    }
    works = world.store.works.get_many(taken)
    for key, one in taken.items():
        if key in works:
            yield _item(works[key], one.section or "", one.at)


def _item(work: Work, section: str, at: datetime) -> Item:
    text = work.abstract if isinstance(work, Paper) else work.description
    authors = work.authors if isinstance(work, Paper) else ()
    return Item(
        work.key, work.title, _address(work.key, ""), (text or "")[:LONGEST], authors, section, at
    )


def _address(key: str, url: str) -> str:
    """Built from the parsed id, or the canonical address."""
    kind, _, rest = key.partition(":")
    return f"https://arxiv.org/abs/{ArxivId.parse(rest)}" if kind == "arxiv" else url or rest
