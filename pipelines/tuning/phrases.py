"""
Which words and phrases tell one group of texts from others.

Every phrase is a word of the rules (docs/rules.md) that finds the texts it was taken from. Nothing
here chooses rules: it counts, and says how telling a phrase is.
"""

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from pipelines.rules.fold import Folded, fold

MAX_PHRASE_WORDS = 3
# The longest word that the rules allow.
MAX_PHRASE_CHARS = 100
# Below it a word of a text is one that this text alone has.
FEWEST = 2
# A word of folded text; an underscore beside it is a letter that has no Latin form.
_TOKEN = re.compile(r"(?<!\w)[A-Za-z0-9]+(?:[.:'+][A-Za-z0-9]+)*(?!\w)", re.ASCII)
# "prun*" for pruned and pruning: what is left before one of these, if a text has another of them.
_ENDINGS = re.compile(
    r"(?:ations?|ating|ated|ates?|ative|ators?|izations?|ions?|ings?|ers?|ed|es?|able|ive|ors?|y)\Z"
)
_SHORTEST_STEM = 4
_LONGEST_ENDING = 8

STOP = frozenset(
    """
    a about above across after again against all along also am among an and any are as at away back
    be because been before behind being below best better between beyond both but by can cannot
    could did do does doing done don't down during each either else enough etc even ever every few
    find first for from further get gets given go goes good great had has have having he her here
    his how however i if in into is isn't it it's its itself just know knows least less let let's
    like lot made make makes making many may me means might mine more most much must my near
    need needs neither never new no non nor not now of off often on once one only onto or other our
    out over own per rather really same see should since so some still such take taken than that
    the their them then there these they this those though through thus to together too toward
    towards two under until up upon us use used uses using very via want was way ways we well were
    what what's when where whether which while who whom whose why will with within without would
    yet you your
    """.split()  # noqa: SIM905
)
# What titles of papers say in every field.
_OF_PAPERS = frozenset(
    """
    approach approaches analysis based case effective efficiently effectively empirical evaluating
    exploring framework improve improved improves improving investigating investigation leveraging
    method methods novel paper problem problems rethinking revisiting simple study studies system
    systems technique techniques technical report towards understanding unleashing unlocking
    """.split()  # noqa: SIM905
)
# Words that short lists may have in the plural only.
_SINGLE = frozenset(("agent", "benchmark", "expert", "model", "network", "token", "transformer"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    A word of the rules, with how many texts of the group and how many others have it.

    ``telling`` is above zero where the group has it more often than others; the larger, the
    surer. ``texts`` are the numbers of the group's texts that have it.
    """

    word: str
    inside: int
    outside: int
    telling: float
    texts: tuple[int, ...] = field(default=(), repr=False)


def phrases(text: str) -> frozenset[str]:
    """The words and phrases of one text, each as it would stand in the rules."""
    return frozenset(occurrence.written for occurrence in _found(text) if occurrence.independent)


def telling(
    groups: Mapping[str, Sequence[str]], rest: Iterable[str] = (), *, fewest: int = FEWEST
) -> dict[str, tuple[Phrase, ...]]:
    """
    For each group its phrases, the most telling first.

    What a group has is compared with all other groups and with ``others``, texts of no group.
    A phrase that fewer than ``fewest`` texts of a group have is left out.
    """
    texts = [(name, number, text) for name, group in groups.items()
             for number, text in enumerate(group)]  # fmt: skip
    texts += [("", number, text) for number, text in enumerate(rest)]
    index = _index(text for _, _, text in texts)
    sizes = Counter(name for name, _, _ in texts)
    phrases_of: dict[str, list[Phrase]] = {name: [] for name in groups}
    for word, places in index.items():
        inside: dict[str, list[int]] = defaultdict(list)
        for place in places:
            name, number, _ = texts[place]
            inside[name].append(number)
        for name, numbers in inside.items():
            if name in phrases_of and len(numbers) >= fewest:
                away = len(places) - len(numbers)
                how = tellingness(len(numbers), sizes[name], away, len(texts) - sizes[name])
                phrases_of[name].append(
                    Phrase(word, len(numbers), away, how, tuple(sorted(numbers)))
                )
    return {name: tuple(sorted(ranked, key=_rank)) for name, ranked in phrases_of.items()}


def tellingness(inside: int, size: int, outside: int, rest: int) -> float:
    """
    How much more often the group has a word than by chance: the signed root of Dunning's G².

    It grows with the number of texts, so that a word of two texts never outweighs one of twenty,
    and holds where the others do not have the word at all. Zero where there are no others.
    """
    rows = ((inside, size), (outside, rest), (size - inside, size), (rest - outside, rest))
    having, total = inside + outside, size + rest
    shares = (having, having, total - having, total - having)
    surprise = sum(
        count * math.log(count * total / (size_of * share))
        for (count, size_of), share in zip(rows, shares, strict=True)
        if count
    )
    sign = 1 if inside * rest > outside * size else -1
    return round(sign * math.sqrt(max(0.0, 2 * surprise)), 4)


def covering(ranked: Iterable[Phrase], most: int, *, adds: int = 1) -> tuple[Phrase, ...]:
    """
    At most so many phrases, each of which finds texts that those before it do not.

    So "knowledge distillation" does not stand beside "distillation" when it adds nothing.
    """
    chosen: list[Phrase] = []
    seen: set[int] = set()
    for phrase in ranked:
        if len(chosen) < most and len(set(phrase.texts) - seen) >= adds:
            chosen.append(phrase)
            seen.update(phrase.texts)
    return tuple(chosen)


def _rank(phrase: Phrase) -> tuple[float, int, int, str]:
    # Of two that tell the same, the longer one is the clearer; letters make the order certain.
    return -phrase.telling, -phrase.inside, -len(phrase.word), phrase.word


@dataclass(slots=True)
class _Known:
    """What all texts together say of a phrase."""

    places: set[int] = field(default_factory=set)
    spellings: Counter[str] = field(default_factory=Counter)
    pieces: int = 0

    @property
    def written(self) -> str:
        return min(self.spellings, key=lambda written: (-self.spellings[written], written))

    @property
    def independent(self) -> bool:
        """The word ``rank`` finds low-rank too, but is no word of its own if it is in that only."""
        return self.pieces * 2 <= self.spellings.total()


def _index(texts: Iterable[str]) -> dict[str, list[int]]:
    """Every phrase as it is mostly written, with the numbers of the texts that it finds."""
    stats: dict[str, _Known] = defaultdict(_Known)
    for number, text in enumerate(texts):
        for key, written, independent in _found(text):
            stats[key].places.add(number)
            stats[key].spellings[written] += 1
            stats[key].pieces += not independent
    _join_plurals(stats)
    by_word = {
        phrase.written: sorted(phrase.places) for phrase in stats.values() if phrase.independent
    }
    return by_word | {stem: sorted(places) for stem, places in _stems(stats).items()}


class _Found(NamedTuple):
    """The key that all spellings of a phrase share, this spelling, and if it is no piece."""

    key: str
    written: str
    independent: bool


def _found(text: str) -> Iterator[_Found]:
    folded = fold(text)
    tokens = list(_TOKEN.finditer(folded.text))
    joints = ["", *(_joint(folded, text, *pair) for pair in pairwise(tokens)), ""]
    shouted = _is_shouted([token[0] for token in tokens])
    keys = [_key(token[0], shouted=shouted) for token in tokens]
    shown = [
        key if token[0].istitle() or shouted else token[0]
        for key, token in zip(keys, tokens, strict=True)
    ]
    for first in range(len(tokens)):
        written, words = "", 0
        for last in range(first, len(tokens)):
            if last > first and not joints[last]:
                break
            words += last == first or joints[last] != "-"
            if words > MAX_PHRASE_WORDS or len(written) > MAX_PHRASE_CHARS:
                break
            written += (joints[last] if last > first else "") + shown[last]
            part = keys[first : last + 1]
            if _may_stand(part, joints[first + 1 : last + 1], written):
                independent = "-" not in (joints[first], joints[last + 1])
                yield _Found(" ".join(part), written, independent)


def _joint(folded: Folded, text: str, left: re.Match[str], right: re.Match[str]) -> str:
    """What joins two tokens: a blank, a hyphen, or nothing that the rules would find."""
    if folded.text[left.end() : right.start()] != " ":
        return ""
    return "-" if text[slice(*folded.original(left.end(), right.start()))] == "-" else " "


def _is_shouted(tokens: Sequence[str]) -> bool:
    """A title that is all in capitals says nothing by them."""
    long = [token for token in tokens if len(token) > 1 and token.lower() != token]
    return len(long) > 3 and all(token.isupper() for token in long)


def _key(token: str, *, shouted: bool) -> str:
    """Capitals are part of a word like KV; the words of the rules take them so too."""
    single = token.removesuffix("s")
    in_capitals = single.upper() == single and len(single) > 1 and not shouted
    return token if in_capitals else token.lower()


def _may_stand(part: Sequence[str], joints: Sequence[str], written: str) -> bool:
    """Whether a phrase says something, and is a word that the rules allow."""
    first, last = part[0].lower(), part[-1].lower()
    # "on" says nothing, and on-device does.
    if (first in STOP and joints[:1] != ["-"]) or (last in STOP and joints[-1:] != ["-"]):
        return False
    if len(part) == 1 and first in _OF_PAPERS:
        return False
    letters = any(sign.isalpha() for word in part for sign in word)
    long_enough = any(len(word) > 1 for word in part)
    return letters and long_enough and "near" not in part and len(written) <= MAX_PHRASE_CHARS


def _join_plurals(stats: dict[str, _Known]) -> None:
    """``model`` finds models too, so it has their texts; "bias" stays, where nobody says "bia"."""
    tokens = {token for key in stats for token in key.split()}
    for key in sorted(stats):
        single = key[:-1]
        last = single.rpartition(" ")[2]
        has_single = last in tokens or last in _SINGLE or last.isupper()
        if key[-1] == "s" and has_single and _means_more(last):
            plural = stats.pop(key)
            stats[single].places |= plural.places
            stats[single].pieces += plural.pieces
            for written, times in plural.spellings.items():
                stats[single].spellings[written[:-1]] += times


def _means_more(last: str) -> bool:
    """A last part without letters has no free plural, and one of a single letter is no word."""
    return len(last) > 1 and last[-1].isalpha()


def _stems(stats: Mapping[str, _Known]) -> dict[str, set[int]]:
    """Families of words as ``quantiz*``, with all texts that such a word finds."""
    words = sorted(key for key in stats if key.isalpha() and key.islower())
    families: dict[str, set[str]] = defaultdict(set)
    for word in words:
        stem = _ENDINGS.sub("", word)
        if len(stem) >= _SHORTEST_STEM and stem != word:
            families[stem].add(word)
    found_by = {}
    for stem, members in families.items():
        like = words[bisect_left(words, stem) : bisect_left(words, stem + "{")]
        # Another word that only begins alike ("general" for "gener*") would be found too.
        kin = all(len(word) - len(stem) <= _LONGEST_ENDING for word in like)
        if len(members) > 1 and kin:
            found_by[f"{stem}*"] = set[int]().union(*(stats[word].places for word in like))
    return found_by
