"""The demo, as a newcomer starts it: from any folder; the second time nothing changes."""

import subprocess
import sys

import pytest

from tests.workspace import LIST, REPOSITORY


def demo(folder, cwd, *options) -> subprocess.CompletedProcess:
    line = [sys.executable, "-P", "-m", "cli", "demo", "--dir", str(folder), *options]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False)


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


def test_demo_tells_the_week(shown):
    """Five days, the ticks, a run without news, citations; and where to look."""
    folder, ended = shown

    assert 0 == ended.returncode, ended.stderr
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert days == [line for line in ended.stdout.splitlines() if line in days]
    assert "(exit code" not in ended.stdout
    assert f"{folder}/digests/2024-W46.md" in ended.stdout


def test_demo_adds_two_entries_and_counts_citations(shown):
    """The list has gained exactly the two accepted papers."""
    from catalog.markdown.listfile import listed_ids, parse

    folder, _ = shown
    before = listed_ids(parse((REPOSITORY / LIST).read_bytes()))
    after = listed_ids(parse((folder / LIST).read_bytes()))

    assert 2 == len(after - before)
    assert set() == before - after
    assert b"https://www.semanticscholar.org/paper/" in (folder / LIST).read_bytes()


def test_demo_again_changes_no_file(shown, tmp_path):
    """The second demo in the same folder finds nothing new: every file is as it was."""
    folder, _ = shown
    before = files(folder)

    ended = demo(folder, tmp_path)

    assert 0 == ended.returncode
    assert before == files(folder)


def test_demo_tells_a_week_on_a_forge(tmp_path):
    """Two people tick, a third merges, and the next week is open; no runner is left behind."""
    ended = demo(tmp_path / "forge", tmp_path, "--publish")

    assert 0 == ended.returncode, ended.stderr + ended.stdout
    assert "3 accepted, 1 rejected" in ended.stdout
    assert "was merged by cleo: 3 accepted" in ended.stdout
    assert '2024-W47" is open' in ended.stdout
    assert not (tmp_path / "forge" / "runner").exists()
