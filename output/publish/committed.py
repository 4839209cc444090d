"""Ticks that somebody committed to digests on the default branch, read in the checkout."""

from collections.abc import Iterator
from pathlib import Path

from catalog.branches import Branches
from catalog.errors import ComeBackLater, UsageTrouble
from output.digest.pages import Pages
from output.digest.ticks import Ticked, read_ticks
from output.publish.place import UNNAMED, Place, Told, inside
from output.publish.sync import Words, hear

# Older digests aren't read again for ticks.
DIGESTS_READ = 8


def ticked_pages(pages: Pages) -> Iterator[Path]:
    """The newest digests of a list in the checkout with a tick in them, oldest first."""
    for name in _recent(pages):
        path = pages.path(name)
        if path.is_file() and _ticks(path):
            yield path


def signer(branches: Branches, root: Path, page: Path) -> str:
    """Who committed a page; empty where it isn't committed as it stands."""
    try:
        path = branches.prefix() + inside(root, page)
        if branches.committed(path) != page.read_bytes():
            return ""
    except (UsageTrouble, ComeBackLater):
        return ""
    return branches.last_author(path) or UNNAMED


def _recent(pages: Pages) -> list[str]:
    every = [one for one in pages.store.digests.all() if one.list_name == pages.rules.list]
    return [one.name for one in sorted(every, key=lambda one: one.made_at)][-DIGESTS_READ:]


def _ticks(path: Path) -> Ticked | None:
    ticked = read_ticks(path.read_bytes().decode("utf-8", "replace"), str(path))
    return ticked if ticked.ticks or ticked.unclear else None


def hear_pages(place: Place, told: Told) -> None:
    """Ticks that somebody committed to the default branch, read in the checkout."""
    for name in _recent(place.pages):
        path = place.pages.path(name)
        digest = place.pages.get(name)
        ticked = _ticks(path) if path.is_file() else None
        if digest is None or ticked is None:
            continue
        if ticked.base_hash != digest.base_hash:
            told.needs_person.append(f"{path.name} is out of date: tick the present one")
            continue
        who = place.branches.last_author(place.digest_path(name))
        words = Words(page=ticked, page_by=who)
        heard = hear(words, digest, place.decided(), place.sections, place.now)
        place.decide(heard.decisions)
        told.decided += len(heard.decisions)
        told.needs_person += [f"{path.name}: {question}" for question in heard.unclear]
