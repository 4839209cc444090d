"""Why a work that somebody named could not be looked up, and whether another time may help."""

import pytest

from catalog.address import read_typed
from crawler.items import Failure
from pipelines.discover.lookup import PAPERS, sort_out

NO_NAME = "the name has no public address"


@pytest.mark.parametrize(
    ("typed", "part", "later"),
    [
        pytest.param("2411.04975", PAPERS, True, id="nobody typed arXiv's own name"),
        pytest.param("https://nowhere.invalid/post", "", False, id="may be a slip of the pen"),
    ],
)
def test_a_name_without_address_needs_the_person_who_typed_it(typed, part, later):
    address = read_typed(typed)

    _, troubles = sort_out([Failure("source", part or address.key, NO_NAME, later=True)], [address])

    trouble = troubles[address.key]
    assert later == trouble.later
    assert later == trouble.reason.startswith("no network, or arXiv cannot be reached")
    assert NO_NAME in trouble.reason
