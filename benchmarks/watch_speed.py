"""
How long a link check takes over 50 pages on ten hosts, with a pause of 1 s per host.

Beside two limits: one request after the other with its pause, and all hosts side by side. Before
hosts were checked side by side it took 42.5 s on two busy cores; then 6.5 s.
"""

import time
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler import process
from crawler.hosts import Hosts
from crawler.plans import LinksPlan, PageAsk
from crawler.politeness import CrawlPolicy
from sandbox.process import running

HOSTS, PAGES_PER_HOST, PAUSE_S = 10, 5, 1.0


def asks(base):
    """In the order of `watch`: by address, so the pages of a host follow each other."""
    for host in range(HOSTS):
        for page in range(PAGES_PER_HOST):
            url = f"https://host-{host}.example.org/{page}"
            where = f"{base}/page/{url.removeprefix('https://')}"
            yield PageAsk(f"link:{url}", "page", url, where)


def check(folder):
    """Seconds, answers, and the shortest pause between two requests to one host."""
    with running() as sandbox:
        policy = CrawlPolicy("benchmark", Hosts.of([sandbox.url]), folder, {}, 1.0)
        plan = LinksPlan(tuple(asks(sandbox.url)))
        # A program that runs for a while has its crawl server started already.
        list(process.crawl([LinksPlan(plan.pages[:1])], replace(policy, folder=folder / "first")))
        sandbox.forget_seen()
        start = time.monotonic()
        answers = list(process.crawl([plan], policy))
        seconds = time.monotonic() - start
        visits = defaultdict(list)
        for visit in sandbox.seen():
            host = visit["path"].removeprefix("/page/").partition("/")[0]
            visits[host].append(visit["monotonic"])
    return seconds, len(answers), min(b - a for host in visits.values() for a, b in pairwise(host))


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        seconds, answers, shortest = check(Path(folder) / "pace")
    pages = HOSTS * PAGES_PER_HOST
    print(f"{process.__file__}: {answers} of {pages} pages on {HOSTS} hosts, {PAUSE_S:g} s pause")
    print(f"link check            {seconds:6.1f} s; shortest pause at a host {shortest:.2f} s")
    print(f"one after the other   {pages * PAUSE_S:6.1f} s (limit of a serial check)")
    print(f"hosts side by side    {(PAGES_PER_HOST - 1) * PAUSE_S:6.1f} s (limit of the pause)")
