"""
How often a day's run asks, beside two ways in which others do the same job.

    python -m benchmarks.peers

One ordinary Tuesday of the sandbox: 1,200 papers in seven categories. Each of the three really
makes its requests, and the sandbox's book counts them. The two others are models, written from how
such programs are known to work, not copies of them:

- *feed and ids*, as zotero-arxiv-daily does: one Atom feed of all categories; then the new papers
  by their ids from the query API, 50 at once.
- *topics and code*, as cv-arxiv-daily does: a search of the query API for each topic, the newest
  ten; then, for each result, a question at a service that knows the code of papers (here a 404).
"""

import json
import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from datetime import timedelta
from pathlib import Path

from benchmarks.a_day import MONDAY, PAPERS, SOURCES, THEIRS
from config.rules import load_lists
from sandbox.process import running
from tests.workspace import REPOSITORY, Workspace

CATEGORIES = "cs.CL+cs.AR+cs.DC+cs.PF+cs.LG+stat.ML+cs.AI"
AT_ONCE, NEWEST, WORDS = 50, 10, 3
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url):
    try:
        with OPENER.open(url, timeout=60) as reply:
            return reply.read().decode()
    except urllib.error.HTTPError:
        return ""


def feed_and_ids(base):
    """What is new in the feed, and all of it once more by id."""
    feed = get(f"{base}/atom/{CATEGORIES}")
    entries = feed.split("<entry>")[1:]
    new = [entry for entry in entries if ">new</arxiv:announce_type>" in entry]
    ids = [re.search(r"oai:arXiv\.org:([^<]+)", entry)[1] for entry in new]
    known = []
    for start in range(0, len(ids), AT_ONCE):
        some = ",".join(ids[start : start + AT_ONCE])
        query = urllib.parse.urlencode({"id_list": some, "max_results": AT_ONCE})
        known += get(f"{base}/api/query?{query}").split("<entry>")[1:]
    return len(known)


def topics():
    """A topic for each section of the list: the first of the words that speak for it."""
    (rules,) = load_lists(REPOSITORY / "config")
    for section in rules.sections:
        plain = [word for word in section.says if re.fullmatch(r"[\w -]+", word)]
        if plain:
            yield " OR ".join(f'all:"{word}"' for word in plain[:WORDS])


def topics_and_code(base):
    """The newest papers of each topic, and for each of them where its code is."""
    found = 0
    for topic in topics():
        told = {"search_query": f"({topic})", "max_results": NEWEST, "sortBy": "submittedDate"}
        page = get(f"{base}/api/query?{urllib.parse.urlencode(told)}")
        ids = re.findall(r"<id>http://arxiv\.org/abs/([^<]+)</id>", page)
        found += len(ids)
        for arxiv_id in ids:
            get(f"{base}/code-of-papers/api/v0/papers/{arxiv_id}")
    return found


def counted(outside):
    """Requests by service; the book begins anew."""
    seen = Counter(visit["service"] for visit in outside.seen())
    outside.forget_seen()
    return {
        "arXiv": seen.pop("arxiv", 0),
        "code of papers": seen.pop("nowhere", 0),
        "all others": seen.total(),
    }


def measure():
    told = {"first": "2024-11-04", "days": 16, "papers": PAPERS, "sentences": 14, "wanted": 0.01}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=MONDAY, profile={"crowd": told}) as outside,
    ):
        ours = Workspace(Path(folder), outside.environment())
        (ours.root / "config" / "sources.yaml").write_text(SOURCES)
        (ours.root / "inbox.md").write_text("- https://blog.mlc.ai/2024/10/10/\n")
        (ours.root / "lists" / "theirs.md").write_text(THEIRS)
        ours.run("run", as_of=MONDAY)
        tuesday = MONDAY + timedelta(days=1)
        outside.set_clock(tuesday)
        outside.forget_seen()
        rows = {}
        discovered = ours.json("discover", as_of=tuesday).report
        rows["listkeeper discover"] = counted(outside)
        ours.run("run", as_of=tuesday + timedelta(hours=1))
        rows["listkeeper run, an hour later (facts on candidates)"] = counted(outside)
        rows["model: feed and ids"] = {"papers": feed_and_ids(outside.url), **counted(outside)}
        code = topics_and_code(outside.url)
        rows["model: topics and code"] = {"papers": code, **counted(outside)}
        found = sum(n for k, n in discovered["counts"].items() if k.endswith("/found"))
        rows["listkeeper discover"]["papers"] = found
        return {"rows": rows, "requests of each source": discovered["notes"]}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
