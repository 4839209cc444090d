"""What was accepted on the review page and waits to be written: it is read as a ticked digest."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from catalog.paper import Decision
from output.apply import Applying
from output.digest.ticks import Tick, Ticked

# What stands in a decision in the place of a digest's name.
REVIEW = "review"


def waiting(decided: Mapping[str, Decision]) -> list[Decision]:
    """The picks among the decisions in force, oldest first."""
    return sorted(
        (one for one in decided.values() if one.act == "pick"),
        key=lambda one: (one.at, one.work_key),
    )


def as_ticks(picks: Iterable[Decision], list_name: str, base_hash: str) -> Ticked:
    """Each pick as an accepted candidate, with the section and the text that the person gave."""
    ticks = tuple(
        Tick(
            number,
            one.work_key,
            "accept",
            starred=False,
            reason="",
            section=one.section or "",
            entry=one.entry,
        )
        for number, one in enumerate(picks, 1)
    )
    return Ticked(list_name, REVIEW, base_hash, ticks, ())


def with_texts(plan: Applying, picks: Iterable[Decision]) -> Applying:
    """The plan, with each decision remembering its text: taking the batch back needs it."""
    texts = {one.work_key: one.entry for one in picks}
    decisions = tuple(replace(one, entry=texts.get(one.work_key)) for one in plan.decisions)
    return replace(plan, decisions=decisions)
