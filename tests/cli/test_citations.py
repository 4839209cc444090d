"""``citations refresh`` on the seed list: one request, an honest diff, and nothing lost."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.listfile import parse
from sandbox.process import running
from tests.workspace import Workspace

SUNDAY = datetime(2024, 11, 17, 7, 23, tzinfo=UTC)
SCHOLAR = "https://scholar.google.com/"


@pytest.fixture(scope="module")
def outside():
    with running(now=SUNDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    outside.set_fault("scholar", None)
    outside.set_clock(SUNDAY)
    outside.forget_seen()
    return Workspace(tmp_path, outside.environment())


def counts(workspace) -> dict[str, tuple]:
    entries = parse(workspace.listed.read_bytes()).entries
    return {e.arxiv_id: (e.citation.count, e.citation.url) for e in entries if e.kind == "paper"}


def test_whole_list_is_one_request(outside, workspace):
    """Fifteen papers, one batch request, with their ids without versions."""
    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 0 == ended.code, ended.err
    asked = outside.seen()
    assert ["/graph/v1/paper/batch"] == [item["path"].partition("?")[0] for item in asked]
    assert 15 == asked[0]["body"].count("ARXIV:")


def test_only_citation_pairs_change(outside, workspace):
    """The list's diff is pairs: take them out, and old and new are the same bytes."""
    before = workspace.listed.read_bytes()

    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)

    after = workspace.listed.read_bytes()
    assert before != after
    assert bare(before) == bare(after)


def bare(data: bytes) -> bytes:
    import re

    return re.sub(rb"cication: \[\*\*-?\d+\*\*\]\([^)]*\)", b"cication: _", data)


def test_unknown_stays_unknown_and_zero_is_not_shown(outside, workspace):
    """A paper nobody knows keeps -1 and None; so does one with a known count of zero."""
    outside.set_counts({"2411.04965": 0})

    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)

    now = counts(workspace)
    assert (None, None) == now["2410.20399"]  # Semantic Scholar does not know it
    assert (None, None) == now["2411.04965"]  # known, and cited by nobody
    outside.set_counts({"2411.04965": 5})


def test_google_scholar_pairs_are_replaced_as_pairs_and_only_upwards(outside, workspace):
    """Of the three pairs, the two with a count that is not lower are replaced, link and all."""
    before = counts(workspace)

    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)

    now = counts(workspace)
    for arxiv_id in ("2406.11235", "2406.15786"):
        assert before[arxiv_id][1].startswith(SCHOLAR)
        assert now[arxiv_id][0] >= before[arxiv_id][0]
        assert now[arxiv_id][1].startswith("https://www.semanticscholar.org/paper/")
    assert before["2406.11430"] == now["2406.11430"]


def test_lower_count_replaces_google_scholar_when_told(outside, workspace):
    """``--replace-google-scholar``: the lower count too, again as a pair."""
    workspace.run("citations", "refresh", "--write", "--replace-google-scholar", as_of=SUNDAY)

    assert 3 == counts(workspace)["2406.11430"][0]


def test_second_refresh_asks_nobody_and_changes_no_byte(outside, workspace):
    """Nothing is due on the same day: no request, the same bytes."""
    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)
    before = workspace.snapshot()
    outside.forget_seen()

    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 0 == ended.code
    assert [] == outside.seen()
    assert before == workspace.snapshot()
    assert "citations: none is due" in ended.report["notes"]


def test_without_write_the_diff_is_shown_and_nothing_is_changed(outside, workspace):
    """The plain refresh asks, shows, and leaves the file."""
    before = workspace.listed.read_bytes()

    ended = workspace.run("citations", "refresh", as_of=SUNDAY)

    assert 0 == ended.code
    assert "+++ b/efficient-llm.md" in ended.out
    assert before == workspace.listed.read_bytes()


@pytest.mark.parametrize(
    ("fault", "code"),
    [("429", 75), ("503-retry-after=1", 75), ("500", 1), ("401", 1), ("html-scholar", 1),
     ("truncate-json", 1), ("error-200", 1), ("drop", 1), ("redirect-private", 1)],
)  # fmt: skip
def test_service_that_fails_changes_nothing(outside, workspace, fault, code):
    """Whatever the failure: the list is as it was, and the next refresh asks again."""
    before = workspace.listed.read_bytes()
    outside.set_fault("scholar", fault)

    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert code == ended.code
    assert "BROKEN" == ended.word("semantic_scholar")
    assert before == workspace.listed.read_bytes()
    outside.set_fault("scholar", None)
    assert 0 == workspace.run("citations", "refresh", "--write", as_of=SUNDAY).code
    assert before != workspace.listed.read_bytes()


def test_suspicious_fall_waits_for_a_person(outside, workspace):
    """A count that falls to half or less is held, the list keeps the old one, and exit is 1."""
    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)
    before = workspace.listed.read_bytes()
    outside.set_fault("scholar", "zero-count")
    later = SUNDAY + timedelta(days=40)
    outside.set_clock(later)

    ended = workspace.json("citations", "refresh", "--write", as_of=later)

    assert 1 == ended.code
    assert before == workspace.listed.read_bytes()
    held = workspace.json("citations", "show", "--held", as_of=later).report
    assert "2406.11235" in {row["arxiv_id"] for row in held}


def test_held_count_is_released_by_a_person(outside, workspace):
    """After ``show ID --release`` the count is believed; the list follows with the next refresh."""
    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)
    outside.set_fault("scholar", "lower-count")
    later = SUNDAY + timedelta(days=40)
    workspace.run("citations", "refresh", "--write", as_of=later)
    outside.set_fault("scholar", None)
    held = workspace.json("citations", "show", "--held", as_of=later).report
    ours = {key for key, (_, url) in counts(workspace).items() if url and SCHOLAR not in url}
    chosen = next(row for row in held if row["count"] >= 1 and row["arxiv_id"] in ours)

    ended = workspace.run("citations", "show", chosen["arxiv_id"], "--release", as_of=later)

    assert 0 == ended.code
    left = workspace.json("citations", "show", "--held", as_of=later).report
    assert chosen["arxiv_id"] not in {row["arxiv_id"] for row in left}
    workspace.run("citations", "refresh", "--write", as_of=later)
    assert chosen["count"] == counts(workspace)[chosen["arxiv_id"]][0]


def test_key_stands_in_no_output(outside, workspace):
    """A key that is refused is named as refused; its text stands nowhere."""
    canary = "canary-7f3a"
    workspace.outside["LISTKEEPER_SEMANTIC_SCHOLAR_KEY"] = canary
    outside.set_fault("scholar", "403")

    ended = workspace.json("citations", "refresh", "--write", "-v", as_of=SUNDAY)

    assert canary in {item["headers"].get("x-api-key") for item in outside.seen()}
    assert canary not in ended.out + ended.err
    for path in workspace.root.rglob("*"):
        assert not path.is_file() or canary.encode() not in path.read_bytes(), path
