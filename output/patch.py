"""A change of a file as a patch that ``git apply`` and ``patch -p1`` take."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import count, pairwise

# So many lines stand around a change.
CONTEXT = 3


@lru_cache(maxsize=2)
def patch(before: bytes, after: bytes, name: str) -> str:
    """
    The unified diff of two texts; empty where there is no difference.

    It ends with a line feed, as both programs require. Bytes that aren't UTF-8 become replacement
    characters. The last two are cached: a page shows the same diff again and again.
    """
    old, new = _lines(before), _lines(after)
    hunks = list(_hunks(old, new))
    lines = [f"--- a/{name}\n", f"+++ b/{name}\n", *hunks] if hunks else []
    return "".join(_with_ends(lines))


def _lines(body: bytes) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    *complete, last = body.decode("utf-8", "replace").split("\n")
    return [*(f"{line}\n" for line in complete), *([last] if last else [])]


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    pairs = _pairs(old, new)
    others = count(len(old))
    numbers = [pairs.get(n, next(others)) for n in range(len(new))]
    matcher = SequenceMatcher(None, range(len(old)), numbers, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        (_, start, _, begin, _), (_, _, end, _, stop) = group[0], group[-1]
        yield f"@@ -{_range(start, end)} +{_range(begin, stop)} @@\n"
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[i:i_end])
                continue
            yield from (f"-{line}" for line in old[i:i_end])
            yield from (f"+{line}" for line in new[j:j_end])


def _range(start: int, end: int) -> str:
    """Lines as a patch names them: the first one, and how many unless it is one."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def _pairs(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """
    The lines that stay, by their numbers in the new text: those in the old one.

    Lines that each text has once come first, and the others between them: in a list half of the
    lines are blank, and would hide that an entry moved.
    """
    pairs: dict[int, int] = {}
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (i, j), (end, stop) in pairwise(anchors):
        while i + 1 < end and j + 1 < stop and old[i + 1] == new[j + 1]:
            i, j = i + 1, j + 1
            pairs[j] = i
        while i + 1 < end and j + 1 < stop and old[end - 1] == new[stop - 1]:
            end, stop = end - 1, stop - 1
            pairs[stop] = end
        if i + 1 < end and j + 1 < stop:
            matcher = SequenceMatcher(None, old[i + 1 : end], new[j + 1 : stop])
            for block in matcher.get_matching_blocks():
                for n in range(block.size):
                    pairs[j + 1 + block.b + n] = i + 1 + block.a + n
    return pairs | {j: i for i, j in anchors[1:-1]}


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The most lines that both texts have once, and in the same order."""
    once = Counter(old), Counter(new)
    places = {line: n for n, line in enumerate(new) if once[1][line] == 1}
    found = [
        (i, places[line]) for i, line in enumerate(old) if once[0][line] == 1 and line in places
    ]
    ends: list[int] = []
    chains: list[tuple[int, int]] = []
    previous: dict[int, tuple[int, int] | None] = {}
    for i, j in found:
        at = bisect(ends, j)
        previous[i] = chains[at - 1] if at else None
        ends[at : at + 1] = [j]
        chains[at : at + 1] = [(i, j)]
    ordered: list[tuple[int, int]] = []
    pair = chains[-1] if chains else None
    while pair:
        ordered.append(pair)
        pair = previous[pair[0]]
    return ordered[::-1]


def _with_ends(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
