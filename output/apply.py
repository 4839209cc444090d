"""
What a ticked digest means for the list as it stands now: decided without touching anything.

What people changed since the digest was made is theirs and stays. A paper that is in the list
by now is not added again; a section that is gone stops everything.

What was accepted on the review page and waits to be written: it is read as a ticked digest.

``listkeeper apply`` and ``undo``: a person's ticks become lines of the list, and back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.address import identity, work_key
from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import find_section, insert_all, remove
from catalog.markdown.entry import STAR, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Decision, bare_key, paper_key
from catalog.report import Report
from catalog.store.digests import KeptDigest
from catalog.store.intents import Intent
from config.rules import ListRules
from output.digest.ticks import Tick, Ticked, read_ticks
from output.list_writer import recover, write_list
from output.patch import patch
from pipelines.workspace import Workspace, user_name

# What stands in a decision in the place of a digest's name.
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Applying:
    """The list's new bytes, the decisions that go with them, and what a person should know."""

    new: bytes
    decisions: tuple[Decision, ...]
    added: tuple[str, ...]
    notes: tuple[str, ...]
    unclear: tuple[str, ...]


def applying(
    ticked: Ticked,
    candidates: Sequence[Mapping[str, Any]],
    current: bytes,
    decided: Mapping[str, Decision],
    *,
    who: str,
    at: datetime,
    name: str,
) -> Applying:
    """Turn ticks into edits and decisions; ListConflict where a place is not there."""
    parsed = parse(current)
    listed = {identity(key) for key in listed_keys(parsed)}
    known = {item["key"]: item for item in candidates}
    additions: list[tuple[str, str]] = []
    decisions: list[Decision] = []
    notes: list[str] = []
    unclear = list(ticked.unclear)
    for tick in _once(ticked, unclear):
        shown = bare_key(tick.key)
        if tick.key not in known:
            unclear.append(f"candidate {tick.number} ({tick.key}): is not of this digest")
            continue
        decision = _decision(ticked, tick, who, at)
        if tick.act == "accept":
            if identity(tick.key) in listed:
                notes.append(f"{shown}: already in the list, left as it stands")
                continue
            where = f"candidate {tick.number} ({shown}) of {ticked.name}, for {name}"
            find_section(parsed, tick.section, name=where)
            text = entry_text(tick, known[tick.key])
            if isinstance(text, ListConflict):
                unclear.append(f"candidate {tick.number} ({tick.key}): {text.matter}")
                continue
            additions.append((tick.section, text))
        if not _same(decided.get(tick.key), decision):
            decisions.append(decision)
    new = insert_all(current, additions, name=name) if additions else current
    added = tuple(section for section, _ in additions)
    return Applying(new, tuple(decisions), added, tuple(notes), tuple(unclear))


def _once(ticked: Ticked, unclear: list[str]) -> Iterator[Tick]:
    """Each candidate's tick once; a block that is there twice must say the same twice."""
    said: dict[str, dict[Tick, None]] = {}
    for tick in ticked.ticks:
        said.setdefault(tick.key, {})[tick] = None
    for key, ticks in said.items():
        first, *others = ticks
        if others:
            unclear.append(f"candidate {first.number} ({key}): is there twice, and not alike")
        else:
            yield first


def _decision(ticked: Ticked, tick: Tick, who: str, at: datetime) -> Decision:
    section = tick.section if tick.act == "accept" else None
    return Decision(
        ticked.list_name, tick.key, tick.act, who, at, section, tick.reason, ticked.name
    )


def _same(old: Decision | None, new: Decision) -> bool:
    """Whether the decision in force says this already, from this very digest."""
    return old is not None and replace(old, who="", at=new.at) == replace(new, who="")


def entry_text(tick: Tick, item: Mapping[str, Any]) -> str | ListConflict:
    """
    The entry to add: as we wrote it, or as the reviewer rewrote it.

    Editors strip blanks at line ends: a text that differs in nothing else is ours.
    """
    ours = str(item["entry"])
    text = ours if tick.entry is None or _stripped(tick.entry) == _stripped(ours) else tick.entry
    entries = parse(text.encode()).entries
    if len(entries) != 1 or parse(text.encode()).spans[0].kind != "entry":
        return ListConflict("", "its entry is no longer one entry of the list's form")
    entry = entries[0]
    if identity(_key(entry)) != identity(tick.key):
        what = "paper" if entry.kind == "paper" else "page"
        return ListConflict(
            "", f"its entry is now of another {what} ({entry.arxiv_id or entry.url})"
        )
    return _settled(text, _starred(entry) if tick.starred else entry)


def _key(entry: Entry) -> str:
    if entry.kind == "paper":
        return paper_key(entry.arxiv_id or "")
    return work_key(entry.url or "") or ""


def _starred(entry: Entry) -> Entry:
    if entry.starred:
        return entry
    return replace(entry, starred=True, prefix=f"{STAR} {entry.prefix}")


def _settled(text: str, entry: Entry) -> str:
    """The settled form, unless the reviewer wrote something that it would lose."""
    settled = render(entry)
    if entry.starred and STAR not in text:
        return settled
    return settled if _stripped(settled) == _stripped(text) else text.rstrip("\n")


def _stripped(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]


def waiting(decided: Mapping[str, Decision]) -> list[Decision]:
    """The picks among the decisions in force, oldest first."""
    return sorted(
        (one for one in decided.values() if one.act == "pick"),
        key=lambda one: (one.at, one.work_key),
    )


def as_ticks(picks: Iterable[Decision], list_name: str, base_hash: str) -> Ticked:
    """Each pick as an accepted candidate, with the section and the text that the person gave."""
    ticks = tuple(
        Tick(
            number,
            one.work_key,
            "accept",
            starred=False,
            reason="",
            section=one.section or "",
            entry=one.entry,
        )
        for number, one in enumerate(picks, 1)
    )
    return Ticked(list_name, REVIEW, base_hash, ticks, ())


def with_texts(plan: Applying, picks: Iterable[Decision]) -> Applying:
    """The plan, with each decision remembering its text: taking the batch back needs it."""
    texts = {one.work_key: one.entry for one in picks}
    decisions = tuple(replace(one, entry=texts.get(one.work_key)) for one in plan.decisions)
    return replace(plan, decisions=decisions)


def apply(workspace: Workspace, report: Report, page: Path | None, *, dry_run: bool) -> str:
    """Put what was ticked into the list; returns the unified diff."""
    recover(workspace, report)
    ticked = _read(page or _newest(workspace))
    rules, kept = _made_by_us(workspace, ticked, page)
    path = workspace.list_path(rules)
    current = path.read_bytes()
    plan = applying(
        ticked,
        kept.items,
        current,
        workspace.store.decisions.latest(rules.list),
        who=user_name(),
        at=workspace.now,
        name=str(path),
    )
    report.notes += plan.notes
    report.needs_person += plan.unclear
    report.count("apply/added", len(plan.added))
    report.count("apply/decided", len(plan.decisions))
    last = workspace.store.intents.last_applied(rules.list)
    if kept.base != current and not (last and last.new == current):
        report.notes.append("the list was changed since the digest; those changes stay")
    report.notes.append(_told(plan.decisions, dry_run=dry_run))
    _mention_open(workspace, report, rules, kept)
    if not dry_run and (plan.decisions or plan.new != current):
        _carry_out(
            workspace,
            Intent(
                "apply", rules.list, str(path), current, plan.new, plan.decisions, workspace.now
            ),
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


def _mention_open(
    workspace: Workspace, report: Report, rules: ListRules, chosen: KeptDigest
) -> None:
    """Other pages of the same week that still hold candidates nobody decided on."""
    decided = workspace.store.decisions.latest(rules.list)
    week = chosen.name[: len("2024-W46")]
    for kept in workspace.store.digests.all():
        sibling = kept.name != chosen.name and kept.name.startswith(week)
        left = [item for item in kept.body["candidates"] if item["key"] not in decided]
        if kept.list_name == rules.list and sibling and left:
            report.notes.append(f"{kept.name}: {len(left)} candidates are still open")


def _carry_out(workspace: Workspace, intent: Intent) -> None:
    if intent.new == intent.base:
        workspace.store.decisions.add(intent.decisions)
    else:
        write_list(workspace, intent)


def _newest(workspace: Workspace) -> Path:
    """The page that was made last."""
    from output.digest.build import path_of

    made = [
        (kept, path_of(workspace, rules, kept.name))
        for rules in workspace.lists
        if (kept := workspace.store.digests.newest(rules.list))
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


def _made_by_us(
    workspace: Workspace, ticked: Ticked, page: Path | None
) -> tuple[ListRules, KeptDigest]:
    """The list and the digest that a page is of; a stale or foreign page is refused."""
    where = str(page or ticked.name)
    rules = next((rules for rules in workspace.lists if rules.list == ticked.list_name), None)
    if rules is None:
        known = ", ".join(rules.list for rules in workspace.lists)
        raise ListConflict(where, f"is of the list {ticked.list_name!r}", f"known: {known}")
    kept = workspace.store.digests.get(rules.list, ticked.name)
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


def undo(workspace: Workspace, report: Report) -> str:
    """Take the last applied batch of each list back; returns the unified diff."""
    recover(workspace, report)
    taken = [take_out(workspace, report, rules, user_name()) for rules in workspace.lists]
    return "".join(patch(one.base, one.new, Path(one.path).name) for one in taken if one)


def take_out(workspace: Workspace, report: Report, rules: ListRules, by: str) -> Intent | None:
    """Take the last applied batch of a list back; what was done, None where there is nothing."""
    last = workspace.store.intents.last_applied(rules.list)
    if last is None:
        report.notes.append(f"{rules.list}: there is nothing to undo")
        return None
    path = workspace.list_path(rules)
    current = path.read_bytes()
    new = last.base if current == last.new else _without(current, last, str(path))
    decisions = tuple(_reopened(last, by, workspace.now))
    made = Intent("undo", rules.list, str(path), current, new, decisions, workspace.now)
    write_list(workspace, made)
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
