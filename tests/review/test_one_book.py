"""The same week half on the page and half in the file, by two people: one set of decisions."""

import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalog.facts import Decision, Verdict
from catalog.store.verdicts import Verdicts
from cli.options import make_workspace
from output.digest.build import MAX_NEAR_MISSES
from output.review.session import ReviewSession
from output.review.worklist import NEAR_MISSES_READ
from tests.catalog.test_git import git
from tests.fakes import found, paper, tick
from tests.review.serving import LateSession, serving
from tests.review.test_session import NOW, TITLES, candidates, line, wish, world_of

__all__ = ["candidates"]
LATER = datetime(2024, 11, 15, 14, tzinfo=UTC)


@pytest.fixture
def workspace(candidates, tmp_path):
    """The four candidates, on a page as well."""
    mine = candidates.copy(tmp_path / "mine")
    assert 0 == mine.run("digest", as_of=NOW).code
    return mine


@pytest.fixture
def ada(workspace):
    return ReviewSession(world_of(workspace), "ada")


def in_file(workspace):
    """The boxes that are ticked in the file, by number."""
    text = workspace.page().read_text()
    blocks = text.split("<!-- candidate ")[1:]
    return {int(block.split()[0]): block for block in blocks if "[x]" in block}


def number_of(workspace, title):
    return next(item["number"] for item in workspace.candidates() if title in item["title"])


def acts(workspace):
    with closing(make_workspace(config=str(workspace.root / "config")).store) as store:
        latest = store.decisions.latest("Efficient LLM")
    return {decision.work_key: decision.act for decision in latest.values()}


def decide(session, title, act="pick", **more):
    assert session.decide(wish(session, title, act, **more)) is None
    session.write_files()


def test_a_near_miss_put_off_on_the_page_is_ticked_in_the_file_until_undo(workspace, ada):
    """The file has a box for it: before, only *accept* and *no* had one there."""
    decide(ada, "Nearly about", "later", section="Quantization")
    ((number, block),) = in_file(workspace).items()
    assert "[x] later" in block

    ada.undo(ada.seen())
    ada.write_files()

    assert {} == in_file(workspace)
    path = workspace.page()
    path.write_text(tick(path.read_text(), number, "later"))
    assert "later" == line(ada, "Nearly about").act


def test_the_page_shows_the_near_misses_of_the_digest(candidates, tmp_path):
    """The best of many, and no more on the page than in the file."""
    mine = candidates.copy(tmp_path / "mine")
    world = world_of(mine)
    (rules,) = world.lists
    works = [
        paper(f"2411.2{n:04}", title=f"Nearly {n}", announced=NOW.date())
        for n in range(MAX_NEAR_MISSES + 5)
    ]
    world.store.works.save([found(work) for work in works])
    nearly = Verdict(None, 0.3, fingerprint=world.rules.fingerprint(rules.list))
    world.store.verdicts.save(rules.list, [(work, nearly) for work in works], NOW)
    assert 0 == mine.run("digest", as_of=NOW).code

    shown = ReviewSession(world_of(mine), "ada").lines()

    titles = {item["title"] for item in mine.digest()["near_misses"]}
    assert MAX_NEAR_MISSES == len(titles)
    assert titles == {line.title for line in shown if line.shelf == "near"}


@pytest.mark.parametrize(
    ("score_of", "rejected", "read"),
    [
        (lambda n: n / 1000, 0, [NEAR_MISSES_READ]),
        # The page shows three digits, so all of these are equally good.
        (lambda n: 0.3 + n / 1_000_000, 0, [NEAR_MISSES_READ, None]),
        (lambda n: n / 1000, 2 * NEAR_MISSES_READ, [NEAR_MISSES_READ, None]),
    ],
    ids=["the best", "all alike", "the best are decided"],
)
def test_of_many_near_misses_the_page_reads_the_best_that_are_open(
    candidates, tmp_path, monkeypatch, score_of, rejected, read
):
    """More are read only where these may not be the digest's."""
    mine = candidates.copy(tmp_path / "mine")
    world = world_of(mine)
    (rules,) = world.lists
    number = 2 * NEAR_MISSES_READ + 50
    works = [paper(f"2411.2{n:04}", title=f"N {n}", announced=NOW.date()) for n in range(number)]
    world.store.works.save([found(work) for work in works])
    nearly = Verdict(None, 0.3, fingerprint=world.rules.fingerprint(rules.list))
    judged = [(work, replace(nearly, score=score_of(n))) for n, work in enumerate(works)]
    world.store.verdicts.save(rules.list, judged, NOW)
    refused = works[number - rejected :]
    world.store.decisions.add(
        [Decision(rules.list, it.key, "reject", "ada", NOW) for it in refused]
    )
    assert 0 == mine.run("digest", as_of=NOW).code
    asked = []
    recent = Verdicts.recent

    def watched(verdicts, *values):
        asked.append(values[-1])
        return recent(verdicts, *values)

    monkeypatch.setattr(Verdicts, "recent", watched)
    shown = ReviewSession(world_of(mine), "ada").lines()

    titles = [item["title"] for item in mine.digest()["near_misses"]]
    assert MAX_NEAR_MISSES == len(titles)
    assert set(titles) == {line.title for line in shown if line.shelf == "near"}
    assert read == asked


def test_undo_takes_back_an_apply_that_added_nothing_and_not_the_one_before(workspace):
    """Rejections alone are the last apply; the entries of the one before stay."""
    workspace.tick(1, "accept")
    assert 0 == workspace.run("apply", as_of=LATER).code
    listed = workspace.listed.read_bytes()
    near = workspace.digest()["near_misses"][0]
    workspace.tick(near["number"], "later")
    workspace.tick(2, "no:", reason=" off topic")
    at = LATER + timedelta(minutes=1)
    assert 0 == workspace.run("apply", as_of=at).code

    ended = workspace.run("undo", as_of=at + timedelta(minutes=1))

    assert "undid 2 decisions of 15 November in 2024-W46; ticks stay there" in ended.out
    assert listed == workspace.listed.read_bytes()
    assert "undo" == acts(workspace)[near["key"]]
    assert ["accept", "undo", "undo"] == sorted(acts(workspace).values())


def test_half_on_the_page_and_half_in_the_file(workspace, ada):
    """Both are open at once; apply writes all of it, and a second one says nothing new."""
    decide(ada, "Four Bits")
    decide(ada, "Fewer Heads", "reject", reason="off topic")
    ticked = in_file(workspace)
    assert {number_of(workspace, "Four Bits"), number_of(workspace, "Fewer Heads")} == set(ticked)
    assert "[x] no: off topic" in ticked[number_of(workspace, "Fewer Heads")]

    workspace.tick(number_of(workspace, "Three Bits"))
    workspace.tick(number_of(workspace, "Drafts"), "later")

    assert ("pick", "later") == (line(ada, "Three Bits").act, line(ada, "Drafts").act)
    assert 0 == workspace.run("apply", as_of=LATER).code
    assert ["accept", "accept", "later", "reject"] == sorted(acts(workspace).values())
    assert all(key in workspace.listed.read_text() for key in [*TITLES][:2])
    assert "**Done:** applied 15 Nov: 2 in, 1 out, 1 later, by" in workspace.page().read_text()
    before = workspace.snapshot()
    again = workspace.run("apply", as_of=LATER)
    assert (0, "nothing new\n") == (again.code, again.out)
    assert before == workspace.snapshot()


def test_what_the_page_wrote_is_nothing_new_for_the_file(workspace, ada):
    decide(ada, "Four Bits")
    (plan,) = ada.plans()
    ada.apply(plan.token)
    ada.write_files()

    again = workspace.run("apply", as_of=LATER)

    assert 0 == again.code
    assert (
        "nothing new; still open: 3 candidates (tick them in 2024-W46.md, or `listkeeper review`)"
        == again.out.splitlines()[-1]
    )


def test_a_tick_that_is_removed_takes_the_decision_back(workspace, ada):
    decide(ada, "Four Bits")
    path = workspace.page()

    path.write_text(path.read_text().replace("[x] accept", "[ ] accept"))

    assert line(ada, "Four Bits").is_open
    assert {} == in_file(workspace)


def test_an_editor_with_an_older_copy_loses_nothing(workspace, ada):
    """It was opened before the page decided, and saved after that with a tick of its own."""
    older = workspace.page().read_text()
    decide(ada, "Four Bits")

    saved = tick(older, number_of(workspace, "Drafts"), "later")
    workspace.page().write_text(saved)

    assert ("pick", "later") == (line(ada, "Four Bits").act, line(ada, "Drafts").act)
    assert 2 == len(in_file(workspace))


def test_another_tick_on_an_older_copy_is_asked_about(workspace, ada):
    older = workspace.page().read_text()
    decide(ada, "Four Bits")

    number = number_of(workspace, "Four Bits")
    workspace.page().write_text(tick(older, number, "no:", " old"))

    assert "pick" == line(ada, "Four Bits").act
    assert f"candidate {number} (arxiv:2411.00001): ticked reject" in ada.questions()[0]


def test_an_undo_on_the_page_removes_the_tick(workspace, ada):
    decide(ada, "Four Bits")

    ada.undo(ada.seen())
    ada.write_files()

    assert {} == in_file(workspace)
    assert line(ada, "Four Bits").is_open


def test_two_people_and_a_file(workspace, ada):
    """Ben decides on his page, Ada on hers, and the file has both."""
    ben = ReviewSession(world_of(workspace), "ben")
    decide(ada, "Four Bits")
    decide(ben, "Drafts", "later")

    assert "later" == line(ada, "Drafts").act
    assert 2 == len(in_file(workspace))
    clash = ada.decide(wish(ada, "Drafts", "reject", seen="stale"))
    assert "ben" == clash.existing.who


def test_the_day_after_keeps_what_was_decided(workspace, ada):
    """A run brings the page up to date; decided candidates keep their places and their ticks."""
    decide(ada, "Four Bits")

    assert 0 == workspace.run("digest", as_of=LATER).code

    assert 1 == len(in_file(workspace))
    assert 4 == len(workspace.candidates())


def test_all_decided_is_a_record(workspace, ada):
    """What comes later waits for the next week's."""
    for title in ("Four Bits", "Three Bits", "Drafts", "Fewer Heads"):
        decide(ada, title, "reject")

    assert "**Done:** decided 15 Nov: 4 out, by ada." in workspace.page().read_text()
    ended = workspace.run("digest", as_of=LATER)
    assert "2024-W46.md stays as it is: all its candidates are decided" in ended.out


def test_an_undo_can_be_looked_at_first(workspace):
    workspace.tick(1)
    assert 0 == workspace.run("apply", as_of=LATER).code
    before = workspace.snapshot()

    ended = workspace.run("undo", "--dry-run", as_of=LATER)

    assert (0, before) == (ended.code, workspace.snapshot())
    assert "would undo 1 decision of 15 November" in ended.out


def test_apply_names_the_file_the_line_and_the_way_out(workspace):
    """Two boxes of one candidate are ticked, and another candidate was deleted."""
    path = workspace.page()
    text = tick(tick(path.read_text(), 1, "accept"), 1, "later")
    head, second = text.index("### 2. "), text.index("### 3. ")
    path.write_text(text[:head] + text[second:])
    at = next(n for n, row in enumerate(path.read_text().split("\n"), 1) if "- [x]" in row)

    ended = workspace.run("apply", as_of=LATER)

    assert 1 == ended.code
    assert f"needs you  digests/2024-W46.md:{at}: candidate 1 (" in ended.out
    assert "): more than one box is ticked (accept and later); leave one" in ended.out
    assert "needs you  digests/2024-W46.md: candidate 2 (" in ended.out
    assert "no longer on the page and stays open; put it back, or use `listkeeper rev" in ended.out


def test_apply_writes_the_text_that_somebody_wrote_on_the_page(workspace, ada):
    """*Write* would; the file has the entry as it was printed, until somebody changes it there."""
    printed = ada.focus(line(ada, "Four Bits").id).entry
    decide(ada, "Four Bits", entry=printed.replace("cication", "by hand, cication"))
    printed = ada.focus(line(ada, "Three Bits").id).entry
    decide(ada, "Three Bits", entry=printed.replace("cication", "by hand, cication"), starred=True)
    path = workspace.page()
    path.write_text(path.read_text().replace("- **Three Bits", "- **Only Three Bits"))
    (plan,) = ada.plans()

    assert 2 == plan.diff.count("by hand, cication")
    assert 0 == workspace.run("apply", as_of=LATER).code
    text = workspace.listed.read_text()
    assert 1 == text.count("by hand, cication")
    assert "**Only Three Bits for Everyone**" in text


def test_apply_says_what_becomes_of_candidates_without_a_tick(workspace):
    """In the words of status and the page; they can still be ticked, and then nothing is left."""
    workspace.tick(1)
    name = workspace.page().name
    told = f"tick them in {name} and apply again, or `listkeeper review`"

    would = workspace.run("apply", "--dry-run", as_of=LATER).out.splitlines()
    first = workspace.run("apply", as_of=LATER).out.splitlines()
    again = workspace.run("apply", as_of=LATER).out.splitlines()
    for number in (2, 3, 4):
        workspace.tick(number, "later")
    last = workspace.run("apply", as_of=LATER).out

    assert f"3 without a tick would go to the shelf: {told}" in would
    assert f"3 without a tick are on the shelf: {told}" in first
    assert ["nothing new", f"3 without a tick are on the shelf: {told}"] == again
    assert "decided: 3 later" in last
    assert "shelf" not in last


def test_a_tick_taken_away_after_apply_takes_nothing_back_and_apply_says_so(workspace):
    path = workspace.page()
    workspace.tick(1)
    assert 0 == workspace.run("apply", as_of=LATER).code
    listed = workspace.listed.read_bytes()
    path.write_text(path.read_text().replace("[x] accept", "[ ] accept"))

    ended = workspace.run("apply", as_of=LATER)

    assert (0, listed) == (ended.code, workspace.listed.read_bytes())
    assert "without a tick, but decided and staying so: candidate 1 (accept); `lis" in ended.out


def test_a_page_that_is_not_there_says_which_to_name(workspace):
    ended = workspace.run("apply", "digests/2024-W50.md", as_of=LATER)

    assert 2 == ended.code
    assert ended.err.rstrip().endswith("; name a file from digests/, or none for the newest")


def test_ticks_wait_for_the_command_at_work(workspace, ada):
    """`apply` has read the same ticks and is about to decide: each would be decided twice."""
    ada.lines()
    workspace.tick(number_of(workspace, "Three Bits"))

    with world_of(workspace).lock("apply"):
        while_at_work = line(ada, "Three Bits").act

    assert (None, "pick") == (while_at_work, line(ada, "Three Bits").act)


def test_ticks_of_the_page_follow_the_command_at_work(workspace, ada):
    """A run that writes the page would be written over."""
    with world_of(workspace).lock("run"):
        decide(ada, "Four Bits")
        while_at_work = in_file(workspace)
    ada.lines()

    assert {} == while_at_work
    assert {number_of(workspace, "Four Bits")} == set(in_file(workspace))


def test_a_section_that_the_list_has_not_is_asked_about_on_the_page(workspace, ada):
    """It says so at once, not when somebody applies the file; the work stays open."""
    number = number_of(workspace, "Three Bits")
    workspace.tick(number)
    text = workspace.page().read_text()
    at = text.index("- section: ", text.index(f"<!-- candidate {number} "))
    workspace.page().write_text(
        f"{text[:at]}- section: Quantisation{text[text.index(chr(10), at) :]}"
    )

    assert line(ada, "Three Bits").act is None
    (question,) = ada.questions()
    assert f"2024-W46.md: candidate {number} (arxiv:" in question
    assert "there is no section 'Quantisation'; sections are: " in question


def test_a_reason_above_the_boxes_is_asked_about_on_the_page(workspace, ada):
    """It is no answer; both the page and ``apply`` name its line, and the tick beside it counts."""
    number = number_of(workspace, "Four Bits")
    page = workspace.page()
    text = tick(page.read_text(), number, "no:")
    marker = f"<!-- candidate {number} "
    head, block = text.split(marker)
    page.write_text(head + marker + block.replace("- [ ] accept", "off topic\n- [ ] accept", 1))

    lines = ada.lines()

    assert "'off topic' is not read" in " ".join(ada.questions())
    assert "reject" == next(one.act for one in lines if "Four Bits" in one.title)
    told = workspace.run("apply", as_of=LATER)
    assert (1, True) == (told.code, "'off topic' is not read" in told.out)


def test_the_box_for_the_rest_is_told_of_and_counted(workspace, ada):
    """Its works stay open on the page, which says how many of them apply rejects, and when not."""
    page = workspace.page()
    assert not ada.lines()[0].act
    assert not ada.rest_boxes()

    page.write_text(page.read_text().replace("- [ ] not for us", "- [x] not for us"))
    ada.lines()
    assert [("2024-W46.md", 4)] == ada.rest_boxes()
    decide(ada, "Four Bits")
    assert [("2024-W46.md", 3)] == ada.rest_boxes()
    assert "3 reject" in workspace.run("apply", "--dry-run", as_of=NOW).out
    with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada"))) as client:
        shown = client.get(client.get("/").headers["location"]).text
        assert "rejects the 3 candidates without a tick" in shown

    page.write_text(page.read_text().replace("- [x] not for us", "- [ ] not for us"))
    ada.lines()
    assert not ada.rest_boxes()


def test_the_command_to_commit_takes_list_digest_and_rules(workspace, ada, monkeypatch):
    """What the page shows, run as it stands, leaves nothing of the week behind."""
    git(workspace.root, "init", "-q", "-b", "main")
    git(workspace.root, "add", "lists", "config")
    git(workspace.root, "commit", "-q", "-m", "before")
    rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    rules.write_text(rules.read_text() + "# A remark.\n")
    (workspace.root / "config" / "private.txt").write_text("mine")
    (workspace.root / "digests" / "seen on $5 paper.md").write_text("A note.")
    decide(ada, "Four Bits")
    (plan,) = ada.plans()
    ada.apply(plan.token)

    command = ada.commit_command()
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    subprocess.run(command, shell=True, check=True, cwd=workspace.root, capture_output=True)

    assert 'git commit -m "2024-W46"' in command
    assert '"digests/2024-W46.md"' in command
    left = git(workspace.root, "status", "--porcelain", "-u", "--", "lists", "digests", "config")
    assert b"?? config/private.txt" == left.strip()
    assert "" == ada.commit_command()


def test_a_star_of_the_page_stays_ticked_and_is_written_again_after_undo(workspace):
    page = workspace.page()
    page.write_text(tick(page.read_text(), 1, "accept with 🌟"))

    first = workspace.run("apply", str(page), as_of=LATER)
    written = workspace.listed.read_bytes()
    assert "[x] ★" in in_file(workspace)[1]
    assert "[x] accept" not in in_file(workspace)[1]
    undone = workspace.run("undo", as_of=LATER + timedelta(minutes=1))
    again = workspace.run("apply", str(page), as_of=LATER + timedelta(minutes=2))

    assert [0, 0, 0] == [first.code, undone.code, again.code]
    assert b"- \xf0\x9f\x8c\x9f **" in written
    assert written == workspace.listed.read_bytes()


def test_the_page_names_what_applies_the_ticks_of_last_weeks_file(workspace):
    """It decides what is ticked in this week's; ticks before it went unnoticed."""
    path = workspace.page()
    path.write_text(tick(path.read_text(), 1, "accept"))
    late = ReviewSession(world_of(workspace, NOW + timedelta(days=7)), "ada")
    late.lines()

    assert ["1 ticked in digests/2024-W46.md: listkeeper apply digests/2024-W46.md"] == [
        *late.questions()
    ]
    assert {} == acts(workspace)
