"""
Papers by the dozen, for long stories and full days. None of them exists.

Some are held by moderation and announced days late, some are replaced, and some are cross-listed
later into a category that is asked for: all by a seed, so that a story can be told again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.calendar import announced_at, batch_before, has_batch
from sandbox.catalogue import Crossing, Paper, Version

OURS = ("cs.CL", "cs.LG", "cs.AI", "cs.AR", "cs.DC", "cs.PF", "stat.ML")
WEIGHTS = (25, 32, 20, 3, 7, 2, 6)
OTHERS = ("cs.CV", "cs.RO", "cs.IR", "cs.CR")
DAY = timedelta(days=1)
# Ids above those of the catalogue.
FIRST_NUMBER = 40_000
SUBJECTS = (
    "Graph Matching", "Speech Tagging", "Route Planning", "Protein Folding", "Crop Forecasting",
    "Tax Law Retrieval", "Handwriting", "Reward Shaping", "Sparse Retrieval", "Bird Song",
)  # fmt: skip
WANTED = (
    "Post-Training Quantization of Large Language Models",
    "KV Cache Compression for Long-Context LLM Inference",
    "Structured Pruning of Large Language Models",
)
SENTENCE = "We describe what was tried, on which data, and how far the figures can be believed. "


@dataclass(frozen=True, slots=True)
class Crowd:
    """
    ``papers`` a day for ``days`` calendar days from ``first`` on.

    On the days of ``rush`` there are so many times as many, or a fraction, but at least one;
    ``wanted`` is the share that a list about efficient language models would take.
    """

    first: date
    days: int = 60
    papers: int = 12
    seed: int = 1
    wanted: float = 0.05
    rush: Mapping[date, float] = field(default_factory=dict)
    sentences: int = 3

    @classmethod
    def told(cls, told: Mapping[str, Any]) -> "Crowd":
        """A crowd from a profile's JSON."""
        rush = {date.fromisoformat(day): times for day, times in told.get("rush", {}).items()}
        return cls(**{**told, "first": date.fromisoformat(told["first"]), "rush": rush})

    def gather(self, holidays: Collection[date]) -> Iterator[Paper]:
        """The papers, in the order they are announced."""
        random = Random(self.seed)
        numbers: dict[str, int] = {}
        for back in range(self.days):
            day = self.first + back * DAY
            if not has_batch(day, holidays):
                continue
            month = f"{day:%y%m}"
            for _ in range(max(round(self.papers * self.rush.get(day, 1)), 1)):
                numbers[month] = numbers.get(month, FIRST_NUMBER) + 1
                yield self._paper(f"{month}.{numbers[month]}", day, holidays, random)

    def _paper(self, arxiv_id: str, day: date, holidays: Collection[date], random: Random) -> Paper:
        held = random.choice((1, 2, 3, 4)) if random.random() < 0.05 else 0
        sent = day
        for _ in range(held):
            sent = batch_before(sent, holidays)
        ours = random.random() < 0.95
        primary = random.choices(OURS, WEIGHTS)[0] if ours else random.choice(OTHERS)
        more = [one for one in random.sample(OURS, 2) if ours and random.random() < 0.4]
        first = self._version(arxiv_id, day, sent, holidays, random)
        versions = [first]
        if random.random() < 0.15:
            versions.append(self._later(first, holidays, random))
        crossings = () if ours else (Crossing(_later(day, holidays, random, 5), "cs.CL"),)
        return Paper(arxiv_id, tuple(dict.fromkeys([primary, *more])), tuple(versions), crossings)

    def _version(
        self, arxiv_id: str, day: date, sent: date, holidays: Collection[date], random: Random
    ) -> Version:
        # Received by 14:00 Eastern, six hours before; in the day before that.
        close = announced_at(batch_before(sent + DAY, holidays))
        hours = 54 if sent.weekday() == 0 else 6
        submitted = close - timedelta(hours=hours, minutes=random.randrange(1, 23 * 60))
        subject = WANTED if random.random() < self.wanted else SUBJECTS
        title = f"{random.choice(subject)}: Report {arxiv_id.replace('.', '-')}"
        abstract = f"A report on {title.partition(':')[0].lower()}. " + SENTENCE * self.sentences
        return Version(1, day, submitted, title, (f"Author {arxiv_id[-5:]}", "B. Second"), abstract)

    def _later(self, first: Version, holidays: Collection[date], random: Random) -> Version:
        day = _later(first.announced, holidays, random, 15)
        sent = announced_at(day) - timedelta(hours=54 if day.weekday() == 0 else 6, minutes=30)
        title = f"{first.title}, Revised"
        return Version(2, day, sent, title, first.authors, first.abstract)


def _later(day: date, holidays: Collection[date], random: Random, most: int) -> date:
    """An announcement day some days later."""
    for _ in range(random.randrange(1, most + 1)):
        day += DAY
        while not has_batch(day, holidays):
            day += DAY
    return day
