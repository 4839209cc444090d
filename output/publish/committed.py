"""Ticks that somebody committed to digests on the default branch, read in the checkout."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from catalog.branches import Branches
from catalog.errors import ComeBackLater, ListConflict, UsageTrouble
from catalog.facts import Decision
from catalog.rows.digests import KeptDigest
from output.digest.asides import with_asides
from output.digest.pages import Pages, read_page
from output.digest.ticks import Ticked, read_ticks
from output.publish.place import UNNAMED, Place, PublishReport, inside
from output.publish.sync import Words, read_feedback

# Older digests aren't read again for ticks.
DIGESTS_READ = 8


def ticked_pages(pages: Pages) -> Iterator[Path]:
    """The newest digests of a list in the checkout with words of a person, oldest first."""
    decided = pages.store.decisions.latest(pages.rules.list)
    for name in _recent(pages):
        path, digest = pages.path(name), pages.get(name)
        if digest and _is_edited(path):
            ticked = read_committed(path.read_bytes(), str(path), digest, decided)
            if ticked.ticks or ticked.unclear:
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
    every = [digest for digest in pages.store.digests.all() if digest.list_name == pages.rules.list]
    return [digest.name for digest in sorted(every, key=lambda digest: digest.made_at)][
        -DIGESTS_READ:
    ]


def _is_edited(path: Path) -> bool:
    file = read_page(path)
    return file is not None and not file.is_ours


def read_committed(
    data: bytes, where: str, digest: KeptDigest, decided: Mapping[str, Decision]
) -> Ticked:
    """What a committed page of this digest says; one that is no digest any more is a question."""
    text = data.decode("utf-8", "replace")
    try:
        return with_asides(read_ticks(text, where), text, digest, decided)
    except ListConflict as trouble:
        question = f"{trouble.matter}: its first line is changed; restore it from the history"
        return Ticked(digest.list_name, digest.name, digest.base_hash, (), (question,))


def read_page_feedback(place: Place, report: PublishReport) -> None:
    """Ticks that somebody committed to the default branch, read in the checkout."""
    for name in _recent(place.pages):
        path, digest = place.pages.path(name), place.pages.get(name)
        if digest is None or not _is_edited(path):
            continue
        ticked = read_committed(path.read_bytes(), path.name, digest, place.decided())
        if not ticked.ticks and not ticked.unclear:
            continue
        if ticked.base_hash != digest.base_hash:
            place.ask(report, [f"{path.name} is out of date: tick the present one"])
            continue
        if isinstance(place.settings.who, list):
            allowed = " or ".join(place.settings.who)
            reason = f"who commits is no proof: {allowed} may say it in a comment on the week"
            place.ask(report, [f"{path.name}: {reason}"])
            continue
        who = place.branches.last_author(place.digest_path(name))
        words = Words(page=ticked, page_by=who)
        form = place.rules.form
        feedback = read_feedback(words, digest, place.decided(), place.sections, place.now, form)
        place.decide(feedback.decisions)
        report.decided += len(feedback.decisions)
        place.ask(report, [f"{path.name}: {question}" for question in feedback.unclear])
