"""Authors of one paper are the same names, whichever source told them."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.arxiv import read_feed, read_page
from crawler.parsers.names import person_name, split_names
from crawler.parsers.oai import read_records
from tests.fakes import NOW

RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 version="2.0"><channel><title>cs.CL updates</title><item><title>T</title>
<link>https://arxiv.org/abs/2411.04965</link><guid>oai:arXiv.org:2411.04965v1</guid>
<description>arXiv:2411.04965v1 Announce Type: new
Abstract: A.</description><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>{}</dc:creator></item></channel></rss>"""
ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">
<opensearch:totalResults>1</opensearch:totalResults><entry>
<id>http://arxiv.org/abs/2411.04965v1</id><title>T</title>{}</entry></feed>"""
OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>
<identifier>oai:arXiv.org:2411.04965</identifier><datestamp>2024-11-08</datestamp></header>
<metadata>{}</metadata></record></ListRecords></OAI-PMH>"""
RAW = """<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2411.04965</id><title>T</title>
<authors>{}</authors></arXivRaw>"""
PLAIN = """<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2411.04965</id><title>T</title>
<authors>{}</authors></arXiv>"""


def from_feed(names):
    body = RSS.format(escape(", ".join(names))).encode()
    return read_feed(body, "application/rss+xml", "", source="x", now=NOW).works[0].work.authors


def from_api(names):
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in names)
    return read_page(ATOM.format(authors).encode(), "https://export.arxiv.org").papers[0].authors


def from_raw_records(names):
    told = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    body = OAI.format(RAW.format(escape(told))).encode()
    return read_records(body).records[0].paper.authors


def from_plain_records(names):
    authors = "".join(f"<author><keyname>{escape(name)}</keyname></author>" for name in names)
    return read_records(OAI.format(PLAIN.format(authors)).encode()).records[0].paper.authors


SOURCES = (from_feed, from_api, from_raw_records, from_plain_records)


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["Ana Lopez", "Bo Chen Jr"], ("Ana Lopez", "Bo Chen Jr")),
        (["Jing (Jane) Wu", "Bo"], ("Jing (Jane) Wu", "Bo")),
        (["Ana (Univ. A, Lab B)", "Bo"], ("Ana", "Bo")),
        (["Jing [Jane] Wu [Lab]", "Bo (1) ((1) A, B)"], ("Jing [Jane] Wu", "Bo")),
        (["(GLM Team)", "Bo"], ("(GLM Team)", "Bo")),
        (["  Ana\n Lopez  (A) ", "()", "Bo"], ("Ana Lopez", "()", "Bo")),
    ],
    ids=["plain", "within", "behind", "square", "alone", "blanks"],
)
def test_brackets_are_treated_alike(source, told, names):
    assert names == source(told)


WORD = st.text("Aé.-", min_size=1, max_size=5)
INNER = st.text("Aé ,.", max_size=8)
BRACKETS = {"(": ")", "[": "]", "（": "）"}


@given(st.lists(st.tuples(WORD, st.sampled_from([*BRACKETS]), WORD, INNER, WORD), max_size=4))
def test_whatever_stands_behind_a_name_the_name_is_the_same(told):
    """Alone or among others; what is left is read the same again."""
    names = [
        f"{first} {left}{within}{BRACKETS[left]} {last}" for first, left, within, _, last in told
    ]
    behind = [f" ({more})" for *_, more, _ in told]
    texts = [name + more for name, more in zip(names, behind, strict=True)]

    assert names == [person_name(text) for text in texts]
    assert names == [person_name(name) for name in names]
    assert names == list(split_names(", ".join(names)))


@given(st.text("Aé ,([（)]）.-"))
def test_any_text_gives_names_without_white_space_around(text):
    assert all(name and name == " ".join(name.split()) for name in split_names(text))


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("Ada Poe (MIT, Bo Lee, Cy Dee", ["Ada Poe", "Bo Lee", "Cy Dee"]),
        ("Ada Poe MIT), Bo Lee", ["Ada Poe MIT", "Bo Lee"]),
        ("Ada Poe (X, Bo Lee (Y, Z), Cy Dee", ["Ada Poe", "Bo Lee", "Cy Dee"]),
    ],
)
def test_a_bracket_without_its_half_takes_no_other_author_along(told, names):
    assert names == list(split_names(told))
