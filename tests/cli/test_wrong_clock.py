"""A clock that was a year ahead for one run: the runs after it end as if it had not been."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from catalog.rows.runs import StoredDay
from catalog.store import Store
from sandbox.process import Sandbox, running
from tests.kill_stories import RULES
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
TUESDAY, YEAR = MONDAY + timedelta(days=1), timedelta(days=366)
CANDIDATE = re.compile(r"^<!-- candidate \d+ (\S+) -->", re.MULTILINE)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """One whose clock was right on both days, and one whose clock ran ahead in between."""
    with running(now=MONDAY) as outside:
        right, wrong = (
            Workspace(tmp_path_factory.mktemp(name), outside.environment()) for name in "rw"
        )
        for workspace in (right, wrong):
            (workspace.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
            # A file can be read by any clock, and tells nothing of it.
            (workspace.root / "inbox.md").write_text("- https://arxiv.org/abs/2411.04330\n")
            workspace.run("run", as_of=MONDAY)
        outside.set_clock(TUESDAY)
        ahead = wrong.json("run", as_of=TUESDAY + YEAR)
        wrong.run("citations", "refresh", as_of=TUESDAY + YEAR)
        ends = [workspace.json("run", as_of=TUESDAY) for workspace in (right, wrong)]
        yield right, wrong, ahead, ends


@pytest.mark.long
def test_the_run_says_so_and_does_nothing_by_that_clock(both):
    _, wrong, ahead, _ = both

    assert 1 == ahead.code
    assert any("set this machine's clock right" in line for line in ahead.report["needs_person"])
    assert ["2024-W46.md"] == [page.name for page in (wrong.root / "digests").glob("*.md")]
    assert {"arxiv_rss", "hf_daily", "hf_blog", "feeds", "inbox"} == {
        source["source"].partition("/")[0] for source in ahead.report["sources"]
    }


@pytest.mark.long
def test_the_next_run_is_as_it_would_have_been(both):
    right, wrong, _, ends = both

    assert [0, 0] == [end.code for end in ends]
    there, here = (CANDIDATE.findall(workspace.page().read_text()) for workspace in (right, wrong))
    assert there == here != []
    assert "wrong  " not in wrong.run("doctor", as_of=TUESDAY).out


@pytest.mark.long
@pytest.mark.parametrize(
    ("later", "code", "pages"),
    [
        pytest.param(timedelta(days=7), 75, ["2024-W47.md"], id="a week without a network"),
        pytest.param(YEAR, 1, [], id="a year ahead"),
        pytest.param(-YEAR, 1, [], id="a year behind"),
    ],
)
def test_without_a_network_nobody_confirms_the_week(tmp_path, later, code, pages):
    """When arXiv last answered is all that can tell."""
    workspace = Workspace(tmp_path, Sandbox("http://127.0.0.1:9").environment())
    (workspace.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        store.runs.set_day(StoredDay("arxiv/cs.CL", MONDAY.date(), "feed", 9, MONDAY))

    ended = workspace.json("run", as_of=MONDAY + later)

    assert code == ended.code, ended.out
    assert pages == [page.name for page in (workspace.root / "digests").glob("*.md")]
    said = "arXiv last answered on 11 November 2024"
    assert (code == 1) == any(said in line for line in ended.report["needs_person"])


def test_apply_reads_no_page_of_the_future(tmp_path):
    """For a year it read the page that a wrong clock had made, and never the week's ticks."""
    workspace = Workspace(tmp_path)
    for at in (MONDAY + YEAR, MONDAY):
        assert 0 == workspace.run("digest", as_of=at).code
    workspace.page().unlink()

    ended = workspace.run("apply", as_of=TUESDAY)

    assert "digests/2024-W46.md: cannot be read (No such file or directory)" in ended.err
