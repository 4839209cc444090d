"""Semantic Scholar as its tests ask it: over loopback with a fault, or with one given answer."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.facts import Fact
from config.secret import Secret
from crawler.hosts import Hosts
from crawler.politeness import Pace
from pipelines.enrich.client import (
    Client,
    ClientResponse,
)
from pipelines.enrich.semantic_scholar import Scholar
from sandbox.process import running
from tests.fakes import NOW, paper

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
WIRE = SHARED / "wire" / "semanticscholar"
CANARY = "canary-3f9a-key"
KNOWN = {
    paper["id"]: paper
    for paper in map(
        json.loads, (ROOT / "sandbox" / "data" / "catalogue.jsonl").read_text().splitlines()
    )
    if paper.get("cited") and not paper.get("invented")
}
FIFTEEN = [paper(name, KNOWN[name]["title"], published=None) for name in sorted(KNOWN)[:15]]
COUNTS = [KNOWN[work.arxiv_id]["cited"] for work in FIFTEEN]


@pytest.fixture(scope="module")
def world():
    """The outside world on a clock of today, so that it can name dates to come back at."""
    with running(now=datetime.now(UTC)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    world.set_fault("scholar", None)
    world.forget_seen()
    return world


@pytest.fixture
def scholar(sandbox, tmp_path):
    """Build the service as `enrich` does, with a fault in its way, hurried unless told."""

    def build(fault="", key="", scale=0.0):
        client = Client(
            Hosts.of([sandbox.url]), Pace(tmp_path / "pace", "semantic_scholar", 1.5, scale)
        )
        return Scholar(sandbox.url + (f"/~{fault}" if fault else ""), client, Secret(key))

    return build


def ask(service, papers=FIFTEEN):
    return asyncio.run(service.counts(papers, NOW))


def counts(answers):
    return [answer.count if isinstance(answer, Fact) else answer.reason for answer in answers]


def keys(sandbox):
    """The key in each request that the service saw."""
    return [visit["headers"].get("x-api-key") for visit in sandbox.seen()]


def answering(body, status=200):
    """The service over a client that was given this answer."""

    class Given:
        async def ask(self, *asked):
            return ClientResponse(status, body, None)

    return Scholar("https://api.semanticscholar.org", Given(), Secret(""))
