"""
What a word adds to the counts of a section and of the whole list, and what these are worth.

The weights are constants here, so that people who write rules never deal with numbers.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from pipelines.rules.matcher import Field

Key = Literal["says", "in_title", "hints", "beside", "unless", "not_in_title"]
Place = tuple[Key, Field]
KEYS: tuple[Key, ...] = ("says", "in_title", "hints", "beside", "unless", "not_in_title")

# A word in the title is the topic of a paper; one mention in the abstract may be in passing.
WEIGHT: Mapping[Place, float] = {
    ("says", "title"): 4.0,
    ("in_title", "title"): 1.5,
    ("says", "abstract"): 1.0,
    ("hints", "title"): 1.0,
    ("hints", "abstract"): 0.5,
    ("in_title", "abstract"): 0.2,
}
VETOES: tuple[Place, ...]
VETOES = (("unless", "title"), ("unless", "abstract"), ("not_in_title", "title"))
# Keys whose words are shown as the reason, in this order.
SPEAKING: Mapping[Key, int] = {"says": 0, "in_title": 1, "hints": 2}
REPEAT_POINTS = 1.0
# So many different grey words are enough together.
MIN_GREY_WORDS = 2
# Points for words of the whole list: how likely a work that fits a section belongs in the list.
HELP: Mapping[Field, float] = {"title": 2.5, "abstract": 0.4}
NEIGHBOUR: Mapping[Field, float] = {"title": -6.0, "abstract": 0.0}
# ... for each word of ``unless`` that stands in the abstract only.
DOUBT = -6.0
# What a text holds for a section is one integer of several counts side by side. The share of each
# word is known when the rules are compiled, so that judging a text is adding up. A rules file has
# fewer words than a count can hold.
COUNT_BITS = 16
COUNT = (1 << COUNT_BITS) - 1
(
    SAYS,
    IN_TITLE,
    MENTIONED,  # words of ``says`` in the abstract
    HINTS,
    HINTS_IN_ABSTRACT,
    ASIDE,  # words of ``in_title`` in the abstract
    AGAIN,  # words of ``says`` that are in the abstract more than once
    SHOWN,  # different words that count in the title
    GREY,  # different words that aren't enough alone where they are
    BESIDE,  # words of ``beside`` anywhere; one if the section asks for none
    VETO,  # words that keep a text out of the section
    STRANGE,  # one if the text speaks of another field
    PASSING,  # one if the title isn't in the list's own field
) = (1 << COUNT_BITS * place for place in range(13))
WEIGHED: Mapping[Place, int] = dict(
    zip(WEIGHT, (SAYS, IN_TITLE, MENTIONED, HINTS, HINTS_IN_ABSTRACT, ASIDE), strict=True)
)
# Words of ``beside`` alone count neither for a section nor against it.
SAYING = ((1 << COUNT_BITS * 13) - 1) & ~(BESIDE * COUNT)
# What it holds for the list itself, in the same way.
(
    ABOUT,  # words of ``about`` anywhere
    OUT,  # words that keep a text with them in its title out of the list
    UNLESS,  # words of ``unless`` in the abstract
    HELPS,
    HELPS_IN_ABSTRACT,
    NEIGHBOURS,  # ... in the title: they aren't looked for in abstracts
) = (1 << COUNT_BITS * place for place in range(6))
LIST_PLACES: Mapping[tuple[str, Field], int] = {
    ("about", "title"): ABOUT,
    ("about", "abstract"): ABOUT,
    ("unless", "title"): OUT,
    ("not_in_title", "title"): OUT,
    ("unless", "abstract"): UNLESS,
    ("helps", "title"): HELPS,
    ("helps", "abstract"): HELPS_IN_ABSTRACT,
    ("neighbours", "title"): NEIGHBOURS,
}


# Of a thousand words nearly all have one of a few sets of keys.
@lru_cache(maxsize=1 << 10)
def share(keys: tuple[Key, ...], times: int, *, in_title: bool) -> int:
    """What a word of these keys of a section adds to its counts."""
    fields: dict[Field, bool] = {"title": in_title, "abstract": times > 0}
    where = [field for field, present in fields.items() if present]
    places = {(key, field) for key in keys for field in where}
    hint, aside = "hints" in keys and bool(where), ("in_title", "abstract") in places
    counts = (
        *((unit, place in places) for place, unit in WEIGHED.items()),
        (AGAIN, "says" in keys and times > 1),
        (SHOWN, in_title and not SPEAKING.keys().isdisjoint(keys)),
        (GREY, hint or aside),
        (BESIDE, "beside" in keys and bool(where)),
        (VETO, not places.isdisjoint(VETOES)),
    )
    return sum(unit for unit, counted in counts if counted)


@lru_cache(maxsize=1 << 10)
def list_share(keys: tuple[str, ...], times: int, *, in_title: bool) -> int:
    """What a word of these keys of a list adds to its counts."""
    fields: dict[Field, bool] = {"title": in_title, "abstract": times > 0}
    units = {LIST_PLACES.get((key, field), 0) for key in keys for field in fields if fields[field]}
    return sum(units)


# A few thousand different sums occur in all of arXiv.
@lru_cache(maxsize=1 << 16)
def weigh(counts: int) -> tuple[bool, float]:
    """Whether a section gets a text, and the points; a repeated word isn't mentioned in passing."""
    fits = not counts & VETO * COUNT and is_enough(counts)
    points = sum(WEIGHT[place] * (counts // unit & COUNT) for place, unit in WEIGHED.items())
    return fits, points + REPEAT_POINTS * (counts // AGAIN & COUNT) if fits else points


def is_enough(counts: int) -> bool:
    """Whether the words for a section are enough, if no word keeps the text out of it."""
    says, shown = counts & SAYS * COUNT, counts // SHOWN & COUNT
    if counts & STRANGE and not says and shown < MIN_GREY_WORDS:
        return False
    if says or (counts & MENTIONED * COUNT and (shown or not counts & PASSING)):
        return True
    if not counts & BESIDE * COUNT:
        return False
    if counts & IN_TITLE * COUNT:
        return True
    hints = counts & (HINTS * COUNT | HINTS_IN_ABSTRACT * COUNT)
    return bool(hints) and counts // GREY & COUNT >= MIN_GREY_WORDS


class ListTally(NamedTuple):
    """
    What a text says to the list as a whole.

    ``manner``: what counts for all sections, that is which field the text speaks of. ``lean``:
    points for the words of the list, the same for every section.
    """

    manner: int
    kept_out: bool
    lean: float


@lru_cache(maxsize=1 << 12)
def tally_list(
    counts: int,
    is_brief: bool,  # noqa: FBT001
    needs_about: bool,  # noqa: FBT001
    needs_help: bool,  # noqa: FBT001
) -> ListTally:
    """A brief abstract mentions nothing in passing: there ``unless`` counts as in a title."""
    unless, helps = counts // UNLESS & COUNT, counts // HELPS & COUNT
    neighbours = counts // NEIGHBOURS & COUNT
    doubts = 0 if is_brief else unless
    in_title = HELP["title"] * helps + NEIGHBOUR["title"] * neighbours
    in_abstract = HELP["abstract"] * (counts // HELPS_IN_ABSTRACT & COUNT)
    passing = needs_help and not helps and not is_brief
    return ListTally(
        (PASSING if passing else 0) + (STRANGE if neighbours or doubts else 0),
        bool(
            counts & OUT * COUNT or unless > doubts or (needs_about and not counts & ABOUT * COUNT)
        ),
        DOUBT * doubts + (in_title + in_abstract),
    )
