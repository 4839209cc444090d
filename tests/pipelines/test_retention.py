"""What a run gives up after some weeks, what it says of it, and how the texts come back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.paper import Paper
from catalog.report import Report
from catalog.rows.runs import StoredDay
from cli.options import make_workspace
from pipelines.discover.backfill import read_since, without_texts
from pipelines.retention import trim
from sandbox.process import running
from tests.fakes import found, paper
from tests.workspace import Workspace

MONDAY = date(2024, 11, 11)
SEEN = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)


def past(at):
    return {"cs.CL": {MONDAY: StoredDay("past/cs.CL", MONDAY, "api", 1, at)}}


def test_a_day_whose_texts_were_given_up_is_asked_for_again_but_once():
    """What doesn't come back isn't there: it was seen before the day was asked for again."""
    trimmed = {MONDAY: SEEN}

    assert {MONDAY} == without_texts(trimmed, {"cs.CL": {}})
    assert {MONDAY} == without_texts(trimmed, past(SEEN.replace(microsecond=5)))
    assert set() == without_texts(trimmed, past(SEEN + timedelta(days=1)))
    assert {MONDAY} == without_texts(trimmed, past(SEEN + timedelta(days=1)) | {"cs.LG": {}})


def test_weeks_read_before_the_texts_went_are_read_again():
    read = past(SEEN)

    assert read == read_since(read, None)
    assert read == read_since(read, SEEN - timedelta(days=1))
    assert {"cs.CL": {}} == read_since(read, SEEN)


SINCE, FRIDAY = "2024-11-08", datetime(2024, 11, 22, 6, 47, tzinfo=UTC)
LATER = FRIDAY + timedelta(days=61)


def backfill(workspace, at):
    return workspace.json("backfill", "--since", SINCE, "--until", SINCE, as_of=at)


def test_a_clock_that_is_ahead_makes_nothing_old(tmp_path):
    """Texts go by what was seen since; a run in which nothing was, a year ahead, gives up none."""
    workspace = Workspace(tmp_path)
    config = str(workspace.root / "config")
    world = make_workspace(config=config, as_of=(SEEN + timedelta(days=366)).isoformat())
    report = Report("run", world.now)
    with world.lock("run"):
        world.store.works.save([found(paper("2411.05001", "Old fish"), seen_at=SEEN)])
        trim(world, report, world.snapshots())
        assert 0 == world.store.trimmed.count()

        world.store.works.save([found(paper("2511.05002", "New fish"), seen_at=world.now)])
        trim(world, report, world.snapshots())
        assert 1 == world.store.trimmed.count()


@pytest.mark.long
def test_old_papers_keep_titles_until_their_texts_are_asked_for_again(tmp_path):
    """Two months later a run gives up texts; changed words find titles; backfill undoes it."""
    with running(now=FRIDAY) as outside:
        workspace = Workspace(tmp_path, outside.environment())
        judged = backfill(workspace, FRIDAY).report["counts"]["classify/judged"]
        world = make_workspace(config=str(workspace.root / "config"), as_of=LATER.isoformat())
        store, report = world.store, Report("run", LATER)
        store.works.save([found(seen_at=LATER)])
        with world.lock("run"):
            trim(world, report, world.snapshots())

        trimmed = report.counts["trim/works"]
        proposed = {work.key for work, _ in store.verdicts.proposed("Efficient LLM")}
        assert 0 < trimmed == judged - len(proposed)
        assert proposed == {work.key for work in store.works.untrimmed()}
        status = workspace.run("status", as_of=LATER).out
        assert f"{trimmed:,} papers that no list wanted in 60 days are kept by title" in status
        assert trimmed == workspace.json("status", as_of=LATER).report["trimmed"]
        assert f"MB, {trimmed} papers by title alone" in workspace.run("doctor", as_of=LATER).out

        word = next(
            word
            for work in store.works.all()
            if isinstance(work, Paper) and work.abstract is None
            for word in work.title.split()
            if word.isalpha() and len(word) > 6
        )
        rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
        head = "says:\n      [\n"
        rules.write_text(rules.read_text().replace(head, f"{head}        {word},\n", 1))
        again = workspace.json("classify", as_of=LATER).report["counts"]
        assert trimmed == again["classify/titles"]
        assert any(word in work.title for work in store.works.untrimmed())
        assert "classify/titles" not in workspace.json("classify", as_of=LATER).report["counts"]

        outside.set_clock(LATER)
        back = backfill(workspace, LATER)
        assert 0 == back.code, back.out
        assert 0 == store.trimmed.count()
        assert all(work.abstract for work in store.works.untrimmed())
        assert f"{SINCE} to {SINCE} is stored already" in backfill(workspace, LATER).report["notes"]
