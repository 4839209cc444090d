"""The weekly job as a maintainer meets it: a week arrives, is ticked, applied, and taken back."""

import re
from datetime import UTC, datetime, timedelta

import pytest

import output.daily
from catalog.markdown.edits import insert, remove
from catalog.markdown.listfile import parse
from output.digest.blocks import LINE_END
from sandbox.process import running
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
PAGE = "digests/2024-W46.md"


@pytest.fixture(scope="module")
def outside():
    with running(now=MONDAY) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def arrived(outside, tmp_path_factory):
    """A workspace into which the week came, day by day; the tests work on copies."""
    workspace = Workspace(tmp_path_factory.mktemp("week"), outside.environment())
    for day in range(5):
        outside.set_clock(MONDAY + timedelta(days=day))
        assert 0 == workspace.run("run", as_of=MONDAY + timedelta(days=day)).code
    return workspace


@pytest.fixture
def week(outside, arrived, tmp_path):
    outside.set_clock(FRIDAY)
    return arrived.copy(tmp_path / "week")


def added_lines(before: bytes, after: bytes) -> list[str]:
    """The lines of ``after`` that are not in ``before``, which must all still be there in order."""
    old, new = before.decode().split("\n"), iter(after.decode().split("\n"))
    added = []
    for line in old:
        for candidate in new:
            if candidate == line:
                break
            added.append(candidate)
        else:
            pytest.fail(f"gone: {line!r}")
    return [*added, *new]


@pytest.mark.long
def test_digest_has_what_a_person_needs(week):
    """Each candidate has its section, the reasons, the entry; the head has every source's word."""
    text = week.page().read_text()
    candidates = week.candidates()

    assert 8 <= len(candidates) <= 25
    assert "**OK**, written on Friday, 15 November 2024." in text
    assert re.search(r"^Sources: \d+ OK", text, re.MULTILINE)
    for item in candidates:
        assert item["entry"].replace("\n", LINE_END) in text
        assert item["why"], item
        assert item["section"]


def test_the_twin_of_the_digest_and_the_feeds_change_only_with_news(week):
    """A page for mail beside the Markdown, and feeds; asked for again, no byte is touched."""
    twin, feeds = week.page().with_suffix(".html"), week.root / "feeds"
    assert 0 == week.run("digest", "--html", as_of=FRIDAY).code
    assert 0 == week.run("export", "feeds", str(feeds), as_of=FRIDAY).code
    before = week.snapshot()
    assert all(item["key"].partition(":")[2] in twin.read_text() for item in week.candidates())
    assert 4 == len(list(feeds.iterdir()))

    assert 0 == week.run("digest", "--html", as_of=FRIDAY + timedelta(hours=1)).code
    assert "no news" in week.run("export", "feeds", str(feeds), as_of=FRIDAY).out

    assert before == week.snapshot()


def test_a_ticked_page_gets_its_twin_when_one_is_asked_for(week):
    """Nothing is new and the page is somebody's: its twin is written all the same, once."""
    candidates = week.candidates()
    week.tick(candidates[0]["number"])
    twin = week.page().with_suffix(".html")
    assert not twin.exists()

    assert 0 == week.run("digest", "--html", as_of=FRIDAY).code

    assert all(item["key"].partition(":")[2] in twin.read_text() for item in candidates)


def test_accepted_entries_are_the_only_change_of_the_list(week):
    """Two accepted candidates: the list gains exactly their entries, at the top of sections."""
    before = week.listed.read_bytes()
    first, second, third = week.candidates()[:3]
    week.tick(first["number"])
    week.tick(second["number"], "accept with 🌟")
    week.tick(third["number"], "reject, because:", reason=" off topic")

    ended = week.json("apply", str(week.page()), as_of=FRIDAY)

    assert 0 == ended.code, ended.err
    added = "\n".join(added_lines(before, week.listed.read_bytes()))
    assert first["entry"] in added
    assert second["entry"].replace("- **", "- 🌟 **", 1) in added
    keys = {f"arxiv:{entry.arxiv_id}" for entry in parse(added.encode()).entries}
    assert {first["key"], second["key"]} == keys


@pytest.mark.long
def test_what_was_decided_is_never_asked_again(week):
    """After apply, neither the accepted nor the rejected is proposed; nothing is written."""
    week.tick(1)
    week.tick(2, "reject, because:", reason=" off topic")
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    before = week.snapshot()

    ended = week.json("run", as_of=FRIDAY)

    assert 0 == ended.code
    assert before == week.snapshot()
    decided = {item["key"] for item in week.candidates()[:2]}
    monday = FRIDAY + timedelta(days=3)
    week.run("digest", as_of=monday)
    asked = {item["key"] for item in week.candidates("2024-W47")}
    assert asked
    assert set() == decided & asked


def test_run_without_news_changes_no_byte(week):
    """The same day again: every file as it was."""
    before = week.snapshot()

    ended = week.json("run", as_of=FRIDAY)

    assert (0, "OK") == (ended.code, ended.report["word"])
    assert before == week.snapshot()


def test_edited_list_alone_is_no_news_for_the_digest(week):
    """Somebody corrects the list by hand: the page they may be reading is not rewritten."""
    edited = insert(week.listed.read_bytes(), "Misc", "- [A post](https://example.org/post) ")
    week.listed.write_bytes(edited)
    before = week.snapshot()

    assert 0 == week.run("run", as_of=FRIDAY).code

    assert before == week.snapshot()
    week.tick(1)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    assert b"https://example.org/post" in week.listed.read_bytes()


def test_our_own_writes_are_no_change_that_somebody_else_made(week):
    """Of what lies between digest and list only an edit of somebody's is worth a line."""
    changed = "the list changed since the digest was written"
    assert 0 == week.run("citations", "refresh", "--write", as_of=FRIDAY).code
    week.tick(1)
    after_ours = week.run("apply", str(week.page()), as_of=FRIDAY).out + week.run("undo").out
    after_undo = week.run("apply", "--dry-run", str(week.page()), as_of=FRIDAY).out
    week.listed.write_bytes(week.listed.read_bytes() + b"\nBy hand.\n")

    by_hand = week.run("apply", str(week.page()), as_of=FRIDAY).out

    assert changed not in after_ours + after_undo
    assert changed in by_hand


def test_a_page_says_how_it_ended_while_a_question_is_open(week):
    """Its record counts what was decided; the tick that is asked about stays as it is."""
    week.tick(1)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    week.tick(2)
    week.tick(3)
    week.tick(3, "no:")
    asked = [line for line in week.page().read_text().splitlines() if line.count("[x]") == 2]

    ended = week.run("apply", str(week.page()), as_of=FRIDAY)

    assert (1, 1) == (ended.code, len(asked))
    after = week.page().read_text().splitlines()
    assert asked[0] in after
    (done,) = [line for line in after if line.startswith("**Done:**")]
    assert ": 2 in, " in done


def test_apply_twice_is_apply_once(week):
    """The second apply of the same ticks adds nothing and says so."""
    week.tick(1)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    once = week.snapshot()

    ended = week.json("apply", str(week.page()), as_of=FRIDAY)

    assert 0 == ended.code
    assert once == week.snapshot()
    assert "" == ended.report["diff"]


def test_dry_run_shows_the_diff_and_writes_nothing(week):
    """``--dry-run``: the unified diff of what apply would do."""
    week.tick(1)
    before = week.snapshot()

    ended = week.run("apply", "--dry-run", str(week.page()), as_of=FRIDAY)

    assert 0 == ended.code
    assert f"+{week.candidates()[0]['entry'].split(chr(10))[0]}" in ended.out
    assert before == week.snapshot()


def test_undo_takes_the_batch_back(week):
    """The list is as before apply, to the byte, and the candidates are open again."""
    before = week.listed.read_bytes()
    week.tick(1)
    week.tick(2)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    assert before != week.listed.read_bytes()

    ended = week.run("undo", as_of=FRIDAY)

    assert 0 == ended.code
    assert before == week.listed.read_bytes()
    week.run("digest", as_of=FRIDAY + timedelta(days=3))
    assert week.candidates()[0]["key"] in {c["key"] for c in week.candidates("2024-W47")}


def test_undo_leaves_what_others_added_meanwhile(week):
    """Entries that somebody put in after apply stay where they are."""
    week.tick(1)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    theirs = "- [A post](https://example.org/post) "
    week.listed.write_bytes(insert(week.listed.read_bytes(), "Misc", theirs))

    ended = week.run("undo", as_of=FRIDAY)

    assert 0 == ended.code
    assert theirs.encode() in week.listed.read_bytes()
    first = week.candidates()[0]["key"].partition(":")[2]
    assert first not in week.listed.read_text()


def test_undo_refuses_when_the_entry_was_edited(week):
    """An entry somebody has changed since is theirs: nothing is taken out."""
    week.tick(1)
    assert 0 == week.run("apply", str(week.page()), as_of=FRIDAY).code
    first = week.candidates()[0]["key"].partition(":")[2]
    edited = week.listed.read_text().replace(f"arXiv, {first}", f"NeurIPS, {first}")
    week.listed.write_text(edited)

    ended = week.run("undo", as_of=FRIDAY)

    assert 1 == ended.code
    assert f"the entry of {first} has changed since" in ended.err
    assert edited == week.listed.read_text()


def test_paper_that_a_person_added_meanwhile_is_not_added_again(week):
    """Theirs wins; ours is reported as already there."""
    first = week.candidates()[0]
    theirs = week.listed.read_bytes()
    theirs = insert(theirs, "Misc", first["entry"])
    week.listed.write_bytes(theirs)
    week.tick(1)

    ended = week.json("apply", str(week.page()), as_of=FRIDAY)

    assert 0 == ended.code
    assert theirs == week.listed.read_bytes()
    assert any("already in the list" in note for note in ended.report["notes"])


def test_section_that_is_gone_stops_apply(week):
    """A heading that was renamed meanwhile: it isn't added, and the question names it."""
    section = week.candidates()[0]["section"]
    changed = week.listed.read_text().replace(f"\n## {section}\n", "\n## Renamed\n")
    week.listed.write_text(changed)
    week.tick(1)

    ended = week.run("apply", str(week.page()), as_of=FRIDAY)

    assert 1 == ended.code
    assert f'there is no section "{section}"' in ended.out
    assert changed == week.listed.read_text()


def test_moved_section_and_edited_title_are_the_reviewers(week):
    """A changed section line and a changed entry text go into the list as the person wrote them."""
    first = week.candidates()[0]
    text = week.page().read_text()
    start = text.index("<!-- candidate 1 ")
    end = text.index("<!-- candidate 2 ")
    block = text[start:end].replace(f"- section: {first['section']}", "- section: Misc")
    block = block.replace("`arXiv, ", "`NeurIPS 2024, ", 1)
    week.page().write_text(text[:start] + block + text[end:])
    week.tick(1)

    ended = week.run("apply", str(week.page()), as_of=FRIDAY)

    assert 0 == ended.code, ended.err
    arxiv_id = first["key"].partition(":")[2]
    entry = next(e for e in parse(week.listed.read_bytes()).entries if e.arxiv_id == arxiv_id)
    assert "Misc" == entry.section
    assert "NeurIPS 2024" in entry.raw


def test_stale_digest_is_refused(week):
    """A page of an older state of the store is refused with the way out."""
    week.tick(1)
    page = week.page().read_text().replace("; base ", "; base 0", 1).replace(" -->", "x", 1)
    week.page().write_text(page)

    ended = week.run("apply", str(week.page()), as_of=FRIDAY)

    assert 1 == ended.code
    assert "not a Listkeeper digest" in ended.err


@pytest.mark.long
def test_entries_equal_those_the_curator_typed(outside, tmp_path):
    """Papers of the seed list, found anew, come out byte for byte as they stand in it."""
    workspace = Workspace(tmp_path, outside.environment())
    data = workspace.listed.read_bytes()
    november = [e for e in parse(data).entries if (e.arxiv_id or "").startswith("2411.")]
    for entry in november:
        data = remove(data, next(e for e in parse(data).entries if e.arxiv_id == entry.arxiv_id))
    workspace.listed.write_bytes(data)
    for day in range(-7, 1):
        outside.set_clock(MONDAY + timedelta(days=day))
        workspace.run("run", as_of=MONDAY + timedelta(days=day))
    workspace.run("digest", "--size", "500", as_of=MONDAY)
    found = {item["key"].partition(":")[2]: item for item in workspace.candidates()}

    assert 4 == len(november)
    for entry in november:
        ours = found[entry.arxiv_id]["entry"]
        assert without_citation(entry.raw.strip("\n")) == without_citation(
            star(ours, entry.starred)
        )


def star(text: str, starred: bool) -> str:
    return text.replace("- **", "- 🌟 **", 1) if starred else text


def without_citation(text: str) -> str:
    """The entry with its citation pair taken as given."""
    start = text.index("cication: [")
    return text[:start] + text[text.index(") \n", start) :]


@pytest.mark.long
def test_candidate_that_was_withdrawn_leaves_the_digest(week):
    """Its replacement is looked up: the reason stands in arXiv's comments, and in the digest."""
    page = week.digest()

    kept_out = dict(page["kept_out"])

    assert "arxiv:2411.99010" not in {item["key"] for item in page["candidates"]}
    reason = next(why for what, why in kept_out.items() if what.startswith("2411.99010"))
    assert reason.startswith("withdrawn: ")
    assert "Excluded: " in week.page().read_text()


def test_days_that_nobody_saw_whole_are_said_by_status(week, monkeypatch):
    """A run that was stopped is called so, not OK."""
    monkeypatch.setattr(output.daily, "STAGES", (stopped,))

    assert 130 == week.run("run", as_of=FRIDAY).code

    assert "STOPPED" == week.json("status", as_of=FRIDAY).report["last"]


def stopped(_world, _report, _snapshots):
    raise KeyboardInterrupt
