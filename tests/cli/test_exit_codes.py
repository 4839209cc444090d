"""The exit codes of docs/running.md: each happens, and a failing service gets its two days."""

import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from catalog.report import Report, keep
from catalog.sightings import NO_NETWORK, SourceReport, SourceStatus
from catalog.store import Store
from catalog.store.intents import Intent
from catalog.store.lock import lock
from cli.main import cli
from sandbox.process import Sandbox
from tests.fakes import found
from tests.workspace import LIST, REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
DAY = timedelta(days=1)
TABLE = (REPOSITORY / "docs" / "running.md").read_text().partition("## Exit codes")[2]
CODES = [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", TABLE.partition("\n## ")[0])]


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def fails_with(error):
    def command(_folder):
        raise error

    return command


def done(workspace, _monkeypatch):
    return workspace.run("schedule", "show")


def needs_a_person(workspace, _monkeypatch):
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    kept(store, TUESDAY, later=False)
    return workspace.run("doctor", as_of=TUESDAY)


def wrong_command(workspace, _monkeypatch):
    return workspace.run("status", "--as-of", "yesterday")


def bug(workspace, monkeypatch):
    monkeypatch.setattr("cli.schedule.jobs_of", fails_with(RuntimeError("a bug")))
    return workspace.run("schedule", "show")


def later(workspace, _monkeypatch):
    with lock(workspace.root / ".listkeeper", "run"):
        return workspace.run("classify")


def interrupted(workspace, monkeypatch):
    monkeypatch.setattr("cli.schedule.jobs_of", fails_with(KeyboardInterrupt()))
    return workspace.run("schedule", "show")


EXAMPLES = {0: done, 1: needs_a_person, 2: wrong_command, 3: bug, 75: later, 130: interrupted}


@pytest.mark.parametrize("code", CODES)
def test_each_code_of_the_table_happens(workspace, monkeypatch, code):
    """One example each; a bug is the only one with a traceback."""
    ended = EXAMPLES[code](workspace, monkeypatch)

    assert code == ended.code, ended.out + ended.err
    assert (code == 3) == ("Traceback" in ended.err)


def test_the_help_names_the_codes_of_the_table_and_no_others():
    text = cli.get_help(cli.make_context("listkeeper", ["status"]))
    shown = " ".join(text.partition("Exit codes:")[2].partition("docs/running.md")[0].split())

    assert CODES == [int(number) for number in re.findall(r"\d+", shown)]
    assert EXAMPLES.keys() == {*CODES}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "listkeeper.db")


def kept(store, at, word="BROKEN", name="feeds/a", *, later=True):
    source = SourceReport(name, SourceStatus(word), "HTTP 500", later=later)
    report = Report("run", at, [source])
    keep(store, report)
    return report.exit_code


def test_a_failing_service_needs_a_person_on_its_third_day(store):
    """Runs of one day count as one; days without a run do not count; a success begins anew."""
    codes = [kept(store, TUESDAY + DAY * day) for day in (0, 0, 0, 1, 4, 5)]
    healed = [kept(store, TUESDAY + DAY * 6, "OK"), kept(store, TUESDAY + DAY * 7)]

    assert [75, 75, 75, 75, 1, 1] == codes
    assert [0, 75] == healed


def test_each_service_has_its_own_days_and_stale_counts_too(store):
    kept(store, TUESDAY)
    kept(store, TUESDAY + DAY, "STALE")

    assert 75 == kept(store, TUESDAY + 2 * DAY, name="feeds/b")
    assert 1 == kept(store, TUESDAY + 2 * DAY, "STALE")


def test_what_only_a_person_can_mend_does_not_wait(store):
    assert 1 == kept(store, TUESDAY, later=False)


@pytest.fixture
def nobody(workspace):
    """Every service at an address of this machine where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        workspace.outside = Sandbox(url).environment()
        yield workspace


@pytest.mark.long
def test_no_network_is_told_once(nobody):
    """By a run and its digest, and by the watch, which has looked at nothing."""
    with closing(Store(nobody.root / ".listkeeper" / "listkeeper.db")) as stored:
        stored.works.save([found()])
    run = nobody.run("run", as_of=TUESDAY)
    watch = nobody.run("watch", as_of=TUESDAY)

    assert (75, 75) == (run.code, watch.code)
    assert 1 == run.out.count(NO_NETWORK) == watch.out.count(NO_NETWORK)
    assert run.out.endswith("BROKEN  nothing is lost; the next run tries again\n")
    assert 1 == nobody.page("2024-W46").read_text().count(NO_NETWORK)
    assert not re.search("refused|resolution|robots", run.out + watch.out)
    assert re.search(r"^0 of \d+ pages looked at", watch.out, re.MULTILINE)


@pytest.mark.long
def test_a_first_run_without_a_network_writes_no_page(nobody):
    """A newcomer would commit a page that begins with BROKEN."""
    run = nobody.run("run", as_of=TUESDAY)

    assert 75 == run.code
    assert (
        "no digest is written: nothing has been read so far; run this again with a network\n"
        in run.out
    )
    assert run.out.endswith("BROKEN  nothing is lost; the next run tries again\n")
    assert [] == list(nobody.root.glob("digests/*"))
    assert "next: listkeeper run" in nobody.run("status", as_of=TUESDAY).out


def test_doctor_names_what_failed_last_as_tip_and_later_as_wrong(workspace):
    """Never a line that all is well beside a source that is BROKEN."""
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    seen = []
    for day in range(3):
        kept(store, TUESDAY + DAY * day)
        ended = workspace.json("doctor", as_of=TUESDAY + DAY * day)
        (row,) = [row for row in ended.report if row["what"] == "feeds/a"]
        seen.append((ended.code, row["level"], row["fine"]))

    assert [(0, "tip", True), (0, "tip", True), (1, "wrong", False)] == seen
    assert "BROKEN" in row["says"]


def test_doctor_knows_a_write_at_work_from_one_that_was_left(workspace):
    """An open write is unfinished only if nobody holds the lock under which it was opened."""
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    with lock(workspace.root / ".listkeeper", "apply"):
        store.intents.begin(
            Intent("apply", LIST, str(workspace.listed), b"old", b"new", (), TUESDAY)
        )
        at_work = workspace.json("doctor", as_of=TUESDAY)
    left = workspace.json("doctor", as_of=TUESDAY)

    told = [
        (row["level"], row["says"])
        for ended in (at_work, left)
        for row in ended.report
        if "apply" in row["says"]
    ]
    assert ["ok", "tip"] == [level for level, _ in told]
    assert "an apply is being written by `listkeeper apply` (process " in told[0][1]
    assert "an unfinished apply of 2024-11-12" in told[1][1]


@pytest.mark.parametrize("name", ["lists/efficient-llm.md", ".listkeeper", "config"])
def test_a_link_that_leads_to_itself_is_named(workspace, name):
    path = workspace.root / name
    if path.exists():
        path.rename(workspace.root / "elsewhere")
    path.symlink_to(path)

    ended = workspace.run("digest", as_of=TUESDAY)

    assert ended.code in (1, 2), ended
    assert str(path) in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "line",
    [
        ("status", "--as-of", "0001-01-01"),
        ("status", "--as-of", "0001-01-01T00:00+14:00"),
        ("doctor", "--as-of", "9999-12-31T23:59Z"),
        ("discover", "--since", "0001-01-01"),
        ("rules", "eval", "--since", "9999-12-31"),
        ("citations", "movers", "--since", "²d"),
        ("citations", "movers", "--since", "00000099999999d"),
    ],
)
def test_a_time_that_no_run_can_have_is_a_mistake_of_the_command_line(workspace, line):
    ended = workspace.run(*line)

    assert 2 == ended.code, ended
    assert "is no year of a run" in ended.err or "is not a number of days" in ended.err


def test_doctor_makes_no_store(workspace):
    assert 0 == workspace.run("doctor", as_of=TUESDAY).code
    assert not (workspace.root / ".listkeeper").exists()


def test_doctor_without_a_network_says_so_once(nobody):
    ended = nobody.run("doctor", "--online", as_of=TUESDAY)

    assert 1 == ended.code
    assert 1 == ended.out.count(NO_NETWORK)


# At the end of a command: how many objects the last looks for garbage go through.
COUNT = """
import atexit, gc, sys
from cli.main import main
atexit.register(lambda: print(len(gc.get_objects()), file=sys.stderr))
main(["status"])
"""


@pytest.mark.long
def test_a_command_ends_without_going_through_all_that_it_loaded(workspace):
    """That would take a fifth of the time of a short one."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", COUNT],
        cwd=workspace.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(ended.stderr) < 1_000


def test_the_last_word_does_not_hide_what_needs_a_person():
    """The sources are well, and the page could not be written."""
    report = Report("run", TUESDAY, needs_person=["digest: could not be written"])
    report.add_source(SourceReport("arxiv_rss", SourceStatus.OK, "3 found"))

    assert (1, SourceStatus.OK) == (report.exit_code, report.word)
    assert "  for the sources, but something else needs you" == report.outlook
