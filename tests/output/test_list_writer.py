"""The list is written whole or not at all."""

import errno
import fcntl
import os
import signal
import stat

import pytest

from catalog.errors import ListConflict
from catalog.files import sweep
from output.list_writer import write

OLD, NEW = b"# Old\n", b"# New\n\n## A\n"


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "list.md"
    path.write_bytes(OLD)
    return path


def test_the_new_bytes_take_the_place_of_the_old(listed):
    write(listed, NEW, OLD)

    assert NEW == listed.read_bytes()
    assert [listed] == list(listed.parent.iterdir())


def test_what_somebody_else_changed_is_not_overwritten(listed):
    listed.write_bytes(b"# Theirs\n")

    with pytest.raises(ListConflict, match="was changed while the program worked"):
        write(listed, NEW, OLD)

    assert b"# Theirs\n" == listed.read_bytes()


def test_a_change_in_the_last_moment_is_seen(listed, monkeypatch):
    def late(handle):
        listed.write_bytes(b"# Theirs\n")

    monkeypatch.setattr(os, "fsync", late)

    with pytest.raises(ListConflict):
        write(listed, NEW, OLD)

    assert b"# Theirs\n" == listed.read_bytes()


def test_nothing_new_leaves_the_very_same_file(listed):
    before = listed.stat()

    write(listed, OLD, OLD)

    assert (before.st_ino, before.st_mtime_ns) == (listed.stat().st_ino, listed.stat().st_mtime_ns)


def test_mode_and_link_stay(listed, tmp_path):
    listed.chmod(0o755)
    link = tmp_path / "link.md"
    link.symlink_to("list.md")

    write(link, NEW, OLD)

    assert link.is_symlink()
    assert NEW == listed.read_bytes()
    assert 0o755 == stat.S_IMODE(listed.stat().st_mode)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_changes_nothing(listed, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)

    with pytest.raises(
        ListConflict, match=r"list\.md.*no space left.*nothing was changed.*make room"
    ):
        write(listed, NEW, OLD)

    assert OLD == listed.read_bytes()
    assert [listed] == list(listed.parent.iterdir())


def test_a_file_that_is_gone(listed):
    listed.unlink()

    with pytest.raises(ListConflict, match="nothing was changed"):
        write(listed, NEW, OLD)

    assert not listed.exists()


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_killed_at_any_call_leaves_old_or_new(listed, call, done):
    child = os.fork()
    if not child:
        real = getattr(os, call)

        def die(*arguments):
            if done:
                real(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(os, call, die)
        write(listed, NEW, OLD)
    os.waitpid(child, 0)

    assert listed.read_bytes() in (OLD, NEW)
    sweep(listed.parent)
    assert [listed] == list(listed.parent.iterdir())
    write(listed, NEW, listed.read_bytes())
    assert NEW == listed.read_bytes()


def test_sweeping_touches_only_our_own_left_overs(listed):
    mine = listed.parent / ".list.md.999999999.listkeeper-tmp"
    at_work = listed.parent / f".list.md.{os.getppid()}.listkeeper-tmp"
    others = listed.parent / ".list.md.swp"
    for path in (mine, at_work, others):
        path.write_bytes(b"x")

    # Its writer lives: the kernel holds the lock for it.
    with at_work.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert [mine] == sweep(listed.parent)

    assert at_work.exists()
    assert others.exists()
