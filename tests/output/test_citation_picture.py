"""Pictures of growth: the same numbers are the same bytes, and any title is only text."""

from datetime import timedelta

import pytest

from output.charts import CitationSeries, draw_citations
from tests.fakes import NOW

LINES = [
    CitationSeries(
        "2411.04965 (+5)", "A $title$ of\u202e <b>signs</b>", ((NOW, 0), (NOW + timedelta(9), 5))
    ),
    CitationSeries("2406.11235 (+3)", "", ((NOW, 30), (NOW + timedelta(3), 33))),
]


@pytest.mark.long
@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_same_picture_twice(tmp_path, ending, start):
    one, other = tmp_path / f"one.{ending}", tmp_path / f"other.{ending}"

    for path in (one, other):
        draw_citations(path, "Citations that grew most", ["Semantic Scholar"], LINES)

    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes().startswith(start)


def test_one_look_is_a_point(tmp_path):
    draw_citations(tmp_path / "one.svg", "One", [], [CitationSeries("One", "", ((NOW, 3),))])

    assert (tmp_path / "one.svg").stat().st_size
