"""Two weeks with everything that happens in two weeks: nothing announced may be lost."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from sandbox.process import running
from tests.workspace import Workspace

pytestmark = pytest.mark.long

FRIDAY = datetime(2024, 11, 8, 6, 47, tzinfo=UTC)
HOLIDAY = "2024-11-11"
# Day of the run: the word of the feeds and of the whole, the exit code, and what was filled.
STORY = {
    "Fri 08": ("OK", "OK", 0, None),
    "Sat 09": ("QUIET", "OK", 0, None),  # the daily papers show what was announced on Friday
    "Sun 10": ("QUIET", "QUIET", 0, None),
    "Mon 11": ("QUIET", "QUIET", 0, None),  # a day off
    "Tue 12": ("OK", "OK", 0, None),
    "Wed 13": ("STALE", "STALE", 75, None),  # yesterday's batch again
    "Thu 14": ("OK", "OK", 0, "filled Wed 13 Nov"),
    "Fri 15": ("BROKEN", "BROKEN", 75, None),  # 503 all day
    "Sat 16": ("QUIET", "OK", 0, "filled Fri 15 Nov"),
    "Sun 17": ("QUIET", "QUIET", 0, None),
    "Mon 18": ("OK", "OK", 0, None),
    # Tuesday: nobody ran
    "Wed 20": ("OK", "OK", 0, "filled Tue 19 Nov"),
    "Thu 21": ("OK", "OK", 0, None),
}
FAULTS = {"Wed 13": ("rss", "stale"), "Fri 15": ("arxiv", "503")}


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory):
    """Each day of the story is run, fifty times as fast as real pace, on a clock as fast."""
    workspace = Workspace(tmp_path_factory.mktemp("fortnight"), pace="0.02")
    calendar = workspace.root / "config" / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("days_off:\n", f"days_off:\n  - {HOLIDAY}\n"))
    ended = {}
    with running(now=FRIDAY, speed=50, profile={"holidays": [HOLIDAY]}) as outside:
        workspace.outside = outside.environment()
        for day in range(14):
            moment = FRIDAY + timedelta(days=day)
            name = f"{moment:%a %d}"
            if name not in STORY:
                continue
            outside.set_clock(moment)
            service, fault = FAULTS.get(name, ("*", None))
            outside.set_fault(service, fault)
            ended[name] = workspace.json("run", as_of=moment)
            outside.set_fault("*", None)
            outside.set_fault("arxiv", None)
            outside.set_fault("rss", None)
        seen = outside.seen()
    return workspace, ended, seen


@pytest.mark.parametrize("day", STORY)
def test_each_day_is_named_rightly(fortnight, day):
    """Word, exit code, and what was filled, for each kind of day."""
    _, ended, _ = fortnight
    feeds, whole, code, filled = STORY[day]

    assert feeds == ended[day].word("arxiv_rss")
    assert (whole, code) == (ended[day].report["word"], ended[day].code)
    reasons = [s["reason"] for s in ended[day].report["sources"] if s["source"] == "arxiv_api"]
    assert ([] if filled is None or feeds == "BROKEN" else [filled]) == reasons


def test_no_announced_paper_is_lost(fortnight):
    """Every paper that was first announced in these days in our categories is in the store."""
    workspace, _, _ = fortnight
    rows = map(
        json.loads, files("sandbox").joinpath("data", "catalogue.jsonl").read_text().splitlines()
    )
    categories = {"cs.CL", "cs.AR", "cs.DC", "cs.PF", "cs.LG", "stat.ML", "cs.AI"}
    announced = {
        row["id"]
        for row in rows
        if "2024-11-08" <= row["announced"] <= "2024-11-21" and categories & set(row["categories"])
    }

    lines = workspace.run(
        "export", "papers", "--format", "jsonl", "-o", str(workspace.root / "p")
    ).code
    stored = {json.loads(line)["arxiv_id"] for line in (workspace.root / "p").open()}

    assert 0 == lines
    assert len(announced) > 60
    assert set() == announced - stored


def test_arxiv_is_never_asked_twice_within_three_seconds(fortnight):
    """Feeds and API share one turn: one request at a time, three seconds apart (sandbox clock)."""
    _, _, seen = fortnight
    asked = [item for item in seen if item["service"] == "arxiv"]
    moments = [datetime.fromisoformat(item["at"]) for item in asked]

    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]

    assert len(asked) > 40
    assert min(gap for gap in gaps if gap > 0) >= 3.0
    assert {0} == {item["in_flight"] for item in asked}


def test_healthy_day_makes_one_request_a_feed(fortnight):
    """A day without gaps asks each feed once; the API is asked for replaced candidates at most."""
    _, _, seen = fortnight
    monday = [i for i in seen if i["service"] == "arxiv" and i["at"].startswith("2024-11-18")]

    assert ["rss", "rss", "rss"] == [item["part"] for item in monday if item["part"] == "rss"]
    asked = [item for item in monday if item["part"] == "api"]
    assert len(asked) <= 1
    assert all("id_list" in str(item["query"]) for item in asked)


def test_status_shows_every_day_as_it_was(fortnight):
    """The strip of days names what was read, filled, and quiet; nothing is missing."""
    workspace, _, _ = fortnight

    days = workspace.json("status", as_of=FRIDAY + timedelta(days=13)).report["days"]

    kinds = {item["day"][-2:]: item["is"] for item in days if item["day"] >= "2024-11-08"}
    assert {
        "13": "api",
        "15": "api",
        "19": "api",
        "11": "quiet",
        "16": "quiet",
    }.items() <= kinds.items()
    assert "missing" not in kinds.values()
