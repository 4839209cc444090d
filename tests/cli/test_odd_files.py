"""A path of the command line that leads to no plain file, or to one that holds nothing."""

import gzip
import os
import signal
from contextlib import closing

import pytest

from catalog.store import Store
from tests.workspace import Workspace

READ = [
    "list check @",
    "list cat @",
    "list entries @",
    "list doctor @",
    "list form @",
    "list form --papers @",
    "list render @",
    "list star 2411.02355 @",
    "citations refresh @",
    "watch --no-look @",
    "apply @",
    "import @",
    "init @",
    "rules apply @",
    "rules apply @ --workers 1",
    "rules diff @",
    "rules suggest --section Quantization --positives @",
    "rank apply @",
    "rank train --positives @ --negatives @ --background @",
    "backfill --snapshot @ --workers 1",
    "sync --event @",
]
LABELS = [
    "rules suggest --section Quantization --positives @",
    "rules diff before.yaml --positives @",
    "rank train --positives @ --negatives @ --background @",
    "list form --papers @",
]
NOTHING = [
    pytest.param(b"", id="empty"),
    pytest.param(b"\n\n  \n", id="blank", marks=pytest.mark.long),
    pytest.param(b"\xef\xbb\xbf", id="only a byte order mark", marks=pytest.mark.long),
    pytest.param(gzip.compress(b""), id="gz of nothing", marks=pytest.mark.long),
]


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "list")


@pytest.fixture(autouse=True)
def _never_wait():
    """Whoever opens a pipe that nobody writes would wait for ever."""

    def stop(*_: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 20)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def run(workspace, line, path):
    return workspace.run(*(str(path) if word == "@" else word for word in line.split()))


@pytest.mark.parametrize("line", READ)
def test_a_pipe_with_a_name_is_refused_and_not_waited_for(workspace, tmp_path, line):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)

    ended = run(workspace, line, pipe)

    assert 2 == ended.code, ended
    assert f"{pipe}: " in ended.err
    assert 1 == ended.err.count("\n")


@pytest.mark.parametrize("line", ["list check @", "import @", "rules apply @"])
def test_what_the_shell_has_opened_is_read(workspace, line):
    """As ``<(command)`` and ``/dev/stdin`` are."""
    reading, writing = os.pipe()
    os.write(writing, b"# Papers\n")
    os.close(writing)

    ended = run(workspace, line, f"/dev/fd/{reading}")
    os.close(reading)

    assert "pipe" not in ended.err
    assert (0 if line.startswith("list") else 2) == ended.code, ended


@pytest.mark.parametrize("line", ["import @", "rules apply @", "rank apply @"])
def test_a_file_that_cannot_be_read_is_no_bug(workspace, line):
    ended = run(workspace, line, "/proc/self/mem")

    assert 2 == ended.code, ended
    assert "listkeeper: /proc/self/mem: cannot be read (Input/output error)\n" in ended.err


@pytest.mark.parametrize("line", ["list check @", "citations refresh @", "apply @"])
def test_a_file_of_any_size_is_refused_before_it_fills_the_memory(workspace, tmp_path, line):
    with (tmp_path / "big.md").open("wb") as file:
        file.truncate(1 << 40)

    ended = run(workspace, line, tmp_path / "big.md")

    assert 2 == ended.code, ended
    assert "it is larger than 12,000,000 bytes" in ended.err


def test_a_configured_list_of_any_size_is_refused(workspace):
    with workspace.listed.open("ab") as file:
        file.truncate(1 << 40)

    ended = workspace.run("classify")

    assert 2 == ended.code, ended
    assert "it is larger than 12,000,000 bytes" in ended.err


@pytest.mark.parametrize("content", NOTHING)
@pytest.mark.parametrize("line", LABELS)
def test_nothing_is_measured_or_learned_from_nothing(workspace, tmp_path, line, content):
    rules = (workspace.root / "config" / "lists" / "efficient-llm.yaml").read_text()
    (tmp_path / "before.yaml").write_text(rules.replace("quantiz*", "quanty*", 1))
    (tmp_path / "empty.jsonl").write_bytes(content)

    ended = run(
        workspace, line.replace("before.yaml", f"{tmp_path}/before.yaml"), tmp_path / "empty.jsonl"
    )

    assert 2 == ended.code, ended
    assert f"{tmp_path}/empty.jsonl: holds no papers" in ended.err


def test_nothing_may_have_been_rejected_yet(workspace, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"arxiv_id": "2411.00001", "title": "A Small Paper"}\n')
    (tmp_path / "empty.jsonl").write_bytes(b"")

    line = f"rules suggest --positives {tmp_path}/in.jsonl --negatives @"

    assert 0 == run(workspace, line, tmp_path / "empty.jsonl").code


@pytest.mark.parametrize("content", NOTHING)
@pytest.mark.parametrize("line", ["rules apply @", "rules apply @ --workers 1", "rank apply @"])
def test_no_rows_are_no_mistake_but_are_told(workspace, tmp_path, line, content):
    """The one before in a pipeline may have found none today."""
    (tmp_path / "empty.jsonl").write_bytes(content)

    ended = run(workspace, line, tmp_path / "empty.jsonl")

    assert (0, "") == (ended.code, ended.out)
    assert "no papers" in ended.err


@pytest.mark.parametrize("content", NOTHING)
@pytest.mark.parametrize("line", ["backfill --snapshot @ --workers 1", "rules diff @"])
def test_a_snapshot_without_a_record_is_not_read_as_no_papers(workspace, tmp_path, line, content):
    snapshot = tmp_path / "snapshot.json"
    snapshot.write_bytes(content)
    if line.startswith("rules"):
        rules = (workspace.root / "config" / "lists" / "efficient-llm.yaml").read_text()
        (tmp_path / "before.yaml").write_text(rules.replace("quantiz*", "quanty*", 1))
        line = f"rules diff {tmp_path}/before.yaml --snapshot @ --workers 1"

    ended = run(workspace, line, snapshot)

    assert 2 == ended.code, ended
    assert f"{snapshot}: holds no records; download it again" in ended.err


def test_rows_to_render_may_be_packed_and_begin_with_a_mark(workspace, tmp_path):
    row = b'{"arxiv_id": "2411.02355", "title": "Four Bits", "kind": "paper"}\n'
    plain, packed = tmp_path / "rows", tmp_path / "rows.gz"
    plain.write_bytes(row)
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + row))

    first, second = (workspace.run("list", "render", str(path)) for path in (plain, packed))

    assert (0, first.out) == (second.code, second.out)
    assert "Four Bits" in first.out


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_labels_beside_the_rules_that_are_no_file_are_not_taken_for_none(workspace, kind):
    labels = workspace.root / "config" / "lists" / "efficient-llm.labelled.jsonl"
    labels.unlink(missing_ok=True)
    labels.mkdir() if kind == "folder" else os.mkfifo(labels)

    ended = workspace.run("rules", "suggest", "--section", "Quantization")

    assert 2 == ended.code, ended
    assert f"{labels}: cannot be read" in ended.err


def test_an_export_into_a_pipe_that_nobody_reads_ends(workspace, tmp_path):
    os.mkfifo(tmp_path / "pipe")

    ended = workspace.run("export", "papers", "-o", str(tmp_path / "pipe"))

    assert 1 == ended.code, ended
    assert "that nobody reads" in ended.err


def test_an_export_into_a_pipe_with_a_reader_arrives(workspace, tmp_path):
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")):
        pass
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    ended = workspace.run("export", "papers", "-o", str(tmp_path / "pipe"))

    assert 0 == ended.code, ended
    assert os.read(reading, 100).startswith(b"arxiv_id,")
    os.close(reading)
