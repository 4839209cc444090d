"""A machine that was off: one run afterwards, and the store is as if it had run every day."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.process import running
from tests.workspace import Workspace

pytestmark = pytest.mark.long

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
ARXIV = ("--source", "arxiv_rss", "--source", "arxiv_api", "--source", "arxiv_oai")
# Titles, versions and days; not when we saw it, nor what only one of the interfaces tells.
TOLD = ("arxiv_id", "title", "version", "announced")


@pytest.fixture(scope="module")
def outside():
    with running(now=MONDAY) as sandbox:
        yield sandbox


def discover(outside, workspace, day):
    outside.set_clock(MONDAY + timedelta(days=day))
    return workspace.json("discover", *ARXIV, as_of=MONDAY + timedelta(days=day))


def table(workspace, name, columns):
    path = workspace.root / f"{name}.jsonl"
    as_of = MONDAY + timedelta(days=8)
    workspace.run("export", name, "--format", "jsonl", "-o", str(path), as_of=as_of)
    rows = map(json.loads, path.open())
    return {row["arxiv_id"]: tuple(str(row.get(column)) for column in columns) for row in rows}


@pytest.fixture(scope="module")
def both(outside, tmp_path_factory):
    """One that ran each day, and one that was off from Tuesday to Monday."""
    daily, off = (Workspace(tmp_path_factory.mktemp("off"), outside.environment()) for _ in "ab")
    for day in (0, 1, 2, 3, 4, 7, 8):
        assert 0 == discover(outside, daily, day).code
    discover(outside, off, 0)
    back = discover(outside, off, 8)
    for workspace in (daily, off):
        workspace.run("classify", as_of=MONDAY + timedelta(days=8))
        # What was withdrawn stands in comments, which feeds have not: asked for as in every run.
        workspace.run("enrich", as_of=MONDAY + timedelta(days=8))
    return daily, off, back


def test_a_week_off_leaves_nothing_behind(both):
    """New papers, later versions and cross-listings: each as it would have been."""
    daily, off, back = both

    there, here = (table(workspace, "papers", TOLD) for workspace in (daily, off))

    assert 0 == back.code
    assert len(there) > 60
    assert there == here
    assert any(int(row[2]) > 1 for row in here.values())


def test_the_same_candidates_stand_before_people(both):
    daily, off, _ = both

    there, here = (
        {*table(workspace, "candidates", ("section",)).items()} for workspace in (daily, off)
    )

    assert len(there) > 5
    assert there == here


def test_the_gap_was_named_and_is_closed(both):
    """Asked of OAI-PMH, once a category, without being told."""
    _, off, back = both

    said = {s["source"]: s["reason"] for s in back.report["sources"]}
    days = {
        item["day"][-2:]: item["is"]
        for item in off.json("status", as_of=MONDAY + timedelta(days=8)).report["days"]
        if item["day"] > "2024-11-11"
    }

    assert "filled Tue 12 Nov, Wed 13 Nov, Thu 14 Nov, Fri 15 Nov, Mon 18 Nov" == said["arxiv_oai"]
    assert 7 == back.report["counts"]["requests/arxiv_oai"]
    assert ["oai"] * 4 == [days[day] for day in ("12", "13", "14", "15")]
    assert "missing" not in days.values()


def test_where_one_way_fails_the_other_is_taken(outside, both, tmp_path):
    """In the same run; the reason stands beside the word, and the next run goes the other way."""
    workspace = both[1].copy(tmp_path / "next")
    outside.set_fault("api", "html-200")

    filled = discover(outside, workspace, 10)
    outside.set_fault("api", None)

    said = {s["source"]: s["reason"] for s in filled.report["sources"]}
    assert 0 == filled.code
    assert said["arxiv_oai"].startswith("filled Wed 20 Nov; arxiv_api could not: HTTP 200")
    assert "arxiv_api" not in said
