"""``citations refresh`` on the seed list: one request, an honest diff, and nothing lost."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.markdown.listfile import parse
from output.citation_refresh import FATES
from sandbox.process import running
from tests.postgres import moved
from tests.workspace import Workspace

SUNDAY = datetime(2024, 11, 17, 7, 23, tzinfo=UTC)
LATER = SUNDAY + timedelta(days=40)
SCHOLAR = "https://scholar.google.com/"


@pytest.fixture(scope="module")
def outside():
    with running(now=SUNDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path, on_database):
    outside.set_fault("scholar", None)
    outside.set_clock(SUNDAY)
    outside.forget_seen()
    return Workspace(tmp_path, outside.environment())


def refresh(workspace, day=SUNDAY):
    return workspace.json("citations", "refresh", "--write", as_of=day)


@pytest.fixture(scope="module")
def first_counts(outside, tmp_path_factory):
    """A workspace whose list has its first counts, and one whose counts all fell afterwards."""
    outside.set_fault("scholar", None)
    outside.set_clock(SUNDAY)
    counted = Workspace(tmp_path_factory.mktemp("citations") / "counted", outside.environment())
    assert 0 == refresh(counted).code
    fallen = counted.copy(counted.root.with_name("fallen"))
    outside.set_fault("scholar", "zero-count")
    assert 14 == refresh(fallen, LATER).report["counts"]["citations/held"]
    outside.set_fault("scholar", None)
    return counted, fallen


def copied(of, root, on_database):
    """A copy of the folder, with its store in the database if there is one."""
    copy = of.copy(root)
    if on_database:
        moved(copy.root / ".listkeeper" / "listkeeper.db", on_database)
    return copy


@pytest.fixture
def counted(first_counts, workspace, on_database, tmp_path):
    """The list has its first counts."""
    return copied(first_counts[0], tmp_path / "counted", on_database)


@pytest.fixture
def held(first_counts, outside, workspace, on_database, tmp_path):
    """Every count fell to nothing, forty days later; the service goes on saying so."""
    outside.set_fault("scholar", "zero-count")
    return copied(first_counts[1], tmp_path / "held", on_database)


def counts(workspace) -> dict[str, tuple]:
    entries = parse(workspace.listed.read_bytes()).entries
    return {e.arxiv_id: (e.citation.count, e.citation.url) for e in entries if e.kind == "paper"}


def test_counts_that_cannot_be_any_are_named(outside, workspace):
    """Text, a negative or a broken number in place of a count is said with its paper."""
    outside.set_fault("scholar", "nonsense-count")
    notes = refresh(workspace).report["notes"]

    said = [note for note in notes if "a count that cannot be one, not used (a count of " in note]
    assert 14 == len(said)


def test_whole_list_is_one_request(outside, workspace):
    """Fifteen papers, one batch request, with their ids without versions."""
    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 0 == ended.code, ended.err
    asked = [item for item in outside.seen() if item["service"] == "scholar"]
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


def test_second_refresh_asks_nobody_and_changes_no_byte(outside, counted):
    """Nothing is due on the same day: no request, the same bytes."""
    before = counted.snapshot()
    outside.forget_seen()

    ended = counted.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 0 == ended.code
    assert [] == outside.seen()
    assert before == counted.snapshot()
    assert "citations: none is due" in ended.report["notes"]


def test_without_write_the_diff_is_shown_and_nothing_is_changed(outside, workspace):
    """The plain refresh asks, shows, and leaves the file."""
    before = workspace.listed.read_bytes()

    ended = workspace.run("citations", "refresh", as_of=SUNDAY)

    assert 0 == ended.code
    assert "+++ b/lists/efficient-llm.md" in ended.out
    assert before == workspace.listed.read_bytes()


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "code"),
    [("429", 75), ("503-retry-after=1", 75), ("500", 75), ("401", 1), ("html-scholar", 1),
     ("truncate-json", 1), ("error-200", 1), ("drop", 75), ("redirect-private", 1),
     ("json-200", 1), ("short", 1)],
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


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refuses", "HTTP 500, 2 times: Internal Server Error"),
        ("garbles", "HTTP 200, but not understood: something that is no JSON: b'[{'"),
        ("one-short", "HTTP 200, but not understood: an empty list, where 1 were asked for"),
    ],
)
def test_a_paper_that_fells_the_service_costs_the_others_nothing(outside, workspace, fault, reason):
    """
    The list is halved until the paper is alone; the report names it, and the next run pays nothing.

    It is asked about again after a week, apart from the others, and then its count comes.
    """
    outside.set_fault("scholar", f"{fault}=2411.04965")

    first = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 0 == first.code
    assert (13, 1) == tuple(
        first.report["counts"][f"citations/{name}"] for name in ("known", "miss/refused")
    )
    told = f"Semantic Scholar refuses it alone ({reason})"
    (line,) = [note for note in first.report["notes"] if note.startswith("2411.04965: ")]
    assert f"2411.04965: {told}: asked again in 7 days, apart from the others" == line
    outside.forget_seen()

    for days in (1, 6):
        again = workspace.json("citations", "refresh", as_of=SUNDAY + timedelta(days=days))

        assert 0 == again.code
        asked = [item["body"] for item in outside.seen() if item["service"] == "scholar"]
        assert [] == [body for body in asked if "2411.04965" in body]

    outside.set_fault("scholar", None)
    outside.forget_seen()
    late = workspace.json("citations", "refresh", as_of=SUNDAY + timedelta(days=40))
    lists = [item["body"] for item in outside.seen() if item["service"] == "scholar"]
    assert [14, 1] == [body.count("ARXIV:") for body in lists]
    assert 14 == late.report["counts"]["citations/known"]


def test_suspicious_fall_waits_for_a_person(outside, counted):
    """A count that falls to half or less is held, the list keeps the old one, and exit is 1."""
    before = counted.listed.read_bytes()
    outside.set_fault("scholar", "zero-count")
    later = SUNDAY + timedelta(days=40)
    outside.set_clock(later)

    ended = counted.json("citations", "refresh", "--write", as_of=later)

    assert 1 == ended.code
    assert before == counted.listed.read_bytes()
    held = counted.json("citations", "show", "--held", as_of=later).report
    assert "2406.11235" in {row["arxiv_id"] for row in held}


def test_held_count_is_released_by_a_person(outside, counted):
    """After ``show ID --release`` the count is believed; the list follows with the next refresh."""
    outside.set_fault("scholar", "lower-count")
    later = SUNDAY + timedelta(days=40)
    counted.run("citations", "refresh", "--write", as_of=later)
    outside.set_fault("scholar", None)
    held = counted.json("citations", "show", "--held", as_of=later).report
    ours = {key for key, (_, url) in counts(counted).items() if url and SCHOLAR not in url}
    chosen = next(row for row in held if row["count"] >= 1 and row["arxiv_id"] in ours)

    ended = counted.run("citations", "show", chosen["arxiv_id"], "--release", as_of=later)

    assert 0 == ended.code
    left = counted.json("citations", "show", "--held", as_of=later).report
    assert chosen["arxiv_id"] not in {row["arxiv_id"] for row in left}
    counted.run("citations", "refresh", "--write", as_of=later)
    assert chosen["count"] == counts(counted)[chosen["arxiv_id"]][0]


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


# A person's word on held counts


def test_what_is_held_calls_a_person_until_one_decides(held):
    """Also a run that asks nobody ends with 1, and names what waits."""
    ended = held.json("citations", "refresh", "--write", as_of=LATER)

    assert 1 == ended.code
    assert 14 == len(ended.report["needs_person"])


def test_what_was_dropped_is_not_asked_again(held):
    """The service goes on saying zero; nobody hears of it twice, and the list stays."""
    before = held.listed.read_bytes()

    ended = held.run("citations", "show", "--held", "--drop", as_of=LATER)

    assert 0 == ended.code
    assert "2406.15786: 12 stays; 0 is dropped\n" in ended.out
    again = held.json("citations", "refresh", "--write", as_of=LATER + timedelta(days=40))
    assert 0 == again.code
    assert 14 == again.report["counts"]["citations/miss/dropped"]
    assert before == held.listed.read_bytes()


def test_all_held_counts_are_released_at_once(held):
    ended = held.run("citations", "show", "--held", "--release", as_of=LATER)

    assert 0 == ended.code
    assert 14 == ended.out.count("0 is believed")
    assert "no held counts" in held.run("citations", "show", "--held", as_of=LATER).out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["2411.99999", "--drop"], "no count of 2411.99999 is held"),
        (["--drop"], "name an ID; held: 2406.11235,"),
        (["2406.11235", "--drop", "--release"], "exclude each other"),
        (["nonsense"], "is not an arXiv id"),
        (["--section", "Nowhere"], "no papers in section 'Nowhere'; known: "),
        (["--plot", "picture.pdf"], "end it in .png or .svg"),
    ],
)
def test_what_cannot_be_meant(held, line, said):
    ended = held.run("citations", "show", *line, as_of=LATER)

    assert 2 == ended.code
    assert said in ended.err


# The second source, the key, the budget, the summary


def test_openalex_knows_what_semantic_scholar_does_not(tmp_path):
    """Its count stands in the list with its own page, and never in the other's trend."""
    with running(now=SUNDAY) as outside:
        workspace = Workspace(tmp_path, outside.environment())
        outside.set_openalex({"2410.20399": 4})

        ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

        assert 0 == ended.code
        count, url = counts(workspace)["2410.20399"]
        assert (4, "https://openalex.org/W") == (count, url[:22])
        outside.set_counts({"2410.20399": 2})
        workspace.run("citations", "refresh", "--write", as_of=LATER)
        count, url = counts(workspace)["2410.20399"]
        assert (2, "https://www.semanticscholar.org/") == (count, url[:32])
        moved = workspace.json("citations", "movers", as_of=LATER).report
        assert "2410.20399" not in {row["arxiv_id"] for row in moved}


def test_openalex_that_fails_calls_nobody(outside, workspace):
    """It is an extra: its failure is said, and asked again by the next run."""
    outside.set_fault("openalex", "500")

    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    outside.set_fault("openalex", None)
    assert 0 == ended.code
    assert any("OpenAlex knows 0 of 1" in note for note in ended.report["notes"])
    assert any("HTTP 500" in note for note in ended.report["notes"])


def test_a_revoked_key_is_said_and_the_counts_come_all_the_same(outside, workspace):
    workspace.outside["LISTKEEPER_SEMANTIC_SCHOLAR_KEY"] = "canary-9\n"
    outside.set_fault("scholar", "401", times=1)

    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY)

    assert 1 == ended.code
    assert 13 <= ended.report["counts"]["citations/first"]
    (told,) = ended.report["needs_person"]
    assert told.startswith("LISTKEEPER_SEMANTIC_SCHOLAR_KEY was refused (HTTP 401)")
    assert "canary" not in ended.out + ended.err


def test_a_key_that_is_none_is_refused_unseen(workspace):
    workspace.outside["LISTKEEPER_SEMANTIC_SCHOLAR_KEY"] = "canary 9"

    ended = workspace.run("citations", "refresh", as_of=SUNDAY)

    assert 2 == ended.code
    assert "holds signs that no key has" in ended.err
    assert "canary" not in ended.out + ended.err


def test_what_a_budget_leaves_is_first_next_time(outside, workspace, monkeypatch):
    """Two batches, one request allowed: exit 75; the next run asks for the rest only."""
    monkeypatch.setattr("pipelines.enrich.semantic_scholar.IDS_PER_REQUEST", 8)

    first = workspace.json("citations", "refresh", "--budget", "1", as_of=SUNDAY)
    second = workspace.json("citations", "refresh", "--budget", "1", as_of=SUNDAY)

    assert (75, 0) == (first.code, second.code)
    assert (8, 7) == tuple(ended.report["counts"]["citations/asked"] for ended in (first, second))


def test_the_summary_says_what_became_of_the_papers(outside, workspace):
    """Updated, first counts, unchanged, unknown, held, movers, and when the next look is due."""
    outside.set_counts({"2411.04965": 5})
    workspace.run("citations", "refresh", "--write", as_of=SUNDAY)
    outside.set_counts({"2411.04965": 9})

    ended = workspace.json("citations", "refresh", "--write", as_of=SUNDAY + timedelta(days=7))

    told = ended.report["counts"]
    names = ("updated", "first", "unchanged", "held", "movers")
    assert (1, 0, 13, 0, 1) == tuple(told[f"citations/{name}"] for name in names)
    outside.set_counts({"2411.04965": 5})
    notes = ended.report["notes"]
    assert any(note.startswith("2411.04965: 5 -> 9 (+4) ") for note in notes)
    assert any(note.startswith("next due: ") for note in notes)


@pytest.mark.parametrize("days", [0, 1, 7], ids=["at once", "a day later", "a week later"])
def test_every_paper_is_counted_once_in_the_summary(outside, counted, days):
    """Also those not asked about, or known to have no citation: the parts sum to the whole."""
    ended = counted.json("citations", "refresh", as_of=SUNDAY + timedelta(days=days))

    told = ended.report["counts"]
    assert 15 == sum(told[f"citations/{name}"] for name in FATES)
    assert any(note.startswith("15 papers: ") for note in ended.report["notes"])


def test_a_pair_of_another_site_that_stays_is_named(outside, workspace):
    """Google Scholar counts more: the pair stays, and both counts and the way out are told."""
    ended = workspace.json("citations", "refresh", as_of=SUNDAY)

    kept = [note for note in ended.report["notes"] if "of another site" in note]
    stays = "2406.11430: the list keeps 5 of another site; the new count is 3"
    assert [f"{stays} (--replace-google-scholar replaces it)"] == kept
    again = workspace.json("citations", "refresh", "--replace-google-scholar", as_of=SUNDAY)
    assert not [note for note in again.report["notes"] if "of another site" in note]


@pytest.mark.long
def test_pictures_of_movers_and_of_a_section(outside, counted):
    movers, section = counted.root / "movers.png", counted.root / "section.svg"

    none = counted.run("citations", "movers", "--plot", str(movers), as_of=SUNDAY)
    assert (2, False) == (none.code, movers.exists())
    outside.set_counts({"2411.04965": 11})
    week = SUNDAY + timedelta(days=7)
    counted.run("citations", "refresh", "--write", as_of=week)
    counted.run("citations", "movers", "--plot", str(movers), as_of=week)
    line = ["citations", "show", "--section", "Quantization", "--plot", str(section)]
    counted.run(*line, as_of=week)
    outside.set_counts({"2411.04965": 5})

    assert movers.read_bytes().startswith(b"\x89PNG")
    assert b"Quantization" in section.read_bytes()
