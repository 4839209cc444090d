"""
What goes wrong on which day: every kind of fault by its number, spread over the days by a seed.

There are two tracks, so that arXiv and the others may have their troubles on the same day. Of each
number there is at least one fault in every story; which of its forms, and which more there is room
for, the seed says.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

BROKEN, OK, STALE = ("BROKEN",), ("OK",), ("STALE",)
PAGES = ("hf_blog", "feeds/")
HUB = ("hf_daily", "hf_blog", "hf_hub/")


@dataclass(frozen=True)
class Fault:
    """
    What is switched on for whom, how often, and what is right to say then.

    ``words`` are those of arXiv's feeds on a working day, ``broken`` the other sources (by the
    beginning of their names) that are BROKEN. ``slow`` ones take half a minute.
    """

    number: str
    service: str
    name: str = ""
    words: tuple[str, ...] = OK
    times: int | None = None
    broken: tuple[str, ...] = ()
    slow: bool = False

    @property
    def is_quick(self) -> bool:
        return not self.slow and self.service != "door"

    def __str__(self) -> str:
        return f"{self.number} {self.service} {self.name}".strip()


ARXIV = (
    Fault("F1", "rss", "truncate", BROKEN),
    Fault("F1", "rss", "chunk-cut", BROKEN),
    Fault("F2", "rss", "truncate-xml", BROKEN),
    Fault("F3", "rss", "empty-200", BROKEN),
    Fault("F3", "rss", "html-200", BROKEN),
    Fault("F3", "arxiv", "json-200", BROKEN),
    Fault("F4", "rss", "stale", STALE),
    Fault("F4", "rss", "stale-dated", STALE),
    Fault("F6", "rss", "huge", BROKEN),
    Fault("F7", "rss", "bomb", BROKEN),
    Fault("F8", "rss", "billion-laughs", BROKEN),
    Fault("F8", "rss", "quadratic", BROKEN),
    Fault("F8", "rss", "entity-external=http", BROKEN),
    Fault("F8", "rss", "dtd-external", BROKEN),
    Fault("F8", "rss", "xinclude", BROKEN),
    Fault("F9", "rss", "deep", BROKEN),
    Fault("F10", "rss", "wrong-charset"),
    Fault("F10", "rss", "utf-16"),
    Fault("F10", "rss", "byte-order-mark"),
    Fault("F10", "rss", "forbidden-signs", BROKEN),
    Fault("F11", "rss", "429", BROKEN),
    Fault("F11", "rss", "429-retry-after=20", times=1),
    Fault("F11", "rss", "429-retry-after=soon", times=1),
    Fault("F11", "rss", "503-retry-after=10", times=1),
    Fault("F11", "rss", "429-retry-after=4000", BROKEN),
    Fault("F11", "arxiv", "503", BROKEN),
    Fault("F12", "arxiv", "403", BROKEN),
    Fault("F13", "rss", "500-once"),
    Fault("F13", "rss", "drop", BROKEN),
    Fault("F13", "api", "500"),
    Fault("F13", "oai", "500"),
    Fault("F13", "at", "http://127.0.0.1:9", BROKEN),
    Fault("F13", "at", "https://nowhere.example.net", BROKEN, slow=True),
    Fault("F14", "rss", "hang", times=1, slow=True),
    Fault("F14", "rss", "drip", times=1, slow=True),
    Fault("F15", "rss", "redirect-loop", BROKEN),
    Fault("F15", "rss", "hops=6", BROKEN),
    Fault("F15", "rss", "hops=2"),
    Fault("F16", "arxiv", "redirect-private", BROKEN),
    Fault("F16", "rss", "redirect-metadata", BROKEN),
    Fault("F17", "at", "https://rebound.example.net", BROKEN, slow=True),
    Fault("F17", "at", "https://back.example.net", BROKEN, slow=True),
    Fault("F19", "door", "self-signed", BROKEN),
    Fault("F19", "door", "wrong-name", BROKEN),
    Fault("F19", "door", "expired", BROKEN),
    Fault("F19", "door", "good"),
    Fault("F20", "again"),
    Fault("F20", "again", "new-tag"),
    Fault("P9", "clock", "back"),
    Fault("P9", "clock", "ahead", BROKEN),
)
OTHERS = (
    Fault("F3", "page", "html-200", broken=("feeds/",)),
    Fault("F13", "hub", "500", broken=HUB),
    Fault("F11", "github", "429", broken=("github/",)),
    Fault("F18", "scholar", "redirect-private", broken=("semantic_scholar",)),
    Fault("F18", "github", "redirect-private", broken=("github/",)),
    Fault("F21", "robots", "503", broken=PAGES),
    Fault("F21", "robots", "robots-disallow", broken=PAGES),
    Fault("F21", "robots", "404"),
    Fault("F21", "robots", "html-200"),
    Fault("F21", "robots", "robots-large"),
    Fault("F21", "robots", "robots-delay=5"),
    Fault("F21", "robots", "hops=3"),
    Fault("F23", "proxy"),
    Fault("P10", "zone", "America/New_York"),
    Fault("P10", "zone", "Asia/Kolkata"),
)
# What only a working day can show.
WORKING = (OK, STALE)


def fates(
    free: Sequence[date], seed: int, *, quick: bool = False, share: float = 1.0
) -> dict[date, list[Fault]]:
    """
    The faults of each of these days; ``quick``: without the slow ones, and without doors.

    Where there are more days than faults they come again, the slow ones but once, until this
    ``share`` of the days has one.
    """
    random = Random(seed)
    found: dict[date, list[Fault]] = defaultdict(list)
    for track in (ARXIV, OTHERS):
        some = [fault for fault in track if not quick or fault.is_quick]
        again = [fault for fault in some if not fault.slow]
        times = int(len(free) * share) // len(again) if share < 1 else 0
        for day, fault in _spread(free, some + again * times, random, share):
            found[day].append(fault)
    return found


def _spread(
    free: Sequence[date], faults: Iterable[Fault], random: Random, share: float
) -> list[tuple[date, Fault]]:
    """A fault a day, one of each number first; those that need a working day get one."""
    some = list(faults)
    random.shuffle(some)
    seen: set[str] = set()
    first, more = [], []
    for fault in some:
        (more if fault.number in seen else first).append(fault)
        seen.add(fault.number)
    chosen = [*first, *more][: int(len(free) * share)]
    chosen.sort(key=lambda fault: fault.words not in WORKING)
    days = list(free)
    random.shuffle(days)
    days.sort(key=lambda day: day.weekday() > 4)
    if share < 1:
        # There are working days enough: what any day can show comes on any other.
        working = sum(fault.words in WORKING for fault in chosen)
        rest = days[working:]
        random.shuffle(rest)
        days[working:] = rest
    return list(zip(days, chosen, strict=False))
