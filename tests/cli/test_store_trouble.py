"""A store that is locked, full, foreign or damaged: one line, the right exit code, nothing lost."""

import resource
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

import catalog.store.engine
from sandbox.process import running
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    return Workspace(tmp_path, outside.environment())


def database(workspace):
    return workspace.root / ".listkeeper" / "listkeeper.db"


@pytest.mark.long
def test_locked_store_is_come_back_later(workspace, monkeypatch):
    """Another program holds the database: exit 75 and the path; afterwards all goes on."""
    assert 0 == workspace.run("discover", as_of=TUESDAY).code
    monkeypatch.setattr(catalog.store.engine, "BUSY_SECONDS", 0.2)
    with sqlite3.connect(database(workspace), isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")

        ended = workspace.run("run", as_of=TUESDAY)

        holder.execute("ROLLBACK")
    assert 75 == ended.code
    assert str(database(workspace)) in ended.err
    assert "Traceback" not in ended.err
    assert 0 == workspace.run("run", as_of=TUESDAY).code


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "not one of Listkeeper's"), (b"rubbish" * 500, "cannot be read as a database")],
    ids=["empty", "rubbish"],
)
def test_file_that_is_no_store_is_refused_and_kept(workspace, content, says):
    """Never recreated silently: exit 1, the path, a way out, and the same bytes."""
    database(workspace).parent.mkdir()
    database(workspace).write_bytes(content)

    ended = workspace.run("run", as_of=TUESDAY)

    assert 1 == ended.code
    assert says in ended.err
    assert 1 == len(ended.err.strip().splitlines())
    assert content == database(workspace).read_bytes()


LOST = {
    "a link that leads nowhere": lambda path: path.symlink_to("/nowhere/listkeeper.db"),
    "only its log": lambda path: path.with_name(f"{path.name}-wal").write_bytes(b"log"),
    "a file for its folder": lambda path: (path.parent.rmdir(), path.parent.write_text("x")),
}


@pytest.mark.parametrize("kind", LOST)
def test_doctor_does_not_take_a_lost_store_for_none(workspace, kind):
    path = database(workspace)
    path.parent.mkdir()
    LOST[kind](path)

    ended = workspace.run("doctor", as_of=TUESDAY)

    assert 1 == ended.code
    assert "is made by the first run" not in ended.out
    assert f"wrong  store: {path.parent}" in ended.out


@pytest.mark.long
def test_full_disk_is_said_and_loses_nothing(workspace):
    """Files may not grow any more: one line with the path; with room again the run is whole."""
    assert 0 == workspace.run("classify", as_of=TUESDAY).code
    before = workspace.snapshot()
    room = database(workspace).stat().st_size
    line = [sys.executable, "-P", "-m", "cli", "run", "--as-of", "2024-11-12T06:47Z", "--quiet"]

    ended = subprocess.run(
        [*line, "--config", str(workspace.root / "config")],
        env=workspace.environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == ended.returncode, ended.stderr
    assert "listkeeper.db" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert before == workspace.snapshot()
    assert 0 == workspace.run("run", as_of=TUESDAY).code
    assert workspace.page().exists()


@pytest.mark.long
def test_list_that_is_read_only_is_one_sentence(workspace, monkeypatch):
    """The list's folder takes no new file: nothing is changed, and the line says so."""
    assert 0 == workspace.run("run", as_of=TUESDAY).code
    workspace.tick(1)
    before = workspace.listed.read_bytes()

    def refused(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refused)
    ended = workspace.run("apply", str(workspace.page()), as_of=TUESDAY)
    monkeypatch.undo()

    assert 1 == ended.code
    assert "permission denied); nothing was changed" in ended.err
    assert before == workspace.listed.read_bytes()
    assert 0 == workspace.run("apply", str(workspace.page()), as_of=TUESDAY).code
    assert before != workspace.listed.read_bytes()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("sections:\n  - name: A\n    say: [x1]\n", "did you mean says?"),
        ("sections:\n  - name: A\n    says: quantiz*\n", "says: [quantiz*]"),
        ("sections: !!python/object/apply:os.system [echo]\n", "a tag"),
        ("sections: &a [*a]\n", "anchor"),
    ],
    ids=["typo", "not-a-list", "tag", "alias"],
)
def test_mistake_in_the_rules_is_exit_2_with_file_and_line(workspace, broken, says):
    """Before anything is asked or written: where, what, and what to write."""
    path = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    path.write_text(f"list: Efficient LLM\nfile: lists/efficient-llm.md\n{broken}")

    ended = workspace.run("classify", as_of=TUESDAY)

    assert 2 == ended.code
    assert f"{path}:" in ended.err
    assert says in ended.err.replace("`", "")
