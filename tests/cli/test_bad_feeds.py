"""Feeds that lie, break or refuse: the right word, nothing lost, and the next day heals."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import pipelines.discover.stage
from catalog.errors import SourceTrouble
from sandbox.process import running
from tests.workspace import Workspace

pytestmark = pytest.mark.long

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
WEDNESDAY = TUESDAY + timedelta(days=1)
# What the feeds do on Tuesday: their word, the exit code, and a piece of the reason. One fault of a
# kind is enough here; tests/crawler/test_middlewares.py has each.
FAULTS = {
    "html-200": ("BROKEN", 1, "a web page, not a feed"),
    "truncate-xml": ("BROKEN", 1, "not well-formed"),
    "drop": ("BROKEN", 75, "closed without a whole answer, 3 times"),
    "403": ("BROKEN", 1, "HTTP 403"),
    "429-retry-after=4000": ("BROKEN", 75, "asked to be left alone for 4000 s"),
    "bomb": ("BROKEN", 1, "larger than"),
    "redirect-private": ("BROKEN", 1, "will not ask"),
    "stale-dated": ("STALE", 75, "shows the batch of Monday, 11 November"),
    "wrong-charset": ("OK", 0, "items announced"),
    "500-once": ("OK", 0, "items announced"),
}


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    outside.set_clock(TUESDAY)
    outside.forget_seen()
    yield Workspace(tmp_path, outside.environment())
    outside.set_fault("rss", None)


def stored(workspace) -> dict[str, str]:
    """The papers in the store, and the day each was first announced."""
    table = workspace.root / "papers.jsonl"
    workspace.run("export", "papers", "--format", "jsonl", "-o", str(table))
    rows = map(json.loads, table.open())
    return {row["arxiv_id"]: row["announced"] for row in rows}


@pytest.fixture(scope="module")
def announced(outside, tmp_path_factory):
    """The papers that a day without faults announces as new; replacements are not owed."""
    healthy = Workspace(tmp_path_factory.mktemp("healthy"), outside.environment())
    outside.set_clock(TUESDAY)
    assert 0 == healthy.run("discover", as_of=TUESDAY).code
    return {key for key, day in stored(healthy).items() if day and key.startswith("2411.")}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_day_is_named_and_healed_by_the_next(outside, announced, workspace, fault):
    """The word with its reason, and on Wednesday every paper of Tuesday is there."""
    word, code, reason = FAULTS[fault]
    outside.set_fault("rss", fault)

    tuesday = workspace.json("discover", as_of=TUESDAY)

    assert (word, code) == (tuesday.word("arxiv_rss"), tuesday.code)
    assert reason in tuesday.report["sources"][0]["reason"]
    outside.set_fault("rss", None)
    outside.set_clock(WEDNESDAY)
    (workspace.root / ".listkeeper" / "pace" / "arxiv.json").unlink()  # a day has passed
    wednesday = workspace.json("discover", as_of=WEDNESDAY)
    assert (0, "OK") == (wednesday.code, wednesday.report["word"])
    assert len(announced) > 10
    assert set() == announced - stored(workspace).keys()


def test_one_feed_that_fails_does_not_stop_the_others(outside, workspace):
    """One of three feeds answers with a web page: it is BROKEN, the others are OK."""
    outside.set_fault("rss", "html-200", times=1)

    ended = workspace.json("discover", as_of=TUESDAY)

    words = {item["source"]: item["word"] for item in ended.report["sources"]}
    assert ["BROKEN", "OK", "OK"] == sorted(
        word for source, word in words.items() if source.startswith("arxiv_rss/")
    )
    assert "OK" == words["hf_daily"]
    assert 1 == ended.code


def test_redirect_to_a_private_address_is_never_followed(outside, workspace):
    """The second listener, which plays the private network, sees no request at all."""
    outside.set_fault("rss", "redirect-private")

    workspace.run("discover", as_of=TUESDAY)

    assert "private" not in {item["service"] for item in outside.seen()}


def test_after_a_403_arxiv_is_asked_nothing_more(outside, workspace):
    """One refusal ends the questions of this run, to feeds and API together."""
    workspace.run("discover", "--since", "2024-11-08", "--source", "arxiv_rss", as_of=TUESDAY)
    outside.forget_seen()
    outside.set_fault("rss", "403")

    ended = workspace.json("discover", as_of=TUESDAY)

    assert 1 == len([item for item in outside.seen() if item["service"] == "arxiv"])
    assert any("arXiv wants no more questions" in note for note in ended.report["notes"])


def test_crawl_that_dies_is_broken_and_not_quiet(workspace, monkeypatch):
    """A process that ends without an answer leaves every feed BROKEN, with the reason."""

    def dies(plans, manners, tally):
        raise SourceTrouble("crawl", "its process died")
        yield

    monkeypatch.setattr(pipelines.discover.stage, "crawl", dies)

    ended = workspace.json("discover", as_of=TUESDAY)

    assert (1, "BROKEN") == (ended.code, ended.report["word"])
    assert 6 == sum("its process died" in s["reason"] for s in ended.report["sources"])
    assert 6 == len(ended.report["sources"])


def test_hostile_titles_are_kept_as_data(outside, workspace):
    """What would be structure in Markdown, HTML or a terminal is stored as the text it is."""
    outside.set_clock(TUESDAY)

    workspace.run("discover", as_of=TUESDAY)

    table = workspace.root / "papers.csv"
    workspace.run("export", "papers", "-o", str(table))
    assert "](javascript:alert(1)) [" in table.read_text()
