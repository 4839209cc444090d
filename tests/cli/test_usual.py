"""What is usual: counts of the last runs, by source."""

from catalog.rows.runs import Run, counts_of
from catalog.sightings import SourceStatus
from tests.fakes import NOW


def run(*said):
    sources = [
        {"source": name, "word": word, "counts": {"items": items}} for name, word, items in said
    ]
    return Run("run", NOW, "OK", {"sources": sources})


def test_only_runs_that_went_well_and_had_any_count():
    runs = [
        run(("feeds/a", "OK", 20), ("feeds/b", "QUIET", 5)),
        run(("feeds/a", "BROKEN", 3), ("feeds/b", "QUIET", 0)),
        run(("feeds/a", "QUIET", 21)),
        Run("classify", NOW, "OK", {}),
    ]

    assert {"feeds/a": [20, 21], "feeds/b": [5]} == counts_of(runs, "items")
    assert {"feeds/a": [20]} == counts_of(runs, "items", (SourceStatus.OK,))
