"""Builders of the facts that many stories begin with; every argument has a plain default."""

import re
from datetime import UTC, date, datetime

from catalog.facts import Decision, Fact, Miss, Verdict
from catalog.paper import Link, Paper
from catalog.sightings import Found, Sighting
from output.digest.blocks import LINE_END
from output.digest.candidates import candidate
from output.digest.model import Digest

NOW = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
ARXIV_ID = "2411.04965"
KEY = f"arxiv:{ARXIV_ID}"
LIST = "Efficient LLM"


def paper(arxiv_id=ARXIV_ID, title="BitNet a4.8: 4-bit Activations for 1-bit LLMs", **more):
    told = {
        "version": 1,
        "abstract": "We quantize activations to four bits.",
        "authors": ("Hongyu Wang", "Shuming Ma", "Furu Wei"),
        "categories": ("cs.CL", "cs.LG"),
        "published": datetime(2024, 11, 7, 18, 41, tzinfo=UTC),
        "announced": date(2024, 11, 8),
    }
    return Paper(arxiv_id, title=title, **{**told, **more})


def link(url="https://example.org/post", title="A Post", **more):
    return Link(url, **{"kind": "blog", "title": title, **more})


def found(work=None, *, announce_type="new", source="arxiv_rss", seen_at=NOW, announced=None):
    """A work as a source showed it; a paper stands in the feed of its day unless told."""
    work = work or paper()
    version = getattr(work, "version", 1)
    day = announced or getattr(work, "announced", None)
    sighting = Sighting(
        source, work.key, seen_at, announce_type, version, day, f"https://example.org/{version}"
    )
    return Found(work, sighting)


def verdict(section="Quantization", score=0.8, fingerprint="rules-1", **more):
    return Verdict(section, score, fingerprint=fingerprint, **more)


def citations(count=7, key=KEY, seen_at=NOW, **more):
    told = {
        "source": "semanticscholar",
        "url": f"https://www.semanticscholar.org/paper/{key[-5:]}",
    }
    return Fact(key, "citations", str(count), seen_at=seen_at, **{**told, **more})


def miss(reason="not-found", key=KEY, seen_at=NOW, detail=""):
    return Miss(key, "citations", "semanticscholar", reason, seen_at, detail)


def decision(act="accept", key=KEY, at=NOW, **more):
    return Decision(LIST, key, act, "ada", at, **more)


def digest(*papers, near=(), **more):
    """A digest with these papers, numbered, in the section Quantization unless told."""
    works = [*(papers or (paper(),)), *near]
    numbered = [
        work if hasattr(work, "number") else candidate(number, work, verdict())
        for number, work in enumerate(works, 1)
    ]
    told = {
        "list_name": LIST,
        "name": "2024-W46",
        "made_at": NOW,
        "base_hash": "ab" * 32,
        "word": "OK",
        "sources": (),
        "kept_out": (),
        "waiting": (),
    }
    split = len(numbered) - len(near)
    told |= {"candidates": tuple(numbered[:split]), "near_misses": tuple(numbered[split:])}
    return Digest(**{**told, **more})


BOXES = {
    "accept": "accept",
    "accept with 🌟": "★",
    "★": "★",
    "later": "later",
    "reject, because:": "no:",
    "no:": "no:",
}


def tick(page, number, box, then=""):
    """The page of a digest with one box of a candidate ticked, and words written behind it."""
    label = BOXES[box]
    at = page.index(f"[ ] {label}", page.index(f"<!-- candidate {number} "))
    return page[:at] + f"[x] {label}{then}" + page[at + len(f"[ ] {label}") :]


def in_fences(page):
    """The page of a digest with each entry on lines of its own, as a person may write it."""
    return re.sub(
        r"^- entry: (`+) (.*) \1$",
        lambda line: f"```markdown\n{line[2].replace(LINE_END, chr(10))}\n```",
        page,
        flags=re.MULTILINE,
    )
