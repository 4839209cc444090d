"""What ``doctor`` says about this machine."""

import os
import sys
from datetime import UTC, datetime

import pytest

from catalog.errors import StoreTrouble
from catalog.store.lock import lock
from pipelines.setup import _rules
from tests.workspace import Workspace

NOW = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
STATE = ".listkeeper"


def _pipe(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _lost_link(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere")


def _folder(path):
    path.mkdir(parents=True)


def _file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (f"{STATE}/lock", _folder),
        (f"{STATE}/lock", _pipe),
        (f"{STATE}/lock", _lost_link),
        (f"{STATE}/pace", _file),
        (f"{STATE}/pace/arxiv.lock", _folder),
        (f"{STATE}/pace/arxiv.json", _folder),
        ("digests", _file),
        ("digests", _lost_link),
    ],
)
def test_what_would_stop_a_command_is_wrong(tmp_path, place, what):
    """Something else stands where a command needs a file or folder: doctor names it."""
    workspace = Workspace(tmp_path)
    what(tmp_path / place)

    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    (line,) = (line for line in ended.out.split("\n") if line.startswith("wrong"))
    assert str(tmp_path / place) in line


def test_a_lock_that_is_a_pipe_is_not_waited_for(tmp_path):
    _pipe(tmp_path / "lock")

    with pytest.raises(StoreTrouble, match="must be a file, and is none"), lock(tmp_path, "run"):
        pass


def test_a_lock_that_cannot_be_signed_is_held_all_the_same(tmp_path, monkeypatch):
    """A full disk takes the name of the holder only."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with lock(tmp_path, "run"):
        monkeypatch.undo()

        assert not (tmp_path / "lock").read_bytes()


def test_without_hyperscan_it_says_what_that_means(monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperscan", None)

    (finding,) = _rules()

    assert "tip" == finding.level
    assert "slowly" in finding.message
    assert "pip install hyperscan" in finding.message


def test_with_hyperscan_there_is_nothing_to_do():
    (finding,) = _rules()

    assert "Hyperscan finds the words" == finding.message
