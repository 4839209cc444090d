"""
What a ticked digest means for the list as it stands now: decided without touching anything.

What people changed since the digest was made is theirs and stays. A paper that is in the list
by now is not added again; a section that is gone stops everything.

What was accepted on the review page and waits to be written: it is read as a ticked digest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.address import identity, work_key
from catalog.errors import ListConflict
from catalog.markdown.edits import find_section, insert_all
from catalog.markdown.entry import STAR, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Decision
from output.digest.ticks import Tick, Ticked

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
        shown = tick.key.partition(":")[2]
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
    return f"arxiv:{entry.arxiv_id}" if entry.kind == "paper" else work_key(entry.url or "") or ""


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
