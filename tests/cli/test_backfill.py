"""The past, week by week: by either way the same papers, and after a stop it goes on."""

import json
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from pipelines.discover.days import calendar_warning
from sandbox.process import running
from tests.workspace import Workspace

FRIDAY = datetime(2024, 11, 22, 6, 47, tzinfo=UTC)
CATEGORIES = {"cs.CL", "cs.AR", "cs.DC", "cs.PF", "cs.LG", "stat.ML", "cs.AI"}
SINCE, UNTIL = "2024-11-05", "2024-11-20"


@pytest.fixture(scope="module")
def outside():
    with running(now=FRIDAY) as sandbox:
        yield sandbox


def announced():
    rows = map(
        json.loads, files("sandbox").joinpath("data", "catalogue.jsonl").read_text().splitlines()
    )
    return {
        row["id"]
        for row in rows
        if SINCE <= row["announced"] <= UNTIL and CATEGORIES & set(row["categories"])
    }


def stored(workspace):
    path = workspace.root / "papers.jsonl"
    workspace.run("export", "papers", "--format", "jsonl", "-o", str(path))
    return {json.loads(line)["arxiv_id"] for line in path.open()}


def backfill(workspace, *more):
    return workspace.json("backfill", "--since", SINCE, "--until", UNTIL, *more, as_of=FRIDAY)


@pytest.fixture(scope="module")
def stopped(outside, tmp_path_factory):
    """The API fails in the second week; the next start goes on from there."""
    workspace = Workspace(tmp_path_factory.mktemp("past"), outside.environment())
    calendar = workspace.root / "config" / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("2026-12-31\n", "2024-12-01\n"))
    outside.set_fault("api", "html-200")
    broken = backfill(workspace)
    outside.set_fault("api", None)
    outside.forget_seen()
    whole = backfill(workspace)
    seen = outside.seen()
    outside.forget_seen()
    again = backfill(workspace)
    return workspace, broken, whole, again, seen, outside.seen()


def test_every_paper_of_the_past_is_taken_in(stopped):
    """Each week in one question, the newest first, without asking twice for what is stored."""
    workspace, broken, whole, again, seen, later = stopped

    assert (1, 0, 0) == (broken.code, whole.code, again.code)
    assert set() == announced() - stored(workspace)
    ranges = [visit["query"]["search_query"].partition("Date:")[2][:9] for visit in seen]
    assert sorted(ranges, reverse=True) == ranges
    assert 3 == len(ranges)
    assert [] == later
    assert f"{SINCE} to {UNTIL} is stored already" in again.report["notes"]


@pytest.mark.long
def test_the_past_does_not_flood_the_digest(stopped):
    """How many are proposed is told; only those of the last weeks are candidates."""
    workspace, _, whole, _, _, _ = stopped

    told = " ".join(whole.report["notes"])

    assert whole.report["counts"]["backfill/proposed"] > 10
    assert "of the last 60 days are candidates" in told
    late = workspace.json(
        "backfill", "--since", SINCE, "--until", UNTIL, as_of=FRIDAY.replace(year=2025)
    )
    assert "; 0 of the last 60 days are candidates" in " ".join(late.report["notes"])
    assert any("arxiv.org/abs/2411." in line for line in late.report["notes"])


def test_status_shows_days_of_the_past_as_filled(stopped):
    """Also before the first run of all; and that the table of days off runs out."""
    workspace = stopped[0]

    told = workspace.json("status", as_of=FRIDAY).report

    kinds = {item["day"]: item["is"] for item in told["days"]}
    assert {"api"} == {kinds[day] for day in ("2024-11-05", "2024-11-15", "2024-11-20")}
    assert {"before"} == {kinds[day] for day in ("2024-11-04", "2024-11-16", "2024-11-21")}
    assert "known until 2024-12-01" in told["calendar"]


def test_the_end_of_the_table_of_days_off_says_where_to_write_what():
    """The file, the year that has no days yet, and both keys; nothing before the last month."""
    folder, end = Path("mine", "config"), date(2026, 12, 31)

    assert calendar_warning(folder, end, date(2026, 11, 30)) is None
    for today in (date(2026, 12, 5), date(2027, 3, 1)):
        line = calendar_warning(folder, end, today) or ""
        assert line.startswith("mine/config/calendar.yaml: ")
        assert "those of 2027 to days_off" in line
        assert line.endswith("set known_until to 2027-12-31")
    assert "those of 2026 " in (calendar_warning(folder, date(2026, 6, 30), end) or "")


@pytest.mark.long
def test_records_tell_the_same_past(outside, stopped, tmp_path):
    """OAI-PMH reads all that changed since, and keeps what was announced in that time."""
    workspace = Workspace(tmp_path, outside.environment())

    ended = backfill(workspace, "--by", "oai")
    outside.forget_seen()
    again = backfill(workspace, "--by", "oai")

    assert (0, 0) == (ended.code, again.code)
    assert set() == announced() - stored(workspace)
    assert stored(stopped[0]) == stored(workspace) | (stored(stopped[0]) - announced())
    # The week that is not over is read once more; no other.
    assert {"2024-11-18"} == {visit["query"]["from"] for visit in outside.seen()}


@pytest.mark.parametrize(
    "days",
    [("--since", "2024-11-22"), ("--since", "2024-11-10", "--until", "2024-11-01")],
    ids=["today", "backwards"],
)
def test_a_time_that_is_no_past_is_refused(tmp_path, days):
    ended = Workspace(tmp_path).run("backfill", *days, as_of=FRIDAY)

    assert 2 == ended.code
    assert "is not a past period" in ended.err


@pytest.mark.long
def test_a_week_without_records_stops_nothing(outside, tmp_path):
    """Where other weeks have some, it is proved; where none has, the week is asked for again."""
    workspace = Workspace(tmp_path, outside.environment())
    empty = ("--since", "2024-02-05", "--until", "2024-02-09", "--by", "oai")
    alone = FRIDAY.replace(month=2, day=16)

    ended = workspace.json("backfill", *empty, as_of=alone)
    assert 75 == ended.code
    assert "has no records at all for 10 days" in ended.report["sources"][0]["reason"]

    sources = workspace.root / "config" / "sources.yaml"
    sources.write_text(re.sub(r"- cs.LG\+stat.ML|- cs.AI", "", sources.read_text()))
    ended = workspace.json("backfill", "--since", "2024-10-21", "--by", "oai", as_of=FRIDAY)
    assert 0 == ended.code, ended.out
    assert "no records for" in ended.report["sources"][0]["reason"]
