"""
Finds the phrases that distinguish one group of texts from the others.

Every phrase is a valid word of the rules (docs/rules.md) that matches the texts it came from. This
module counts and scores; it doesn't choose rules.
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
# Phrases in fewer texts of a group are left out.
MIN_TEXTS_OF_PHRASE = 2
# A word of folded text; an underscore next to it is a letter without a Latin form.
_TOKEN = re.compile(r"(?<!\w)[A-Za-z0-9]+(?:[.:'+][A-Za-z0-9]+)*(?!\w)", re.ASCII)
# Endings that leave a stem, as "prun*" for pruned and pruning, if texts have several of them.
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
# Words of titles in every field.
_OF_PAPERS = frozenset(
    """
    approach approaches analysis based case effective efficiently effectively empirical evaluating
    exploring framework improve improved improves improving investigating investigation leveraging
    method methods novel paper problem problems rethinking revisiting simple study studies system
    systems technique techniques technical report towards understanding unleashing unlocking
    """.split()  # noqa: SIM905
)
# Words that a short list may have in the plural only.
_SINGLE = frozenset(("agent", "benchmark", "expert", "model", "network", "token", "transformer"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    A phrase, and how many texts inside and outside of the group have it.

    ``keyness`` is above zero if it is more frequent in the group; the larger, the more certain.
    ``texts`` are the numbers of the group's texts that have it.
    """

    word: str
    inside: int
    outside: int
    keyness: float
    texts: tuple[int, ...] = field(default=(), repr=False)


def phrases(text: str) -> frozenset[str]:
    """The words and phrases of one text, each as it would be written in the rules."""
    return frozenset(occurrence.written for occurrence in _found(text) if occurrence.independent)


def key_phrases(
    groups: Mapping[str, Sequence[str]],
    rest: Iterable[str] = (),
    *,
    fewest: int = MIN_TEXTS_OF_PHRASE,
) -> dict[str, tuple[Phrase, ...]]:
    """
    For each group its phrases, the most typical of it first.

    A group is compared with all other groups and with ``rest``, texts without a group. Phrases in
    fewer than ``fewest`` texts of a group are left out.
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
                how = keyness(len(numbers), sizes[name], away, len(texts) - sizes[name])
                phrases_of[name].append(
                    Phrase(word, len(numbers), away, how, tuple(sorted(numbers)))
                )
    return {name: tuple(sorted(ranked, key=_rank)) for name, ranked in phrases_of.items()}


def keyness(inside: int, size: int, outside: int, rest: int) -> float:
    """
    How much more frequent a word is in the group than by chance: the signed root of Dunning's G².

    It grows with the number of texts, so a word of two texts never outweighs one of twenty, and is
    defined where no other text has the word. Zero if there are no other texts.
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
    At most so many phrases, each of which matches texts that the ones before it don't.

    So "knowledge distillation" isn't listed with "distillation" if it adds nothing.
    """
    chosen: list[Phrase] = []
    seen: set[int] = set()
    for phrase in ranked:
        if len(chosen) < most and len(set(phrase.texts) - seen) >= adds:
            chosen.append(phrase)
            seen.update(phrase.texts)
    return tuple(chosen)


def _rank(phrase: Phrase) -> tuple[float, int, int, str]:
    # Of equals the longer one is clearer; the last key makes the order deterministic.
    return -phrase.keyness, -phrase.inside, -len(phrase.word), phrase.word


@dataclass(slots=True)
class _Known:
    """Statistics of a phrase over all texts."""

    places: set[int] = field(default_factory=set)
    spellings: Counter[str] = field(default_factory=Counter)
    pieces: int = 0

    @property
    def written(self) -> str:
        return min(self.spellings, key=lambda written: (-self.spellings[written], written))

    @property
    def independent(self) -> bool:
        """Whether it is more than a piece of hyphenated words, as ``rank`` is of low-rank."""
        return self.pieces * 2 <= self.spellings.total()


def _index(texts: Iterable[str]) -> dict[str, list[int]]:
    """Every phrase in its most frequent spelling, with the numbers of the texts it matches."""
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
    """A phrase in a text: the key of all its spellings, this one, and if it is no piece."""

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
    """What joins two tokens: a space, a hyphen, or "" for anything else."""
    if folded.text[left.end() : right.start()] != " ":
        return ""
    return "-" if text[slice(*folded.original(left.end(), right.start()))] == "-" else " "


def _is_shouted(tokens: Sequence[str]) -> bool:
    """Whether a title is all in capitals, so that they mean nothing."""
    long = [token for token in tokens if len(token) > 1 and token.lower() != token]
    return len(long) > 3 and all(token.isupper() for token in long)


def _key(token: str, *, shouted: bool) -> str:
    """Capitals are part of a word like KV, as in the rules."""
    single = token.removesuffix("s")
    in_capitals = single.upper() == single and len(single) > 1 and not shouted
    return token if in_capitals else token.lower()


def _may_stand(part: Sequence[str], joints: Sequence[str], written: str) -> bool:
    """Whether a phrase has meaning and is allowed as a word of the rules."""
    first, last = part[0].lower(), part[-1].lower()
    # "on" alone means nothing, on-device does.
    if (first in STOP and joints[:1] != ["-"]) or (last in STOP and joints[-1:] != ["-"]):
        return False
    if len(part) == 1 and first in _OF_PAPERS:
        return False
    letters = any(sign.isalpha() for word in part for sign in word)
    long_enough = any(len(word) > 1 for word in part)
    return letters and long_enough and "near" not in part and len(written) <= MAX_PHRASE_CHARS


def _join_plurals(stats: dict[str, _Known]) -> None:
    """``model`` matches models too, so it gets their texts; "bias" stays, as "bia" is no word."""
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
    """Whether a singular also matches its plural: it is a word, and ends in a letter."""
    return len(last) > 1 and last[-1].isalpha()


def _stems(stats: Mapping[str, _Known]) -> dict[str, set[int]]:
    """Families of words as ``quantiz*``, with all texts that it matches."""
    words = sorted(key for key in stats if key.isalpha() and key.islower())
    families: dict[str, set[str]] = defaultdict(set)
    for word in words:
        stem = _ENDINGS.sub("", word)
        if len(stem) >= _SHORTEST_STEM and stem != word:
            families[stem].add(word)
    found_by = {}
    for stem, members in families.items():
        like = words[bisect_left(words, stem) : bisect_left(words, stem + "{")]
        # It would also match another word with the same beginning ("general" for "gener*").
        kin = all(len(word) - len(stem) <= _LONGEST_ENDING for word in like)
        if len(members) > 1 and kin:
            found_by[f"{stem}*"] = set[int]().union(*(stats[word].places for word in like))
    return found_by
