"""The demo, as a newcomer starts it: from any folder; the second time nothing changes."""

import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from http.cookiejar import CookieJar

import pytest

import cli.demo
from benchmarks.reading import measure
from cli.main import code_of
from output.reports.demo import CHOSEN_BY_WORDS, day_in_brief
from tests.fakes import tick
from tests.workspace import LIST, REPOSITORY, Ended, run_in

# Two screens of a terminal of the usual 24 lines.
TWO_SCREENS = 48


def demo(folder, cwd, *options) -> Ended:
    """Started from another folder, in this process; what serves the page is one of its own."""
    return run_in(cwd, "demo", "--dir", str(folder), *options)


def until_address(lines):
    """The lines up to the page's address."""
    for line in lines:
        yield line
        if line.startswith("Review page: "):
            return


def files(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".listkeeper" not in path.parts
    }


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A demo in a folder of its own, started from another one."""
    folder = tmp_path_factory.mktemp("demo") / "here"
    ended = demo(folder, tmp_path_factory.mktemp("elsewhere"))
    return folder, ended


@pytest.mark.parametrize(
    ("sources", "found", "candidates", "said"),
    [
        (1, 1, 1, "OK  1 source:   1 item,  1 new;   1 candidate in the digest"),
        (5, 80, 25, "OK  5 sources: 80 items, 80 new; 25 candidates in the digest"),
        (5, 0, None, "OK  5 sources:  0 items,  0 new; digest unchanged"),
    ],
)
def test_a_day_of_the_demo_counts_one_and_many(sources, found, candidates, said):
    counts = {"feed/found": found, "feed/new": found}
    if candidates is not None:
        counts["digest/candidates"] = candidates

    assert said == day_in_brief({"word": "OK", "sources": [{}] * sources, "counts": counts})


@pytest.mark.long
def test_demo_tells_the_week_on_two_screens(shown):
    """Five days, the ticks, a run without news, citations; and where to look."""
    folder, ended = shown

    assert 0 == ended.code, ended.err
    lines = ended.out.splitlines()
    assert len(lines) <= TWO_SCREENS
    days = [line.split()[:2] for line in lines if line.split()[1:2] == ["OK"]]
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Monday"]
    assert [[name, "OK"] for name in names] == days
    assert "(exit code" not in ended.out
    assert "decided: 2 accept, 1 reject" in ended.out
    assert f"apply {folder}/digests/2024-W47.md" in ended.out
    commands = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    assert all(lines[number + 1].startswith("  ") for number in commands)
    assert "its decisions are applied; nothing else is open" in ended.out


@pytest.mark.long
def test_the_demo_leaves_a_digest_to_whoever_tries_it(shown, tmp_path):
    """Its last lines name the page to tick and the command that applies it."""
    folder = shutil.copytree(shown[0], tmp_path / "here")
    page = folder / "digests" / "2024-W47.md"
    page.write_text(tick(page.read_text(), 1, "accept"))

    line = re.search(r"^  then +\S+ (.*)$", shown[1].out, re.MULTILINE)[1]
    ended = run_in(tmp_path, *line.replace(str(shown[0]), str(folder)).split())

    assert "decided: 1 accept" in ended.out, ended.err


@pytest.mark.long
def test_the_digest_of_the_demo_is_read_and_ticked_in_eight_minutes(shown):
    """As ``benchmarks.reading`` measures it; with near misses and abstracts below ten."""
    reading = measure((shown[0] / "digests" / "2024-W46.md").read_text())

    assert 24 == len(reading.words)
    assert reading.minutes() < 8
    assert reading.minutes_in_full() < 10


@pytest.mark.long
def test_the_papers_of_the_demo_are_real(shown):
    folder, _ = shown

    assert "javascript:" not in (folder / "digests" / "2024-W46.md").read_text()


@pytest.mark.long
@pytest.mark.parametrize(("options", "there"), [((), False), (("--hostile",), True)])
def test_invented_titles_are_there_only_on_request(tmp_path, monkeypatch, options, there):
    announced = []

    def look(_steps, outside):
        outside.set_clock(datetime(2024, 11, 12, 12, 0, tzinfo=UTC))
        with urllib.request.urlopen(f"{outside.url}/rss/cs.CL") as answer:
            announced.append(answer.read())

    monkeypatch.setattr(cli.demo, "_week", look)
    monkeypatch.setattr(cli.demo, "_decide", lambda *_: None)
    assert 0 == code_of(["demo", "--dir", str(tmp_path), *options])
    assert there == (b"javascript:" in announced[0])


@pytest.mark.long
def test_demo_adds_two_entries_and_counts_citations(shown):
    """The list has gained exactly the two accepted papers."""
    from catalog.markdown.listfile import listed_ids, parse

    folder, _ = shown
    before = listed_ids(parse((REPOSITORY / LIST).read_bytes()))
    after = listed_ids(parse((folder / LIST).read_bytes()))

    assert 2 == len(after - before)
    assert set() == before - after
    assert b"https://www.semanticscholar.org/paper/" in (folder / LIST).read_bytes()


def page_of(cwd, *options):
    """What a demo prints up to the address of its page, that page, and how Ctrl-C ends it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    line = [sys.executable, "-P", "-m", "cli", "demo", "--serve", "--no-browser", *options]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=cwd) as running:
        try:
            told = list(until_address(running.stdout))
            with browser.open(told[-1].split()[-1]) as answer:
                page = answer.read().decode()
            running.send_signal(signal.SIGINT)
            running.wait(timeout=20)
        finally:
            running.kill()
    return told, page, running.returncode


@pytest.mark.long
def test_demo_again_changes_no_file(tmp_path):
    """All output both times; the second one runs Friday alone, and every file is as it was."""
    folder = tmp_path / "here"
    first = demo(folder, tmp_path, "-v").out
    before = files(folder)

    again = demo(folder, tmp_path, "-v").out

    assert len(first.splitlines()) > 2 * TWO_SCREENS
    for told in (first, again):
        assert re.search(r"^QUIET +hf_daily: ", told, re.MULTILINE)
    assert before == files(folder)


@pytest.mark.long
def test_demo_serves_the_week_before_anybody_has_decided(tmp_path):
    told, page, code = page_of(tmp_path, "--dir", "here")

    assert 0 == code
    assert "0 of 24" in page
    assert 'value="accept"' in page
    assert not [line for line in told if "listkeeper apply" in line]


@pytest.mark.long
def test_demo_serves_the_next_week_where_this_one_is_done(shown, tmp_path):
    shutil.copytree(shown[0], tmp_path / "here")

    _, page, _ = page_of(tmp_path, "--dir", "here")

    assert 'value="accept"' in page
    assert (tmp_path / "here" / "digests" / "2024-W47.md").exists()


@pytest.mark.long
def test_demo_plays_the_week_with_a_copy_of_somebodys_own_list(tmp_path):
    """What init learns of it, five days, the candidates; twice, and the list itself stays."""
    own, folder = tmp_path / "mine" / "README.md", tmp_path / "here"
    own.parent.mkdir()
    own.write_bytes((REPOSITORY / LIST).read_bytes())

    told = demo(folder, own.parent, "README.md")
    before = files(folder)
    again = demo(folder, own.parent, "README.md")

    assert before == files(folder)
    assert (0, 0) == (told.code, again.code), told.err + again.err
    assert " entries: " in told.out
    assert " come out in this form" in told.out
    assert 5 == told.out.count(" in the digest\n")
    assert not re.search(r"\b1 candidates", told.out)
    assert told.out.endswith("--serve the page\n")
    assert re.search(r"digests/2024-W46.md\n  1\. .*\n  2\. ", told.out)
    assert f"\n  {CHOSEN_BY_WORDS}\n" in told.out
    assert len(told.out.splitlines()) <= TWO_SCREENS
    assert [own] == list(own.parent.iterdir())
    assert (REPOSITORY / LIST).read_bytes() == own.read_bytes() == (folder / own.name).read_bytes()


def test_demo_leaves_the_folder_of_a_list_alone(tmp_path):
    """Its week is of 2024: it must not be stored beside a list that somebody keeps."""
    own = tmp_path / "README.md"
    own.write_bytes((REPOSITORY / LIST).read_bytes())
    other = tmp_path / "other"
    (other / "config").mkdir(parents=True)

    for line in (["--dir", ".", "README.md"], ["--dir", "other", "README.md"], ["--dir", "other"]):
        ended = run_in(tmp_path, "demo", *line)

        assert 2 == ended.code
        assert "holds another list; name an empty folder" in ended.err
    assert {own, other} == {*tmp_path.iterdir()}
    assert [other / "config"] == list(other.rglob("*"))


def test_the_pull_request_of_the_demo_is_of_a_list_of_its_own(tmp_path):
    own = tmp_path / "README.md"
    own.touch()
    ended = run_in(tmp_path, "demo", "--publish", "README.md")

    assert 2 == ended.code
    assert "--publish: shows a list of its own" in ended.err


@pytest.mark.long
def test_demo_tells_a_week_on_a_forge(tmp_path):
    """Two people tick, a third merges, and the next week is open; no runner is left behind."""
    ended = demo(tmp_path / "forge", tmp_path, "--publish")

    assert 0 == ended.code, ended.err + ended.out
    assert "3 accepted, 1 rejected" in ended.out
    assert "was merged by cleo: 3 accepted" in ended.out
    assert '2024-W47" is open' in ended.out
    assert "  | - [ ] ✅ accept\n" in ended.out
    assert "sync: 4 new decisions\n" in ended.out
    assert len(ended.out.splitlines()) <= 50, "two screens"
    assert not (tmp_path / "forge" / "runner").exists()
