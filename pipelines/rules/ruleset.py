"""
Judges a text by the rules of a list: its section or none, the reason, and why not another section.

A word in the title counts more than one in the abstract, which counts more if it is repeated.
``unless`` beats every other word, but for a mention in an abstract, which only weighs; ``over``
decides when two sections fit.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from catalog.facts import Evidence, Verdict
from config.rules import ListRules
from config.strict import plain
from pipelines.rules.fold import Folded, fold_all
from pipelines.rules.gate import Gate
from pipelines.rules.matcher import Finder, Matches
from pipelines.rules.readings import Reading, Texts, WordPlace, find, read, read_all
from pipelines.rules.scoring import Fit, Sections, Tally, all_words, only_in_titles, sections
from pipelines.rules.sieve import Sieve, Written

# Part of every fingerprint: raise it when the same words begin to be judged differently.
SEMANTICS_VERSION = 4
# What a word keeps out of the list, or has no word of ``about``, never scores more.
KEPT_OUT_SCORE = 0.25


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    A verdict with everything it is based on.

    ``about``, ``vetoes``, ``doubts``, ``helps`` and ``neighbours`` are the matched words of the
    whole list; ``doubts`` are those of ``unless`` that an abstract mentions.
    """

    verdict: Verdict
    reading: Reading
    fits: tuple[Fit, ...]
    about: tuple[int, ...]
    vetoes: tuple[int, ...]
    helps: tuple[int, ...]
    neighbours: tuple[int, ...]
    doubts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """The section of a text, or None, and the fit of each section."""

    section: str | None
    fits: tuple[Fit, ...]


@dataclass(slots=True)
class Judgement:
    """
    The section of a text or None, its score, and the best other section.

    ``evidence`` and ``lacked`` are worked out when somebody asks for them.
    """

    section: str | None
    score: float
    runner_up: str | None
    _chosen: Sections
    _reading: Reading
    _ranked: Sequence[Fit]

    @property
    def is_near(self) -> bool:
        """Whether a section gets the text or nearly does, and nothing keeps it out of the list."""
        return self.score > KEPT_OUT_SCORE

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every place of the words for the section, or for the nearest one if there is none."""
        return self._reading.evidence(self._ranked[0].shown) if self._ranked else ()

    @property
    def places(self) -> list[WordPlace]:
        """The evidence as plain values."""
        return self._reading.places(self._ranked[0].shown) if self._ranked else []

    @property
    def lacked(self) -> str:
        """Why the best other section didn't get the work."""
        chosen, reading, ranked = self._chosen, self._reading, self._ranked
        doubts = chosen.doubts(reading)
        if self.section is not None:
            second = ranked[1] if len(ranked) > 1 else None
            return why_not(ranked[0], second, reading, doubts)
        vetoes = chosen.vetoes(reading)
        nearest = ranked[0] if ranked else None
        no_about = not (chosen.speaks(reading) or vetoes)
        return why_none(nearest, reading, vetoes, doubts, no_about=no_about)

    def verdict(self, fingerprint: str) -> Verdict:
        return Verdict(
            self.section, self.score, self.evidence, self.runner_up, self.lacked, fingerprint
        )


class TextOnDemand(Written, Protocol):
    """A text whose abstract is read when it is asked for: as it is written, or as it is judged."""

    @property
    def title(self) -> str: ...

    @property
    def abstract(self) -> str | None: ...


class Ruleset:
    """The rules of several lists compiled together, so that a text is read once for all."""

    def __init__(self, lists: Sequence[ListRules]) -> None:
        every = (word for rules in lists for word in all_words(rules))
        self.finder = Finder(every, only_in_titles(lists))
        self._lists = {rules.list: sections(rules, self.finder) for rules in lists}
        self._prints = {rules.list: fingerprint_of(rules) for rules in lists}
        self._lists_of: dict[int, list[str]] = {}
        for name, chosen in self._lists.items():
            for number in chosen.shares:
                self._lists_of.setdefault(number, []).append(name)
        self._every = tuple(lists)
        self._gates = {rules.list: Gate.of(rules, self._lists[rules.list]) for rules in lists}

    @cached_property
    def _sieve(self) -> Sieve:
        return Sieve(self._every)

    def judge(self, list_name: str, title: str, abstract: str | None) -> Verdict:
        """The verdict of one list's rules. Without an abstract the title alone is judged."""
        return self._judge(list_name, read(self.finder, title, abstract))

    def weigh(self, list_name: str, title: str, abstract: str | None) -> Judgement:
        """The same without reasons until they are asked for: for many papers, most of no use."""
        return self._weigh(list_name, read(self.finder, title, abstract))

    def weigh_all(self, list_name: str, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        """
        The same for (title, abstract) pairs, in their order.

        Each step is done for all texts before the next: a processor keeps at hand what it works
        with, so a few dozen together take a tenth less time than one by one.
        """
        chosen = self._lists[list_name]
        readings = read_all(self.finder, texts)
        return [judged(chosen, reading, chosen.tally(reading)) for reading in readings]

    def judge_all(
        self, list_name: str, texts: Iterable[tuple[str, str | None]]
    ) -> Iterator[Verdict]:
        """Verdicts for (title, abstract) pairs, in their order."""
        for title, abstract in texts:
            yield self.judge(list_name, title, abstract)

    def judge_folded(self, list_name: str, texts: Texts) -> Verdict:
        """The same for a text that is folded already, perhaps for another rule set."""
        return self._judge(list_name, find(self.finder, texts))

    def judge_for_lists(
        self, list_names: Iterable[str], title: str, abstract: str | None
    ) -> dict[str, Verdict]:
        """
        The verdict of each of these lists, by name; the text is read once.

        Each list looks only at words of its own sections, so time grows by what is found.
        """
        reading = read(self.finder, title, abstract)
        matches = reading.matches
        of_list: dict[str, list[int]] = {}
        for number in matches["title"].numbers | matches["abstract"].numbers:
            for name in self._lists_of.get(number, ()):
                of_list.setdefault(name, []).append(number)
        verdicts = {}
        for name in list_names:
            chosen = self._lists[name]
            tally = chosen.tally(reading, of_list.get(name, ()))
            verdicts[name] = judged(chosen, reading, tally).verdict(self._prints[name])
        return verdicts

    def proposed(self, texts: Sequence[TextOnDemand]) -> list[dict[str, Verdict]]:
        """
        The verdicts of the lists that let a text in, for each text.

        Most texts are refused by their title: an abstract is asked for where that isn't enough.
        """
        first = self._sieve.passed(texts)
        titles = fold_all([texts[number].title for number in first])
        # The gate asks for nearly all of them, and together they take less time.
        abstracts = fold_all([texts[number].abstract or "" for number in first])
        found = self.finder.find_all(titles, "title")
        passed = [
            (names, place)
            for place, (title, abstract) in enumerate(zip(found, abstracts, strict=True))
            if (names := self._open_to(title, abstract))
        ]
        asked = self.finder.find_all([abstracts[place] for _, place in passed], "abstract")
        verdicts: list[dict[str, Verdict]] = [{} for _ in texts]
        for (names, place), matches in zip(passed, asked, strict=True):
            number = first[place]
            reading = Reading(
                self.finder,
                {"title": titles[place], "abstract": abstracts[place]},
                {"title": found[place], "abstract": matches},
            )
            for name in names:
                judgement = self._weigh(name, reading)
                if judgement.section is not None:
                    verdicts[number][name] = judgement.verdict(self._prints[name])
        return verdicts

    def _open_to(self, title: Matches, abstract: Folded) -> list[str]:
        """The lists that may let a text in."""
        return [name for name, gate in self._gates.items() if gate.lets_in(title, abstract)]

    def explain(self, list_name: str, title: str, abstract: str | None) -> Explanation:
        """The verdict and the fit of each section."""
        reading = read(self.finder, title, abstract)
        chosen = self._lists[list_name]
        matches = reading.matches["title"].numbers | reading.matches["abstract"].numbers
        return Explanation(
            self._judge(list_name, reading),
            reading,
            tuple(chosen.tally(reading).fits),
            tuple(sorted(matches & chosen.about)),
            chosen.vetoes(reading),
            tuple(sorted(matches & chosen.helps)),
            tuple(sorted(chosen.neighbours.intersection(reading.matches["title"]))),
            chosen.doubts(reading),
        )

    def place(self, list_name: str, reading: Reading) -> Placement:
        """The section and the fits only: quicker, for callers that don't need reasons."""
        chosen = self._lists[list_name]
        return placed(chosen, reading)

    def fingerprint(self, list_name: str) -> str:
        """Changes exactly when the list's words may give other verdicts."""
        return self._prints[list_name]

    def _judge(self, list_name: str, reading: Reading) -> Verdict:
        return self._weigh(list_name, reading).verdict(self._prints[list_name])

    def _weigh(self, list_name: str, reading: Reading) -> Judgement:
        chosen = self._lists[list_name]
        return judged(chosen, reading, chosen.tally(reading))


def fingerprint_of(rules: ListRules) -> str:
    """Sixteen letters that change exactly when the words may give other verdicts."""
    content = plain(rules)
    del content["file"], content["digests"]
    for section in content["sections"]:
        del section["examples"], section["lookalikes"]
    text = json.dumps([SEMANTICS_VERSION, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def judged(chosen: Sections, reading: Reading, tally: Tally) -> Judgement:
    """The judgement from the counts of the list and its sections."""
    fits, kept_out, lean = tally
    ranked = _ranked([fit for fit in fits if fit.points]) if fits else ()
    if not ranked:
        return Judgement(None, 0.0, None, chosen, reading, ())
    first = ranked[0]
    score = first.score(lean)
    if first.fits and not kept_out:
        second = ranked[1].name if len(ranked) > 1 else None
        return Judgement(first.name, round(0.5 + score / 2, 4), second, chosen, reading, ranked)
    score /= 4 if kept_out or first.vetoed else 2
    return Judgement(None, round(score, 4), first.name, chosen, reading, ranked)


def _ranked(fits: Sequence[Fit]) -> list[Fit]:
    """The section that gets the work first, then the rest from the nearest on."""
    if len(fits) < 2:
        return list(fits)
    fitting = [fit for fit in fits if fit.fits]
    beaten = {name for fit in fitting for name in fit.section.over}
    return sorted(
        fits, key=lambda fit: (not fit.fits, fit.fits and fit.name in beaten, -fit.points)
    )


def compile_rules(lists: Sequence[ListRules]) -> Ruleset:
    """Compile the rules of all lists together."""
    return Ruleset(lists)


def placed(chosen: Sections, reading: Reading) -> Placement:
    """The section of a text, as in a verdict but without reasons."""
    fits, kept_out, _ = chosen.tally(reading)
    if kept_out or not any(fit.fits for fit in fits):
        return Placement(None, tuple(fits))
    return Placement(_ranked([fit for fit in fits if fit.points])[0].name, tuple(fits))


def why_not(first: Fit, second: Fit | None, reading: Reading, doubts: Sequence[int] = ()) -> str:
    """Why the second section didn't get the work."""
    if second is None:
        return ""
    if second.vetoes:
        return f"{_quoted(second.vetoes, reading)} keeps it out of {second.name}"
    if not second.fits:
        return _short_of(second, reading, doubts)
    if second.name in first.section.over:
        return f"{first.name} has priority over {second.name}"
    if second.points == first.points:
        return f"fits equally well, but {first.name} comes before {second.name} in the list"
    return f"fits too, but {first.name} scores higher"


def _quoted(numbers: Sequence[int], reading: Reading) -> str:
    words = dict.fromkeys(reading.words(numbers))
    return ", ".join(f'"{word}"' for word in words)


def _short_of(fit: Fit, reading: Reading, doubts: Sequence[int]) -> str:
    weak = _quoted(fit.weak, reading)
    if fit.strange and fit.backed and (fit.shown["title"] or (doubts and fit.mentioned)):
        spoken = _quoted(fit.shown["title"] or fit.mentioned, reading)
        where = " in the title" if fit.shown["title"] else ", in the title"
        beside = "a word of `neighbours`"
        if doubts:
            beside = f"{_quoted(doubts, reading)} of `unless` in the abstract"
        return f"lacked another word of {fit.name}{where}: {spoken} is not enough next to {beside}"
    if not fit.meant and fit.mentioned and not fit.shown["title"]:
        mentioned = _quoted(fit.mentioned, reading)
        return (
            f"lacked a word of {fit.name} or of `helps` in the title: {mentioned} is mentioned only"
            " in passing"
        )
    if not fit.backed and fit.weak:
        return f"lacked a word of {fit.name} › beside: {weak} does not count without one"
    if not weak:
        return f"lacked a word of {fit.name}"
    if len(fit.weak) > 1:
        where = f"{fit.name} in the title, or one of its `hints`"
        return f"lacked a word of {where}: {weak} are only in the abstract"
    return f"lacked another word of {fit.name}: {weak} is not enough alone"


def why_none(
    nearest: Fit | None,
    reading: Reading,
    vetoes: Sequence[int],
    doubts: Sequence[int] = (),
    *,
    no_about: bool,
) -> str:
    """Why no section got the work, the main obstacle first."""
    if vetoes:
        return f"{_quoted(vetoes, reading)} keeps it out of the list"
    if nearest is None:
        return "no word of any section"
    if no_about:
        return "no word of `about`"
    if nearest.vetoes:
        return f"{_quoted(nearest.vetoes, reading)} keeps it out of {nearest.name}"
    return _short_of(nearest, reading, doubts)
