"""``listkeeper undo``: the last write of a list is taken back, and its decisions with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from catalog.address import identity
from catalog.errors import ListConflict
from catalog.facts import Decision
from catalog.markdown.edits import remove
from catalog.markdown.findings import key_of
from catalog.markdown.listfile import parse
from catalog.report import Report
from catalog.store import Store
from catalog.store.intents import Intent
from config.form import PLAZA, Form
from output.apply.plan import REVIEW
from output.forms.templated import changed_in_form, without
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from pipelines.workspace import Workspace, user_name


def undo(workspace: Workspace, report: Report, *, dry_run: bool = False) -> str:
    """Undo the last `apply` or edit of each list, or only say what that would do; the diff."""
    recover(workspace, report)
    undone = []
    for rules in workspace.lists:
        target = ListTarget(rules.list, workspace.list_path(rules), user_name(), workspace.now)
        taken = take_out(workspace.store, report, target, rules.form, dry_run=dry_run)
        undone.append(taken)
    return "".join(
        patch(intent.base, intent.new, workspace.shown(Path(intent.path)))
        for intent in undone
        if intent
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
    pages = sorted(
        {decision.digest for decision in last.decisions if decision.digest not in (None, REVIEW)}
    )
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
    accepted = [
        decision
        for decision in latest
        if decision.act == "accept" and decision.digest not in (None, REVIEW)
    ]
    newest = max((decision.at for decision in accepted), default=None)
    current, taken = target.path.read_bytes(), []
    base, name = current, str(target.path)
    for decision in [accept for accept in accepted if accept.at == newest]:
        parsed, key = parse(base), identity(decision.work_key)
        entry = next((entry for entry in parsed.entries if key_of(entry) == key), None)
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
