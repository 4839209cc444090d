"""A list that follows one small category of arXiv: a day without papers is no failure."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.process import running
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
ARXIV = ("--source", "arxiv_rss", "--source", "arxiv_api", "--source", "arxiv_oai")


@pytest.fixture
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


def following(outside, folder, category):
    workspace = Workspace(folder, outside.environment())
    path = workspace.root / "config" / "sources.yaml"
    feeds = re.compile(r"^  feeds:\n(    - .*\n)+", re.MULTILINE)
    text, number = feeds.subn(f"  feeds:\n    - {category}\n", path.read_text(), count=1)
    assert 1 == number
    path.write_text(text)
    return workspace


def discover(outside, workspace, days):
    at = TUESDAY + timedelta(days=days)
    outside.set_clock(at)
    return workspace.json("discover", *ARXIV, as_of=at)


@pytest.mark.long
def test_days_without_papers_are_asked_about_and_proved(outside, tmp_path):
    """In q-bio.BM a paper came on the first day, and none in the next two weeks."""
    workspace = following(outside, tmp_path, "q-bio.BM")

    ended = [discover(outside, workspace, days) for days in (0, 1, 2, 3, 6, 7, 8, 9, 10, 13)]

    assert [0] * 10 == [end.code for end in ended]
    assert ["OK", *["QUIET"] * 9] == [end.word("arxiv_rss") for end in ended]
    (last,) = (s for s in ended[-1].report["sources"] if s["source"] == "arxiv_api")
    assert "filled Fri 22 Nov: nothing was submitted since 11 Nov 2024" == last["reason"]
    assert "missing" not in kinds(workspace, 13)[:-1]


@pytest.mark.long
def test_a_feed_that_is_falsely_empty_costs_no_paper(outside, tmp_path):
    """The day is open, and the next run finds what the feed did not show."""
    workspace = following(outside, tmp_path, "cs.DC")
    discover(outside, workspace, 0)

    outside.set_fault("rss", "no-entries", times=1)
    empty = discover(outside, workspace, 1)
    open_ = kinds(workspace, 2)[-2:]
    next_day = discover(outside, workspace, 2)

    assert ("QUIET", 0) == (empty.word("arxiv_rss"), empty.code)
    assert ["missing", "to come"] == open_
    assert "OK" == next_day.word("arxiv_api")
    assert "missing" not in kinds(workspace, 2)[:-1]
    assert "2024-11-13" in papers(workspace)


@pytest.mark.long
def test_a_backfill_passes_weeks_without_papers(outside, tmp_path):
    """It stopped at the first of them before, each time it was started."""
    workspace = following(outside, tmp_path, "eess.SY")
    at = TUESDAY + timedelta(days=13)
    outside.set_clock(at)

    ended = workspace.json("backfill", "--since", "2024-11-04", as_of=at)

    assert 0 == ended.code
    assert ["2024-11-05"] == papers(workspace)


def kinds(workspace, days):
    """What `status` says of the days, the last one today."""
    at = TUESDAY + timedelta(days=days)
    return [row["is"] for row in workspace.json("status", as_of=at).report["days"]]


def papers(workspace):
    """The days on which the stored papers were announced."""
    shown = workspace.run("export", "papers", "--format", "jsonl", as_of=TUESDAY)
    return sorted(re.findall(r'"announced":"([0-9-]+)', shown.out))
