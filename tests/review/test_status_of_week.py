"""What `status` says of a week that is half on the page and half in the file."""

from contextlib import closing
from datetime import timedelta

import pytest

from catalog.rows.runs import SourceState
from catalog.sightings import SourceStatus
from cli.options import make_workspace
from pipelines.workspace import user_name
from tests.review.test_one_book import LATER, ada, decide, number_of, workspace
from tests.review.test_session import candidates

__all__ = ["ada", "candidates", "workspace"]


def test_status_counts_a_tick_at_a_near_miss_also_once_the_week_is_done(workspace):
    """What stands in the file is applied next, whatever it is a tick of."""
    path = workspace.page()
    path.write_text(path.read_text().replace("- [ ] not for us", "- [x] not for us"))
    assert 0 == workspace.run("apply", as_of=LATER).code
    before = status(workspace)
    workspace.tick(workspace.digest()["near_misses"][0]["number"], "later")

    assert before.endswith(f"4 out, by {user_name()}, next: the digest of Monday, 18 November")
    assert status(workspace).endswith(f"4 out, by {user_name()}, 1 ticked, next: listkeeper apply")
    assert 0 == workspace.run("apply", as_of=LATER).code
    assert "ticked" not in status(workspace)


def status(workspace, at=LATER):
    return workspace.run("status", as_of=at).out.splitlines()[0]


def test_status_counts_ticks_in_the_file_and_says_apply(workspace):
    """Ticks are no decisions yet; a file with questions counts what is clear."""
    before = workspace.run("status", as_of=LATER).out
    workspace.tick(number_of(workspace, "Three Bits"))
    workspace.tick(number_of(workspace, "Drafts"), "later")

    after = workspace.run("status", as_of=LATER).out

    assert "4 in digests/2024-W46.md, next: listkeeper review" in before
    assert "4 in digests/2024-W46.md, 2 ticked, next: listkeeper apply" in after
    assert 0 == workspace.run("apply", as_of=LATER).code
    assert "ticked" not in workspace.run("status", as_of=LATER).out


def test_status_says_what_to_do_first(workspace, ada):
    """The page, what is open, what waits to be written, and the next command."""

    def first_line():
        return workspace.run("status", as_of=LATER).out.splitlines()[0]

    assert "4 in digests/2024-W46.md, next: listkeeper review" == first_line()
    decide(ada, "Four Bits")
    accepted = "1 accepted and not written"
    assert f"3 in digests/2024-W46.md, {accepted}, next: listkeeper review" == first_line()
    assert 0 == workspace.run("apply", as_of=LATER).code
    assert first_line().startswith(
        "digests/2024-W46.md: applied 15 Nov: 1 in, 3 without a tick, by "
    )
    assert first_line().endswith(", next: the digest of Monday, 18 November")


def test_status_names_the_ticks_that_wait_on_the_page_of_the_week_before(workspace):
    """Ticked on Sunday, and on Monday there is another page, or none yet."""
    workspace.tick(1)
    monday = LATER + timedelta(days=3)

    alone = status(workspace, monday)
    assert 0 == workspace.run("digest", as_of=monday).code
    beside = status(workspace, monday)

    for told in (alone, beside):
        assert told.endswith(
            "1 ticked in digests/2024-W46.md, next: listkeeper apply digests/2024-W46.md"
        )
    assert 0 == workspace.run("apply", str(workspace.page()), as_of=monday).code
    assert "2024-W46" not in status(workspace, monday)


@pytest.mark.parametrize(
    ("reason", "told"),
    [("no network", "the last one had no network"), ("HTTP 500", "the last one failed")],
)
def test_status_asks_for_another_run_where_no_source_could_be_read(workspace, reason, told):
    path = workspace.page()
    path.write_text(path.read_text().replace("- [ ] not for us", "- [x] not for us"))
    assert 0 == workspace.run("apply", as_of=LATER).code
    with closing(make_workspace(config=str(workspace.root / "config")).store) as store:
        broken = SourceState("arxiv_rss", None, (), None, SourceStatus.BROKEN, reason, 1, LATER)
        store.runs.set_source(broken)

    assert status(workspace).endswith(f"next: listkeeper run ({told})")


def test_status_misses_a_list_that_is_not_there(workspace):
    workspace.listed.unlink()

    assert status(workspace).endswith("next: listkeeper doctor (lists/efficient-llm.md is missing)")
