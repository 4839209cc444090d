"""What the last runs brought: against these counts the count of today is held."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from catalog.paper import Word
from catalog.store.runs import Run
from cli.world import World

# Runs that are looked through: other commands' are among them.
LOOK_BACK = 40
WELL = frozenset({Word.OK, Word.QUIET})


def usual(world: World, count: str, words: Collection[Word] = WELL) -> Mapping[str, list[int]]:
    """By source, this count in the last runs in which it did well and had any; newest first."""
    return counts_of(world.store.runs.recent(most=LOOK_BACK), count, words)


def counts_of(
    runs: Iterable[Run], count: str, words: Collection[Word] = WELL
) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for run in runs:
        for source in run.report.get("sources", ()):
            if source["word"] in words and (number := source["counts"].get(count, 0)):
                found[source["source"]].append(number)
    return found
