"""
``listkeeper apply`` and ``undo``: ticks of a digest become entries of the list, and back.

Decisions are planned without touching a file. Edits made to the list since the digest was written
stay: a work that is already listed isn't added again, and a missing section stops everything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from catalog.address import identity, work_key
from catalog.errors import ListConflict, UsageTrouble
from catalog.facts import Decision
from catalog.markdown.edits import find_section, remove
from catalog.markdown.entry import STAR, Entry
from catalog.markdown.entry_writer import render
from catalog.markdown.findings import key_of
from catalog.markdown.listfile import ListFile, listed_keys, parse
from catalog.paper import bare_key, paper_key
from catalog.plural import counted
from catalog.report import Report
from catalog.store import Store
from catalog.store.digests import KeptDigest
from catalog.store.intents import Intent
from config.form import PLAZA, Form
from config.patterns import lazy_regex
from config.plain_files import read_file
from output.digest.asides import with_asides
from output.digest.model import from_json
from output.digest.pages import Pages, finish_pages, write_decisions
from output.digest.ticks import Tick, Ticked, read_ticks
from output.forms import changed_in_form, in_form, inserted, without
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from pipelines.workspace import Workspace, user_name

# Stands in a decision in place of a digest's name.
REVIEW = "review"
# The reason of a rejection together with all others that nobody ticked.
NOT_FOR_US = "not for us"
_LINE = lazy_regex(r"\bline (\d+): ")


def apply(
    workspace: Workspace, report: Report, page: Path | None, *, dry_run: bool, who: str = ""
) -> str:
    """
    Put the ticked candidates of a page, or of the newest digest, into the list.

    ``who`` decided; without it the one who is logged in. Returns the unified diff. ListConflict
    where the page is foreign or out of date.
    """
    recover(workspace, report)
    store = workspace.store
    lists = [Pages(store, workspace.root, workspace.every_list, rules) for rules in workspace.lists]
    for pages in lists:
        finish_pages(pages)
    path = page or _newest(lists, workspace.now)
    text = _read(path)
    ticked = read_ticks(text, str(path))
    own, digest = _source_of(lists, ticked, path)
    rules = own.rules
    user = who or user_name()
    target = ListTarget(rules.list, workspace.list_path(rules), user, workspace.now)
    current = target.path.read_bytes()
    decided = store.decisions.latest(rules.list)
    plan = applying(
        with_asides(ticked, text, digest, decided),
        {item.key: item.entry for item in from_json(digest.body).items},
        current,
        decided,
        user=target.user,
        at=target.at,
        name=str(target.path),
        form=rules.form,
        rest=[item.key for item in from_json(digest.body).candidates],
    )
    report.notes += plan.notes
    # In each clone a page has the same name: a question is known again by its words.
    shown = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else path
    report.needs_person += [_placed(question, shown) for question in plan.unclear]
    report.count("apply/added", len(plan.added))
    report.count("apply/decided", len(plan.decisions))
    if not store.intents.lead(rules.list, digest.base, current):
        report.notes.append("the list changed since the digest was written; those changes stay")
    summary = _summary(plan.decisions, dry_run=dry_run)
    report.notes.append(summary or _nothing_new(digest, decided, path))
    report.notes += _still_decided(ticked, decided)
    report.notes += _open_siblings(store.digests.all(), decided, digest)
    if not dry_run and (plan.decisions or plan.new != current):
        write_list(store, target.intent("apply", current, plan.new, plan.decisions))
        if plan.new != current:
            report.files.append(str(target.path))
    if not dry_run and path.resolve() == own.path(ticked.name).resolve():
        # What is asked about stands there as somebody wrote it until it is answered.
        write_decisions(own, ticked.name, workspace.now, ticks=not plan.unclear)
    return patch(current, plan.new, target.path.name)


def _newest(lists: Sequence[Pages], now: datetime) -> Path:
    """The page that was written last; one of the future, by a wrong clock, only without others."""
    pages = [
        (digest.made_at, own.path(digest.name))
        for own in lists
        if (digest := own.store.digests.newest(own.rules.list, now))
    ]
    if not pages:
        raise UsageTrouble("apply", "there is no digest yet", "run `listkeeper run` first")
    return max(pages, key=lambda pair: (pair[0] <= now, pair[0]))[1]


def _read(page: Path) -> str:
    try:
        return read_file(page).decode()
    except OSError as trouble:
        do = "name a file from digests/, or none for the newest"
        raise UsageTrouble(str(page), f"cannot be read ({trouble.strerror})", do) from trouble
    except UnicodeDecodeError:
        raise ListConflict(str(page), "is not UTF-8", "save it as UTF-8") from None


def _placed(question: str, page: Path) -> str:
    """A question with its file in front, and the line that it names, if it names one."""
    found = _LINE.search(question)
    if found is None:
        return f"{page}: {question}"
    return f"{page}:{found[1]}: {question[: found.start()]}{question[found.end() :]}"


def _source_of(lists: Sequence[Pages], ticked: Ticked, path: Path) -> tuple[Pages, KeptDigest]:
    """
    The list and the stored digest of a page; a foreign or outdated page is refused.

    The page in its place is never outdated: it is the one that a person sees and the only one.
    """
    where = str(path)
    own = next((pages for pages in lists if pages.rules.list == ticked.list_name), None)
    if own is None:
        names = ", ".join(pages.rules.list for pages in lists)
        raise ListConflict(where, f"belongs to the list {ticked.list_name!r}", f"known: {names}")
    digest = own.get(ticked.name)
    if digest is None:
        raise ListConflict(
            where, "was not made from this store", "use --state, or `listkeeper import` its export"
        )
    is_in_place = path.resolve() == own.path(ticked.name).resolve()
    if digest.base_hash != ticked.base_hash and not is_in_place:
        raise ListConflict(
            where,
            f"is out of date: {ticked.name} was rewritten since (base {ticked.base_hash[:8]}, "
            f"now {digest.base_hash[:8]})",
            "tick the current page",
        )
    return own, digest


def _summary(decisions: Sequence[Decision], *, dry_run: bool) -> str:
    """The number of decisions of each kind; empty where there is none."""
    if not decisions:
        return ""
    kinds = Counter(decision.act for decision in decisions)
    parts = ", ".join(f"{number} {act}" for act, number in sorted(kinds.items()))
    return f"would be decided: {parts}" if dry_run else f"decided: {parts}"


def _nothing_new(digest: KeptDigest, decided: Mapping[str, Decision], page: Path) -> str:
    """Whoever has not ticked yet is told how."""
    left = sum(item.key not in decided for item in from_json(digest.body).candidates)
    if not left:
        return "nothing new"
    candidates = counted(left, "candidate")
    return (
        f"nothing new; still open: {candidates} (tick them in {page.name}, or `listkeeper review`)"
    )


def _still_decided(ticked: Ticked, decided: Mapping[str, Decision]) -> Iterator[str]:
    """Taking a tick away takes back no decision that this page made: whoever does so is told."""
    made = [
        (number, decided[key].act)
        for number, key in ticked.open
        if key in decided and decided[key].digest == ticked.name and decided[key].act != "undo"
    ]
    if made and not ticked.rest:
        named = ", ".join(f"candidate {number} ({act})" for number, act in made)
        yield (
            f"without a tick, but decided and staying so: {named}; "
            "`listkeeper undo` takes back the last apply, `listkeeper list remove` an entry"
        )


def _open_siblings(
    digests: Iterable[KeptDigest], decided: Mapping[str, Decision], chosen: KeptDigest
) -> Iterator[str]:
    """Other pages of the same week that still have open candidates."""
    week = chosen.name[: len("2024-W46")]
    for digest in digests:
        sibling = digest.name != chosen.name and digest.name.startswith(week)
        if digest.list_name != chosen.list_name or not sibling:
            continue
        if left := sum(item.key not in decided for item in from_json(digest.body).candidates):
            count = "1 candidate is" if left == 1 else f"{left} candidates are"
            yield f"{digest.name}: {count} still open"


def undo(workspace: Workspace, report: Report, *, dry_run: bool = False) -> str:
    """Undo the last `apply` or edit of each list, or only say what that would do; the diff."""
    recover(workspace, report)
    undone = []
    for rules in workspace.lists:
        target = ListTarget(rules.list, workspace.list_path(rules), user_name(), workspace.now)
        taken = take_out(workspace.store, report, target, rules.form, dry_run=dry_run)
        undone.append(taken)
    return "".join(
        patch(intent.base, intent.new, Path(intent.path).name) for intent in undone if intent
    )


def take_out(
    store: Store,
    report: Report,
    target: ListTarget,
    form: Form = PLAZA,
    *,
    dry_run: bool = False,
) -> Intent | None:
    """Undo the last write of a list; None where there is none. ListConflict on edited entries."""
    last = store.intents.last_applied(target.list_name) or _merged(store, target, form)
    if last is None:
        report.notes.append(f"{target.list_name}: nothing to undo")
        return None
    current = target.path.read_bytes()
    new = last.base if current == last.new else _without(current, last, str(target.path), form)
    reopened = tuple(_reopened(last, target.user, target.at))
    intent = replace(target.intent("undo", current, new, reopened), undoes=last.number or None)
    if not dry_run:
        write_list(store, intent)
        report.files += [str(target.path)] if new != current else []
    number = len(last.decisions)
    what = f"{number} decision{'' if number == 1 else 's'}" if number else "the edit"
    did = "would undo" if dry_run else "undid"
    report.notes.append(f"{target.list_name}: {did} {what} of {last.at:%-d %B}{_ticks_of(last)}")
    return intent


def _ticks_of(last: Intent) -> str:
    """On which digests decisions were made, and that their ticks stay; empty for other edits."""
    pages = sorted({one.digest for one in last.decisions if one.digest not in (None, REVIEW)})
    if not pages:
        return ""
    return (
        f" in {', '.join(map(str, pages))}; ticks stay there, and the next apply "
        "decides by them again: untick what you don't want"
    )


def _merged(store: Store, target: ListTarget, form: Form) -> Intent | None:
    """
    The entries of the newest week that came by a merge, as a write; None where none is there.

    Nobody wrote them here: what was accepted is known from the branch that holds the store.
    """
    latest = store.decisions.latest(target.list_name).values()
    accepted = [one for one in latest if one.act == "accept" and one.digest not in (None, REVIEW)]
    newest = max((one.at for one in accepted), default=None)
    current, taken = target.path.read_bytes(), []
    base, name = current, str(target.path)
    for decision in (one for one in accepted if one.at == newest):
        parsed, key = parse(base), identity(decision.work_key)
        entry = next((one for one in parsed.entries if key_of(one) == key), None)
        if entry is None:
            continue
        is_foreign = parsed.foreign
        base = (
            changed_in_form(base, parsed, entry, "remove", "", form, name=name)
            if is_foreign
            else remove(base, entry, name=name)
        )
        taken.append(decision)
    if newest is None or not taken:
        return None
    return Intent("apply", target.list_name, name, base, current, tuple(taken), newest)


def _without(current: bytes, last: Intent, name: str, form: Form) -> bytes:
    """The list without the added entries, wherever they are now, if they are unchanged."""
    if last.kind == "edit":
        raise ListConflict(name, "the list has changed since the edit", "edit it by hand")
    if not form.is_plaza:
        return without(current, last.base, last.new, name=name)
    before = {entry.raw.strip() for entry in parse(last.base).entries}
    added = [entry for entry in parse(last.new).entries if entry.raw.strip() not in before]
    for entry in added:
        matches = [e for e in parse(current).entries if e.raw.strip() == entry.raw.strip()]
        if not matches:
            raise ListConflict(
                f"{name}:{entry.line}",
                f"the entry of {entry.arxiv_id or entry.url} has changed since",
                "remove it by hand",
            )
        current = remove(current, matches[0], name=name, base=last.base)
    return current


def _reopened(last: Intent, user: str, now: datetime) -> Iterator[Decision]:
    """Reopens each work; picks of the review page become picks again, in their order."""
    for place, decision in enumerate(last.decisions):
        yield Decision(decision.list_name, decision.work_key, "undo", user, now)
        if decision.digest == REVIEW and decision.act == "accept":
            # Picks are written in the order of their times.
            at = now + timedelta(microseconds=place)
            yield replace(decision, act="pick", at=at)


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
    folded = " ".join(written.split()).casefold()
    same = [s.name for s in parsed.sections if " ".join(s.name.split()).casefold() == folded]
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
