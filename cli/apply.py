"""``listkeeper apply`` and ``undo``: a person's ticks become lines of the list, and back."""

import getpass
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import remove
from catalog.markdown.listfile import parse
from catalog.paper import Decision
from catalog.store.digests import KeptDigest
from catalog.store.intents import Intent
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, echo_json, show
from cli.world import World
from cli.writing import recover, write_list
from config.rules import ListRules
from output.apply import REVIEW, applying
from output.digest.ticks import Ticked, read_ticks
from output.patch import patch

# How long to wait for a run that is writing (seconds).
PATIENCE = 5.0


def apply(world: World, report: Report, page: Path | None, *, dry_run: bool) -> str:
    """Put what was ticked into the list; returns the unified diff."""
    recover(world, report)
    ticked = _read(page or _newest(world))
    rules, kept = _made_by_us(world, ticked, page)
    path = world.list_path(rules)
    current = path.read_bytes()
    plan = applying(
        ticked,
        kept.items,
        current,
        world.store.decisions.latest(rules.list),
        who=who(),
        at=world.now,
        name=str(path),
    )
    report.notes += plan.notes
    report.needs_person += plan.unclear
    report.count("apply/added", len(plan.added))
    report.count("apply/decided", len(plan.decisions))
    last = world.store.intents.last_applied(rules.list)
    if kept.base != current and not (last and last.new == current):
        report.notes.append("the list was changed since the digest; those changes stay")
    report.notes.append(_told(plan.decisions, dry_run=dry_run))
    _mention_open(world, report, rules, kept)
    if not dry_run and (plan.decisions or plan.new != current):
        _carry_out(
            world,
            Intent("apply", rules.list, str(path), current, plan.new, plan.decisions, world.now),
        )
        if plan.new != current:
            report.files.append(str(path))
    return patch(current, plan.new, path.name)


def _told(decisions: Sequence[Decision], *, dry_run: bool) -> str:
    """What was decided, by kind; or that nothing was."""
    if not decisions:
        return "nothing new is ticked"
    kinds = Counter(decision.act for decision in decisions)
    parts = ", ".join(f"{number} {act}" for act, number in sorted(kinds.items()))
    return f"would be decided: {parts}" if dry_run else f"decided: {parts}"


def _mention_open(world: World, report: Report, rules: ListRules, chosen: KeptDigest) -> None:
    """Other pages of the same week that still hold candidates nobody decided on."""
    decided = world.store.decisions.latest(rules.list)
    week = chosen.name[: len("2024-W46")]
    for kept in world.store.digests.all():
        sibling = kept.name != chosen.name and kept.name.startswith(week)
        left = [item for item in kept.body["candidates"] if item["key"] not in decided]
        if kept.list_name == rules.list and sibling and left:
            report.notes.append(f"{kept.name}: {len(left)} candidates are still open")


def _carry_out(world: World, intent: Intent) -> None:
    if intent.new == intent.base:
        world.store.decisions.add(intent.decisions)
    else:
        write_list(world, intent)


def _newest(world: World) -> Path:
    """The page that was made last."""
    from cli.digest import path_of

    made = [
        (kept, path_of(world, rules, kept.name))
        for rules in world.lists
        if (kept := world.store.digests.newest(rules.list))
    ]
    if not made:
        raise UsageTrouble("apply", "there is no digest yet", "run `listkeeper run` first")
    return max(made, key=lambda pair: pair[0].made_at)[1]


def _read(page: Path) -> Ticked:
    try:
        return read_ticks(page.read_bytes().decode(), str(page))
    except OSError as trouble:
        raise UsageTrouble(str(page), f"cannot be read ({trouble.strerror})") from trouble
    except UnicodeDecodeError:
        raise ListConflict(str(page), "is not UTF-8", "save it as UTF-8") from None


def _made_by_us(world: World, ticked: Ticked, page: Path | None) -> tuple[ListRules, KeptDigest]:
    """The list and the digest that a page is of; a stale or foreign page is refused."""
    where = str(page or ticked.name)
    rules = next((rules for rules in world.lists if rules.list == ticked.list_name), None)
    if rules is None:
        known = ", ".join(rules.list for rules in world.lists)
        raise ListConflict(where, f"is of the list {ticked.list_name!r}", f"known: {known}")
    kept = world.store.digests.get(rules.list, ticked.name)
    if kept is None:
        raise ListConflict(
            where, "was not made from this store", "use --state, or `listkeeper import` its export"
        )
    if kept.base_hash != ticked.base_hash:
        raise ListConflict(
            where,
            f"is stale: {ticked.name} was made again since (base {ticked.base_hash[:8]}, "
            f"now {kept.base_hash[:8]})",
            "tick the present one",
        )
    return rules, kept


def who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def undo(world: World, report: Report) -> str:
    """Take the last applied batch of each list back; returns the unified diff."""
    recover(world, report)
    taken = [take_out(world, report, rules, who()) for rules in world.lists]
    return "".join(patch(one.base, one.new, Path(one.path).name) for one in taken if one)


def take_out(world: World, report: Report, rules: ListRules, by: str) -> Intent | None:
    """Take the last applied batch of a list back; what was done, None where there is nothing."""
    last = world.store.intents.last_applied(rules.list)
    if last is None:
        report.notes.append(f"{rules.list}: there is nothing to undo")
        return None
    path = world.list_path(rules)
    current = path.read_bytes()
    new = last.base if current == last.new else _without(current, last, str(path))
    decisions = tuple(_reopened(last, by, world.now))
    made = Intent("undo", rules.list, str(path), current, new, decisions, world.now)
    write_list(world, made)
    report.files.append(str(path))
    what = f"{len(last.decisions)} decisions" if last.decisions else "the edit"
    report.notes.append(f"{rules.list}: {what} of {last.at:%-d %B} taken back")
    return made


def _reopened(last: Intent, by: str, now: datetime) -> Iterator[Decision]:
    """Each work is open again; what was picked on the review page is picked again, in order."""
    for place, decision in enumerate(last.decisions):
        yield Decision(decision.list_name, decision.work_key, "undo", by, now)
        if decision.digest == REVIEW and decision.act == "accept":
            # Picks are written in the order of their times: these keep theirs.
            at = now + timedelta(microseconds=place)
            yield replace(decision, act="pick", at=at)


def _without(current: bytes, last: Intent, name: str) -> bytes:
    """The list without the added entries, wherever they stand now, if nobody changed them."""
    if last.kind == "edit":
        raise ListConflict(name, "somebody has changed the list since the edit", "edit it by hand")
    before = {entry.raw.strip() for entry in parse(last.base).entries}
    added = [entry for entry in parse(last.new).entries if entry.raw.strip() not in before]
    for entry in added:
        there = [e for e in parse(current).entries if e.raw.strip() == entry.raw.strip()]
        if not there:
            raise ListConflict(
                f"{name}:{entry.line}",
                f"somebody has changed the entry of {entry.arxiv_id or entry.url} since",
                "take it out by hand",
            )
        current = remove(current, there[0], name=name, base=last.base)
    return current


@click.command("apply")
@click.argument(
    "page", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[DIGEST.md]"
)
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@with_world
def apply_command(world: World, *, as_json: bool, page: Path | None, dry_run: bool) -> int:
    """Put what was ticked in a digest into the list."""
    report = Report("apply", world.now)
    with lock(world.state, "apply", patience=PATIENCE):
        change = apply(world, report, page, dry_run=dry_run)
    return _show(report, change, as_json=as_json)


@click.command("undo")
@with_world
def undo_command(world: World, *, as_json: bool) -> int:
    """Take the last applied entries out of the list again."""
    report = Report("undo", world.now)
    with lock(world.state, "undo", patience=PATIENCE):
        change = undo(world, report)
    return _show(report, change, as_json=as_json)


def _show(report: Report, change: str, *, as_json: bool) -> int:
    if as_json:
        echo_json(report.as_json() | {"diff": change})
        return report.exit_code
    if change:
        click.echo(change, nl=False)
    return show(report, as_json=False)
