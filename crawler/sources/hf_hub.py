"""
New models, datasets, spaces and collections of watched organisations.

A model that names its paper becomes a link of that paper's entry.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.arxiv_id import ArxivId
from catalog.paper import LinkKind
from catalog.rows.runs import SourceState
from crawler.items import WebAnswer
from crawler.parsers.bodies import error_of, said
from crawler.parsers.html import words_of
from crawler.sources.base import (
    JSON,
    NoAnswer,
    SourceContext,
    SourceRequest,
    SourceResponse,
    name_of,
)
from crawler.sources.collector import Collector, day_of, is_gap, text_of

NAME = "hf_hub"
SOURCE = "huggingface"
MODELS_PER_PAGE = 20
KINDS: dict[str, tuple[LinkKind, str]] = {
    "models": ("model", "author={}&sort=createdAt&direction=-1"),
    "datasets": ("dataset", "author={}&sort=createdAt&direction=-1"),
    "spaces": ("space", "author={}&sort=createdAt&direction=-1"),
    "collections": ("collection", "owner={}&sort=lastModified"),
}
# The name of a model or of anything else; models of the first days have no owner.
_NAME = re.compile(r"[\w.-]{1,200}(?:/[\w.-]{1,200})?", re.ASCII)
# From when on turns are counted: a Monday.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    watched = setting.sources.hf_hub
    parts = [f"{owner}/{section}" for owner in watched.organisations for section in watched.kinds]
    states = {part: setting.states.get(name_of(NAME, part)) for part in parts}
    for part in due(states, setting.now, timedelta(days=watched.every_days)):
        owner, _, section = part.partition("/")
        kind, query = KINDS[section]
        base = f"{setting.services['huggingface']}/api/{section}"
        yield setting.question(
            NAME,
            part,
            f"{base}?{query.format(owner)}&limit={MODELS_PER_PAGE}",
            group=SOURCE,
            accept=JSON,
            interface=True,
            kind=kind,
        )


def due(states: Mapping[str, SourceState | None], now: datetime, every: timedelta) -> Iterator[str]:
    """
    The parts to look at now: new ones, those that failed, and those whose turn has come.

    The service has no request for all of them, so their turns are spread over the days: of four
    parts that are read once a week, a day's run reads one at most.
    """
    for place, (part, state) in enumerate(states.items()):
        shift = every * place / len(states)
        if (
            state is None
            or state.streak
            or _turn(now, shift, every) != _turn(state.at, shift, every)
        ):
            yield part


def _turn(moment: datetime, shift: timedelta, every: timedelta) -> int:
    return (moment - EPOCH + shift) // every


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    entries = answer.json()
    if not isinstance(entries, list):
        raise NoAnswer(f"answered with JSON that is no list: {error_of(entries)}")
    seen = Collector.of(NAME, answer)
    seen.total = len(entries)
    for entry in entries:
        _see(seen, answer.question.part.rpartition("/")[2], entry)
    if is_gap(seen, answer.question, MODELS_PER_PAGE):
        seen.part_only.append(f"the newest {MODELS_PER_PAGE}; older ones were not read")
    yield seen.answer()


def _see(seen: Collector, section: str, entry: Any) -> None:
    name = (entry.get("slug") or entry.get("id")) if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str):
        seen.strange(entry, "an entry without a name")
        return
    if not _NAME.fullmatch(name) or entry.get("private"):
        seen.odd.append(f"an entry with no name of ours, or a private one ({said(name, 60)!r})")
        return
    day = day_of(entry.get("createdAt") or entry.get("lastUpdated"))
    if seen.is_old(day):
        return
    folder = "" if section == "models" else f"{section}/"
    description = words_of(text_of(entry.get("description")))
    title = text_of(entry.get("title")) or (description if section == "collections" else "") or name
    tags = entry.get("tags")
    tags = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    text = f"{description}\n\n{', '.join(tag for tag in tags if ':' not in tag)}".strip()
    url = f"https://huggingface.co/{folder}{name}"
    key = seen.link(url, title, text, day, KINDS[section][0])
    ids = [ArxivId.parse(tag) for tag in tags if tag.startswith("arxiv:")]
    paper = next(filter(None, ids), None)
    if key and paper:
        seen.fact(key, "paper", paper.base, SOURCE, url)
