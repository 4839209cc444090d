"""Feeds and answers as public projects recorded them: each is read, and nothing is lost."""

import json
import re
from dataclasses import replace

from crawler.items import trouble_of
from crawler.parsers.arxiv import NoFeed
from crawler.sources import feeds, github, hf_daily, inbox
from crawler.sources.base import NoAnswer
from tests.crawler.answers import answer

EVER = 10_000
ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)(?:\s[^>]*)?>")
# What feedparser, too, makes nothing of.
NO_FEED = {
    "fp-encoding_bozo_bogus_encoding.xml",
    "fp-illformed_aaa_illformed.xml",
    "fp-illformed_rss_empty_document.xml",
}


def outcome(source, body, **told) -> dict[str, int | str | None]:
    """The figures of an answer; the reason where it is none."""
    asked = answer(body, **told)
    asked = replace(asked, question=replace(asked.question, oldest_days=EVER))
    try:
        batch = next(iter(source.read(asked)))
    except (NoFeed, NoAnswer) as trouble:
        return {"no answer": str(trouble)}
    return {
        "items": batch.total,
        "works": len(batch.works),
        "named": len(batch.named),
        "odd": len(batch.odd),
        "trouble": trouble_of(batch),
    }


def test_every_captured_feed_is_read(shared):
    """As many items as the file has; each a work, a paper, one seen before, or odd."""
    paths = sorted((shared / "wire" / "feeds").iterdir())
    wrong = {}
    for path in paths:
        body = path.read_bytes()
        told = outcome(feeds, body, kind="blog")
        there = len(ITEM.findall(body))
        if path.name in NO_FEED:
            continue
        if "no answer" in told or told["items"] + bool(told["trouble"]) != there:
            wrong[path.name] = (there, told)

    assert len(paths) > 35
    assert {} == wrong


def test_captured_daily_papers(shared):
    path = shared / "wire" / "hf" / "daily_papers_2024-10-25_part.json"
    ids = {entry["paper"]["id"] for entry in json.loads(path.read_bytes())}

    told = outcome(hf_daily, path.read_bytes())

    assert (2, len(ids), 0) == (told["items"], told["named"], told["odd"])


SEARCHES = {
    "Search.testSearchRepos-0.200.json": 30,
    "Search.testSearchReposWithNoResults-0.200.json": 0,
}


def test_captured_searches_and_errors_of_github(shared):
    """Searches have their repositories; what answers another question is said to be none."""
    for path in sorted((shared / "wire" / "github").glob("*.json")):
        if path.name.endswith(".meta.json"):
            continue
        for kind in ("search", "releases"):
            told = outcome(github, path.read_bytes(), kind=kind, part="releases/a/b")
            if kind == "search" and path.name in SEARCHES:
                assert SEARCHES[path.name] == told["items"] == told["works"] + told["odd"]
            elif "Search" not in path.name and "RateLimitExceeded-0" not in path.name:
                assert "no answer" in told, (path.name, told)
        outcome(inbox, path.read_bytes(), part="issues")
