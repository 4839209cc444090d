"""``listkeeper list``: real lists in, the same bytes out, and what is wrong with them named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace import LIST, REPOSITORY, Workspace, run_in

SHARED = Path(os.environ.get("LISTKEEPER_SHARED", REPOSITORY.parent / "shared"))
REAL = sorted((SHARED / "lists" / "roundtrip").glob("*.md")) if SHARED.is_dir() else []
SEED = REPOSITORY / LIST
NASTY = {
    "empty": b"",
    "no-newline": b"# L\n\n## S\n\n- [a](https://a.org) ",
    "crlf": b"# L\r\n\r\n## S\r\n\r\n- [a](https://a.org) \r\n",
    "bom": b"\xef\xbb\xbf# L\n",
    "not-utf-8": b"# L\n\xff\xfe\n- [a](b)\n",
    "nul": b"# L\n\0\n",
    "fence": b"# L\n```\n## not a heading\n- **not**, `arXiv, 2411.00001`\n```\n",
    "merge-marks": b"# L\n<<<<<<< ours\n- [a](https://a.org)\n=======\n>>>>>>> theirs\n",
    "line-separators": "# L\n- [a\u2028b\u0085c](https://a.org)\n".encode(),
}


def listkeeper(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess:
    """A real process: what stands on its standard output is what counts."""
    line = [sys.executable, "-P", "-m", "cli", *arguments]
    return subprocess.run(line, input=given, capture_output=True, check=False)


@pytest.mark.parametrize("data", NASTY.values(), ids=NASTY)
def test_cat_prints_the_same_bytes(tmp_path, data):
    """Whatever is in the file."""
    path = tmp_path / "list.md"
    path.write_bytes(data)

    assert data == listkeeper("list", "cat", str(path)).stdout


@pytest.mark.skipif(not REAL, reason="the real lists are not here")
def test_cat_prints_real_lists_as_they_are():
    """All of them in one call, one after the other."""
    ended = listkeeper("list", "cat", *map(str, REAL))

    assert b"".join(path.read_bytes() for path in REAL) == ended.stdout


@pytest.mark.parametrize("path", [SEED, *REAL], ids=lambda path: path.stem)
def test_entries_rendered_are_the_settled_entries_they_came_from(path):
    """``entries --json | render`` gives back each settled paper entry, byte for byte."""
    rows = listkeeper("list", "entries", str(path), "--json").stdout
    entries = [json.loads(line) for line in rows.splitlines()]
    settled = [row for row in entries if row["kind"] == "paper" and is_settled(row["raw"])]
    lines = "\n".join(json.dumps(row) for row in settled).encode()

    rendered = listkeeper("list", "render", given=lines).stdout.decode()

    assert "".join(row["raw"].rstrip("\n") + "\n" for row in settled) == rendered
    assert path != SEED or 12 == len(settled)


def is_settled(raw: str) -> bool:
    """Both trailing blanks: on the first line, and on the one with the citations."""
    head = raw.partition("\n\n")[0].split("\n")
    return head[0].endswith(" ") and head[-1].endswith(" ") and "cication: [" in head[-1]


def test_rows_have_the_promised_fields():
    """The fields of a paper and of a link, as other programs read them."""
    rows = listkeeper("list", "entries", str(SEED), "--json").stdout
    by_title = {row["title"]: row for row in map(json.loads, rows.splitlines())}

    paper = by_title["QTIP: Quantization with Trellises and Incoherence Processing"]
    fields = (
        "kind section title arxiv_id version authors elided venue citation starred prefix url "
        "extras note line raw"
    )
    assert fields.split() == list(paper)
    assert ("paper", "Quantization", "2406.11235", 3) == tuple(
        paper[name] for name in ("kind", "section", "arxiv_id", "version")
    )
    assert 1 == paper["citation"]["count"]
    assert ["repo", "link", "link"] == [extra["kind"] for extra in paper["extras"]]
    survey = by_title["A Survey of Small Language Models"]
    assert {"count": None, "url": None} == survey["citation"]
    assert by_title["BitNet a4.8: 4-bit Activations for 1-bit LLMs"]["starred"]


def test_row_that_cannot_be_read_is_named():
    """Exit 2, and the line of the input."""
    ended = listkeeper("list", "render", given=b'{"title": "x", "arxiv_id": "nonsense"}\n')

    assert 2 == ended.returncode
    assert b"nonsense" in ended.stderr


def test_check_names_what_stands_twice(tmp_path):
    """The same paper twice in a section, with both lines; a note, not an error."""
    path = tmp_path / "list.md"
    link = "- [A post](https://example.org/post) \n"
    path.write_text(f"# L\n\n## S\n\n{link}{link}")

    ended = listkeeper("list", "check", str(path))

    assert 0 == ended.returncode
    assert b":6: note:" in ended.stdout


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_a_list_without_findings_is_told_in_one_line(tmp_path, command):
    (tmp_path / "list.md").write_text("# L\n\n## S\n\n- [A post](https://example.org/post)\n")
    line = ("list", command, "list.md")

    said, as_json, quiet = (
        run_in(tmp_path, *line, *more) for more in ((), ("--json",), ("--quiet",))
    )

    assert ("no finding\n", "", "") == (said.out, as_json.out, quiet.out)
    assert (0, 0, 0) == (said.code, as_json.code, quiet.code)


def test_check_ends_with_1_on_merge_marks(tmp_path):
    """Something that must be mended first."""
    path = tmp_path / "list.md"
    path.write_bytes(NASTY["merge-marks"])

    assert 1 == listkeeper("list", "check", str(path)).returncode


def test_missing_file_is_one_line():
    """Exit 2 with the path and what to do."""
    ended = listkeeper("list", "cat", "/nowhere/list.md")

    assert 2 == ended.returncode
    assert 1 == len(ended.stderr.splitlines())
    assert b"/nowhere/list.md" in ended.stderr


def test_printing_a_file_loads_nothing_that_reads_entries():
    """Its start is most of what a person waits for."""
    program = (
        "import sys\n"
        "from cli.main import code_of\n"
        "code_of(sys.argv[1:])\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    line = [sys.executable, "-P", "-c", program, "list", "cat", LIST]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(line, cwd=REPOSITORY, env=environment, capture_output=True, check=True)

    assert (REPOSITORY / LIST).read_bytes() == ended.stdout
    loaded = set(ended.stderr.decode().split())
    assert "catalog.markdown.spans" in loaded
    assert not loaded & {"catalog.markdown.listfile", "catalog.address", "cli.render", "pydantic"}


TORN = {"empty": b"", "zeros": b"\0" * 4096, "torn": SEED.read_bytes()[:9000] + b"\0" * 100}
TORN["old mac"] = SEED.read_bytes().replace(b"\n", b"\r")


@pytest.mark.parametrize("data", TORN.values(), ids=TORN)
def test_a_torn_file_is_an_error_and_no_command_reads_it_as_a_list(tmp_path, data):
    """A machine that stopped leaves such files; before, `digest` proposed all entries again."""
    workspace = Workspace(tmp_path)
    workspace.listed.write_bytes(data)

    checked = workspace.run("list", "check", str(workspace.listed))

    assert 1 == checked.code
    whats = ("NUL bytes\n", "no text at all\n", "its lines end with CR alone, and count as one\n")
    assert any(f"error: {what}" in checked.out for what in whats)
    for command in (("digest",), ("list", "check"), ("watch", "--no-look"), ("undo",)):
        ended = workspace.run(*command)
        assert 2 == ended.code, ended
        assert str(workspace.listed) in ended.err
        assert not (tmp_path / "digests").exists()
