"""
``listkeeper add``: works that somebody names become entries of the list.

All or nothing: if one address isn't understood, is listed already or fits no section, the list
stays as it is and the report names the address.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from catalog.address import (
    Address,
    identity,
    read_typed,
    repository_address,
    why_no_address,
)
from catalog.errors import UsageTrouble
from catalog.markdown.entry import Entry, Extra
from catalog.markdown.listfile import find_listed, parse
from catalog.paper import Link, Paper, Work, bare_key
from catalog.report import Report
from catalog.sightings import Found, Sighting
from catalog.store.facts import Facts
from catalog.store.verdicts import text_of
from config.rules import ListRules
from crawler.hosts import page_refusal
from crawler.parsers.html import shorten
from output.entries import entry_of_link, entry_of_paper, extra_of
from output.forms import (
    ExtraFields,
    blanks,
    check_own,
    inserted,
    named_in_rules,
    refuse_read_only,
    written,
)
from output.list_writer import ListTarget, recover, write_list
from output.patch import patch
from pipelines.discover.lookup import Unavailable, ask
from pipelines.rules.ruleset import Ruleset
from pipelines.workspace import Workspace, user_name

MAX_ADDRESSES = 50


class AddRequest(NamedTuple):
    """The arguments of the command."""

    urls: tuple[str, ...]
    section: str | None = None
    extras: tuple[str, ...] = ()
    title: str | None = None
    starred: bool = False
    own: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Addition:
    """
    A work with its section, and its entry in the list's form.

    ``proposed`` says that the rules chose the section; ``blanks`` are fields left to fill in.
    """

    work: Work
    section: str
    text: str
    proposed: bool
    blanks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.work.key,
            "kind": "paper" if isinstance(self.work, Paper) else self.work.kind,
            "title": self.work.title,
            "section": self.section,
            "proposed": self.proposed,
            "entry": self.text,
            "blanks": list(self.blanks),
        }


class Added(NamedTuple):
    """The new entries and the unified diff; empty if the report needs the user."""

    additions: tuple[Addition, ...] = ()
    change: str = ""


class ResolvedAddress(NamedTuple):
    """An address and the work at it."""

    address: Address
    answer: Found

    @property
    def work(self) -> Work:
        return self.answer.work


def add(workspace: Workspace, report: Report, wish: AddRequest, *, dry_run: bool) -> Added:
    """Add works to the list. UsageTrouble for arguments that don't go together."""
    recover(workspace, report)
    rules = _only_list(workspace.lists)
    refuse_read_only(rules)
    target = ListTarget(rules.list, workspace.list_path(rules), user_name(), workspace.now)
    current = target.path.read_bytes()
    wish = _in_words_of(rules, wish, current, str(target.path))
    _check_own(rules, wish, [wish.section])
    addresses, extras = _read(wish, current, report, str(target.path))
    works: list[ResolvedAddress] = []
    if wish.title and not report.needs_person:
        works = [_titled(address, shorten(wish.title), target.at) for address in addresses]
    elif not report.needs_person:
        answers, troubles = ask(workspace, addresses)
        _report_missing(report, addresses, troubles)
        works = [_settled(a, answers[a.key]) for a in addresses if a.key in answers]
    if any(work.address not in addresses for work in works):
        # Renamed repositories may be listed under the new name.
        report.needs_person += _listed([work.address for work in works], current)
    sections = [wish.section or _proposed(workspace.rules, rules, work, report) for work in works]
    _check_own(rules, wish, sections)
    if report.needs_person or report.unfinished:
        return Added()
    links = [extra_of(extra) for extra in extras]
    additions = tuple(
        _addition(workspace.store.facts, rules, wish, named, section, links)
        for named, section in zip(works, sections, strict=True)
        if section
    )
    entries = [(addition.section, addition.text, addition.work.key) for addition in additions]
    new = inserted(current, rules.form, entries, name=str(target.path))
    if not dry_run:
        workspace.store.works.save([work.answer for work in works if isinstance(work.work, Paper)])
        decisions = tuple(
            target.decision(addition.work.key, "accept", addition.section, "added by hand")
            for addition in additions
        )
        write_list(workspace.store, target.intent("apply", current, new, decisions))
        report.files.append(str(target.path))
    report.count("add/added", len(additions))
    report.notes += map(_line, additions)
    return Added(additions, patch(current, new, workspace.shown(target.path)))


def _report_missing(
    report: Report, addresses: Iterable[Address], troubles: Mapping[str, Unavailable]
) -> None:
    """Name what could not be had; a service that fails today needs nobody."""
    for address in addresses:
        if trouble := troubles.get(address.key):
            line = f"{address.typed}: {trouble.reason}{_advice(address, trouble.reason)}"
            if trouble.later:
                report.unfinished = True
                report.notes.append(f"{line}; nothing is added, try again later")
            else:
                report.needs_person.append(line)


def _in_words_of(rules: ListRules, wish: AddRequest, current: bytes, name: str) -> AddRequest:
    """The request with its section named as the rules name it: forms go by that name."""
    if wish.section is None:
        return wish
    section = named_in_rules(parse(current), rules, wish.section, name=name)
    return wish._replace(section=section)


def _check_own(rules: ListRules, wish: AddRequest, sections: Iterable[str | None]) -> None:
    for section in sections:
        if reason := check_own(rules.form, wish.own, section):
            raise UsageTrouble("--set", reason, "leave it out, or list it under  form: own:")


def _only_list(lists: Sequence[ListRules]) -> ListRules:
    if len(lists) > 1:
        names = ", ".join(rules.list for rules in lists)
        raise UsageTrouble("add", "there are several lists", f"choose one with --list: {names}")
    return lists[0]


def _read(
    wish: AddRequest, current: bytes, report: Report, name: str
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """The addresses and extras, checked against the list before any request is made."""
    addresses, extras = _understood(wish.urls, report), _understood(wish.extras, report)
    _check_wish(wish, addresses, extras)
    report.needs_person += _listed(addresses, current)
    places = find_listed(parse(current), {extra.key for extra in extras})
    for extra in extras:
        if extra.key in places:
            report.notes.append(
                f"the extra {extra.typed} is already in the list, {places[extra.key]}"
            )
    return addresses, extras


def _understood(urls: Sequence[str], report: Report) -> tuple[Address, ...]:
    """The addresses that may be requested and written; the report names the rest."""
    addresses = []
    for typed in urls:
        address = read_typed(typed)
        refusal = page_refusal(address.url) if address else why_no_address(typed)
        if address is None or refusal:
            report.needs_person.append(f"{typed[:200]}: {refusal}")
        else:
            addresses.append(address)
    return tuple(addresses)


def _check_wish(wish: AddRequest, addresses: Sequence[Address], extras: Sequence[Address]) -> None:
    if len(wish.urls) > MAX_ADDRESSES:
        raise UsageTrouble(
            "add", f"{len(wish.urls)} addresses", f"at most {MAX_ADDRESSES} in one call"
        )
    if len(wish.urls) > 1 and (wish.extras or wish.title):
        raise UsageTrouble("add", "--extra and --title belong to one entry", "name one address")
    if wish.title and any(address.kind in ("paper", "repository") for address in addresses):
        raise UsageTrouble(
            "--title", "papers and repositories have their own title", "leave it out"
        )
    if {identity(address.key) for address in addresses} & {
        identity(address.key) for address in extras
    }:
        raise UsageTrouble("--extra", "is the entry itself", "leave it out")


def _listed(addresses: Sequence[Address], current: bytes) -> Iterator[str]:
    """Addresses that are in the list already, anywhere, and repeated ones."""
    places = find_listed(parse(current), {address.key for address in addresses})
    seen: set[str] = set()
    for address in addresses:
        if address.key in places:
            yield f"{address.typed}: already in the list, {places[address.key]}"
        elif address.key in seen:
            yield f"{address.typed}: was named twice"
        seen.add(address.key)


def _titled(address: Address, title: str, now: datetime) -> ResolvedAddress:
    """A link with the given title; its page is not requested."""
    link = Link(bare_key(address.key), address.link_kind, title)
    sighting = Sighting("person", link.key, now, "mention", 1, None, address.url)
    return ResolvedAddress(address, Found(link, sighting))


def _advice(address: Address, trouble: str) -> str:
    if address.kind == "repository" and re.search(r"HTTP (?:403|429)", trouble):
        return "; LISTKEEPER_GITHUB_TOKEN allows more than 60 requests an hour"
    titled = address.kind in ("paper", "repository")
    return "" if titled else " (or give its title with --title)"


def _settled(address: Address, answer: Found) -> ResolvedAddress:
    """The work at an address; a renamed repository gets the address that GitHub returned."""
    if address.kind == "repository" and address.key != answer.work.key:
        owner, _, repo = answer.work.key.removeprefix("link:https://github.com/").partition("/")
        return ResolvedAddress(repository_address(address.typed, owner, repo), answer)
    return ResolvedAddress(address, answer)


def _proposed(
    ruleset: Ruleset, rules: ListRules, named: ResolvedAddress, report: Report
) -> str | None:
    """The section that the rules propose; without one the report says what was lacking."""
    verdict = ruleset.judge(rules.list, *text_of(named.work))
    if verdict.section is None:
        nearest = f"the nearest is {verdict.runner_up}, " if verdict.runner_up else ""
        report.needs_person.append(
            f"{named.address.typed}: the rules find no section for {named.work.title!r} "
            f"({nearest}{verdict.lacked}); choose one with --section"
        )
    return verdict.section


def _addition(
    facts: Facts,
    rules: ListRules,
    wish: AddRequest,
    named: ResolvedAddress,
    section: str,
    extras: Sequence[Extra],
) -> Addition:
    """A work in the form of its section, with what is known of it and what the person filled in."""
    key = named.work.key
    venue = facts.latest("venue", [key]).get(key)
    known = ExtraFields(venue.value if venue else "", wish.own)
    entry = _entry(facts, named, extras, starred=wish.starred)
    text = written(rules.form, entry, named.work, section, known)
    left = tuple(name for name in blanks(rules.form, section) if name not in wish.own)
    return Addition(named.work, section, text, not wish.section, left)


def _entry(
    facts: Facts, named: ResolvedAddress, extras: Sequence[Extra], *, starred: bool
) -> Entry:
    work = named.work
    if not isinstance(work, Paper):
        return entry_of_link(work, named.address.url, extras, starred=starred)
    citation, code = (facts.latest(kind, [work.key]) for kind in ("citations", "code"))
    return entry_of_paper(
        work, extras, starred=starred, citation=citation.get(work.key), code=code.get(work.key)
    )


def _line(addition: Addition) -> str:
    chosen = "proposed by the rules" if addition.proposed else "as requested"
    left = f"; to fill in: {', '.join(addition.blanks)}" if addition.blanks else ""
    return f"{addition.section} ({chosen}): {addition.work.title}{left}"
