"""One identifier for every spelling of it, and none for nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arxiv_id import ArxivId, find_all, is_misspelt

NEW, OLD = "2501.00001", "math/0309136"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2501.00001", ArxivId(NEW)),
        ("2501.00001v2", ArxivId(NEW, 2)),
        (" 2501.00001v12\n", ArxivId(NEW, 12)),
        ("1412.0001", ArxivId("1412.0001")),
        ("0704.0001v1", ArxivId("0704.0001", 1)),
        ("arXiv:2501.00001", ArxivId(NEW)),
        ("ARXIV: 2501.00001v3", ArxivId(NEW, 3)),
        ("oai:arXiv.org:2501.00001v1", ArxivId(NEW, 1)),
        ("oai:arXiv.org:math/0309136", ArxivId(OLD)),
        ("cs/0112017", ArxivId("cs/0112017")),
        ("math.GT/0309136", ArxivId(OLD)),
        ("math.GT/0309136v2", ArxivId(OLD, 2)),
        ("cond-mat/9901001", ArxivId("cond-mat/9901001")),
        ("10.48550/arXiv.2501.00001", ArxivId(NEW)),
        ("doi:10.48550/ARXIV.2501.00001", ArxivId(NEW)),
        ("https://doi.org/10.48550/arXiv.2501.00001", ArxivId(NEW)),
        ("https://arxiv.org/abs/2501.00001", ArxivId(NEW)),
        ("http://arxiv.org/abs/2501.00001v2", ArxivId(NEW, 2)),
        ("https://www.arxiv.org/abs/2501.00001/", ArxivId(NEW)),
        ("https://arxiv.org/pdf/2501.00001v2.pdf", ArxivId(NEW, 2)),
        ("https://arxiv.org/pdf/2501.00001.PDF", ArxivId(NEW)),
        ("https://arxiv.org/html/2501.00001v1", ArxivId(NEW, 1)),
        ("https://arxiv.org/ftp/arxiv/papers/2501/2501.00001.pdf", ArxivId(NEW)),
        ("https://arxiv.org/abs/math/0309136", ArxivId(OLD)),
        ("https://arxiv.org/abs/2501.00001.", ArxivId(NEW)),
        ("https://arxiv.org/abs/2501.00001v2),", ArxivId(NEW, 2)),
        ("https://arxiv.org/pdf/2501.00001.pdf%3C/p%3E", ArxivId(NEW)),
        ("https://arxiv.org/abs/2501.00001v2%22%3Ehere", ArxivId(NEW, 2)),
        ("http://arxiv.org/abs/arXiv:2501.00001", ArxivId(NEW)),
        ("https://arxiv.org/abs//2501.00001", ArxivId(NEW)),
        ("https://arxiv.org//abs/math/0309136", ArxivId(OLD)),
        ("https://arxiv.org/pdf/2501.00001.pdf.", ArxivId(NEW)),
        ("https://arxiv.org./abs/2501.00001", ArxivId(NEW)),
        ("https://arxiv.org/abs/math.GT%2F0309136", ArxivId(OLD)),
        ("https://export.arxiv.org/abs/2501.00001", ArxivId(NEW)),
        ("https://rss.arxiv.org/abs/2501.00001", ArxivId(NEW)),
        ("arxiv.org/abs/2501.00001", ArxivId(NEW)),
        ("https://arxiv.org/abs/2501.00001?context=cs.CL#sec", ArxivId(NEW)),
        ("https://huggingface.co/papers/2501.00001", ArxivId(NEW)),
        ("https://www.alphaxiv.org/abs/2501.00001", ArxivId(NEW)),
    ],
)
def test_spellings_of_one_id(text, expected):
    """Ids, prefixes, pages, PDFs, old ids with a subject class, DOIs."""
    assert expected == ArxivId.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "2501",
        "2501.0001",
        "1412.00001",
        "0703.0001",
        "2513.00001",
        "2500.00001",
        "2501.00000",
        "2501.000001",
        "2501.00001v0",
        "2501.00001v",
        "2501.00001v1v2",
        "2501.00001 v2",
        "12501.00001",
        "2501,00001",
        "2501.00001x",
        "cs/0100000",
        "cs/0113001",
        "cs/01120",
        "/0112017",
        "https://arxiv.org/",
        "https://arxiv.org/abs/",
        "https://arxiv.org/list/cs.CL/new",
        "https://arxiv.org.evil.example/abs/2501.00001",
        "https://evil.example/arxiv.org/abs/2501.00001",
        "https://evil.example/abs/2501.00001",
        "https://[arxiv.org/abs/2501.00001",
        "javascript:2501.00001",
        "10.1000/arXiv.2501.00001",
        "https://arxiv.org/abs/2501.00001/../../user",
    ],
)
def test_nonsense_is_refused(text):
    """No paper is better than a wrong one."""
    assert ArxivId.parse(text) is None


@pytest.mark.parametrize(
    ("base", "month"),
    [
        ("2501.00001", (2025, 1)),
        ("0704.0001", (2007, 4)),
        ("math/0309136", (2003, 9)),
        ("hep-th/9108001", (1991, 8)),
    ],
)
def test_an_id_tells_its_month(base, month):
    """The month of the announcement, in the right century."""
    assert month == ArxivId(base).announced_month


def test_ids_in_text_are_found_where_they_are_named():
    """A number alone is not an id; one with a prefix or an address is, in order."""
    text = (
        "See arXiv:2501.00002v3, https://arxiv.org/abs/2501.00001 and 2501.00009, "
        "huggingface.co/papers/2501.00003; not arXiv:2501.000045 nor 12501.00001."
    )

    assert ["2501.00002v3", "2501.00001", "2501.00003"] == [str(found) for found in find_all(text)]


def test_id_of_a_doi_is_found_in_text():
    """A paper that is listed by its DOI alone is listed."""
    text = "see https://doi.org/10.48550/arXiv.2501.00003, and doi:10.48550/ARXIV.2501.00004v2"

    assert ["2501.00003", "2501.00004v2"] == [str(found) for found in find_all(text)]


def test_digits_of_other_scripts_are_no_digits_of_an_id():
    """What looks like an id in another script is refused, not stored beside the real one."""
    assert ArxivId.parse("2501.\u0660\u0660\u0660\u0660\u0661") is None


def _month(first, last):
    """Year and month as arXiv writes them, between two of them."""
    return st.tuples(st.integers(first, last), st.integers(1, 12)).map("{0[0]:02}{0[1]:02}".format)


versions = st.none() | st.integers(1, 999)
recent = st.builds("{}.{:05}".format, _month(15, 99), st.integers(1, 99_999))
early = st.builds("{}.{:04}".format, _month(8, 14), st.integers(1, 9_999))
oldest = st.builds(
    "{}/{}{:03}".format,
    st.sampled_from(["cs", "math", "hep-th", "cond-mat", "q-bio"]),
    _month(92, 99) | _month(0, 6),
    st.integers(1, 999),
)
ids = st.builds(ArxivId, recent | early | oldest, versions)


@given(ids)
def test_what_is_written_is_read_again(arxiv_id):
    """In any of the spellings, an id comes back as it was."""
    for spelling in ("{}", "arXiv:{}", "oai:arXiv.org:{}", "https://arxiv.org/pdf/{}.pdf"):
        assert arxiv_id == ArxivId.parse(spelling.format(arxiv_id))


@given(st.text(max_size=60) | st.text("0123456789./v:arxivcsthp-", max_size=40))
def test_no_text_is_a_bug(text):
    """Whatever is read, it is nothing, or an id that is read again as itself."""
    arxiv_id = ArxivId.parse(text)

    assert arxiv_id is None or arxiv_id == ArxivId.parse(str(arxiv_id))


MISSPELT = (
    "https://arxiv.org/abs/2411.4965",
    "https://arxiv.org/abs/2413.04965",
    "https://arxiv.org/abs/2411.049650",
    "https://arxiv.org/abs/2411.04965abc",
    "https://arxiv.org/abs/2411.04965v0",
    "https://arxiv.org/abs/2411.04965v1v2",
    "https://arxiv.org/abs/2411.04965/and/more",
    "https://arxiv.org/abs/2411",
    "https://arxiv.org/abs/",
    "https://arxiv.org/pdf/2411.4965.pdf",
    "https://arxiv.org/ABS/2411.4965",
    "http://www.arxiv.org/html/2411_04965",
    "export.arxiv.org/abs/2411.4965",
    "https://arxiv.org/abs/cs/0113001",
    "https://huggingface.co/papers/2411.4965",
    "https://hf.co/papers/2411.4965",
    "https://www.alphaxiv.org/abs/2411.4965",
    "https://ar5iv.org/abs/2411.4965",
    "https://doi.org/10.48550/arXiv.2411.4965",
    "10.48550/arXiv.2411.4965",
    "arXiv:2411.4965",
    "arXiv:2411.049651",
    "2411.4965",
    "2411.049651",
    "2413.04965v2",
)


@pytest.mark.parametrize("text", MISSPELT)
def test_what_is_meant_as_a_paper_and_names_none(text):
    """Wrong months, too few or too many digits, something behind: told from ordinary pages."""
    assert ArxivId.parse(text) is None
    assert is_misspelt(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://arxiv.org/",
        "https://arxiv.org/list/cs.CL/recent",
        "https://arxiv.org/a/lopez_a_1",
        "https://info.arxiv.org/help/api/index.html",
        "https://huggingface.co/papers/date/2024-11-11",
        "https://huggingface.co/papers/trending",
        "https://huggingface.co/org/model-2411.4965",
        "https://doi.org/10.1145/3600006.3613165",
        "https://www.semanticscholar.org/paper/" + "a" * 40,
        "https://example.org/abs/2411.4965",
        "https://arxiv.org/abs/2411.04965",
        "2411.04965",
        "1.58 bits",
        "",
    ],
)
def test_other_pages_are_meant_as_what_they_are(text):
    assert not is_misspelt(text)


@pytest.mark.parametrize(
    "text",
    [
        "2411.04965.",
        "arXiv:2411.04965,",
        "arXiv:2411.04965v2 [cs.CL]",
        "doi:10.48550/arXiv.2411.04965.",
        "https://hf.co/papers/2411.04965",
        "https://arxiv.org/ABS/2411.04965",
        "arxiv.org./abs/2411.04965",
    ],
)
def test_more_spellings_of_a_paper(text):
    assert "2411.04965" == ArxivId.parse(text).base


HOSTS = ("arxiv.org", "www.arxiv.org", "export.arxiv.org", "huggingface.co", "alphaxiv.org")
HOSTS += ("ar5iv.org", "www.arxiv-vanity.com", "doi.org", "www.semanticscholar.org", "hf.co")
PATHS = ("/abs/", "/pdf/", "/html/", "//abs//", "/e-print/", "/papers/", "/overview/", "/arXiv:")
PATHS += ("/10.48550/arXiv.", "/abs/arXiv:", "/list/", "/")


@given(
    st.sampled_from(["http://", "https://", ""]),
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
    st.sampled_from(["2411.04965", "math/0309136", "1412.0001"]),
    st.sampled_from(["", "v2", ".", ",", ")."]),
)
def test_text_and_address_are_read_alike(scheme, host, path, name, end):
    """What is a paper's address for one reader is the same paper's for the other."""
    address = f"{scheme}{host}{path}{name}{end}"

    parsed = ArxivId.parse(address)

    found = list(find_all(f"See {address} for more"))
    # In text a prefix is enough, wherever it stands.
    named = "arxiv:" in path.lower() or "10.48550" in path
    assert [parsed] == found if parsed else named or [] == found
