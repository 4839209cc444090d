"""
Tells from the letters of many texts together that no list can get them.

It asks what the gate asks, of bytes that nobody has folded or even decoded: whether a title surely
has a word that keeps it out, or can't have one of a section. What it refuses, the gate
refuses, too; what it lets pass the gate may still refuse. Texts with more in them than plain
letters, signs and line ends pass.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise, permutations, product
from typing import Protocol

from config.rules import ListRules
from pipelines.rules.automaton import Letters, scanner, teller
from pipelines.rules.fold import BARE, NUL, PLAIN
from pipelines.rules.matcher import first_letters, is_plain, letters_of
from pipelines.rules.readings import MAX_BRIEF_CHARS
from pipelines.rules.words import Parts, Side, word

# A line end in a string of JSON. Whatever else is escaped in a title keeps its backslash.
WRITTEN_LINE_END = rb"\n"
# Stands for signs that are no blanks until double blanks are gone: "a, b" isn't "a b".
_SIGN = b"\1"


def _in_title(sign: int) -> int:
    if sign == ord("\n"):
        return sign
    if not ord(" ") <= sign <= ord("~"):
        return 0
    is_sign = BARE[sign] == ord(" ") and PLAIN[sign] not in b" \0"
    return _SIGN[0] if is_sign else PLAIN[sign]


_IN_TITLE = bytes(map(_in_title, range(256)))
_BARED = bytes.maketrans(_SIGN, b" ")
# Signs of which folding leaves a blank, or nothing if there is one before; and in an abstract what
# takes more than a blank in its place: escapes other than line ends and quotes among them.
_BLANKS = b" -~_/"
_ODD = rb'[\x00-\x1f$&<^{}\x7f-\xff]|\\[^n"]'

# What the words of a title do to sections: each is a set of bits, one for every section of every
# list, and all sets are side by side in one integer.
SAYS, SHOWN, TWICE, CLOSES, OUT, STRANGE, HELPS = range(7)
# A word that may be there, but need not, refuses nothing.
REFUSING = (CLOSES, OUT, STRANGE)


class Written(Protocol):
    """
    A text as its bytes stand in a string of JSON, without the quotes.

    None where nobody knows them. There is no line end in them but written ones.
    """

    @property
    def title_bytes(self) -> bytes | None: ...

    @property
    def abstract_bytes(self) -> bytes | None: ...


class Sieve:
    """The sieve of some lists."""

    def __init__(self, lists: Sequence[ListRules]) -> None:
        bits = _Bits.of(lists)
        self._titles, self._hints = _TitleWords(bits), _Hints(bits)
        # The titles of all of arXiv are in few thousand different states.
        self._open_to = lru_cache(maxsize=1 << 14)(_Gates(bits))

    def passed(self, texts: Sequence[Written]) -> list[int]:
        """The numbers of the texts that some list may get, in order."""
        passed = []
        for number, state in enumerate(self._titles.states([text.title_bytes for text in texts])):
            open_to = -1 if state is None else self._open_to(state)
            if open_to < 0 or (
                open_to and self._hints.may_be_in(texts[number].abstract_bytes, open_to)
            ):
                passed.append(number)
        return passed


@dataclass(frozen=True, slots=True)
class _Bits:
    """The sections of each list as bits, and how many bits there are."""

    lists: Sequence[tuple[ListRules, int]]
    width: int

    @classmethod
    def of(cls, lists: Sequence[ListRules]) -> "_Bits":
        ends = list(accumulate((len(rules.sections) for rules in lists), initial=0))
        bits = [(1 << end) - (1 << start) for start, end in pairwise(ends)]
        return cls(tuple(zip(lists, bits, strict=True)), ends[-1])

    def put(self, sections: int, *sets: int) -> int:
        return sum(sections << self.width * place for place in sets)

    def take(self, state: int, place: int) -> int:
        return state >> self.width * place & (1 << self.width) - 1

    def effects(self) -> dict[str, int]:
        """What each word does in a title."""
        effects: dict[str, int] = defaultdict(int)
        for rules, bits in self.lists:
            of_list = {OUT: (rules.unless, rules.not_in_title), STRANGE: (rules.neighbours,)}
            for place, keys in (of_list | {HELPS: (rules.helps,)}).items():
                for text in chain(*keys):
                    effects[text] |= self.put(bits, place)
            bit = bits & -bits
            for section in rules.sections:
                for text in section.says:
                    effects[text] |= self.put(bit, SAYS, SHOWN)
                for text in chain(section.in_title, section.hints):
                    effects[text] |= self.put(bit, SHOWN)
                for text in chain(section.unless, section.not_in_title):
                    effects[text] |= self.put(bit, CLOSES)
                bit <<= 1
        return effects


class _Gates:
    """What the gates of all lists say of a title."""

    def __init__(self, bits: _Bits) -> None:
        self._bits, self._every = bits, (1 << bits.width) - 1
        # A word of the abstract alone may be enough, for some lists with a word of ``helps``.
        speaking = [(rules, of) for rules, of in bits.lists if any(s.says for s in rules.sections)]
        self._if_helped = sum(of for _, of in speaking)
        self._always = sum(of for rules, of in speaking if not rules.helps)

    def __call__(self, state: int) -> int:
        """The lists that ask for the abstract; -1 if one may get the text by its title."""
        says, shown, twice, closes, out, strange, helps = (
            self._bits.take(state, place) for place in range(HELPS + 1)
        )
        if (says | twice | (shown & ~strange)) & ~(closes | out):
            return -1
        asking = self._every & ~(out | strange)
        return -1 if asking & (self._always | (self._if_helped & helps)) else asking


class _TitleWords:
    """
    Words by their numbers, and their effects.

    Where it doesn't matter how many words have an effect, they share a number.
    """

    def __init__(self, bits: _Bits) -> None:
        self._width, self._shown = bits.width, bits.put((1 << bits.width) - 1, SHOWN)
        refusing = bits.put((1 << bits.width) - 1, *REFUSING)
        self._alone: list[int] = []
        sought: list[Letters] = []
        pairs: list[tuple[Side, Side, int]] = []
        shared: dict[int, int] = {}
        for text, effect in bits.effects().items():
            side, *second = word(text).sides
            if second or not is_plain(side):
                effect &= ~refusing
            if second:
                pairs.append((side, second[0], effect))
                continue
            new = len(self._alone)
            number = new if effect & self._shown else shared.setdefault(effect, new)
            if number == new:
                self._alone.append(effect)
            sought += letters_of(side, number)
        sides = dict.fromkeys(side for pair in pairs for side in pair[:2])
        number_of = {side: number for number, side in enumerate(sides, len(self._alone))}
        sought += [
            letters for side, number in number_of.items() for letters in letters_of(side, number)
        ]
        self._pairs = [(number_of[left], number_of[right], effect) for left, right, effect in pairs]
        self._scan = scanner(sought)

    def states(self, titles: Sequence[bytes | None]) -> list[int | None]:
        """What the words of each title do together; None for one that isn't plain, or not known."""
        joined = bare_lines([title or b"" for title in titles])
        lines = joined.splitlines(keepends=True)
        ends, states = list(accumulate(map(len, lines))), [0] * len(titles)
        sides: dict[int, set[int]] = {}
        for number, hits in self._scan(joined).items():
            places = {bisect_left(ends, end) for end in hits}
            if number < len(self._alone):
                self._add(self._alone[number], states, places)
            else:
                sides[number] = places
        for left, right, effect in self._pairs:
            if left in sides and right in sides:
                self._add(effect, states, sides[left] & sides[right])
        return [
            None if title is None or NUL in line else state
            for title, line, state in zip(titles, lines, states, strict=True)
        ]

    def _add(self, effect: int, states: list[int], places: Iterable[int]) -> None:
        for place in places:
            state = states[place]
            states[place] = state | effect | (state & effect & self._shown) << self._width


class _Hints:
    """Tells abstracts that have no hint for a list."""

    def __init__(self, bits: _Bits) -> None:
        self._lists = [of for _, of in bits.lists]
        # After the lists comes what isn't plain: it asks for every list.
        patterns = [(len(self._lists), _ODD)]
        self._lists.append((1 << bits.width) - 1)
        for number, (rules, _) in enumerate(bits.lists):
            hints = [text for section in rules.sections for text in section.hints]
            patterns += [(number, b"(?is)" + letters) for letters in needed(hints)]
        self._tell = teller(patterns)

    def may_be_in(self, abstract: bytes | None, open_to: int) -> bool:
        """Whether an abstract is brief, or odd, or may have a hint for one of these lists."""
        if abstract is None:
            return True
        hints = self._tell(abstract)
        if hints and any(self._lists[number] & open_to for number in hints):
            return True
        # Each escape is two bytes.
        blanks = 2 * abstract.count(b"\\")
        return len(abstract.translate(None, _BLANKS)) - blanks <= MAX_BRIEF_CHARS


def needed(words: Iterable[str]) -> Iterator[bytes]:
    """Regular expressions, one of which a plain text has if it has one of the words."""
    for text in words:
        runs = [[_longest_run(parts) for parts in side.spellings] for side in word(text).sides]
        for run in product(*runs):
            yield b"|".join(map(b".*".join, permutations(run)))


def _longest_run(parts: Parts) -> bytes:
    """Letters that folding leaves together, whatever is between these and the next."""
    return max(first_letters(parts).split(), key=len, default=b"")


def bare_lines(titles: Sequence[bytes]) -> bytes:
    """
    Titles as the matcher reads them but for blanks at their ends, each with a line end.

    For each by itself the same would take ten times as long. What isn't plain has a NUL.
    """
    joined = b"\n".join(titles).replace(WRITTEN_LINE_END, b" ").translate(_IN_TITLE)
    while b"  " in joined:
        joined = joined.replace(b"  ", b" ")
    return b" %b \n" % joined.translate(_BARED).replace(b"\n", b" \n ") if titles else b""
