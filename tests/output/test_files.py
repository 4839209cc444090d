"""A file is written whole, or the old one stays."""

import os

import pytest

from catalog.errors import StoreTrouble
from catalog.files import write_whole


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
