"""Files of many papers: cut into parts, each line is in exactly one of them."""

import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import UsageTrouble
from config.rules import ListRules
from config.strict import validate
from pipelines.bulk import files
from pipelines.bulk.files import parts
from pipelines.bulk.judging import ApplyRules, RulesToSend

RULES = validate(
    ListRules, {"list": "L", "file": "l.md", "sections": [{"name": "S", "says": ["prun*"]}]}
)
APPLY = ApplyRules(RulesToSend.of([RULES]), "L", "none")


def lines_of(path, size, stream=None):
    found = [line for part in parts(str(path), stream, size) for line in part.lines()]
    return [line for line in found if line]


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.integers(1, 80),
)
def test_each_line_is_in_one_part(tmp_path_factory, lines, ending, last_ends, size):
    """Plain, packed and through a pipe; wherever the cuts are."""
    body = ending.join(lines) + (ending if last_ends else b"")
    if body.startswith((b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf")):
        return
    folder = tmp_path_factory.mktemp("parts")
    (folder / "plain").write_bytes(body)
    (folder / "packed").write_bytes(gzip.compress(body))
    expected = [line for line in body.split(b"\n") if line]

    assert expected == lines_of(folder / "plain", size)
    assert expected == lines_of(folder / "packed", size)
    assert expected == lines_of("-", size, io.BytesIO(body))


@pytest.mark.parametrize("packed", [False, True])
def test_a_wrong_line_is_named_by_its_number(tmp_path, packed):
    rows = [json.dumps({"title": f"Paper {n}"}).encode() for n in range(60)]
    rows[41] = b'{"title": 7}'
    path = tmp_path / "papers.jsonl"
    body = b"\n".join(rows)
    path.write_bytes(gzip.compress(body) if packed else body)

    with pytest.raises(UsageTrouble, match=r"papers\.jsonl:42: title must be text, is 7"):
        [part.run(APPLY) for part in parts(str(path), size=200)]


def test_rows_of_parquet_are_lines(tmp_path):
    """A part is a row group; an empty cell is null."""
    pd = pytest.importorskip("pandas")
    path = tmp_path / "papers.parquet"
    rows = [{"id": f"2411.0000{n}", "title": f"Pruning {n}", "abstract": None} for n in range(1, 6)]
    rows[0]["abstract"] = "All of it."
    pd.DataFrame(rows).to_parquet(path, engine="fastparquet", row_group_offsets=2)

    found = list(parts(str(path)))

    assert [2, 2, 1] == [len(part.lines()) for part in found]
    assert rows == [json.loads(line) for part in found for line in part.lines()]
    assert 1.0 == found[-1].done


def test_what_is_no_file_or_damaged_is_said(tmp_path):
    whole = gzip.compress(b'{"title": "Pruning"}\n' * 5000)
    (tmp_path / "cut.gz").write_bytes(whole[:-20])

    with pytest.raises(UsageTrouble, match="No such file"):
        list(parts(str(tmp_path / "none")))
    with pytest.raises(UsageTrouble, match="cut off or damaged"):
        list(parts(str(tmp_path / "cut.gz")))


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 100)
    (tmp_path / "plain").write_bytes(b'{"title": "' + b"x" * 300)
    (tmp_path / "packed").write_bytes(gzip.compress(b'{"title": "' + b"x" * 300))

    for name in ("plain", "packed"):
        with pytest.raises(UsageTrouble, match=r"line of|longer than"):
            lines_of(tmp_path / name, 40)
