"""
Whose file is a page? Ours as long as nobody ticks or edits it, whatever else happened to it.

In every story each candidate of the week is on a page in the end.
"""

import errno
import os
import re
import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.facts import Verdict
from catalog.rows.digests import hash_of
from cli.options import make_workspace
from output.digest import pages
from tests.crash_driver import CrashDriver
from tests.fakes import found, paper
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 12, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
FIRST, SECOND = ("2411.00001", "2411.00002"), ("2411.00003", "2411.00004")
RULES = """\
list: Efficient LLM
file: lists/efficient-llm.md
sections:
  - name: Quantization
    says: [bits]
"""
PAGE = "digests/2024-W46.md"
FURTHER = "digests/2024-W46-2.md"


def arrive(workspace, numbers):
    """New candidates, as a run would have found and judged them."""
    world = make_workspace(config=str(workspace.root / "config"), as_of=MONDAY.isoformat())
    (rules,) = world.lists
    fingerprint = world.rules.fingerprint(rules.list)
    with closing(world.store) as store:
        for number in numbers:
            work = paper(number, title=f"Fewer Bits {number}", announced=MONDAY.date())
            store.works.save([found(work)])
            judged = Verdict("Quantization", 0.8, fingerprint=fingerprint)
            store.verdicts.save(rules.list, [(work, judged)], MONDAY)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("monday") / "mine")
    # A page does not depend on the number of words, and a command starts sooner with few.
    (workspace.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    arrive(workspace, FIRST)
    assert 0 == workspace.run("digest", "--html", as_of=MONDAY).code
    arrive(workspace, SECOND)
    return workspace


@pytest.fixture
def workspace(first_day, tmp_path):
    """Monday's page with two candidates, and two more for Tuesday's."""
    return first_day.copy(tmp_path / "mine")


@pytest.fixture(scope="module")
def driver():
    with CrashDriver() as started:
        yield started


def digests(workspace):
    return {path.name: path.read_bytes() for path in sorted((workspace.root / "digests").iterdir())}


def restore(workspace, files):
    shutil.rmtree(workspace.root / "digests")
    (workspace.root / "digests").mkdir()
    for name, data in files.items():
        (workspace.root / "digests" / name).write_bytes(data)


def on_page(workspace, page=PAGE):
    text = (workspace.root / page).read_text()
    return tuple(re.findall(r"^<!-- candidate \d+ arxiv:(\S+) -->", text, re.MULTILINE))


def stored(workspace, table="digests"):
    with closing(sqlite3.connect(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        return store.execute(f"SELECT name, made_at, body FROM {table} ORDER BY name").fetchall()


def state(workspace):
    return digests(workspace), stored(workspace), stored(workspace, "begun_digests")


def run(workspace, moment=TUESDAY, *options):
    ended = workspace.json("digest", *options, as_of=moment)
    assert 0 == ended.code
    return ended.report


@pytest.mark.long
def test_killed_at_every_durable_step(driver, workspace, tmp_path):
    """The next digest ends as the undisturbed one; nobody ticked anything."""
    line = ["digest", "--json", "--quiet", "--as-of", TUESDAY.isoformat(), "--config"]
    whole = workspace.copy(tmp_path / "whole")
    kills = 0

    assert 0 == driver.run([*line, str(whole.root / "config")])
    assert {*FIRST, *SECOND} == set(on_page(whole))
    for n in range(1, 200):
        torn = workspace.copy(tmp_path / str(n))
        code = driver.run([*line, str(torn.root / "config")], n)
        if code == 0:
            break
        kills += 1
        assert -signal.SIGKILL == code

        assert 0 == driver.run([*line, str(torn.root / "config")])

        assert state(whole) == state(torn), n

    assert [] == stored(whole, "begun_digests")
    # Two commits, and three files of four steps each.
    assert kills >= 14


@pytest.mark.parametrize("file", [".md", ".json", ".html"])
def test_a_full_disk_for_one_run(workspace, tmp_path, monkeypatch, file):
    """That run says so; the next one writes what is missing."""
    whole = workspace.copy(tmp_path / "whole")
    run(whole)
    real = pages.write_whole

    def full(path, data):
        if path.suffix == file:
            monkeypatch.setattr(os, "fsync", no_room)
        try:
            real(path, data)
        finally:
            monkeypatch.undo()
            monkeypatch.setattr(pages, "write_whole", full)

    monkeypatch.setattr(pages, "write_whole", full)
    ended = workspace.json("digest", as_of=TUESDAY)
    assert (1, True) == (ended.code, "No space left" in ended.err)
    monkeypatch.setattr(pages, "write_whole", real)

    run(workspace)

    assert state(whole) == state(workspace)


def no_room(_handle):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.long
def test_a_person_ticks_between_the_kill_and_the_next_run(driver, workspace):
    """The page was in its place: what it shows counts as shown, and its ticks can be applied."""
    line = ["digest", "--quiet", "--as-of", TUESDAY.isoformat(), "--config"]
    for n in range(1, 20):
        driver.run([*line, str(workspace.root / "config")], n)
        if SECOND[0] in on_page(workspace):
            break
    assert [] != stored(workspace, "begun_digests")
    number = 1 + on_page(workspace).index(SECOND[0])
    workspace.tick(number)

    assert 0 == workspace.run("apply", str(workspace.root / PAGE), as_of=TUESDAY).code

    assert SECOND[0] in workspace.listed.read_text()
    assert [] == stored(workspace, "begun_digests")


def test_an_older_page_from_git_is_ours(workspace, tmp_path):
    """Also where there is no news: what is stored is shown again."""
    before = digests(workspace)
    run(workspace)
    after = digests(workspace)
    restore(workspace, before)

    run(workspace)

    assert after == digests(workspace)


@pytest.mark.parametrize("kept", [(), (".md",), (".md", ".html"), (".json",)])
def test_part_of_it_from_git(workspace, kept):
    """A failed push, or a checkout of one file: the store is newer than some files."""
    before = digests(workspace)
    run(workspace)
    after = digests(workspace)
    older = {name: data for name, data in before.items() if name.endswith(kept)}
    restore(workspace, {**after, **older} if kept else {})

    run(workspace)

    twin = {"2024-W46.html"} if not kept else set()
    assert {name: after[name] for name in after.keys() - twin} == digests(workspace)


ENDINGS = {
    "crlf": lambda text: text.replace(b"\n", b"\r\n"),
    "stripped": lambda text: re.sub(rb" +\n", b"\n", text),
    "no-last-line-end": lambda text: text.rstrip(b"\n"),
    "bom": lambda text: b"\xef\xbb\xbf" + text,
}


@pytest.mark.parametrize("change", ENDINGS.values(), ids=ENDINGS)
def test_other_line_ends_are_no_persons_change(workspace, change):
    """They stay while there is no news, and do not keep the news from the page."""
    path = workspace.root / PAGE
    path.write_bytes(change(path.read_bytes()))

    run(workspace)

    assert {*FIRST, *SECOND} == set(on_page(workspace))
    path.write_bytes(change(path.read_bytes()))
    before = digests(workspace)
    assert [] == run(workspace, WEDNESDAY)["files"]
    assert before == digests(workspace)


CHANGES = {
    "ticked": lambda text: text.replace(b"[ ] later", b"[x] later", 1),
    "edited": lambda text: text.replace(b"Fewer Bits", b"Still Fewer Bits", 1),
}


@pytest.mark.parametrize("why", CHANGES)
@pytest.mark.parametrize("of", ["current", "older"])
def test_a_persons_change_keeps_the_page(workspace, of, why):
    """The report says why, and where the others are; no candidate is on no page, or on two."""
    before = digests(workspace)
    if of == "older":
        run(workspace)
        restore(workspace, before)
    path = workspace.root / PAGE
    path.write_bytes(CHANGES[why](path.read_bytes()))
    mine = path.read_bytes()

    report = run(workspace)

    assert (mine, set(SECOND)) == (path.read_bytes(), set(on_page(workspace, FURTHER)))
    kept = f"2024-W46.md stays as it is: it was {why}; the rest is in 2024-W46-2.md"
    assert f"Efficient LLM: {kept}" in report["notes"]
    assert [] == run(workspace, WEDNESDAY)["files"]
    assert mine == path.read_bytes()


def test_the_ticks_of_an_older_page_can_be_applied(workspace):
    """Its list was another one, and it is the only page that there is."""
    before = digests(workspace)
    workspace.listed.write_bytes(workspace.listed.read_bytes() + b"\n")
    run(workspace)
    restore(workspace, before)
    workspace.tick(1)

    assert 0 == workspace.run("apply", str(workspace.root / PAGE), as_of=TUESDAY).code

    assert FIRST[0] in workspace.listed.read_text()


def test_a_page_that_is_not_in_its_place_is_out_of_date(workspace, tmp_path):
    old = shutil.copy(workspace.root / PAGE, tmp_path / "old.md")
    workspace.listed.write_bytes(workspace.listed.read_bytes() + b"\n")
    run(workspace)

    ended = workspace.run("apply", str(old), as_of=TUESDAY)

    assert (1, True) == (ended.code, "is out of date" in ended.err)


def test_a_page_without_a_store_is_not_written_over(workspace):
    """The cache is lost, and somebody has ticked the page from git."""
    workspace.tick(1)
    mine = (workspace.root / PAGE).read_bytes()
    shutil.rmtree(workspace.root / ".listkeeper")
    arrive(workspace, (*FIRST, *SECOND))

    run(workspace)

    assert mine == (workspace.root / PAGE).read_bytes()
    assert set(SECOND) == set(on_page(workspace, FURTHER))


def test_a_file_of_the_same_name_is_not_written_over(tmp_path):
    workspace = Workspace(tmp_path / "mine")
    arrive(workspace, FIRST)
    (workspace.root / "digests").mkdir()
    (workspace.root / PAGE).write_text("# My notes of the week\n")

    run(workspace)

    assert "# My notes of the week\n" == (workspace.root / PAGE).read_text()
    assert set(FIRST) == set(on_page(workspace, FURTHER))


def test_a_page_that_was_applied_and_is_gone(workspace):
    """It stays a record; what came later waits for the next week, or is asked for."""
    workspace.tick(1)
    assert 0 == workspace.run("apply", str(workspace.root / PAGE), as_of=MONDAY).code
    (workspace.root / PAGE).unlink()

    report = run(workspace)

    waits = "2 candidates wait for the next week's (`listkeeper digest --more` shows them now)"
    kept = "2024-W46.md stays as it is: its decisions are applied; it is gone"
    assert [f"Efficient LLM: {kept}; {waits}"] == report["notes"]
    run(workspace, TUESDAY, "--more")
    assert set(SECOND) == set(on_page(workspace, FURTHER))


def test_an_applied_page_of_the_week_is_not_called_open_by_the_other(workspace):
    """What it left without a tick is on the shelf; of a page that nobody applied it is open."""
    workspace.tick(1)
    assert 0 == workspace.run("apply", str(workspace.root / PAGE), as_of=MONDAY).code
    run(workspace, TUESDAY, "--more")

    first = workspace.run("apply", str(workspace.root / PAGE), "--json", as_of=TUESDAY)
    second = workspace.run("apply", str(workspace.root / FURTHER), "--json", as_of=TUESDAY)

    assert "2024-W46-2: 2 candidates are still open" in first.report["notes"]
    assert not [note for note in second.report["notes"] if note.startswith("2024-W46: ")]


def test_more_where_nothing_is_says_no_more_than_that(tmp_path):
    assert ["Efficient LLM: nothing new"] == run(Workspace(tmp_path), MONDAY, "--more")["notes"]


def test_a_page_that_an_older_program_wrote(workspace):
    """Without a seal it is known by the hash that the older program stored."""
    path = workspace.root / PAGE
    text = re.sub(rb"<!-- as written: .*\n", b"", path.read_bytes())
    path.write_bytes(text)
    with closing(sqlite3.connect(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        query = "UPDATE digests SET body = json_set(body, '$.page', ?)"
        store.execute(query, (hash_of(text),))
        store.commit()

    run(workspace)

    assert {*FIRST, *SECOND} == set(on_page(workspace))


def test_one_list_of_several_keeps_its_page(workspace):
    """The name of a page does not depend on whether --list was given."""
    other = workspace.root / "config" / "lists" / "other.yaml"
    other.write_text("list: Other\nfile: lists/other.md\nsections:\n  - name: A\n    says: [zzz]\n")
    (workspace.root / "lists" / "other.md").write_text("# Other\n\n## A\n")

    ended = workspace.json("digest", "--list", "Efficient LLM", as_of=TUESDAY)

    assert ["efficient-llm-2024-W46.json", "efficient-llm-2024-W46.md"] == sorted(
        Path(file).name for file in ended.report["files"]
    )


def test_what_nobody_looked_at_is_shown_again_next_week(workspace):
    assert 0 == workspace.run("digest", as_of=TUESDAY).code
    before = sorted(one["key"] for one in workspace.candidates("2024-W46"))

    assert 0 == workspace.run("digest", as_of=MONDAY + timedelta(days=7)).code

    again = workspace.candidates("2024-W47")
    assert before == sorted(one["key"] for one in again)
    assert {1} == {one["times_shown"] for one in again}


def test_what_had_no_tick_in_an_applied_digest_does_not_come_back(workspace):
    """The next one says which went to the shelf."""
    assert 0 == workspace.run("digest", as_of=TUESDAY).code
    workspace.tick(1, "accept")
    assert 0 == workspace.run("apply", str(workspace.page()), as_of=TUESDAY).code

    assert 0 == workspace.run("digest", as_of=MONDAY + timedelta(days=7)).code

    assert [] == workspace.candidates("2024-W47")
    text = workspace.page("2024-W47").read_text()
    assert "<summary>3 went to the shelf: nobody ticked them</summary>" in text
    assert 3 == text.count("(no tick in 2024-W46)")


def test_a_paper_that_is_accepted_on_two_weeks_pages_is_listed_once(workspace):
    """Nobody decided in the first week; later both pages are ticked."""
    week_after = MONDAY + timedelta(days=7)
    assert 0 == workspace.run("digest", as_of=week_after).code
    both = {one["key"] for one in workspace.candidates("2024-W46")}
    both &= {one["key"] for one in workspace.candidates("2024-W47")}
    for week in ("2024-W46", "2024-W47"):
        for one in workspace.candidates(week):
            if one["key"] in both:
                workspace.tick(one["number"], "accept", name=week)

    ended = [
        workspace.run("apply", str(workspace.page(week)), as_of=week_after)
        for week in ("2024-W46", "2024-W47")
    ]

    text = workspace.listed.read_text()
    world = make_workspace(config=str(workspace.root / "config"), as_of=week_after.isoformat())
    with closing(world.store) as store:
        kept = [one.work_key for one in store.decisions.all("Efficient LLM")]
    assert 2 == len(both)
    assert 0 == ended[0].code
    assert ended[1].code in (0, 1), ended[1]
    assert {1} == {text.count(f"`arXiv, {key.removeprefix('arxiv:')}`") for key in both}
    assert sorted(both) == sorted(kept)
