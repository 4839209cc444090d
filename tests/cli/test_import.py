"""A backup is written whole or not at all, and taken in whole or not at all, field by field."""

import errno
import gzip
import json
import os
import random
import shutil
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catalog.jsonl
from benchmarks.mutated_exports import MONDAY, lived_in, mutated, play
from catalog.errors import UsageTrouble
from catalog.store import Store
from catalog.store.backup import check_count, with_count
from output.digest.model import from_json
from output.digest.validation import check_json
from tests.workspace import REPOSITORY, Workspace


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """A workspace that people and time have been at, and the lines of its export."""
    return lived_in(tmp_path_factory.mktemp("lived-in"))


@pytest.fixture
def empty(tmp_path):
    with closing(Store(tmp_path / "state" / "listkeeper.db")) as store:
        yield store


def take_in(store, lines):
    rows = [(f"backup.jsonl:{number}", json.loads(line)) for number, line in enumerate(lines, 1)]
    return store.backup.restore(check_count(rows, "backup.jsonl"), check_json)


def changed(lines, kind, changes):
    """The lines, the first one of a kind with these fields changed; and its number."""
    rows = [json.loads(one) for one in lines]
    place = next(n for n, row in enumerate(rows) if row["record"] == kind)
    rows[place] |= changes
    return [json.dumps(row) for row in rows], place + 1


def test_export_comes_back_as_it_was(backup, empty):
    _, lines = backup

    assert len(lines) - 1 == take_in(empty, lines)

    again = [json.dumps(row, sort_keys=True) for row in with_count(empty.backup.export())]
    assert [json.dumps(json.loads(one), sort_keys=True) for one in lines] == again


WRONG = {
    "no act": ("decision", {"act": "admit"}, "act is 'admit', and must be one of accept"),
    "no zone": ("decision", {"at": "2024-11-12T06:47:00"}, "a date and time with zone"),
    "no such year": ("decision", {"at": "0001-01-01T00:00:00+14:00"}, "from 1990 to 2200"),
    "no key": ("decision", {"work_key": "paper:7"}, "must be a key like arxiv:2411.04965"),
    "no arXiv id": ("decision", {"work_key": "arxiv:2411.1"}, "must be a key like"),
    "no address": ("decision", {"work_key": "link:javascript:alert(1)"}, "must be a key like"),
    "list": ("decision", {"list_name": ["a"]}, "list_name is \\['a'\\], and must be a text"),
    "unknown field": ("decision", {"colour": "red"}, "colour is 'red', and must be left out"),
    "no count": ("fact", {"kind": "citations", "value": "many"}, "a count of citations"),
    "below nothing": ("fact", {"kind": "stars", "value": "-1"}, "a count of stars"),
    "other digits": ("fact", {"kind": "upvotes", "value": "\u0663"}, "a count of upvotes"),
    "number": ("fact", {"value": 7}, "value is 7, and must be a text"),
    "long address": ("fact", {"url": "https://x.org/" + "y" * 100_000}, "1 to 2,048 characters"),
    "no repository": ("fact", {"kind": "code", "value": "x"}, "a repository like owner/name"),
    "backwards": ("fact", {"last_at": "2001-01-01T00:00:00+00:00"}, "not before first_at"),
    "unknown kind": ("fact", {"kind": "colour"}, "kind is 'colour', and must be one of"),
    "unknown record": ("fact", {"record": "colour"}, "is a record of 'colour'; known: decision"),
    "empty body": ("digest", {"body": {}}, "body is {}, and must be the content of a digest"),
    "path": ("digest", {"name": "../../x"}, "name is '../../x', and must be a week"),
    "other base": ("digest", {"base": "AAAA"}, "must be the SHA-256 of base"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_field_is_named_with_line_and_value_and_nothing_is_taken_in(backup, empty, name):
    record, changes, words = WRONG[name]
    lines, number = changed(backup[1], record, changes)

    with pytest.raises(UsageTrouble, match=words) as raised:
        take_in(empty, lines)

    assert str(raised.value).startswith(f"backup.jsonl:{number}: ")
    assert [] == list(empty.backup.export())


BODIES = {
    "candidates": ("many", "body.candidates is 'many', and must be list"),
    "sources": ([{"source": "x"}], r"body.sources\[0\] has no word"),
    "waiting": ([1], r"body.waiting is \[1\], and must be tuple"),
    "made_at": ("2024-11-12", "body.made_at is '2024-11-12', and must be a date and time with"),
    "name": ("2024-W45", "body.name is '2024-W45', and must be '2024-W46'"),
}


@pytest.mark.parametrize("field", BODIES)
def test_content_of_a_digest_is_checked_to_the_bottom(backup, empty, field):
    value, words = BODIES[field]
    rows = [json.loads(one) for one in backup[1]]
    (digest,) = [row for row in rows if row["record"] == "digest"]
    digest["body"][field] = value

    with pytest.raises(UsageTrouble, match=words):
        take_in(empty, map(json.dumps, rows))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """An empty store's file, to be copied."""
    path = tmp_path_factory.mktemp("fresh") / "listkeeper.db"
    Store(path).close()
    return path


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_taken_in_can_be_read(backup, fresh, tmp_path_factory, seed):
    """Whatever is changed in one place: refused with its line, or no trouble for any reader."""
    lines, number, what = mutated(backup[1], random.Random(seed))
    path = tmp_path_factory.mktemp("store") / "listkeeper.db"
    shutil.copy(fresh, path)
    with closing(Store(path)) as store:
        trouble = refusal(store, lines)
        if trouble:
            assert trouble.startswith(f"backup.jsonl:{number}: "), what
            assert [] == list(store.backup.export())
            return
        for digest in store.digests.all():
            from_json(digest.body)
        for kind in ("citations", "stars", "upvotes", "dropped"):
            assert all(fact.count >= 0 for fact, _ in store.facts.history(kind)), what
        assert store.memory.files()
        again = [json.dumps(row) for row in store.backup.export()]
        assert 0 == take_in(store, again), what


def refusal(store, lines):
    try:
        take_in(store, lines)
    except UsageTrouble as trouble:
        return str(trouble)
    return ""


@pytest.mark.long
def test_no_command_ends_as_a_bug_on_what_was_taken_in(tmp_path):
    """The long form is benchmarks/mutated_exports.py."""
    told = play(3, 4, tmp_path)

    assert [] == told.wrong
    assert 3 == sum(told.ends.values())


def test_import_names_the_line_and_ends_with_2(backup, tmp_path):
    workspace, lines = backup
    path = tmp_path / "backup.jsonl"
    path.write_text("\n".join([*lines, "{", ""]))

    ended = workspace.run("import", str(path), as_of=MONDAY)

    assert 2 == ended.code
    assert f"{path}:{len(lines) + 1}: is not JSON" in ended.err
    assert "correct that line or take it out" in ended.err


def test_an_export_that_lost_lines_is_not_taken_in(backup, tmp_path):
    """As a full disk leaves it behind `export all > FILE`: its last line is whole."""
    _, lines = backup
    path = tmp_path / "backup.jsonl"
    cut = {"none": lines[:1], "some": lines[:-1], "doubled": [*lines, lines[-1]]}
    for name, kept in cut.items():
        path.write_text("\n".join(kept) + "\n")
        target = Workspace(tmp_path / name)

        ended = target.run("import", str(path), as_of=MONDAY)

        assert 2 == ended.code
        promised, follow = len(lines) - 1, len(kept) - 1
        assert f"{path}:1: promises {promised} records, and {follow} follow" in ended.err
        assert not (target.root / ".listkeeper").exists() or [] == records_of(target)


def records_of(workspace):
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        return list(store.backup.export())


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)],
    ids=["nothing", "lines", "mark", "packed"],
)
def test_an_empty_file_is_no_export(tmp_path, data):
    """An export of an empty store has a line, so nothing was written here."""
    path = tmp_path / "backup.jsonl"
    path.write_bytes(data)

    ended = Workspace(tmp_path).run("import", str(path))

    assert (2, "") == (ended.code, ended.out)
    assert f"{path}: is empty, and an export never is" in ended.err


def test_exports_without_a_count_and_several_in_one_file_are_taken_in(backup, empty):
    _, lines = backup

    assert len(lines) - 1 == take_in(empty, lines[1:])
    assert 0 == take_in(empty, [*lines, *lines])


# Writing


EXPORTS = [
    ("all",), ("papers",), ("citations",), ("candidates",),
    ("papers", "--format", "jsonl"), ("papers", "--format", "parquet"),
]  # fmt: skip


def test_a_file_of_blank_lines_is_none(tmp_path, monkeypatch):
    """A small .gz can hold so many that skipping them takes minutes."""
    monkeypatch.setattr(catalog.jsonl, "MAX_BLANK_LINES", 1_000)
    path = tmp_path / "blank.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n" * 1_002))

    ended = Workspace(tmp_path).run("import", str(path))

    assert 2 == ended.code
    assert f"{path}:1001: is blank, as 1,000 lines before it" in ended.err


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: b"\xef\xbb\xbf" + data])
def test_compressed_exports_and_those_with_a_byte_order_mark_are_read(backup, tmp_path, pack):
    workspace, lines = backup
    path = tmp_path / "backup.jsonl"
    path.write_bytes(pack("\r\n".join(lines).encode()))

    ended = workspace.copy(tmp_path / "copy").run("import", str(path), as_of=MONDAY)

    assert (0, "0 records imported\n") == (ended.code, ended.out), ended.err


UNREADABLE = {
    "cut-off": (lambda lines: gzip.compress("\n".join(lines).encode())[:-9], "cannot be unpacked"),
    "twice": (lambda lines: lines[1][:-1].encode() + b',"act":"undo"}', "says act twice:"),
    "deep": (lambda _: b'{"a":' * 900 + b"1" + b"}" * 900, "is "),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_for_certain_is_not_taken_in(backup, tmp_path, name):
    """A file that is cut off, and a line of which nobody knows what it says."""
    workspace, lines = backup
    make, said = UNREADABLE[name]
    path = tmp_path / "backup.jsonl"
    path.write_bytes(make(lines))

    ended = workspace.copy(tmp_path / "copy").run("import", str(path), as_of=MONDAY)

    assert 2 == ended.code
    assert f"listkeeper: {path}:" in ended.err
    assert said in ended.err
    assert 1 == len(ended.err.splitlines())


def test_full_disk_leaves_the_last_whole_export(backup, tmp_path, monkeypatch):
    """And nothing beside it."""
    workspace, _ = backup
    write = os.write

    def full(handle, data):
        write(handle, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for number, export in enumerate(EXPORTS):
        path = tmp_path / f"{number}.out"
        path.write_bytes(b"the last whole export")
        with monkeypatch.context() as patch:
            patch.setattr("catalog.files.os.write", full)
            ended = workspace.run("export", *export, "-o", str(path), as_of=MONDAY)

        assert (1, b"the last whole export") == (ended.code, path.read_bytes()), ended.err
        assert "it is unchanged" in ended.err
    assert len(EXPORTS) == len(list(tmp_path.iterdir()))


def test_export_keeps_a_link_and_its_targets_mode(backup, tmp_path):
    workspace, _ = backup
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)

    assert 0 == workspace.run("export", "all", "-o", str(link), as_of=MONDAY).code

    assert link.is_symlink()
    assert target.read_text().startswith("{")
    assert 0o640 == stat.S_IMODE(target.stat().st_mode)


@pytest.mark.long
@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_standard_output_may_be_named(backup, tmp_path, output):
    """What stands in the file already is not lost: it was opened to be appended to."""
    workspace, lines = backup
    log = tmp_path / "log.jsonl"
    log.write_text("before\n")
    command = [sys.executable, "-P", "-m", "cli", "export", "all", "-o", output]
    command += ["--config", str(workspace.root / "config"), "--quiet"]

    with log.open("ab") as file:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        subprocess.run(command, stdout=file, check=True, env=environment)

    assert ["before", *lines] == log.read_text().splitlines()
