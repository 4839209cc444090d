"""Rows that the store is asked to keep, and what a second connection finds."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta

from catalog.rows.digests import KeptDigest
from catalog.rows.runs import SourceState
from catalog.sightings import SourceStatus
from catalog.store.intents import Intent
from tests import postgres
from tests.fakes import LIST, NOW, decision

LATER = NOW + timedelta(days=1)
LATEST = NOW + timedelta(days=2)
HOSTILE = 'Robert\'); DROP TABLE works;-- 100%_of "it" \N{BITCOIN SIGN} \x01 \\'


def ask(store, query):
    """What a second connection finds in the database, while the first is still open."""
    if getattr(store, "url", ""):
        return postgres.rows_of(store.url, query)
    with closing(sqlite3.connect(store.name)) as second:
        return second.execute(query).fetchall()


def digest(name="2024-W46", **more):
    told = {"made_at": NOW, "base": b"# A List\n", "body": {"candidates": [{"number": 1}]}}
    return KeptDigest(LIST, name, **{**told, **more})


def intent(**more):
    told = {
        "kind": "apply",
        "list_name": LIST,
        "path": "lists/efficient-llm.md",
        "base": b"old\r\n\xff",
        "new": b"new\r\n\xff",
        "decisions": (decision(section="Quantization", digest="2024-W46"),),
        "at": NOW,
    }
    return Intent(**{**told, **more})


def state(**more):
    told = {
        "etag": '"abc"',
        "batch": ("2411.04965", "2411.03350"),
        "day": date(2024, 11, 11),
        "word": SourceStatus.STALE,
        "reason": "yesterday's batch again",
        "streak": 2,
        "at": NOW,
    }
    return SourceState("arxiv_rss/cs.CL", **{**told, **more})
