"""
What works that a person named become in a list: entries, their text, and the decisions.

``listkeeper add``: works that a person names become entries of the list.

All or nothing: where one address is not understood, is listed already or finds no section, the
list stays as it is and the report names it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from catalog.address import Address, identity, read_address, repository_address
from catalog.errors import UsageTrouble
from catalog.markdown.edits import find_section, insert_all
from catalog.markdown.entry import Entry, Extra
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import find_listed, parse
from catalog.paper import Decision, Found, Link, Paper, Sighting, Work, bare_key
from catalog.report import Report
from catalog.store.intents import Intent
from catalog.store.verdicts import text_of
from config.rules import ListRules
from crawler.hosts import page_refusal
from crawler.parsers.html import shorten
from output.entries import entry_of_link, entry_of_paper, extra_of
from output.list_writer import recover, write_list
from output.patch import patch
from pipelines.discover.lookup import ask
from pipelines.workspace import Workspace, user_name

NO_ADDRESS = "is neither an arXiv id nor a web address; write e.g. https://arxiv.org/abs/2411.04965"
MAX_ADDRESSES = 50


@dataclass(frozen=True, slots=True)
class Addition:
    """A work with its place; ``proposed`` says that the rules chose it."""

    work: Work
    section: str
    entry: Entry
    proposed: bool

    @property
    def text(self) -> str:
        return render(self.entry)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.work.key,
            "kind": "paper" if isinstance(self.work, Paper) else self.work.kind,
            "title": self.work.title,
            "section": self.section,
            "proposed": self.proposed,
            "entry": self.text,
        }


def insert_additions(current: bytes, additions: Sequence[Addition], name: str) -> bytes:
    """The list with each entry at the top of its section; ListConflict if one is not whole."""
    return insert_all(current, [(one.section, one.text) for one in additions], name=name)


def decisions_of(
    additions: Sequence[Addition], list_name: str, who: str, at: datetime
) -> tuple[Decision, ...]:
    return tuple(
        Decision(list_name, one.work.key, "accept", who, at, one.section, "added by hand")
        for one in additions
    )


class AddRequest(NamedTuple):
    """What the person typed."""

    urls: tuple[str, ...]
    section: str | None = None
    extras: tuple[str, ...] = ()
    title: str | None = None
    starred: bool = False


class Added(NamedTuple):
    """What came of it: nothing where the report needs a person."""

    additions: tuple[Addition, ...] = ()
    change: str = ""


class Named(NamedTuple):
    """An address that was understood, and the work that was found there."""

    address: Address
    found: Found

    @property
    def work(self) -> Work:
        return self.found.work


def add(workspace: Workspace, report: Report, wish: AddRequest, *, dry_run: bool) -> Added:
    """Put the works into the list; the entries and the unified diff."""
    recover(workspace, report)
    rules = _only_list(workspace)
    path = workspace.list_path(rules)
    current = path.read_bytes()
    addresses, extras = _read(wish, current, report, str(path))
    named = [] if report.needs_person else _ask(workspace, report, wish, addresses)
    if any(one.address not in addresses for one in named):
        # Renamed repositories: the list may have them under the new name.
        _refuse_listed([one.address for one in named], current, report)
    links = [extra_of(extra) for extra in extras]
    additions = tuple(_additions(workspace, report, rules, wish, named, links))
    if report.needs_person:
        return Added()
    new = insert_additions(current, additions, str(path))
    if not dry_run:
        decisions = decisions_of(additions, rules.list, user_name(), workspace.now)
        workspace.store.works.save([one.found for one in named if isinstance(one.work, Paper)])
        intent = Intent("apply", rules.list, str(path), current, new, decisions, workspace.now)
        write_list(workspace, intent)
        report.files.append(str(path))
    _tell(report, additions)
    return Added(additions, patch(current, new, path.name))


def _only_list(workspace: Workspace) -> ListRules:
    if len(workspace.lists) > 1:
        names = ", ".join(rules.list for rules in workspace.lists)
        raise UsageTrouble("add", "there are several lists", f"say which with --list: {names}")
    return workspace.lists[0]


def _read(
    wish: AddRequest, current: bytes, report: Report, name: str
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """What was typed, understood and looked for in the list, before anybody is asked."""
    addresses, extras = _understood(wish.urls, report), _understood(wish.extras, report)
    _check_wish(wish, addresses, extras)
    _refuse_listed(addresses, current, report)
    places = find_listed(parse(current), {extra.key for extra in extras})
    for extra in extras:
        if extra.key in places:
            report.notes.append(f"the extra {extra.typed} stands in {places[extra.key]} too")
    if wish.section is not None:
        find_section(parse(current), wish.section, name=name)
    return addresses, extras


def _understood(urls: Sequence[str], report: Report) -> tuple[Address, ...]:
    """The addresses that may be asked and written; the report names the others."""
    found = []
    for typed in urls:
        address = read_address(typed)
        refusal = page_refusal(address.url) if address else NO_ADDRESS
        if address is None or refusal:
            report.needs_person.append(f"{typed}: {refusal}")
        else:
            found.append(address)
    return tuple(found)


def _check_wish(wish: AddRequest, addresses: Sequence[Address], extras: Sequence[Address]) -> None:
    if len(wish.urls) > MAX_ADDRESSES:
        raise UsageTrouble(
            "add", f"{len(wish.urls)} addresses", f"at most {MAX_ADDRESSES} in one call"
        )
    if len(wish.urls) > 1 and (wish.extras or wish.title):
        raise UsageTrouble("add", "--extra and --title are of one entry", "name one address")
    if wish.title and any(one.kind in ("paper", "repository") for one in addresses):
        raise UsageTrouble("--title", "papers and repositories have their own", "leave it out")
    if {identity(one.key) for one in addresses} & {identity(one.key) for one in extras}:
        raise UsageTrouble("--extra", "is the entry itself", "leave it out")


def _refuse_listed(addresses: Sequence[Address], current: bytes, report: Report) -> None:
    """Name what the list has already, wherever it stands, and what was named twice."""
    places = find_listed(parse(current), {one.key for one in addresses})
    seen: set[str] = set()
    for one in addresses:
        if one.key in places:
            report.needs_person.append(f"{one.typed}: already in the list, {places[one.key]}")
        elif one.key in seen:
            report.needs_person.append(f"{one.typed}: was named twice")
        seen.add(one.key)


def _ask(
    workspace: Workspace, report: Report, wish: AddRequest, addresses: Sequence[Address]
) -> list[Named]:
    """The works; the report names those that were not found. With a title no page is asked."""
    if wish.title:
        return [Named(one, _untold(one, shorten(wish.title), workspace)) for one in addresses]
    found, troubles = ask(workspace, addresses)
    for one in addresses:
        if one.key in troubles:
            advice = _advice(one, troubles[one.key])
            report.needs_person.append(f"{one.typed}: {troubles[one.key]}{advice}")
    return [_settled(one, found[one.key]) for one in addresses if one.key in found]


def _untold(address: Address, title: str, workspace: Workspace) -> Found:
    link = Link(bare_key(address.key), address.link_kind, title)
    return Found(link, Sighting("person", link.key, workspace.now, "mention", 1, None, address.url))


def _advice(address: Address, trouble: str) -> str:
    if address.kind == "repository" and re.search(r"HTTP (?:403|429)", trouble):
        return "; with LISTKEEPER_GITHUB_TOKEN it answers more than 60 questions an hour"
    titled = address.kind in ("paper", "repository")
    return "" if titled else " (or give its title with --title)"


def _settled(address: Address, found: Found) -> Named:
    """A repository stands under the names that GitHub says it has, also after it was renamed."""
    if address.kind == "repository" and address.key != found.work.key:
        owner, _, repo = found.work.key.removeprefix("link:https://github.com/").partition("/")
        return Named(repository_address(address.typed, owner, repo), found)
    return Named(address, found)


def _additions(
    workspace: Workspace,
    report: Report,
    rules: ListRules,
    wish: AddRequest,
    named: Sequence[Named],
    extras: Sequence[Extra],
) -> Iterator[Addition]:
    for one in named:
        section = wish.section or _proposed(workspace, report, rules, one)
        if section:
            entry = _entry(workspace, one, extras, starred=wish.starred)
            yield Addition(one.work, section, entry, proposed=not wish.section)


def _proposed(workspace: Workspace, report: Report, rules: ListRules, one: Named) -> str | None:
    """The section that the rules propose; where they find none the report says what lacked."""
    verdict = workspace.rules.judge(rules.list, *text_of(one.work))
    if verdict.section is None:
        nearest = f"the nearest is {verdict.runner_up}, " if verdict.runner_up else ""
        report.needs_person.append(
            f"{one.address.typed}: the rules find no section for {one.work.title!r} "
            f"({nearest}{verdict.lacked}); say which with --section"
        )
    return verdict.section


def _entry(workspace: Workspace, one: Named, extras: Sequence[Extra], *, starred: bool) -> Entry:
    if not isinstance(one.work, Paper):
        return entry_of_link(one.work, one.address.url, extras, starred=starred)
    key = one.work.key
    citation, code = (workspace.store.facts.latest(kind, [key]) for kind in ("citations", "code"))
    return entry_of_paper(
        one.work, extras, starred=starred, citation=citation.get(key), code=code.get(key)
    )


def _tell(report: Report, additions: Sequence[Addition]) -> None:
    report.count("add/added", len(additions))
    for one in additions:
        chosen = "as the rules propose" if one.proposed else "as told"
        report.notes.append(f"{one.section} ({chosen}): {one.work.title}")
