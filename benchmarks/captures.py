"""
Recorded answers of real services: what a look at each file says, beside what its source finds.

    python -m benchmarks.captures [FOLDER]

FOLDER holds ``feeds``, ``hf``, ``github``, ``arxiv-rss``, ``arxiv-api`` and ``arxiv-oai``. A look
counts the items of a file by its text alone. A source must account for each of them: a work, a
paper that is named, one that it says it cannot use, or the one at which the file breaks off; or it
must say why the answer is none. Prints a table in Markdown; status 1 where something is left over,
or something fell over.
"""

import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.recorded import recorded
from crawler.parsers.arxiv import NoFeed, read_feed, read_page
from crawler.parsers.oai import read_records
from crawler.sources import feeds, github, hf_daily
from crawler.sources.base import NoAnswer
from tests.crawler.answers import NOW, answer

ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)(?:\s[^>]*)?>")
RECORD = re.compile(rb"<(?:\w+:)?record(?:\s[^>]*)?>")
EVER = 10_000


@dataclass(frozen=True)
class Row:
    """A file: how many there are, how many were found, which were not, and what is said of it."""

    name: str
    there: int
    found: int = 0
    odd: int = 0
    said: str = ""
    answered: bool = True

    @property
    def right(self) -> bool:
        broke_off = bool(self.there) and self.said.startswith("is not well-formed")
        accounted = self.found + self.odd == self.there - broke_off
        return accounted if self.answered else bool(self.said)


def web(path, source, there, **told):
    """A file as an answer of a source of links; an item is found however it is accounted for."""
    asked = answer(path.read_bytes(), **told)
    asked = replace(asked, question=replace(asked.question, oldest_days=EVER))
    try:
        batch = next(iter(source.read(asked)))
    except (NoFeed, NoAnswer) as trouble:
        return Row(path.name, there, said=str(trouble), answered=False)
    odd = len(batch.odd)
    return Row(path.name, there, batch.total - odd, odd, batch.broken or "")


def arxiv(path, there, read):
    try:
        found, odd, said = read(path.read_bytes())
    except NoFeed as trouble:
        return Row(path.name, there, said=str(trouble), answered=False)
    return Row(path.name, there, found, odd, said or "")


def rss(body):
    feed = read_feed(body, "application/xml", "https://x.org/", source="arxiv_rss", now=NOW)
    return len(feed.works), len(feed.odd), feed.broken


def atom(body):
    page = read_page(body, "https://x.org/")
    return len(page.papers), len(page.odd), ""


def oai(body):
    page = read_records(body)
    return len(page.records), len(page.odd), page.error and f"{page.error}: {page.message}"


def hub(path):
    return web(path, hf_daily, len(json.loads(path.read_bytes())))


def of_github(path):
    """As results of a search; where it is none, as a list of releases."""
    told = json.loads(path.read_bytes())
    if isinstance(told, dict) and "items" in told:
        return web(path, github, len(told["items"]), kind="search")
    there = len(told) if isinstance(told, list) else 1
    return web(path, github, there, kind="releases", part="releases/a/b")


def rows(folder):
    for path in sorted((folder / "feeds").iterdir()):
        yield "feeds", web(path, feeds, len(ITEM.findall(path.read_bytes())), kind="blog")
    for path in sorted((folder / "hf").iterdir()):
        yield "hf", hub(path)
    for path in sorted((folder / "github").glob("*.json")):
        if ".meta." not in path.name:
            yield "github", of_github(path)
    for name, pattern, read in (("rss", ITEM, rss), ("api", ITEM, atom), ("oai", RECORD, oai)):
        for path in sorted((folder / f"arxiv-{name}").iterdir()):
            yield f"arxiv-{name}", arxiv(path, len(pattern.findall(path.read_bytes())), read)


def main(folder):
    if not folder.is_dir():
        print(f"no recorded answers in {folder}", file=sys.stderr)
        return 2
    print("| | file | there | found | unusable | said | |\n|---|---|---|---|---|---|---|")
    wrong = 0
    for kind, row in rows(folder):
        wrong += not row.right
        mark = "" if row.right else "**?**"
        said = row.said.replace("|", " ")[:90]
        print(f"| {kind} | {row.name} | {row.there} | {row.found} | {row.odd} | {said} | {mark} |")
    print(f"\n{wrong} files in which something is not accounted for")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(Path(given[0]) if given else recorded("wire")))
