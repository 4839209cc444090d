"""
Invented papers in bulk, for long tests and full days.

Some are held by moderation and announced days late, some get a second version, and some are
cross-listed later into a listed category. The same seed gives the same papers.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.papers.calendar import announced_at, batch_before, has_batch
from sandbox.papers.catalogue import Crossing, Paper, Version

LISTED_CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.AR", "cs.DC", "cs.PF", "stat.ML")
WEIGHTS = (25, 32, 20, 3, 7, 2, 6)
OTHER_CATEGORIES = ("cs.CV", "cs.RO", "cs.IR", "cs.CR")
DAY = timedelta(days=1)
# Ids above those of the catalogue.
FIRST_NUMBER = 40_000
SUBJECTS = (
    "Graph Matching", "Speech Tagging", "Route Planning", "Protein Folding", "Crop Forecasting",
    "Tax Law Retrieval", "Handwriting", "Reward Shaping", "Sparse Retrieval", "Bird Song",
)  # fmt: skip
RELEVANT_SUBJECTS = (
    "Post-Training Quantization of Large Language Models",
    "KV Cache Compression for Long-Context LLM Inference",
    "Structured Pruning of Large Language Models",
)
SENTENCE = "We describe what was tried, on which data, and how far the figures can be believed. "


@dataclass(frozen=True, slots=True)
class PaperGenerator:
    """
    ``papers`` a day for ``days`` calendar days from ``first`` on.

    ``rush`` multiplies the number on single days, by a fraction too, but never below one;
    ``wanted`` is the share of papers for a list about efficient language models. The field names
    are the keys of the profile's ``crowd``.
    """

    first: date
    days: int = 60
    papers: int = 12
    seed: int = 1
    wanted: float = 0.05
    rush: Mapping[date, float] = field(default_factory=dict)
    sentences: int = 3

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "PaperGenerator":
        """Read the ``crowd`` object of a profile."""
        rush = {date.fromisoformat(day): factor for day, factor in fields.get("rush", {}).items()}
        return cls(**{**fields, "first": date.fromisoformat(fields["first"]), "rush": rush})

    def papers_announced(self, holidays: Collection[date]) -> Iterator[Paper]:
        """Generate the papers in the order of announcement."""
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
        listed = random.random() < 0.95
        primary = (
            random.choices(LISTED_CATEGORIES, WEIGHTS)[0]
            if listed
            else random.choice(OTHER_CATEGORIES)
        )
        more = [
            category
            for category in random.sample(LISTED_CATEGORIES, 2)
            if listed and random.random() < 0.4
        ]
        first = self._version(arxiv_id, day, sent, holidays, random)
        versions = [first]
        if random.random() < 0.15:
            versions.append(self._later(first, holidays, random))
        crossings = () if listed else (Crossing(_later(day, holidays, random, 5), "cs.CL"),)
        return Paper(arxiv_id, tuple(dict.fromkeys([primary, *more])), tuple(versions), crossings)

    def _version(
        self, arxiv_id: str, day: date, sent: date, holidays: Collection[date], random: Random
    ) -> Version:
        # Received by 14:00 Eastern, six hours before; in the day before that.
        close = announced_at(batch_before(sent + DAY, holidays))
        hours = 54 if sent.weekday() == 0 else 6
        submitted = close - timedelta(hours=hours, minutes=random.randrange(1, 23 * 60))
        subject = RELEVANT_SUBJECTS if random.random() < self.wanted else SUBJECTS
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
