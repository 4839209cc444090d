"""
The files of digests, and whose they are.

Each page ends with a seal: a hash of its text. A page that fits its seal is as the program wrote
it, whichever version it is, wherever it comes from; any other one was changed by a person, and is
never written again. Line ends and blanks at line ends don't count: editors and git change them.

A digest is stored as begun, then its files are written, then it is stored as shown. The next
command finishes or drops what a killed one left begun.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import orjson

from catalog.errors import StoreTrouble
from catalog.facts import Decision
from catalog.files import write_whole
from catalog.rows.digests import KeptDigest, hash_of
from catalog.store import Store
from catalog.store.lock import check_held
from config.plain_files import read_file
from output.digest.blocks import keys_on, prints_of
from output.digest.book import keys_of, on_page, record_of, stamp_of, with_answers
from output.digest.kept_pages import KeptPages
from output.digest.model import Digest, as_json, from_json
from output.digest.ticks import is_ticked

_SEAL = re.compile(rb"^<!-- as written: ([0-9a-f]{64}) -->$", re.MULTILINE)
# What a page's twins end with: the one for machines, and the one for browsers.
MACHINE_TWIN, HTML_TWIN = ".json", ".html"
# What a stored digest knows of its page alone.
OF_THE_PAGE = ("page", "prints")
# Shelves of a stored digest.
_SHELVES = ("candidates", "near_misses", "second_chances")


def sealed(text: str) -> bytes:
    """A page with its seal at the end."""
    return f"{text}<!-- as written: {_hash(text.encode())} -->\n".encode()


def _hash(text: bytes) -> str:
    return hash_of(_plain(text))


def _plain(text: bytes) -> bytes:
    """Text without what editors and git change: line ends, blanks before them, a BOM."""
    lines = text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return b"\n".join(line.rstrip() for line in lines.split(b"\n")).rstrip(b"\n")


@dataclass(frozen=True, slots=True)
class PageFile:
    """
    A page as it is on the disk: the works on it, whether a box is ticked, and its hash.

    ``version`` is the hash that its seal names; None without a seal. ``old_hash`` is how older
    programs, which wrote no seal, knew a page: by the whole file.
    """

    version: str | None
    hash: str
    old_hash: str
    keys: frozenset[str]
    is_ticked: bool

    @property
    def is_ours(self) -> bool:
        return self.version == self.hash

    def is_of(self, stored: KeptDigest) -> bool:
        """Whether the page began as the stored version, whatever a person did to it since."""
        return stored.body.get("page", "") == self.version or self.is_as(stored)

    def is_as(self, stored: KeptDigest) -> bool:
        """Whether the page still is the stored version."""
        return stored.body.get("page", "") in (self.hash, self.old_hash)


def read_bytes(path: Path) -> bytes | None:
    """The bytes of a page or its twin, None without one; StoreTrouble if it can't be read."""
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise StoreTrouble(str(path), f"cannot be read ({trouble.strerror})") from trouble


def read_page(path: Path) -> PageFile | None:
    """The page at a path, None without one; StoreTrouble where it cannot be read."""
    data = read_bytes(path)
    if data is None:
        return None
    text, seals = _plain(data), _SEAL.findall(_plain(data))
    words = text.decode(errors="replace")
    return PageFile(
        version=seals[-1].decode() if seals else None,
        hash=_hash(_SEAL.sub(b"", text)),
        old_hash=hash_of(data.replace(b"\r\n", b"\n")),
        keys=keys_on(words),
        is_ticked=is_ticked(words),
    )


@dataclass(frozen=True, slots=True)
class DigestFile:
    """
    The page to write: its name, its file, and the stored digest of that name, if any.

    ``held`` are the works on other pages of the week; ``kept`` the earlier pages that stay as they
    are, each with the reason. ``is_after_a_record`` is whether the week has a page that is done
    and this one isn't written yet: what comes later is for the next week. ``week_is_done`` is
    whether there is such a page at all.
    """

    name: str
    path: Path
    stored: KeptDigest | None
    held: frozenset[str]
    kept: tuple[tuple[str, str], ...]
    is_after_a_record: bool = False
    week_is_done: bool = False


@dataclass(frozen=True, slots=True)
class PageState:
    """
    A page as stored and as on the disk; ``why_kept`` is empty if it may be written again.

    A page that ``is_done`` is a record: it was applied, or each of its candidates is decided.
    """

    name: str
    stored: KeptDigest | None
    file: PageFile | None
    why_kept: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Pages(KeptPages):
    """The same, of a store that they can be written with."""

    store: Store

    def place(self, week: str) -> DigestFile:
        """The first page of the week that nobody has ticked, edited or applied."""
        states = list(self.states(week))
        chosen = next(state for state in states if not state.why_kept)
        return self._place(states, chosen)

    def further(self, week: str) -> DigestFile:
        """A page that the week doesn't have yet."""
        states = list(self.states(week))
        held = frozenset().union(*(_on_page(state) for state in states))
        return replace(self._place(states, states[-1]), held=held)

    def _place(self, states: Sequence[PageState], chosen: PageState) -> DigestFile:
        held = [_shown(state.stored, state.file) for state in states if state is not chosen]
        kept = takewhile(lambda state: state.why_kept, states)
        is_written = chosen.stored is not None or chosen.file is not None
        return DigestFile(
            chosen.name,
            self.path(chosen.name),
            chosen.stored,
            frozenset().union(*held),
            tuple((self.path(state.name).name, state.why_kept) for state in kept),
            not is_written and any(state.is_done for state in states),
            any(state.is_done for state in states),
        )

    def applied(self) -> frozenset[str | None]:
        """The names of digests that somebody decided from."""
        return frozenset(d.digest for d in self.store.decisions.all(self.rules.list))

    def states(self, week: str) -> Iterator[PageState]:
        """The pages of a week, up to a name that nothing has."""
        applied, decided = self.applied(), self.store.decisions.latest(self.rules.list)
        for name in names(week):
            stored, file = self.get(name), read_page(self.path(name))
            why, is_done = _why_kept(stored, file), True
            if name in applied:
                why = "its decisions are applied" + ("" if file else "; it is gone")
            elif stored and is_decided(stored, decided):
                why = "all its candidates are decided"
            else:
                is_done = False
            yield PageState(name, stored, file, why, is_done)
            if stored is None and file is None and not why:
                return

    def earlier(self, place: DigestFile) -> Iterator[str]:
        """The names of the pages of a week before this one."""
        yield from takewhile(lambda name: name != place.name, names(place.name[: len("2024-W46")]))


def names(week: str) -> Iterator[str]:
    """The names of a week's pages, in order."""
    yield week
    yield from (f"{week}-{number}" for number in count(2))


def is_decided(stored: KeptDigest, decided: Mapping[str, Decision]) -> bool:
    """Whether each candidate of a digest has a decision in force."""
    keys = keys_of(stored, "candidates")
    acts = [decided[key].act if key in decided else "undo" for key in keys]
    return bool(acts) and "undo" not in acts


def _why_kept(stored: KeptDigest | None, file: PageFile | None) -> str:
    """Why a page is not written again though nobody applied it; empty if it may be."""
    if file is None or file.is_ours or (stored and file.is_as(stored)):
        return ""
    return "it was ticked" if file.is_ticked else "it was edited"


def _on_page(state: PageState) -> AbstractSet[str]:
    """The works that a page shows, in full or as near misses; not those that it only names."""
    items = from_json(state.stored.body).items if state.stored else ()
    return {*(item.key for item in items), *(state.file.keys if state.file else ())}


def _shown(stored: KeptDigest | None, file: PageFile | None) -> AbstractSet[str]:
    """
    The works that a page keeps from others: those that people can see on it.

    On the stored version they are also those that a person has removed, and those that it promises
    for the next week. A page that is gone shows nothing.
    """
    if file is None:
        return frozenset()
    if stored is None or not file.is_of(stored):
        return file.keys
    digest = from_json(stored.body)
    return {*file.keys, *(item.key for item in digest.items), *digest.waiting}


def write_page(
    store: Store, place: DigestFile, built: Digest, base: bytes, twins: Collection[str] = ()
) -> Iterator[str]:
    """
    Write a digest's files and store it; yields the files. Nothing where there is no news.

    ``twins`` are the endings of the page's twins that are wanted; those that exist stay current.
    """
    stored = place.stored
    if stored and stored.body.get("fingerprint") == built.fingerprint:
        built = replace(built, made_at=stored.made_at)
        yield from _complete(place.path, stored, twins)
        if _is_current(place.path, stored):
            return
    from output.digest.markdown import page

    latest = answers(store, built)
    decided = {item.key: latest[item.key] for item in built.items if item.key in latest}
    plain_page = page(built)
    text = sealed(
        with_answers(plain_page, decided, max(d.at for d in decided.values()))
        if decided
        else plain_page
    )
    body = as_json(built) | {"page": _hash_in(text), "prints": prints_of(plain_page)}
    begun = KeptDigest(built.list_name, built.name, built.made_at, base, body)
    store.digests.begin(begun)
    write_whole(place.path, text)
    yield str(place.path)
    yield from _write_twins(place.path, begun, twins)
    store.digests.save(begun)


def _hash_in(text: bytes) -> str:
    (seal,) = _SEAL.findall(text)
    return str(seal.decode())


def _is_current(path: Path, stored: KeptDigest) -> bool:
    file = read_page(path)
    return file is not None and file.is_as(stored)


def finish_pages(pages: Pages) -> None:
    """
    Finish or drop what an interrupted command left begun.

    The caller holds the lock, which proves that the command is dead. A page that is in place counts
    as shown, whatever a person has ticked on it since.
    """
    check_held(pages.store.state)
    for begun in pages.store.digests.begun(pages.rules.list):
        path = pages.path(begun.name)
        file = read_page(path)
        if file is None or not file.is_of(begun):
            pages.store.digests.drop(begun)
            continue
        for _ in _write_twins(path, begun):
            pass
        pages.store.digests.save(begun)


def adopt_kept(pages: Pages, week: str) -> None:
    """Store kept pages of a week as people see them, where the store has another version."""
    for state in pages.states(week):
        stored, file = state.stored, state.file
        if state.why_kept and stored and file and not file.is_of(stored):
            pages.store.digests.save(_as_on_page(stored, file))


def _as_on_page(stored: KeptDigest, file: PageFile) -> KeptDigest:
    """The stored digest with only those works that are on the page."""
    shelves: Mapping[str, Any] = {
        shelf: [item for item in stored.body.get(shelf, ()) if item["key"] in file.keys]
        for shelf in _SHELVES
    }
    version = file.version or file.hash
    return replace(
        stored, body={**stored.body, **shelves, "waiting": [], "named": [], "page": version}
    )


def write_missing_twins(pages: Pages, place: DigestFile) -> Iterator[str]:
    """Write the HTML of earlier pages of the week that have none; yields the files."""
    for name in pages.earlier(place):
        stored = pages.get(name)
        if stored and not pages.path(name).with_suffix(HTML_TWIN).exists():
            yield _write_html(pages.path(name).with_suffix(HTML_TWIN), stored)


def _complete(path: Path, stored: KeptDigest, twins: Collection[str]) -> Iterator[str]:
    """Bring the page's twins up to date, where the page itself is."""
    if _is_current(path, stored):
        yield from _write_twins(path, stored, twins)


def _write_twins(path: Path, kept: KeptDigest, twins: Collection[str] = ()) -> Iterator[str]:
    """Write the page for machines and the one for browsers, if wanted or there, and not current."""
    machine, twin = path.with_suffix(MACHINE_TWIN), path.with_suffix(HTML_TWIN)
    body = {name: value for name, value in kept.body.items() if name not in OF_THE_PAGE}
    data = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
    old = read_bytes(machine)
    if MACHINE_TWIN in twins if old is None else _plain(old) != _plain(data):
        write_whole(machine, data)
        yield str(machine)
    old = read_bytes(twin)
    if HTML_TWIN in twins if old is None else _mark(kept) not in old:
        yield _write_html(twin, kept)


def _write_html(path: Path, kept: KeptDigest) -> str:
    from output.digest.html import html_page

    write_whole(path, html_page(from_json(kept.body)).encode() + _mark(kept))
    return str(path)


def answers(store: Store, digest: Digest) -> dict[str, Decision]:
    """The decisions in force that answer a digest of this list, by work."""
    again = {item.key for item in digest.second_chances}
    return on_page(store.decisions.latest(digest.list_name), again, digest.made_at)


def _mark(kept: KeptDigest) -> bytes:
    """The last line of an HTML page: the version of the page that it shows."""
    return f"<!-- page {kept.body.get('page')} -->\n".encode()


def with_decisions(pages: Pages, name: str, now: datetime, *, ticks: bool = True) -> bytes | None:
    """
    The page of a digest as it should be: with the decisions in force, and how it ended.

    Without ``ticks`` it says how it ended, and each tick stays as somebody left it.
    None where it is so already, and where there is no such page. A page of ours stays ours.
    """
    stored, path = pages.get(name), pages.path(name)
    data = read_bytes(path)
    if stored is None or data is None:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    from output.digest.markdown import guide

    decisions = pages.store.decisions.all(pages.rules.list)
    digest = from_json(stored.body)
    latest = answers(pages.store, digest) if ticks else {}
    stamp = stamp_of(text)
    record = record_of(stored, decisions)
    to_do = guide(digest)
    same = with_answers(text, latest, stamp or now, record, to_do)
    if same == text or (stamp is None and not latest.keys() & set(keys_on(text))):
        return None
    file = read_page(path)
    new = with_answers(text, latest, now, record, to_do) if ticks else same
    if file is not None and file.is_ours:
        return sealed(_SEAL.sub(b"", new.encode()).decode().rstrip("\n") + "\n")
    return new.encode()


def write_decisions(pages: Pages, name: str, now: datetime, *, ticks: bool = True) -> bool:
    """Bring a page up to date, as ``with_decisions`` says; whether that changed it."""
    stored, path = pages.get(name), pages.path(name)
    before = read_page(path)
    text = with_decisions(pages, name, now, ticks=ticks)
    if text is None or stored is None or before is None:
        return False
    write_whole(path, text)
    if before.is_ours and before.is_of(stored):
        pages.store.digests.save(replace(stored, body={**stored.body, "page": _hash_in(text)}))
    return True
