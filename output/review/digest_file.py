"""
The week's digest files beside the review page: one book.

Ticks made in an editor become decisions here, and decisions made here become ticks there.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from catalog.errors import ListConflict
from catalog.facts import Decision
from config.rules import ListRules
from output.apply.plan import REVIEW, entry_text, in_section
from output.digest.asides import with_asides
from output.digest.book import Merged, merged, stamp_of
from output.digest.model import Candidate, from_json, week_of
from output.digest.pages import Pages, answers, read_bytes, write_decisions
from output.digest.ticks import Tick, read_ticks
from output.digest.week_state import ticks_before
from pipelines.workspace import Workspace


class DigestFiles:
    """The pages of this week, of every list; read again when a file changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._read: dict[str, tuple[int, int]] = {}
        # The pages as they were found last, which saves a decision another look for them.
        self._found: list[tuple[Pages, str]] = []
        self._rest: dict[str, RestBox] = {}

    def are_changed(self, now: datetime) -> bool:
        """Whether a page is another one than when it was read last."""
        paths = (pages.path(name) for pages, name in self._look(now))
        return any(self._read.get(str(path)) != _seen(path.stat()) for path in paths)

    def new_decisions(self, user: str, now: datetime) -> tuple[list[Decision], list[str]]:
        """Decisions that somebody ticked in a file since it was last read, and questions."""
        decisions: list[Decision] = []
        questions: list[str] = []
        for pages, name in self._look(now):
            path = pages.path(name)
            if not self._is_changed(str(path), path.stat()):
                continue
            try:
                page = _read(pages, name)
            except (UnicodeDecodeError, ListConflict):
                self._rest.pop(str(path), None)
                questions.append(f"{path.name}: is no digest any more")
                continue
            self._rest[str(path)] = RestBox(path.name, pages.rules.list, page.rest)
            questions += [f"{path.name}: {question}" for question in page.questions]
            decisions += _decided(page.merge, page.shown, pages.rules, user, now)
        return decisions, [*questions, *self._left_before(now)]

    def _left_before(self, now: datetime) -> Iterator[str]:
        """The ticks on each list's page of an earlier week: they are `apply`'s."""
        for pages in map(self._pages_of, self._workspace.lists):
            decided = pages.store.decisions.latest(pages.rules.list)
            name, number = ticks_before(pages, now, decided)
            if number:
                yield f"{number} ticked in {name}: listkeeper apply {name}"

    @property
    def are_there(self) -> bool:
        """Whether any page was found."""
        return bool(self._found)

    @property
    def rest_boxes(self) -> Sequence["RestBox"]:
        """The ticked boxes for the rest, on the pages that were found."""
        found = (self._rest.get(str(pages.path(name))) for pages, name in self._found)
        return [box for box in found if box and box.keys]

    def write(self, now: datetime) -> None:
        """Bring the ticks of each page that was found up to date."""
        for pages, name in self._found:
            if pages.path(name).exists() and write_decisions(pages, name, now):
                self._is_changed(str(pages.path(name)), pages.path(name).stat())

    def _look(self, now: datetime) -> Sequence[tuple[Pages, str]]:
        self._found = list(self._pages(now))
        return self._found

    def _pages(self, now: datetime) -> Iterator[tuple[Pages, str]]:
        week = week_of(now)
        for pages in map(self._pages_of, self._workspace.lists):
            for name in pages.store.digests.names(pages.rules.list, week):
                if pages.path(name).exists():
                    yield pages, name

    def _pages_of(self, rules: ListRules) -> Pages:
        workspace = self._workspace
        return Pages(workspace.store, workspace.root, workspace.every_list, rules)

    def _is_changed(self, path: str, stat: os.stat_result) -> bool:
        seen = _seen(stat)
        before = self._read.get(path)
        self._read[path] = seen
        return before != seen


class RestBox(NamedTuple):
    """The box for the rest of a page, if it is ticked: the works that `apply` would reject."""

    page: str
    list_name: str
    keys: Sequence[str]


class _PageRead(NamedTuple):
    """
    A page's news, the candidates that it shows by key, and what is unclear on it.

    ``rest`` are the candidates that its box for the rest speaks of, none if it isn't ticked.
    """

    merge: Merged
    shown: Mapping[str, Candidate]
    questions: Sequence[str]
    rest: Sequence[str] = ()


def _read(pages: Pages, name: str) -> _PageRead:
    """A page's file against the store; ListConflict or UnicodeDecodeError if it is no digest."""
    path, stored = pages.path(name), pages.get(name)
    text = (read_bytes(path) or b"").decode()
    ticked = read_ticks(text, path.name)
    if stored is None:
        merge = merged(ticked, stamp_of(text), {})
        return _PageRead(merge, {}, (*ticked.unclear, *merge.questions))
    digest = from_json(stored.body)
    shown = {item.key: item for item in digest.items}
    decided = pages.store.decisions.latest(pages.rules.list)
    ticked = with_asides(ticked, text, stored, decided)
    merge = merged(ticked, stamp_of(text) or stored.made_at, answers(pages.store, digest))
    unfit = [
        question
        for tick in merge.ticks
        if tick.key in shown and (question := _asked(tick, shown[tick.key], pages.rules))
    ]
    candidates = {item.key for item in digest.candidates}
    rest = [key for _, key in ticked.open if ticked.rest and key in candidates]
    return _PageRead(merge, shown, (*ticked.unclear, *merge.questions, *unfit), rest)


def _seen(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_mtime_ns, stat.st_size


def _decided(
    merge: Merged, shown: Mapping[str, Candidate], rules: ListRules, user: str, now: datetime
) -> Iterator[Decision]:
    """The decisions that ticks stand for; a removed tick takes its decision back."""
    for tick in merge.ticks:
        if tick.key in shown:
            yield from _of_tick(tick, shown[tick.key], rules, user, now)
    for key in merge.removed:
        yield Decision(rules.list, key, "undo", user, now)


def _asked(tick: Tick, shown: Candidate, rules: ListRules) -> str:
    """Why an accepted work can't be written so, empty if it can."""
    if tick.act != "accept":
        return ""
    who = f"candidate {tick.number} ({tick.key})"
    if _section(tick, rules) is None:
        names = ", ".join(section.name for section in rules.sections)
        return f"{who}: there is no section {tick.section!r}; sections are: {names}"
    text = _text(tick, shown, rules)
    return f"{who}: {text.matter}" if isinstance(text, ListConflict) else ""


def _text(tick: Tick, shown: Candidate, rules: ListRules) -> str | ListConflict:
    """The entry of an accepted work in the form of its section."""
    tick = in_section(tick, shown.entry, shown.by_section)
    return entry_text(tick, shown.entry, rules.form)


def _section(tick: Tick, rules: ListRules) -> str | None:
    """The list's name of a section, whatever case it was written in."""
    names = {" ".join(s.name.split()).casefold(): s.name for s in rules.sections}
    return names.get(" ".join(tick.section.split()).casefold())


def _of_tick(
    tick: Tick, shown: Candidate, rules: ListRules, user: str, now: datetime
) -> Iterator[Decision]:
    if tick.act != "accept":
        yield Decision(rules.list, tick.key, tick.act, user, now, None, tick.reason, REVIEW)
        return
    text, section = _text(tick, shown, rules), _section(tick, rules)
    if section and not isinstance(text, ListConflict):
        entry = None if text == shown.entry else text
        yield Decision(rules.list, tick.key, "pick", user, now, section, "", REVIEW, entry)
