"""
What ticks mean for a list: its new bytes, the decisions, and questions; no file is touched.

Edits made to the list since the digest was written stay: a work that is already listed isn't added
again, and a missing section stops everything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.address import identity, work_key
from catalog.errors import ListConflict
from catalog.facts import Decision
from catalog.markdown.edits import find_section
from catalog.markdown.entry import STAR, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import ListFile, listed_keys, parse
from catalog.paper import bare_key, paper_key
from config.form import PLAZA, Form
from output.digest.ticks import Tick, Ticked
from output.forms import inserted

# Stands in a decision in place of a digest's name.
REVIEW = "review"
# The reason of a rejection together with all others that nobody ticked.
NOT_FOR_US = "not for us"


@dataclass(frozen=True, slots=True)
class Applying:
    """The list's new bytes, the decisions with them, the sections added to, and messages."""

    new: bytes
    decisions: tuple[Decision, ...]
    added: tuple[str, ...]
    notes: tuple[str, ...]
    unclear: tuple[str, ...]


def applying(
    ticked: Ticked,
    proposals: Mapping[str, str],
    current: bytes,
    decided: Mapping[str, Decision],
    *,
    user: str,
    at: datetime,
    name: str,
    form: Form = PLAZA,
    rest: Sequence[str] = (),
) -> Applying:
    """
    Turn ticks into edits and decisions; what can't be carried out is named, all of it at once.

    ``form`` is the form of the list, ``proposals`` are the entries of the digest by work key,
    ``decided`` the decisions in force, ``rest`` the works that the box for the rest is about.
    """
    parsed = parse(current)
    listed = {identity(key) for key in listed_keys(parsed)}
    additions: list[tuple[str, str, str]] = []
    decisions: list[Decision] = []
    ticked, notes = _writable(ticked, form)
    unclear = list(ticked.unclear)
    for tick in ticked.ticks:
        shown = bare_key(tick.key)
        if tick.key not in proposals:
            unclear.append(f"candidate {tick.number} ({tick.key}): is not in this digest")
            continue
        decision = _decision(ticked, tick, user, at)
        if tick.act == "accept":
            last = decided.get(tick.key)
            if identity(tick.key) in listed:
                if last is None or last.act != "accept":
                    notes.append(f"{shown}: already in the list; unchanged")
                continue
            try:
                section = section_like(parsed, tick.section, name=name)
            except ListConflict as trouble:
                unclear.append(f"candidate {tick.number} ({shown}) of {ticked.name}, for {trouble}")
                continue
            decision = replace(decision, section=section)
            text = entry_text(tick, proposals[tick.key], form)
            if isinstance(text, ListConflict):
                unclear.append(f"candidate {tick.number} ({tick.key}): {text.matter}")
                continue
            if _stripped(text) != _stripped(proposals[tick.key]):
                decision = replace(decision, entry=text)
            additions.append((section, text, tick.key))
        if not _same(decided.get(tick.key), decision):
            decisions.append(decision)
    decisions += _rest(ticked, rest, decided, listed, user, at)
    new = inserted(current, form, additions, name=name) if additions else current
    added = tuple(section for section, _, _ in additions)
    return Applying(new, tuple(decisions), added, tuple(notes), tuple(unclear))


def _writable(ticked: Ticked, form: Form) -> tuple[Ticked, list[str]]:
    """
    The ticks that can be carried out: a read-only list takes no entries, and a line says so.

    Accepted papers stay undecided: they are written once the list has a form.
    """
    accepted = [tick for tick in ticked.ticks if tick.act == "accept"]
    if not form.is_read_only or not accepted:
        return ticked, []
    others = tuple(tick for tick in ticked.ticks if tick.act != "accept")
    note = (
        f"{ticked.list_name} is read-only (form: none), {len(accepted)} accepted are not written: "
        "write its form under form: (docs/forms.md), or edit the list by hand"
    )
    return replace(ticked, ticks=others), [note]


def section_like(parsed: ListFile, written: str, *, name: str) -> str:
    """The name of a section as the list has it, whatever its case; ListConflict without one."""
    same = [s.name for s in parsed.sections if _folded(s.name) == _folded(written)]
    chosen = same[0] if len(same) == 1 else written
    find_section(parsed, chosen, name=name)
    return chosen


def _rest(
    ticked: Ticked,
    rest: Sequence[str],
    decided: Mapping[str, Decision],
    listed: AbstractSet[str],
    user: str,
    at: datetime,
) -> Iterator[Decision]:
    """Rejections of every candidate on the page that has no tick, where that box is ticked."""
    for _, key in ticked.open if ticked.rest else ():
        last = decided.get(key)
        is_open = last is None or last.act == "undo"
        if key in rest and is_open and identity(key) not in listed:
            yield Decision(ticked.list_name, key, "reject", user, at, None, NOT_FOR_US, ticked.name)


def _decision(ticked: Ticked, tick: Tick, user: str, at: datetime) -> Decision:
    section = tick.section if tick.act == "accept" else None
    return Decision(
        ticked.list_name, tick.key, tick.act, user, at, section, tick.reason, ticked.name
    )


def _same(old: Decision | None, new: Decision) -> bool:
    """Whether the decision in force is the same, wherever and by whom it was made."""
    if old is None:
        return False
    return (old.act, old.section, old.reason) == (new.act, new.section, new.reason)


def entry_text(tick: Tick, proposed: str, form: Form = PLAZA) -> str | ListConflict:
    """
    The entry to add: as proposed, or as the reviewer rewrote it; a ListConflict if unusable.

    Editors strip blanks at line ends: such a text counts as unchanged.
    """
    unchanged = tick.entry is None or _stripped(tick.entry) == _stripped(proposed)
    text = proposed if unchanged or tick.entry is None else tick.entry
    if not form.is_plaza:
        from output.forms.templated import in_form

        return in_form(text, tick.key, star=tick.starred)
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


def as_picked(tick: Tick, printed: str, last: Decision | None) -> Tick:
    """
    The tick with the text that somebody wrote into the entry on the review page.

    The page's file has the tick of that decision, and the entry as it was printed: where the file
    has another text, or no star any more, it is the newer word.
    """
    if last is None or last.act != "pick" or tick.act != "accept" or not last.entry:
        return tick
    is_printed = tick.entry is None or _stripped(tick.entry) == _stripped(printed)
    lost_star = STAR in last.entry and STAR not in printed and not tick.starred
    return replace(tick, entry=last.entry) if is_printed and not lost_star else tick


def in_section(
    tick: Tick,
    printed: str,
    by_section: Iterable[tuple[str, Sequence[str]]],
    section: str | None = None,
) -> Tick:
    """
    An accepted work's tick with its entry in the form of the chosen section.

    ``by_section`` are the entry's texts as a candidate has them, ``section`` is the section's name
    in the rules if the tick spells it otherwise. What a person wrote into the entry stays.
    """
    texts = {_folded(name): text for text, names in by_section for name in names}
    chosen = texts.get(_folded(section or tick.section), texts.get("", printed))
    if tick.act != "accept" or not texts:
        return tick
    if tick.entry is None:
        return replace(tick, entry=chosen)
    from output.forms.templated import starred

    for text in (printed, *texts.values()):
        if _stripped(tick.entry) == _stripped(text):
            return replace(tick, entry=chosen)
        if _stripped(tick.entry) == _stripped(starred(text)):
            return replace(tick, entry=starred(chosen))
    return tick


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _key(entry: Entry) -> str:
    if entry.kind == "paper":
        return paper_key(entry.arxiv_id or "")
    return work_key(entry.url or "") or ""


def _starred(entry: Entry) -> Entry:
    if entry.starred:
        return entry
    return replace(entry, starred=True, prefix=f"{STAR} {entry.prefix}")


def _settled(text: str, entry: Entry) -> str:
    """The standard form, unless it would lose something that the reviewer wrote."""
    settled = render(entry)
    if entry.starred and STAR not in text:
        return settled
    return settled if _stripped(settled) == _stripped(text) else text.rstrip("\n")


def _stripped(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]


def waiting(decided: Mapping[str, Decision]) -> list[Decision]:
    """The picks among the decisions in force, oldest first."""
    return sorted(
        (pick for pick in decided.values() if pick.act == "pick"),
        key=lambda pick: (pick.at, pick.work_key),
    )


def as_ticks(picks: Iterable[Decision], list_name: str, base_hash: str) -> Ticked:
    """Each pick as an accepted candidate, with the section and text that the reviewer chose."""
    ticks = tuple(
        Tick(
            number,
            pick.work_key,
            "accept",
            starred=False,
            reason="",
            section=pick.section or "",
            entry=pick.entry,
        )
        for number, pick in enumerate(picks, 1)
    )
    return Ticked(list_name, REVIEW, base_hash, ticks, ())


def with_texts(plan: Applying, picks: Iterable[Decision]) -> Applying:
    """The plan, with its text in each decision: undo needs it."""
    texts = {pick.work_key: pick.entry for pick in picks}
    decisions = tuple(
        replace(decision, entry=texts.get(decision.work_key)) for decision in plan.decisions
    )
    return replace(plan, decisions=decisions)
