"""
New models, datasets, spaces and collections of organisations that people watch.

A model that names its paper goes with it: the paper's entry gets the link.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.arxiv_id import ArxivId
from catalog.paper import LinkKind
from catalog.store.runs import SourceState
from crawler.items import WebAnswer
from crawler.parsers.html import words_of
from crawler.sources.base import (
    JSON,
    NoAnswer,
    SourceContext,
    SourceRequest,
    SourceResponse,
    name_of,
)
from crawler.sources.collector import Collector, day_of

NAME = "hf_hub"
SOURCE = "huggingface"
AT_ONCE = 20
SHELVES: dict[str, tuple[LinkKind, str]] = {
    "models": ("model", "author={}&sort=createdAt&direction=-1"),
    "datasets": ("dataset", "author={}&sort=createdAt&direction=-1"),
    "spaces": ("space", "author={}&sort=createdAt&direction=-1"),
    "collections": ("collection", "owner={}&sort=lastModified"),
}
# From when on turns are counted: a Monday.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    watched = setting.sources.hf_hub
    parts = [f"{person}/{shelf}" for person in watched.organisations for shelf in watched.kinds]
    states = {part: setting.states.get(name_of(NAME, part)) for part in parts}
    for part in due(states, setting.now, timedelta(days=watched.every_days)):
        person, _, shelf = part.partition("/")
        kind, query = SHELVES[shelf]
        base = f"{setting.services['huggingface']}/api/{shelf}"
        yield setting.question(
            NAME,
            part,
            f"{base}?{query.format(person)}&limit={AT_ONCE}",
            group=SOURCE,
            accept=JSON,
            interface=True,
            kind=kind,
        )


def due(states: Mapping[str, SourceState | None], now: datetime, every: timedelta) -> Iterator[str]:
    """
    The shelves to look at now: new ones, those that failed, and those whose turn has come.

    The service has no question for all of them, so their turns are spread over the days: of four
    shelves that are read once a week, a day's run reads one at most.
    """
    for place, (part, state) in enumerate(states.items()):
        shift = every * place / len(states)
        if (
            state is None
            or state.streak
            or _turn(now, shift, every) > _turn(state.at, shift, every)
        ):
            yield part


def _turn(moment: datetime, shift: timedelta, every: timedelta) -> int:
    return (moment - EPOCH + shift) // every


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    told = answer.json()
    if not isinstance(told, list):
        raise NoAnswer("answered with JSON that is no list")
    question = answer.question
    seen = Collector(NAME, question.part, answer.now, question.oldest_days)
    seen.total = len(told)
    for entry in told:
        _see(seen, question.part.rpartition("/")[2], entry)
    yield seen.answer()


def _see(seen: Collector, shelf: str, entry: Any) -> None:
    name = entry.get("slug") or entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not name or entry.get("private"):
        seen.odd.append(f"an entry without a name, or a private one ({str(entry)[:60]!r})")
        return
    day = day_of(entry.get("createdAt") or entry.get("lastUpdated"))
    if seen.is_old(day):
        return
    folder = "" if shelf == "models" else f"{shelf}/"
    description = words_of(str(entry.get("description") or ""))
    title = str(entry.get("title") or (description if shelf == "collections" else "") or name)
    tags = [tag for tag in entry.get("tags") or () if isinstance(tag, str)]
    said = f"{description}\n\n{', '.join(tag for tag in tags if ':' not in tag)}".strip()
    url = f"https://huggingface.co/{folder}{name}"
    key = seen.link(url, title, said, day, SHELVES[shelf][0])
    papers = [ArxivId.parse(tag) for tag in tags if tag.startswith("arxiv:")]
    paper = next((one for one in papers if one), None)
    if key and paper:
        seen.fact(key, "paper", paper.base, SOURCE, url)
