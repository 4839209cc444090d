"""
A static site for a list's readers: digests, their archive, search, charts and feeds.

It needs no server, and no script to be read: the search page lists everything and a script only
hides what does not match. The same store gives the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from catalog.files import write_whole
from catalog.store import Store
from output.digest.html import STYLE, address, html_page, policy
from output.digest.model import Candidate, Digest, from_json
from output.feeds import FeedDocument, atom, feed, feed_accepted, feed_candidates, json_feed
from output.review.charts import Bars, bars
from output.templates import environment

TEMPLATES = Path(__file__).with_name("templates")
SCRIPT = TEMPLATES / "search.js"
# What charts need beside the style of a digest.
CHARTS = TEMPLATES / "site.css"
# Weeks in the chart: two years.
WEEKS_DRAWN = 104


@dataclass(frozen=True, slots=True)
class ListPages:
    """One list on the site: its folder there, and its digests, newest first."""

    name: str
    folder: str
    digests: tuple[Digest, ...]

    @property
    def chart(self) -> Markup:
        weeks = [
            (digest.name, (len(digest.candidates),))
            for digest in reversed(self.digests[:WEEKS_DRAWN])
        ]
        return bars(Bars(("candidates",), tuple(weeks)))


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A row of the search page; ``page`` leads to the week it was a candidate in first."""

    list_name: str
    week: str
    page: str
    item: Candidate

    @property
    def address(self) -> str:
        return address(self.item)


def site_files(store: Store, lists: Mapping[str, str]) -> dict[str, bytes]:
    """
    Every file of the site, by its path; ``lists`` gives each list's name and its folder there.

    A folder of the site stands beside ``index.html`` and holds a page for each digest.
    """
    pages = [ListPages(name, folder, _digests(store, name)) for name, folder in lists.items()]
    files = {
        "index.html": _render("site.html", lists=pages),
        "search.html": _render("search.html", script=True, found=list(_found(pages))),
        "search.js": SCRIPT.read_bytes(),
    }
    for page in pages:
        for digest in page.digests:
            files[f"{page.folder}/{digest.name}.html"] = html_page(digest).encode()
        for name, document in _feeds(store, page.name):
            files[f"{page.folder}/{name}.atom"] = atom(document)
            files[f"{page.folder}/{name}.json"] = json_feed(document)
    return files


def write_site(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write the files that are new or differ, and return them."""
    written = []
    for name, body in sorted(files.items()):
        path = folder / name
        if path.is_file() and path.read_bytes() == body:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, body)
        written.append(path)
    return written


def _digests(store: Store, list_name: str) -> tuple[Digest, ...]:
    kept = [digest for digest in store.digests.all() if digest.list_name == list_name]
    kept.sort(key=lambda digest: (digest.made_at, digest.name), reverse=True)
    return tuple(from_json(digest.body) for digest in kept)


def _feeds(store: Store, list_name: str) -> Iterator[tuple[str, FeedDocument]]:
    candidates = list(feed_candidates(store, list_name))
    yield (
        "candidates",
        feed(list_name, "candidates", candidates, here="candidates", home="../index.html"),
    )
    accepted = list(feed_accepted(store, list_name))
    yield "accepted", feed(list_name, "accepted", accepted, here="accepted", home="../index.html")


def _found(pages: Sequence[ListPages]) -> Iterator[SiteRow]:
    """Each candidate once, the newest week first."""
    for page in pages:
        first = {item.key: digest.name for digest in page.digests for item in digest.candidates}
        for digest in page.digests:
            for item in digest.candidates:
                if first[item.key] == digest.name:
                    yield SiteRow(page.name, digest.name, f"{page.folder}/{digest.name}.html", item)


def _render(template: str, *, script: bool = False, **values: object) -> bytes:
    style = STYLE.read_text("utf-8") + CHARTS.read_text("utf-8")
    # The search page's script is a file of the site.
    allowed = policy(style).replace("default-src 'none'", "default-src 'none'; script-src 'self'")
    page = environment(TEMPLATES).get_template(template)
    text = page.render(
        style=Markup(style),  # noqa: S704 - our own file
        policy=allowed if script else policy(style),
        **values,
    )
    return text.encode()
