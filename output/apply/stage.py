"""``listkeeper apply``: the ticks of a page become decisions, and entries of the list."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.errors import ListConflict, UsageTrouble
from catalog.facts import Decision
from catalog.markdown.listfile import parse
from catalog.plural import counted
from catalog.report import Report
from catalog.rows.digests import KeptDigest, week_in
from config.patterns import lazy_regex
from config.plain_files import read_file
from config.rules import ListRules
from output.apply.plan import applying, as_picked, in_section
from output.digest.asides import with_asides
from output.digest.book import record_of
from output.digest.model import Candidate, from_json
from output.digest.pages import Pages, finish_pages, write_decisions
from output.digest.ticks import Tick, Ticked, read_ticks
from output.forms import named_in_rules
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from pipelines.workspace import Workspace, user_name

_LINE = lazy_regex(r"\bline (\d+): ")


def apply(
    workspace: Workspace, report: Report, page: Path | None, *, dry_run: bool, who: str = ""
) -> str:
    """
    Put the ticked candidates of a page, or of each list's newest digest, into the list.

    ``who`` decided; without it the one who is logged in. Returns the unified diff. ListConflict
    where the page is foreign or out of date; of several lists, the others are written all the same.
    """
    recover(workspace, report)
    store = workspace.store
    lists = [Pages(store, workspace.root, workspace.every_list, rules) for rules in workspace.lists]
    for pages in lists:
        finish_pages(pages)
    newest = {} if page else _newest(lists, workspace.now)
    if len(newest) < 2:
        path = page or next(iter(newest.values()))
        return _apply_page(workspace, report, lists, path, dry_run=dry_run, who=who)
    changes = []
    for name, path in newest.items():
        known = len(report.notes)
        try:
            changes.append(_apply_page(workspace, report, lists, path, dry_run=dry_run, who=who))
        except (ListConflict, UsageTrouble) as trouble:
            report.needs_person.append(str(trouble))
        report.notes[known:] = [f"{name}: {note}" for note in report.notes[known:]]
    return "".join(changes)


def _apply_page(
    workspace: Workspace,
    report: Report,
    lists: Sequence[Pages],
    path: Path,
    *,
    dry_run: bool,
    who: str,
) -> str:
    """Put the ticked candidates of a page into its list; the unified diff."""
    store = workspace.store
    text = _read(path)
    ticked = read_ticks(text, str(path))
    own, digest = _source_of(lists, ticked, path)
    rules = own.rules
    user = who or user_name()
    target = ListTarget(rules.list, workspace.list_path(rules), user, workspace.now)
    current = target.path.read_bytes()
    decided = store.decisions.latest(rules.list)
    items = {item.key: item for item in from_json(digest.body).items}
    plan = applying(
        _in_full(with_asides(ticked, text, digest, decided), items, current, rules, decided),
        {key: item.entry for key, item in items.items()},
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
    shown = Path(workspace.shown(path)) if workspace.holds(path) else path
    report.needs_person += [_placed(question, shown) for question in plan.unclear]
    report.count("apply/added", len(plan.added))
    report.count("apply/decided", len(plan.decisions))
    if not store.intents.lead(rules.list, digest.base, current):
        report.notes.append("the list changed since the digest was written; those changes stay")
    summary = _summary(plan.decisions, dry_run=dry_run)
    decisions = (*store.decisions.all(rules.list), *plan.decisions)
    is_applied = any(
        decision.digest == ticked.name and decision.act != "pick" for decision in decisions
    )
    after = decided | {decision.work_key: decision for decision in plan.decisions}
    left = {item.key for item in from_json(digest.body).candidates} - after.keys()
    report.notes.append(summary or _nothing_new(0 if is_applied else len(left), path))
    if is_applied:
        report.notes += _on_the_shelf(ticked, left, path, dry_run=dry_run)
    report.notes += _still_decided(ticked, decided)
    report.notes += _open_siblings(store.digests.all(), decisions, digest)
    if not dry_run and (plan.decisions or plan.new != current):
        write_list(store, target.intent("apply", current, plan.new, plan.decisions))
        if plan.new != current:
            report.files.append(str(target.path))
    if not dry_run and path.resolve() == own.path(ticked.name).resolve():
        # What is asked about stands there as somebody wrote it until it is answered.
        write_decisions(own, ticked.name, workspace.now, ticks=not plan.unclear)
    return patch(current, plan.new, workspace.shown(target.path))


def _in_full(
    ticked: Ticked,
    items: Mapping[str, Candidate],
    current: bytes,
    rules: ListRules,
    decided: Mapping[str, Decision],
) -> Ticked:
    """The ticks with each entry as the review page has it, in the form of the chosen section."""
    parsed = parse(current) if any(item.by_section for item in items.values()) else None

    def settled(tick: Tick) -> Tick:
        item = items.get(tick.key)
        if item is None or tick.act != "accept":
            return tick
        tick = as_picked(tick, item.entry, decided.get(tick.key))
        if parsed is None:
            return tick
        try:
            section = named_in_rules(parsed, rules, tick.section, name="")
        except ListConflict:
            section = tick.section
        return in_section(tick, item.entry, item.by_section, section)

    return replace(ticked, ticks=tuple(map(settled, ticked.ticks)))


def _newest(lists: Sequence[Pages], now: datetime) -> dict[str, Path]:
    """The page of each list that was written last; of the future only where no other is."""
    pages = {
        own.rules.list: own.path(digest.name)
        for own in lists
        if (digest := own.store.digests.newest(own.rules.list, now))
    }
    if not pages:
        raise UsageTrouble("apply", "there is no digest yet", "run `listkeeper run` first")
    return pages


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


def _nothing_new(left: int, page: Path) -> str:
    """Whoever has not ticked yet is told how."""
    if not left:
        return "nothing new"
    candidates = counted(left, "candidate")
    return (
        f"nothing new; still open: {candidates} (tick them in {page.name}, or `listkeeper review`)"
    )


def _on_the_shelf(
    ticked: Ticked, left: Collection[str], page: Path, *, dry_run: bool
) -> Iterator[str]:
    """Where the candidates without a tick of an applied page are, and how to decide on them."""
    # A tick that is asked about is one: it will be answered.
    number = sum(key in left for _, key in ticked.open)
    be, them = ("is", "it") if number == 1 else ("are", "them")
    where = "would go to the shelf" if dry_run else f"{be} on the shelf"
    if number:
        yield (
            f"{number} without a tick {where}: tick {them} in {page.name} and apply again, "
            "or `listkeeper review`"
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
    digests: Iterable[KeptDigest], decisions: Sequence[Decision], chosen: KeptDigest
) -> Iterator[str]:
    """
    Other pages of the same week that still have open candidates.

    What an applied page left without a tick is on the shelf.
    """
    week, decided = week_in(chosen.name), {decision.work_key for decision in decisions}
    for digest in digests:
        sibling = digest.name != chosen.name and digest.name.startswith(week)
        if digest.list_name != chosen.list_name or not sibling or record_of(digest, decisions):
            continue
        if left := sum(item.key not in decided for item in from_json(digest.body).candidates):
            count = "1 candidate is" if left == 1 else f"{left} candidates are"
            yield f"{digest.name}: {count} still open"
