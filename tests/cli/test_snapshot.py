"""All of arXiv from a file: only what is proposed is stored, however often the work is stopped."""

import gzip
import json
from contextlib import closing
from datetime import UTC, datetime
from shutil import copy

import pytest

from catalog.store import Store
from pipelines.bulk import files
from tests.crash_driver import CrashDriver
from tests.workspace import Workspace

NOW = datetime(2024, 11, 22, 12, tzinfo=UTC)
PROPOSED = "Pruning of Large Language Models by Layers"
OTHER = "On the Rings of a Distant Planet"
ABOUT = {PROPOSED: "We prune weights of an LLM\nand measure its speed.", OTHER: "They are thin."}


def record(number, title, categories="cs.CL cs.LG", **more):
    """A line in the snapshot's own shape."""
    row = {
        "id": f"2401.{number + 1:05}",
        "submitter": "A. One",
        "authors": "A. One and B. Two",
        "title": title.replace(" of ", "\n  of "),
        "comments": None,
        "journal-ref": None,
        "doi": None,
        "report-no": None,
        "categories": categories,
        "license": None,
        "abstract": f"  {ABOUT[title]}\n",
        "versions": [{"version": "v1", "created": "Mon, 1 Jan 2024 09:00:00 GMT"}],
        "update_date": "2024-02-01",
        "authors_parsed": [["One", "A.", ""], ["Two", "B.", "Jr"]],
    }
    return json.dumps({**row, **more}, separators=(",", ":")).encode() + b"\n"


@pytest.fixture
def snapshot(tmp_path):
    path = tmp_path / "snapshot.jsonl"
    lines = [
        record(n, PROPOSED if n % 5 == 0 else OTHER, "cs.CL" if n % 2 else "astro-ph.EP cs.CL")
        for n in range(300)
    ]
    lines += [record(400 + n, PROPOSED, "astro-ph.EP") for n in range(20)]
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def _small_parts(monkeypatch):
    monkeypatch.setattr(files, "PART_BYTES", 40_000)


def judged(workspace, snapshot, *more):
    return workspace.json("backfill", "--snapshot", str(snapshot), *more, as_of=NOW)


def stored(workspace):
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        return list(store.verdicts.proposed("Efficient LLM"))


def counts(ended):
    told = ended.report["counts"]
    return tuple(told[f"backfill/{name}"] for name in ("records", "judged", "found"))


@pytest.mark.long
@pytest.mark.usefixtures("_small_parts")
def test_what_is_proposed_is_stored_and_nothing_else(tmp_path, snapshot):
    """With its day, names and text; other categories aren't even judged. By two processes, too."""
    one, two = Workspace(tmp_path / "one"), Workspace(tmp_path / "two")

    ended = judged(one, snapshot, "--workers", "1")
    again = judged(one, snapshot, "--workers", "1")
    shared = judged(two, snapshot, "--workers", "2")

    assert (0, 0, 0) == (ended.code, again.code, shared.code), ended.err
    assert (320, 300, 60) == counts(ended) == counts(again) == counts(shared)
    assert f"{snapshot} is judged already by these rules" in again.report["notes"]
    work, verdict = stored(one)[0]
    assert "Pruning" == verdict.section
    assert PROPOSED == work.title
    assert "We prune weights of an LLM and measure its speed." == work.abstract
    assert ("A. One", "B. Two Jr") == work.authors
    assert "2024-01-02" == str(work.announced)
    assert 60 == len(stored(one))
    assert stored(one) == stored(two)


@pytest.mark.long
def test_days_and_packed_files(tmp_path, snapshot):
    """Only papers of these days; a packed file and a table say the same."""
    pd = pytest.importorskip("pandas")
    packed, table = tmp_path / "snapshot.json.gz", tmp_path / "snapshot.parquet"
    packed.write_bytes(gzip.compress(snapshot.read_bytes()))
    columns = ["id", "title", "abstract", "categories", "authors"]
    rows = [json.loads(line) for line in snapshot.read_bytes().splitlines()]
    pd.DataFrame(rows)[columns].to_parquet(table, engine="fastparquet", row_group_offsets=100)
    days = ("--since", "2024-01-01", "--until", "2024-01-31", "--workers", "1")

    some, ended, tabled = (
        judged(Workspace(tmp_path / path.name.replace(".", "-")), path, *days)
        for path in (snapshot, packed, table)
    )

    assert (320, 300, 60) == counts(some) == counts(ended)
    # Without the times of versions a paper counts from the first day of its month.
    assert (320, 300, 60) == counts(tabled)
    late = ("--since", "2024-01-03", "--workers", "1")
    assert 0 == counts(judged(Workspace(tmp_path / "late"), snapshot, *late))[2]


def test_a_broken_record_is_named(tmp_path, snapshot):
    """The papers before its part are kept; when it is mended the work goes on."""
    workspace = Workspace(tmp_path)
    lines = snapshot.read_bytes().splitlines(keepends=True)
    snapshot.write_bytes(b"".join([*lines[:7], b'{"id": "2401.00008", "title": 7}\n', *lines[8:]]))

    ended = judged(workspace, snapshot, "--workers", "1")

    assert 2 == ended.code
    assert f"{snapshot}:8: is no record of a paper" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("line", [b"A stu", b'A study", "abstract": "of', b'A study"'])
def test_a_line_that_was_cut_off_is_named_even_of_other_categories(tmp_path, snapshot, line):
    """Nobody reads a record of other categories, but that the file is damaged must be seen."""
    workspace = Workspace(tmp_path)
    lines = snapshot.read_bytes().splitlines(keepends=True)
    others = b'{"categories": "math.AG", "title": "'
    snapshot.write_bytes(b"".join([*lines[:7], others + line + b"\n", *lines[8:]]))

    ended = judged(workspace, snapshot, "--workers", "1")

    assert 2 == ended.code
    assert f"{snapshot}:8: is not JSON" in ended.err


@pytest.mark.long
@pytest.mark.usefixtures("_small_parts")
def test_a_cluster_stores_and_prints_what_one_process_does(tmp_path, snapshot):
    """--dask of the three commands, on a real cluster of two worker processes."""
    distributed = pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    alone, shared = Workspace(tmp_path / "alone"), Workspace(tmp_path / "shared")
    applied = ("rules", "apply", str(snapshot))
    by_one, by_one_process = ("--workers", "1"), judged(alone, snapshot, "--workers", "1")
    printed = alone.run(*applied, *by_one).out

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
    ) as cluster:
        dask = ("--dask", cluster.scheduler_address)
        ended = judged(shared, snapshot, *dask)
        both = shared.run("backfill", "--snapshot", str(snapshot), *dask, *by_one)
        assert printed == shared.run(*applied, *dask).out
        for workspace in (alone, shared):
            rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
            former = copy(rules, tmp_path / "former.yaml")
            rules.write_text(rules.read_text().replace("prun*", "ring"))
        diff = ("rules", "diff", str(former), "--snapshot", str(snapshot))
        differences = shared.run(*diff, *dask)

    assert counts(by_one_process) == counts(ended) == (320, 300, 60)
    assert stored(alone) == stored(shared)
    assert printed.count("\n") == 320
    assert (2, True) == (both.code, "--workers: is the cluster's own affair" in both.err)
    assert alone.run(*diff, *by_one).out == differences.out
    assert "lost" in differences.out


@pytest.mark.long
def test_killed_and_gone_on(tmp_path, snapshot):
    """By kill -9 between two parts of the file: in the end the same is stored."""
    assert 1 == kill_at(tmp_path, snapshot, [5])


@pytest.mark.long
def test_killed_at_every_durable_step(tmp_path, snapshot):
    """Of a file of two parts: further ones take the same steps."""
    lines = snapshot.read_bytes().splitlines(keepends=True)
    snapshot.write_bytes(b"".join(lines[:100]))
    assert kill_at(tmp_path, snapshot, range(1, 100)) > 5


def kill_at(tmp_path, snapshot, steps):
    """How many of the runs were killed; each goes on to the end of one that was not."""
    whole = Workspace(tmp_path / "whole")
    with CrashDriver("tests.small_parts") as driver:
        assert 0 == driver.run(command(whole, snapshot))
        expected, kills = stored(whole), 0
        assert len(expected) in {20, 60}
        for step in steps:
            workspace = Workspace(tmp_path / f"killed-{step}")
            code = driver.run(command(workspace, snapshot), step)
            if code == 0:
                break
            assert -9 == code
            kills += 1
            assert 0 == driver.run(command(workspace, snapshot))
            assert expected == stored(workspace)
    return kills


def command(workspace, snapshot):
    return [
        *("backfill", "--snapshot", str(snapshot), "--workers", "1", "--quiet"),
        *("--config", str(workspace.root / "config"), "--as-of", NOW.isoformat()),
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "cannot be read (No such file or directory)"),
        (lambda path: path.mkdir(), "cannot be read (Is a directory)"),
        (lambda path: path.touch(), "holds no records; download it again"),
    ],
    ids=["missing", "folder", "empty"],
)
def test_a_snapshot_that_is_none_is_told(tmp_path, make, said):
    path = tmp_path / "none.jsonl"
    make(path)

    ended = Workspace(tmp_path / "w").run("backfill", "--snapshot", str(path), as_of=NOW)

    assert (2, f"listkeeper: {path}: {said}") == (ended.code, ended.err.strip())
