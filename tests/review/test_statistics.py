"""The charts: the right numbers, text as text, and a table beside each picture."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from catalog.facts import Decision
from catalog.rows.digests import KeptDigest
from catalog.rows.runs import Run
from catalog.sightings import SourceStatus
from output.review.charts import Bars, bars, level, spark, strip
from output.review.charts_page import charts_page, mended
from output.review.printing import FOLDER, page_environment
from output.review.statistics import SourceDays, Statistics, collect_statistics
from output.review.view import WorklistFilter
from tests.fakes import citations
from tests.review.titles import titles
from tests.review.week import NOW, arrives
from tests.workspace import Workspace


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A week with one digest of three candidates: one accepted, one rejected, one open."""
    workspace = Workspace(tmp_path_factory.mktemp("pictures") / "week")
    world = arrives(workspace)
    judged = list(world.store.verdicts.proposed("Efficient LLM"))[:3]
    items = [{"key": work.key, "section": verdict.section} for work, verdict in judged]
    body = {"candidates": items, "near_misses": []}
    world.store.digests.save(KeptDigest("Efficient LLM", "2024-W46", NOW, b"", body))
    for (work, verdict), act in zip(judged, ("accept", "reject"), strict=False):
        place = verdict.section
        said = Decision("Efficient LLM", work.key, act, "ada", NOW, place, "", "2024-W46")
        world.store.decisions.add([said])
    sources = [
        {"source": "arxiv_rss", "word": "BROKEN", "reason": "", "counts": {}, "later": False}
    ]
    world.store.runs.keep(Run("run", NOW - timedelta(days=1), "BROKEN", {"sources": sources}))
    key = judged[0][0].key
    for days, count in ((20, 3), (10, 5), (1, 9)):
        world.store.facts.record(citations(count, key, NOW - timedelta(days=days)))
    return world


def numbers_of(world):
    lists = [(rules, world.list_path(rules)) for rules in world.lists]
    return collect_statistics(world.store, lists, world.now)


def test_the_numbers_are_those_of_the_store(world):
    found = numbers_of(world)

    (one,) = found.lists
    assert (("arxiv_rss", "BROKEN"),) == tuple((s.source, s.statuses[-2]) for s in found.sources)
    assert ("W46", 3, 1) == (one.weeks.groups[-1][0], *one.weeks.groups[-1][1][1:])
    assert "W46" == one.weeks.groups[0][0], "where there is nothing yet, there is no week"
    assert sum(chart.sums[0] for _, chart in one.by_section) == one.weeks.sums[0] > 3
    assert [(3, 1, 2, 50)] == [(d.shown, d.accepted, d.decided, d.percent) for d in one.digests]
    assert (3, 9) == (one.grown[0].before, one.grown[0].after)
    assert any(size.entries for size in one.sizes)


def test_every_picture_has_its_table(world):
    told = charts_page(numbers_of(world))
    shell = {
        "path": "/charts", "query": {}, "chosen": WorklistFilter(), "decided": None, "seen": "0",
        "progress": type("P", (), {"total": 0, "done": 0, "minutes": 0, "picked": 0}),
    }  # fmt: skip

    page = page_environment().get_template("charts.html").render(told | shell)

    sections = page.split("<section")[1:]
    assert len(sections) >= 5
    assert all("<table" in part for part in sections)
    assert all('aria-hidden="true"' in svg for svg in re.findall("<svg[^>]*>", page))
    assert "style=" not in page


def test_names_from_hell_are_text_in_a_picture():
    for title in titles(200):
        clean = title.encode("utf-8", "ignore").decode()
        drawn = bars(Bars(("a",), ((clean, (3,)),)))
        if not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", clean):
            ElementTree.fromstring(f"<all>{drawn}</all>")
        assert {"svg", "rect", "line", "text"} >= set(re.findall(r"<(\w+)", drawn))


@pytest.mark.parametrize("values", [(), (4,), (0, 0, 0), (1, 5, 2)])
def test_a_small_line_of_few_numbers(values):
    assert (len(values) > 1) == ("polyline" in spark(values))


def test_empty_charts_are_charts():
    assert "<svg" in bars(Bars(("a", "b"), ()))
    assert 'width="0.00%"' in level(0, 0)
    assert "<svg" in strip([])
    assert (0, 0) == Bars(("a", "b"), ()).sums


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        (("BROKEN", "OK"), "OK"),
        (("OK", "BROKEN"), "BROKEN"),
        (("OK", "QUIET"), "OK"),
        (("BROKEN", "QUIET"), "QUIET"),
        ((), ""),
    ],
)
def test_of_several_runs_a_day_the_last_counts(runs, status):
    """The others are in the cell's title, and a day that was mended in the table."""
    day = SourceDays("arxiv_rss", (tuple(map(SourceStatus, runs)),))
    statistics = Statistics(("2024-11-18",), (day,), ())

    (titles,) = charts_page(statistics)["strip_titles"]

    assert (status,) == day.statuses
    assert [f"2024-11-18: {', then '.join(runs) or 'not run'}"] == titles
    assert titles[0] in strip([("arxiv_rss", day.statuses)], titles=[titles])
    is_mended = "BROKEN" in runs and status != "BROKEN"
    assert ("2024-11-18" if is_mended else "") == mended(statistics.days, day)


def test_statuses_differ_without_colour():
    """A quiet day is a hollow box, a day without a run a dot, a stale one is low."""
    drawn = {word: strip([("", (word,))]) for word in ("OK", "QUIET", "STALE", "BROKEN", "")}
    shapes = {
        word: tuple(re.findall(r' (?:height|width)="([^"]*)"', one.partition(">")[2]))
        for word, one in drawn.items()
    }
    assert len(drawn) == len({(shape, "cross" in drawn[word]) for word, shape in shapes.items()})
    css = (FOLDER / "static" / "review.css").read_text()
    assert "fill: none" in re.search(r"\.word-quiet \{([^}]*)", css)[1]
