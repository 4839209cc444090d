"""What became of one channel, and the troubles that all of them share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from catalog.report import Report
from config.errors import Trouble

Word = Literal["sent", "nothing", "later", "person", "setup"]
CODES: dict[Word, int] = {"sent": 0, "nothing": 0, "later": 75, "person": 1, "setup": 2}


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One line about a channel.

    ``word`` is sent, nothing (it has it already), later (try again), person (somebody must act) or
    setup (the configuration can't be meant). ``body`` is what a dry run would send.
    """

    channel: str
    word: Word
    message: str
    body: str = ""

    @property
    def code(self) -> int:
        return CODES[self.word]

    def tell(self, report: Report) -> None:
        """Add it to a report: what can wait is left for the next run, the rest needs a person."""
        line = f"{self.channel}: {self.message}"
        if self.code in (1, 2):
            report.needs_person.append(line)
        else:
            report.notes += [line, *self.body.splitlines()]
            report.unfinished |= self.word == "later"


def attempt(channel: str, send: Callable[[], Iterable[Outcome]]) -> list[Outcome]:
    """Its outcomes; a trouble is one, so that it stops no other channel."""
    outcomes: list[Outcome] = []
    try:
        # What was told before the trouble stays told.
        outcomes.extend(send())
    except Trouble as trouble:
        word = next(word for word, code in CODES.items() if code == trouble.exit_code)
        outcomes.append(Outcome(channel, word, str(trouble)))
    return outcomes
