"""Answers of sources in tests: bytes that came back to a question, without a wire."""

from datetime import UTC, datetime
from pathlib import Path

import orjson

from catalog.rows.runs import SourceState
from catalog.sightings import SourceStatus
from config.settings import Sources
from config.strict import validate
from crawler.items import WebAnswer
from crawler.sources.base import SourceContext, SourceRequest, SourceResponse

NOW = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
SERVICES = {
    "huggingface": "https://huggingface.co",
    "github": "https://api.github.com",
    "arxiv_api": "https://export.arxiv.org",
}
OLDEST = 60


def setting(root: Path = Path(), states=None, **told) -> SourceContext:
    sources = validate(Sources, {"arxiv": {"feeds": ["cs.CL"]}, **told})
    return SourceContext(sources, SERVICES, NOW, root, states or {})


def answer(
    body, part="", kind="", content_type="", url="https://example.org/feed", **told
) -> SourceResponse:
    question = SourceRequest(part, url, "test", kind=kind, oldest_days=OLDEST, **told)
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return SourceResponse(question, data, content_type, url, NOW)


def read(source, *args, **told) -> tuple[WebAnswer, list[SourceRequest]]:
    """What one answer shows, and what is asked further."""
    items = list(source.read(answer(*args, **told)))
    batches = [item for item in items if isinstance(item, WebAnswer)]
    assert 1 == len(batches)
    return batches[0], [item for item in items if isinstance(item, SourceRequest)]


def state(source, batch=(), **told) -> SourceState:
    fields = {
        "etag": None,
        "day": None,
        "word": SourceStatus.OK,
        "reason": "",
        "streak": 0,
        "at": NOW,
    }
    return SourceState(source=source, batch=tuple(batch), **{**fields, **told})


def keys(batch) -> set[str]:
    return {found.work.key for found in batch.works}


def named(batch) -> set[str]:
    return {sighting.work_key for sighting in batch.named}


def facts(batch) -> set[tuple[str, str, str]]:
    return {(fact.work_key, fact.kind, fact.value) for fact in batch.facts}
