"""A file or folder that this user may not use, and a machine without room, are no bugs."""

import errno
import os
import sqlite3
import subprocess
import sys

import pytest

from catalog.errors import of_the_machine
from config import plain_files
from pipelines import workspace as workspace_module
from sandbox.process import Sandbox
from tests.workspace import REPOSITORY, Workspace


@pytest.mark.parametrize(
    "command", [["rules", "check"], ["classify"], ["digest"], ["list", "check"]]
)
def test_a_list_that_nobody_may_read_is_named(tmp_path, monkeypatch, command):
    """Rights can't be tried as root, who may do everything."""
    workspace = Workspace(tmp_path)
    really = os.open

    def refused(path, *rest, **more):
        if str(path) == str(workspace.listed):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really(path, *rest, **more)

    monkeypatch.setattr(plain_files.os, "open", refused)

    ended = workspace.run(*command)

    assert 2 == ended.code, ended
    assert "Permission denied" in ended.err
    assert str(workspace.listed) in ended.err


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_where_a_path_failed_is_shown_to_who_asks(tmp_path, monkeypatch, flag):
    """A mistake of ours may hide behind a path that cannot be used."""
    workspace = Workspace(tmp_path)

    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "/some/path")

    monkeypatch.setattr(workspace_module.Workspace, "store", property(refused))
    quiet, loud = workspace.run("status"), workspace.run("status", flag)

    assert (2, 2) == (quiet.code, loud.code)
    assert quiet.err.startswith("listkeeper: /some/path: cannot be used (Permission denied); ")
    assert loud.err.startswith("Traceback (most recent call last):")
    assert loud.err.endswith(quiet.err)


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EACCES, 2), (errno.EROFS, 1), (errno.ENOSPC, 1), (errno.EIO, 1), (errno.ENOTDIR, 2)],
)
def test_a_path_or_disk_that_fails_is_no_bug(number, code):
    trouble = of_the_machine(OSError(number, os.strerror(number), "lists/papers.md"))

    assert trouble is not None
    assert code == trouble.exit_code
    assert str(trouble).startswith(f"lists/papers.md: cannot be used ({os.strerror(number)}); ")


@pytest.mark.parametrize("trouble", [OSError("no number"), OSError(errno.EBADF, "x"), KeyError()])
def test_anything_else_is_one(trouble):
    assert of_the_machine(trouble) is None


@pytest.mark.long
def test_a_machine_that_starts_no_process_is_no_bug(tmp_path):
    """Without memory, or with all its processes taken, it can't start the one that crawls."""
    workspace = Workspace(tmp_path, Sandbox("http://127.0.0.1:9").environment())
    program = (
        "from multiprocessing import spawn; spawn.set_executable('/bin/false');"
        "import sys; from cli.main import main; main(sys.argv[1:])"
    )
    line = ["backfill", "--since", "2024-11-04", "--until", "2024-11-05"]

    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, *line],
        cwd=tmp_path,
        env=workspace.environment | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "Traceback" not in ended.stderr
    assert 1 == ended.returncode, ended
    assert "its process could not be started" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("attempt to write a readonly database", "is read-only; check the folder's permissions"),
        ("unable to open database file", "cannot be opened; check the permissions of the file"),
    ],
)
def test_a_store_without_rights_is_not_to_be_replaced(tmp_path, monkeypatch, words, told):
    """A backup in its place would lose what it holds, and help nothing."""
    workspace = Workspace(tmp_path)
    workspace.run("classify")
    real = sqlite3.connect

    def refused(where, *rest, **more):
        if "mode=r" in str(where):
            raise sqlite3.OperationalError(words)
        return real(where, *rest, **more)

    monkeypatch.setattr(sqlite3, "connect", refused)

    ended = workspace.run("status")

    assert 1 == ended.code, ended
    assert told in ended.err
    assert "backup" not in ended.err
