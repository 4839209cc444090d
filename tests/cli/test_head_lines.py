"""The head of a digest: what deserves a look stands first, what did well takes no room."""

import json

import pytest

from catalog.rows.runs import SourceState
from catalog.sightings import SourceReport, SourceStatus
from cli.status import _show_sources
from output.digest.build import head_lines
from output.digest.markdown import page
from output.digest.model import as_json, from_json
from tests.fakes import NOW, digest


def test_silent_and_broken_sources_come_first():
    """A source that is silent for long is QUIET, and at the top all the same."""
    said = [
        SourceReport("arxiv_rss/cs.CL", SourceStatus.OK, "9 items"),
        SourceReport("feeds/a", SourceStatus.QUIET, "silent for 60 days", look=True),
        SourceReport("feeds/b", SourceStatus.BROKEN, "HTTP 404"),
    ]

    assert ["feeds/a", "feeds/b", "arxiv_rss/cs.CL"] == [line.source for line in head_lines(said)]


@pytest.mark.parametrize("reason", ["no network; 2 times in a row", "no network"])
def test_status_says_once_how_often_a_source_failed(capsys, reason):
    state = SourceState("feeds/a", None, (), None, SourceStatus.BROKEN, reason, 2, NOW)

    _show_sources({state.source: state})

    assert 1 == capsys.readouterr().out.count("2 times in a row")


def test_the_page_names_the_silent_source():
    """It was one of the "2 QUIET" there."""
    feed = SourceReport("feeds/a", SourceStatus.QUIET, "silent for 60 days", look=True)
    other = SourceReport("feeds/b", SourceStatus.QUIET, "9 items, nothing new")
    shown = digest(sources=tuple(head_lines([other, feed])))

    text = page(shown)

    assert "- **QUIET** feeds/a: silent for 60 days\n- Others: 1 QUIET (nothing new)." in text
    assert shown.sources == from_json(json.loads(json.dumps(as_json(shown)))).sources


def test_many_feeds_that_did_well_are_one_line():
    said = [SourceReport(f"feeds/{n}", SourceStatus.OK, "2 items", {"new": 2}) for n in range(9)]
    said.append(SourceReport("feeds/gone", SourceStatus.BROKEN, "HTTP 404"))

    lines = [(line.source, line.word, line.reason) for line in head_lines(said)]

    assert [("feeds/gone", "BROKEN", "HTTP 404"), ("feeds", "OK", "9 read, 18 new")] == lines
