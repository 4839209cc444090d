"""
What holds for every list file: the seed and the real lists, cut up, glued together and damaged.

``LISTKEEPER_EXAMPLES`` says how many inputs each property gets; 2,000 make ten thousand in all.
"""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import ListConflict
from catalog.markdown.checks import FIXABLE, examine, mend
from catalog.markdown.contents import add_section, anchored, contents
from catalog.markdown.edits import insert, move, remove, star
from catalog.markdown.entry import entry_for
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Paper
from output.apply.plan import applying
from output.digest.ticks import Ticked

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
FILES = [ROOT / "lists" / "efficient-llm.md", *sorted((SHARED / "lists/roundtrip").glob("*.md"))]
NEW = render(entry_for(Paper("2612.31234", 2, "A New Way to Quantize", authors=("A B", "C D"))))
LONGEST = 30_000

some = settings(
    max_examples=int(os.environ.get("LISTKEEPER_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def excerpt(data: bytes) -> bytes:
    """The head of a long file: a property needs its shapes, not its length."""
    return data if len(data) < LONGEST else data[: data.rindex(b"\n## ", 0, LONGEST)] + b"\n"


REAL = [excerpt(path.read_bytes()) for path in FILES]
SPANS = [span.raw for data in REAL for span in parse(data).spans][:400]
ODD = [
    b"## A\n", b"## A\n\n", b"## A\n\n\n", b"## B \n\nWords.\n\n", b"## B ##\nWords.\n", b"### A\n",
    b"# One\n", b"# \n", b"#\tTab\n", b"##none\n", b"\t- [A](#a)\n", b"- [B](#b) \n", b"- \n", b"-",
    b"- [x](http://y.org). \n", b"- [x](http://y.org.)\n\n\t *t*\n", b"- **[**, `v`, [arxiv](",
    b"\xef\xbb\xbf", b"\r\n", b"\r", b"\n\n", b"\n", b" ", b"\t", b"\0", b"\xff", b"\xe2\x80\xa8",
    b"```\n", b"~~~\n", b"<!--", b"-->\n", b"<!-- x -->\n", b"---\n", b"***\n", b"**Bold**\n",
    b"<<<<<<< HEAD\n", b"=======\n", b"text\n", b"\\", b"![Star](", b"[**7**](None)", b"](", b"|",
]  # fmt: skip

glued = st.lists(st.sampled_from(SPANS) | st.sampled_from(ODD), max_size=30).map(b"".join)


@st.composite
def mutated(draw):
    """A real list with something put in, taken out or doubled at some places."""
    data = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 50])))
        data = data[:start] + draw(st.sampled_from(ODD) | st.binary(max_size=4)) + data[end:]
    return data.replace(b"\n", b"\r\n") if draw(st.booleans()) else data


@st.composite
def sectioned(draw):
    """A list of sections in all shapes: empty with any blank lines, with text, nested, twice."""
    lines = [b"# List\n", b"\n"] if draw(st.booleans()) else []
    for number in range(draw(st.integers(1, 6))):
        level = draw(st.sampled_from(["##", "##", "###", "####", "#"]))
        name = draw(st.sampled_from(["Papers", "Other", f"S{number}", "A / B", f"C > {number}"]))
        lines.append(f"{level} {name}{draw(st.sampled_from(['', ' ', ' ##']))}\n".encode())
        body = draw(st.sampled_from(["", "", "Words.\n", "- [a](http://a.org)\n", "\nMore.\n"]))
        lines.append(body.encode() + b"\n" * draw(st.integers(0, 3)))
    data = b"".join(lines)
    data = data.rstrip(b"\n") if draw(st.booleans()) else data
    return data.replace(b"\n", b"\r\n") if draw(st.booleans()) else data


def entries_of(data):
    return [item.raw.strip() for item in parse(data).items if item.entry]


def addressed(parsed, section):
    """The section's path, with the title before it where that is needed to tell it apart."""
    return " > ".join([*([parsed.title] if parsed.title else []), *section.path])


@pytest.mark.long
@some
@given(st.binary(max_size=300) | glued | mutated())
def test_reading_never_fails_and_loses_nothing(data):
    """The parts, one after the other, are the file; whoever looks for faults does not fail."""
    parsed = parse(data)

    assert data == b"".join(span.raw for span in parsed.spans) == bytes(parsed)
    listed_keys(parsed), examine(parsed), contents(parsed)


@some
@given(st.binary(max_size=300) | glued | mutated())
def test_applying_nothing_changes_nothing(data):
    """Whatever the file is."""
    nothing = Ticked("list", "2024-W46", "", (), ())

    plan = applying(nothing, {}, data, {}, user="x", at=datetime(2024, 1, 1, tzinfo=UTC), name="x")

    assert data == plan.new


@pytest.mark.long
@some
@given(glued | mutated() | sectioned(), st.data())
def test_put_in_and_taken_out_is_as_before(data, chosen):
    """In any section, by its path; what cannot be edited says so, and loses nothing."""
    before = parse(data)
    if not before.sections:
        return
    section = chosen.draw(st.sampled_from(before.sections))
    try:
        added = insert(data, addressed(before, section), NEW)
    except ListConflict:
        return
    entry = next(one for one in parse(added).entries if one.arxiv_id == "2612.31234")

    assert sorted([*entries_of(data), entry.raw.strip().encode()]) == sorted(entries_of(added))
    assert section.name == entry.section
    assert data == remove(added, entry, base=data)
    after = remove(added, entry)
    assert data.split() == after.split()
    written = any(span.kind == "entry" or span.raw.strip() for span in section.body)
    # Half a Windows line end at the very end becomes a whole one when a line follows.
    if written and not data.endswith(b"\r"):
        assert data == after


@pytest.mark.long
@some
@given(glued | mutated() | sectioned(), st.data())
def test_other_edits_keep_all_other_entries(data, chosen):
    """Taking out, starring, moving: one entry is another, or elsewhere, and that is all."""
    parsed = parse(data)
    if not parsed.entries:
        return
    entry = chosen.draw(st.sampled_from(parsed.entries))
    others = entries_of(data)
    others.remove(entry.raw.strip().encode("utf-8", "replace")) if entry.raw.isascii() else None
    try:
        left = remove(data, entry)
        starred = star(data, entry)
        moved = (
            move(data, entry, addressed(parsed, parsed.sections[-1])) if parsed.sections else b""
        )
    except ListConflict:
        return

    if entry.raw.isascii():
        assert sorted(others) == sorted(entries_of(left))
    assert len(parsed.entries) == len(parse(starred).entries)
    assert not moved or len(parsed.entries) == len(parse(moved).entries)


@pytest.mark.long
@some
@given(glued | mutated() | sectioned(), st.sampled_from(["New", "Papers", "Ünicode & Co."]))
def test_repairs_and_new_sections_keep_the_rest(data, title):
    """A repair is done after once; after a new heading all lines of the contents lead as before."""
    try:
        for kind in FIXABLE:
            once, _ = mend(data, kind)
            assert [] == mend(once, kind)[1]
            assert once.count(b"\n") <= data.count(b"\n")
        added = add_section(data, title)
    except ListConflict:
        return

    assert entries_of(data) == entries_of(added)
    assert title in [one.name for one in parse(added).sections]
    assert Counter() == led(data) - led(added)
    assert {title} >= {target for _, target in led(added) - led(data)}


def led(data):
    """The lines of the contents with the texts of the headings they lead to."""
    parsed = parse(data)
    headings = {one.anchor: one.heading.text for one in anchored(parsed)}
    lines = [one for one in contents(parsed) if one.anchor in headings]
    return Counter((one.title, headings[one.anchor]) for one in lines)


@pytest.mark.parametrize("data", REAL, ids=lambda data: data[:24].decode().strip("# \n"))
def test_every_section_of_a_real_list(data):
    """Put in, taken out, without knowing what was before; also with Windows line ends."""
    for text in (data, data.replace(b"\n", b"\r\n")):
        parsed = parse(text)
        for section in parsed.sections:
            added = insert(text, addressed(parsed, section), NEW)
            entry = next(one for one in parse(added).entries if one.arxiv_id == "2612.31234")
            assert text == remove(added, entry), section.path
