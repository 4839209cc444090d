"""Which works may be put before a person: new, whole, and not withdrawn."""

from datetime import date

import pytest

from pipelines.screening import fault, is_new, months_between, withdrawn
from tests.fakes import found, link, paper

FRIDAY = date(2024, 11, 8)


def sighting(arxiv_id="2411.04965", announce_type="new", version=1, announced=FRIDAY):
    work = paper(arxiv_id, version=version, announced=announced)
    return found(work, announce_type=announce_type).sighting


def named(arxiv_id, source):
    return found(paper(arxiv_id), announce_type="mention", source=source).sighting


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(sighting(), True, id="announced as new"),
        pytest.param(sighting(announce_type="cross"), True, id="new, crossing over from elsewhere"),
        pytest.param(sighting("2410.20399"), True, id="of last month"),
        pytest.param(sighting("2409.11111"), False, id="two months old"),
        pytest.param(sighting("1706.03762", "cross"), False, id="old, crossing over today"),
        pytest.param(sighting("cs/0112017", "cross"), False, id="of the old scheme"),
        pytest.param(
            sighting("2412.00001", announced=date(2025, 1, 2)), True, id="over the new year"
        ),
        pytest.param(
            sighting("2412.00001", announced=date(2024, 11, 29)), True, id="with next month's id"
        ),
        pytest.param(sighting(version=2), False, id="second version"),
        pytest.param(sighting(announce_type="replace"), False, id="a replacement"),
        pytest.param(sighting(announce_type="replace-cross"), False, id="a replaced cross-list"),
        pytest.param(sighting(announced=None), False, id="of no known day"),
        pytest.param(found(link(), announce_type="mention").sighting, True, id="mentioned link"),
        pytest.param(named("2406.11235", "hf_daily"), True, id="named within half a year"),
        pytest.param(named("2404.00001", "hf_daily"), False, id="named when it was old"),
        pytest.param(named("1706.03762", "inbox"), True, id="old, and suggested by a person"),
    ],
)
def test_what_is_new(shown, expected):
    """Version 1 with an id of this or the last month, or a mention by a person."""
    assert expected is is_new(shown)


def test_an_id_that_is_none_is_not_new():
    assert not is_new(found(link(), announce_type="new", announced=FRIDAY).sighting)


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        pytest.param((2024, 11), FRIDAY, 0, id="the same"),
        pytest.param((2024, 12), FRIDAY, 1, id="the next"),
        pytest.param((2023, 12), date(2024, 1, 1), 1, id="across the year"),
        pytest.param((1991, 8), FRIDAY, 399, id="long ago"),
    ],
)
def test_months_between(month, day, expected):
    assert expected == months_between(month, day)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        pytest.param(paper(), None, id="whole"),
        pytest.param(paper(abstract=None), None, id="no abstract"),
        pytest.param(paper(title="x" * 500), None, id="a title just short enough"),
        pytest.param(paper(authors=("A",) * 200), None, id="just few enough people"),
        pytest.param(paper(title=" \n"), "has no title", id="no title"),
        pytest.param(paper(authors=()), "has no authors", id="no authors"),
        pytest.param(paper(title="x" * 501), "has a title of 501 characters", id="long title"),
        pytest.param(
            paper(abstract="x" * 10_001), "has an abstract of 10001 characters", id="long abstract"
        ),
        pytest.param(paper(authors=("A",) * 201), "has 201 authors", id="crowd"),
    ],
)
def test_what_cannot_be_put_before_a_person(work, expected):
    """Kept out with a reason that names the number."""
    assert expected == fault(work)


GONE = "This paper has been withdrawn by the authors due to an error in Section 3"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"comments": GONE}, GONE, id="in the comments"),
        pytest.param({"abstract": GONE}, GONE, id="in place of the abstract"),
        pytest.param(
            {"abstract": f"The submission was withdrawn.\n {'x' * 300}"},
            f"The submission was withdrawn. {'x' * 170}",
            id="folded and cut",
        ),
        pytest.param({"comments": "Withdrawn"}, "Withdrawn", id="one word"),
        pytest.param({"comments": "THIS ARTICLE WAS WITHDRAWN"}, "THIS ARTICLE WAS WITHDRAWN",
                     id="loud"),
        pytest.param({"comments": "8 pages, not withdrawn"}, None, id="not withdrawn"),
        pytest.param(
            {"abstract": "We study why a withdrawn paper is still cited."}, None, id="about it"
        ),
        pytest.param({"abstract": "x" * 400 + GONE}, None, id="far down in the abstract"),
        pytest.param({"comments": None, "abstract": None}, None, id="nothing said"),
    ],
)  # fmt: skip
def test_what_a_paper_says_of_its_withdrawal(told, expected):
    """The reason is given as the authors wrote it, on one line of at most 200 characters."""
    assert expected == withdrawn(paper(**told))
