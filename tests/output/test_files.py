"""A file is written whole, or the old one stays."""

import os
from pathlib import Path

import pytest

from catalog.errors import StoreTrouble
from catalog.files import create_whole, write_whole


def test_a_file_is_written_with_its_folders(tmp_path):
    path = tmp_path / "digests" / "2024" / "2024-W46.md"

    write_whole(path, b"# A digest\n")

    assert b"# A digest\n" == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "page.md"
    path.write_bytes(b"a much longer text that was there before\n")

    write_whole(path, b"new\n")

    assert b"new\n" == path.read_bytes()


def test_what_cannot_be_written_leaves_the_old_file(tmp_path, monkeypatch):
    """A full disk is said with the path, nothing half-written stays, the old file does."""
    path = tmp_path / "page.md"
    path.write_bytes(b"old\n")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreTrouble, match=r"page\.md: could not be written \(No space left"):
        write_whole(path, b"new\n")

    assert b"old\n" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_kill_in_between_leaves_the_old_file(tmp_path, monkeypatch):
    """Before the new file takes its place, the old one is what everybody reads."""
    path = tmp_path / "page.md"
    path.write_bytes(b"old\n")
    seen = []

    def killed(handle):
        seen.append(path.read_bytes())
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new\n")

    assert [b"old\n"] == seen
    assert b"old\n" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_folder_in_its_place_is_said(tmp_path):
    (tmp_path / "page.md").mkdir()

    with pytest.raises(StoreTrouble, match=r"page\.md: could not be written"):
        write_whole(tmp_path / "page.md", b"new\n")

    assert [tmp_path / "page.md"] == list(tmp_path.iterdir())


def test_a_file_where_a_folder_should_be_is_said(tmp_path):
    """No name is left behind, and the other file is not touched."""
    (tmp_path / "digests").write_text("mine")

    with pytest.raises(StoreTrouble, match="could not be written"):
        write_whole(tmp_path / "digests" / "page.md", b"new\n")

    assert "mine" == (tmp_path / "digests").read_text()


def test_a_link_stays_and_its_target_is_written(tmp_path):
    target, link = tmp_path / "shared.yaml", tmp_path / "mine.yaml"
    target.write_bytes(b"old\n")
    target.chmod(0o600)
    link.symlink_to("shared.yaml")

    write_whole(link, b"new\n")

    assert link.is_symlink()
    assert (b"new\n", 0o600) == (target.read_bytes(), target.stat().st_mode & 0o777)


def test_a_link_that_leads_nowhere_is_an_error(tmp_path):
    """What it leads to is away, not missing; nothing is made in its place."""
    (tmp_path / "digests").symlink_to(tmp_path / "away")

    for write in (write_whole, create_whole):
        with pytest.raises(StoreTrouble, match=r"digests: is a link to .*away, which is not there"):
            write(tmp_path / "digests" / "page.md", b"new\n")

    assert [tmp_path / "digests"] == list(tmp_path.iterdir())


def test_what_is_no_file_is_written_and_stays_what_it_is(tmp_path):
    """A pipe stands for a device: a test that failed must not replace one of this machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_whole(pipe, b"new\n")

    assert b"new\n" == os.read(reader, 100)
    os.close(reader)
    assert pipe.is_fifo()


def test_a_new_file_takes_nobodys_place(tmp_path):
    path = tmp_path / "config" / "services.yaml"

    assert create_whole(path, b"first\n")
    assert not create_whole(path, b"second\n")

    assert b"first\n" == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize("write", [write_whole, create_whole])
def test_the_next_write_sweeps_what_a_killed_one_left(tmp_path, write):
    left = tmp_path / ".other.md.99999999.listkeeper-tmp"
    left.write_bytes(b"half")

    write(tmp_path / "page.md", b"new\n")

    assert [tmp_path / "page.md"] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_an_open_file_is_written_to_and_not_replaced(tmp_path, name):
    """What was opened to be appended to keeps what it has."""
    path = tmp_path / "log"
    path.write_bytes(b"before ")

    with path.open("ab") as file:
        write_whole(Path(name.format(file.fileno())), b"after")

    assert b"before after" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())
